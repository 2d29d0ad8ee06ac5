//! A closed month: its allocation is frozen, and bound by a hash that people approve.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AllocatedCost, AllocationPlan};
use crate::hash::sha256;
use crate::{Amount, BillingPeriod, Currency, Revision, same_person};

/// What charges of an earlier, closed month cost more or less than was allocated then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationAdjustment {
    /// The earlier month.
    pub period: BillingPeriod,
    /// The value that bears the difference.
    pub value: String,
    /// The currency of both amounts.
    pub currency: Currency,
    /// The difference of BilledCost.
    pub billed: Amount,
    /// The difference of EffectiveCost.
    pub effective: Amount,
}

/// The allocation of a month, as it is frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenAllocation {
    /// The dimension.
    pub dimension: String,
    /// The month.
    pub period: BillingPeriod,
    /// The rules.
    pub plan: AllocationPlan,
    /// The revisions whose charges were allocated.
    pub revisions: Vec<Revision>,
    /// Adjustments of earlier months that this month bears.
    pub adjustments: Vec<AllocationAdjustment>,
    /// The costs.
    pub costs: Vec<AllocatedCost>,
}

impl FrozenAllocation {
    /// The hash of everything in it.
    ///
    /// # Errors
    ///
    /// Never for what can be written as JSON.
    pub fn hash(&self) -> Result<String, serde_json::Error> {
        sha256(self)
    }
}

/// An approval of a closed month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationApproval {
    /// The person.
    pub who: String,
    /// When.
    pub at: Timestamp,
}

/// Whether a month's allocation may still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllocationState {
    /// It is computed from the charges and rules of today.
    Open,
    /// It is frozen and waits for the approval of a second person.
    Closed,
    /// It is frozen and approved. It never changes.
    Locked,
}

impl fmt::Display for AllocationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Locked => "locked",
        })
    }
}

/// A closed month with the people who closed and approved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedMonth {
    /// The dimension.
    pub dimension: String,
    /// The month.
    pub period: BillingPeriod,
    /// The hash of the frozen allocation.
    pub hash: String,
    /// The number of its costs.
    pub costs: usize,
    /// The person who closed it.
    pub closed_by: String,
    /// When.
    pub closed_at: Timestamp,
    /// The approval of a second person.
    pub approval: Option<AllocationApproval>,
}

impl ClosedMonth {
    /// Closed until a second person approves, then locked.
    pub fn state(&self) -> AllocationState {
        let second = self.approval.as_ref().is_some_and(|a| !same_person(&a.who, &self.closed_by));
        if second { AllocationState::Locked } else { AllocationState::Closed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_does_not_lock_a_month() {
        let at: Timestamp = "2026-11-03T00:00:00Z".parse().unwrap();
        let month = |by: Option<&str>| ClosedMonth {
            dimension: "team".to_owned(),
            period: "2026-10".parse().unwrap(),
            hash: String::new(),
            costs: 0,
            closed_by: "jane".to_owned(),
            closed_at: at,
            approval: by.map(|who| AllocationApproval { who: who.to_owned(), at }),
        };
        assert_eq!(month(None).state(), AllocationState::Closed);
        assert_eq!(month(Some("Jane ")).state(), AllocationState::Closed);
        assert_eq!(month(Some("dana")).state(), AllocationState::Locked);
    }
}
