//! The channels of a policy file behind the pipeline's port, and the chat's other half.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_types::SdkConfig;
use tollgate_channels::slack::Api;
use tollgate_channels::{
    Channel, ChannelError, Email, Envelope, EventBridge, Jira, JiraPlace, PagerDuty, Receipt, Slack, SlackWebhook, Sns,
    Teams, Webhook,
};
use tollgate_model::Message;
use tollgate_pipeline::Sender;
use tollgate_pipeline::chat::{Door, Gate};
use tollgate_policy::{ChannelKind, Policy, TOPIC};

/// The bus's name among senders; no channel of a policy file can have it.
const BUS: &str = "event bus";

/// Other addresses than the services' own, for tests: `slack=http://127.0.0.1:8080/api,pagerduty=http://127.0.0.1:8081`. Only this
/// machine can be named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints(BTreeMap<String, String>);

impl Endpoints {
    /// Reads them; what is not this machine is left out.
    pub fn read(text: Option<&str>) -> Self {
        let pairs = text.into_iter().flat_map(|t| t.split(',')).filter_map(|pair| pair.split_once('='));
        let here = pairs.filter(|(_, url)| url.starts_with("http://127.0.0.1:"));
        Self(here.map(|(name, url)| (name.to_owned(), url.to_owned())).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// What channels are made of.
pub struct Parts<'p> {
    /// Secrets by the names that the policy file gives them.
    pub secrets: &'p dyn Fn(&str) -> Option<String>,
    /// AWS, or why it cannot be asked.
    pub aws: Result<&'p SdkConfig, String>,
    /// The deployment's topic.
    pub topic: Option<&'p str>,
    /// The bus that new revisions are told on.
    pub bus: Option<&'p str>,
    /// What has no SDK.
    pub http: &'p reqwest::Client,
    /// Other addresses, for tests.
    pub endpoints: &'p Endpoints,
}

/// A channel that lacks something: it refuses, so that what stands in for it is told why.
struct Lacking(String);

#[async_trait]
impl Channel for Lacking {
    fn kind(&self) -> &'static str {
        "tollgate"
    }

    fn takes(&self, message: &Message) -> bool {
        message.is_for_people() && !message.is_quiet()
    }

    async fn send(&self, _: &Envelope<'_>) -> Result<Receipt, ChannelError> {
        Err(ChannelError::Refused { channel: "tollgate", message: self.0.clone() })
    }
}

/// Every channel that messages go to: those of the policy file, the deployment's topic, which stands in where the file names no
/// other, and the bus.
pub fn senders(policy: &Policy, parts: &Parts<'_>) -> Vec<Sender> {
    let mut out: Vec<Sender> = policy
        .channels
        .iter()
        .map(|c| Sender {
            name: c.name.clone(),
            fallback: c.fallback.clone().or_else(|| parts.topic.map(|_| TOPIC.to_owned())),
            channel: channel(&c.kind, parts).unwrap_or_else(|lacks| Box::new(Lacking(lacks))),
        })
        .collect();
    if let (Some(topic), Ok(aws)) = (parts.topic, &parts.aws) {
        out.push(Sender { name: TOPIC.to_owned(), fallback: None, channel: Box::new(Sns::new(aws, topic, false)) });
    }
    if let (Some(bus), Ok(aws)) = (parts.bus, &parts.aws) {
        out.push(Sender { name: BUS.to_owned(), fallback: None, channel: Box::new(EventBridge::new(aws, bus)) });
    }
    out
}

fn channel(kind: &ChannelKind, parts: &Parts<'_>) -> Result<Box<dyn Channel>, String> {
    let secret = |name: &str| {
        (parts.secrets)(name).filter(|s| !s.is_empty()).ok_or_else(|| format!("the secret {name} is not set"))
    };
    let http = || parts.http.clone();
    Ok(match kind {
        ChannelKind::Slack { to, token, charts, .. } => {
            let api = Api::new(http(), &secret(token)?, parts.endpoints.get("slack"));
            Box::new(Slack::new(api, to, *charts))
        }
        ChannelKind::SlackWebhook { url } => Box::new(SlackWebhook::new(http(), secret(url)?)),
        ChannelKind::Sns { topic, amazon_q } => Box::new(Sns::new(parts.aws.clone()?, topic, *amazon_q)),
        ChannelKind::Email { from, to } => Box::new(Email::new(parts.aws.clone()?, from, to.clone())),
        ChannelKind::Pagerduty { routing_key } => {
            let base = parts.endpoints.get("pagerduty").map(str::to_owned);
            Box::new(PagerDuty::new(http(), secret(routing_key)?, base))
        }
        ChannelKind::Jira { site, project, issue_type, user, token } => Box::new(Jira::new(
            http(),
            JiraPlace {
                site: site.clone(),
                project: project.clone(),
                issue_type: issue_type.clone(),
                user: user.clone(),
                token: secret(token)?,
            },
        )),
        ChannelKind::Teams { url } => Box::new(Teams::new(http(), secret(url)?)),
        ChannelKind::Webhook { url, secret: name } => Box::new(Webhook::new(http(), url, secret(name)?)),
    })
}

/// Every workspace that may ask. One whose secrets are not there may not.
pub fn door(policy: &Policy, parts: &Parts<'_>) -> Door {
    let mut gates: Vec<Gate> = Vec::new();
    for channel in &policy.channels {
        let ChannelKind::Slack { team, token, signing_secret, .. } = &channel.kind else { continue };
        if gates.iter().any(|g| g.team == *team) {
            continue;
        }
        let (Some(token), Some(signing_secret)) = ((parts.secrets)(token), (parts.secrets)(signing_secret)) else {
            continue;
        };
        let api = Api::new(parts.http.clone(), &token, parts.endpoints.get("slack"));
        gates.push(Gate { team: team.clone(), signing_secret, chat: Box::new(api) });
    }
    Door(gates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_addresses_are_on_this_machine_only() {
        let text = "slack=http://127.0.0.1:1/api,pagerduty=https://evil.example,x";
        let endpoints = Endpoints::read(Some(text));
        assert_eq!(endpoints.get("slack"), Some("http://127.0.0.1:1/api"));
        assert_eq!(endpoints.get("pagerduty"), None);
    }

    #[test]
    fn a_channel_that_lacks_its_secret_is_there_and_a_workspace_is_not() {
        let policy = Policy::parse(
            "t",
            "channel \"finops\" {\n type = \"slack\"\n to = \"C1\"\n team = \"T1\"\n token = \"A\"\n signing_secret = \"B\"\n}",
        )
        .unwrap();
        let http = tollgate_channels::http::client().unwrap();
        let endpoints = Endpoints::default();
        let none = |_: &str| None;
        let both = |name: &str| Some(format!("{name}-secret"));
        let parts = |secrets| Parts {
            secrets,
            aws: Err("AWS_REGION is not set".to_owned()),
            topic: None,
            bus: None,
            http: &http,
            endpoints: &endpoints,
        };
        let lacking = senders(&policy, &parts(&none));
        assert_eq!((lacking.len(), lacking[0].channel.kind()), (1, "tollgate"));
        assert!(door(&policy, &parts(&none)).0.is_empty());
        assert_eq!(senders(&policy, &parts(&both))[0].channel.kind(), "slack");
        assert_eq!(door(&policy, &parts(&both)).0[0].team, "T1");
    }
}
