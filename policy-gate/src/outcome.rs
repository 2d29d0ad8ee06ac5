//! Outcomes: one function decides what every finding leads to, from what speaks for and against blocking.

use serde::Serialize;
use tollgate_model::Day;

use crate::finding::FindingId;

/// What a finding leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "is")]
pub enum Outcome {
    /// The change is blocked.
    Blocks,
    /// It is reported and does not block.
    Warns,
    /// A waiver covers it.
    Waived {
        /// The waiver's name.
        waiver: String,
        /// The last day on which the waiver holds.
        until: String,
    },
    /// A group that the policy names overrides it.
    Overridden {
        /// The group, and the person and the reason where they are known.
        by: String,
    },
    /// It existed before the change, and the change does not touch it.
    Existing {
        /// Why the change does not touch it.
        why: &'static str,
    },
    /// The baseline lists it.
    Baseline,
}

impl Outcome {
    /// Every name, as the JSON report and the tests of policies write it.
    pub const NAMES: [&str; 6] = ["blocks", "warns", "waived", "overridden", "existing", "baseline"];

    /// The name that the JSON report and the tests of policies use.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Blocks => "blocks",
            Self::Warns => "warns",
            Self::Waived { .. } => "waived",
            Self::Overridden { .. } => "overridden",
            Self::Existing { .. } => "existing",
            Self::Baseline => "baseline",
        }
    }

    /// Whether the change is blocked.
    pub fn blocks(&self) -> bool {
        *self == Self::Blocks
    }

    /// Whether the finding is reported and does not block.
    pub fn warns(&self) -> bool {
        *self == Self::Warns
    }

    /// Whether the finding still needs attention: it blocks or warns.
    pub fn is_open(&self) -> bool {
        self.blocks() || self.warns()
    }

    /// The outcome in words, for people.
    pub fn shown(&self) -> String {
        match self {
            Self::Blocks | Self::Warns => self.as_str().to_owned(),
            Self::Waived { waiver, until } => format!("waived by \"{waiver}\" until {until}"),
            Self::Overridden { by } => format!("overridden by {by}"),
            Self::Existing { why } => format!("existing: {why}"),
            Self::Baseline => "in the baseline".to_owned(),
        }
    }
}

/// What speaks for and against blocking, for one finding of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    /// It existed before the change, and the change does not touch the resource: why it does not.
    pub(crate) existing: Option<&'static str>,
    /// The baseline lists it.
    pub(crate) in_baseline: bool,
    /// The waiver that covers it, with the waiver's last day.
    pub(crate) waiver: Option<(String, Day)>,
    /// The resource is deferred: a later plan is judged.
    pub(crate) deferred: bool,
    /// The policy only advises, or what is unknown only warns.
    pub(crate) advisory: bool,
    /// The override of a soft policy, for people.
    pub(crate) overridden: Option<String>,
}

/// Decides the outcome of a finding. The first claim that holds decides; without any claim the finding blocks.
///
/// A finding about the run itself (a failed plan, a loosened policy) always blocks, and information always warns: no waiver,
/// baseline or override applies to them.
pub(crate) fn decide(id: FindingId, claims: Claims) -> Outcome {
    if let Some(outcome) = &id.meta().outcome {
        return outcome.clone();
    }
    match claims {
        Claims { existing: Some(why), .. } => Outcome::Existing { why },
        Claims { in_baseline: true, .. } => Outcome::Baseline,
        Claims { waiver: Some((waiver, until)), .. } => Outcome::Waived { waiver, until: until.to_string() },
        Claims { deferred: true, .. } | Claims { advisory: true, .. } => Outcome::Warns,
        Claims { overridden: Some(by), .. } => Outcome::Overridden { by },
        Claims { overridden: None, .. } => Outcome::Blocks,
    }
}

/// The outcome of a finding before its claims are known: a finding of a policy blocks until a claim says otherwise.
pub(crate) fn initial(id: FindingId) -> Outcome {
    id.meta().outcome.clone().unwrap_or(Outcome::Blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every combination of claims, as one line a combination: the claims, and the outcome for a finding of a policy.
    #[test]
    fn the_first_claim_decides_and_without_one_the_finding_blocks() {
        let names = ["existing", "baseline", "waiver", "deferred", "advisory", "override"];
        for bits in 0..1u32 << names.len() {
            let on = |n: usize| bits & (1 << n) != 0;
            let claims = Claims {
                existing: on(0).then_some("it only moves"),
                in_baseline: on(1),
                waiver: on(2).then(|| ("w".to_owned(), Day::EPOCH)),
                deferred: on(3),
                advisory: on(4),
                overridden: on(5).then(|| "leads".to_owned()),
            };
            let first = (0..names.len()).find(|n| on(*n)).map(|n| names[n]);
            let expected = match first {
                Some("existing") => "existing",
                Some("baseline") => "baseline",
                Some("waiver") => "waived",
                Some("deferred" | "advisory") => "warns",
                Some("override") => "overridden",
                _ => "blocks",
            };
            for id in [
                FindingId::TagMissing,
                FindingId::Rule,
                FindingId::RegoDeny,
                FindingId::CostIncrease,
                FindingId::BudgetCrossed,
                FindingId::CostUnknown,
            ] {
                assert_eq!(decide(id, claims.clone()).as_str(), expected, "{id} with {claims:?}");
            }
            // No claim changes the outcome of a failed plan or a loosened policy, and information never blocks.
            for id in [FindingId::PlanErrored, FindingId::PolicyLoosened] {
                assert_eq!(decide(id, claims.clone()), Outcome::Blocks, "{id} with {claims:?}");
            }
            for id in [
                FindingId::PriceStale,
                FindingId::ScopeUnknown,
                FindingId::WaiverExpired,
                FindingId::BaselineStale,
                FindingId::PlanIncomplete,
            ] {
                assert_eq!(decide(id, claims.clone()), Outcome::Warns, "{id} with {claims:?}");
            }
        }
    }

    #[test]
    fn the_names_of_outcomes_are_those_of_the_json_report() {
        let all = [
            Outcome::Blocks,
            Outcome::Warns,
            Outcome::Waived { waiver: "w".to_owned(), until: "2027-01-31".to_owned() },
            Outcome::Overridden { by: "leads".to_owned() },
            Outcome::Existing { why: "it only moves" },
            Outcome::Baseline,
        ];
        for (outcome, name) in all.iter().zip(Outcome::NAMES) {
            assert_eq!(serde_json::to_value(outcome).unwrap()["is"], name);
            assert_eq!(outcome.as_str(), name);
        }
    }
}
