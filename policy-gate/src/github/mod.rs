//! GitHub: the check run that blocks, the comment with the reasons, and overrides of soft policies.
//!
//! A failure to write to GitHub does not change the verdict.

mod check_run;
mod client;
mod comment;
mod event;
mod open_changes;
mod outputs;
mod overrides;
mod suggestions;

pub use check_run::{CheckRun, annotations};
pub use client::{GitHub, GitHubError};
pub use comment::{CommentOutcome, Marker};
pub use event::{Base, Event, PullRequest};
pub use open_changes::{own_change, read_open_changes};
pub use outputs::{output_file, summary};
pub use overrides::{command_line, find_overrides};
pub use suggestions::write_suggestions;
