//! Resources, their measured usage, commitments, savings, unit costs and efficiency.

use axum::http::StatusCode;
use serde_json::json;
use tollgate_identity::Permission;
use tollgate_pipeline::efficiency::read_efficiency;
use tollgate_pipeline::units::{UnitQuestion, read_units};
use tollgate_pipeline::{ResourceFound, commitment_report, measure_savings, resource_report, usage_of_meters};

use crate::answer::Answer;
use crate::call::Call;
use crate::parameter::{Kind, Parameter};
use crate::problem::Problem;
use crate::route::Route;

/// Days of a resource or of measured usage without a number.
const DAYS: u32 = 30;

const MONTH: Parameter = Parameter::new("period", Kind::Month, "the month; the newest with charges without it");
const LAST_DAYS: Parameter = Parameter::new("days", Kind::Number(1, 366), "days up to the newest; 30 without it");
const PERIOD: Parameter =
    Parameter::new("period", Kind::Text, "2026-10, 2026-Q3, last-month; the last 30 complete days without it");

pub(super) const ROUTES: &[Route] = &[
    Route::get(
        "/v1/resources/{resource}",
        "getResource",
        "One resource by its id, ARN or name: cost by day, tags, owner, incidents and recommendations",
        Permission::ReadResources,
        |call| Box::pin(resource(call)),
    )
    .taking(&[LAST_DAYS])
    .answering("resource"),
    Route::get(
        "/v1/usage",
        "getUsage",
        "The measured usage of each resource, for `policy-gate --measured`",
        Permission::ReadResources,
        |call| Box::pin(usage(call)),
    )
    .taking(&[LAST_DAYS])
    .answering("usage")
    .by_revisions(),
    Route::get(
        "/v1/commitments",
        "getCommitments",
        "Commitments of a month: utilization, coverage, savings and end",
        Permission::ReadAdvice,
        |call| Box::pin(commitments(call)),
    )
    .taking(&[MONTH])
    .answering("commitments")
    .by_revisions(),
    Route::get("/v1/savings", "getSavings", "What changes saved, as charges show it", Permission::ReadAdvice, |call| {
        Box::pin(savings(call))
    })
    .answering("savings"),
    Route::get(
        "/v1/units",
        "listUnits",
        "What each unit costs: per order, customer, request or token",
        Permission::ReadStatements,
        |call| Box::pin(units(call)),
    )
    .taking(&[PERIOD])
    .answering("units"),
    Route::get(
        "/v1/units/{name}",
        "getUnit",
        "What one unit costs, by day, month and customer",
        Permission::ReadStatements,
        |call| Box::pin(unit(call)),
    )
    .taking(&[PERIOD])
    .answering("unit"),
    Route::get(
        "/v1/efficiency",
        "getEfficiency",
        "Figures of a month with their definitions",
        Permission::ReadStatements,
        |call| Box::pin(efficiency(call)),
    )
    .taking(&[Parameter::new("month", Kind::Month, "the month; the newest complete one without it")])
    .answering("efficiency"),
];

async fn resource(call: Call) -> Result<Answer, Problem> {
    let name = call.part("resource");
    let days = call.query.value("days")?.unwrap_or(DAYS);
    match resource_report(call.context(), name, days).await? {
        ResourceFound::One(report) => Answer::of(&report),
        ResourceFound::Several(ids) => {
            let text = format!("`{name}` is the end of several resources\nhint: name one of {}", ids.join(", "));
            Err(Problem::new(StatusCode::CONFLICT, "several", text))
        }
        ResourceFound::None(near) => {
            let hint = match near.is_empty() {
                true => "days=366 reads a year; exports need resource ids".to_owned(),
                false => format!("similar ids are {}", near.join(", ")),
            };
            let text = format!("no charge of the last {days} days names the resource `{name}`\nhint: {hint}");
            Err(Problem::not_found(text))
        }
    }
}

async fn usage(call: Call) -> Result<Answer, Problem> {
    let days = call.query.value("days")?.unwrap_or(DAYS);
    let Some(usage) = usage_of_meters(call.context(), days).await? else {
        let hint = "include resource ids in the data export";
        return Err(Problem::not_found(format!(
            "no charge of AWS has a resource, a meter and a quantity\nhint: {hint}"
        )));
    };
    Answer::of(&json!({ "from": usage.from, "to": usage.to, "rows": usage.rows }))
}

async fn commitments(call: Call) -> Result<Answer, Problem> {
    match commitment_report(call.context(), call.query.value("period")?).await? {
        Some(report) => Answer::of(&report),
        None => {
            let text = "the store has no charges of this month\nhint: /v1/imports lists the months that it has";
            Err(Problem::new(StatusCode::NOT_FOUND, "no_charges", text))
        }
    }
}

async fn savings(call: Call) -> Result<Answer, Problem> {
    Answer::of(&measure_savings(call.context()).await?)
}

async fn units(call: Call) -> Result<Answer, Problem> {
    let question = UnitQuestion { name: None, period: call.query.value("period")? };
    Answer::of(&read_units(call.state(), &question).await?)
}

async fn unit(call: Call) -> Result<Answer, Problem> {
    let question = UnitQuestion { name: Some(call.part("name").to_owned()), period: call.query.value("period")? };
    match read_units(call.state(), &question).await?.as_slice() {
        [report] => Answer::of(report),
        _ => Err(Problem::refused(
            "the unit has no cost or no figures yet\nhint: `tollgate metrics import` reads figures",
        )),
    }
}

async fn efficiency(call: Call) -> Result<Answer, Problem> {
    Answer::of(&Box::pin(read_efficiency(call.context(), call.query.value("month")?)).await?)
}
