//! Daily series: the cost of one key, a day at a time.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Amount, ChargeKind, Currency, Day, DayRange};

/// The cost that a figure counts. The two are never added together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// BilledCost: what the invoice asks for.
    Billed,
    /// EffectiveCost: the amortized cost.
    #[default]
    Effective,
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Billed => "billed",
            Self::Effective => "effective",
        })
    }
}

/// A facet of a charge. Series are kept by facet, and incidents are narrowed to facets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    /// The cloud.
    Provider,
    /// The billing account.
    BillingAccount,
    /// Account, subscription or project.
    SubAccount,
    /// The service.
    Service,
    /// The region.
    Region,
}

impl Facet {
    /// Every facet, widest first.
    pub const ALL: [Self; 5] = [Self::Provider, Self::BillingAccount, Self::SubAccount, Self::Service, Self::Region];

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::BillingAccount => "billing account",
            Self::SubAccount => "account",
            Self::Service => "service",
            Self::Region => "region",
        }
    }
}

/// What one daily series counts: one value of each facet, one currency, one kind of charge, and the dimensions of the
/// policy file. An unknown facet is `None`: charges of no region are a series of their own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeriesKey {
    /// `ProviderName`.
    pub provider: Option<String>,
    /// `BillingAccountId`.
    pub billing_account: Option<String>,
    /// `SubAccountId`.
    pub sub_account: Option<String>,
    /// `ServiceName`.
    pub service: Option<String>,
    /// `RegionId`.
    pub region: Option<String>,
    /// Usage, purchase, tax…
    pub kind: ChargeKind,
    /// The currency of every amount.
    pub currency: Currency,
    /// Team, environment, product: each dimension of the policy file with its value.
    pub dimensions: BTreeMap<String, String>,
}

impl SeriesKey {
    /// The value of a facet, if known.
    pub fn facet(&self, facet: Facet) -> Option<&str> {
        match facet {
            Facet::Provider => &self.provider,
            Facet::BillingAccount => &self.billing_account,
            Facet::SubAccount => &self.sub_account,
            Facet::Service => &self.service,
            Facet::Region => &self.region,
        }
        .as_deref()
    }

    /// Keeps what two keys have in common: facets and dimensions in which they differ become unknown.
    pub fn keep_common(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.provider, &other.provider),
            (&mut self.billing_account, &other.billing_account),
            (&mut self.sub_account, &other.sub_account),
            (&mut self.service, &other.service),
            (&mut self.region, &other.region),
        ] {
            if mine != theirs {
                *mine = None;
            }
        }
        self.dimensions.retain(|name, value| other.dimensions.get(name) == Some(value));
    }

    /// A short name that is the same wherever it is computed: the hash of every part.
    pub fn id(&self) -> String {
        let mut bytes = Vec::new();
        let mut part = |text: Option<&str>| {
            bytes.extend_from_slice(text.map_or(&b"\x01"[..], str::as_bytes));
            bytes.push(0);
        };
        Facet::ALL.iter().for_each(|f| part(self.facet(*f)));
        part(Some(self.kind.as_str()));
        part(Some(self.currency.as_str()));
        for (name, value) in &self.dimensions {
            part(Some(name));
            part(Some(value));
        }
        format!("{:032x}", crate::hash::bytes_hash(&bytes))
    }
}

/// Some facets fixed to one value each, the others free: `AWS, account 42, Amazon EC2`.
///
/// A scope without a fixed facet covers everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(pub BTreeMap<Facet, Option<String>>);

impl Scope {
    /// The scope of a key with the given facets fixed.
    pub fn of(key: &SeriesKey, facets: &[Facet]) -> Self {
        Self(facets.iter().map(|f| (*f, key.facet(*f).map(str::to_owned))).collect())
    }

    /// Whether everything in the other scope is in this one.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.iter().all(|(f, v)| other.0.get(f) == Some(v))
    }

    /// Whether a key is in the scope.
    pub fn contains(&self, key: &SeriesKey) -> bool {
        self.0.iter().all(|(f, v)| key.facet(*f) == v.as_deref())
    }

    /// The same scope with only the given facets fixed; `None` where one of them is not fixed.
    pub fn only(&self, facets: &[Facet]) -> Option<Self> {
        facets.iter().map(|f| Some((*f, self.0.get(f)?.clone()))).collect::<Option<_>>().map(Self)
    }

    /// The facets that both scopes fix to the same value.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        Self(self.0.iter().filter(|(f, v)| other.0.get(f) == Some(v)).map(|(f, v)| (*f, v.clone())).collect())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.pad("everything");
        }
        let parts: Vec<String> =
            self.0.iter().map(|(facet, v)| v.clone().unwrap_or_else(|| format!("no {}", facet.label()))).collect();
        f.pad(&parts.join(" / "))
    }
}

/// The daily cost of one key on one basis.
///
/// # Valid values
///
/// One entry a calendar day from `start` on, without a gap. `None` is an unknown day; a known day without cost is zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailySeries {
    /// What is counted.
    pub key: SeriesKey,
    /// The first day.
    pub start: Day,
    /// The cost of each day.
    pub amounts: Vec<Option<Amount>>,
}

impl DailySeries {
    /// The days covered.
    pub fn range(&self) -> DayRange {
        let days = i32::try_from(self.amounts.len()).unwrap_or(i32::MAX);
        DayRange { start: self.start, end: self.start.plus(days) }
    }

    /// The cost of a day, if known.
    pub fn get(&self, day: Day) -> Option<Amount> {
        usize::try_from(day - self.start).ok().and_then(|i| self.amounts.get(i)).copied().flatten()
    }
}

/// Both costs of one day of one series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCost {
    /// BilledCost.
    pub billed: Amount,
    /// EffectiveCost.
    pub effective: Amount,
}

impl DayCost {
    /// The cost on a basis.
    pub fn on(self, basis: Basis) -> Amount {
        match basis {
            Basis::Billed => self.billed,
            Basis::Effective => self.effective,
        }
    }
}

/// One series of one revision, as the ledger keeps it. Days outside of the billing period appear where a correction names
/// an earlier day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesMonth {
    /// What is counted.
    pub key: SeriesKey,
    /// The days that have charges.
    pub days: BTreeMap<Day, DayCost>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(region: Option<&str>) -> SeriesKey {
        SeriesKey {
            provider: Some("AWS".into()),
            billing_account: None,
            sub_account: Some("1".into()),
            service: Some("EC2".into()),
            region: region.map(str::to_owned),
            kind: ChargeKind::Usage,
            currency: Currency::USD,
            dimensions: BTreeMap::new(),
        }
    }

    #[test]
    fn an_unknown_facet_is_not_an_empty_one() {
        assert_ne!(key(None).id(), key(Some("")).id());
        assert_ne!(Scope::of(&key(None), &[Facet::Region]), Scope::of(&key(Some("")), &[Facet::Region]));
    }

    #[test]
    fn a_wider_scope_covers_a_narrower_one() {
        let wide = Scope::of(&key(None), &[Facet::Provider]);
        let narrow = Scope::of(&key(Some("eu")), &[Facet::Provider, Facet::Region]);
        assert!(wide.covers(&narrow) && !narrow.covers(&wide));
        assert_eq!(wide.common(&narrow), wide);
        assert_eq!(narrow.to_string(), "AWS / eu");
        assert_eq!(Scope::default().to_string(), "everything");
    }
}
