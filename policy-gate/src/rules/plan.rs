//! `plan-errored`, `plan-incomplete`: plans that do not show the whole change.

use tollgate_model::text::counted;
use tollgate_terraform::TerraformPlan;

use crate::finding::{About, FindingBuilder, FindingId, FindingMeta, Severity};
use crate::rules::RuleCheck;

pub(crate) const ERRORED: FindingMeta = FindingMeta::always_blocks(
    "plan-errored",
    Severity::High,
    About::Plan,
    "Planning failed, so the plan does not show the whole change.",
);

pub(crate) const INCOMPLETE: FindingMeta = FindingMeta::always_warns(
    "plan-incomplete",
    Severity::Low,
    About::Plan,
    "The plan is incomplete. The gate checks the rest with the next plan.",
);

pub(super) const CHECK: RuleCheck = RuleCheck::Plan(|subject| {
    let context = subject.context;
    judge(context.plan, context.name, context.unknown_inputs.is_some())
});

/// Judges the state of a plan. A plan that does not contain it passes.
fn judge(plan: &TerraformPlan<'_>, name: &str, without_plan: bool) -> Vec<FindingBuilder> {
    let mut out = Vec::new();
    if plan.errored {
        let finding =
            FindingBuilder::new(FindingId::PlanErrored, "planning failed, so the plan does not show the whole change")
                .hint("fix the error of `plan` and write the plan again");
        out.push(finding.plan(name));
    }
    let later = plan.deferred.len();
    if later > 0 {
        let message = if without_plan {
            let what = counted(later, "resource has", "resources have");
            format!("{what} a number of instances that is unknown without a plan")
        } else {
            let what = counted(later, "resource is", "resources are");
            format!("{what} deferred: the gate checks them with the next plan")
        };
        out.push(FindingBuilder::new(FindingId::PlanIncomplete, message).plan(name));
    } else if plan.complete == Some(false) && !plan.errored {
        let message = "the plan is incomplete; the gate checks the rest with the next plan";
        out.push(FindingBuilder::new(FindingId::PlanIncomplete, message).plan(name));
    }
    out
}
