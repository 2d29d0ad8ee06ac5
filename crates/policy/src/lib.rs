//! `tollgate.hcl`: parsed, checked and evaluated, with the place of everything kept for error messages.
//!
//! Both gates read this one file. A policy that does not parse or does not make sense is refused whole: nothing passes
//! and nothing is judged by half a policy.

mod block;
mod budget;
mod commitment;
mod detection;
mod diagnostic;
mod dimension;
mod document;
mod policy;
mod watch;

pub use budget::{Budget, Match};
pub use commitment::Commitment;
pub use detection::{Detection, Sensitivity, SeverityLevels};
pub use diagnostic::{Diagnostic, PolicyError};
pub use dimension::{Dimension, Evaluator};
pub use policy::{Defaults, Origin, Policy, Setting};
pub use watch::Watch;

/// A commented policy file to start from: what `tollgate init` writes.
pub const TEMPLATE: &str = include_str!("template.hcl");
