//! `tollgate.hcl`: parsed, validated and evaluated, with the place of every error.
//!
//! `tollgate` and `policy-gate` read the same file. A file with an error is refused as a whole: no part of it is used.
//!
//! A setting is declared once, where `Block` reads it. Its name, value and place are listed from there.

mod access;
mod advice;
mod allocation;
mod approval;
mod block;
mod blocks;
mod budget;
mod budget_policy;
mod channel;
mod channel_types;
mod commitment;
mod detection;
mod diagnostic;
mod dimension;
mod dimension_sql;
mod document;
mod enforcement;
mod entity;
mod gate;
mod hierarchy;
mod inline_tables;
mod metric;
mod metric_feed;
mod pattern;
mod people;
mod policy;
mod policy_test;
mod prices;
mod rates;
mod read;
mod remediation;
mod review;
mod route;
mod rule;
mod rule_import;
mod scope;
mod selection;
mod settings;
mod tag_judgement;
mod tag_policy;
mod unit;
mod view;
mod waiver;
mod watch;

pub use access::{ClaimValue, IdentityProvider, ServiceAccount, Subject};
pub use advice::AdviceSettings;
pub use approval::ApprovalRequirement;
pub use budget::{Budget, BudgetEscalation};
pub use budget_policy::{BudgetPolicy, CostBound};
pub use channel::{Channel, FieldValue};
pub use channel_types::{CHANNEL_TYPES, ChannelField, ChannelType, DefaultRoute, FieldKind};
pub use commitment::CommitmentEnd;
pub use detection::{DetectionSettings, Sensitivity, SeverityLevels};
pub use diagnostic::{Diagnostic, PolicyError, nearest};
pub use dimension::{Dimension, DimensionEvaluator};
pub use enforcement::{Enforcement, EnforcementTerms, OnUnknown};
pub use gate::{Environment, GateSettings};
pub use inline_tables::inline_tables;
pub use metric::{BusinessMetric, UnitBudget};
pub use metric_feed::{FeedColumns, MetricFeed};
pub use pattern::AddressPattern;
pub use people::{Person, Role, RoleGrant};
pub use policy::{Defaults, Policy};
pub use policy_test::{ExpectedFinding, PolicyTest, TestResource};
pub use prices::PriceSettings;
pub use remediation::RemediationSettings;
pub use route::{DigestSchedule, Escalation, QuietHours, Route, TOPIC, Throttle};
pub use rule::{FIELDS, Rule, RuleCondition, RuleResult};
pub use rule_import::{ImportedRules, import_rules};
pub use scope::{On, ScopeCondition};
pub use selection::{ResourceSelection, SelectedResource};
pub use settings::{PolicySetting, SettingOrigin};
pub use tag_judgement::{TagViolation, TagViolationKind};
pub use tag_policy::{Case, TagPolicy, TagRule, TextPattern};
pub use unit::{UnitDefinition, UnitDivision};
pub use view::SavedView;
pub use waiver::Waiver;
pub use watch::WatchSettings;

/// A short policy file to start from, as written by `tollgate init`.
pub const STARTER: &str = include_str!("starter.hcl");

/// A policy file with every setting and its meaning, as written by `tollgate init --full`.
pub const TEMPLATE: &str = include_str!("template.hcl");
