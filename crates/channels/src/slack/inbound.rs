//! Requests of Slack: presses of buttons, forms and slash commands, parsed without doing anything.
//!
//! Source: Slack developer documentation, "Handling user interaction", "block_actions payloads", "view_submission payloads",
//! "Implementing slash commands". Read 2026-11-21.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::blocks::ACTION;
use crate::card::Button;
use crate::chat::{InboundAction, SnoozeLength, UserRequest};

/// The largest request in bytes. A press carries its whole message: 50 blocks of 3,000 characters, escaped.
pub const LARGEST: usize = tollgate_model::limits::SERVE_BODY.size();
/// Characters of each text that a member filled in or typed.
const FILLED_IN: usize = 3_000;

/// Why a body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InboundError(String);

/// What a request's body holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A member requests something.
    Request(UserRequest),
    /// A form was filled in wrongly: the error of each field.
    InvalidForm(BTreeMap<&'static str, &'static str>),
    /// Slack checks that the address answers, or reports what needs no action.
    Nothing,
}

/// Reads a form-encoded body, whose signature was checked. `today` is the first day that a form may name, as `2026-11-21`.
///
/// # Errors
///
/// When it is no request of Slack.
pub fn read(body: &[u8], today: &str) -> Result<Payload, InboundError> {
    let wrong = |what: &str| InboundError(what.to_owned());
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(body).map_err(|e| InboundError(e.to_string()))?;
    let fields: BTreeMap<String, String> = pairs.into_iter().collect();
    let Some(payload) = fields.get("payload") else { return command(&fields) };
    let payload: Value = serde_json::from_str(payload).map_err(|e| InboundError(e.to_string()))?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let (Some(team), Some(user)) = (text(&payload["team"]["id"]), text(&payload["user"]["id"])) else {
        return Err(wrong("it names no team or no user"));
    };
    // In a channel that two companies share, a user of the other company is not a member of this workspace.
    let workspace = text(&payload["user"]["team_id"]).unwrap_or(team);
    match payload["type"].as_str() {
        Some("block_actions") => {
            let action = &payload["actions"][0];
            let Some(name) = action["action_id"].as_str().and_then(|id| id.strip_prefix(ACTION)) else {
                // Slack reports clicks on links and fields of forms as well.
                return Ok(Payload::Nothing);
            };
            let Some(value) = text(&action["value"]) else { return Err(wrong("the button has no value")) };
            let action = match Button::parse(name) {
                Some(button) => InboundAction::Press { button, value, trigger: text(&payload["trigger_id"]) },
                None => InboundAction::UnknownButton { name: shortened(name) },
            };
            Ok(Payload::Request(UserRequest { workspace, user, reply_to: text(&payload["response_url"]), action }))
        }
        Some("view_submission") => {
            let view = &payload["view"];
            let Some(name) = view["callback_id"].as_str().and_then(|id| id.strip_prefix(ACTION)) else {
                return Err(wrong("the form is not one of Tollgate's"));
            };
            let kept: Value =
                view["private_metadata"].as_str().and_then(|m| serde_json::from_str(m).ok()).unwrap_or_default();
            let Some(value) = text(&kept["value"]) else { return Err(wrong("the form has no value")) };
            let action = match Button::parse(name) {
                Some(button) => {
                    let fields = filled_in(&view["state"]["values"]);
                    let errors = check_form(button, &fields, today);
                    if !errors.is_empty() {
                        return Ok(Payload::InvalidForm(errors));
                    }
                    InboundAction::Form { button, value, fields }
                }
                None => InboundAction::UnknownButton { name: shortened(name) },
            };
            Ok(Payload::Request(UserRequest { workspace, user, reply_to: text(&kept["reply_to"]), action }))
        }
        Some("view_closed" | "shortcut" | "message_action") => Ok(Payload::Nothing),
        other => Err(InboundError(format!("its type is {other:?}"))),
    }
}

fn command(fields: &BTreeMap<String, String>) -> Result<Payload, InboundError> {
    if fields.contains_key("ssl_check") {
        return Ok(Payload::Nothing);
    }
    let (Some(team), Some(user), Some(_)) = (fields.get("team_id"), fields.get("user_id"), fields.get("command"))
    else {
        return Err(InboundError("it is neither a payload nor a command".to_owned()));
    };
    let text = fields.get("text").map(|t| shortened(t)).unwrap_or_default();
    let reply_to = fields.get("response_url").cloned();
    let (workspace, user) = (team.clone(), user.clone());
    Ok(Payload::Request(UserRequest { workspace, user, reply_to, action: InboundAction::Command { text } }))
}

/// The inputs of a form. Each has one action with the name of its block.
fn filled_in(values: &Value) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (field, inputs) in values.as_object().into_iter().flatten() {
        let input = &inputs[field.as_str()];
        let chosen =
            [&input["value"], &input["selected_date"], &input["selected_option"]["value"], &input["selected_user"]];
        if let Some(text) = chosen.into_iter().find_map(Value::as_str) {
            out.insert(field.clone(), shortened(text));
        }
    }
    out
}

/// At most as many characters as a field may have.
fn shortened(text: &str) -> String {
    text.chars().take(FILLED_IN).collect()
}

/// The errors of a form, by field. Slack shows them and keeps the form open.
fn check_form(button: Button, fields: &BTreeMap<String, String>, today: &str) -> BTreeMap<&'static str, &'static str> {
    let mut out = BTreeMap::new();
    let get = |name: &str| fields.get(name).map(|t| t.trim()).unwrap_or_default();
    match button {
        Button::Expected => {
            if get("until") < today {
                out.insert("until", "This day has passed.");
            }
            if get("reason").is_empty() {
                out.insert("reason", "Give a reason for later readers.");
            }
        }
        Button::Propose => {
            if get("title").is_empty() {
                out.insert("title", "Describe the change in a line.");
            }
            if get("steps").is_empty() {
                out.insert("steps", "Write at least one step.");
            }
            let saving = get("saving").replace([',', '_'], "");
            if !saving.is_empty() && saving.parse::<tollgate_model::Amount>().is_err() {
                out.insert("saving", "Write a plain number, such as 1200.");
            }
        }
        Button::Snooze => {
            if SnoozeLength::find(get("for")).is_none() {
                out.insert("for", "Choose one of the lengths.");
            }
        }
        Button::Acknowledge | Button::Assign | Button::Approve | Button::Decline | Button::Fix => {}
    }
    out
}

/// The body that shows the errors of a form's fields.
pub fn form_errors(errors: &BTreeMap<&'static str, &'static str>) -> Value {
    json!({ "response_action": "errors", "errors": errors })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TODAY: &str = "2026-11-21";

    fn form(payload: &Value) -> Vec<u8> {
        serde_urlencoded::to_string([("payload", payload.to_string())]).unwrap().into_bytes()
    }

    #[test]
    fn a_press_has_an_id_and_nothing_executable() {
        let payload = json!({
            "type": "block_actions", "team": { "id": "T1" }, "user": { "id": "U1" }, "trigger_id": "1.2.3",
            "response_url": "https://hooks.slack.com/actions/1", "actions": [{ "action_id": "tollgate.approve", "value": "p-1.abc" }],
        });
        let Payload::Request(inbound) = read(&form(&payload), TODAY).unwrap() else { panic!() };
        let action =
            InboundAction::Press { button: Button::Approve, value: "p-1.abc".into(), trigger: Some("1.2.3".into()) };
        assert_eq!((inbound.workspace.as_str(), inbound.user.as_str(), inbound.action), ("T1", "U1", action));
    }

    #[test]
    fn a_form_that_is_filled_in_wrongly_stays_open() {
        let payload = |until: &str, reason: &str| {
            json!({
                "type": "view_submission", "team": { "id": "T1" }, "user": { "id": "U1" },
                "view": {
                    "callback_id": "tollgate.expected", "private_metadata": "{\"value\":\"i-1\",\"reply_to\":null}",
                    "state": { "values": {
                        "until": { "until": { "type": "datepicker", "selected_date": until } },
                        "reason": { "reason": { "type": "plain_text_input", "value": reason } },
                    } },
                },
            })
        };
        let wrong = read(&form(&payload("2026-11-20", " ")), TODAY).unwrap();
        let Payload::InvalidForm(faults) = wrong else { panic!("{wrong:?}") };
        assert_eq!(faults.len(), 2);
        assert_eq!(form_errors(&faults)["errors"]["until"], "This day has passed.");
        let Payload::Request(inbound) = read(&form(&payload("2026-12-01", "a load test")), TODAY).unwrap() else {
            panic!()
        };
        let InboundAction::Form { button, value, fields } = inbound.action else { panic!() };
        assert_eq!((button, value.as_str(), fields["reason"].as_str()), (Button::Expected, "i-1", "a load test"));
    }

    #[test]
    fn a_command_is_its_text() {
        let body =
            "team_id=T1&user_id=U1&command=%2Ftollgate&text=why+i-1&response_url=https%3A%2F%2Fhooks.slack.com%2Fx";
        let Payload::Request(inbound) = read(body.as_bytes(), TODAY).unwrap() else { panic!() };
        assert_eq!(inbound.action, InboundAction::Command { text: "why i-1".into() });
        assert_eq!(read(b"ssl_check=1&token=x", TODAY).unwrap(), Payload::Nothing);
        assert!(read(b"", TODAY).is_err());
        assert!(read(b"payload=%7B", TODAY).is_err());
    }

    proptest! {
        #[test]
        fn no_request_makes_the_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&body, TODAY);
        }

        #[test]
        fn no_payload_makes_the_reader_panic(text in "(\"type\"|\"block_actions\"|\"view_submission\"|\"team\"|\"user\"|\"id\"|\"view\"|:|,|\\{|\\}|\\[|\\]|1|null){0,40}") {
            let _ = read(&serde_urlencoded::to_string([("payload", text)]).unwrap().into_bytes(), TODAY);
        }
    }
}
