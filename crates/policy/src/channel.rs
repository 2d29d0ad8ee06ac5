//! `channel "finops" { … }`: a place where messages go. Tokens and addresses that are secret are named here and kept elsewhere.

use serde::Serialize;

use crate::block::Block;
use crate::diagnostic::suggest;
use crate::document::Document;

/// A place where messages go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// Its name, unique in the file.
    pub name: String,
    /// The channel that gets a message when this one does not take it.
    pub fallback: Option<String>,
    /// What it is.
    #[serde(flatten)]
    pub kind: ChannelKind,
}

/// What a channel is, with what it needs. `Secret` fields hold the names of secrets, never the secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "type")]
pub enum ChannelKind {
    /// A channel of a Slack workspace, by an app.
    Slack {
        /// The channel's id.
        to: String,
        /// The workspace's id: presses of other workspaces are refused.
        team: String,
        /// The secret with the app's bot token.
        token: String,
        /// The secret with the app's signing secret.
        signing_secret: String,
        /// Whether the app may upload files: charts are pictures then.
        charts: bool,
    },
    /// An incoming webhook of Slack: no buttons, and nothing is edited.
    SlackWebhook {
        /// The secret with its address.
        url: String,
    },
    /// A topic of Amazon SNS.
    Sns {
        /// Its ARN.
        topic: String,
        /// Whether it is read by Amazon Q Developer in chat applications rather than by people.
        amazon_q: bool,
    },
    /// E-mail by Amazon SES.
    Email {
        /// The sender, an identity of SES.
        from: String,
        /// Who gets it.
        to: Vec<String>,
    },
    /// A service of PagerDuty, by Events API v2.
    Pagerduty {
        /// The secret with the integration's routing key.
        routing_key: String,
    },
    /// A project of Jira Cloud.
    Jira {
        /// `https://acme.atlassian.net`.
        site: String,
        /// The project's key.
        project: String,
        /// The kind of issue.
        issue_type: String,
        /// Whose token it is, by e-mail.
        user: String,
        /// The secret with the API token.
        token: String,
    },
    /// A workflow of Microsoft Teams that is started by a webhook.
    Teams {
        /// The secret with its address.
        url: String,
    },
    /// Any address that takes signed JSON.
    Webhook {
        /// Its address.
        url: String,
        /// The secret that requests are signed with.
        secret: String,
    },
}

/// The types by their spelling in the file.
const TYPES: [&str; 8] = ["slack", "slack-webhook", "sns", "email", "pagerduty", "jira", "teams", "webhook"];

impl Channel {
    /// The names of the secrets that it needs.
    pub fn secrets(&self) -> Vec<&str> {
        match &self.kind {
            ChannelKind::Slack { token, signing_secret, .. } => vec![token, signing_secret],
            ChannelKind::SlackWebhook { url } | ChannelKind::Teams { url } => vec![url],
            ChannelKind::Pagerduty { routing_key } => vec![routing_key],
            ChannelKind::Jira { token, .. } => vec![token],
            ChannelKind::Webhook { secret, .. } => vec![secret],
            ChannelKind::Sns { .. } | ChannelKind::Email { .. } => Vec::new(),
        }
    }

    pub(crate) fn read(name: String, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<Self> {
        let kind = match block.text("type", document) {
            Some((text, at)) if !TYPES.contains(&text) => {
                document.report(at, format!("there is no channel of type `{text}`"), suggest(text, TYPES));
                None
            }
            Some((text, _)) => kind(text, block, document),
            None => {
                block.missing("type", "type = \"slack\"", document);
                None
            }
        };
        let fallback = block.text("fallback", document).map(|(t, _)| t.to_owned());
        Some(Self { name, fallback, kind: kind? })
    }
}

fn kind(kind: &str, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<ChannelKind> {
    let mut must = |name: &'static str, example: &str, document: &mut Document<'_>| {
        let found = block.text(name, document).map(|(t, _)| t.to_owned()).filter(|t| !t.is_empty());
        block.missing(name, &format!("{name} = \"{example}\""), document);
        found
    };
    match kind {
        "slack" => {
            let (to, team) = (must("to", "C0123456789", document), must("team", "T0123456789", document));
            let token = must("token", "SLACK_TOKEN", document);
            let signing_secret = must("signing_secret", "SLACK_SIGNING_SECRET", document);
            let charts = block.flag("charts", document).unwrap_or(false);
            Some(ChannelKind::Slack { to: to?, team: team?, token: token?, signing_secret: signing_secret?, charts })
        }
        "slack-webhook" => Some(ChannelKind::SlackWebhook { url: must("url", "SLACK_WEBHOOK", document)? }),
        "sns" => {
            let topic = must("topic", "arn:aws:sns:eu-central-1:123456789012:alerts", document);
            let amazon_q = block.flag("amazon_q", document).unwrap_or(false);
            Some(ChannelKind::Sns { topic: topic?, amazon_q })
        }
        "email" => {
            let from = must("from", "tollgate@example.com", document);
            let to: Vec<String> = block.texts("to", document).into_iter().map(|(t, _)| t).collect();
            block.missing("to", "to = [\"finops@example.com\"]", document);
            // SES takes 50 recipients of one message.
            if to.len() > 50 || to.iter().any(|a| !a.contains('@')) {
                let at = block.place("to").unwrap_or(block.at.clone());
                document.report(at, format!("`to` of {} must be 1 to 50 e-mail addresses", block.title), None);
            }
            Some(ChannelKind::Email { from: from?, to })
        }
        "pagerduty" => {
            Some(ChannelKind::Pagerduty { routing_key: must("routing_key", "PAGERDUTY_ROUTING_KEY", document)? })
        }
        "jira" => {
            let site = must("site", "https://acme.atlassian.net", document);
            let project = must("project", "FIN", document);
            let (user, token) = (must("user", "tollgate@example.com", document), must("token", "JIRA_TOKEN", document));
            let issue_type = block.text("issue_type", document).map_or("Task".to_owned(), |(t, _)| t.to_owned());
            let site = secure(site?, "site", block, document)?;
            Some(ChannelKind::Jira { site, project: project?, issue_type, user: user?, token: token? })
        }
        "teams" => Some(ChannelKind::Teams { url: must("url", "TEAMS_WEBHOOK", document)? }),
        _ => {
            let url = must("url", "https://example.com/alerts", document);
            let secret = must("secret", "WEBHOOK_SECRET", document);
            let url = secure(url?, "url", block, document)?;
            Some(ChannelKind::Webhook { url, secret: secret? })
        }
    }
}

/// An address that is encrypted on the way, or is this machine.
fn secure(url: String, name: &str, block: &Block<'_>, document: &mut Document<'_>) -> Option<String> {
    if url.starts_with("https://") || url.starts_with("http://127.0.0.1:") {
        return Some(url.trim_end_matches('/').to_owned());
    }
    let at = block.place(name).unwrap_or(block.at.clone());
    document.report(at, format!("`{name}` of {} must start with https://", block.title), None);
    None
}
