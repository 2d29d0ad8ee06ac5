//! `tollgate.hcl`: parsed, checked and evaluated, with the place of everything kept for error messages.
//!
//! Both gates read this one file. A policy that does not parse or does not make sense is refused whole: nothing passes
//! and nothing is judged by half a policy.

mod advice;
mod approval;
mod block;
mod budget;
mod budget_policy;
mod channel;
mod channel_types;
mod commitment;
mod detection;
mod diagnostic;
mod dimension;
mod document;
mod enforcement;
mod gate;
mod pattern;
mod people;
mod policy;
mod policy_test;
mod prices;
mod rates;
mod remediation;
mod review;
mod route;
mod rule;
mod selection;
mod settings;
mod tag_judgement;
mod tag_policy;
mod waiver;
mod watch;

pub use advice::Advice;
pub use approval::Approval;
pub use budget::{Budget, BudgetEscalation, Match};
pub use budget_policy::{Bound, BudgetPolicy};
pub use channel::{Channel, FieldValue};
pub use channel_types::{CHANNEL_TYPES, ChannelField, ChannelType, DefaultRoute, FieldKind};
pub use commitment::Commitment;
pub use detection::{Detection, Sensitivity, SeverityLevels};
pub use diagnostic::{Diagnostic, PolicyError};
pub use dimension::{Dimension, Evaluator};
pub use enforcement::{Enforcement, OnUnknown, Terms};
pub use gate::{Environment, Gate};
pub use pattern::{AddressPattern, NamePattern};
pub use people::{Person, Role, RoleGrant};
pub use policy::{Defaults, Policy};
pub use policy_test::{Expected, PolicyTest, TestResource};
pub use prices::Prices;
pub use remediation::Remediation;
pub use route::{Daily, Escalation, Quiet, Route, TOPIC, Throttle};
pub use rule::{Condition, FIELDS, Judged, Rule};
pub use selection::{Selected, Selection};
pub use settings::{Origin, Setting};
pub use tag_judgement::{TagFault, TagFaultKind};
pub use tag_policy::{Case, TagPolicy, TagRule, TextPattern};
pub use waiver::Waiver;
pub use watch::Watch;

/// A commented policy file to start from: what `tollgate init` writes.
pub const TEMPLATE: &str = include_str!("template.hcl");
