//! Requests that are not Slack's, or not to be taken, are refused, each for its own reason. slack_sdk signs them all.

use std::collections::BTreeMap;

use serde_json::json;
use tollgate_channels::chat::ChatRequest;
use tollgate_channels::slack::{Api, SlackWorkspace, signature};
use tollgate_model::Clock;
use tollgate_pipeline::chat::{ChatReply, Workspaces, perform_request, receive_request};

use crate::fake_slack::{FakeSlack, TOKEN};
use crate::slack_sdk::{SIGNING_SECRET, Signed, SlackSdk, TEAM, command, press};
use crate::support::{NOW, Store};

struct Desk {
    store: Store,
    slack: FakeSlack,
    workspaces: Workspaces,
    sdk: SlackSdk,
}

impl Desk {
    async fn open() -> Self {
        let sdk = SlackSdk::find();
        let slack = FakeSlack::start().await;
        let api = Api::new(reqwest::Client::new(), TOKEN, Some(&format!("{}/api", slack.url)));
        let workspace = SlackWorkspace::new(api, TEAM, SIGNING_SECRET);
        Self { store: Store::new(), slack, workspaces: Workspaces(vec![Box::new(workspace)]), sdk }
    }

    async fn take(&self, request: &Signed) -> ChatReply {
        let headers = BTreeMap::from([
            (signature::TIMESTAMP.to_owned(), request.timestamp.clone()),
            (signature::SIGNATURE.to_owned(), request.signature.clone()),
        ]);
        let request = ChatRequest { headers: &headers, body: request.body.as_bytes() };
        receive_request(&self.store.context.state, &self.workspaces, &request).await.unwrap()
    }

    fn help(&self) -> String {
        command(TEAM, "U1", "help", &self.slack.reply_to())
    }
}

fn refused(reply: &ChatReply) -> (u16, &str) {
    assert!(reply.task.is_none() && reply.body == json!({ "error": "refused" }), "{reply:?}");
    (reply.status, reply.refused.as_deref().unwrap())
}

#[tokio::test]
#[ignore = "needs slack_sdk: run `cargo xtask test`"]
async fn what_slack_signed_is_taken_done_and_answered() {
    let desk = Desk::open().await;
    let request = desk.sdk.sign(SIGNING_SECRET, NOW, &desk.help());
    let reply = desk.take(&request).await;
    assert_eq!((reply.status, &reply.refused), (200, &None));
    let answer =
        perform_request(&desk.store.context.state, &desk.workspaces, &reply.task.unwrap()).await.unwrap().unwrap();
    assert!(answer.contains("/tollgate incidents"), "{answer}");
    assert_eq!(desk.slack.see(|w| w.answers[0]["text"].as_str().unwrap().to_owned()), answer);
    assert!(desk.store.context.state.ledger.open_requests().await.unwrap().is_empty());
}

#[tokio::test]
#[ignore = "needs slack_sdk: run `cargo xtask test`"]
async fn a_forged_request_is_refused() {
    let desk = Desk::open().await;
    let request = desk.sdk.sign("another secret", NOW, &desk.help());
    assert_eq!(refused(&desk.take(&request).await), (401, "the signature does not match the body"));
    let mut changed = desk.sdk.sign(SIGNING_SECRET, NOW, &desk.help());
    changed.body = changed.body.replace("U1", "U2");
    assert_eq!(refused(&desk.take(&changed).await).0, 401);
}

#[tokio::test]
#[ignore = "needs slack_sdk: run `cargo xtask test`"]
async fn a_stale_request_is_refused_to_the_second() {
    let desk = Desk::open().await;
    for (second, status) in [(-301, 401), (-300, 200), (300, 200), (301, 401)] {
        let body = command(TEAM, "U1", &format!("help {second}"), "");
        let request = desk.sdk.sign(SIGNING_SECRET, NOW + second, &body);
        assert_eq!(desk.take(&request).await.status, status, "{second}");
    }
}

#[tokio::test]
#[ignore = "needs slack_sdk: run `cargo xtask test`"]
async fn a_replayed_request_is_refused_inside_its_window() {
    let desk = Desk::open().await;
    let request = desk.sdk.sign(SIGNING_SECRET, NOW, &desk.help());
    assert_eq!(desk.take(&request).await.status, 200);
    assert_eq!(refused(&desk.take(&request).await), (409, "the request was received before"));
    // The same signature, spelt otherwise.
    let spelt = Signed { signature: request.signature.to_uppercase().replace("V0=", "v0="), ..request.clone() };
    assert_eq!(refused(&desk.take(&spelt).await), (401, "the request is not signed"));
    // A press that opens a form is taken once as well.
    let form = press(TEAM, "U1", "snooze", "i-1", &desk.slack.reply_to());
    let form = desk.sdk.sign(SIGNING_SECRET, NOW, &form);
    assert_eq!(desk.take(&form).await.status, 200);
    assert_eq!(refused(&desk.take(&form).await).0, 409);
    assert_eq!(desk.slack.see(|w| w.views.len()), 1);
}

#[tokio::test]
#[ignore = "needs slack_sdk: run `cargo xtask test`"]
async fn a_truncated_request_is_refused() {
    let desk = Desk::open().await;
    let whole = desk.sdk.sign(SIGNING_SECRET, NOW, &press(TEAM, "U1", "acknowledge", "i-1", ""));
    let mut cut = whole.clone();
    cut.body.truncate(whole.body.len() / 2);
    assert_eq!(refused(&desk.take(&cut).await).0, 401);
    // Half a payload that is signed as it is: it cannot be read.
    let half = desk.sdk.sign(SIGNING_SECRET, NOW, &cut.body);
    assert_eq!(refused(&desk.take(&half).await).0, 400);
    let nothing = Signed { signature: String::new(), ..whole };
    assert_eq!(refused(&desk.take(&nothing).await), (401, "the request is not signed"));
}

#[tokio::test]
#[ignore = "needs slack_sdk: run `cargo xtask test`"]
async fn a_request_of_another_team_is_refused() {
    let desk = Desk::open().await;
    let request = desk.sdk.sign(SIGNING_SECRET, NOW, &command("T9999999999", "U1", "help", ""));
    assert_eq!(
        refused(&desk.take(&request).await),
        (403, "the request names workspace T9999999999, which did not sign it")
    );
    // Somebody of another company, in a channel that is shared with it.
    let body = press(TEAM, "U1", "acknowledge", "i-1", "");
    let body = body.replace(&format!("%22team_id%22%3A%22{TEAM}%22"), "%22team_id%22%3A%22T9999999999%22");
    let guest = desk.sdk.sign(SIGNING_SECRET, NOW, &body);
    assert_eq!(refused(&desk.take(&guest).await).0, 403);
}

#[tokio::test]
#[ignore = "needs slack_sdk: run `cargo xtask test`"]
async fn an_oversized_request_is_refused_before_it_is_read() {
    let desk = Desk::open().await;
    let body = command(TEAM, "U1", &"x".repeat(1 << 20), "");
    let request = Signed { timestamp: NOW.to_string(), signature: "v0=".to_owned(), body };
    assert_eq!(refused(&desk.take(&request).await).0, 413);
}

#[tokio::test]
#[ignore = "needs slack_sdk: run `cargo xtask test`"]
async fn a_form_that_cannot_be_opened_is_reported_and_nothing_waits_longer_than_slack() {
    let desk = Desk::open().await;
    let late = std::time::Duration::from_secs(5);
    desk.slack.fail("views.open", crate::fake_slack::Fails::Late(late));
    let request = desk.sdk.sign(SIGNING_SECRET, NOW, &press(TEAM, "U1", "expected", "i-1", &desk.slack.reply_to()));
    let began = std::time::Instant::now();
    let reply = desk.take(&request).await;
    assert!(reply.status == 200 && began.elapsed() < std::time::Duration::from_millis(2900), "{:?}", began.elapsed());
    let answer =
        perform_request(&desk.store.context.state, &desk.workspaces, &reply.task.unwrap()).await.unwrap().unwrap();
    assert!(answer.contains("/tollgate expected i-1"), "{answer}");
}

/// Our verifier and slack_sdk's agree on what is signed.
#[test]
#[ignore = "needs slack_sdk: run `cargo xtask test`"]
fn our_verifier_takes_what_slack_sdk_signs() {
    let sdk = SlackSdk::find();
    let now = tollgate_ledger::conformance::TestClock::at(NOW).now();
    for body in ["", "a=b", "payload=%7B%22%C3%A9%22%3A1%7D"] {
        let signed = sdk.sign(SIGNING_SECRET, NOW, body);
        let check = |body: &str| {
            signature::verify(SIGNING_SECRET, Some(&signed.timestamp), Some(&signed.signature), body.as_bytes(), now)
        };
        assert_eq!(check(body), Ok(()));
        assert!(check(&format!("{body} ")).is_err());
    }
}
