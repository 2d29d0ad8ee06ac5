//! Requests of chats: what people press and type is checked, stored, performed and answered.
//!
//! [`receive_request`] checks a request and stores it, which takes milliseconds; [`perform_request`] performs it afterwards. Between the
//! two it is in the ledger, so that no acknowledged request is lost. The chat itself is a port: [`tollgate_channels::Chat`].

mod command;
mod perform;
mod receive;
mod who;

pub use command::{ChatCommand, HELP};
pub use perform::perform_request;
pub use receive::{ChatReply, Workspaces, receive_request};
pub use tollgate_channels::chat::ChatRequest;
