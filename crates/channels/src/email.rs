//! E-mail by Amazon SES, API v2: text and HTML, one conversation a thread.
//!
//! Limits: 50 recipients and 40 MB a message. SES cannot detect duplicates: a message whose answer was lost may be sent twice. Source:
//! Amazon SES API v2 reference, `SendEmail`. Read 2026-11-21.

use async_trait::async_trait;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::types::{Body, Content as Part, Destination, EmailContent, Message as Mail, MessageHeader};
use aws_types::SdkConfig;
use serde::Deserialize;
use tollgate_model::Message;
use tollgate_model::untrusted::{html as escaped, plain as plain_text};

use crate::card::{Card, Tone};
use crate::connect::{ChannelSettings, ConnectError, ConnectParts};
use crate::text::{of_card, shortened};
use crate::{Channel, ChannelError, Envelope, Receipt, aws};

const KIND: &str = "email";
/// Recipients of a message.
const RECIPIENTS: usize = 50;

/// The fields of its block.
#[derive(Deserialize)]
struct ChannelFields {
    from: String,
    to: Vec<String>,
}

pub(crate) fn connect(settings: &ChannelSettings, parts: &ConnectParts<'_>) -> Result<Box<dyn Channel>, ConnectError> {
    let ChannelFields { from, to } = settings.read()?;
    let aws = parts.aws.clone().map_err(ConnectError::Aws)?;
    Ok(Box::new(Email::new(aws, from, to)))
}

/// A sender and its recipients.
pub struct Email {
    client: Client,
    from: String,
    to: Vec<String>,
}

impl Email {
    /// Mail from an identity of SES.
    pub fn new(config: &SdkConfig, from: impl Into<String>, to: Vec<String>) -> Self {
        Self { client: Client::new(config), from: from.into(), to }
    }
}

#[async_trait]
impl Channel for Email {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn accepts(&self, message: &Message) -> bool {
        message.is_for_people() && !message.is_quiet()
    }

    async fn send(&self, envelope: &Envelope<'_>) -> Result<Receipt, ChannelError> {
        let refused = |message: String| ChannelError::Refused { channel: KIND, message };
        let built = |e: aws_sdk_sesv2::error::BuildError| refused(e.to_string());
        let card = Card::of(envelope.message);
        let part = |text: String| Part::builder().data(text).charset("UTF-8").build().map_err(built);
        let (text, html) = (part(plain(&card, envelope))?, part(page(&card, envelope))?);
        // Mail programs group messages with the same reference into one conversation.
        let thread: String =
            envelope.message.thread().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let header = |name: &str, value: &str| MessageHeader::builder().name(name).value(value).build().map_err(built);
        let mail = Mail::builder()
            .subject(part(shortened(&card.title.replace(['\r', '\n'], " "), 200))?)
            .body(Body::builder().text(text).html(html).build())
            .headers(header("References", &format!("<{thread}@tollgate.invalid>"))?)
            .headers(header("X-Tollgate-Id", envelope.message.id.as_str())?)
            .build();
        let people = envelope.people.iter().filter_map(|p| p.email.clone());
        let mut to: Vec<String> = self.to.clone();
        for address in people {
            if !to.contains(&address) {
                to.push(address);
            }
        }
        to.truncate(RECIPIENTS);
        let answer = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .destination(Destination::builder().set_to_addresses(Some(to)).build())
            .content(EmailContent::builder().simple(mail).build())
            .send()
            .await
            .map_err(|error| aws::channel_error(KIND, &error))?;
        Ok(Receipt { id: answer.message_id.unwrap_or_default(), thread: None })
    }
}

fn plain(card: &Card, envelope: &Envelope<'_>) -> String {
    let note = envelope.note.map_or(String::new(), |note| format!("{}\n\n", plain_text(note)));
    format!("{note}{}\n\n{}", card.title, of_card(card))
}

/// HTML that old mail programs display too: tables and inline styles.
pub(crate) fn page(card: &Card, envelope: &Envelope<'_>) -> String {
    let color = match card.tone {
        Tone::Alarm => "#b3261e",
        Tone::Warning => "#9a6700",
        Tone::Good => "#1a7f37",
        Tone::Neutral => "#57606a",
    };
    let mut out = format!(
        "<div style=\"font:15px/1.5 sans-serif;max-width:640px;border-left:4px solid {color};padding-left:16px\">"
    );
    if let Some(note) = envelope.note {
        out += &format!("<p><em>{}</em></p>", escaped(&plain_text(note)));
    }
    out += &format!("<h2 style=\"font-size:18px;margin:0 0 8px\">{}</h2>", escaped(&card.title));
    if !card.lead.is_empty() {
        out += &format!("<p>{}</p>", escaped(&card.lead));
    }
    out += "<table style=\"border-collapse:collapse\">";
    for (name, value) in &card.facts {
        out += &format!(
            "<tr><td style=\"color:#57606a;padding:2px 16px 2px 0\">{name}</td><td>{}</td></tr>",
            escaped(value)
        );
    }
    out += "</table>";
    if let Some(chart) = &card.chart {
        let line = crate::chart::sparkline(&chart.cost_history.amounts);
        out += &format!("<p style=\"font:20px monospace;letter-spacing:1px\">{line}</p>");
    }
    if !card.list.is_empty() {
        out += &format!("<p><strong>{}</strong></p><ul>", card.list_title);
        for item in &card.list {
            out += &format!("<li>{}</li>", escaped(item));
        }
        out += "</ul>";
    }
    for (name, address) in &card.links {
        out += &format!("<p><a href=\"{}\">{name}</a></p>", escaped(address));
    }
    out + &format!("<p style=\"color:#57606a;font-size:12px\">{}</p></div>", escaped(&card.notes.join(" · ")))
}
