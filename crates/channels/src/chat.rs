//! What people ask for in a chat, whichever chat it is, and what it can be asked for in turn.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::ChannelError;
use crate::card::Button;

/// What somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    /// The workspace.
    pub team: String,
    /// Who, by their member id.
    pub user: String,
    /// Where the answer goes, for a while; `None` where nobody can be answered.
    pub reply_to: Option<String>,
    /// What.
    pub asked: Asked,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Asked {
    /// A button was pressed.
    Press {
        /// Its name: [`Button::name`].
        button: String,
        /// What it carries: an opaque id, and a hash where something is approved.
        value: String,
        /// What a form can be opened with, for three seconds.
        trigger: Option<String>,
    },
    /// A form was sent.
    Form {
        /// The button that opened it.
        button: String,
        /// What the button carried.
        value: String,
        /// What was filled in, by field.
        fields: BTreeMap<String, String>,
    },
    /// A command was typed.
    Command {
        /// What stands behind `/tollgate`.
        text: String,
    },
}

/// A form, as the button that opens it asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The button.
    pub button: Button,
    /// What the button carried.
    pub value: String,
    /// Where the answer goes.
    pub reply_to: Option<String>,
    /// The day that dates begin with: `2026-11-21`.
    pub today: String,
}

impl Form {
    /// Whether a button asks for more than to be pressed.
    pub const fn asked_by(button: Button) -> bool {
        match button {
            Button::Expected | Button::Snooze | Button::Assign | Button::Propose => true,
            Button::Acknowledge | Button::Approve | Button::Decline | Button::Fix => false,
        }
    }
}

/// A port: a chat that can be asked and answered.
#[async_trait]
pub trait Chat: Send + Sync {
    /// Opens a form for whoever pressed a button; `trigger` came with the press.
    ///
    /// # Errors
    ///
    /// When the chat refuses, or three seconds have passed.
    async fn open_form(&self, trigger: &str, form: &Form) -> Result<(), ChannelError>;

    /// Answers whoever asked; nobody else sees it.
    ///
    /// # Errors
    ///
    /// When the chat refuses.
    async fn answer(&self, reply_to: &str, text: &str) -> Result<(), ChannelError>;

    /// A member's e-mail address, where the chat has verified one and may tell it.
    ///
    /// # Errors
    ///
    /// When the chat refuses.
    async fn email_of(&self, user: &str) -> Result<Option<String>, ChannelError>;

    /// Whether a member is in a user group.
    ///
    /// # Errors
    ///
    /// When the chat refuses.
    async fn is_in_group(&self, user: &str, group: &str) -> Result<bool, ChannelError>;

    /// Whether somebody is a member of the workspace itself: no guest and no bot.
    ///
    /// # Errors
    ///
    /// When the chat refuses.
    async fn is_full_member(&self, user: &str) -> Result<bool, ChannelError>;
}
