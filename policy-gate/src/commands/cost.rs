//! `policy-gate cost`: the cost of plans, without a verdict.

use std::process::ExitCode;

use tollgate_policy_gate::cost::PlanCost;
use tollgate_policy_gate::output;
use tollgate_policy_gate::report::{PlanReport, Report};

use super::inputs::Loaded;
use super::options::{Inputs, PlainFormat};
use super::{print_json, print_text};

pub(super) fn run(inputs: &Inputs, all: bool, format: PlainFormat) -> anyhow::Result<ExitCode> {
    let loaded = Loaded::for_costs(inputs)?;
    let plans = loaded.parsed()?;
    let reports: Vec<PlanReport> = loaded
        .contexts(&plans)
        .iter()
        .map(|(context, _)| PlanReport {
            plan: context.name.to_owned(),
            cost: PlanCost::of(context, &loaded.price_inputs),
            ..PlanReport::default()
        })
        .collect();
    match format {
        PlainFormat::Json => {
            let costs: Vec<_> = reports.iter().map(|r| serde_json::json!({ "plan": r.plan, "cost": r.cost })).collect();
            print_json(&(serde_json::to_string_pretty(&costs)? + "\n"));
        }
        PlainFormat::Text => print_text(&output::costs(&Report::new(reports, Vec::new()), all)),
    }
    Ok(ExitCode::SUCCESS)
}
