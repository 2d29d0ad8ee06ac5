//! The types of channels: one row each, with the fields of its block and its documentation.
//!
//! Adding a type: a row here, its file in crates/channels/src, and one line in that crate's connect.rs.

#[cfg(test)]
use std::fmt::Write;

use FieldKind::{Addresses, Flag, Secret, Text, TextOr, Url};

/// A type of channel.
#[derive(Debug, PartialEq, Eq)]
pub struct ChannelType {
    /// Its name in the file: `slack`.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// The fields of its block, beside `type` and `fallback`.
    pub fields: &'static [ChannelField],
    /// Which messages it gets when the file has no route.
    pub default_route: DefaultRoute,
    /// Which changes of an earlier message it shows, for the documentation.
    pub edits: &'static str,
    /// Limits that are kept, for the documentation.
    pub limits: &'static str,
}

/// A field of a channel's block.
#[derive(Debug, PartialEq, Eq)]
pub struct ChannelField {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// An example value; of a secret, the usual name of the secret.
    pub example: &'static str,
    /// What it is, for the documentation.
    pub about: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text, required.
    Text,
    /// Text, optional, with a default.
    TextOr(&'static str),
    /// An address that starts with `https://`, required.
    Url,
    /// The name of a secret, required.
    Secret,
    /// One to fifty e-mail addresses, required.
    Addresses,
    /// True or false, optional; false by default.
    Flag,
}

/// Which messages a channel gets when the file has no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultRoute {
    /// High and critical incidents: it wakes people.
    Pagers,
    /// Incidents from medium on, budgets and reconciliations: it opens tickets.
    Tickets,
    /// Every message.
    Everything,
}

impl ChannelField {
    /// Whether the block must have it.
    pub const fn is_required(&self) -> bool {
        match self.kind {
            FieldKind::Text | FieldKind::Url | FieldKind::Secret | FieldKind::Addresses => true,
            FieldKind::TextOr(_) | FieldKind::Flag => false,
        }
    }

    /// The field as the file would write it: `token = "SLACK_TOKEN"`.
    pub fn example(&self) -> String {
        match self.kind {
            FieldKind::Addresses => format!("{} = [\"{}\"]", self.name, self.example),
            FieldKind::Flag => format!("{} = {}", self.name, self.example),
            FieldKind::Text | FieldKind::TextOr(_) | FieldKind::Url | FieldKind::Secret => {
                format!("{} = \"{}\"", self.name, self.example)
            }
        }
    }
}

const fn field(name: &'static str, kind: FieldKind, example: &'static str, about: &'static str) -> ChannelField {
    ChannelField { name, kind, example, about }
}

/// Every type, in the order of the documentation.
pub const CHANNEL_TYPES: &[ChannelType] = &[
    ChannelType {
        name: "slack",
        about: "a channel of a Slack workspace, with buttons; needs an app",
        fields: &[
            field("to", Text, "C0123456789", "channel id"),
            field("team", Text, "T0123456789", "workspace id; requests of another workspace are refused"),
            field("token", Secret, "SLACK_TOKEN", "the app's bot token"),
            field("signing_secret", Secret, "SLACK_SIGNING_SECRET", "the app's signing secret"),
            field("charts", Flag, "true", "the app may upload charts as pictures"),
        ],
        default_route: DefaultRoute::Everything,
        edits: "yes, with threads",
        limits: "50 blocks, 3,000 characters a block, 2,000 in a button; what is left out is counted",
    },
    ChannelType {
        name: "slack-webhook",
        about: "an incoming webhook of Slack, without buttons",
        fields: &[field("url", Secret, "SLACK_WEBHOOK", "the webhook's address")],
        default_route: DefaultRoute::Everything,
        edits: "no",
        limits: "as `slack`",
    },
    ChannelType {
        name: "sns",
        about: "a topic of Amazon SNS",
        fields: &[
            field("topic", Text, "arn:aws:sns:eu-central-1:123456789012:alerts", "ARN"),
            field("amazon_q", Flag, "true", "Amazon Q Developer in chat applications reads it"),
        ],
        default_route: DefaultRoute::Everything,
        edits: "no; Amazon Q has one conversation an incident",
        limits: "256 KiB, 100 characters of a subject; a FIFO topic drops duplicates",
    },
    ChannelType {
        name: "email",
        about: "e-mail by Amazon SES",
        fields: &[
            field("from", Text, "tollgate@example.com", "a verified identity of SES"),
            field("to", Addresses, "finops@example.com", "addresses; people whom a route names are added"),
        ],
        default_route: DefaultRoute::Everything,
        edits: "no; one conversation an incident",
        limits: "50 recipients",
    },
    ChannelType {
        name: "pagerduty",
        about: "a service of PagerDuty, by Events API v2",
        fields: &[field("routing_key", Secret, "PAGERDUTY_ROUTING_KEY", "the integration's routing key")],
        default_route: DefaultRoute::Pagers,
        edits: "acknowledges and resolves",
        limits: "one alert an incident, by `dedup_key`",
    },
    ChannelType {
        name: "jira",
        about: "a project of Jira Cloud",
        fields: &[
            field("site", Url, "https://acme.atlassian.net", "address"),
            field("project", Text, "FIN", "the project's key"),
            field("user", Text, "tollgate@example.com", "e-mail address of the token's owner"),
            field("token", Secret, "JIRA_TOKEN", "API token"),
            field("issue_type", TextOr("Task"), "Task", "type of issue"),
        ],
        default_route: DefaultRoute::Tickets,
        edits: "comments, moves to done",
        limits: "one issue an incident, found by its label",
    },
    ChannelType {
        name: "teams",
        about: "a workflow of Microsoft Teams that a webhook starts",
        fields: &[field("url", Secret, "TEAMS_WEBHOOK", "the workflow's address")],
        default_route: DefaultRoute::Everything,
        edits: "no",
        limits: "28 KiB; what is left out is counted",
    },
    ChannelType {
        name: "webhook",
        about: "an address of your own that receives signed JSON",
        fields: &[
            field("url", Url, "https://example.com/alerts", "address"),
            field("secret", Secret, "WEBHOOK_SECRET", "signs requests"),
        ],
        default_route: DefaultRoute::Everything,
        edits: "no",
        limits: "`Tollgate-Signature: t=SECONDS,v1=HMAC-SHA256(SECONDS.BODY)`; a repeated message has the same `Tollgate-Id`",
    },
    ChannelType {
        name: "console",
        about: "the standard error of the program that sends, for a trial",
        fields: &[],
        default_route: DefaultRoute::Everything,
        edits: "no",
        limits: "no buttons",
    },
];

/// The table of docs/guides/alerts.md.
#[cfg(test)]
pub(crate) fn table() -> String {
    let mut out =
        String::from("| type | what it is | fields | edits earlier messages | limits |\n|---|---|---|---|---|\n");
    for kind in CHANNEL_TYPES {
        let fields = kind.fields.iter().map(|f| {
            let mark = match f.kind {
                FieldKind::Secret => " (name of a secret)",
                FieldKind::TextOr(_) | FieldKind::Flag => " (optional)",
                FieldKind::Text | FieldKind::Url | FieldKind::Addresses => "",
            };
            format!("`{}`: {}{mark}", f.name, f.about)
        });
        let fields = fields.collect::<Vec<_>>().join("<br>");
        // Writing to a string does not fail.
        let _ = writeln!(out, "| `{}` | {} | {fields} | {} | {} |", kind.name, kind.about, kind.edits, kind.limits);
    }
    out
}
