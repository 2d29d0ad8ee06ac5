//! The sections of a statement. Every charge is in exactly one.

use std::fmt;

use serde::Serialize;
use tollgate_model::ChargeKind;
use tollgate_model::allocation::AllocatedCost;

/// A section of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementSection {
    /// Charges of the team itself.
    Direct,
    /// Charges that rules gave to the team.
    Shared,
    /// What commitments cover, their fees and their unused part.
    Commitments,
    /// Credits and refunds.
    Credits,
    /// Taxes.
    Tax,
    /// Corrections of earlier months on this month's invoice.
    Corrections,
    /// Restated charges of months that were closed before.
    Adjustments,
}

impl StatementSection {
    /// Every section, in the order of a statement.
    pub const ALL: [Self; 7] =
        [Self::Direct, Self::Shared, Self::Commitments, Self::Credits, Self::Tax, Self::Corrections, Self::Adjustments];

    /// The section of a charge. Tax, credits and commitments are shown as such also where a rule gave them.
    pub fn of(cost: &AllocatedCost) -> Self {
        match cost.kind {
            ChargeKind::Tax => Self::Tax,
            ChargeKind::Credit | ChargeKind::Refund => Self::Credits,
            ChargeKind::Correction => Self::Corrections,
            _ if cost.committed => Self::Commitments,
            _ if cost.is_shared() => Self::Shared,
            _ => Self::Direct,
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Shared => "shared by rule",
            Self::Commitments => "commitments",
            Self::Credits => "credits and refunds",
            Self::Tax => "tax",
            Self::Corrections => "corrections",
            Self::Adjustments => "adjustments of earlier months",
        }
    }

    /// The word of options and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Shared => "shared",
            Self::Commitments => "commitments",
            Self::Credits => "credits",
            Self::Tax => "tax",
            Self::Corrections => "corrections",
            Self::Adjustments => "adjustments",
        }
    }
}

impl fmt::Display for StatementSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

impl std::str::FromStr for StatementSection {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.map(Self::as_str).join(", ");
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or_else(|| format!("one of {known}"))
    }
}
