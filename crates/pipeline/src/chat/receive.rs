//! A request of a chat, up to its acknowledgement.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tollgate_channels::Chat;
use tollgate_channels::chat::{ChatRequest, Form, Inbound, InboundAction, Refusal, UserRequest};
use tollgate_ledger::{Key, LedgerError};
use tollgate_model::Day;

use crate::{PipelineError, State};

/// The workspaces that may send requests.
#[derive(Default)]
pub struct Workspaces(pub Vec<Box<dyn Chat>>);

impl Workspaces {
    /// The workspace with an id.
    pub fn find(&self, workspace: &str) -> Option<&dyn Chat> {
        self.0.iter().find(|chat| chat.workspace() == workspace).map(AsRef::as_ref)
    }

    /// The workspace that signed a request, and what the request is; an error without a reason when there is no workspace.
    fn open(&self, request: &ChatRequest<'_>, now: Timestamp) -> Result<(&dyn Chat, Inbound), Option<Refusal>> {
        let mut opened: Result<(&dyn Chat, Inbound), Option<Refusal>> = Err(None);
        // Every workspace is tried, so that the time does not reveal which one signed.
        for chat in &self.0 {
            let tried = chat.open(request, now);
            if opened.is_ok() {
                continue;
            }
            match tried {
                Ok(inbound) => opened = Ok((chat.as_ref(), inbound)),
                Err(refusal) => {
                    // The refusal of a workspace that signed says more than that of one that did not.
                    let keep = matches!(&opened, Err(Some(earlier)) if earlier.was_signed()) && !refusal.was_signed();
                    if !keep {
                        opened = Err(Some(refusal));
                    }
                }
            }
        }
        opened
    }
}

/// The answer to a request, given at once.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatReply {
    /// The HTTP status.
    pub status: u16,
    /// The body. Empty text is an empty body.
    pub body: Value,
    /// The stored request that [`perform_request`](crate::chat::perform_request) performs.
    pub task: Option<Key>,
    /// Why the request was refused, for the log.
    pub refused: Option<String>,
}

impl ChatReply {
    fn accepted(body: Value, task: Option<Key>) -> Self {
        Self { status: 200, body, task, refused: None }
    }

    /// A refusal. `why` is for the log; a sender without a valid signature learns the status alone.
    pub fn refused(status: u16, why: impl Into<String>) -> Self {
        Self { status, body: json!({ "error": "refused" }), task: None, refused: Some(why.into()) }
    }

    fn replayed() -> Self {
        Self::refused(409, "the request was received before")
    }
}

/// A form is opened within this, so that the request is acknowledged within three seconds.
const FORM: Duration = Duration::from_millis(1800);

/// Checks a request and stores it to be performed. The chat checks size, signature, age and workspace before it reads the request; a
/// request that was received before is refused. A button that opens a form opens it here.
///
/// # Errors
///
/// When the ledger fails. Nothing was done then, and the chat may send the request again.
pub async fn receive_request(
    state: &State,
    workspaces: &Workspaces,
    request: &ChatRequest<'_>,
) -> Result<ChatReply, PipelineError> {
    let now = state.clock.now();
    let (chat, id, user_request) = match workspaces.open(request, now) {
        Ok((chat, Inbound::Request { id, request })) => (chat, id, request),
        Ok((_, Inbound::Reply(body))) => return Ok(ChatReply::accepted(body, None)),
        Err(Some(refusal)) => return Ok(ChatReply::refused(refusal.status(), refusal.to_string())),
        Err(None) => return Ok(ChatReply::refused(401, "no workspace may send requests: tollgate.hcl names none")),
    };
    let Some((trigger, form)) = form_of(&user_request, now) else {
        return store_request(state, &id, &user_request).await;
    };
    match state.ledger.record_nonce(&id, now).await {
        Ok(()) => {}
        Err(LedgerError::Conflict { .. }) => return Ok(ChatReply::replayed()),
        Err(error) => return Err(error.into()),
    }
    let opened = tokio::time::timeout(FORM, chat.open_form(&trigger, &form)).await;
    if matches!(opened, Ok(Ok(()))) {
        return Ok(ChatReply::accepted(json!(""), None));
    }
    // The press is stored without its trigger: the answer explains which command to type.
    let action = InboundAction::Press { button: form.button, value: form.value, trigger: None };
    store_request(state, &format!("{id}-form"), &UserRequest { action, ..user_request }).await
}

/// Stores a request, unless it was received before.
async fn store_request(state: &State, id: &str, request: &UserRequest) -> Result<ChatReply, PipelineError> {
    let stored = serde_json::to_value(request).map_err(|e| LedgerError::Failed(e.to_string()))?;
    match state.ledger.accept_request(id, &stored, state.clock.now()).await {
        Ok(key) => Ok(ChatReply::accepted(json!(""), Some(key))),
        Err(LedgerError::Conflict { .. }) => Ok(ChatReply::replayed()),
        Err(error) => Err(error.into()),
    }
}

/// The form that a press opens, with its trigger.
fn form_of(request: &UserRequest, now: Timestamp) -> Option<(String, Form)> {
    let InboundAction::Press { button, value, trigger: Some(trigger) } = &request.action else { return None };
    let today = Day::of_second(now.as_second()).to_string();
    let form = Form { button: *button, value: value.clone(), reply_to: request.reply_to.clone(), today };
    button.opens_form().then(|| (trigger.clone(), form))
}
