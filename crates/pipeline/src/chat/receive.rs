//! A request of Slack's, up to the moment at which it is acknowledged.

use std::time::Duration;

use serde_json::{Value, json};
use tollgate_channels::Chat;
use tollgate_channels::card::Button;
use tollgate_channels::chat::{Asked, Form, Inbound};
use tollgate_channels::slack::inbound::{LARGEST, Request, read, wrong_fields};
use tollgate_channels::slack::signature::verify;
use tollgate_ledger::{Key, LedgerError};
use tollgate_model::Day;
use tollgate_model::hash::bytes_hash;

use crate::{PipelineError, State};

/// A workspace that may ask: its id, the secret that it signs with, and how it is answered.
pub struct Gate {
    /// The workspace.
    pub team: String,
    /// What it signs with. It does not show itself.
    pub signing_secret: String,
    /// The app in it.
    pub chat: Box<dyn Chat>,
}

/// Every workspace that may ask.
#[derive(Default)]
pub struct Door(pub Vec<Gate>);

impl Door {
    /// The app of a workspace.
    pub fn chat(&self, team: &str) -> Option<&dyn Chat> {
        self.0.iter().find(|gate| gate.team == team).map(|gate| gate.chat.as_ref())
    }
}

/// A request as it came.
#[derive(Clone, Copy, Debug)]
pub struct ChatRequest<'r> {
    /// `X-Slack-Request-Timestamp`.
    pub timestamp: Option<&'r str>,
    /// `X-Slack-Signature`.
    pub signature: Option<&'r str>,
    /// The raw body, as it was signed.
    pub body: &'r [u8],
}

/// What is answered at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The HTTP status: 200, or why not.
    pub status: u16,
    /// The body; empty text where there is nothing to say.
    pub body: Value,
    /// What is to be done now, by [`perform`](crate::chat::perform).
    pub task: Option<Key>,
    /// Why the request was refused, for the log.
    pub refused: Option<String>,
}

impl Reply {
    fn ok(body: Value, task: Option<Key>) -> Self {
        Self { status: 200, body, task, refused: None }
    }

    /// A refusal. `why` is for the log.
    pub fn no(status: u16, why: impl Into<String>) -> Self {
        let why = why.into();
        // Whoever is not Slack learns nothing but that.
        Self { status, body: json!({ "error": "refused" }), task: None, refused: Some(why) }
    }
}

/// A form is opened within this, so that the request is acknowledged within three seconds.
const FORM: Duration = Duration::from_millis(1800);

/// Checks a request and keeps what it asks for: its size, its signature over the raw body, its age, its workspace, and that it was
/// not taken before. A button that asks for more opens its form.
///
/// # Errors
///
/// When the ledger fails: Slack is told so, and nothing was done.
pub async fn receive(state: &State, door: &Door, request: &ChatRequest<'_>) -> Result<Reply, PipelineError> {
    if request.body.len() > LARGEST {
        return Ok(Reply::no(413, format!("{} bytes; at most {LARGEST} are read", request.body.len())));
    }
    let now = state.clock.now();
    // Every workspace is tried, so that the time does not tell which one it was.
    let mut signed_by = Err(None);
    for gate in &door.0 {
        match verify(&gate.signing_secret, request.timestamp, request.signature, request.body, now) {
            Ok(()) => signed_by = Ok(gate),
            Err(error) if signed_by.is_err() => signed_by = Err(Some(error)),
            Err(_) => {}
        }
    }
    let gate = match signed_by {
        Ok(gate) => gate,
        Err(Some(error)) => return Ok(Reply::no(401, error.to_string())),
        Err(None) => return Ok(Reply::no(401, "no workspace may ask: tollgate.hcl has no channel of type slack")),
    };
    let today = Day::of_second(now.as_second()).to_string();
    let inbound = match read(request.body, &today) {
        Ok(Request::Asked(inbound)) => inbound,
        Ok(Request::Wrong(faults)) => return Ok(Reply::ok(wrong_fields(&faults), None)),
        Ok(Request::Nothing) => return Ok(Reply::ok(json!(""), None)),
        Err(error) => return Ok(Reply::no(400, error.to_string())),
    };
    if inbound.team != gate.team {
        return Ok(Reply::no(403, format!("team {} is not the one that signed", inbound.team)));
    }
    // The signature covers body and second: the same request has the same.
    let nonce = format!("{:032x}", bytes_hash(request.signature.unwrap_or_default().as_bytes()));
    let replayed = || Reply::no(409, "the request was taken before");
    let form = form(&inbound, &today);
    if let Some((trigger, form)) = form {
        match state.ledger.record_nonce(&nonce, now).await {
            Ok(()) => {}
            Err(LedgerError::Conflict { .. }) => return Ok(replayed()),
            Err(error) => return Err(error.into()),
        }
        let opened = tokio::time::timeout(FORM, gate.chat.open_form(&trigger, &form)).await;
        if matches!(opened, Ok(Ok(()))) {
            return Ok(Reply::ok(json!(""), None));
        }
        // The press stays without its form; whoever pressed is told what to type.
        let asked = Asked::Press { button: form.button.name().to_owned(), value: form.value, trigger: None };
        return take(state, &format!("{nonce}-form"), &Inbound { asked, ..inbound })
            .await
            .map(|taken| taken.unwrap_or_else(replayed));
    }
    Ok(take(state, &nonce, &inbound).await?.unwrap_or_else(replayed))
}

/// Keeps what is asked for; `None` when it was taken before.
async fn take(state: &State, nonce: &str, inbound: &Inbound) -> Result<Option<Reply>, PipelineError> {
    let asked = serde_json::to_value(inbound).map_err(|e| LedgerError::Failed(e.to_string()))?;
    match state.ledger.accept_request(nonce, &asked, state.clock.now()).await {
        Ok(key) => Ok(Some(Reply::ok(json!(""), Some(key)))),
        Err(LedgerError::Conflict { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The form that a press asks for, with what opens it.
fn form(inbound: &Inbound, today: &str) -> Option<(String, Form)> {
    let Asked::Press { button, value, trigger: Some(trigger) } = &inbound.asked else { return None };
    let button = Button::ALL.into_iter().find(|b| b.name() == button).filter(|b| Form::asked_by(*b))?;
    let form = Form { button, value: value.clone(), reply_to: inbound.reply_to.clone(), today: today.to_owned() };
    Some((trigger.clone(), form))
}
