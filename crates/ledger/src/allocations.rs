//! Closed months: the frozen allocation in parts, and the record that makes it current.

use serde::{Deserialize, Serialize};
use tollgate_model::BillingPeriod;
use tollgate_model::allocation::{AllocatedCost, ClosedMonth, FrozenAllocation};

use crate::store::{decode, encode};
use crate::{Condition, Item, Key, Ledger, LedgerError, LedgerTransaction, Query};

/// Bytes of the costs of one item: a store accepts 390 KiB.
const PART_BYTES: usize = 300 << 10;

/// The record of a closed month, with the frozen allocation but its costs.
#[derive(Serialize, Deserialize)]
struct StoredMonth {
    month: ClosedMonth,
    frozen: FrozenAllocation,
}

/// Costs of a closed month, as one item holds them.
#[derive(Serialize, Deserialize)]
struct StoredCosts {
    costs: Vec<AllocatedCost>,
}

impl Ledger {
    /// Saves the costs of a month that is not closed yet. Saving them again changes nothing.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_allocated_costs(&self, month: &ClosedMonth, costs: &[AllocatedCost]) -> Result<(), LedgerError> {
        let pk = self.keys().allocation(&month.dimension, month.period);
        let mut items = Vec::new();
        let (mut part, mut bytes) = (Vec::new(), 0);
        for cost in costs {
            let size = serde_json::to_string(cost).map_err(|e| LedgerError::Failed(e.to_string()))?.len();
            if bytes + size > PART_BYTES && !part.is_empty() {
                items.push(std::mem::take(&mut part));
                bytes = 0;
            }
            part.push(cost.clone());
            bytes += size;
        }
        items.push(part);
        let item = |(number, costs): (usize, Vec<AllocatedCost>)| {
            let key = Key::new(pk.clone(), format!("COSTS#{}#{number:06}", month.hash));
            Ok(Item::new(key, encode(&StoredCosts { costs })?))
        };
        self.table().put_all(items.into_iter().enumerate().map(item).collect::<Result<Vec<_>, LedgerError>>()?).await
    }

    /// The closed months of a dimension, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn closed_months(&self, dimension: &str) -> Result<Vec<ClosedMonth>, LedgerError> {
        let query = Query::partition(self.keys().allocations_index()).prefix(format!("{dimension}#"));
        let items = self.table().query_index_all(query).await?;
        let months = items.iter().map(|item| Ok(decode::<StoredMonth>(item)?.month));
        let mut months = months.collect::<Result<Vec<_>, LedgerError>>()?;
        months.retain(|month| month.dimension == dimension);
        Ok(months)
    }

    /// A closed month with its frozen allocation and the version of its record.
    ///
    /// # Errors
    ///
    /// When the store fails, or what it holds does not have the hash that was approved.
    pub async fn closed_month(
        &self,
        dimension: &str,
        period: BillingPeriod,
    ) -> Result<Option<(ClosedMonth, FrozenAllocation, u64)>, LedgerError> {
        let pk = self.keys().allocation(dimension, period);
        let Some(item) = self.table().get(&Key::new(pk.clone(), "META")).await? else { return Ok(None) };
        let StoredMonth { month, mut frozen } = decode(&item)?;
        let parts = Query::partition(pk.clone()).prefix(format!("COSTS#{}#", month.hash));
        for part in self.table().query_all(parts).await? {
            frozen.costs.extend(decode::<StoredCosts>(&part)?.costs);
        }
        let hash = frozen.hash().map_err(|e| LedgerError::Failed(e.to_string()))?;
        if hash != month.hash || frozen.costs.len() != month.costs {
            let what = format!("the frozen allocation has the hash {hash}, and {} was closed", month.hash);
            return Err(LedgerError::Corrupt { pk, sk: "META".to_owned(), what });
        }
        Ok(Some((month, frozen, item.version)))
    }
}

impl LedgerTransaction<'_> {
    /// A closed month, if its record still has the version that was read (`None`: it was open). Its costs are saved before.
    ///
    /// # Errors
    ///
    /// Never for what can be written as JSON.
    pub fn closed_month(
        self,
        month: &ClosedMonth,
        frozen: &FrozenAllocation,
        read_version: Option<u64>,
    ) -> Result<Self, LedgerError> {
        let keys = self.ledger().keys();
        let key = Key::new(keys.allocation(&month.dimension, month.period), "META");
        let index = Key::new(keys.allocations_index(), format!("{}#{}", month.dimension, month.period));
        let frozen = FrozenAllocation { costs: Vec::new(), ..frozen.clone() };
        let item = Item::new(key, encode(&StoredMonth { month: month.clone(), frozen })?).indexed(index);
        Ok(self.put(item, read_version.map_or(Condition::Absent, Condition::Version)))
    }
}

#[cfg(test)]
mod tests {
    use tollgate_model::{AllocationPlan, Amount, AuditEvent, ChargeKind, Currency};

    use super::*;
    use crate::conformance::ledger_at;

    fn frozen(costs: usize) -> FrozenAllocation {
        let cost = |n: usize| AllocatedCost {
            value: format!("team-{n}"),
            origin: "platform".to_owned(),
            steps: Vec::new(),
            reason: None,
            provider: Some("AWS".to_owned()),
            billing_account: None,
            service: Some("x".repeat(900)),
            kind: ChargeKind::Usage,
            committed: false,
            split: false,
            currency: Currency::USD,
            billed: Amount::whole(1),
            effective: Amount::whole(2),
        };
        FrozenAllocation {
            dimension: "team".to_owned(),
            period: "2026-10".parse().unwrap(),
            plan: AllocationPlan {
                dimension: "team".to_owned(),
                unallocated: "unallocated".to_owned(),
                rules: Vec::new(),
            },
            revisions: Vec::new(),
            adjustments: Vec::new(),
            costs: (0..costs).map(cost).collect(),
        }
    }

    fn event() -> AuditEvent {
        AuditEvent {
            at: "2026-11-03T00:00:00Z".parse().unwrap(),
            actor: "jane".to_owned(),
            action: "closed".to_owned(),
            subject: "team 2026-10".to_owned(),
            plan_hash: None,
            via: String::new(),
            note: String::new(),
            run: String::new(),
        }
    }

    async fn close(ledger: &Ledger, frozen: &FrozenAllocation) -> ClosedMonth {
        let month = ClosedMonth {
            dimension: frozen.dimension.clone(),
            period: frozen.period,
            hash: frozen.hash().unwrap(),
            costs: frozen.costs.len(),
            closed_by: "jane".to_owned(),
            closed_at: event().at,
            approval: None,
        };
        ledger.put_allocated_costs(&month, &frozen.costs).await.unwrap();
        let facts = ledger.transaction().closed_month(&month, frozen, None).unwrap();
        facts.save_audited(&event()).await.unwrap();
        month
    }

    #[tokio::test]
    async fn a_closed_month_is_read_back_whole() {
        for count in [0, 3, 1_000] {
            let (ledger, _) = ledger_at("2026-11-03T00:00:00Z");
            let frozen = frozen(count);
            let month = close(&ledger, &frozen).await;
            let (read, back, version) = ledger.closed_month("team", frozen.period).await.unwrap().unwrap();
            assert_eq!((&read, &back, version), (&month, &frozen, 1));
            assert_eq!(ledger.closed_months("team").await.unwrap(), [month]);
            assert!(ledger.closed_months("tea").await.unwrap().is_empty());
        }
    }

    #[tokio::test]
    async fn a_changed_part_is_found_by_the_hash() {
        let (ledger, _) = ledger_at("2026-11-03T00:00:00Z");
        let frozen = frozen(3);
        let month = close(&ledger, &frozen).await;
        let mut costs = frozen.costs.clone();
        costs[0].billed = Amount::whole(7);
        ledger.put_allocated_costs(&month, &costs).await.unwrap();
        let error = ledger.closed_month("team", frozen.period).await.unwrap_err();
        assert!(error.to_string().contains("the frozen allocation has the hash"), "{error}");
    }
}
