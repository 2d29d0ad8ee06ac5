//! Forms as Slack's modals.
//!
//! Limits: 24 characters of a title, 3,000 of private metadata, 255 of a callback's name. Source: Slack developer documentation,
//! "Modals" and "Block Kit reference". Read 2026-11-21.

use serde_json::{Value, json};

use super::blocks::ACTION;
use crate::card::Button;
use crate::chat::{Form, SnoozeLength};

/// What a form returns when it is submitted, beside the button's name.
pub(super) fn metadata(form: &Form) -> String {
    json!({ "value": form.value, "reply_to": form.reply_to }).to_string()
}

fn text(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text })
}

fn input(field: &str, label: &str, element: Value, optional: bool) -> Value {
    let mut element = element;
    element["action_id"] = field.into();
    json!({ "type": "input", "block_id": field, "label": text(label), "element": element, "optional": optional })
}

fn line(most: usize, several: bool) -> Value {
    json!({ "type": "plain_text_input", "multiline": several, "max_length": most })
}

fn choice(options: &[(&str, &str)]) -> Value {
    let option = |(value, label): &(&str, &str)| json!({ "text": text(label), "value": value });
    let all: Vec<Value> = options.iter().map(option).collect();
    json!({ "type": "static_select", "initial_option": all[0], "options": all })
}

/// The modal of a form.
pub(super) fn of_form(form: &Form) -> Value {
    let (title, blocks) = match form.button {
        Button::Expected => (
            "Mark as expected",
            vec![
                input(
                    "until",
                    "Through (last day)",
                    json!({ "type": "datepicker", "initial_date": form.today }),
                    false,
                ),
                input("reason", "Why", line(500, true), false),
            ],
        ),
        Button::Snooze => (
            "Snooze",
            vec![input(
                "for",
                "How long",
                choice(&SnoozeLength::ALL.map(|length| (length.value, length.label))),
                false,
            )],
        ),
        Button::Assign => ("Assign", vec![input("who", "Assignee", json!({ "type": "users_select" }), false)]),
        Button::Propose => (
            "Propose a fix",
            vec![
                input("title", "What the plan does, in a line", line(100, false), false),
                input("steps", "Steps, one a line", line(2_000, true), false),
                input("why", "Why", line(500, true), true),
                input("saving", "Saving a month", line(20, false), true),
                input(
                    "risk",
                    "Risk",
                    choice(&[
                        ("medium", "Medium: interrupts something"),
                        ("low", "Low: rolled back in minutes"),
                        ("high", "High: may lose data, or changes production"),
                    ]),
                    false,
                ),
            ],
        ),
        Button::Acknowledge | Button::Approve | Button::Decline | Button::Fix => (form.button.label(), Vec::new()),
    };
    json!({
        "type": "modal",
        "callback_id": format!("{ACTION}{}", form.button.as_str()),
        "title": text(title),
        "submit": text("Send"),
        "close": text("Cancel"),
        "private_metadata": metadata(form),
        "blocks": blocks,
    })
}
