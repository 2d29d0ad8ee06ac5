//! Business metrics: the figures of each month in items of limited size, and a pointer to the current revision of the month.
//!
//! The items of a revision are written before its pointer moves, by one conditional write: a reader never meets half of a revision.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tollgate_model::business_metric::{MetricFigures, MetricMonth, MetricRestatement, MetricTime};
use tollgate_model::hash::ContentHash;
use tollgate_model::{BillingPeriod, Quantity};

use crate::store::{decode, encode};
use crate::{Condition, Item, Key, Ledger, LedgerError, Query, Write};

/// Figures of one item: a store accepts 390 KiB, and a figure with a long key takes some hundred bytes.
const FIGURES_AN_ITEM: usize = 1_000;
/// Attempts of a read that meets an import.
const READ_TRIES: usize = 5;

/// Figures in an item: by time and key.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct FigurePart(Vec<(MetricTime, String, Quantity)>);

impl Ledger {
    /// The current months of a metric, oldest first, with the versions of their pointers.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn metric_months(&self, metric: &str) -> Result<Vec<(MetricMonth, u64)>, LedgerError> {
        let pk = self.keys().metric(metric);
        let items = self.table().query_all(Query::partition(pk).prefix("MONTH#")).await?;
        items.iter().map(|item| Ok((decode(item)?, item.version))).collect()
    }

    /// The revisions of a metric, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn metric_history(&self, metric: &str) -> Result<Vec<MetricMonth>, LedgerError> {
        let pk = self.keys().metric(metric);
        let items = self.table().query_all(Query::partition(pk).prefix("REVISION#")).await?;
        items.iter().map(decode).collect()
    }

    /// All current figures of a metric, from some month on: each month of one revision, even while another becomes current.
    ///
    /// # Errors
    ///
    /// When the store fails, or a month is replaced faster than it can be read.
    pub async fn metric_figures(
        &self,
        metric: &str,
        from: Option<BillingPeriod>,
    ) -> Result<MetricFigures, LedgerError> {
        let mut out = MetricFigures::default();
        for (month, _) in self.metric_months(metric).await? {
            if from.is_none_or(|from| from <= month.month) {
                out.0.extend(self.month_figures(month).await?.0);
            }
        }
        Ok(out)
    }

    async fn month_figures(&self, mut month: MetricMonth) -> Result<MetricFigures, LedgerError> {
        for _ in 0..READ_TRIES {
            let found = self.figures_of(&month).await?;
            if found.count() as u64 == month.figures {
                return Ok(found);
            }
            let key = self.keys().metric_month(&month.metric, month.month);
            match self.read::<MetricMonth>(&key).await? {
                Some((newer, _)) if newer.revision != month.revision => month = newer,
                _ => break,
            }
        }
        Err(LedgerError::Unavailable(format!(
            "the figures of {} {} changed while they were read",
            month.metric, month.month
        )))
    }

    async fn figures_of(&self, month: &MetricMonth) -> Result<MetricFigures, LedgerError> {
        let pk = self.keys().metric_figures(&month.metric, month.month, month.revision);
        let mut out = MetricFigures::default();
        for item in self.table().query_all(Query::partition(pk)).await? {
            let part: FigurePart = decode(&item)?;
            for (at, key, value) in part.0 {
                out.insert(at, &key, value);
            }
        }
        Ok(out)
    }

    /// Saves figures that were delivered for a metric, month by month, and returns the months that changed. Saving the same figures
    /// again changes nothing.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when another import changed a month at the same time. The months before it are saved.
    pub async fn save_metric_figures(
        &self,
        metric: &str,
        delivered: MetricFigures,
        origin: &str,
        at: Timestamp,
    ) -> Result<Vec<MetricMonth>, LedgerError> {
        let mut current: BTreeMap<BillingPeriod, (MetricMonth, u64)> =
            self.metric_months(metric).await?.into_iter().map(|found| (found.0.month, found)).collect();
        let mut changed = Vec::new();
        for (month, delivery) in delivered.by_month() {
            let (before, version) = match current.remove(&month) {
                Some((before, version)) => (Some(before), Some(version)),
                None => (None, None),
            };
            let kept = match &before {
                Some(before) => self.month_figures(before.clone()).await?,
                None => MetricFigures::default(),
            };
            let (figures, restatement) = kept.updated(&delivery);
            let revision = figures.hash();
            if before.as_ref().is_some_and(|before| before.revision == revision) {
                continue;
            }
            let Some((first, last)) = ends(&figures) else { continue };
            let parts = self.put_figures(metric, month, revision, &figures).await?;
            let new = MetricMonth {
                metric: metric.to_owned(),
                month,
                revision,
                parts,
                figures: figures.count() as u64,
                first,
                last,
                imported_at: at,
                origin: origin.to_owned(),
                restatement,
                previous: before.as_ref().map(|before| before.revision),
            };
            self.point_to(&new, version).await?;
            // Readers that began with the revision before still finish; the one before that has no reader.
            if let Some(old) = before.and_then(|before| before.previous).filter(|old| *old != revision) {
                self.remove_figures(metric, month, old).await?;
            }
            changed.push(new);
        }
        Ok(changed)
    }

    async fn point_to(&self, new: &MetricMonth, version: Option<u64>) -> Result<(), LedgerError> {
        let body = encode(new)?;
        let pointer = Item::new(self.keys().metric_month(&new.metric, new.month), body.clone());
        let record =
            Item::new(self.keys().metric_revision(&new.metric, new.month, new.revision, new.imported_at), body);
        let condition = version.map_or(Condition::Absent, Condition::Version);
        self.table().transact(vec![Write::Put(pointer, condition), Write::Put(record, Condition::None)]).await
    }

    async fn put_figures(
        &self,
        metric: &str,
        month: BillingPeriod,
        revision: ContentHash,
        figures: &MetricFigures,
    ) -> Result<u32, LedgerError> {
        let pk = self.keys().metric_figures(metric, month, revision);
        let all: Vec<(MetricTime, String, Quantity)> = figures
            .0
            .iter()
            .flat_map(|(at, of_time)| of_time.iter().map(move |(key, value)| (*at, key.clone(), *value)))
            .collect();
        let item = |(number, part): (usize, &[(MetricTime, String, Quantity)])| {
            Ok(Item::new(Key::new(pk.clone(), format!("{number:06}")), encode(&FigurePart(part.to_vec()))?))
        };
        let items: Vec<Item> = all.chunks(FIGURES_AN_ITEM).enumerate().map(item).collect::<Result<_, LedgerError>>()?;
        let parts = u32::try_from(items.len()).unwrap_or(u32::MAX);
        self.table().put_all(items).await?;
        Ok(parts)
    }

    async fn remove_figures(
        &self,
        metric: &str,
        month: BillingPeriod,
        revision: ContentHash,
    ) -> Result<(), LedgerError> {
        let pk = self.keys().metric_figures(metric, month, revision);
        let items = self.table().query_all(Query::partition(pk)).await?;
        self.table().delete_all(items.into_iter().map(|item| item.key).collect()).await
    }
}

fn ends(figures: &MetricFigures) -> Option<(MetricTime, MetricTime)> {
    Some((*figures.0.keys().next()?, *figures.0.keys().next_back()?))
}

/// What the imports of a metric restated, over all months of one call.
pub fn sum_restatements(months: &[MetricMonth]) -> MetricRestatement {
    let mut out = MetricRestatement::default();
    for month in months {
        out.added += month.restatement.added;
        out.times += month.restatement.times;
        let room = MetricRestatement::SHOWN.saturating_sub(out.changes.len());
        out.changes.extend(month.restatement.changes.iter().take(room));
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tollgate_model::Clock;

    use super::*;
    use crate::MemoryTable;

    struct Fixed;

    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    fn ledger() -> Ledger {
        Ledger::new(Arc::new(MemoryTable::new(Arc::new(Fixed))), "t")
    }

    fn figures(rows: &[(&str, &str, i64)]) -> MetricFigures {
        let mut out = MetricFigures::default();
        for (at, key, value) in rows {
            out.insert(at.parse().unwrap(), key, Quantity::whole(*value));
        }
        out
    }

    async fn save(ledger: &Ledger, rows: &[(&str, &str, i64)], second: i64) -> Vec<MetricMonth> {
        let at = Timestamp::from_second(second).unwrap();
        ledger.save_metric_figures("orders", figures(rows), "orders.csv", at).await.unwrap()
    }

    #[tokio::test]
    async fn the_same_figures_are_saved_once_and_other_figures_restate_them() {
        let ledger = ledger();
        let first = [("2026-10-31", "a", 5), ("2026-11-01", "a", 7)];
        assert_eq!(save(&ledger, &first, 1).await.len(), 2);
        assert_eq!(save(&ledger, &first, 2).await, []);
        let restated = save(&ledger, &[("2026-10-31", "a", 6)], 3).await;
        assert_eq!((restated.len(), restated[0].restatement.times), (1, 1));
        let change = restated[0].restatement.changes[0];
        assert_eq!((change.before, change.after), (Some(Quantity::whole(5)), Some(Quantity::whole(6))));
        let all = ledger.metric_figures("orders", None).await.unwrap();
        assert_eq!(all, figures(&[("2026-10-31", "a", 6), ("2026-11-01", "a", 7)]));
        let history = ledger.metric_history("orders").await.unwrap();
        assert_eq!(history.len(), 3);
        assert_eq!(history[2].imported_at, Timestamp::from_second(3).unwrap());
    }

    #[tokio::test]
    async fn figures_that_return_to_an_earlier_revision_are_kept() {
        let ledger = ledger();
        for (second, value) in [(1, 5), (2, 6), (3, 5), (4, 6), (5, 7)] {
            save(&ledger, &[("2026-10-31", "a", value)], second).await;
            let all = ledger.metric_figures("orders", None).await.unwrap();
            assert_eq!(all, figures(&[("2026-10-31", "a", value)]), "after {second}");
        }
    }

    #[tokio::test]
    async fn many_customers_fill_several_items() {
        let ledger = ledger();
        let mut many = MetricFigures::default();
        for customer in 0..2_500 {
            many.insert("2026-10-31".parse().unwrap(), &format!("customer-{customer}"), Quantity::whole(customer));
        }
        let at = Timestamp::UNIX_EPOCH;
        let saved = ledger.save_metric_figures("orders", many.clone(), "orders.csv", at).await.unwrap();
        assert_eq!((saved[0].parts, saved[0].figures), (3, 2_500));
        assert_eq!(ledger.metric_figures("orders", None).await.unwrap(), many);
    }
}
