//! Efficiency figures of a month, from the charges of the lake, the series of the ledger, recommendations and unit costs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tollgate_analysis::efficiency::{
    BackTest, EfficiencyFigure, EfficiencySums, IdleCost, allocated_figure, charge_figures, forecast_figure,
    idle_figure, unit_trend_figure,
};
use tollgate_analysis::{CostCube, SourceSeries, forecast_sum};
use tollgate_lake::ScanBatch;
use tollgate_model::{AdviceState, Amount, Basis, BillingPeriod, Column, Currency, Day, SeriesKey};

use crate::charges::{CommitmentUse, charge_days, commitment_use, is_usage, scan};
use crate::cost_view::convert_sources;
use crate::cube::read_sources;
use crate::units::{UnitQuestion, read_units};
use crate::{Context, PipelineError};

/// Months whose forecasts are tested.
const TESTED: usize = 3;
/// Months between the two ends of a unit cost's trend.
const TREND: usize = 3;
/// Kinds of recommendations whose resources are idle.
const IDLE: [&str; 6] =
    ["idle_instance", "idle_database", "idle_load_balancer", "idle_nat_gateway", "unattached_volume", "unused_address"];

/// The figures of a month.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EfficiencyReport {
    /// The month.
    pub month: BillingPeriod,
    /// The currency of the costs that the figures are of: that of the policy, or the one with the largest cost.
    pub currency: Currency,
    /// Currencies that were converted into it by the exchange rate of each day.
    pub converted: Vec<Currency>,
    /// Other currencies that the month has, without an exchange rate: they are in no figure.
    pub other_currencies: Vec<Currency>,
    /// The figures.
    pub figures: Vec<EfficiencyFigure>,
}

/// Computes the figures of a month; of the last complete one without.
///
/// # Errors
///
/// When a store fails or is empty, or the month has no charges.
pub async fn read_efficiency(
    context: &Context,
    month: Option<BillingPeriod>,
) -> Result<EfficiencyReport, PipelineError> {
    let state = &context.state;
    let (sources, conversion) =
        convert_sources(read_sources(state).await?, &state.policy.rates, state.policy.defaults.currency);
    let converted = conversion.converted.map(|(from, _)| from).unwrap_or_default();
    let cube = CostCube::new(sources.clone());
    let watermark = cube.watermark().ok_or(PipelineError::Empty)?;
    let month = month.unwrap_or_else(|| watermark.plus(1).month().previous());
    let totals = cube.total(month.days(), Basis::Effective, |_| true);
    let Some((currency, whole)) = totals.iter().max_by_key(|(_, amount)| **amount).map(|(c, a)| (*c, *a)) else {
        let hint = match watermark.month() > month {
            true => format!("`tollgate efficiency --month {}` reads the newest month so far", watermark.month()),
            false => "`tollgate store info` shows the days of the charges".to_owned(),
        };
        let what = format!("{month} has no charges\nhint: {hint}");
        return Err(PipelineError::Refused(what));
    };
    let into = |amount: Amount, from: Currency, day: Day| match from == currency || converted.contains(&from) {
        true => state.policy.rates.convert(amount, from, currency, day),
        false => None,
    };
    let mut figures = charge_figures(&charge_sums(context, month, &into).await?, currency);
    figures.push(idle_figure(idle_cost(context, month, &into, whole).await?, currency));
    for dimension in &state.policy.dimensions {
        let is_default = |key: &SeriesKey| {
            key.currency == currency && key.dimensions.get(&dimension.name).is_none_or(|v| *v == dimension.default)
        };
        let unallocated = cube.total(month.days(), Basis::Effective, is_default).remove(&currency).unwrap_or_default();
        figures.push(allocated_figure(&dimension.name, unallocated, whole, currency));
    }
    figures.push(forecast_figure(&back_tests(&cube, &sources, month, currency)));
    figures.extend(unit_trends(context, month).await?);
    let other_currencies = totals.into_keys().filter(|c| *c != currency).collect();
    let converted = converted.into_iter().collect();
    Ok(EfficiencyReport { month, currency, converted, other_currencies, figures })
}

/// The trend of each unit cost.
async fn unit_trends(context: &Context, month: BillingPeriod) -> Result<Vec<EfficiencyFigure>, PipelineError> {
    let units = read_units(&context.state, &UnitQuestion::default()).await?;
    let before = (0..TREND).fold(month, |month, _| month.previous());
    let trend = |unit: &crate::units::UnitReport| {
        let of = |wanted: BillingPeriod| {
            unit.months.iter().find(|m| m.first_day.month() == wanted).and_then(|m| m.unit_cost)
        };
        unit_trend_figure(&unit.name, of(before), of(month))
    };
    Ok(units.iter().map(trend).collect())
}

/// An amount of a day in the currency of the report; `None` where no figure counts its currency.
type Conversion<'a> = &'a (dyn Fn(Amount, Currency, Day) -> Option<Amount> + Sync);

/// What open recommendations for idle resources would save; `None` where none were ever searched for.
async fn idle_cost(
    context: &Context,
    month: BillingPeriod,
    into: Conversion<'_>,
    cost: Amount,
) -> Result<Option<IdleCost>, PipelineError> {
    let day = month.days().end.plus(-1);
    let all = context.state.ledger.advices(&AdviceState::ALL).await?;
    if all.is_empty() {
        return Ok(None);
    }
    let open = all.into_iter().map(|(record, _)| record).filter(|record| record.state == AdviceState::Open);
    let mut out = IdleCost { saving: Amount::ZERO, recommendations: 0, unknown: 0, cost };
    for record in open.filter(|record| IDLE.contains(&record.advice.kind.as_str()) && record.advice.instead.is_none()) {
        out.recommendations += 1;
        match record.advice.saving.likely().and_then(|saving| into(saving, record.advice.saving.currency, day)) {
            Some(saving) => out.saving = out.saving.saturating_add(saving),
            None => out.unknown += 1,
        }
    }
    Ok(Some(out))
}

/// Forecasts of the last complete months, each with the charges before it.
fn back_tests(cube: &CostCube, sources: &[SourceSeries], month: BillingPeriod, currency: Currency) -> Vec<BackTest> {
    let months = std::iter::successors(Some(month), |month| Some(month.previous())).take(TESTED);
    let test = |month: BillingPeriod| {
        let days = month.days();
        let actual = cube.total(days, Basis::Effective, |key| key.currency == currency).remove(&currency)?;
        let before = sources.iter().map(|source| {
            let mut source = source.clone();
            for series in &mut source.months {
                series.days.retain(|day, _| *day < days.start);
            }
            source.months.retain(|series| !series.days.is_empty());
            source.last_day = source.last_day.map(|day| day.min(days.start.plus(-1)));
            // Every day before the month was complete when it began.
            source.provisional_days = 0;
            source
        });
        let before = CostCube::new(before.collect());
        let forecast = forecast_sum(&before, days, Basis::Effective, currency, &|key| key.currency == currency)?;
        Some(BackTest { forecast: forecast.mean, actual })
    };
    months.filter_map(test).collect()
}

/// Sums of the charges of a month.
async fn charge_sums(
    context: &Context,
    month: BillingPeriod,
    into: Conversion<'_>,
) -> Result<EfficiencySums, PipelineError> {
    let columns = [
        Column::BillingCurrency,
        Column::ChargeCategory,
        Column::ChargeClass,
        Column::CommitmentDiscountId,
        Column::CommitmentDiscountStatus,
        Column::ServiceName,
        Column::Tags,
        Column::EffectiveCost,
        Column::ListCost,
    ];
    let mut sums = EfficiencySums::default();
    let mut by_service: BTreeMap<String, (Amount, Amount)> = BTreeMap::new();
    let mut covered_services: BTreeSet<String> = BTreeSet::new();
    scan(context, &columns, month.days(), |batch| {
        let (usage, commitment) = (is_usage(batch), commitment_use(batch));
        let currencies = batch.text(Column::BillingCurrency);
        let charges = charge_days(batch, Some(month.days()));
        for charge in charges.filter(|charge| usage(charge.row)) {
            let row = charge.row;
            let Some(currency) = currencies.get(row).and_then(|c| c.parse::<Currency>().ok()) else { continue };
            let amount = |column| charge.amount(batch.decimals(column)).and_then(|a| into(a, currency, charge.day));
            // Without a rate, no cost of the charge counts; a list cost of a charge without one is unknown by itself.
            if into(Amount::ZERO, currency, charge.day).is_none() {
                continue;
            }
            let effective = amount(Column::EffectiveCost).unwrap_or_default();
            add_charge(&mut sums, batch, row, effective, amount(Column::ListCost));
            if is_unused(batch, row) {
                continue;
            }
            let Some(service) = batch.text(Column::ServiceName).get(row) else { continue };
            let cost = amount(Column::ListCost).unwrap_or(effective);
            let of_service = by_service.entry(service.to_owned()).or_default();
            match commitment(row) {
                CommitmentUse::Used => {
                    of_service.0 = of_service.0.saturating_add(cost);
                    sums.commitment_used = sums.commitment_used.saturating_add(effective);
                    if !covered_services.contains(service) {
                        covered_services.insert(service.to_owned());
                    }
                }
                CommitmentUse::OnDemand => of_service.1 = of_service.1.saturating_add(cost),
                CommitmentUse::Unused => {}
            }
        }
        Ok::<(), PipelineError>(())
    })
    .await?;
    for (_, (covered, on_demand)) in by_service.into_iter().filter(|(service, _)| covered_services.contains(service)) {
        sums.covered = sums.covered.saturating_add(covered);
        sums.on_demand = sums.on_demand.saturating_add(on_demand);
    }
    Ok(sums)
}

/// Whether a row is the unused part of a commitment; some exports leave its id out.
fn is_unused(batch: &ScanBatch, row: usize) -> bool {
    batch.text(Column::CommitmentDiscountStatus).get(row) == Some("Unused")
}

fn add_charge(sums: &mut EfficiencySums, batch: &ScanBatch, row: usize, effective: Amount, list: Option<Amount>) {
    let add = |sum: &mut Amount, amount: Amount| *sum = sum.saturating_add(amount);
    add(&mut sums.usage, effective);
    if is_unused(batch, row) {
        add(&mut sums.paid, effective);
        add(&mut sums.commitment_unused, effective);
        return;
    }
    match list {
        Some(list) => {
            add(&mut sums.paid, effective);
            add(&mut sums.list, list);
        }
        None => add(&mut sums.without_list, effective),
    }
    if matches!(batch.text(Column::Tags).get(row), None | Some("" | "{}" | "null")) {
        add(&mut sums.untagged, effective);
    }
}
