//! Change plans: proposed, shown, decided by the hash of what was shown, and stopped. The decision core is that of the chat.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use tollgate_identity::Permission;
use tollgate_model::{Amount, Currency, Money, PlanRecord, PlanState, PlanStep, Risk};
use tollgate_pipeline::{DecisionOutcome, Proposal, decide, propose, request_plan, resume, stop_all};

use crate::answer::Answer;
use crate::call::{Call, ListOrder};
use crate::parameter::{Kind, Parameter};
use crate::problem::Problem;
use crate::route::Route;

const HASH: Parameter =
    Parameter::new("hash", Kind::Text, "the hash of the plan that was read, or its first 16 digits").required();
const STATES: Kind =
    Kind::Choice(&["proposed", "approved", "running", "done", "rolled-back", "halted", "declined", "expired"]);

pub(super) const ROUTES: &[Route] = &[
    Route::get("/v1/plans", "listPlans", "Change plans, the newest first", Permission::ReadPlans, |call| {
        Box::pin(list(call))
    })
    .taking(&[Parameter::new("state", STATES, "the state").repeated()])
    .answering("plans")
    .in_pages(),
    Route::get(
        "/v1/plans/{id}",
        "getPlan",
        "One plan with its steps, decisions and hash",
        Permission::ReadPlans,
        |call| Box::pin(show(call)),
    )
    .answering("plan"),
    Route::post(
        "/v1/plans",
        "proposePlan",
        "Propose a plan with manual steps; `Idempotency-Key` makes the same request twice one plan",
        Permission::ProposePlans,
        |call| Box::pin(propose_plan(call)),
    )
    .reading(
        &[
            Parameter::new("title", Kind::Text, "one line").required(),
            Parameter::new("reason", Kind::Text, "why"),
            Parameter::new("steps", Kind::Text, "the manual steps, in order").repeated().required(),
            Parameter::new("risk", Kind::Choice(&["low", "medium", "high"]), "the risk of the change").required(),
            Parameter::new("saving_per_month", Kind::Text, "the saving a month, as decimal text, with `currency`"),
            Parameter::new("currency", Kind::Text, "the currency of the saving"),
            Parameter::new("incident", Kind::Text, "the incident that it resolves"),
        ],
        r#"{"title": "Delete old exports", "steps": ["empty the bucket"], "risk": "low"}"#,
    )
    .answering("plan")
    .with_status(201),
    Route::post(
        "/v1/plan-requests",
        "requestPlan",
        "Request a plan from recommendations; a process that may read resources makes it",
        Permission::ProposePlans,
        |call| Box::pin(request(call)),
    )
    .reading(
        &[Parameter::new("recommendations", Kind::Text, "their ids").repeated().required()],
        r#"{"recommendations": ["a-934e5e89"]}"#,
    )
    .with_status(202),
    Route::post(
        "/v1/plans/{id}/approve",
        "approvePlan",
        "Approve the plan that has exactly this hash; the requester may not, and high risk needs two people",
        Permission::DecidePlans,
        |call| Box::pin(decide_on(call, true)),
    )
    .reading(&[HASH], r#"{"hash": "0123456789abcdef"}"#),
    Route::post(
        "/v1/plans/{id}/decline",
        "declinePlan",
        "Decline the plan that has exactly this hash",
        Permission::DecidePlans,
        |call| Box::pin(decide_on(call, false)),
    )
    .reading(&[HASH], r#"{"hash": "0123456789abcdef"}"#),
    Route::post(
        "/v1/changes/stop",
        "stopChanges",
        "Stop all plan runs: no run makes another call",
        Permission::StopChanges,
        |call| Box::pin(stop(call)),
    )
    .reading(&[Parameter::new("reason", Kind::Text, "why").required()], r#"{"reason": "an incident in production"}"#)
    .answering("stop-all"),
    Route::post(
        "/v1/changes/resume",
        "resumeChanges",
        "Resume plan runs where they were stopped",
        Permission::StopChanges,
        |call| Box::pin(resume_changes(call)),
    )
    .answering("resume"),
];

async fn list(call: Call) -> Result<Answer, Problem> {
    let wanted: Vec<String> = call.query.values("state")?;
    let states: Vec<PlanState> = PlanState::ALL
        .into_iter()
        .filter(|state| wanted.is_empty() || wanted.iter().any(|word| word == state.as_str()))
        .collect();
    let plans = call.state().ledger.plans(&states).await?;
    call.page(plans, ListOrder::Descending, |record| format!("{}#{}", record.plan.created_at, record.plan.id))
}

async fn find(call: &Call) -> Result<PlanRecord, Problem> {
    let id = call.part("id");
    let found = call.state().ledger.plan(id).await?;
    let (record, _) =
        found.ok_or_else(|| Problem::not_found(format!("there is no plan `{id}`\nhint: /v1/plans lists them")))?;
    Ok(record)
}

async fn show(call: Call) -> Result<Answer, Problem> {
    Answer::of(&find(&call).await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proposed {
    title: String,
    #[serde(default)]
    reason: String,
    steps: Vec<String>,
    risk: String,
    saving_per_month: Option<String>,
    currency: Option<Currency>,
    incident: Option<String>,
}

async fn propose_plan(call: Call) -> Result<Answer, Problem> {
    let given: Proposed = call.json()?;
    if given.title.trim().is_empty() || given.steps.is_empty() || given.steps.iter().any(|step| step.trim().is_empty())
    {
        let hint = "a plan has a title and at least one step, and each step says what it does";
        return Err(Problem::bad_request(format!("the plan is not whole\nhint: {hint}")));
    }
    let saving_per_month = match (&given.saving_per_month, given.currency) {
        (None, None) => None,
        (Some(amount), Some(currency)) => {
            let amount: Amount =
                amount.parse().map_err(|error| Problem::bad_request(format!("`saving_per_month`: {error}")))?;
            Some(Money::new(amount, currency))
        }
        _ => {
            return Err(Problem::bad_request(
                "a saving has an amount and a currency\nhint: send `saving_per_month` and `currency`",
            ));
        }
    };
    let risk: Risk = given.risk.parse().map_err(|error: String| Problem::bad_request(error))?;
    let proposal = Proposal {
        request: format!("{}|{}", given.title, call.request_name()),
        title: given.title,
        why: given.reason,
        steps: given.steps.iter().map(|what| PlanStep::manual(what)).collect(),
        risk,
        saving_per_month,
        incident: given.incident,
        rollout: None,
    };
    let record = propose(call.state(), &call.actor(), proposal).await?;
    Answer::created(&record, format!("/v1/plans/{}", record.plan.id))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requested {
    recommendations: Vec<String>,
}

async fn request(call: Call) -> Result<Answer, Problem> {
    let Requested { recommendations } = call.json()?;
    if recommendations.is_empty() {
        return Err(Problem::bad_request("no recommendation is named\nhint: /v1/recommendations lists them"));
    }
    for id in &recommendations {
        if call.state().ledger.advice(id).await?.is_none() {
            return Err(Problem::not_found(format!(
                "there is no recommendation `{id}`\nhint: /v1/recommendations lists them"
            )));
        }
    }
    request_plan(call.state(), &call.actor(), &recommendations).await?;
    Answer::of(&json!({ "is": "requested" }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decided {
    hash: String,
}

async fn decide_on(call: Call, approves: bool) -> Result<Answer, Problem> {
    let Decided { hash } = call.json()?;
    let record = find(&call).await?;
    match decide(call.state(), &call.actor(), &record.plan.id, &hash, approves).await? {
        DecisionOutcome::Refused { why } => Err(Problem::new(StatusCode::CONFLICT, "decision_refused", why)),
        decided => Answer::of(&decided),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stopped {
    reason: String,
}

/// Verifies that changes can be stopped and resumed here.
fn check_stop(call: &Call) -> Result<(), Problem> {
    call.store.refusals.stop_changes.map_or(Ok(()), |why| Err(Problem::refused(why)))
}

async fn stop(call: Call) -> Result<Answer, Problem> {
    let Stopped { reason } = call.json()?;
    check_stop(&call)?;
    Answer::of(&stop_all(call.state(), &call.actor(), &reason).await?)
}

async fn resume_changes(call: Call) -> Result<Answer, Problem> {
    check_stop(&call)?;
    resume(call.state(), &call.actor()).await?;
    Answer::of(&json!({ "is": "resumed" }))
}
