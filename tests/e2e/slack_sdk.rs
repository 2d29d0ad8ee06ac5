//! Slack's own Python SDK as the judge: it signs and verifies requests, and reads our blocks with its models.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::servers::tool;

/// The signing secret of all tests.
pub(crate) const SIGNING_SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
/// The workspace of all tests.
pub(crate) const TEAM: &str = "T0123456789";

/// A Python that has slack_sdk.
pub(crate) struct SlackSdk(PathBuf);

impl SlackSdk {
    pub(crate) fn find() -> Self {
        Self(tool("TOLLGATE_SLACK_SDK"))
    }

    fn run(&self, script: &str, input: &Value) -> Value {
        let mut process =
            Command::new(&self.0).args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        process.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
        let out = process.wait_with_output().unwrap();
        assert!(out.status.success(), "{input}");
        serde_json::from_slice(&out.stdout).unwrap()
    }

    /// The headers of a request that is signed with a secret at a second.
    pub(crate) fn sign(&self, secret: &str, second: i64, body: &str) -> Signed {
        let script = "
import json, sys
from slack_sdk.signature import SignatureVerifier
i = json.load(sys.stdin)
print(json.dumps(SignatureVerifier(i['secret']).generate_signature(timestamp=i['at'], body=i['body'])))";
        let at = second.to_string();
        let signature = self.run(script, &json!({ "secret": secret, "at": at, "body": body }));
        Signed { timestamp: at, signature: signature.as_str().unwrap().to_owned(), body: body.to_owned() }
    }

    /// What slack_sdk's models say of blocks: each read, validated and written again. Returns what is wrong.
    pub(crate) fn validate(&self, blocks: &Value) -> Vec<String> {
        let script = "
import json, sys
from slack_sdk.models.blocks import Block
wrong = []
for raw in json.load(sys.stdin):
    block = Block.parse(raw)
    if block is None:
        wrong.append('not known: ' + json.dumps(raw)); continue
    try:
        block.validate_json()
        back = block.to_dict()
        for key in raw:
            if key not in back: wrong.append(f'{raw[\"type\"]} lost {key}')
    except Exception as error:
        wrong.append(f'{raw[\"type\"]}: {error}')
print(json.dumps(wrong))";
        let wrong = self.run(script, blocks);
        wrong.as_array().unwrap().iter().map(|w| w.as_str().unwrap().to_owned()).collect()
    }
}

/// A request as Slack sends it.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) timestamp: String,
    pub(crate) signature: String,
    pub(crate) body: String,
}

impl Signed {
    /// As a function URL hands it over.
    pub(crate) fn event(&self) -> Value {
        json!({
            "version": "2.0", "routeKey": "$default", "rawPath": "/", "rawQueryString": "",
            "headers": {
                "content-type": "application/x-www-form-urlencoded",
                "x-slack-request-timestamp": self.timestamp, "x-slack-signature": self.signature,
            },
            "requestContext": { "http": { "method": "POST", "path": "/" }, "requestId": "1" },
            "body": self.body, "isBase64Encoded": false,
        })
    }

    /// Sends it to an address, and returns status and body.
    pub(crate) async fn post(&self, url: &str) -> (u16, String) {
        let request = reqwest::Client::new()
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-slack-request-timestamp", &self.timestamp)
            .header("x-slack-signature", &self.signature)
            .body(self.body.clone());
        let answer = request.timeout(std::time::Duration::from_secs(20)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

/// The body of a pressed button, as Slack's documentation has it.
pub(crate) fn press(team: &str, user: &str, button: &str, value: &str, reply_to: &str) -> String {
    let payload = json!({
        "type": "block_actions", "api_app_id": "A1", "token": "deprecated", "trigger_id": "a-trigger",
        "team": { "id": team, "domain": "acme" }, "user": { "id": user, "username": "jane", "team_id": team },
        "container": { "type": "message", "message_ts": "1795219200.000001", "channel_id": "C0123456789" },
        "channel": { "id": "C0123456789", "name": "finops" }, "response_url": reply_to,
        "actions": [{
            "action_id": format!("tollgate.{button}"), "block_id": "b1", "type": "button", "value": value,
            "text": { "type": "plain_text", "text": "x" }, "action_ts": "1795219200.1",
        }],
    });
    serde_urlencoded::to_string([("payload", payload.to_string())]).unwrap()
}

/// The body of a form that was sent, with the private metadata of the form that was opened.
pub(crate) fn submit(team: &str, user: &str, view: &Value, fields: &[(&str, Value)]) -> String {
    let values: serde_json::Map<String, Value> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), json!({ *name: value }))).collect();
    let payload = json!({
        "type": "view_submission", "team": { "id": team }, "user": { "id": user }, "trigger_id": "t",
        "view": {
            "id": "V1", "type": "modal", "callback_id": view["callback_id"],
            "private_metadata": view["private_metadata"], "state": { "values": values },
        },
    });
    serde_urlencoded::to_string([("payload", payload.to_string())]).unwrap()
}

/// The body of a slash command.
pub(crate) fn command(team: &str, user: &str, text: &str, reply_to: &str) -> String {
    let fields = [
        ("token", "deprecated"),
        ("team_id", team),
        ("channel_id", "C0123456789"),
        ("user_id", user),
        ("user_name", "jane"),
        ("command", "/tollgate"),
        ("text", text),
        ("response_url", reply_to),
        ("trigger_id", "a-trigger"),
        ("api_app_id", "A1"),
    ];
    serde_urlencoded::to_string(fields).unwrap()
}
