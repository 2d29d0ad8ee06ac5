//! Revisions: one import of one billing period of one source.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::hash::ContentHash;
use crate::{BillingPeriod, Day, Totals};

/// The name of a source of charges, such as `aws-123456789012`.
///
/// # Valid values
///
/// 1 to 100 lower-case letters, digits, `-`, `_` and `.`, starting with a letter or digit: it names folders and keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SourceId(String);

/// Providers by `ProviderName`, with their short names in the names of sources. No short name is the start of
/// another with a `-` behind it.
pub const PROVIDERS: &[(&str, &str)] = &[
    ("AWS", "aws"),
    ("Alibaba Cloud", "alibaba-cloud"),
    ("Google Cloud", "google-cloud"),
    ("Kubernetes", "kubernetes"),
    ("Microsoft", "microsoft"),
    ("Oracle", "oracle"),
    ("Vultr", "vultr"),
];

/// Characters of the readable part of a name with a hash.
const READABLE: usize = 60;

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

    /// The name of the source of an account: `aws-123456789012`. Distinct accounts have distinct names.
    ///
    /// A provider of [`PROVIDERS`] and an account that needs no change are named as they are. Any other pair gets a hash of
    /// its exact text, which no plain name can end with, so that neither letters that cannot be kept, nor case, nor
    /// punctuation, nor length makes one name of two accounts.
    pub fn of_account(provider: Option<&str>, account: Option<&str>) -> Self {
        if let (Some(provider), Some(account)) = (provider, account)
            && let Some((_, short)) = PROVIDERS.iter().find(|(name, _)| *name == provider)
        {
            let plain = format!("{short}-{account}");
            let unchanged = !account.is_empty() && !account.contains('_') && Self::from_text(&plain).0 == plain;
            if unchanged {
                return Self(plain);
            }
        }
        let part = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), |t| format!("{}:{t}", t.len()));
        let exact = format!("{}{}", part(provider), part(account));
        Self::hashed(&format!("{}-{}", provider.unwrap_or("unknown"), account.unwrap_or("unknown")), &exact)
    }

    /// The name of charges without a provider and an account: derived from their file, never equal to the name of an account.
    pub fn of_file(name: &str) -> Self {
        // The exact text of an account begins with a length or `-`.
        Self::hashed(&format!("file-{name}"), &format!("file {name}"))
    }

    /// A readable text with a hash of the exact one.
    fn hashed(readable: &str, exact: &str) -> Self {
        let readable = Self::from_text(readable);
        let mut name: String = readable.0.chars().filter(|c| *c != '_').take(READABLE).collect();
        name.truncate(name.trim_end_matches(['-', '.']).len());
        Self(format!("{name}_{}", &crate::hash::sha256_of(exact.as_bytes())[..32]))
    }

    /// The name that an account, or `file` and the name of a file, had before names had a hash.
    pub fn legacy_of_account(provider: Option<&str>, account: Option<&str>) -> Self {
        Self::from_text(&format!("{}-{}", provider.unwrap_or("unknown"), account.unwrap_or("unknown")))
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
/// Importing the same content again gives the same revision and changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Revision {
    /// The source.
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

/// The totals of one import of one billing period. They prove that nothing was lost.
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

/// A money column of a bill as the bill states it, and how a cost of FOCUS differs from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedCost {
    /// The column, as the file names it: `CostInBillingCurrency`.
    pub column: String,
    /// The cost that it is compared with: `billed` or `effective`.
    pub against: crate::Basis,
    /// The sum of the column, before any mapping.
    pub stated: Totals,
    /// The sum of the cost.
    pub cost: Totals,
    /// What the cost leaves out (below zero) or adds, by kind of row. The column and these add up to the cost.
    pub differences: Vec<StatedDifference>,
}

/// A difference between a money column and a cost, of one kind of row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedDifference {
    /// The kind of row: `Purchase, Reservation`.
    pub kind: String,
    /// Why the cost differs from the column; nothing where no rule of the format says so.
    pub reason: Option<String>,
    /// The rows.
    pub rows: u64,
    /// The cost minus the column.
    pub amount: Totals,
}

impl StatedCost {
    /// Whether the column is the cost itself, which only rejected rows can lack: FOCUS.
    pub fn is_plain(&self) -> bool {
        let own = matches!(
            (self.column.as_str(), self.against),
            ("BilledCost", crate::Basis::Billed) | ("EffectiveCost", crate::Basis::Effective)
        );
        own && self.differences.iter().all(|d| d.kind == "rejected rows")
    }

    /// Whether the differences add up, to the last digit, and each has a reason.
    pub fn is_explained(&self) -> bool {
        let mut sum = self.stated.clone();
        let adds_up = self.differences.iter().all(|d| sum.merge(&d.amount).is_ok());
        adds_up
            && sum.minus(&self.cost).is_empty()
            && self.cost.minus(&sum).is_empty()
            && self.differences.iter().all(|d| d.reason.is_some())
    }
}

/// A restatement: the days of an earlier revision that a new revision changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restatement {
    /// The days whose cost changed, oldest first.
    pub days: Vec<Day>,
    /// The number of series that changed on those days.
    pub series: u64,
    /// The number of them that no longer exist: they count as zero from now on.
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

    #[test]
    fn distinct_accounts_have_distinct_names() {
        let long = "a".repeat(200);
        let longer = format!("{long}b");
        let accounts = [
            (Some("AWS"), Some("123456789012")),
            (Some("aws"), Some("123456789012")),
            (Some("AWS"), Some("Acme/Prod")),
            (Some("aws"), Some("acme prod")),
            (Some("AWS"), Some("acme-prod")),
            (Some("AWS"), Some("acme_prod")),
            (Some("AWS"), Some("acme.prod")),
            (Some("AWS"), Some("acme-prod ")),
            (Some("阿里云"), Some("部门甲")),
            (Some("腾讯云"), Some("部门乙")),
            (Some("a-b"), Some("c")),
            (Some("a"), Some("b-c")),
            (Some("AWS"), None),
            (None, Some("AWS")),
            (None, None),
            (Some("unknown"), Some("unknown")),
            (Some(""), Some("")),
            (Some("AWS"), Some(long.as_str())),
            (Some("AWS"), Some(longer.as_str())),
            (Some("Google Cloud"), Some("1")),
            (Some("Google"), Some("cloud-1")),
        ];
        let names: std::collections::BTreeSet<String> =
            accounts.iter().map(|(p, a)| SourceId::of_account(*p, *a).to_string()).collect();
        assert_eq!(names.len(), accounts.len(), "{names:?}");
        for name in &names {
            assert_eq!(name.parse::<SourceId>().unwrap().as_str(), name);
        }
        assert_eq!(SourceId::of_account(Some("AWS"), Some("123456789012")).as_str(), "aws-123456789012");
        // An account cannot take the name that another's hash made.
        let hashed = SourceId::of_account(Some("AWS"), Some("Acme/Prod")).to_string();
        let forged = hashed.strip_prefix("aws-").unwrap();
        assert_ne!(SourceId::of_account(Some("AWS"), Some(forged)).as_str(), hashed);
    }

    #[test]
    fn no_provider_is_the_start_of_another() {
        for (_, one) in PROVIDERS {
            for (_, other) in PROVIDERS {
                assert!(one == other || !other.starts_with(&format!("{one}-")), "{one} {other}");
            }
        }
    }
}
