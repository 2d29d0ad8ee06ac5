//! What resources and commitments really cost, by the charges of the lake.

use std::collections::{BTreeMap, HashMap};

use rustc_hash::FxHashMap;
use tollgate_analysis::advice::{CommittedUse, OnDemandUse, ResourceSpend};
use tollgate_lake::ScanBatch;
use tollgate_model::limits::SPEND_GROUPS;
use tollgate_model::period::DayRange;
use tollgate_model::{Amount, ChargeCategory, Column, Currency, Day};

use crate::charges::{CommitmentUse, charge_days, commitment_use, scan};
use crate::commitments::{keep_greatest, saved};
use crate::{Context, PipelineError};

/// Days of charges that are read. Days are kept as the bits of a number: at most 64.
pub(crate) const DAYS: i32 = 30;

/// The last whole days that have charges: the newest is left out, as it may not be whole. `None` where there are none.
pub(crate) async fn days(context: &Context) -> Result<Option<(Day, Day)>, PipelineError> {
    let periods = context.state.ledger.periods().await?;
    let newest = periods.iter().map(|p| p.last_day).max();
    Ok(newest.map(|to| (to.plus(-DAYS), to)))
}

/// Whether a row is use of AWS. Needs ProviderName and ChargeCategory.
fn is_aws_usage(batch: &ScanBatch) -> impl Fn(usize) -> bool + '_ {
    let (provider, category) = (batch.text(Column::ProviderName), batch.text(Column::ChargeCategory));
    move |row| {
        matches!(provider.get(row), Some("AWS" | "Amazon Web Services"))
            && category.get(row) == Some(ChargeCategory::Usage.as_str())
    }
}

fn currency_of(text: &str) -> Currency {
    text.parse().unwrap_or(Currency::UNKNOWN)
}

/// Refuses one group more than a question may have.
fn within_limit(groups: usize) -> Result<(), PipelineError> {
    if groups > SPEND_GROUPS.size() {
        return Err(PipelineError::TooManyGroups);
    }
    Ok(())
}

/// Sums of one resource or commitment.
#[derive(Default)]
struct Sums {
    /// One bit a day that has charges.
    days: u64,
    on_demand: Amount,
    used: Amount,
    unused: Amount,
    saved: Amount,
}

impl Sums {
    fn add_day(&mut self, day: Day, from: Day) {
        self.days |= u32::try_from(day - from).ok().and_then(|n| 1u64.checked_shl(n)).unwrap_or(0);
    }
}

/// Returns what each resource costs, by what charges call it. A resource with charges in two currencies keeps the larger.
pub(crate) async fn by_resource(
    context: &Context,
    from: Day,
    to: Day,
) -> Result<HashMap<String, ResourceSpend>, PipelineError> {
    let columns = [
        Column::ProviderName,
        Column::ChargeCategory,
        Column::ResourceId,
        Column::BillingCurrency,
        Column::CommitmentDiscountId,
        Column::EffectiveCost,
    ];
    let mut groups: FxHashMap<String, BTreeMap<Currency, Sums>> = FxHashMap::default();
    let days = DayRange { start: from, end: to };
    scan(context, &columns, days, |batch| {
        let usage = is_aws_usage(batch);
        let (resources, currencies) = (batch.text(Column::ResourceId), batch.text(Column::BillingCurrency));
        let (commitments, costs) = (batch.text(Column::CommitmentDiscountId), batch.decimals(Column::EffectiveCost));
        for at in charge_days(batch, Some(days)).filter(|at| usage(at.row)) {
            let (row, day) = (at.row, at.day);
            let Some(id) = resources.get(row) else { continue };
            if !groups.contains_key(id) {
                within_limit(groups.len() + 1)?;
                groups.insert(id.to_owned(), BTreeMap::new());
            }
            let Some(by_currency) = groups.get_mut(id) else { continue };
            let sums = by_currency.entry(currency_of(currencies.get(row).unwrap_or_default())).or_default();
            sums.add_day(day, from);
            let cost = at.amount(costs).unwrap_or_default();
            let sum = if commitments.get(row).is_none() { &mut sums.on_demand } else { &mut sums.used };
            *sum = sum.saturating_add(cost);
        }
        Ok(())
    })
    .await?;
    let spend = |(currency, sums): (Currency, Sums)| ResourceSpend {
        currency,
        days: sums.days.count_ones(),
        on_demand: sums.on_demand,
        committed: sums.used,
    };
    let all = |s: &ResourceSpend| s.on_demand.saturating_add(s.committed);
    let largest = |by_currency: BTreeMap<Currency, Sums>| by_currency.into_iter().map(spend).max_by_key(all);
    Ok(groups.into_iter().filter_map(|(id, by_currency)| Some((id, largest(by_currency)?))).collect())
}

/// Returns what each commitment of AWS covered and did not.
pub(crate) async fn committed(context: &Context, from: Day, to: Day) -> Result<Vec<CommittedUse>, PipelineError> {
    let columns = [
        Column::ProviderName,
        Column::ChargeCategory,
        Column::CommitmentDiscountId,
        Column::CommitmentDiscountName,
        Column::CommitmentDiscountStatus,
        Column::BillingAccountId,
        Column::BillingCurrency,
        Column::EffectiveCost,
        Column::ListCost,
    ];
    type Group = (Option<String>, Option<String>, Sums);
    let mut groups: BTreeMap<(String, Currency), Group> = BTreeMap::new();
    let days = DayRange { start: from, end: to };
    scan(context, &columns, days, |batch| {
        let (usage, commitment_use) = (is_aws_usage(batch), commitment_use(batch));
        let (ids, names) = (batch.text(Column::CommitmentDiscountId), batch.text(Column::CommitmentDiscountName));
        let (accounts, currencies) = (batch.text(Column::BillingAccountId), batch.text(Column::BillingCurrency));
        let (costs, list) = (batch.decimals(Column::EffectiveCost), batch.decimals(Column::ListCost));
        for at in charge_days(batch, Some(days)).filter(|at| usage(at.row)) {
            let (row, day) = (at.row, at.day);
            let Some(id) = ids.get(row) else { continue };
            let key = (id.to_owned(), currency_of(currencies.get(row).unwrap_or_default()));
            let (name, account, sums) = groups.entry(key).or_default();
            keep_greatest(name, names.get(row));
            keep_greatest(account, accounts.get(row));
            sums.add_day(day, from);
            let cost = at.amount(costs).unwrap_or_default();
            if commitment_use(row) == CommitmentUse::Unused {
                sums.unused = sums.unused.saturating_add(cost);
            } else {
                sums.used = sums.used.saturating_add(cost);
                sums.saved = sums.saved.saturating_add(saved(at.amount(list), at.amount(costs)));
            }
        }
        within_limit(groups.len())
    })
    .await?;
    let of = |((id, currency), (name, account, sums)): ((String, Currency), Group)| CommittedUse {
        name: name.unwrap_or_else(|| id.clone()),
        account: account.unwrap_or_default(),
        currency,
        days: sums.days.count_ones(),
        used: sums.used,
        unused: sums.unused,
        saved: sums.saved,
        ends: context.state.policy.commitments.iter().find(|c| c.id == id).map(|c| c.ends),
        id,
    };
    Ok(groups.into_iter().map(of).collect())
}

/// Meters of machines that a savings plan covers. Source: Cost and Usage Reports User Guide, usage types. Read 2026-11-22.
const MACHINES: [&str; 3] = ["BoxUsage", "Lambda-GB-Second", "Fargate-"];
/// Meters that only reservations cover. Source: as above.
const RESERVABLE: [&str; 4] = ["InstanceUsage", "Multi-AZUsage", "NodeUsage", "ESInstance"];

/// Whether a savings plan covers the meter; `None` where no commitment does.
fn is_of_savings_plan(meter: &str) -> Option<bool> {
    let is_one_of = |names: &[&str]| names.iter().any(|name| meter.contains(name));
    if is_one_of(&MACHINES) { Some(true) } else { is_one_of(&RESERVABLE).then_some(false) }
}

/// Use of one account and service that could be committed to.
#[derive(Default)]
struct Committable {
    days: BTreeMap<Day, Amount>,
    paid: Amount,
    list: Amount,
}

/// Returns use at on-demand prices that could be committed to, by account and service.
pub(crate) async fn on_demand_use(context: &Context, from: Day, to: Day) -> Result<Vec<OnDemandUse>, PipelineError> {
    let columns = [
        Column::ProviderName,
        Column::ChargeCategory,
        Column::BillingAccountId,
        Column::ServiceName,
        Column::BillingCurrency,
        Column::SkuMeter,
        Column::CommitmentDiscountId,
        Column::CommitmentDiscountStatus,
        Column::PricingCategory,
        Column::EffectiveCost,
        Column::ListCost,
    ];
    type Key = (String, String, Currency, bool);
    let mut found: BTreeMap<Key, Committable> = BTreeMap::new();
    let days = DayRange { start: from, end: to };
    scan(context, &columns, days, |batch| {
        let (usage, commitment_use) = (is_aws_usage(batch), commitment_use(batch));
        let (accounts, services) = (batch.text(Column::BillingAccountId), batch.text(Column::ServiceName));
        let (currencies, meters) = (batch.text(Column::BillingCurrency), batch.text(Column::SkuMeter));
        let pricing = batch.text(Column::PricingCategory);
        let (costs, list) = (batch.decimals(Column::EffectiveCost), batch.decimals(Column::ListCost));
        for at in charge_days(batch, Some(days)).filter(|at| usage(at.row)) {
            let (row, day) = (at.row, at.day);
            let Some(savings_plan) = meters.get(row).and_then(is_of_savings_plan) else { continue };
            let Some(service) = services.get(row) else { continue };
            let account = accounts.get(row).unwrap_or_default().to_owned();
            let currency = currency_of(currencies.get(row).unwrap_or_default());
            let of = found.entry((account, service.to_owned(), currency, savings_plan)).or_default();
            let on = of.days.entry(day).or_default();
            let cost = at.amount(costs).unwrap_or_default();
            match commitment_use(row) {
                CommitmentUse::OnDemand if matches!(pricing.get(row), None | Some("Standard")) => {
                    *on = on.saturating_add(cost);
                }
                CommitmentUse::Used => {
                    of.paid = of.paid.saturating_add(cost);
                    of.list = of.list.saturating_add(at.amount(list).unwrap_or_default());
                }
                CommitmentUse::OnDemand | CommitmentUse::Unused => {}
            }
        }
        Ok(())
    })
    .await?;
    let of = |((account, service, currency, savings_plan), of): (Key, Committable)| {
        let all = (0..to - from).map(|n| from.plus(n));
        let percent = (of.list > Amount::ZERO).then(|| of.paid.to_f64() / of.list.to_f64() * 100.0);
        OnDemandUse {
            account,
            service,
            savings_plan,
            currency,
            days: all.map(|day| (day, of.days.get(&day).copied().unwrap_or_default())).collect(),
            pays_percent: percent.map(|p| p.clamp(0.0, 100.0).ceil() as u32),
            covered_list: of.list,
        }
    };
    Ok(found.into_iter().map(of).collect())
}

/// Returns what some resources cost a day, by what charges call them.
pub(crate) async fn daily(
    context: &Context,
    ids: &[String],
    from: Day,
    to: Day,
) -> Result<BTreeMap<String, (Currency, BTreeMap<Day, Amount>)>, PipelineError> {
    let mut out: BTreeMap<String, (Currency, BTreeMap<Day, Amount>)> = BTreeMap::new();
    if ids.is_empty() {
        return Ok(out);
    }
    let wanted: std::collections::HashSet<&str> = ids.iter().map(String::as_str).collect();
    let columns = [
        Column::ProviderName,
        Column::ChargeCategory,
        Column::ResourceId,
        Column::BillingCurrency,
        Column::EffectiveCost,
    ];
    let days = DayRange { start: from, end: to };
    scan(context, &columns, days, |batch| {
        let usage = is_aws_usage(batch);
        let (resources, currencies) = (batch.text(Column::ResourceId), batch.text(Column::BillingCurrency));
        let costs = batch.decimals(Column::EffectiveCost);
        for at in charge_days(batch, Some(days)).filter(|at| usage(at.row)) {
            let (row, day) = (at.row, at.day);
            let Some(id) = resources.get(row).filter(|id| wanted.contains(id)) else { continue };
            let currency = currency_of(currencies.get(row).unwrap_or_default());
            let (first, days) = out.entry(id.to_owned()).or_insert_with(|| (currency, BTreeMap::new()));
            if *first == currency {
                let sum = days.entry(day).or_default();
                *sum = sum.saturating_add(at.amount(costs).unwrap_or_default());
            }
        }
        Ok(())
    })
    .await?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_about_too_many_resources_is_refused_by_its_limit() {
        assert!(within_limit(SPEND_GROUPS.size()).is_ok());
        let error = within_limit(SPEND_GROUPS.size() + 1).unwrap_err().to_string();
        assert!(error.contains("`spend-groups`"), "{error}");
    }

    #[test]
    fn meters_say_which_commitment_covers_them() {
        assert_eq!(is_of_savings_plan("EUC1-BoxUsage:m5.large"), Some(true));
        assert_eq!(is_of_savings_plan("InstanceUsage:db.r5.large"), Some(false));
        assert_eq!(is_of_savings_plan("EBS:VolumeUsage.gp3"), None);
    }
}
