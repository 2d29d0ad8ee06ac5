//! A chat that receives requests: what people press, fill in and type there, whichever chat it is.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ChannelError;
use crate::card::Button;

/// An HTTP request as it was received.
#[derive(Clone, Copy)]
pub struct ChatRequest<'r> {
    /// Its headers, by their names in lower case.
    pub headers: &'r BTreeMap<String, String>,
    /// The raw body, as it was signed.
    pub body: &'r [u8],
}

impl<'r> ChatRequest<'r> {
    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&'r str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// Why a request was not signed by a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A header is missing or cannot be read.
    #[error("the request is not signed")]
    Missing,
    /// It was signed too long ago, or in the future.
    #[error("the request was signed more than five minutes from now")]
    Stale,
    /// It was signed with another secret, or changed.
    #[error("the signature does not match the body")]
    Forged,
}

/// Why a request is refused. Its text is for the log; the answer has the status alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is larger than a request can be. Nothing of it was read.
    #[error("the request has {size} bytes; the limit is {limit}")]
    TooLarge {
        /// Its bytes.
        size: usize,
        /// The most that are read.
        limit: usize,
    },
    /// The workspace did not sign it. Nothing of it was read.
    #[error(transparent)]
    NotSigned(#[from] SignatureError),
    /// It was signed, but names another workspace.
    #[error("the request names workspace {0}, which did not sign it")]
    OtherWorkspace(String),
    /// It was signed, but cannot be read.
    #[error("the request cannot be read: {0}")]
    Unreadable(String),
}

impl Refusal {
    /// The HTTP status of the answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::TooLarge { .. } => 413,
            Self::NotSigned(_) => 401,
            Self::OtherWorkspace(_) => 403,
            Self::Unreadable(_) => 400,
        }
    }

    /// Whether the workspace signed the request all the same.
    pub const fn was_signed(&self) -> bool {
        match self {
            Self::OtherWorkspace(_) | Self::Unreadable(_) => true,
            Self::TooLarge { .. } | Self::NotSigned(_) => false,
        }
    }
}

/// What a signed request is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// A member requests something.
    Request {
        /// The request's identity: a replayed request has the same.
        id: String,
        /// The request.
        request: UserRequest,
    },
    /// Nothing is requested: the chat expects this body as the answer. Empty text is an empty body.
    Reply(Value),
}

/// What a member of a workspace requests. It is stored until it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRequest {
    /// The workspace's id.
    pub workspace: String,
    /// The member's id.
    pub user: String,
    /// Where the answer goes, for a limited time; `None` where no answer is possible.
    pub reply_to: Option<String>,
    /// The action.
    pub action: InboundAction,
}

/// An action of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum InboundAction {
    /// A button was pressed.
    Press {
        /// The button.
        button: Button,
        /// The button's value: an opaque id, and a hash where something is approved.
        value: String,
        /// Opens a form within three seconds of the press.
        trigger: Option<String>,
    },
    /// A form was submitted.
    Form {
        /// The button that opened it.
        button: Button,
        /// The button's value.
        value: String,
        /// What was filled in, by field.
        fields: BTreeMap<String, String>,
    },
    /// A button that an earlier version sent was pressed.
    UnknownButton {
        /// Its name.
        name: String,
    },
    /// A command was typed.
    Command {
        /// The text after `/tollgate`.
        text: String,
    },
}

/// A form that a button opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The button.
    pub button: Button,
    /// The button's value.
    pub value: String,
    /// Where the answer goes.
    pub reply_to: Option<String>,
    /// The first day that the form may name: `2026-11-21`.
    pub today: String,
}

/// How long an incident is snoozed, as forms offer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnoozeLength {
    /// Its value in a form.
    pub value: &'static str,
    /// Its text in a form.
    pub label: &'static str,
    /// Its length in seconds.
    pub seconds: i64,
}

impl SnoozeLength {
    /// Every length, the shortest first.
    pub const ALL: [Self; 4] = [
        Self { value: "4h", label: "Four hours", seconds: 4 * 3600 },
        Self { value: "1d", label: "A day", seconds: 86_400 },
        Self { value: "3d", label: "Three days", seconds: 3 * 86_400 },
        Self { value: "7d", label: "A week", seconds: 7 * 86_400 },
    ];

    /// The length with a value.
    pub fn find(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|length| length.value == value)
    }
}

/// A port: a workspace of a chat that sends requests and receives answers.
#[async_trait]
pub trait Chat: Send + Sync {
    /// The chat's type, as audit entries and members' names have it: `slack`.
    fn kind(&self) -> &'static str;

    /// The workspace's id.
    fn workspace(&self) -> &str;

    /// Checks that the workspace signed a request within five minutes of `now`, then reads it. Nothing is read before its size and
    /// its signature were checked.
    ///
    /// # Errors
    ///
    /// When the request is too large, not signed by this workspace, of another workspace, or unreadable.
    fn open(&self, request: &ChatRequest<'_>, now: Timestamp) -> Result<Inbound, Refusal>;

    /// Opens a form for the member who pressed a button; `trigger` came with the press.
    ///
    /// # Errors
    ///
    /// When the chat refuses, or three seconds have passed.
    async fn open_form(&self, trigger: &str, form: &Form) -> Result<(), ChannelError>;

    /// Answers the member who sent a request; no other member sees it.
    ///
    /// # Errors
    ///
    /// When the chat refuses.
    async fn answer(&self, reply_to: &str, text: &str) -> Result<(), ChannelError>;

    /// A member's e-mail address, where the chat has verified one and may disclose it.
    ///
    /// # Errors
    ///
    /// When the chat refuses.
    async fn email_of(&self, user: &str) -> Result<Option<String>, ChannelError>;

    /// Whether a member is in a user group.
    ///
    /// # Errors
    ///
    /// When the chat refuses.
    async fn is_in_group(&self, user: &str, group: &str) -> Result<bool, ChannelError>;

    /// Whether a user is a full member of the workspace: no guest and no bot.
    ///
    /// # Errors
    ///
    /// When the chat refuses.
    async fn is_full_member(&self, user: &str) -> Result<bool, ChannelError>;
}
