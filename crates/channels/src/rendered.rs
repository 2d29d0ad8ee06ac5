//! Every message on every channel, as people and programs receive it.

use jiff::Timestamp;
use serde_json::{Value, json};
use tollgate_model::untrusted::HOSTILE;
use tollgate_model::{Content, Digest, DigestLine, IncidentChange, Message};

use crate::card::Card;
use crate::slack::blocks;
use crate::{Envelope, Mention, email, jira, pagerduty, samples, sns, teams, text, webhook};

fn people() -> [Mention; 2] {
    [
        Mention { name: "jane".into(), email: Some("jane@example.com".into()), slack: Some("U012AB3CD".into()) },
        Mention { name: "jo".into(), email: None, slack: None },
    ]
}

fn with<T>(message: &Message, render: impl FnOnce(&Envelope<'_>, &Card) -> T) -> T {
    let people = people();
    let envelope = Envelope {
        message,
        people: &people,
        note: Some("finops failed: slack refused the message"),
        thread: None,
        maybe_sent_since: None,
        now: Timestamp::UNIX_EPOCH,
    };
    render(&envelope, &Card::of(message))
}

fn each(render: impl Fn(&Envelope<'_>, &Card) -> Value) -> Value {
    samples::all().iter().map(|m| json!({ "of": m.id, "is": with(m, &render) })).collect()
}

#[test]
fn as_text() {
    let all: Vec<String> = samples::all().iter().map(|m| format!("{}\n{}", text::title(m), text::body(m))).collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn in_slack() {
    insta::assert_json_snapshot!(each(|envelope, card| blocks::of_card(card, envelope, None)));
}

/// The texts of Slack's blocks in which Slack looks for links and mentions: those of type `mrkdwn`.
fn marked_up(blocks: &Value) -> Vec<&str> {
    match blocks {
        Value::Array(all) => all.iter().flat_map(marked_up).collect(),
        Value::Object(fields) if fields.get("type").is_some_and(|t| t == "mrkdwn") => {
            fields.get("text").and_then(Value::as_str).into_iter().collect()
        }
        Value::Object(fields) => fields.values().flat_map(marked_up).collect(),
        _ => Vec::new(),
    }
}

/// Names, tags and descriptions of others are plain text on every channel: no link, no mention, no element, no control of a terminal.
#[test]
fn text_of_others_stays_text() {
    for hostile in HOSTILE {
        let line = DigestLine { message: "i-1#opened".into(), severity: None, title: (*hostile).to_owned() };
        let content = Content::Digest(Digest { route: (*hostile).to_owned(), lines: vec![line], more: 0 });
        let message = Message { content, ..samples::digest() };
        let (slack, reply, teams, q, jira, mail, plain) = with(&message, |envelope, card| {
            let envelope = &Envelope { note: Some(hostile), ..*envelope };
            (
                blocks::of_card(card, envelope, None),
                blocks::of_reply(card, envelope),
                teams::body(envelope).to_string(),
                sns::custom_notification(envelope).to_string(),
                jira::document(card, envelope).to_string(),
                email::page(card, envelope),
                text::of_card(card),
            )
        });
        for text in [&slack, &reply].into_iter().flat_map(marked_up) {
            for mark in ["<!channel>", "<http", "<@U12345>", "<img"] {
                assert!(!text.contains(mark), "slack: {mark} of {hostile:?} in {text}");
            }
        }
        for (channel, text) in [("teams", &teams), ("amazon q", &q)] {
            for mark in ["](http", "<img", "<http", "<!channel"] {
                assert!(!text.contains(mark), "{channel}: {mark} of {hostile:?} in {text}");
            }
        }
        let slack = slack.to_string();
        for (channel, text) in
            [("jira", &jira), ("email", &mail), ("text", &plain), ("slack", &slack), ("teams", &teams)]
        {
            for link in ["://evil.example", "www.evil.example"] {
                assert!(!text.to_lowercase().contains(link), "{channel}: {text}");
            }
        }
        assert!(!mail.contains("<img") && !mail.contains("<script") && !mail.contains("\" onmouseover"), "{mail}");
        assert!(!plain.contains('\u{1b}') && !plain.contains('\u{202e}'), "{plain:?}");
    }
}

#[test]
fn in_slack_with_a_picture() {
    let opened = samples::incident(IncidentChange::Opened);
    let blocks = with(&opened, |envelope, card| blocks::of_card(card, envelope, Some("F012AB3CD")));
    let image = blocks.as_array().unwrap().iter().find(|b| b["type"] == "image").unwrap();
    insta::assert_json_snapshot!(image);
}

#[test]
fn in_teams() {
    let opened = samples::incident(IncidentChange::Opened);
    insta::assert_json_snapshot!(with(&opened, |envelope, _| teams::body(envelope)));
}

#[test]
fn in_pagerduty() {
    insta::assert_json_snapshot!(each(|envelope, _| pagerduty::event(envelope)));
}

#[test]
fn in_jira() {
    let opened = samples::incident(IncidentChange::Opened);
    insta::assert_json_snapshot!(with(&opened, |envelope, card| jira::document(card, envelope)));
}

#[test]
fn for_amazon_q() {
    let opened = samples::incident(IncidentChange::Opened);
    insta::assert_json_snapshot!(with(&opened, |envelope, _| sns::custom_notification(envelope)));
}

#[test]
fn as_mail() {
    let opened = samples::incident(IncidentChange::Opened);
    insta::assert_snapshot!(with(&opened, |envelope, card| email::page(card, envelope)));
}

#[test]
fn for_a_webhook() {
    insta::assert_json_snapshot!(with(&samples::budget(), |envelope, _| webhook::body(envelope)));
}

/// Limits hold for every message, and the text says how much is left out.
#[test]
fn nothing_is_too_large_for_slack() {
    let message = samples::enormous();
    let blocks = with(&message, |envelope, card| blocks::of_card(card, envelope, None));
    let blocks = blocks.as_array().unwrap();
    assert_eq!(blocks.len(), 50);
    let last = blocks.last().unwrap()["elements"][0]["text"].as_str().unwrap();
    assert!(last.ends_with("blocks left out"), "{last}");
    for block in blocks {
        let chars = |value: &Value| value.as_str().map_or(0, |t| t.chars().count());
        assert!(chars(&block["text"]["text"]) <= 3_000, "{block}");
        for field in block["fields"].as_array().into_iter().flatten() {
            assert!(chars(&field["text"]) <= 2_000, "{field}");
        }
        for element in block["elements"].as_array().into_iter().flatten() {
            assert!(chars(&element["value"]) <= 2_000 && chars(&element["text"]) <= 2_000);
        }
    }
    assert!(blocks.iter().any(|b| b.to_string().contains("characters left out")));
    assert!(with(&message, |envelope, _| teams::body(envelope)).to_string().len() <= 28 << 10);
}
