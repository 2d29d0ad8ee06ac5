//! Channels beside Slack, against servers that keep to the documentation: SES and SNS as moto has them, PagerDuty, Jira, Teams and
//! a webhook of one's own.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;
use tollgate_channels::card::Card;
use tollgate_channels::samples;
use tollgate_channels::slack::{Api, blocks};
use tollgate_channels::{
    Channel, ChannelError, Email, Envelope, Jira, JiraProject, Mention, PagerDuty, Receipt, Slack, Sns, Teams, Webhook,
};
use tollgate_model::{IncidentChange, Message};

use crate::aws::shared;
use crate::fake_receivers::Receivers;
use crate::fake_slack::{Fails, FakeSlack, TOKEN};
use crate::servers::moto;
use crate::slack_sdk::SlackSdk;

fn now() -> Timestamp {
    "2026-11-21T06:00:00Z".parse().unwrap()
}

async fn send(channel: &dyn Channel, message: &Message, thread: Option<&str>) -> Result<Receipt, ChannelError> {
    let people = [Mention { name: "jane".into(), email: Some("jane@example.com".into()), slack: None }];
    let envelope = Envelope { message, people: &people, note: None, thread, maybe_sent_since: None, now: now() };
    channel.send(&envelope).await
}

#[tokio::test]
async fn pagerduty_has_one_alert_an_incident_from_trigger_to_resolve() {
    let receivers = Receivers::start().await;
    let key = "0123456789abcdef0123456789abcdef";
    let pager = PagerDuty::new(reqwest::Client::new(), key, Some(receivers.url.clone()));
    let changes =
        [IncidentChange::Opened, IncidentChange::Raised, IncidentChange::Acknowledged, IncidentChange::Resolved];
    for change in changes {
        let message = samples::incident(change);
        assert!(pager.accepts(&message));
        assert_eq!(send(&pager, &message, None).await.unwrap().id, "i-3f9a2c10");
    }
    receivers.see(|r| {
        let actions: Vec<&str> = r.events.iter().map(|e| e["event_action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["trigger", "trigger", "acknowledge", "resolve"]);
        assert!(r.events.iter().all(|e| e["dedup_key"] == "i-3f9a2c10" && e["routing_key"] == key));
        assert_eq!(r.events[0]["payload"]["severity"], "error");
    });
    assert!(!pager.accepts(&samples::heartbeat()) && !pager.accepts(&samples::digest()));
    // 429 with a wait, and an event that is wrong.
    receivers.answer(429, Some("7"));
    let later = send(&pager, &samples::incident(IncidentChange::Opened), None).await.unwrap_err();
    let ChannelError::Unavailable { retry_after, maybe_sent, .. } = &later else { panic!("{later}") };
    assert_eq!((*retry_after, *maybe_sent), (Some(Duration::from_secs(7)), false));
    let wrong = PagerDuty::new(reqwest::Client::new(), "short", Some(receivers.url.clone()));
    let refused = send(&wrong, &samples::incident(IncidentChange::Opened), None).await.unwrap_err();
    assert!(!refused.retryable() && refused.to_string().contains("'routing_key' is invalid"), "{refused}");
    assert!(!refused.to_string().contains("short"));
}

#[tokio::test]
async fn jira_has_one_issue_an_incident_found_by_its_label() {
    let receivers = Receivers::start().await;
    let place = JiraProject {
        site: receivers.url.clone(),
        project: "FIN".into(),
        issue_type: "Task".into(),
        user: "tollgate@example.com".into(),
        token: "a-token".into(),
    };
    let jira = Jira::new(reqwest::Client::new(), place);
    let opened = samples::incident(IncidentChange::Opened);
    let made = send(&jira, &opened, None).await.unwrap();
    assert_eq!(made.thread.as_deref(), Some("FIN-1"));
    // The receipt was lost: the label finds the issue, and no second one is made.
    let again = send(&jira, &opened, None).await.unwrap();
    assert_eq!(again.id, "FIN-1");
    send(&jira, &samples::incident(IncidentChange::Raised), Some("FIN-1")).await.unwrap();
    // An attempt of which nobody knows whether it arrived: it did.
    let raised = samples::incident(IncidentChange::Raised);
    let repeated = Envelope {
        message: &raised,
        people: &[],
        note: None,
        thread: Some("FIN-1"),
        maybe_sent_since: Some(now()),
        now: now(),
    };
    jira.send(&repeated).await.unwrap();
    send(&jira, &samples::incident(IncidentChange::Resolved), Some("FIN-1")).await.unwrap();
    receivers.see(|r| {
        assert_eq!(r.issues.len(), 1, "{:#?}", r.issues);
        let issue = &r.issues[0];
        assert_eq!(issue["fields"]["labels"], json!(["tollgate", "tollgate-i-3f9a2c10"]));
        assert_eq!((issue["comments"].as_array().unwrap().len(), &issue["done"]), (3, &json!(true)));
    });
    receivers.answer(503, None);
    let later = send(&jira, &opened, None).await.unwrap_err();
    assert!(later.retryable() && !later.to_string().contains("a-token"), "{later}");
}

#[tokio::test]
async fn a_webhook_is_signed_and_names_the_message() {
    let receivers = Receivers::start().await;
    let url = format!("{}/hook", receivers.url);
    let hook = Webhook::new(reqwest::Client::new(), url, "a-shared-secret");
    send(&hook, &samples::incident(IncidentChange::Opened), None).await.unwrap();
    receivers.see(|r| {
        let (headers, body) = &r.hooks[0];
        let text = |name: &str| headers[name].to_str().unwrap();
        assert_eq!(text("tollgate-id"), "i-3f9a2c10#opened");
        let (time, signature) = text("tollgate-signature").split_once(",v1=").unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(b"a-shared-secret").unwrap();
        mac.update(format!("{}.{body}", time.strip_prefix("t=").unwrap()).as_bytes());
        let expected: String = tollgate_model::hash::hex(&mac.finalize().into_bytes());
        assert_eq!(signature, expected);
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["message"]["content"]["incident"]["id"], "i-3f9a2c10");
    });
}

#[tokio::test]
async fn a_teams_card_fits_whatever_its_length() {
    let receivers = Receivers::start().await;
    let teams = Teams::new(reqwest::Client::new(), format!("{}/teams", receivers.url));
    for message in samples::all().into_iter().chain([samples::enormous()]) {
        if teams.accepts(&message) {
            send(&teams, &message, None).await.unwrap();
        }
    }
    receivers.see(|r| {
        let card = &r.cards[0]["attachments"][0];
        assert_eq!(card["contentType"], "application/vnd.microsoft.card.adaptive");
        assert!(r.cards.len() > 8);
    });
    // A refusal does not contain the address, which is a secret.
    receivers.answer(410, None);
    let gone = send(&teams, &samples::heartbeat(), None).await.unwrap_err();
    assert!(!gone.retryable());
    let nowhere = Teams::new(reqwest::Client::new(), "http://127.0.0.1:1/a-secret-path");
    let error = send(&nowhere, &samples::heartbeat(), None).await.unwrap_err();
    assert!(error.retryable() && !error.to_string().contains("a-secret-path"), "{error}");
}

#[tokio::test]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn mail_goes_by_ses_and_names_go_with_it() {
    let moto = moto();
    let config = shared(&moto.url);
    let ses = aws_sdk_sesv2::Client::new(&config);
    ses.create_email_identity().email_identity("tollgate@example.com").send().await.unwrap();
    let mail = Email::new(&config, "tollgate@example.com", vec!["finops@example.com".into()]);
    let receipt = send(&mail, &samples::incident(IncidentChange::Opened), None).await.unwrap();
    assert!(!receipt.id.is_empty());
    let sent = reqwest::get(format!("{}/moto-api/data.json", moto.url)).await.unwrap().text().await.unwrap();
    assert!(sent.contains("finops@example.com") && sent.contains("jane@example.com"), "the mail is not there");
    let stranger = Email::new(&config, "nobody@elsewhere.example", vec!["finops@example.com".into()]);
    let refused = send(&stranger, &samples::incident(IncidentChange::Opened), None).await.unwrap_err();
    assert!(!refused.retryable(), "{refused}");
}

#[tokio::test]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn a_topic_is_read_by_people_or_by_amazon_q() {
    let moto = moto();
    let config = shared(&moto.url);
    let (sns, sqs) = (aws_sdk_sns::Client::new(&config), aws_sdk_sqs::Client::new(&config));
    let topic = sns.create_topic().name("alerts").send().await.unwrap().topic_arn.unwrap();
    let queue = sqs.create_queue().queue_name("alerts").send().await.unwrap().queue_url.unwrap();
    let arn = "arn:aws:sqs:us-east-1:123456789012:alerts";
    sns.subscribe().topic_arn(&topic).protocol("sqs").endpoint(arn).send().await.unwrap();
    for amazon_q in [false, true] {
        let channel = Sns::new(&config, &topic, amazon_q);
        send(&channel, &samples::incident(IncidentChange::Opened), None).await.unwrap();
        let got = sqs.receive_message().queue_url(&queue).max_number_of_messages(1).send().await.unwrap();
        let message = got.messages.unwrap().remove(0);
        let body: Value = serde_json::from_str(message.body().unwrap()).unwrap();
        sqs.delete_message().queue_url(&queue).receipt_handle(message.receipt_handle.unwrap()).send().await.unwrap();
        assert_eq!(body["MessageAttributes"]["severity"]["Value"], "high");
        let text = body["Message"].as_str().unwrap();
        if amazon_q {
            let custom: Value = serde_json::from_str(text).unwrap();
            assert_eq!((&custom["version"], &custom["source"]), (&json!("1.0"), &json!("custom")));
            assert_eq!(custom["metadata"]["threadId"], "i-3f9a2c10");
        } else {
            assert!(text.starts_with("[high] AWS / larkspur-prod"), "{text}");
        }
    }
}

fn envelope<'m>(message: &'m Message, thread: Option<&'m str>, maybe_sent: bool) -> Envelope<'m> {
    Envelope { message, people: &[], note: None, thread, maybe_sent_since: maybe_sent.then(now), now: now() }
}

#[tokio::test]
async fn slack_edits_the_card_and_posts_alerts_in_its_thread_and_graver_ones_to_the_channel() {
    let fake = FakeSlack::start().await;
    let api = Api::new(reqwest::Client::new(), TOKEN, Some(&format!("{}/api", fake.url)));
    let slack = Slack::new(api, "C0123456789", false);
    let send = async |change, thread: Option<&str>| {
        let message = samples::incident(change);
        slack.send(&envelope(&message, thread, false)).await.unwrap()
    };
    // What only changes a card has none to change yet.
    assert_eq!(send(IncidentChange::Acknowledged, None).await, Receipt::default());
    let root = send(IncidentChange::Opened, None).await.thread.unwrap();
    assert_eq!(send(IncidentChange::Grew, Some(&root)).await.thread.as_ref(), Some(&root));
    send(IncidentChange::Raised, Some(&root)).await;
    send(IncidentChange::Resolved, Some(&root)).await;
    fake.see(|w| {
        assert_eq!((w.cards().len(), w.edits), (1, 3));
        let aloud: Vec<&Value> = w.replies().iter().map(|r| &r["reply_broadcast"]).collect();
        assert_eq!(aloud, [&json!(true), &json!(false)]);
        assert!(w.cards()[0]["text"].as_str().unwrap().starts_with("[high] resolved: "));
        assert!(!w.cards()[0]["blocks"].to_string().contains("tollgate.acknowledge"));
        assert!(w.messages.iter().all(|m| m["metadata"]["event_type"] == "tollgate_message"));
    });
    // A deleted card: later messages of its thread are still sent.
    fake.fail("chat.update", Fails::Says("message_not_found"));
    send(IncidentChange::Reopened, Some(&root)).await;
    assert_eq!(fake.see(|w| w.replies().len()), 3);
}

#[tokio::test]
async fn a_refusal_of_slack_differs_from_a_passing_failure() {
    let fake = FakeSlack::start().await;
    let api = |token: &str| Api::new(reqwest::Client::new(), token, Some(&format!("{}/api", fake.url)));
    let message = samples::incident(IncidentChange::Opened);
    let slack = Slack::new(api(TOKEN), "C0123456789", true);
    for (error, passes) in [("channel_not_found", false), ("internal_error", true), ("ratelimited", true)] {
        fake.fail("chat.postMessage", Fails::Says(error));
        let said = slack.send(&envelope(&message, None, false)).await.unwrap_err();
        assert!(said.retryable() == passes && said.to_string().contains(error), "{said}");
        assert!(!said.to_string().contains(TOKEN));
    }
    let wrong = Slack::new(api("xoxb-wrong"), "C0123456789", false);
    let said = wrong.send(&envelope(&message, None, false)).await.unwrap_err();
    assert!(!said.retryable() && said.to_string().contains("invalid_auth") && !said.to_string().contains("xoxb"));
    // The answer is lost, and the message is there: the next attempt finds it.
    fake.fail("chat.postMessage", Fails::LosesAnswer);
    let lost = slack.send(&envelope(&message, None, false)).await.unwrap_err();
    assert!(matches!(lost, ChannelError::Unavailable { maybe_sent: true, .. }), "{lost}");
    let found = slack.send(&envelope(&message, None, true)).await.unwrap();
    assert_eq!((found.id.as_str(), fake.see(|w| w.messages.len())), ("1795219200.000001", 1));
    // An app that may not read the history sends again rather than not at all.
    fake.fail("conversations.history", Fails::Says("missing_scope"));
    slack.send(&envelope(&message, None, true)).await.unwrap();
    assert_eq!(fake.see(|w| w.messages.len()), 2);
    // A chart that cannot be uploaded is a line of text.
    fake.fail("files.getUploadURLExternal", Fails::Says("missing_scope"));
    slack.send(&envelope(&message, None, false)).await.unwrap();
    fake.see(|w| {
        let types = |n: usize| w.messages[n]["blocks"].to_string();
        assert!(types(0).contains("slack_file") && types(2).contains("`▅▅▅"), "{}", types(2));
    });
}

/// Slack's own models take every block of every message, the enormous one too.
#[test]
#[ignore = "needs slack_sdk: run `cargo xtask test`"]
fn slack_sdk_s_models_take_every_message() {
    let sdk = SlackSdk::find();
    for message in samples::all().into_iter().chain([samples::enormous()]) {
        let people = [Mention { name: "jane".into(), email: None, slack: Some("U012AB3CD".into()) }];
        for picture in [None, Some("F012AB3CD")] {
            let envelope = Envelope { people: &people, ..envelope(&message, None, false) };
            let blocks = blocks::of_card(&Card::of(&message), &envelope, picture);
            assert_eq!(sdk.validate(&blocks), Vec::<String>::new(), "{}", message.id);
        }
    }
}
