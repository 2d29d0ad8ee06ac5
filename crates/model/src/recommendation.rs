//! A recommendation: a possible saving, its confidence, and what became of it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{AccountRegion, Amount, Currency, Day, ResourceType, Risk};

/// The implementation effort, by the terms of Cost Optimization Hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effort {
    /// A setting.
    VeryLow,
    /// One call without an interruption.
    Low,
    /// A restart.
    Medium,
    /// A change that needs a test.
    High,
    /// A change of code.
    VeryHigh,
}

impl Effort {
    /// For people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VeryLow => "very low",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::VeryHigh => "very high",
        }
    }
}

/// The source of a recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdviceSource {
    /// Tollgate itself.
    Tollgate,
    /// AWS Compute Optimizer.
    ComputeOptimizer,
    /// AWS Cost Optimization Hub.
    CostOptimizationHub,
}

impl AdviceSource {
    /// For people, and in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tollgate => "tollgate",
            Self::ComputeOptimizer => "compute-optimizer",
            Self::CostOptimizationHub => "cost-optimization-hub",
        }
    }
}

/// The basis of a saving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SavingBasis {
    /// Effective cost: what the customer pays after discounts and commitments.
    Effective,
    /// List prices of the price book.
    List,
    /// The estimate of another source.
    Source,
    /// Unknown.
    Unknown,
}

/// The saving in a month of 730 hours. An unknown saving has no range: unknown is not zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saving {
    /// The lowest and the highest saving, where known.
    pub between: Option<(Amount, Amount)>,
    /// The currency of both.
    pub currency: Currency,
    /// Its basis.
    pub basis: SavingBasis,
    /// The monthly part that a commitment pays for. It is saved only if the commitment then covers other usage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covered: Option<Amount>,
    /// Notes for people: commitments that still have to be paid, prices that are bounds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Saving {
    /// An unknown saving, with the reason.
    pub fn unknown(currency: Currency, why: &str) -> Self {
        Self { between: None, currency, basis: SavingBasis::Unknown, covered: None, notes: vec![why.to_owned()] }
    }

    /// The middle of the range.
    pub fn likely(&self) -> Option<Amount> {
        let (low, high) = self.between?;
        low.saturating_add(high).ratio(1, 2)
    }
}

impl fmt::Display for Saving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::money::grouped;
        let places = self.currency.minor_places();
        let text = match self.between {
            None => "unknown".to_owned(),
            Some((low, high)) if low.round(2) == high.round(2) => {
                format!("{} {}", grouped(high, places), self.currency)
            }
            Some((low, high)) => format!("{} to {} {}", grouped(low, places), grouped(high, places), self.currency),
        };
        f.pad(&text)
    }
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The measure: `CPU, 99th percentile of hourly maxima`.
    pub what: String,
    /// Its value: `3.1 %`.
    pub value: String,
}

/// The subject of a recommendation. A purchase has no resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdviceSubject {
    /// The type of the resource, where it is one.
    pub resource_type: Option<ResourceType>,
    /// The id of the resource, or the name of the purchase.
    pub id: String,
    /// Its account and region.
    #[serde(flatten)]
    pub place: AccountRegion,
    /// Its name, for people.
    pub name: String,
}

/// The change that a plan of the recommendation makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestedChange {
    /// The kind of change: `delete_volume`.
    pub kind: String,
    /// Its parameters: `{"instance_type": "m7i.large"}`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub with: Map<String, Value>,
}

/// The state of a recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AdviceState {
    /// It waits for a decision.
    Open,
    /// A person dismissed it with a reason.
    Dismissed,
    /// It is in a change plan.
    Planned,
    /// Its plan was executed.
    Done,
    /// Its reason no longer exists.
    Gone,
}

impl AdviceState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Open, Self::Planned, Self::Dismissed, Self::Done, Self::Gone];

    /// For people, and in keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Dismissed => "dismissed",
            Self::Planned => "planned",
            Self::Done => "done",
            Self::Gone => "gone",
        }
    }
}

impl fmt::Display for AdviceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for AdviceState {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|t| t.as_str() == s).ok_or_else(|| {
            format!("`{s}` is not a state of a recommendation: {}", Self::ALL.map(Self::as_str).join(", "))
        })
    }
}

/// A recommendation. Fields that are named as in Cost Optimization Hub have the same meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// Its short id, the same for the same kind and subject: `a-3f9a2c10`.
    pub id: String,
    /// Its kind: `idle_instance`.
    pub kind: String,
    /// Cost Optimization Hub's `actionType`: `Rightsize`, `Stop`, `Delete`…
    pub action_type: String,
    /// Its subject.
    pub subject: AdviceSubject,
    /// What to do, in one line.
    pub what: String,
    /// The evidence.
    pub evidence: Vec<Evidence>,
    /// The monthly saving.
    pub saving: Saving,
    /// The current monthly cost of the resource, where known.
    pub cost_per_month: Option<Amount>,
    /// Its confidence, in percent.
    pub confidence_percent: u32,
    /// The implementation effort.
    pub implementation_effort: Effort,
    /// Whether it needs a restart.
    pub restart_needed: bool,
    /// Whether it can be rolled back.
    pub rollback_possible: bool,
    /// Its risk.
    pub risk: Risk,
    /// Its source.
    pub source: AdviceSource,
    /// Other sources with the same recommendation, with their savings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<(AdviceSource, Saving)>,
    /// The id of a recommendation that replaces it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
    /// The change that implements it, where Tollgate has one.
    pub suggested_change: Option<SuggestedChange>,
    /// Saving × confidence ÷ (effort × risk), in hundredths of the currency; 0 where no saving is known.
    pub score: i64,
}

/// One event in the life of a recommendation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdviceEvent {
    /// When.
    pub at: Timestamp,
    /// The person, or `tollgate`.
    pub who: String,
    /// What happened.
    pub what: String,
}

/// A recommendation with its state and events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdviceRecord {
    /// The recommendation as it was found last.
    pub advice: Recommendation,
    /// Its state.
    pub state: AdviceState,
    /// The day on which it was found first.
    pub since: Day,
    /// The day on which it was found last.
    pub last: Day,
    /// The id of its plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Whether a person reported it as wrong.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub was_wrong: bool,
    /// Its events, oldest first.
    pub events: Vec<AdviceEvent>,
}

/// The thresholds of recommendations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Thresholds {
    /// Days of metrics that are evaluated.
    pub idle_days: u32,
    /// Processor use below which a machine counts as idle, in percent.
    pub idle_cpu_percent: u32,
    /// Headroom that rightsizing leaves, in percent of the capacity of the smaller size.
    pub headroom_percent: u32,
    /// Days after which a snapshot counts as old.
    pub snapshot_days: u32,
    /// Days after which an image counts as old.
    pub image_days: u32,
    /// Days of retention for log groups without a retention.
    pub log_days: u32,
    /// The smallest monthly saving that is recommended.
    pub min_saving: Amount,
    /// Disabled kinds of recommendation.
    pub without: Vec<String>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            idle_days: 14,
            idle_cpu_percent: 5,
            headroom_percent: 25,
            snapshot_days: 90,
            image_days: 180,
            log_days: 90,
            min_saving: Amount::whole(1),
            without: Vec::new(),
        }
    }
}

/// The measured monthly saving of one executed step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealizedSaving {
    /// The id of the plan.
    pub plan: String,
    /// The step, from 0.
    pub step: usize,
    /// The id of the recommendation.
    pub advice: Option<String>,
    /// The kind of recommendation, or of change where there was no recommendation.
    pub kind: String,
    /// The id of the resource.
    pub resource: String,
    /// Its account and region.
    #[serde(flatten)]
    pub place: AccountRegion,
    /// The first complete day after the change.
    pub since: Day,
    /// The number of measured days.
    pub days: u32,
    /// The currency of every amount.
    pub currency: Currency,
    /// The recommended monthly saving: lowest and highest.
    pub promised: Option<(Amount, Amount)>,
    /// The measured monthly saving with its 90 % interval: low, mean, high. `None` where charges do not show it.
    pub realized: Option<(Amount, Amount, Amount)>,
    /// Whether the change was rolled back.
    pub reverted: bool,
    /// Why nothing is measured, where nothing is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
}
