//! Charges of some days in lines, and their cost as it would have been.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tollgate_model::{Amount, Currency, Day, Quantity};

use super::NotEstimated;

/// Charges of one service, meter and place, added up over days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeLine {
    /// `ProviderName`.
    pub provider: Option<String>,
    /// `ServiceName`.
    pub service: Option<String>,
    /// `RegionId`.
    pub region: Option<String>,
    /// `SkuMeter`.
    pub meter: Option<String>,
    /// How the use was paid.
    pub used: LineUse,
    /// The currency of every amount.
    pub currency: Currency,
    /// EffectiveCost.
    pub effective: Amount,
    /// ListCost; unknown where a charge does not have it.
    pub list: Option<Amount>,
    /// ContractedCost; unknown where a charge does not have it.
    pub contracted: Option<Amount>,
    /// PricingQuantity; unknown where a charge does not have it, or units differ.
    pub quantity: Option<Quantity>,
    /// EffectiveCost by day.
    pub days: BTreeMap<Day, Amount>,
}

/// How use was paid.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineUse {
    /// At the price of the day.
    OnDemand,
    /// By a commitment, by its id.
    Covered(String),
    /// The part of a commitment that was not used.
    Unused(String),
    /// No use: fees, taxes, credits, corrections.
    Other,
}

/// A range of cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CostRange {
    /// The least.
    pub low: Amount,
    /// The most probable.
    pub likely: Amount,
    /// The most.
    pub high: Amount,
}

/// Two prices of the same unit: of where use is moved to, and of where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRatio {
    /// The price there.
    pub there: Amount,
    /// The price here.
    pub here: Amount,
}

impl CostRange {
    /// A range without width.
    pub fn exact(amount: Amount) -> Self {
        Self { low: amount, likely: amount, high: amount }
    }

    /// The sum of two ranges.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            low: self.low.saturating_add(other.low),
            likely: self.likely.saturating_add(other.likely),
            high: self.high.saturating_add(other.high),
        }
    }

    /// The range times a fraction.
    #[must_use]
    pub(super) fn ratio(&self, numerator: i64, denominator: i64) -> Self {
        let of = |amount: Amount| amount.ratio(numerator, denominator).unwrap_or(amount);
        Self { low: of(self.low), likely: of(self.likely), high: of(self.high) }
    }
}

impl PriceRatio {
    /// The prices as whole numbers of billionths; `None` where one of them is not above zero or too large.
    pub(super) fn fraction(self) -> Option<(i64, i64)> {
        let step = 10i128.pow(Amount::PLACES - 9);
        let part = |amount: Amount| i64::try_from(amount.units() / step).ok().filter(|n| *n > 0);
        Some((part(self.there)?, part(self.here)?))
    }
}

/// A line as it was and as it would have been.
pub(super) struct EstimatedLine {
    pub(super) charge: ChargeLine,
    pub(super) then: CostRange,
}

/// All lines while changes apply.
pub(super) struct Estimate {
    pub(super) lines: Vec<EstimatedLine>,
    pub(super) assumptions: BTreeSet<String>,
    pub(super) unknown: BTreeMap<(String, Currency, String), NotEstimated>,
    /// The lines that are named already: two changes name a line once.
    named: BTreeSet<usize>,
}

impl Estimate {
    pub(super) fn new(lines: Vec<ChargeLine>) -> Self {
        let line = |charge: ChargeLine| EstimatedLine { then: CostRange::exact(charge.effective), charge };
        Self {
            lines: lines.into_iter().map(line).collect(),
            assumptions: BTreeSet::new(),
            unknown: BTreeMap::new(),
            named: BTreeSet::new(),
        }
    }

    pub(super) fn assume(&mut self, what: &str) {
        self.assumptions.insert(what.to_owned());
    }

    /// Names the charges of a line that keep their cost.
    pub(super) fn keep(&mut self, at: usize, reason: &str) {
        if !self.named.insert(at) {
            return;
        }
        let charge = &self.lines[at].charge;
        let service = charge.service.as_deref().unwrap_or("no service");
        let what = match &charge.meter {
            Some(meter) => format!("{service} / {meter}"),
            None => service.to_owned(),
        };
        let key = (what.clone(), charge.currency, reason.to_owned());
        let cost = charge.effective;
        let currency = charge.currency;
        let row = self.unknown.entry(key).or_insert_with(|| NotEstimated {
            what,
            currency,
            cost: Amount::ZERO,
            reason: reason.to_owned(),
        });
        row.cost = row.cost.saturating_add(cost);
    }
}
