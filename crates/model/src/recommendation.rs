//! A recommendation: what could be saved, how sure that is, and what became of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{AccountRegion, Amount, Currency, Day, ResourceType, Risk};

/// How much work it is. The words are Cost Optimization Hub's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effort {
    /// A setting.
    VeryLow,
    /// One call that interrupts nothing.
    Low,
    /// Something restarts.
    Medium,
    /// It needs a test.
    High,
    /// It needs other code.
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

/// Whose advice it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdviceSource {
    /// Our own.
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

/// What its saving was reckoned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SavingBasis {
    /// What the customer really pays for it, after discounts and commitments.
    Effective,
    /// List prices of the price book.
    List,
    /// What another source says.
    Source,
    /// Nothing: it is not known.
    Unknown,
}

/// What is saved in a month of 730 hours. Both ends are missing together: what is not known is not zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saving {
    /// The least and the most, where it is known.
    pub between: Option<(Amount, Amount)>,
    /// The currency of both.
    pub currency: Currency,
    /// What it was reckoned from.
    pub basis: SavingBasis,
    /// What people must know of it: commitments that go on being paid, prices that are bounds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Saving {
    /// What is not known.
    pub fn unknown(currency: Currency, why: &str) -> Self {
        Self { between: None, currency, basis: SavingBasis::Unknown, notes: vec![why.to_owned()] }
    }

    /// The middle of what it may be.
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

/// One thing that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What: `CPU, 99th percentile of hourly maxima`.
    pub what: String,
    /// How much: `3.1 %`.
    pub value: String,
}

/// What it is about. Advice about purchases has no resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdviceSubject {
    /// What kind of thing, where it is one.
    pub resource_type: Option<ResourceType>,
    /// Its id, or the name of what is bought.
    pub id: String,
    /// Where it is.
    #[serde(flatten)]
    pub place: AccountRegion,
    /// Its name, for people.
    pub name: String,
}

/// The change that a plan would make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestedChange {
    /// The kind of change: `delete_volume`.
    pub kind: String,
    /// What it needs: `{"instance_type": "m7i.large"}`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub with: Map<String, Value>,
}

/// Where a recommendation is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AdviceState {
    /// It waits.
    Open,
    /// Somebody said no, and why.
    Dismissed,
    /// A plan has it.
    Planned,
    /// A plan was executed.
    Done,
    /// What it was about is no longer so.
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
        Self::ALL.into_iter().find(|t| t.as_str() == s).ok_or_else(|| format!("`{s}` is no state of advice"))
    }
}

/// What could be done to pay less. Fields named as in Cost Optimization Hub mean the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// The same for the same thing about the same resource: `a-3f9a2c10`.
    pub id: String,
    /// The kind of advice: `idle_instance`.
    pub kind: String,
    /// Cost Optimization Hub's `actionType`: `Rightsize`, `Stop`, `Delete`…
    pub action_type: String,
    /// What it is about.
    pub subject: AdviceSubject,
    /// What to do, in a line.
    pub what: String,
    /// What was seen.
    pub evidence: Vec<Evidence>,
    /// What is saved a month.
    pub saving: Saving,
    /// What the resource costs a month now, where it is known.
    pub cost_per_month: Option<Amount>,
    /// How likely it is right, in percent.
    pub confidence_percent: u32,
    /// How much work it is.
    pub implementation_effort: Effort,
    /// Whether something restarts.
    pub restart_needed: bool,
    /// Whether it can be undone.
    pub rollback_possible: bool,
    /// How much can go wrong.
    pub risk: Risk,
    /// Whose advice it is.
    pub source: AdviceSource,
    /// Others who say the same, with what they say is saved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<(AdviceSource, Saving)>,
    /// What it gives way to: advice that makes it pointless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
    /// The change that does it, where Tollgate has one.
    pub suggested_change: Option<SuggestedChange>,
    /// Saving × confidence ÷ (effort × risk), in hundredths of the currency; 0 where no saving is known.
    pub score: i64,
}

/// Something that happened to a recommendation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdviceEvent {
    /// When, as an RFC 3339 instant.
    pub at: String,
    /// Who.
    pub who: String,
    /// What.
    pub what: String,
}

/// A recommendation and its life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdviceRecord {
    /// What it says, as of the last time that it was found.
    pub advice: Recommendation,
    /// Where it is in its life.
    pub state: AdviceState,
    /// The day it was found first.
    pub since: Day,
    /// The day it was found last.
    pub last: Day,
    /// The plan that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Whether somebody said that it was wrong.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub was_wrong: bool,
    /// What happened, oldest first.
    pub events: Vec<AdviceEvent>,
}

/// From where on something is worth advice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Thresholds {
    /// Days that metrics are looked back at.
    pub idle_days: u32,
    /// Processor use below which a machine idles, in percent.
    pub idle_cpu_percent: u32,
    /// Room that rightsizing leaves, in percent of what a smaller size has.
    pub headroom_percent: u32,
    /// Days from which on a snapshot is old.
    pub snapshot_days: u32,
    /// Days from which on an image is old.
    pub image_days: u32,
    /// Days that logs are kept where nobody says how long.
    pub log_days: u32,
    /// The least saving a month that is worth a word.
    pub min_saving: Amount,
    /// Kinds of advice that nobody wants.
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

/// What came of the changes of a kind in an account, a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealizedSaving {
    /// The plan.
    pub plan: String,
    /// The step, from 0.
    pub step: usize,
    /// The advice.
    pub advice: Option<String>,
    /// The kind of advice, or of change where there was none.
    pub kind: String,
    /// The resource.
    pub resource: String,
    /// Where.
    #[serde(flatten)]
    pub place: AccountRegion,
    /// The first whole day after it.
    pub since: Day,
    /// Days that were measured.
    pub days: u32,
    /// The currency of every amount.
    pub currency: Currency,
    /// What was promised a month: least and most.
    pub promised: Option<(Amount, Amount)>,
    /// What it really is a month, with the ends of the 90 % interval of what it would have cost: low, mean, high. `None`
    /// where charges don't tell.
    pub realized: Option<(Amount, Amount, Amount)>,
    /// Whether it was undone.
    pub reverted: bool,
    /// Why nothing is measured, where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
}
