//! The channels by their types in the policy file: `connect` makes one from the settings of its block.
//!
//! Adding a channel: its file, its line in [`CONNECTORS`], and its row in `CHANNEL_TYPES` of crates/policy.

use std::collections::BTreeMap;

#[cfg(feature = "aws")]
use aws_types::SdkConfig;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::chat::{Chat, ChatRequest, SignatureError};
use crate::{Channel, console, jira, pagerduty, slack, slack_webhook, teams, webhook};
#[cfg(feature = "aws")]
use crate::{email, sns};

/// A function that makes a channel of one type.
type Connect = fn(&ChannelSettings, &ConnectParts<'_>) -> Result<Box<dyn Channel>, ConnectError>;

/// Each type with its file's function.
const CONNECTORS: &[(&str, Connect)] = &[
    ("slack", slack::connect),
    ("slack-webhook", slack_webhook::connect),
    #[cfg(feature = "aws")]
    ("sns", sns::connect),
    #[cfg(feature = "aws")]
    ("email", email::connect),
    #[cfg(not(feature = "aws"))]
    ("sns", without_aws),
    #[cfg(not(feature = "aws"))]
    ("email", without_aws),
    ("pagerduty", pagerduty::connect),
    ("jira", jira::connect),
    ("teams", teams::connect),
    ("webhook", webhook::connect),
    ("console", console::connect),
];

#[cfg(not(feature = "aws"))]
fn without_aws(_: &ChannelSettings, _: &ConnectParts<'_>) -> Result<Box<dyn Channel>, ConnectError> {
    Err(ConnectError::Aws("this program was built without AWS (feature `aws`); a release has every feature".to_owned()))
}

/// A type that also receives requests.
struct ChatConnector {
    kind: &'static str,
    connect: fn(&ChannelSettings, &ConnectParts<'_>) -> Result<Box<dyn Chat>, ConnectError>,
    verify: fn(&str, &ChatRequest<'_>, Timestamp) -> Result<(), SignatureError>,
}

/// The types that also receive requests.
const CHATS: &[ChatConnector] =
    &[ChatConnector { kind: "slack", connect: slack::connect_chat, verify: slack::verify_request }];

/// What channels are made of, beside their settings.
pub struct ConnectParts<'p> {
    /// The client of channels that have no SDK.
    pub http: &'p reqwest::Client,
    /// The configuration of AWS, or why there is none.
    #[cfg(feature = "aws")]
    pub aws: Result<&'p SdkConfig, String>,
    /// Other addresses than the services' own, for tests.
    pub endpoints: &'p Endpoints,
}

/// The settings of one channel: the fields of its block, with secrets in place of their names. They are not shown in logs.
pub struct ChannelSettings {
    fields: Value,
    unset_secrets: Vec<String>,
}

impl ChannelSettings {
    /// The settings as a JSON object, without the fields whose secrets are not set; those are named by their secrets.
    pub fn new(fields: Value, unset_secrets: Vec<String>) -> Self {
        Self { fields, unset_secrets }
    }

    /// The settings as the channel's own type.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, ConnectError> {
        T::deserialize(&self.fields).map_err(|error| match self.unset_secrets.as_slice() {
            [] => ConnectError::Settings(error.to_string()),
            unset => ConnectError::Secrets(unset.to_vec()),
        })
    }
}

/// Why a channel cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The type is not in the table.
    #[error("there is no channel of type `{kind}`; known: {known}")]
    UnknownType {
        /// The type.
        kind: String,
        /// The types of this program.
        known: String,
    },
    /// A field is missing or of another type.
    #[error("the settings cannot be read: {0}")]
    Settings(String),
    /// The channel needs a secret that is not set.
    #[error("the secret {} is not set", .0.join(", "))]
    Secrets(Vec<String>),
    /// AWS cannot be called.
    #[error("{0}")]
    Aws(String),
}

/// The channel of a type.
///
/// # Errors
///
/// When the type is unknown, a setting is missing, or AWS is not configured and the channel needs it.
pub fn connect(
    kind: &str,
    settings: &ChannelSettings,
    parts: &ConnectParts<'_>,
) -> Result<Box<dyn Channel>, ConnectError> {
    let Some((_, connect)) = CONNECTORS.iter().find(|(name, _)| *name == kind) else {
        let known: Vec<&str> = CONNECTORS.iter().map(|(name, _)| *name).collect();
        return Err(ConnectError::UnknownType { kind: kind.to_owned(), known: known.join(", ") });
    };
    connect(settings, parts)
}

/// Whether a type receives requests.
pub fn is_chat(kind: &str) -> bool {
    CHATS.iter().any(|chat| chat.kind == kind)
}

/// The chat of a type.
///
/// # Errors
///
/// As [`connect`]; also when the type receives no requests.
pub fn connect_chat(
    kind: &str,
    settings: &ChannelSettings,
    parts: &ConnectParts<'_>,
) -> Result<Box<dyn Chat>, ConnectError> {
    let Some(chat) = CHATS.iter().find(|chat| chat.kind == kind) else {
        let known: Vec<&str> = CHATS.iter().map(|chat| chat.kind).collect();
        return Err(ConnectError::UnknownType { kind: kind.to_owned(), known: known.join(", ") });
    };
    (chat.connect)(settings, parts)
}

/// Checks that a request was signed with a secret within five minutes of `now`, by the rules of any chat.
///
/// # Errors
///
/// When it was not; of several chats, the error of the one whose headers it has.
pub fn verify_request(secret: &str, request: &ChatRequest<'_>, now: Timestamp) -> Result<(), SignatureError> {
    let mut error = SignatureError::Missing;
    for chat in CHATS {
        match (chat.verify)(secret, request, now) {
            Ok(()) => return Ok(()),
            Err(SignatureError::Missing) => {}
            Err(other) => error = other,
        }
    }
    Err(error)
}

/// Other addresses than the services' own, for tests: `slack=http://127.0.0.1:8080/api,pagerduty=http://127.0.0.1:8081`. They must be on
/// this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints(BTreeMap<String, String>);

impl Endpoints {
    /// Reads them; an address on another machine is ignored.
    pub fn read(text: Option<&str>) -> Self {
        let pairs = text.into_iter().flat_map(|t| t.split(',')).filter_map(|pair| pair.split_once('='));
        let local = pairs.filter(|(_, url)| url.starts_with("http://127.0.0.1:"));
        Self(local.map(|(name, url)| (name.to_owned(), url.to_owned())).collect())
    }

    /// The address of a service, where it is another.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_on_this_machine_only() {
        let endpoints = Endpoints::read(Some("slack=http://127.0.0.1:1/api,pagerduty=https://evil.example,x"));
        assert_eq!(endpoints.get("slack"), Some("http://127.0.0.1:1/api"));
        assert_eq!(endpoints.get("pagerduty"), None);
    }

    #[test]
    fn an_unknown_type_is_an_error_and_never_a_webhook() {
        let http = reqwest::Client::new();
        let parts = ConnectParts {
            http: &http,
            #[cfg(feature = "aws")]
            aws: Err("AWS_REGION is not set".to_owned()),
            endpoints: &Endpoints::default(),
        };
        let settings =
            ChannelSettings::new(serde_json::json!({ "url": "https://example.com", "secret": "s" }), Vec::new());
        assert_eq!(connect("webhook", &settings, &parts).map(|c| c.kind()).ok(), Some("webhook"));
        let error = connect("discord", &settings, &parts).map(|c| c.kind()).unwrap_err();
        assert!(error.to_string().starts_with("there is no channel of type `discord`; known: slack, "), "{error}");
        let error = connect("slack", &settings, &parts).map(|c| c.kind()).unwrap_err();
        assert_eq!(error.to_string(), "the settings cannot be read: missing field `to`");
        let unset = ChannelSettings::new(serde_json::json!({ "url": "https://example.com" }), vec!["KEY".to_owned()]);
        let error = connect("webhook", &unset, &parts).map(|c| c.kind()).unwrap_err();
        assert_eq!(error.to_string(), "the secret KEY is not set");
        assert!(connect_chat("webhook", &settings, &parts).is_err() && !is_chat("webhook") && is_chat("slack"));
    }
}
