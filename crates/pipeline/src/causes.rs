//! Causes: which account, service, region, usage type, resource or tag explains a change, by the charges of the lake.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use tollgate_analysis::{CostMovement, rank_causes};
use tollgate_lake::ScanBatch;
use tollgate_model::limits::CAUSE_VALUES;
use tollgate_model::period::DayRange;
use tollgate_model::series::Facet;
use tollgate_model::{Amount, Cause, Column, Incident, Tags};

use crate::charges::{is_usage, scan};
use crate::{Context, PipelineError};

/// Days before an incident that its causes are compared with.
const BASELINE: i32 = 28;
/// Causes that are kept.
const CAUSES: usize = 6;
/// Dimensions from widest to finest: of two that explain as much, the finer one comes first.
const ORDER: [&str; 5] = ["account", "service", "region", "usage type", "resource"];
/// The columns of these dimensions; a second column holds where the first is unknown.
const COLUMNS: [&[Column]; 5] = [
    &[Column::SubAccountId],
    &[Column::ServiceName],
    &[Column::RegionId],
    &[Column::SkuMeter, Column::ChargeDescription],
    &[Column::ResourceId],
];

/// Ranks what explains the change of an incident, comparing its days with the four weeks before.
pub(crate) async fn causes(context: &Context, incident: &Incident) -> Result<Vec<Cause>, PipelineError> {
    let days = DayRange { start: incident.start.plus(-BASELINE), end: incident.last.plus(1) };
    let in_scope = |dimension: &str| incident.scope.0.keys().any(|facet| facet.label() == dimension);
    let mut dimensions: Vec<(&str, &[Column], CostsByValue)> = ORDER
        .into_iter()
        .zip(COLUMNS)
        .filter(|(dimension, _)| !in_scope(dimension))
        .map(|(dimension, columns)| (dimension, columns, CostsByValue::default()))
        .collect();
    // Tags are one JSON object a charge; its keys are dimensions of their own.
    let mut by_tags = CostsByValue::default();
    let mut columns =
        vec![Column::BillingCurrency, Column::ChargeCategory, Column::ChargeClass, Column::EffectiveCost, Column::Tags];
    columns.extend(COLUMNS.iter().copied().flatten());
    columns.extend(incident.scope.0.keys().map(|facet| column_of(*facet)));
    scan(context, &columns, days, |batch| {
        let usage = is_usage(batch);
        let currency = batch.text(Column::BillingCurrency);
        let cost = batch.decimals(Column::EffectiveCost);
        let is_in_scope = scope_of(batch, incident);
        for (row, day) in batch.rows() {
            if !usage(row) || currency.get(row) != Some(incident.currency.as_str()) || !is_in_scope(row) {
                continue;
            }
            let cost = cost.amount(row).unwrap_or_default();
            let (before, during) = if day < incident.start { (cost, Amount::ZERO) } else { (Amount::ZERO, cost) };
            for (_, columns, costs) in &mut dimensions {
                let value = columns.iter().find_map(|column| batch.text(*column).get(row));
                costs.add(value, before, during);
            }
            by_tags.add(batch.text(Column::Tags).get(row), before, during);
        }
        Ok(())
    })
    .await?;
    let length = i128::from((days.end - incident.start).max(1));
    let mut movements = Vec::new();
    for (dimension, _, costs) in dimensions {
        for (value, (before, during)) in costs.into_values() {
            movements.push(movement(dimension.to_owned(), value, before, during, length));
        }
    }
    movements.extend(
        tag_costs(by_tags)
            .into_iter()
            .map(|((dimension, value), (before, during))| movement(dimension, value, before, during, length)),
    );
    Ok(rank_causes(&movements, &ORDER, CAUSES))
}

/// Costs before and during an incident, by one dimension's value.
#[derive(Default)]
struct CostsByValue {
    known: FxHashMap<String, (Amount, Amount)>,
    unknown: Option<(Amount, Amount)>,
    beyond_limit: bool,
}

impl CostsByValue {
    fn add(&mut self, value: Option<&str>, before: Amount, during: Amount) {
        let Some(value) = value else {
            add_to(self.unknown.get_or_insert_default(), before, during);
            return;
        };
        if let Some(sum) = self.known.get_mut(value) {
            add_to(sum, before, during);
        } else if self.known.len() < CAUSE_VALUES.size() {
            self.known.insert(value.to_owned(), (before, during));
        } else {
            self.beyond_limit = true;
        }
    }

    /// The values with their costs; none when there are too many, as a part of them explains nothing.
    fn into_values(self) -> Vec<(Option<String>, (Amount, Amount))> {
        if self.beyond_limit {
            return Vec::new();
        }
        let known = self.known.into_iter().map(|(value, costs)| (Some(value), costs));
        let mut out: Vec<_> = known.chain(self.unknown.map(|costs| (None, costs))).collect();
        out.sort_unstable();
        out
    }
}

fn add_to(sum: &mut (Amount, Amount), before: Amount, during: Amount) {
    *sum = (sum.0.saturating_add(before), sum.1.saturating_add(during));
}

/// Costs by key and value of tags. A charge without a tag counts as `None` of each key.
fn tag_costs(by_tags: CostsByValue) -> BTreeMap<(String, Option<String>), (Amount, Amount)> {
    let parsed: Vec<(Tags, (Amount, Amount))> =
        by_tags.into_values().into_iter().map(|(json, costs)| (tags(json.as_deref()), costs)).collect();
    let keys: BTreeSet<&String> = parsed.iter().flat_map(|(tags, _)| tags.keys()).collect();
    let mut out = BTreeMap::new();
    for key in keys {
        for (tags, (before, during)) in &parsed {
            let sum = out.entry((format!("tag {key}"), tags.get(key).cloned())).or_default();
            add_to(sum, *before, *during);
        }
    }
    out
}

fn movement(dimension: String, value: Option<String>, before: Amount, during: Amount, days: i128) -> CostMovement {
    let a_day = |amount: Amount, days: i128| Amount::from_units(amount.units() / days).unwrap_or_default().round(6);
    CostMovement { dimension, value, before: a_day(before, i128::from(BASELINE)), during: a_day(during, days) }
}

/// Whether a row is in the scope of an incident.
fn scope_of<'b>(batch: &'b ScanBatch, incident: &'b Incident) -> impl Fn(usize) -> bool + 'b {
    let facets: Vec<_> =
        incident.scope.0.iter().map(|(facet, v)| (batch.text(column_of(*facet)), v.as_deref())).collect();
    move |row| facets.iter().all(|(cells, value)| cells.get(row) == *value)
}

const fn column_of(facet: Facet) -> Column {
    match facet {
        Facet::Provider => Column::ProviderName,
        Facet::BillingAccount => Column::BillingAccountId,
        Facet::SubAccount => Column::SubAccountId,
        Facet::Service => Column::ServiceName,
        Facet::Region => Column::RegionId,
    }
}

fn tags(json: Option<&str>) -> Tags {
    let parsed: BTreeMap<String, serde_json::Value> =
        json.and_then(|j| serde_json::from_str(j).ok()).unwrap_or_default();
    parsed
        .into_iter()
        .map(|(key, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (key, text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dimension_with_too_many_values_explains_nothing() {
        let mut costs = CostsByValue::default();
        let one = Amount::whole(1);
        for n in 0..CAUSE_VALUES.value {
            costs.add(Some(&n.to_string()), Amount::ZERO, one);
        }
        costs.add(Some("0"), Amount::ZERO, one);
        costs.add(None, one, one);
        assert!(!costs.beyond_limit);
        costs.add(Some("one more"), Amount::ZERO, one);
        assert!(costs.beyond_limit && costs.into_values().is_empty());
    }

    #[test]
    fn a_charge_without_a_tag_counts_for_each_key() {
        let mut costs = CostsByValue::default();
        costs.add(Some(r#"{"team":"a","cores":4}"#), Amount::ZERO, Amount::whole(2));
        costs.add(None, Amount::whole(1), Amount::ZERO);
        let found = tag_costs(costs);
        let of = |key: &str, value: Option<&str>| found[&(key.to_owned(), value.map(str::to_owned))];
        assert_eq!(of("tag team", Some("a")), (Amount::ZERO, Amount::whole(2)));
        assert_eq!(of("tag cores", Some("4")), (Amount::ZERO, Amount::whole(2)));
        assert_eq!(of("tag team", None), (Amount::whole(1), Amount::ZERO));
        assert_eq!(found.len(), 4);
    }
}
