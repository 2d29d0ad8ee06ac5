//! Jira Cloud, REST API v3: one issue a thread, searched by its label before it is created. Later messages are comments, and the issue is
//! moved to done when its incident is over.
//!
//! Limits: a summary of 255 characters, a text of 32,767; 429 asks to wait. Search lags by seconds, so an issue whose answer was lost a
//! moment ago may be created twice. Source: Atlassian developer documentation, "Issue search", "Issues", "Issue
//! comments", "Atlassian Document Format". Read 2026-11-21.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use tollgate_model::untrusted;
use tollgate_model::{Content, IncidentChange, Message, MessageSubject};

use crate::card::Card;
use crate::chart::sparkline;
use crate::connect::{ChannelSettings, ConnectError, ConnectParts};
use crate::http::Answer;
use crate::text::shortened;
use crate::{Channel, ChannelError, Envelope, Receipt, http};

const KIND: &str = "jira";

/// The project in which issues are created, and the account that creates them.
#[derive(Clone, Deserialize)]
pub struct JiraProject {
    /// `https://acme.atlassian.net`.
    pub site: String,
    /// The project's key.
    pub project: String,
    /// The type of issues.
    pub issue_type: String,
    /// E-mail address of the token's owner.
    pub user: String,
    /// The API token.
    pub token: String,
}

pub(crate) fn connect(settings: &ChannelSettings, parts: &ConnectParts<'_>) -> Result<Box<dyn Channel>, ConnectError> {
    Ok(Box::new(Jira::new(parts.http.clone(), settings.read()?)))
}

/// A project.
pub struct Jira {
    http: reqwest::Client,
    project: JiraProject,
}

impl Jira {
    /// A project.
    pub fn new(http: reqwest::Client, project: JiraProject) -> Self {
        Self { http, project }
    }

    async fn call(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Result<Value, ChannelError> {
        let url = format!("{}/rest/api/3/{path}", self.project.site);
        let mut request = self.http.request(method, url).basic_auth(&self.project.user, Some(&self.project.token));
        request = request.header("accept", "application/json");
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer: Answer = http::send(KIND, request).await?;
        let body = answer.json();
        if answer.status.is_success() {
            return Ok(body);
        }
        let messages =
            body["errorMessages"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let fields = body["errors"].as_object().into_iter().flatten().map(|(name, what)| format!("{name}: {what}"));
        let errors: Vec<String> = messages.chain(fields).collect();
        Err(answer.error(KIND, (!errors.is_empty()).then(|| errors.join(", "))))
    }

    async fn find(&self, label: &str) -> Result<Option<String>, ChannelError> {
        let jql = format!("project = \"{}\" AND labels = \"{label}\" ORDER BY created ASC", self.project.project);
        let query = json!({ "jql": jql, "maxResults": 1, "fields": ["status"] });
        let found = self.call(reqwest::Method::POST, "search/jql", Some(&query)).await?;
        Ok(found["issues"][0]["key"].as_str().map(str::to_owned))
    }

    async fn create(&self, envelope: &Envelope<'_>, card: &Card, label: &str) -> Result<String, ChannelError> {
        let body = json!({ "fields": {
            "project": { "key": self.project.project },
            "issuetype": { "name": self.project.issue_type },
            "summary": shortened(&card.title.replace('\n', " "), 255),
            "description": document(card, envelope),
            "labels": ["tollgate", label],
        } });
        let made = self.call(reqwest::Method::POST, "issue", Some(&body)).await?;
        made["key"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| ChannelError::Refused { channel: KIND, message: "its answer has no key".to_owned() })
    }

    /// Whether an earlier attempt added the comment.
    async fn has_comment(&self, issue: &str, id: &str) -> Result<bool, ChannelError> {
        let path = format!("issue/{issue}/comment?orderBy=-created&maxResults=50");
        let found = self.call(reqwest::Method::GET, &path, None).await?;
        Ok(found["comments"].to_string().contains(&comment_mark(id)))
    }

    async fn finish(&self, issue: &str) -> Result<(), ChannelError> {
        let path = format!("issue/{issue}/transitions");
        let known = self.call(reqwest::Method::GET, &path, None).await?;
        let done = known["transitions"].as_array().into_iter().flatten();
        let done = done.filter(|t| t["to"]["statusCategory"]["key"] == "done").find_map(|t| t["id"].as_str());
        match done {
            Some(id) => {
                let body = json!({ "transition": { "id": id } });
                self.call(reqwest::Method::POST, &path, Some(&body)).await.map(|_| ())
            }
            // A workflow without a transition to done leaves the issue open; its comment says that the incident is over.
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Channel for Jira {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn accepts(&self, message: &Message) -> bool {
        let ticket = matches!(
            message.subject(),
            Some(
                MessageSubject::Incident
                    | MessageSubject::Budget
                    | MessageSubject::Reconciliation
                    | MessageSubject::Plan
            )
        );
        let expected = matches!(&message.content, Content::Incident { change: IncidentChange::Expected, .. });
        ticket && (!message.is_quiet() || expected)
    }

    async fn send(&self, envelope: &Envelope<'_>) -> Result<Receipt, ChannelError> {
        let message = envelope.message;
        let card = Card::of(message);
        let label = label(message.thread());
        let known = match envelope.thread {
            Some(key) => Some(key.to_owned()),
            None => self.find(&label).await?,
        };
        let issue = match known {
            Some(issue) => {
                if envelope.maybe_sent_since.is_none() || !self.has_comment(&issue, message.id.as_str()).await? {
                    let body = json!({ "body": comment(&card, envelope) });
                    self.call(reqwest::Method::POST, &format!("issue/{issue}/comment"), Some(&body)).await?;
                }
                issue
            }
            None => self.create(envelope, &card, &label).await?,
        };
        if let Content::Incident { change: IncidentChange::Resolved | IncidentChange::Expected, .. } = &message.content
        {
            self.finish(&issue).await?;
        }
        Ok(Receipt { id: issue.clone(), thread: Some(issue) })
    }
}

/// The label of a thread: no blanks, at most 255 characters.
fn label(thread: &str) -> String {
    let clean = thread.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' });
    format!("tollgate-{}", clean.collect::<String>()).chars().take(255).collect()
}

fn comment_mark(id: &str) -> String {
    format!("message {id}")
}

fn paragraph(text: &str) -> Value {
    json!({ "type": "paragraph", "content": [{ "type": "text", "text": shortened(&untrusted::plain(text), 5_000) }] })
}

fn items(kind: &str, list: impl Iterator<Item = String>) -> Option<Value> {
    let items: Vec<Value> = list.map(|text| json!({ "type": "listItem", "content": [paragraph(&text)] })).collect();
    (!items.is_empty()).then(|| json!({ "type": kind, "content": items }))
}

/// The issue's text.
pub(crate) fn document(card: &Card, envelope: &Envelope<'_>) -> Value {
    let mut content = Vec::new();
    content.extend(envelope.note.map(paragraph));
    if !envelope.people.is_empty() {
        let names: Vec<&str> = envelope.people.iter().map(|p| p.name.as_str()).collect();
        content.push(paragraph(&format!("For {}", names.join(", "))));
    }
    if !card.lead.is_empty() {
        content.push(paragraph(&card.lead));
    }
    content.extend(items("bulletList", card.facts.iter().map(|(name, value)| format!("{name}: {value}"))));
    if let Some(chart) = &card.chart {
        let text = sparkline(&chart.cost_history.amounts);
        content.push(json!({ "type": "codeBlock", "content": [{ "type": "text", "text": text }] }));
    }
    if !card.list.is_empty() {
        content.push(json!({
            "type": "heading", "attrs": { "level": 3 }, "content": [{ "type": "text", "text": card.list_title }],
        }));
        content.extend(items("orderedList", card.list.iter().take(50).cloned()));
    }
    for (name, address) in &card.links {
        content.push(json!({ "type": "paragraph", "content": [{
            "type": "text", "text": name, "marks": [{ "type": "link", "attrs": { "href": address } }],
        }] }));
    }
    content.push(paragraph(&card.notes.join(" · ")));
    content.push(paragraph(&comment_mark(envelope.message.id.as_str())));
    json!({ "type": "doc", "version": 1, "content": content })
}

/// A comment: the change and the current facts.
fn comment(card: &Card, envelope: &Envelope<'_>) -> Value {
    let mut content = vec![paragraph(&card.title)];
    content.extend(envelope.note.map(paragraph));
    content.extend(items("bulletList", card.facts.iter().map(|(name, value)| format!("{name}: {value}"))));
    content.push(paragraph(&comment_mark(envelope.message.id.as_str())));
    json!({ "type": "doc", "version": 1, "content": content })
}
