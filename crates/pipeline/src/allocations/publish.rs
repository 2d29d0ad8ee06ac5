//! Publishes what each value of a dimension bears of the open months, after an import: programs that cannot read charges read it.
//!
//! A month is computed again when its charges, the rules or the metrics that weigh changed. Closed months are in the ledger.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tollgate_model::allocation::AllocationPlan;
use tollgate_model::hash::sha256;
use tollgate_model::{BillingPeriod, Revision};

use super::{ValueTotal, allocate_month, metrics};
use crate::{Context, PipelineError};

/// The document of the lake with the allocations of open months.
const ALLOCATIONS: &str = "allocations.json";

/// The allocations of open months.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedAllocations {
    /// The version of this form.
    pub version: u8,
    /// The months, newest first.
    pub months: Vec<PublishedMonth>,
}

/// What each value of a dimension bears of a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedMonth {
    /// The dimension.
    pub dimension: String,
    /// The month.
    pub period: BillingPeriod,
    /// The version of the rules.
    pub rules: String,
    /// When it was computed.
    pub computed_at: Timestamp,
    /// The hash of what it was computed from: charges, rules and metrics.
    pub inputs: String,
    /// Both costs by value.
    pub totals: Vec<ValueTotal>,
}

/// What a call published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishReport {
    /// Months that were computed.
    pub computed: Vec<(String, BillingPeriod)>,
    /// Months that changed and wait for the next call. They are in the document no longer: a stale figure is none.
    pub waiting: usize,
    /// Months that cannot be allocated, with the reason.
    pub failed: Vec<(String, BillingPeriod, String)>,
}

/// Computes at most `most` of the open months that changed, newest first, and publishes all that are known.
///
/// # Errors
///
/// When a store fails. A month whose rules fail is reported, and the others are published.
pub async fn publish_allocations(context: &Context, most: usize) -> Result<PublishReport, PipelineError> {
    let policy = &context.state.policy;
    let plans = policy.dimensions.iter().filter_map(|dimension| policy.allocation_plan(&dimension.name));
    let plans: Vec<AllocationPlan> = plans.filter(|plan| !plan.rules.is_empty()).collect();
    let mut report = PublishReport::default();
    if plans.is_empty() {
        return Ok(report);
    }
    let known = read(context).await?;
    let mut revisions: BTreeMap<BillingPeriod, Vec<Revision>> = BTreeMap::new();
    for current in context.state.ledger.periods().await? {
        revisions.entry(current.revision.period).or_default().push(current.revision);
    }
    let mut months = Vec::new();
    for (period, revisions) in revisions.iter().rev() {
        for plan in &plans {
            if context.state.ledger.closed_month(&plan.dimension, *period).await?.is_some() {
                continue;
            }
            let inputs = inputs_of(context, plan, *period, revisions).await?;
            let same =
                known.iter().find(|m| m.dimension == plan.dimension && m.period == *period && m.inputs == inputs);
            if let Some(same) = same {
                months.push(same.clone());
                continue;
            }
            if report.computed.len() + report.failed.len() >= most {
                report.waiting += 1;
                continue;
            }
            match allocate_month(context, *period, plan).await {
                Ok(allocation) => {
                    report.computed.push((plan.dimension.clone(), *period));
                    months.push(PublishedMonth {
                        dimension: plan.dimension.clone(),
                        period: *period,
                        totals: allocation.totals(),
                        rules: allocation.rules,
                        computed_at: context.state.clock.now(),
                        inputs,
                    });
                }
                Err(error @ (PipelineError::Refused(_) | PipelineError::NotAllocated { .. })) => {
                    report.failed.push((plan.dimension.clone(), *period, error.to_string()));
                }
                Err(error) => return Err(error),
            }
        }
    }
    if months != known {
        let document = PublishedAllocations { version: 1, months };
        let text = serde_json::to_vec(&document).map_err(|error| PipelineError::Refused(error.to_string()))?;
        context.lake.put_document(ALLOCATIONS, text).await?;
    }
    Ok(report)
}

/// The months that are published. A document of another form is written anew.
async fn read(context: &Context) -> Result<Vec<PublishedMonth>, PipelineError> {
    let bytes = context.lake.document(ALLOCATIONS).await?;
    let document = bytes.and_then(|bytes| serde_json::from_slice::<PublishedAllocations>(&bytes).ok());
    Ok(document.filter(|document| document.version == 1).map(|document| document.months).unwrap_or_default())
}

async fn inputs_of(
    context: &Context,
    plan: &AllocationPlan,
    period: BillingPeriod,
    revisions: &[Revision],
) -> Result<String, PipelineError> {
    let metrics = metrics::read_metrics(context, plan, period).await?;
    let policy = &context.state.policy;
    // Dimensions that conditions name are not all part of the rules.
    let dimensions: Vec<(&str, &str)> =
        policy.dimensions.iter().map(|d| (d.source.as_str(), d.default.as_str())).collect();
    let facts = (plan, revisions, format!("{metrics:?} {:?}", policy.defaults.basis), dimensions);
    sha256(&facts).map_err(|error| PipelineError::Refused(error.to_string()))
}
