//! The demo: a year of a company on three clouds, generated from a seed.
//!
//! The same seed gives the same charges in any order of generation. The anomalies of that year are known
//! ([`Demo::known_anomalies`]), so that detection can be scored.

mod company;
mod lines;
mod noise;
mod orders;

use tollgate_model::{BillingPeriod, ChargeBatch, Day, DayRange};

pub use company::{CLOUDS, Cloud};
pub use lines::KnownAnomaly;
pub use orders::DemoOrders;

use crate::{Chunk, CostSource, CostTotals, Parsed, SourceError};

/// The parameters of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demo {
    /// The seed: another seed gives different amounts with the same patterns.
    pub seed: u64,
    /// The first day.
    pub start: Day,
    /// The number of days.
    pub days: i32,
    /// The number of resources for each one of the default size: the number of charges grows with it, the cost does not.
    pub size: u32,
}

impl Demo {
    /// The days of the demo.
    pub fn range(&self) -> DayRange {
        DayRange { start: self.start, end: self.start.plus(self.days) }
    }

    /// The billing periods of the demo, oldest first.
    pub fn periods(&self) -> Vec<BillingPeriod> {
        let range = self.range();
        let mut period = range.start.month();
        let mut out = Vec::new();
        while period.first_day() < range.end {
            out.push(period);
            period = period.next();
        }
        out
    }

    /// The charges of one cloud in one billing period, as in an export of the morning after `known`: the last
    /// day is incomplete, and some earlier days are restated later.
    pub fn charges(&self, cloud: Cloud, period: BillingPeriod, known: Day) -> ChargeBatch {
        ChargeBatch::from_charges(&lines::charges(self, cloud, period, known))
    }

    /// The anomalies in the data, oldest first.
    pub fn known_anomalies(&self) -> Vec<KnownAnomaly> {
        lines::known_anomalies(self)
    }

    /// The orders and the revenue of the company's customers, as the shop reports them on the morning after `known`: some are cancelled
    /// later, and one day is missing.
    pub fn orders(&self, known: Day) -> Vec<DemoOrders> {
        orders::orders(self, known)
    }

    /// The demo as a source of charges, as known on its last day.
    pub fn source(self) -> DemoSource {
        let all = self.periods().into_iter().flat_map(|p| CLOUDS.into_iter().map(move |c| (c, p))).collect::<Vec<_>>();
        let total = all.len() as u64;
        DemoSource { demo: self, rest: all.into_iter(), done: 0, total }
    }
}

/// The demo as a source.
pub struct DemoSource {
    demo: Demo,
    rest: std::vec::IntoIter<(Cloud, BillingPeriod)>,
    done: u64,
    total: u64,
}

impl CostSource for DemoSource {
    fn describe(&self) -> String {
        format!("demo, seed {}", self.demo.seed)
    }

    fn progress(&self) -> (u64, Option<u64>) {
        (self.done, Some(self.total))
    }

    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>, SourceError> {
        let Some((cloud, period)) = self.rest.next() else { return Ok(None) };
        self.done += 1;
        Ok(Some(Box::new(Month { demo: self.demo, cloud, period })))
    }
}

struct Month {
    demo: Demo,
    cloud: Cloud,
    period: BillingPeriod,
}

impl Chunk for Month {
    fn parse(self: Box<Self>) -> Result<Parsed, SourceError> {
        let charges = self.demo.charges(self.cloud, self.period, self.demo.range().end.plus(-1));
        let mut read = CostTotals::default();
        for row in 0..charges.rows() {
            if let Some(charge) = charges.charge(row) {
                read.billed.add(tollgate_model::Money::new(charge.billed_cost, charge.currency))?;
                read.effective.add(tollgate_model::Money::new(charge.effective_cost, charge.currency))?;
            }
        }
        Ok(Parsed { rows_read: charges.rows() as u64, charges, read, ..Parsed::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_model::{Amount, ChargeCategory, Column};

    const DEMO: Demo = Demo { seed: 7, start: Day::from_epoch_days(20_408), days: 365, size: 1 };

    #[test]
    fn the_same_seed_gives_the_same_year() {
        let known = DEMO.range().end.plus(-1);
        let period = DEMO.periods()[6];
        for cloud in CLOUDS {
            let one = DEMO.charges(cloud, period, known);
            assert_eq!(one.content_hash(), DEMO.charges(cloud, period, known).content_hash());
            let other = Demo { seed: 8, ..DEMO }.charges(cloud, period, known);
            assert_ne!(one.content_hash(), other.content_hash());
        }
    }

    #[test]
    fn what_a_commitment_costs_is_what_its_use_costs() {
        let known = DEMO.range().end.plus(-1);
        let (mut bought, mut used) = (Amount::ZERO, Amount::ZERO);
        let batch = DEMO.charges(Cloud::Aws, DEMO.periods()[6], known);
        for charge in (0..batch.rows()).filter_map(|r| batch.charge(r)) {
            if !charge.text(Column::CommitmentDiscountId).is_some_and(|id| id.contains("savingsplan")) {
                continue;
            }
            match charge.category {
                ChargeCategory::Purchase => bought = bought.checked_add(charge.billed_cost).unwrap(),
                _ => used = used.checked_add(charge.effective_cost).unwrap(),
            }
        }
        assert!(!bought.is_zero());
        assert_eq!(bought, used);
    }

    #[test]
    fn days_are_restated_and_the_last_one_is_incomplete() {
        let period = DEMO.periods()[11];
        let early = period.days().start.plus(20);
        let total = |known: Day, day: Day| {
            let batch = DEMO.charges(Cloud::Aws, period, known);
            let of = (0..batch.rows()).filter_map(|r| batch.charge(r)).filter(|c| c.charge_period.day() == day);
            of.fold(Amount::ZERO, |sum, c| sum.checked_add(c.effective_cost).unwrap())
        };
        assert!(total(early, early) < total(early.plus(5), early));
        assert_ne!(total(early, early.plus(-2)), total(early.plus(5), early.plus(-2)));
        assert_eq!(total(early, early.plus(1)), Amount::ZERO);
    }
}
