//! Notes on a cost: what the plan leaves out, and regions that the prices do not know.

use std::collections::BTreeMap;

use tollgate_model::text::counted;
use tollgate_prices::regions::{is_region, nearest_region};

use super::ResourceCost;
use crate::context::PlanContext;

/// Returns what a plan leaves out of its cost.
pub(super) fn of_plan(context: &PlanContext<'_>) -> Vec<String> {
    let (plan, mut out) = (context.plan, Vec::new());
    if plan.errored {
        out.push("planning failed, so the plan does not show the whole change and its cost".to_owned());
    }
    let later = plan.deferred.len();
    if later > 0 && context.unknown_inputs.is_some() {
        let what = counted(later, "resource has", "resources have");
        out.push(format!("{what} a number of instances that is unknown without a plan, and no cost here"));
    } else if later > 0 {
        let what = counted(later, "resource is", "resources are");
        out.push(format!("{what} deferred: the next plan shows the cost"));
    } else if plan.complete == Some(false) && !plan.errored {
        out.push("the plan is incomplete: the next plan shows the rest of the cost".to_owned());
    }
    out
}

/// Returns the regions that the prices do not know, and the number of resources whose region is unknown.
pub(super) fn of_regions(resources: &[ResourceCost], nowhere: usize) -> Vec<String> {
    let mut strange: BTreeMap<&str, usize> = BTreeMap::new();
    for resource in resources.iter().filter(|r| !r.components.is_empty()) {
        if let Some(region) = resource.region.as_deref().filter(|region| is_strange(&resource.kind, region)) {
            *strange.entry(region).or_default() += 1;
        }
    }
    let mut out: Vec<String> = strange
        .into_iter()
        .map(|(region, count)| {
            let hint = nearest_region(region).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            let what = counted(count, "resource is", "resources are");
            format!("{what} in `{region}`, a region that the prices do not know: the costs have the bounds of other regions{hint}")
        })
        .collect();
    if nowhere > 0 {
        let what = counted(nowhere, "resource has", "resources have");
        out.push(format!("{what} no known region: the costs have the bounds of all regions; `--region` states one"));
    }
    out
}

/// Whether a location is none that the prices know. Those of Azure and Google Cloud may be wider than a region, such as `EU`: only
/// one that resembles a region is a mistake.
fn is_strange(kind: &str, region: &str) -> bool {
    let is_aws = kind.starts_with("aws_") || kind.starts_with("awscc_");
    !is_region(region) && (is_aws || nearest_region(region).is_some())
}
