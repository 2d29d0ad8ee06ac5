//! Reading for advice: resources, their metrics, and the recommendations of other advisors.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use tollgate_analysis::advice::{ResourceSpend, metrics_needed};
use tollgate_cloud::MetricRequest;
use tollgate_model::metric::ResourceKey;
use tollgate_model::{AccountRegion, Metrics, Recommendation, Resource, ResourceType};

use super::AdviseReport;
use crate::{Cloud, Context};

/// Lists that are read at the same time.
const AT_ONCE: usize = 8;
/// Metrics in one request of the port.
const METRICS_AT_ONCE: usize = 5_000;

/// The accounts and regions to read: those of the policy file, or the caller's own.
pub(super) fn places_to_read(context: &Context, home: &AccountRegion) -> Vec<AccountRegion> {
    let or_home = |list: &[String], own: &str| if list.is_empty() { vec![own.to_owned()] } else { list.to_vec() };
    let advice = &context.state.policy.advice;
    let regions = or_home(&advice.regions, &home.region);
    let accounts = or_home(&advice.accounts, &home.account);
    let all = accounts.iter().flat_map(|a| regions.iter().map(move |r| (a.clone(), r.clone())));
    all.map(|(account, region)| AccountRegion { account, region }).collect()
}

/// Lists the resources, and the types and places whose lists are complete.
pub(super) async fn read_inventory(
    cloud: &Cloud,
    places: &[AccountRegion],
    report: &mut AdviseReport,
) -> (Vec<Resource>, BTreeSet<(AccountRegion, ResourceType)>) {
    let asked = places.iter().flat_map(|p| ResourceType::ALL.into_iter().map(move |of| (p.clone(), of)));
    let mut answers: Vec<_> = stream::iter(asked.collect::<Vec<_>>())
        .map(|(place, of)| async move {
            let answer = cloud.inventory.list(&place, of).await;
            (place, of, answer)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    answers.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let (mut resources, mut seen) = (Vec::new(), BTreeSet::new());
    for (place, of, answer) in answers {
        match answer {
            Ok(found) => {
                resources.extend(found);
                seen.insert((place, of));
            }
            Err(error) => report.failures.push(error.to_string().lines().next().unwrap_or_default().to_owned()),
        }
    }
    (resources, seen)
}

/// Reads the use of resources, the most expensive first.
pub(super) async fn read_metrics(
    context: &Context,
    cloud: &Cloud,
    resources: &[Resource],
    spend: &HashMap<String, ResourceSpend>,
    report: &mut AdviseReport,
) -> HashMap<ResourceKey, Metrics> {
    let advice = &context.state.policy.advice;
    let to = context.state.clock.now();
    let from = to - SignedDuration::from_hours(i64::from(advice.thresholds.idle_days) * 24);
    let mut wanted: Vec<(&Resource, MetricRequest)> = Vec::new();
    let mut by_cost: Vec<&Resource> = resources.iter().collect();
    let cost = |r: &Resource| {
        let found =
            r.charged_as().iter().find_map(|name| spend.get(name).map(|s| s.on_demand.saturating_add(s.committed)));
        found.unwrap_or_default()
    };
    by_cost.sort_by_cached_key(|r| std::cmp::Reverse(cost(r)));
    for resource in by_cost {
        let of = resource.resource_type();
        for metric in metrics_needed(of) {
            wanted.push((resource, MetricRequest { of, id: resource.id.clone(), metric }));
        }
    }
    let most = usize::try_from(advice.max_metrics).unwrap_or(usize::MAX);
    report.metrics_left_out = wanted.len().saturating_sub(most);
    wanted.truncate(most);
    if report.metrics_left_out > 0 {
        report.failures.push(format!(
            "{} metrics were not requested: advice {{ max_metrics = {most} }}; the cheapest resources are judged without them",
            report.metrics_left_out
        ));
    }
    let mut by_place: BTreeMap<&AccountRegion, Vec<MetricRequest>> = BTreeMap::new();
    for (resource, one) in wanted {
        by_place.entry(&resource.place).or_default().push(one);
    }
    let mut out: HashMap<ResourceKey, Metrics> = HashMap::new();
    for (place, wanted) in by_place {
        for some in wanted.chunks(METRICS_AT_ONCE) {
            match cloud.inventory.metrics(place, some, hour(from), hour(to)).await {
                Ok(answers) => {
                    report.metrics += some.len();
                    for (one, answer) in some.iter().zip(answers) {
                        let of = out.entry((place.clone(), one.id.clone())).or_default();
                        of.extend(answer.map(|hourly| (one.metric, hourly)));
                    }
                }
                Err(error) => {
                    report.failures.push(error.to_string().lines().next().unwrap_or_default().to_owned());
                    break;
                }
            }
        }
    }
    out
}

/// The whole hour before an instant.
fn hour(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(3600) * 3600).unwrap_or(at)
}

/// Reads the recommendations of advisors. One that is not enabled returns none; a failure is in the report.
pub(super) async fn ask_advisors(
    context: &Context,
    cloud: &Cloud,
    places: &[AccountRegion],
    report: &mut AdviseReport,
) -> Vec<Recommendation> {
    let mut out = Vec::new();
    if !context.state.policy.advice.ask_aws {
        return out;
    }
    for advisor in &cloud.advisors {
        for place in places {
            match advisor.recommendations(place).await {
                Ok(found) => out.extend(found),
                Err(error) => {
                    let line = error.to_string().lines().next().unwrap_or_default().to_owned();
                    report.failures.push(format!("{}: {line}", advisor.name()));
                }
            }
        }
    }
    out
}

/// Counts resources by place and type, for safety limits.
pub(super) fn count_resources(resources: &[Resource]) -> Vec<(AccountRegion, ResourceType, usize)> {
    let mut counts: BTreeMap<(AccountRegion, ResourceType), usize> = BTreeMap::new();
    for resource in resources {
        *counts.entry((resource.place.clone(), resource.resource_type())).or_default() += 1;
    }
    counts.into_iter().map(|((place, of), count)| (place, of, count)).collect()
}
