//! GitLab: the note of a merge request. The job's result blocks; a failure to write the note does not change the verdict.

mod client;
mod note;

pub use client::{GitLab, GitLabError};
pub use note::{NoteMarker, NoteOutcome};
