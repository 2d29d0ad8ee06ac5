//! Operations: status, runs, sources, deliveries, the audit log and the policy.

use serde::Deserialize;
use serde_json::json;
use tollgate_identity::Permission;
use tollgate_ledger::{Delivery, DeliveryState};
use tollgate_model::hash::sha256_of;
use tollgate_model::limits::API_PAGE;
use tollgate_model::text::error_entries;
use tollgate_pipeline::{check_policy, newest_deliveries, push_policy, read_status, retry_deliveries, verify_audit};

use crate::answer::Answer;
use crate::call::{Call, ListOrder};
use crate::parameter::{Kind, Parameter};
use crate::problem::Problem;
use crate::route::{Route, RouteMethod};

/// Entries of the audit log and deliveries without a number.
const ITEMS: usize = 100;
/// The name of an uploaded policy file in its errors.
const POLICY: &str = "tollgate.hcl";

const LIMIT: Parameter = Parameter::new("limit", Kind::Number(1, API_PAGE.value), "the newest; 100 without it");
const TEXT: Parameter = Parameter::new("text", Kind::Text, "the text of a policy file").required();
const READ: Permission = Permission::ReadOperations;

pub(super) const ROUTES: &[Route] = &[
    Route::get(
        "/v1/status",
        "getStatus",
        "The health of the deployment: runs, sources, waiting messages and problems",
        READ,
        |call| Box::pin(status(call)),
    )
    .answering("status"),
    Route::get("/v1/runs", "listRuns", "The last run of each function", READ, |call| Box::pin(runs(call))).in_pages(),
    Route::get("/v1/sources", "listSources", "The age of the charges of each source", READ, |call| {
        Box::pin(sources(call))
    })
    .in_pages(),
    Route::get("/v1/deliveries", "listDeliveries", "Sent, waiting and failed messages", READ, |call| {
        Box::pin(deliveries(call))
    })
    .taking(&[LIMIT, Parameter::new("failed", Kind::Flag, "only those that failed")])
    .answering("deliveries"),
    Route::post(
        "/v1/deliveries/retry",
        "retryDeliveries",
        "Make failed deliveries due again",
        Permission::RunImports,
        |call| Box::pin(retry(call)),
    )
    .reading(
        &[Parameter::new("message", Kind::Text, "the id of a message, or its beginning; every failed one without it")],
        "{}",
    )
    .answering("deliveries-retry"),
    Route::get(
        "/v1/audit",
        "getAudit",
        "Decisions and who made them, the newest first",
        Permission::ReadAudit,
        |call| Box::pin(audit(call)),
    )
    .taking(&[LIMIT])
    .answering("audit-log"),
    Route::get(
        "/v1/audit/verify",
        "verifyAudit",
        "Whether each entry of the audit log is linked to the one before",
        Permission::ReadAudit,
        |call| Box::pin(verify(call)),
    )
    .taking(&[Parameter::new("head", Kind::Text, "the hash of an earlier last entry, which must be in the log")])
    .answering("audit-verify"),
    Route::get(
        "/v1/policy",
        "getPolicy",
        "The policy in effect with the origin of each setting",
        Permission::ReadPolicy,
        |call| Box::pin(policy(call)),
    )
    .answering("config-show"),
    Route::post(
        "/v1/policy/validate",
        "validatePolicy",
        "Whether a policy file is valid, with each error and its place",
        Permission::ReadPolicy,
        |call| Box::pin(validate(call)),
    )
    .reading(&[TEXT], r#"{"text": "defaults {\n  currency = \"USD\"\n}\n"}"#),
    Route::post(
        "/v1/policy",
        "pushPolicy",
        "Put a policy file into effect, with an entry of the audit log",
        Permission::WritePolicy,
        |call| Box::pin(push(call)),
    )
    .by(RouteMethod::Put)
    .reading(&[TEXT], r#"{"text": "defaults {\n  currency = \"USD\"\n}\n"}"#),
    Route::get(
        "/v1/policy/versions",
        "listPolicyVersions",
        "The policy files that were in effect, the newest first",
        Permission::ReadPolicy,
        |call| Box::pin(versions(call)),
    )
    .taking(&[LIMIT]),
];

async fn status(call: Call) -> Result<Answer, Problem> {
    Answer::of(&read_status(call.state()).await?)
}

async fn runs(call: Call) -> Result<Answer, Problem> {
    let runs = call.state().ledger.runs().await?;
    call.page(runs, ListOrder::Ascending, |run| run.function.clone())
}

async fn sources(call: Call) -> Result<Answer, Problem> {
    let sources = tollgate_pipeline::read_freshness(call.state()).await?;
    call.page(sources, ListOrder::Ascending, |source| source.source.to_string())
}

async fn deliveries(call: Call) -> Result<Answer, Problem> {
    let most = call.query.value::<usize>("limit")?.unwrap_or(ITEMS);
    let mut found: Vec<Delivery> = newest_deliveries(call.state(), most + 1).await?;
    let truncated = found.len() > most;
    found.truncate(most);
    if call.query.flag("failed") {
        found.retain(|delivery| matches!(delivery.state, DeliveryState::Failed { .. }));
    }
    Call::list(&found, truncated)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Again {
    message: Option<String>,
}

async fn retry(call: Call) -> Result<Answer, Problem> {
    let Again { message } = call.json()?;
    Answer::of(&retry_deliveries(call.state(), message.as_deref()).await?)
}

async fn audit(call: Call) -> Result<Answer, Problem> {
    let most = call.query.value::<usize>("limit")?.unwrap_or(ITEMS);
    let mut entries = call.state().ledger.audit_log(most + 1).await?;
    let truncated = entries.len() > most;
    entries.truncate(most);
    Call::list(&entries, truncated)
}

async fn verify(call: Call) -> Result<Answer, Problem> {
    Answer::of(&verify_audit(call.state(), call.query.text("head")).await?)
}

async fn policy(call: Call) -> Result<Answer, Problem> {
    Answer::of(&call.state().policy.settings)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyText {
    text: String,
}

async fn validate(call: Call) -> Result<Answer, Problem> {
    let PolicyText { text } = call.json()?;
    let errors = match check_policy(POLICY, &text) {
        Ok(_) => Vec::new(),
        Err(error) => error_entries(&error.to_string()),
    };
    Answer::of(&json!({ "valid": errors.is_empty(), "errors": errors }))
}

async fn push(call: Call) -> Result<Answer, Problem> {
    let PolicyText { text } = call.json()?;
    if let Some(why) = call.store.refusals.push_policy {
        return Err(Problem::refused(why));
    }
    let (pushed, _) = push_policy(call.context(), &call.actor(), POLICY, &text).await?;
    Answer::of(&pushed)
}

async fn versions(call: Call) -> Result<Answer, Problem> {
    let most = call.query.value::<usize>("limit")?.unwrap_or(ITEMS);
    let mut found = call.state().ledger.policy_history(most + 1).await?;
    let truncated = found.len() > most;
    found.truncate(most);
    let version = |file: &tollgate_ledger::PolicyFile| json!({ "hash": sha256_of(file.text.as_bytes()), "by": file.by, "at": file.at, "text": file.text });
    Call::list(&found.iter().map(version).collect::<Vec<_>>(), truncated)
}
