//! Cards as Block Kit. Limits hold by construction: long texts are shortened, surplus blocks are left out, and the message counts both.
//!
//! Limits: 50 blocks a message, 150 characters of a header, 3,000 of a section, 2,000 of a field and 10 fields, 10 elements of a
//! context, 25 of actions, 75 characters on a button and 2,000 in its value. Source: Slack developer documentation, "Block Kit
//! reference". Read 2026-11-21.

use serde_json::{Value, json};
use tollgate_model::untrusted::{self, slack as escaped};

use crate::Envelope;
use crate::card::{Button, Card, Tone};
use crate::chart::sparkline;
use crate::text::shortened;

const BLOCKS: usize = 50;
const HEADER: usize = 150;
const SECTION: usize = 3_000;
const FIELD: usize = 2_000;
const FIELDS: usize = 10;
const ELEMENTS: usize = 10;
const ACTIONS: usize = 25;
const VALUE: usize = 2_000;
/// The prefix of buttons' names.
pub const ACTION: &str = "tollgate.";

/// Blocks of one message.
#[derive(Default)]
struct Blocks {
    blocks: Vec<Value>,
    left_out: usize,
}

impl Blocks {
    fn push(&mut self, block: Value) {
        // The last place is for the number of blocks left out.
        if self.blocks.len() < BLOCKS - 1 { self.blocks.push(block) } else { self.left_out += 1 }
    }

    fn section(&mut self, text: &str) {
        if !text.is_empty() {
            self.push(json!({ "type": "section", "text": markdown(text, SECTION) }));
        }
    }

    fn finish(mut self) -> Value {
        if self.left_out > 0 {
            self.blocks.push(context(&[format!("{} blocks left out", self.left_out)]));
        }
        self.blocks.into()
    }
}

/// `text` is escaped already. Slack refuses empty text.
fn markdown(text: &str, most: usize) -> Value {
    let text = if text.is_empty() { " " } else { text };
    json!({ "type": "mrkdwn", "text": shortened(text, most), "verbatim": true })
}

fn plain(text: &str, most: usize) -> Value {
    let text = if text.is_empty() { " " } else { text };
    json!({ "type": "plain_text", "text": shortened(&untrusted::terminal(text), most), "emoji": true })
}

fn context(notes: &[String]) -> Value {
    let mut elements: Vec<Value> = notes.iter().take(ELEMENTS).map(|note| markdown(note, FIELD)).collect();
    if notes.len() > ELEMENTS {
        elements.truncate(ELEMENTS - 1);
        elements.push(markdown(&format!("{} more left out", notes.len() - elements.len()), FIELD));
    }
    json!({ "type": "context", "elements": elements })
}

/// The card in the channel; `picture` is the id of an uploaded chart.
pub fn of_card(card: &Card, envelope: &Envelope<'_>, picture: Option<&str>) -> Value {
    let mut out = Blocks::default();
    let sign = match card.tone {
        Tone::Alarm => "🔴 ",
        Tone::Warning => "🟠 ",
        Tone::Good => "🟢 ",
        Tone::Neutral => "",
    };
    out.push(json!({ "type": "header", "text": plain(&format!("{sign}{}", card.title), HEADER) }));
    if let Some(note) = envelope.note {
        out.section(&format!("*{}*", escaped(note)));
    }
    out.section(&mentions(envelope));
    out.section(&escaped(&card.lead));
    for facts in card.facts.chunks(FIELDS) {
        let field = |(name, value): &(&str, String)| markdown(&format!("*{name}*\n{}", escaped(value)), FIELD);
        out.push(json!({ "type": "section", "fields": facts.iter().map(field).collect::<Vec<_>>() }));
    }
    match (&card.chart, picture) {
        (Some(chart), Some(file)) => out.push(json!({
            "type": "image",
            "slack_file": { "id": file },
            "alt_text": shortened(&format!("Daily cost since {} in {}", chart.cost_history.first, chart.currency), VALUE),
        })),
        (Some(chart), None) => {
            let line = sparkline(&chart.cost_history.amounts);
            out.section(&format!("`{line}` a day, since {}", chart.cost_history.first));
        }
        (None, _) => {}
    }
    list(&mut out, card);
    let links: Vec<String> = card.links.iter().map(|(name, address)| format!("<{address}|{name}>")).collect();
    out.section(&links.join(" · "));
    if !card.buttons.is_empty() {
        let buttons: Vec<Value> = card.buttons.iter().take(ACTIONS).map(|b| button(*b, &card.value)).collect();
        out.push(json!({ "type": "actions", "elements": buttons }));
    }
    let notes: Vec<String> = card.notes.iter().map(|note| escaped(note)).collect();
    if !notes.is_empty() {
        out.push(context(&notes));
    }
    out.finish()
}

/// The reply beneath a card that was edited.
pub(crate) fn of_reply(card: &Card, envelope: &Envelope<'_>) -> Value {
    let mut out = Blocks::default();
    out.section(&format!("*{}*", escaped(&card.title)));
    if let Some(note) = envelope.note {
        out.section(&escaped(note));
    }
    out.section(&mentions(envelope));
    let facts: Vec<String> =
        card.facts.iter().take(4).map(|(name, value)| format!("{name}: {}", escaped(value))).collect();
    if !facts.is_empty() {
        out.push(context(&[facts.join(" · ")]));
    }
    out.finish()
}

/// The people whom the message mentions. Slack notifies those with a member id.
fn mentions(envelope: &Envelope<'_>) -> String {
    let names = envelope.people.iter().map(|person| match &person.slack {
        Some(id) if id.chars().all(|c| c.is_ascii_alphanumeric()) => format!("<@{id}>"),
        _ => escaped(&person.name),
    });
    names.collect::<Vec<_>>().join(" ")
}

/// One line an item, in as many sections as needed.
fn list(out: &mut Blocks, card: &Card) {
    if card.list.is_empty() {
        return;
    }
    let mut text = if card.list_title.is_empty() { String::new() } else { format!("*{}*", card.list_title) };
    for item in &card.list {
        let line = shortened(&format!("• {}", escaped(item)), SECTION);
        if text.chars().count() + line.chars().count() + 1 > SECTION {
            out.section(&text);
            text.clear();
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text += &line;
    }
    out.section(&text);
}

fn button(button: Button, value: &str) -> Value {
    let mut out = json!({
        "type": "button",
        "action_id": format!("{ACTION}{}", button.as_str()),
        "text": plain(button.label(), 75),
        "value": value.chars().take(VALUE).collect::<String>(),
    });
    match button {
        Button::Approve => {
            out["style"] = "primary".into();
            out["confirm"] = json!({
                "title": plain("Approve this plan?", 100),
                "text": plain("Tollgate executes exactly these steps.", 300),
                "confirm": plain("Approve", 30),
                "deny": plain("Not yet", 30),
            });
        }
        Button::Decline => out["style"] = "danger".into(),
        Button::Acknowledge | Button::Fix => out["style"] = "primary".into(),
        Button::Expected | Button::Snooze | Button::Assign | Button::Propose => {}
    }
    out
}
