//! `plan-errored`, `plan-incomplete`: what a plan says of itself.

use tollgate_terraform::Plan;

use crate::finding::{FindingBuilder, FindingId};

/// What a plan says of itself. What it doesn't say is not held against it.
pub(crate) fn judge(plan: &Plan<'_>, name: &str) -> Vec<FindingBuilder> {
    let mut out = Vec::new();
    if plan.errored {
        let finding = FindingBuilder::new(FindingId::PlanErrored, "planning failed, so this is not the whole change")
            .hint("mend what `plan` says and plan anew");
        out.push(finding.plan(name));
    }
    let later = plan.deferred.len();
    if later > 0 {
        let what = if later == 1 { "1 resource is".to_owned() } else { format!("{later} resources are") };
        let message = format!("{what} deferred: the next plan says what they become, and is judged then");
        out.push(FindingBuilder::new(FindingId::PlanIncomplete, message).plan(name));
    } else if plan.complete == Some(false) && !plan.errored {
        let message = "the plan does not lead to all that the configuration wants; the next one is judged again";
        out.push(FindingBuilder::new(FindingId::PlanIncomplete, message).plan(name));
    }
    out
}
