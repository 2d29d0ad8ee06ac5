//! A chat's other half: what people press and type there is checked, kept, done and answered.
//!
//! [`receive`] looks at a request and keeps what it asks for, which takes milliseconds; [`perform`] does it afterwards. In between it
//! lies in the ledger, so that nothing that was acknowledged is lost.

mod command;
mod perform;
mod receive;
mod who;

pub use command::{Command, HELP};
pub use perform::perform;
pub use receive::{ChatRequest, Door, Gate, Reply, receive};
pub use who::Actor;
