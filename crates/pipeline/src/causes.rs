//! Causes: which account, service, region, usage type, resource or tag explains a change, by the charges of the lake.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use tollgate_analysis::{CostMovement, rank_causes};
use tollgate_lake::{ScanBatch, TextCells};
use tollgate_model::limits::CAUSE_VALUES;
use tollgate_model::period::DayRange;
use tollgate_model::series::Facet;
use tollgate_model::{Amount, Cause, Column, Incident, Tags};

use crate::charges::{charge_days, is_usage, scan};
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

/// Sets what explains the change of an incident, comparing its days with the four weeks before.
pub(crate) async fn find_causes(context: &Context, incident: &mut Incident) -> Result<(), PipelineError> {
    let (causes, unranked) = ranked(context, incident).await?;
    incident.causes = causes;
    incident.unranked_dimensions = unranked;
    Ok(())
}

/// The causes, the best explanation first, and the dimensions that have too many values to be ranked.
async fn ranked(context: &Context, incident: &Incident) -> Result<(Vec<Cause>, Vec<String>), PipelineError> {
    let days = compared_days(incident);
    let mut costs = CostsByDimension::outside(incident);
    let mut columns =
        vec![Column::BillingCurrency, Column::ChargeCategory, Column::ChargeClass, Column::EffectiveCost, Column::Tags];
    columns.extend(COLUMNS.iter().copied().flatten());
    columns.extend(incident.scope.0.keys().map(|facet| column_of(*facet)));
    scan(context, &columns, days, |batch| {
        costs.add_batch(batch, incident);
        Ok(())
    })
    .await?;
    Ok(costs.rank(i128::from((days.end - incident.start).max(1))))
}

/// The days of an incident and the four weeks before.
fn compared_days(incident: &Incident) -> DayRange {
    DayRange { start: incident.start.plus(-BASELINE), end: incident.last.plus(1) }
}

/// Costs before and during an incident, by each dimension's values.
struct CostsByDimension {
    dimensions: Vec<(&'static str, &'static [Column], CostsByValue)>,
    /// Tags are one JSON object a charge; its keys are dimensions of their own.
    tags: CostsByValue,
}

impl CostsByDimension {
    /// The dimensions that the scope of an incident leaves open.
    fn outside(incident: &Incident) -> Self {
        let in_scope = |dimension: &str| incident.scope.0.keys().any(|facet| facet.label() == dimension);
        let dimensions = ORDER
            .into_iter()
            .zip(COLUMNS)
            .filter(|(dimension, _)| !in_scope(dimension))
            .map(|(dimension, columns)| (dimension, columns, CostsByValue::default()))
            .collect();
        Self { dimensions, tags: CostsByValue::default() }
    }

    fn add_batch(&mut self, batch: &ScanBatch, incident: &Incident) {
        let usage = is_usage(batch);
        let currency = batch.text(Column::BillingCurrency);
        let cost = batch.decimals(Column::EffectiveCost);
        let is_in_scope = scope_of(batch, incident);
        let tags = batch.text(Column::Tags);
        let mut dimensions: Vec<(Vec<TextCells<'_>>, &mut CostsByValue)> = self
            .dimensions
            .iter_mut()
            .map(|(_, columns, costs)| (columns.iter().map(|column| batch.text(*column)).collect(), costs))
            .collect();
        for at in charge_days(batch, Some(compared_days(incident))) {
            let row = at.row;
            if !usage(row) || currency.get(row) != Some(incident.currency.as_str()) || !is_in_scope(row) {
                continue;
            }
            let cost = at.amount(cost).unwrap_or_default();
            let (before, during) = if at.day < incident.start { (cost, Amount::ZERO) } else { (Amount::ZERO, cost) };
            for (columns, costs) in &mut dimensions {
                costs.add(columns.iter().find_map(|column| column.get(row)), before, during);
            }
            self.tags.add(tags.get(row), before, during);
        }
    }

    /// The causes of an incident of some days, and the dimensions with too many values.
    fn rank(self, days: i128) -> (Vec<Cause>, Vec<String>) {
        let beyond = self.dimensions.iter().filter(|(.., costs)| costs.beyond_limit).map(|(dimension, ..)| *dimension);
        let unranked = beyond.chain(self.tags.beyond_limit.then_some("tags")).map(str::to_owned).collect();
        let mut movements = Vec::new();
        for (dimension, _, costs) in self.dimensions {
            for (value, (before, during)) in costs.into_values() {
                movements.push(movement(dimension.to_owned(), value, before, during, days));
            }
        }
        for ((dimension, value), (before, during)) in tag_costs(self.tags) {
            movements.push(movement(dimension, value, before, during, days));
        }
        (rank_causes(&movements, &ORDER, CAUSES), unranked)
    }
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

pub(crate) fn tags(json: Option<&str>) -> Tags {
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
        assert!(costs.beyond_limit);
        let tags = CostsByValue::default();
        let by_dimension = CostsByDimension { dimensions: vec![("resource", COLUMNS[4], costs)], tags };
        assert_eq!(by_dimension.rank(1), (Vec::new(), vec!["resource".to_owned()]));
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
