//! Recommendations: what could cost less, and those that people dismiss.

use serde::Deserialize;
use tollgate_identity::Permission;
use tollgate_model::{AdviceRecord, AdviceState};
use tollgate_pipeline::dismiss;

use crate::answer::Answer;
use crate::call::{Call, ListOrder};
use crate::parameter::{Kind, Parameter};
use crate::problem::Problem;
use crate::route::Route;

pub(super) const ROUTES: &[Route] = &[
    Route::get(
        "/v1/recommendations",
        "listRecommendations",
        "Recommendations, the most worthwhile first",
        Permission::ReadAdvice,
        |call| Box::pin(list(call)),
    )
    .taking(&[
        Parameter::new(
            "state",
            Kind::Choice(&["open", "planned", "done", "dismissed", "gone"]),
            "the state; open without it",
        )
        .repeated(),
        Parameter::new("kind", Kind::Text, "the kind, as docs/reference/advice.md lists them"),
    ])
    .answering("advise-list")
    .in_pages(),
    Route::get(
        "/v1/recommendations/{id}",
        "getRecommendation",
        "One recommendation with its evidence",
        Permission::ReadAdvice,
        |call| Box::pin(show(call)),
    )
    .answering("advice"),
    Route::post(
        "/v1/recommendations/{id}/dismiss",
        "dismissRecommendation",
        "Dismiss a recommendation with a reason",
        Permission::HandleAdvice,
        |call| Box::pin(dismiss_one(call)),
    )
    .reading(
        &[
            Parameter::new("reason", Kind::Text, "why").required(),
            Parameter::new("wrong", Kind::Flag, "whether it is incorrect: its kind is trusted less"),
        ],
        r#"{"reason": "needed for the audit in December"}"#,
    )
    .answering("advice"),
];

async fn list(call: Call) -> Result<Answer, Problem> {
    let states: Vec<AdviceState> = call.query.values("state")?;
    let states = if states.is_empty() { vec![AdviceState::Open] } else { states };
    let kind = call.query.text("kind");
    let found = call.state().ledger.advices(&states).await?.into_iter().map(|(record, _)| record);
    let found: Vec<AdviceRecord> = found.filter(|record| kind.is_none_or(|kind| record.advice.kind == kind)).collect();
    // Those that another one replaces are last; the sign of a score is kept by its distance from the largest.
    call.page(found, ListOrder::Ascending, |record| {
        let distance = i128::from(i64::MAX) - i128::from(record.advice.score);
        format!("{}#{distance:020}#{}", u8::from(record.advice.instead.is_some()), record.advice.id)
    })
}

async fn show(call: Call) -> Result<Answer, Problem> {
    let id = call.part("id");
    let Some((record, _)) = call.state().ledger.advice(id).await? else {
        return Err(Problem::not_found(format!(
            "there is no recommendation `{id}`\nhint: /v1/recommendations lists them"
        )));
    };
    Answer::of(&record)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dismissal {
    reason: String,
    #[serde(default)]
    wrong: bool,
}

async fn dismiss_one(call: Call) -> Result<Answer, Problem> {
    let Dismissal { reason, wrong } = call.json()?;
    Answer::of(&dismiss(call.state(), &call.actor(), call.part("id"), &reason, wrong).await?)
}
