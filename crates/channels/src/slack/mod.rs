//! Slack: cards with buttons, edited and answered in one thread an incident.
//!
//! Limits: one message a second and channel, short bursts allowed; 429 says for how long to wait. An attempt without an answer is
//! searched in the channel's history by its metadata before it is repeated, where the app may read the history. Source: Slack developer
//! documentation, `chat.postMessage`, `chat.update`, `conversations.history`, `files.getUploadURLExternal`,
//! `files.completeUploadExternal`, `views.open`, "Rate limits". Read 2026-11-21.

mod api;
pub mod blocks;
mod groups;
pub mod inbound;
pub mod signature;
mod views;
mod workspace;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use tollgate_model::untrusted;
use tollgate_model::{Content, IncidentChange, Message};

use crate::card::Card;
use crate::chat::Chat;
use crate::connect::{ChannelSettings, ConnectError, ConnectParts};
use crate::{Channel, ChannelError, Envelope, Receipt, chart};
pub use api::Api;
pub use workspace::SlackWorkspace;
pub(crate) use workspace::verify_request;

const KIND: &str = "slack";
/// The type of the metadata of Tollgate's messages.
const EVENT: &str = "tollgate_message";

/// The fields that sending needs.
#[derive(Deserialize)]
struct ChannelFields {
    to: String,
    token: String,
    #[serde(default)]
    charts: bool,
}

/// The fields that receiving needs.
#[derive(Deserialize)]
struct ChatFields {
    team: String,
    token: String,
    signing_secret: String,
}

fn api(token: &str, parts: &ConnectParts<'_>) -> Api {
    Api::new(parts.http.clone(), token, parts.endpoints.get(KIND))
}

pub(crate) fn connect(settings: &ChannelSettings, parts: &ConnectParts<'_>) -> Result<Box<dyn Channel>, ConnectError> {
    let ChannelFields { to, token, charts } = settings.read()?;
    Ok(Box::new(Slack::new(api(&token, parts), to, charts)))
}

pub(crate) fn connect_chat(
    settings: &ChannelSettings,
    parts: &ConnectParts<'_>,
) -> Result<Box<dyn Chat>, ConnectError> {
    let ChatFields { team, token, signing_secret } = settings.read()?;
    Ok(Box::new(SlackWorkspace::new(api(&token, parts), team, signing_secret)))
}

/// A channel of a workspace.
pub struct Slack {
    api: Api,
    channel: String,
    charts: bool,
}

/// The root of a thread: its channel, its first message, and the chart in it.
struct Root {
    channel: String,
    ts: String,
    chart: Option<String>,
}

impl Root {
    fn read(reference: &str) -> Option<Self> {
        let mut parts = reference.split('/');
        let (channel, ts) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        Some(Self { channel, ts, chart: parts.next().map(str::to_owned) })
    }

    fn reference(&self) -> String {
        match &self.chart {
            Some(chart) => format!("{}/{}/{chart}", self.channel, self.ts),
            None => format!("{}/{}", self.channel, self.ts),
        }
    }
}

impl Slack {
    /// A channel by its id. `charts`: whether the app may upload files.
    pub fn new(api: Api, channel: impl Into<String>, charts: bool) -> Self {
        Self { api, channel: channel.into(), charts }
    }

    async fn post(&self, message: &Message, body: Value) -> Result<Root, ChannelError> {
        let mut body = body;
        body["channel"] = self.channel.as_str().into();
        body["unfurl_links"] = false.into();
        body["unfurl_media"] = false.into();
        body["metadata"] = json!({ "event_type": EVENT, "event_payload": { "id": message.id } });
        let answer = self.api.call("chat.postMessage", &body).await?;
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        Ok(Root { channel: text("channel"), ts: text("ts"), chart: None })
    }

    /// The message of an earlier attempt, in the channel or in a thread of it. An app that may not read the history finds nothing.
    async fn find(&self, envelope: &Envelope<'_>, thread: Option<&Root>) -> Result<Option<Root>, ChannelError> {
        let Some(since) = envelope.maybe_sent_since else { return Ok(None) };
        let oldest = (since.as_second() - 60).to_string();
        let mut query = vec![
            ("channel", self.channel.as_str()),
            ("oldest", oldest.as_str()),
            ("include_all_metadata", "true"),
            ("limit", "100"),
        ];
        let method = match thread {
            Some(root) => {
                query.push(("ts", &root.ts));
                "conversations.replies"
            }
            None => "conversations.history",
        };
        let answer = match self.api.read(method, &query).await {
            Ok(answer) => answer,
            Err(ChannelError::Refused { message, .. }) if message.contains("missing_scope") => return Ok(None),
            Err(error) => return Err(error),
        };
        let messages = answer["messages"].as_array().into_iter().flatten();
        let ours = messages.filter(|m| m["metadata"]["event_payload"]["id"] == envelope.message.id.as_str());
        let found = ours.filter_map(|m| m["ts"].as_str()).next();
        Ok(found.map(|ts| Root { channel: self.channel.clone(), ts: ts.to_owned(), chart: None }))
    }

    /// The chart as a file of the workspace. A chart that cannot be uploaded is shown as a line of text instead.
    async fn picture(&self, card: &Card) -> Option<String> {
        let chart = card.chart.as_ref().filter(|_| self.charts)?;
        self.api.upload("cost.png", chart::png(chart)).await.ok()
    }
}

#[async_trait]
impl Channel for Slack {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn accepts(&self, message: &Message) -> bool {
        message.is_for_people()
    }

    async fn send(&self, envelope: &Envelope<'_>) -> Result<Receipt, ChannelError> {
        let message = envelope.message;
        let card = Card::of(message);
        let Some(mut root) = envelope.thread.and_then(Root::read) else {
            if message.is_quiet() {
                // There is no card to edit.
                return Ok(Receipt { id: String::new(), thread: None });
            }
            let root = match self.find(envelope, None).await? {
                Some(found) => found,
                None => {
                    let picture = self.picture(&card).await;
                    let blocks = blocks::of_card(&card, envelope, picture.as_deref());
                    let mut root =
                        self.post(message, json!({ "text": untrusted::slack(&card.title), "blocks": blocks })).await?;
                    root.chart = picture;
                    root
                }
            };
            return Ok(Receipt { id: root.ts.clone(), thread: Some(root.reference()) });
        };
        let blocks = blocks::of_card(&card, envelope, root.chart.as_deref());
        let update =
            json!({ "channel": root.channel, "ts": root.ts, "text": untrusted::slack(&card.title), "blocks": blocks });
        match self.api.call("chat.update", &update).await {
            Ok(_) => {}
            // The card is deleted or too old to be edited; the reply beneath it is posted all the same.
            Err(ChannelError::Refused { message: why, .. })
                if ["message_not_found", "cant_update_message", "edit_window_closed"]
                    .iter()
                    .any(|w| why.contains(w)) => {}
            Err(error) => return Err(error),
        }
        if message.is_quiet() {
            return Ok(Receipt { id: root.ts.clone(), thread: Some(root.reference()) });
        }
        let reply = match self.find(envelope, Some(&root)).await? {
            Some(found) => found,
            None => {
                // The reply of a raised, reopened or unanswered incident appears in the channel as well.
                let broadcast = matches!(
                    &message.content,
                    Content::Incident {
                        change: IncidentChange::Raised
                            | IncidentChange::Reopened
                            | IncidentChange::Unanswered
                            | IncidentChange::Reminded,
                        ..
                    }
                );
                let body = json!({
                    "text": untrusted::slack(&card.title),
                    "blocks": blocks::of_reply(&card, envelope),
                    "thread_ts": root.ts,
                    "reply_broadcast": broadcast,
                });
                self.post(message, body).await?
            }
        };
        root.channel.clone_from(&self.channel);
        Ok(Receipt { id: reply.ts, thread: Some(root.reference()) })
    }
}
