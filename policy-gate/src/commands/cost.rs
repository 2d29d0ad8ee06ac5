//! `policy-gate cost`: the cost of plans, without a verdict.

use std::process::ExitCode;

use tollgate_model::Day;
use tollgate_policy_gate::cost::PlanCost;
use tollgate_policy_gate::output;
use tollgate_policy_gate::report::{PlanReport, Report};

use super::inputs::Loaded;
use super::options::{Inputs, PlainFormat};
use super::{print_document, print_note, print_text};

/// The age in days from which a note states how old the prices are.
const NOTED_DAYS: i32 = 400;

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
    let oldest = reports.iter().filter_map(|r| r.cost.oldest_price).min();
    if let Some(note) = oldest.and_then(|oldest| age(oldest, loaded.today)) {
        print_note(&note);
    }
    match format {
        PlainFormat::Json => {
            let costs: Vec<_> = reports.iter().map(|r| serde_json::json!({ "plan": r.plan, "cost": r.cost })).collect();
            print_document(&costs)?;
        }
        PlainFormat::Text => print_text(&output::costs(&Report::new(reports, Vec::new()), all)),
    }
    Ok(ExitCode::SUCCESS)
}

/// A note on the oldest price of an estimate; `None` when it is recent.
fn age(oldest: Day, today: Day) -> Option<String> {
    let days = today - oldest;
    (days > NOTED_DAYS).then(|| {
        format!(
            "note: the oldest price of this estimate is from {oldest}, {days} days old; `policy-gate prices refresh` builds a \
             newer price book"
        )
    })
}
