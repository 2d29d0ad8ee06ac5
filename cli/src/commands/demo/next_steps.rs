//! What to try after a demo: one command for each kind of person, and where each continues.

use std::path::Path;

use tollgate_model::IncidentState;
use tollgate_model::text::counted;
use tollgate_pipeline::Context;

use super::change::Made;
use crate::output::{bold, dim, print_note};
use crate::print_line;
use crate::setup::variable;

pub(super) async fn print(dir: &Path, context: &Context, made: &Made) -> anyhow::Result<()> {
    let store = dir.display();
    let open = context.state.ledger.incidents(&[IncidentState::Open]).await?;
    let incident = open.first().map_or("ID".to_owned(), |(incident, _)| incident.id.clone());
    print_line!("");
    print_line!("{}", bold("Changes"));
    let found = counted(made.recommendations, "recommendation", "recommendations");
    print_line!("  {found}; `tollgate --store {store} advise list` lists them");
    if let Some(plan) = &made.plan {
        print_line!("  {} waits for approval: {}", plan.plan.id, plan.plan.title);
    }
    print_line!("");
    print_line!("{}", bold("Try next"));
    let plan = made.plan.as_ref().map_or("plans".to_owned(), |record| format!("plans show {}", record.plan.id));
    let lines = [
        (
            "FinOps",
            format!("tollgate --store {store} costs --by team,service --compare previous"),
            "docs/guides/answers.md",
        ),
        ("", format!("tollgate --store {store} incidents show {incident}"), "docs/guides/first-hour.md"),
        (
            "Platform",
            format!(
                "policy-gate check {store}/terraform/plan.json --config {store}/tollgate.hcl --budgets {store}/budgets.json"
            ),
            "docs/guides/policy-gate.md",
        ),
        ("Finance", format!("tollgate --store {store} budgets show checkout"), "docs/concepts/budgets.md"),
        ("", format!("tollgate --store {store} statement --team checkout"), "docs/guides/chargeback.md"),
        ("Product", format!("tollgate --store {store} units cost-per-order"), "docs/guides/unit-costs.md"),
        ("Approver", format!("tollgate --store {store} {plan}"), "docs/guides/act-on-advice.md"),
    ];
    for (person, command, page) in lines {
        print_line!("  {person:<8}  {command}   {}", dim(format!("# {page}")));
    }
    if let Some(folder) = unreachable_programs() {
        print_note(&format!("the programs are in {folder}: export PATH=\"{folder}:$PATH\""));
        if !folder_has(Path::new(&folder), "policy-gate") {
            print_note("`cargo build --release --package tollgate-policy-gate` builds policy-gate");
        }
    }
    print_note(&dim(format!(
        "{store}/truth.json lists the incidents in the generated data; `tollgate demo --reset` writes the demo again"
    )));
    Ok(())
}

/// The folder of this program, where a shell does not find `tollgate` by name.
fn unreachable_programs() -> Option<String> {
    let path = variable("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|folder| folder_has(&folder, "tollgate")) {
        return None;
    }
    let program = std::env::current_exe().ok()?;
    Some(program.parent()?.display().to_string())
}

fn folder_has(folder: &Path, program: &str) -> bool {
    folder.join(format!("{program}{}", std::env::consts::EXE_SUFFIX)).is_file()
}
