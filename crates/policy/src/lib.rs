//! `tollgate.hcl`: parsed, checked and evaluated, with the place of everything kept for error messages.
//!
//! Both gates read this one file. A policy that does not parse or does not make sense is refused whole: nothing passes
//! and nothing is judged by half a policy.

mod approval;
mod block;
mod budget;
mod channel;
mod commitment;
mod detection;
mod diagnostic;
mod dimension;
mod document;
mod people;
mod policy;
mod rates;
mod route;
mod watch;

pub use approval::Approval;
pub use budget::{Budget, BudgetEscalation, Match};
pub use channel::{Channel, ChannelKind};
pub use commitment::Commitment;
pub use detection::{Detection, Sensitivity, SeverityLevels};
pub use diagnostic::{Diagnostic, PolicyError};
pub use dimension::{Dimension, Evaluator};
pub use people::{Person, Role, RoleGrant};
pub use policy::{Defaults, Origin, Policy, Setting};
pub use route::{Daily, Escalation, Quiet, Route, TOPIC, Throttle};
pub use watch::Watch;

/// A commented policy file to start from: what `tollgate init` writes.
pub const TEMPLATE: &str = include_str!("template.hcl");
