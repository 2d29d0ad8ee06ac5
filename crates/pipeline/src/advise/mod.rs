//! Advise: finds recommendations from resources, their use and their costs, and keeps the state of each.

mod digest;
mod life;
mod read;

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use tollgate_analysis::advice::{AdviceInput, CommittedUse, OnDemandUse, ResourceSpend, merge_recommendations};
use tollgate_model::metric::ResourceKey;
use tollgate_model::{Day, Metrics, Recommendation, Resource};

pub use life::dismiss;

use crate::list_prices::BookPrices;
use crate::track_record::read_track_record;
use crate::{Cloud, Context, PipelineError, spend};
use digest::write_digest;
use life::update_records;
use read::{ask_advisors, count_resources, places_to_read, read_inventory, read_metrics};

/// The result of a run of advice.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AdviseReport {
    /// Resources that were read.
    pub resources: usize,
    /// Metrics that were requested.
    pub metrics: usize,
    /// Metrics beyond the limit, which were not requested.
    pub metrics_left_out: usize,
    /// Calls, by operation.
    pub calls: BTreeMap<String, u64>,
    /// What could not be read, in lines.
    pub failures: Vec<String>,
    /// Recommendations that were found, best first.
    pub found: Vec<Recommendation>,
    /// How many of them are new.
    pub new: usize,
    /// Recommendations that no longer apply.
    pub gone: usize,
}

/// Finds recommendations in the accounts and regions of the policy file, saves them, and writes a digest once a week.
///
/// # Errors
///
/// When the ledger or the lake fails. A refusal by the provider is in the report, and recommendations for resources that could not be
/// read stay.
pub async fn advise(context: &Context, cloud: &Cloud) -> Result<AdviseReport, PipelineError> {
    let mut report = AdviseReport::default();
    let places = places_to_read(context, &cloud.home);
    let (resources, seen) = read_inventory(cloud, &places, &mut report).await;
    let spending = match spend::days(context).await? {
        Some((from, to)) => Spending {
            by_resource: spend::by_resource(context, from, to).await?,
            commitments: spend::committed(context, from, to).await?,
            on_demand_use: spend::on_demand_use(context, from, to).await?,
        },
        None => Spending::default(),
    };
    let metrics = read_metrics(context, cloud, &resources, &spending.by_resource, &mut report).await;
    let theirs = ask_advisors(context, cloud, &places, &mut report).await;
    let track_record = read_track_record(&context.state).await?;
    report.found = find_recommendations(context, &resources, &metrics, &spending, &track_record, theirs)?;
    let fleet = count_resources(&resources);
    context.state.ledger.put_resource_counts(&fleet).await?;
    update_records(context, &resources, &seen, &mut report).await?;
    write_digest(context).await?;
    report.resources = resources.len();
    report.calls = cloud.inventory.calls();
    Ok(report)
}

/// The costs that advice needs.
#[derive(Default)]
struct Spending {
    by_resource: HashMap<String, ResourceSpend>,
    commitments: Vec<CommittedUse>,
    on_demand_use: Vec<OnDemandUse>,
}

fn find_recommendations(
    context: &Context,
    resources: &[Resource],
    metrics: &HashMap<ResourceKey, Metrics>,
    spending: &Spending,
    track_record: &BTreeMap<(String, String), u32>,
    theirs: Vec<Recommendation>,
) -> Result<Vec<Recommendation>, PipelineError> {
    let prices = BookPrices::new(&context.state.policy)?;
    let input = AdviceInput {
        resources,
        metrics,
        spend: &spending.by_resource,
        list_prices: &prices,
        commitments: &spending.commitments,
        on_demand_use: &spending.on_demand_use,
        thresholds: &context.state.policy.advice.thresholds,
        currency: prices.currency(),
        today: Day::of_second(context.state.clock.now().as_second()),
        track_record,
    };
    Ok(merge_recommendations(tollgate_analysis::advice::find_recommendations(&input), theirs))
}
