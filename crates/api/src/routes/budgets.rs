//! Budgets: the signed status that `policy-gate` reads, one budget, its history, and the cost under no budget.

use tollgate_identity::Permission;
use tollgate_model::BudgetStatus;
use tollgate_model::limits::API_PAGE;
use tollgate_pipeline::{budget_coverage, export_budgets, judge_budgets, newest_month};

use super::EXPORT_BUDGETS;
use crate::answer::Answer;
use crate::call::Call;
use crate::parameter::{Kind, Parameter};
use crate::problem::Problem;
use crate::route::Route;

/// Days of a history without a number.
const DAYS: usize = 100;

pub(super) const ROUTES: &[Route] = &[
    Route::get(
        "/v1/budgets",
        EXPORT_BUDGETS,
        "The status of all budgets, signed with TOLLGATE_BUDGETS_KEY where it is set; `policy-gate` reads it",
        Permission::ReadBudgets,
        |call| Box::pin(export(call)),
    )
    .answering("budgets-export"),
    Route::get(
        "/v1/budgets/{name}",
        "getBudget",
        "One budget: spend, forecast, variance by cost driver, and a suggested amount",
        Permission::ReadBudgets,
        |call| Box::pin(show(call)),
    )
    .answering("budget"),
    Route::get(
        "/v1/budgets/{name}/history",
        "getBudgetHistory",
        "The status of a budget on each day that it was evaluated, the newest first",
        Permission::ReadBudgets,
        |call| Box::pin(history(call)),
    )
    .taking(&[Parameter::new("limit", Kind::Number(1, API_PAGE.value), "days; 100 without it")])
    .answering("budgets"),
    Route::get(
        "/v1/budget-coverage",
        "getBudgetCoverage",
        "Which cost of a month is under a budget, and which is under none",
        Permission::ReadBudgets,
        |call| Box::pin(coverage(call)),
    )
    .taking(&[Parameter::new("period", Kind::Month, "the month; the newest that has ended without it")])
    .answering("budgets-coverage")
    .by_revisions(),
];

async fn export(call: Call) -> Result<Answer, Problem> {
    let export = export_budgets(call.state()).await?;
    let export = match &call.api.budgets_key {
        Some(key) => export.signed(key).map_err(|error| Problem::internal(error.to_string()))?,
        None => export,
    };
    Answer::of(&export)
}

/// A budget of the policy. The statuses of budgets name those that there are.
fn find<'s>(statuses: &'s [BudgetStatus], name: &str) -> Result<&'s BudgetStatus, Problem> {
    statuses.iter().find(|status| status.name == name).ok_or_else(|| {
        let known: Vec<&str> = statuses.iter().map(|status| status.name.as_str()).collect();
        let hint = if known.is_empty() { "tollgate.hcl has none".to_owned() } else { known.join(", ") };
        Problem::not_found(format!("there is no budget `{name}`\nhint: the budgets are {hint}"))
    })
}

async fn show(call: Call) -> Result<Answer, Problem> {
    let statuses = judge_budgets(call.state()).await?;
    Answer::of(find(&statuses, call.part("name"))?)
}

async fn history(call: Call) -> Result<Answer, Problem> {
    let (name, state) = (call.part("name"), call.state());
    let most = call.query.value::<usize>("limit")?.unwrap_or(DAYS);
    let mut found = state.ledger.budget_history(name, most + 1).await?;
    if found.is_empty() {
        find(&judge_budgets(state).await?, name)?;
    }
    let truncated = found.len() > most;
    found.truncate(most);
    Call::list(&found, truncated)
}

async fn coverage(call: Call) -> Result<Answer, Problem> {
    let period = newest_month(call.state(), call.query.value("period")?).await?;
    Answer::of(&budget_coverage(call.state(), period).await?)
}
