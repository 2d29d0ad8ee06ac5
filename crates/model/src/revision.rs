//! Revisions: one import of one billing period of one source.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::hash::ContentHash;
use crate::{BillingPeriod, Day, Totals};

/// The name of a feed of charges, such as `aws-123456789012`.
///
/// # Valid values
///
/// 1 to 100 lower-case letters, digits, `-`, `_` and `.`, starting with a letter or digit: it names folders and keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SourceId(String);

impl SourceId {
    /// A valid name made of any text: other characters become one `-`.
    pub fn from_text(text: &str) -> Self {
        let mut name = String::new();
        for c in text.chars().flat_map(char::to_lowercase) {
            let keep = c.is_ascii_alphanumeric() || (!name.is_empty() && matches!(c, '_' | '.'));
            match keep {
                true => name.push(c),
                false if !name.is_empty() && !name.ends_with('-') => name.push('-'),
                false => {}
            }
            if name.len() == 100 {
                break;
            }
        }
        let name = name.trim_end_matches('-');
        Self(if name.is_empty() { "unknown".to_owned() } else { name.to_owned() })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SourceId {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        if Self::from_text(s).0 == s {
            Ok(Self(s.to_owned()))
        } else {
            Err(format!("`{s}` cannot name a source: use lower-case letters, digits, `-`, `_` and `.`"))
        }
    }
}

impl<'de> Deserialize<'de> for SourceId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One import of one billing period of one source, named by the hash of its content.
///
/// Importing the same content again gives the same revision, and so is nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Revision {
    /// The feed.
    pub source: SourceId,
    /// The month that the charges are invoiced in.
    pub period: BillingPeriod,
    /// The hash of all rows.
    pub hash: ContentHash,
}

impl fmt::Display for Revision {
    /// `aws-123/2026-11/0f3a…`, the path of its folder.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.source, self.period, self.hash)
    }
}

/// What one import of one billing period counted: the proof that nothing was lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodTotals {
    /// Rows kept.
    pub rows: u64,
    /// BilledCost of the rows as the reader understood them, by currency.
    pub billed_read: Totals,
    /// EffectiveCost likewise.
    pub effective_read: Totals,
    /// BilledCost summed again from the Parquet files that were written.
    pub billed_lake: Totals,
    /// EffectiveCost likewise.
    pub effective_lake: Totals,
}

impl PeriodTotals {
    /// Whether the lake holds exactly what was read, to the last digit.
    pub fn conserved(&self) -> bool {
        self.billed_read == self.billed_lake && self.effective_read == self.effective_lake
    }
}

/// What a new revision changed in days that an earlier one had told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restatement {
    /// The days whose cost changed, oldest first.
    pub days: Vec<Day>,
    /// How many series changed on those days.
    pub series: u64,
    /// How many of them are gone: they count as zero from now on.
    pub vanished: u64,
    /// The change of EffectiveCost on those days, by currency.
    pub effective: Totals,
    /// The change of BilledCost on those days, by currency.
    pub billed: Totals,
}

impl Restatement {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_makes_a_valid_source_name() {
        for (text, name) in [
            ("AWS 1234", "aws-1234"),
            ("/providers/Micro.soft/8", "providers-micro.soft-8"),
            ("", "unknown"),
            ("../..", "unknown"),
        ] {
            let id = SourceId::from_text(text);
            assert_eq!(id.as_str(), name);
            assert_eq!(id.as_str().parse::<SourceId>().unwrap(), id);
        }
        assert!("../x".parse::<SourceId>().is_err());
    }
}
