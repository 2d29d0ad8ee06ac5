//! The demo's recommendations, a plan that waits for approval, and the status of budgets that `policy-gate` reads.

use std::path::Path;

use anyhow::Context as _;
use tollgate_model::PlanRecord;
use tollgate_pipeline::{Actor, Context, PlanInput, advise, export_budgets, plan_change};

use crate::args::Args;
use crate::setup::cloud;

/// The person of the demo who asks for the plan. Another one approves it.
const REQUESTER: &str = "dana";
/// The kind of recommendation that the plan carries out: it can be rolled back.
const PLANNED: &str = "gp2_to_gp3";

/// What was made.
pub(super) struct Made {
    /// The number of open recommendations.
    pub(super) recommendations: usize,
    /// The plan that waits; `None` when there is nothing to plan.
    pub(super) plan: Option<PlanRecord>,
}

/// Finds recommendations in the demo's inventory, and proposes a plan from one of them.
pub(super) async fn propose(args: &Args, context: &Context) -> anyhow::Result<Made> {
    let cloud = cloud(args, &context.state).await?;
    let report = advise(context, &cloud).await?;
    let planned = report.found.iter().find(|advice| advice.kind == PLANNED && advice.instead.is_none());
    let Some(advice) = planned else { return Ok(Made { recommendations: report.found.len(), plan: None }) };
    let wanted = PlanInput::Advice(vec![advice.id.clone()]);
    let built = plan_change(&context.state, &cloud, &Actor::on_command_line(REQUESTER), &wanted, "demo").await?;
    Ok(Made { recommendations: report.found.len() - 1, plan: Some(built.record) })
}

/// Writes the status of budgets beside the store, as `tollgate budgets export` does.
pub(super) async fn write_budgets(context: &Context, dir: &Path) -> anyhow::Result<()> {
    let export = export_budgets(&context.state).await?;
    let path = dir.join("budgets.json");
    std::fs::write(&path, serde_json::to_string_pretty(&export)? + "\n")
        .with_context(|| format!("{}: cannot be written", path.display()))
}
