//! Statements and allocations: what each team bears of a month, the rules behind it, and the close of a month.

use axum::http::StatusCode;
use serde::Deserialize;
use tollgate_identity::Permission;
use tollgate_model::BillingPeriod;
use tollgate_pipeline::{
    CloseOutcome, StatementDocument, StatementSet, allocation_plan, approve_month, check_allocations, close_month,
    compare_closed, heat_map, newest_month, read_allocation, roll_up, statements,
};

use crate::answer::Answer;
use crate::call::Call;
use crate::parameter::{Kind, Parameter};
use crate::problem::Problem;
use crate::route::Route;

const PERIOD: Parameter = Parameter::new("period", Kind::Month, "the month; the newest that has ended without it");
const DIMENSION: Parameter =
    Parameter::new("dimension", Kind::Text, "a dimension of tollgate.hcl; the first with allocation rules without it");
const READ: Permission = Permission::ReadStatements;
const CLOSE: Permission = Permission::CloseStatements;

/// Months of a heat map without a number.
const MONTHS: usize = 6;

pub(super) const ROUTES: &[Route] = &[
    Route::get("/v1/statements", "getStatements", "What each team bears of a month", READ, |call| Box::pin(all(call)))
        .taking(&[PERIOD, DIMENSION])
        .answering("statements"),
    Route::get("/v1/statements/{value}", "getStatement", "What one team bears of a month", READ, |call| {
        Box::pin(one(call))
    })
    .taking(&[PERIOD, DIMENSION, Parameter::new("with_children", Kind::Flag, "together with the values below it")])
    .answering("statement"),
    Route::get(
        "/v1/allocations",
        "getAllocation",
        "The direct and shared cost of each team, with rules and ratios",
        READ,
        |call| Box::pin(allocation(call)),
    )
    .taking(&[PERIOD, DIMENSION, Parameter::new("of", Kind::Text, "only this value of the dimension")])
    .answering("allocation"),
    Route::get(
        "/v1/allocations/check",
        "checkAllocation",
        "Unknown values, rules without effect, and what stays unallocated",
        READ,
        |call| Box::pin(check(call)),
    )
    .taking(&[PERIOD, DIMENSION])
    .answering("allocation-check"),
    Route::get(
        "/v1/allocations/difference",
        "compareAllocation",
        "A closed month against the charges and rules of today",
        READ,
        |call| Box::pin(difference(call)),
    )
    .taking(&[PERIOD, DIMENSION])
    .answering("allocation-diff"),
    Route::get("/v1/allocations/heat-map", "getHeatMap", "The cost of each team by month", READ, |call| {
        Box::pin(heat(call))
    })
    .taking(&[DIMENSION, Parameter::new("months", Kind::Number(1, 36), "the newest months; 6 without it")])
    .answering("allocation-heatmap"),
    Route::post(
        "/v1/allocations/close",
        "closeMonth",
        "Close a month: freeze its allocation and bind it by a hash",
        CLOSE,
        |call| Box::pin(close(call)),
    )
    .reading(&[Parameter::new("period", Kind::Month, "the month").required(), DIMENSION], r#"{"period": "2026-10"}"#)
    .answering("allocation-close"),
    Route::post(
        "/v1/allocations/approve",
        "approveMonth",
        "Approve a closed month as a second person: it is locked",
        Permission::DecidePlans,
        |call| Box::pin(approve(call)),
    )
    .reading(
        &[
            Parameter::new("period", Kind::Month, "the month").required(),
            DIMENSION,
            Parameter::new("hash", Kind::Text, "the hash of the closed month").required(),
        ],
        r#"{"period": "2026-10", "hash": "0f3a9c2d41b87e65"}"#,
    )
    .answering("allocation-close"),
];

async fn month(call: &Call) -> Result<BillingPeriod, Problem> {
    Ok(newest_month(call.state(), call.query.value("period")?).await?)
}

async fn set(call: &Call) -> Result<StatementSet, Problem> {
    let period = month(call).await?;
    Ok(statements(call.context(), call.query.text("dimension"), period).await?)
}

async fn all(call: Call) -> Result<Answer, Problem> {
    Answer::of(&set(&call).await?)
}

async fn one(call: Call) -> Result<Answer, Problem> {
    let (set, value) = (set(&call).await?, call.part("value"));
    if call.query.flag("with_children") {
        let Some(table) = call.state().policy.entity_table(&set.dimension) else {
            let text = format!("the policy has no hierarchy of {0}\nhint: add entity \"{0}\" {{ … }}", set.dimension);
            return Err(Problem::refused(text));
        };
        if let Some(statement) = roll_up(&set, value, table) {
            return Answer::of(&StatementDocument::new(&set, &statement));
        }
    }
    Answer::of(&StatementDocument::new(&set, set.statement(value)?))
}

async fn allocation(call: Call) -> Result<Answer, Problem> {
    let (period, plan) = (month(&call).await?, allocation_plan(call.state(), call.query.text("dimension"))?);
    let mut allocation = read_allocation(call.context(), period, &plan).await?;
    if let Some(value) = call.query.text("of") {
        allocation.costs.retain(|cost| cost.value == value);
        if allocation.costs.is_empty() {
            let text =
                format!("no cost of {period} belongs to {} `{value}`\nhint: leave `of` out for all", plan.dimension);
            return Err(Problem::not_found(text));
        }
    }
    Answer::of(&allocation)
}

async fn check(call: Call) -> Result<Answer, Problem> {
    let (period, plan) = (month(&call).await?, allocation_plan(call.state(), call.query.text("dimension"))?);
    Answer::of(&check_allocations(call.context(), period, &plan).await?)
}

async fn difference(call: Call) -> Result<Answer, Problem> {
    let (period, plan) = (month(&call).await?, allocation_plan(call.state(), call.query.text("dimension"))?);
    Answer::of(&compare_closed(call.context(), period, &plan).await?)
}

async fn heat(call: Call) -> Result<Answer, Problem> {
    let most = call.query.value::<usize>("months")?.unwrap_or(MONTHS);
    Answer::of(&heat_map(call.context(), call.query.text("dimension"), most).await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Closing {
    period: BillingPeriod,
    dimension: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approval {
    period: BillingPeriod,
    dimension: Option<String>,
    hash: String,
}

async fn close(call: Call) -> Result<Answer, Problem> {
    let Closing { period, dimension } = call.json()?;
    let plan = allocation_plan(call.state(), dimension.as_deref())?;
    outcome(&close_month(call.context(), &call.actor(), period, &plan).await?)
}

async fn approve(call: Call) -> Result<Answer, Problem> {
    let Approval { period, dimension, hash } = call.json()?;
    let plan = allocation_plan(call.state(), dimension.as_deref())?;
    outcome(&approve_month(call.state(), &call.actor(), &plan.dimension, period, &hash).await?)
}

fn outcome(outcome: &CloseOutcome) -> Result<Answer, Problem> {
    match outcome {
        CloseOutcome::Refused { why } => Err(Problem::new(StatusCode::CONFLICT, "decision_refused", why)),
        CloseOutcome::Closed { .. } | CloseOutcome::Locked { .. } => Answer::of(outcome),
    }
}
