//! The metrics that rules weigh by, from the ledger.

use std::collections::BTreeMap;

use tollgate_analysis::allocate::MetricWeights;
use tollgate_model::allocation::{AllocationMethod, AllocationPlan};
use tollgate_model::business_metric::{MetricCombination, MissingFigure};
use tollgate_model::{BillingPeriod, Day, Quantity};

use crate::{Context, PipelineError};

/// Reads the figures of each metric of the rules, by target and day of the month. A metric without a figure is left out: it is unknown.
///
/// # Errors
///
/// When the ledger fails.
pub(super) async fn read_metrics(
    context: &Context,
    plan: &AllocationPlan,
    period: BillingPeriod,
) -> Result<BTreeMap<String, MetricWeights>, PipelineError> {
    let mut out = BTreeMap::new();
    for rule in &plan.rules {
        let AllocationMethod::Metric { metric } = &rule.method else { continue };
        if out.contains_key(metric) {
            continue;
        }
        let Some(definition) = context.state.policy.metrics.iter().find(|m| m.name == *metric) else { continue };
        let figures = context.state.ledger.metric_figures(metric, Some(period)).await?;
        let mut sums: BTreeMap<String, BTreeMap<Day, (Quantity, i128)>> = BTreeMap::new();
        for (at, of_time) in figures.0.into_iter().filter(|(at, _)| period.days().contains(at.day())) {
            for (value, figure) in of_time {
                let (sum, count) = sums.entry(value).or_default().entry(at.day()).or_default();
                *sum = sum.saturating_add(figure);
                *count += 1;
            }
        }
        let of_day = |(sum, count): (Quantity, i128)| match definition.combine {
            MetricCombination::Sum => sum,
            // A day has at least one figure.
            MetricCombination::Average => Quantity::from_units(sum.units() / count.max(1)).unwrap_or(sum),
        };
        let values = sums
            .into_iter()
            .map(|(value, days)| (value, days.into_iter().map(|(day, figures)| (day, of_day(figures))).collect()));
        let by_known_day =
            definition.missing == MissingFigure::Unknown || definition.combine == MetricCombination::Average;
        out.insert(metric.clone(), MetricWeights { values: values.collect(), by_known_day });
    }
    Ok(out)
}
