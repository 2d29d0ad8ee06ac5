//! The channels of a policy file behind the pipeline's port, and the chats that send requests.

use async_trait::async_trait;
#[cfg(feature = "aws")]
use aws_types::SdkConfig;
use serde_json::Value;
use tollgate_channels::{
    Channel, ChannelError, ChannelSettings, ConnectError, ConnectParts, Endpoints, Envelope, Receipt, connect,
    connect_chat, is_chat,
};
#[cfg(feature = "aws")]
use tollgate_channels::{EventBridge, Sns};
use tollgate_model::Message;
use tollgate_pipeline::Sender;
use tollgate_pipeline::chat::Workspaces;
use tollgate_policy::{Policy, TOPIC};

/// The event bus's name among senders. No channel of a policy file can have it.
#[cfg(feature = "aws")]
const BUS: &str = "event bus";

/// What channels are made of.
pub struct ChannelParts<'p> {
    /// Secrets by the names that the policy file gives them.
    pub secrets: &'p dyn Fn(&str) -> Option<String>,
    /// The configuration of AWS, or why there is none.
    #[cfg(feature = "aws")]
    pub aws: Result<&'p SdkConfig, String>,
    /// The deployment's topic.
    pub topic: Option<&'p str>,
    /// The event bus that announces new revisions.
    pub bus: Option<&'p str>,
    /// The client of channels that have no SDK.
    pub http: &'p reqwest::Client,
    /// Other addresses than the services' own, for tests.
    pub endpoints: &'p Endpoints,
}

impl ChannelParts<'_> {
    fn connect_parts(&self) -> ConnectParts<'_> {
        ConnectParts {
            http: self.http,
            #[cfg(feature = "aws")]
            aws: self.aws.clone(),
            endpoints: self.endpoints,
        }
    }

    /// The settings of a channel, with secrets in place of their names.
    fn settings(&self, channel: &tollgate_policy::Channel) -> ChannelSettings {
        let mut fields = serde_json::to_value(&channel.values).unwrap_or_default();
        let mut unset = Vec::new();
        for (field, name) in channel.secret_fields() {
            match (self.secrets)(name).filter(|secret| !secret.is_empty()) {
                Some(secret) => fields[field] = Value::from(secret),
                None => {
                    unset.push(name.to_owned());
                    if let Some(fields) = fields.as_object_mut() {
                        fields.remove(field);
                    }
                }
            }
        }
        ChannelSettings::new(fields, unset)
    }
}

/// A channel that cannot be connected. Messages for people are planned for it, and wait or go to its fallback.
struct Unconnected(String);

#[async_trait]
impl Channel for Unconnected {
    fn kind(&self) -> &'static str {
        "tollgate"
    }

    fn accepts(&self, message: &Message) -> bool {
        message.is_for_people() && !message.is_quiet()
    }

    async fn send(&self, _: &Envelope<'_>) -> Result<Receipt, ChannelError> {
        Err(ChannelError::Unconfigured(self.0.clone()))
    }
}

/// Every destination of messages: the channels of the policy file, the deployment's topic, which is the fallback of channels without
/// one, and the event bus.
pub fn senders(policy: &Policy, parts: &ChannelParts<'_>) -> Vec<Sender> {
    let channels = policy.channels.iter().map(|c| {
        let fallback = c.fallback.clone().or_else(|| parts.topic.map(|_| TOPIC.to_owned()));
        match connect(c.kind.name, &parts.settings(c), &parts.connect_parts()) {
            Ok(channel) => Sender { name: c.name.clone(), fallback, unconfigured: None, channel },
            Err(error) => {
                let why = missing_setting(policy, c, &error);
                let channel = Box::new(Unconnected(why.clone()));
                Sender { name: c.name.clone(), fallback, unconfigured: Some(why), channel }
            }
        }
    });
    channels.chain(deployment_senders(parts)).collect()
}

/// What a channel lacks, with its place in the policy file and what to do.
fn missing_setting(policy: &Policy, channel: &tollgate_policy::Channel, error: &ConnectError) -> String {
    let name = &channel.name;
    let place = |field: &str| match policy.place_of(&format!("channel.{name}.{field}")) {
        Some(place) => format!(" ({place})"),
        None => String::new(),
    };
    match error {
        ConnectError::Secrets(unset) => {
            let fields = channel.secret_fields().filter(|(_, secret)| unset.iter().any(|name| name == secret));
            let secrets: Vec<String> = fields.map(|(field, secret)| format!("{secret}{}", place(field))).collect();
            let (is, it) = if secrets.len() == 1 { ("is", "it") } else { ("are", "them") };
            format!(
                "channel \"{name}\" cannot send: {} {is} not set\nhint: set {it} in the environment; in a \
                 deployment, in the secret of TOLLGATE_SECRET",
                secrets.join(", ")
            )
        }
        ConnectError::UnknownType { .. } | ConnectError::Settings(_) | ConnectError::Aws(_) => {
            format!("channel \"{name}\"{} cannot send: {error}", place("type"))
        }
    }
}

/// The topic and the event bus of a deployment.
#[cfg(feature = "aws")]
fn deployment_senders(parts: &ChannelParts<'_>) -> Vec<Sender> {
    let Ok(aws) = &parts.aws else { return Vec::new() };
    let topic = parts.topic.map(|topic| Sender {
        name: TOPIC.to_owned(),
        fallback: None,
        unconfigured: None,
        channel: Box::new(Sns::new(aws, topic, false)),
    });
    let bus = parts.bus.map(|bus| Sender {
        name: BUS.to_owned(),
        fallback: None,
        unconfigured: None,
        channel: Box::new(EventBridge::new(aws, bus)),
    });
    topic.into_iter().chain(bus).collect()
}

/// Without AWS there is no deployment.
#[cfg(not(feature = "aws"))]
fn deployment_senders(_: &ChannelParts<'_>) -> Vec<Sender> {
    Vec::new()
}

/// The workspaces that may send requests, each once. A workspace whose secrets are not set is left out.
pub fn workspaces(policy: &Policy, parts: &ChannelParts<'_>) -> Workspaces {
    let mut out = Workspaces::default();
    for channel in policy.channels.iter().filter(|c| is_chat(c.kind.name)) {
        if let Ok(chat) = connect_chat(channel.kind.name, &parts.settings(channel), &parts.connect_parts())
            && out.find(chat.workspace()).is_none()
        {
            out.0.push(chat);
        }
    }
    out
}

#[cfg(feature = "aws")]
#[cfg(test)]
mod tests {
    use tollgate_policy::{CHANNEL_TYPES, ChannelField, ChannelType};

    use super::*;
    use crate::settings::{Access, AccessKeys};

    /// A channel of a type, with the examples of its fields.
    fn policy_of(kind: &ChannelType) -> Policy {
        let fields: Vec<String> = kind.fields.iter().map(ChannelField::example).collect();
        let text = format!("channel \"a\" {{\n type = \"{}\"\n {}\n}}", kind.name, fields.join("\n "));
        Policy::parse("t", &text).unwrap()
    }

    fn with_parts<T>(secrets: &dyn Fn(&str) -> Option<String>, check: impl Fn(&ChannelParts<'_>) -> T) -> T {
        let access = Access {
            region: "eu-central-1".to_owned(),
            endpoint: Some("http://127.0.0.1:1".to_owned()),
            channels: Endpoints::default(),
            keys: AccessKeys::default(),
        };
        let aws = crate::aws::connect(&access);
        check(&ChannelParts {
            secrets,
            aws: Ok(&aws),
            topic: None,
            bus: None,
            http: &reqwest::Client::new(),
            endpoints: &Endpoints::default(),
        })
    }

    #[test]
    fn every_type_of_the_table_connects_to_a_channel_of_that_type() {
        for kind in CHANNEL_TYPES {
            let policy = policy_of(kind);
            let secret = |name: &str| Some(format!("{name}-secret"));
            let connected = with_parts(&secret, |parts| senders(&policy, parts)[0].channel.kind());
            assert_eq!(connected, kind.name);
        }
    }

    #[test]
    fn a_channel_without_its_secret_waits_with_the_place_of_its_secret_and_its_workspace_is_left_out() {
        let policy = policy_of(&CHANNEL_TYPES[0]);
        let none = |_: &str| None;
        let token_only = |name: &str| (name == "SLACK_TOKEN").then(|| "xoxb".to_owned());
        let both = |name: &str| Some(format!("{name}-secret"));
        let found = |secrets| {
            with_parts(secrets, |parts| {
                let workspaces = workspaces(&policy, parts).0;
                (
                    senders(&policy, parts)[0].channel.kind(),
                    workspaces.iter().map(|w| w.workspace().to_owned()).collect(),
                )
            })
        };
        assert_eq!(found(&none), ("tollgate", Vec::<String>::new()));
        let missing = with_parts(&none, |parts| senders(&policy, parts)[0].unconfigured.clone()).unwrap_or_default();
        assert!(missing.contains("channel \"a\" cannot send: SLACK_TOKEN (t:"), "{missing}");
        assert!(missing.contains("hint: set "), "{missing}");
        assert_eq!(found(&token_only), ("slack", Vec::new()));
        assert_eq!(found(&both), ("slack", vec!["T0123456789".to_owned()]));
    }
}
