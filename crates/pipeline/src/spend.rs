//! What resources and commitments really cost, by the charges of the lake.

use std::collections::{BTreeMap, HashMap};

use tollgate_analysis::advice::{CommittedUse, OnDemandUse, ResourceSpend};
use tollgate_model::{Amount, Currency, Day};

use crate::commitments::{amount, rows, text};
use crate::{Context, PipelineError};

/// Days of charges that are looked at.
pub(crate) const DAYS: i32 = 30;
/// Use of AWS that has a resource or could be committed to.
const USE: &str = "ProviderName in ('AWS', 'Amazon Web Services') and ChargeCategory = 'Usage'";

/// The last whole days that have charges: the newest is left out, as it may not be whole. `None` where there are none.
pub(crate) async fn days(context: &Context) -> Result<Option<(Day, Day)>, PipelineError> {
    let periods = context.ledger.periods().await?;
    let newest = periods.iter().map(|p| p.last_day).max();
    Ok(newest.map(|to| (to.plus(-DAYS), to)))
}

fn between(from: Day, to: Day) -> String {
    format!("ChargePeriodStart >= timestamp '{from} 00:00:00' and ChargePeriodStart < timestamp '{to} 00:00:00'")
}

fn currency_of(cell: &tollgate_lake::Cell) -> Currency {
    text(cell).and_then(|t| t.parse().ok()).unwrap_or(Currency::UNKNOWN)
}

/// What each resource costs, by what charges call it. A resource with charges in two currencies keeps the larger.
pub(crate) async fn by_resource(
    context: &Context,
    from: Day,
    to: Day,
) -> Result<HashMap<String, ResourceSpend>, PipelineError> {
    let within = between(from, to);
    let query = format!(
        "select ResourceId, BillingCurrency, count(distinct cast(ChargePeriodStart as date)), \
         sum(case when CommitmentDiscountId is null then EffectiveCost end), \
         sum(case when CommitmentDiscountId is not null then EffectiveCost end) \
         from charges where {USE} and ResourceId is not null and {within} group by 1, 2"
    );
    let mut out: HashMap<String, ResourceSpend> = HashMap::new();
    for row in rows(context, &query, from, to).await? {
        let [id, currency, days, open, committed] = row.as_slice() else { continue };
        let Some(id) = text(id) else { continue };
        let spend = ResourceSpend {
            currency: currency_of(currency),
            days: count(days),
            on_demand: amount(open),
            committed: amount(committed),
        };
        let all = |s: &ResourceSpend| s.on_demand.saturating_add(s.committed);
        if out.get(&id).is_none_or(|known| all(known) < all(&spend)) {
            out.insert(id, spend);
        }
    }
    Ok(out)
}

fn count(cell: &tollgate_lake::Cell) -> u32 {
    u32::try_from(amount(cell).units() / Amount::whole(1).units()).unwrap_or(0)
}

/// What each commitment of AWS covered and did not.
pub(crate) async fn committed(context: &Context, from: Day, to: Day) -> Result<Vec<CommittedUse>, PipelineError> {
    let within = between(from, to);
    let query = format!(
        "select CommitmentDiscountId, max(CommitmentDiscountName), max(BillingAccountId), BillingCurrency, \
         count(distinct cast(ChargePeriodStart as date)), \
         sum(case when coalesce(CommitmentDiscountStatus, 'Used') <> 'Unused' then EffectiveCost end), \
         sum(case when CommitmentDiscountStatus = 'Unused' then EffectiveCost end), \
         sum(case when coalesce(CommitmentDiscountStatus, 'Used') <> 'Unused' then ListCost - EffectiveCost end) \
         from charges where {USE} and CommitmentDiscountId is not null and {within} group by 1, 4"
    );
    let mut out = Vec::new();
    for row in rows(context, &query, from, to).await? {
        let [id, name, account, currency, days, used, unused, saved] = row.as_slice() else { continue };
        let Some(id) = text(id) else { continue };
        out.push(CommittedUse {
            name: text(name).unwrap_or_else(|| id.clone()),
            account: text(account).unwrap_or_default(),
            currency: currency_of(currency),
            days: count(days),
            used: amount(used),
            unused: amount(unused),
            saved: amount(saved),
            ends: context.policy.commitments.iter().find(|c| c.id == id).map(|c| c.ends),
            id,
        });
    }
    Ok(out)
}

/// Meters of machines: what a savings plan covers, and what only reservations do. Source: Cost and Usage Reports User Guide, usage
/// types. Read 2026-11-22.
const MACHINES: &str =
    "(SkuMeter like '%BoxUsage%' or SkuMeter like '%Lambda-GB-Second%' or SkuMeter like '%Fargate-%')";
const RESERVABLE: &str = "(SkuMeter like '%InstanceUsage%' or SkuMeter like '%Multi-AZUsage%' or SkuMeter like '%NodeUsage%' or SkuMeter like '%ESInstance%')";

/// Use at on-demand prices that could be committed to, by account and service.
pub(crate) async fn on_demand_use(context: &Context, from: Day, to: Day) -> Result<Vec<OnDemandUse>, PipelineError> {
    let within = between(from, to);
    let query = format!(
        "select BillingAccountId, ServiceName, BillingCurrency, case when {MACHINES} then 'plan' else 'reservation' end, \
         cast(cast(ChargePeriodStart as date) as varchar), \
         sum(case when CommitmentDiscountId is null and coalesce(PricingCategory, 'Standard') = 'Standard' then EffectiveCost end), \
         sum(case when CommitmentDiscountId is not null and coalesce(CommitmentDiscountStatus, 'Used') <> 'Unused' then EffectiveCost end), \
         sum(case when CommitmentDiscountId is not null and coalesce(CommitmentDiscountStatus, 'Used') <> 'Unused' then ListCost end) \
         from charges where {USE} and ({MACHINES} or {RESERVABLE}) and {within} group by 1, 2, 3, 4, 5"
    );
    type Key = (String, String, Currency, bool);
    let mut found: BTreeMap<Key, (BTreeMap<Day, Amount>, Amount, Amount)> = BTreeMap::new();
    for row in rows(context, &query, from, to).await? {
        let [account, service, currency, what, day, open, paid, list] = row.as_slice() else { continue };
        let (Some(service), Some(day)) = (text(service), text(day).and_then(|d| d.parse().ok())) else { continue };
        let plan = text(what).as_deref() == Some("plan");
        let (days, all_paid, all_list) =
            found.entry((text(account).unwrap_or_default(), service, currency_of(currency), plan)).or_default();
        days.insert(day, amount(open));
        *all_paid = all_paid.saturating_add(amount(paid));
        *all_list = all_list.saturating_add(amount(list));
    }
    Ok(found
        .into_iter()
        .map(|((account, service, currency, savings_plan), (days, paid, list))| {
            let all = (0..to - from).map(|n| from.plus(n));
            let percent = (list > Amount::ZERO).then(|| paid.to_f64() / list.to_f64() * 100.0);
            OnDemandUse {
                account,
                service,
                savings_plan,
                currency,
                days: all.map(|day| (day, days.get(&day).copied().unwrap_or_default())).collect(),
                pays_percent: percent.map(|p| p.clamp(0.0, 100.0).ceil() as u32),
            }
        })
        .collect())
}

/// What some resources cost a day, by what charges call them.
pub(crate) async fn daily(
    context: &Context,
    ids: &[String],
    from: Day,
    to: Day,
) -> Result<BTreeMap<String, (Currency, BTreeMap<Day, Amount>)>, PipelineError> {
    let quoted: Vec<String> = ids.iter().map(|id| format!("'{}'", id.replace('\'', "''"))).collect();
    if quoted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (within, list) = (between(from, to), quoted.join(", "));
    let query = format!(
        "select ResourceId, BillingCurrency, cast(cast(ChargePeriodStart as date) as varchar), sum(EffectiveCost) \
         from charges where {USE} and ResourceId in ({list}) and {within} group by 1, 2, 3"
    );
    let mut out: BTreeMap<String, (Currency, BTreeMap<Day, Amount>)> = BTreeMap::new();
    for row in rows(context, &query, from, to).await? {
        let [id, currency, day, cost] = row.as_slice() else { continue };
        let (Some(id), Some(day)) = (text(id), text(day).and_then(|d| d.parse().ok())) else { continue };
        out.entry(id).or_insert_with(|| (currency_of(currency), BTreeMap::new())).1.insert(day, amount(cost));
    }
    Ok(out)
}
