//! Charges that the provider divides itself: AWS split cost allocation data, and allocations of a Kubernetes cluster.
//!
//! Their rows say how the cost of a machine divides among tasks or pods. The machine's own charge stays in the bill, so the rows are
//! never added to it: the machine's cost is divided in proportion to them. What they do not explain stays with the machine.
//!
//! Source: AWS, Cost and Usage Reports User Guide, "Split line item details": `SplitCost` and `UnusedCost` of a task, and
//! `ParentResourceId`. OpenCost, "API", `/allocation`: `providerID` and `totalCost`. Read 2026-11-28.

mod division;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use tollgate_analysis::allocate::{ChargeGroups, VisibleCharge};
use tollgate_lake::ScanBatch;
use tollgate_model::text::counted;
use tollgate_model::{Amount, ChargeKind, Column, Day, Revision, TextColumn};
use tollgate_policy::{Dimension, DimensionEvaluator};

pub(super) use self::division::{Divisions, HeldCharge};
use self::division::{divide_charge, division_of};
use crate::{Context, PipelineError};

/// The provider of allocations of a cluster.
pub(super) const CLUSTER: &str = "Kubernetes";

const PARENT: &str = "x_split_line_item_parent_resource_id";
const SPLIT: &str = "x_split_line_item_split_cost";
const UNUSED: &str = "x_split_line_item_unused_cost";

/// The shares of a machine on a day: the values of each task's dimensions, with its cost in units.
#[derive(Default)]
struct Shares {
    aws: BTreeMap<Vec<String>, u128>,
    cluster: BTreeMap<Vec<String>, u128>,
}

impl Shares {
    /// AWS's own division where there is one: a cluster's tool would divide the same machine again.
    fn chosen(&self) -> &BTreeMap<Vec<String>, u128> {
        if self.aws.is_empty() { &self.cluster } else { &self.aws }
    }
}

/// The divisions that providers state, and the charges that they concern.
#[derive(Default)]
pub(super) struct ProviderSplits {
    shares: FxHashMap<(String, Day), Shares>,
    held: FxHashMap<(String, Day), Vec<HeldCharge>>,
}

/// What became of the divisions.
pub(super) struct DividedCharges {
    pub(super) divisions: Divisions,
    /// Rows of clusters that divided a machine: their cost is in its charges.
    pub(super) left_out: Vec<HeldCharge>,
    pub(super) notes: Vec<String>,
}

/// The end of a resource id: `i-0abc` of `aws:///eu-west-1a/i-0abc` and of `arn:aws:ec2:eu-west-1:1:instance/i-0abc`.
pub(super) fn resource_tail(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

impl ProviderSplits {
    /// Reads the rows that divide other charges.
    pub(super) async fn read(
        context: &Context,
        parts: &[(Revision, Vec<String>)],
        dimensions: &[Dimension],
    ) -> Result<Self, PipelineError> {
        let mut columns =
            vec![Column::ProviderName, Column::ResourceId, Column::EffectiveCost, Column::ChargePeriodStart];
        columns.extend(dimensions.iter().flat_map(Dimension::columns));
        columns.sort_unstable();
        columns.dedup();
        let mut extras: Vec<String> = dimensions.iter().flat_map(Dimension::extras).map(str::to_owned).collect();
        extras.extend([PARENT, SPLIT, UNUSED].map(str::to_owned));
        extras.sort_unstable();
        extras.dedup();
        let mut out = Self::default();
        // Most bills have no such rows: a first look costs two columns.
        let mut found = false;
        let look = [Column::ProviderName];
        context
            .lake
            .scan_with::<PipelineError>(parts, &look, &[PARENT.to_owned()], None, |batch| {
                let charges = batch.charges(&look, &[PARENT.to_owned()]);
                let has = |column: Option<&TextColumn>, wanted: Option<&str>| {
                    column.is_some_and(|c| c.values().any(|v| wanted.is_none_or(|w| w == v) && !v.is_empty()))
                };
                found |=
                    has(charges.extra().get(PARENT), None) || has(charges.text(Column::ProviderName), Some(CLUSTER));
                Ok(())
            })
            .await?;
        if found {
            context
                .lake
                .scan_with(parts, &columns, &extras, None, |batch| {
                    out.add(batch, &columns, &extras, dimensions);
                    Ok::<(), PipelineError>(())
                })
                .await?;
        }
        Ok(out)
    }

    fn add(&mut self, batch: &ScanBatch, columns: &[Column], extras: &[String], dimensions: &[Dimension]) {
        let charges = batch.charges(columns, extras);
        let values = DimensionEvaluator::new(dimensions).evaluate(&charges);
        let nulls = TextColumn::nulls(charges.rows());
        let extra = |name| charges.extra().get(name).unwrap_or(&nulls);
        let (parents, split, unused) = (extra(PARENT), extra(SPLIT), extra(UNUSED));
        let providers = charges.text(Column::ProviderName).unwrap_or(&nulls);
        let resources = charges.text(Column::ResourceId).unwrap_or(&nulls);
        let costs = charges.decimals(Column::EffectiveCost);
        let starts = charges.times(Column::ChargePeriodStart).unwrap_or_default();
        let stated = |cell: Option<&str>| cell.and_then(|text| text.parse::<Amount>().ok()).unwrap_or_default();
        for (row, start) in starts.iter().enumerate() {
            let of_cluster = providers.get(row) == Some(CLUSTER);
            let parent = if of_cluster { resources.get(row) } else { parents.get(row) };
            let Some(parent) = parent.filter(|id| !id.is_empty()) else { continue };
            let weight = match of_cluster {
                true => costs.and_then(|c| c.get::<{ Amount::PLACES }>(row)).unwrap_or_default(),
                false => stated(split.get(row)).saturating_add(stated(unused.get(row))),
            };
            let weight = if weight.is_negative() { 0 } else { weight.units().unsigned_abs() };
            let default = |at: usize| dimensions.get(at).map_or("", |d| d.default.as_str());
            let of_row = values.iter().enumerate().map(|(at, v)| v.get(row).unwrap_or_else(|| default(at)).to_owned());
            let place = (resource_tail(parent).to_owned(), Day::of_second(*start));
            let shares = self.shares.entry(place).or_default();
            let part = if of_cluster { &mut shares.cluster } else { &mut shares.aws };
            let sum = part.entry(of_row.collect()).or_default();
            *sum = sum.saturating_add(weight);
        }
    }

    /// Whether no charge is divided.
    pub(super) fn is_empty(&self) -> bool {
        self.shares.is_empty()
    }

    /// Whether a charge is divided, or divides another one.
    pub(super) fn concerns(&self, resource: &str, day: Day, charge: &VisibleCharge<'_>) -> bool {
        let is_use = matches!(charge.kind, ChargeKind::Usage | ChargeKind::Periodic);
        is_use && !self.shares.is_empty() && self.shares.contains_key(&(resource.to_owned(), day))
    }

    /// Keeps a charge until the division of its resource is known.
    pub(super) fn hold(&mut self, resource: &str, charge: HeldCharge) {
        self.held.entry((resource.to_owned(), charge.day)).or_default().push(charge);
    }

    /// Divides the charges that were kept, and adds them to the groups.
    pub(super) fn divide(&mut self, groups: &mut ChargeGroups) -> DividedCharges {
        let (mut left_out, mut divided, mut unknown) = (Vec::new(), 0u64, 0u64);
        let mut divisions = Divisions::default();
        let held = std::mem::take(&mut self.held);
        let shares = std::mem::take(&mut self.shares);
        unknown += shares.keys().filter(|place| !held.contains_key(*place)).count() as u64;
        for (place, charges) in held {
            let (of_cluster, machine): (Vec<_>, Vec<_>) = charges.into_iter().partition(HeldCharge::is_of_cluster);
            let cost = machine.iter().fold(0i128, |sum, c| sum.saturating_add(c.cost.effective.units()));
            let shares = shares.get(&place).map(Shares::chosen).filter(|_| cost > 0);
            let division = shares.and_then(|shares| division_of(shares, cost.unsigned_abs()));
            let Some(division) = division else {
                for charge in machine.iter().chain(&of_cluster) {
                    charge.add_to(groups, &charge.values, &charge.cost, false);
                }
                continue;
            };
            machine.iter().for_each(|charge| divide_charge(charge, &division, groups));
            divided += machine.len() as u64;
            left_out.extend(of_cluster);
            divisions.insert(place, division);
        }
        let mut notes = Vec::new();
        if divided > 0 {
            let charges = counted(divided, "charge of a machine is", "charges of machines are");
            notes.push(format!("{charges} divided by the provider's split cost allocation"));
        }
        if unknown > 0 {
            let days = counted(unknown, "machine and day is", "machines and days are");
            notes
                .push(format!("{days} divided by rows whose machine the bill does not have: nothing is divided there"));
        }
        DividedCharges { divisions, left_out, notes }
    }
}

#[cfg(test)]
mod tests {
    use tollgate_analysis::allocate::ChargeCost;
    use tollgate_model::Currency;

    use super::*;

    fn held(provider: &str, cost: &str, team: &str) -> HeldCharge {
        let amount: Amount = cost.parse().unwrap();
        let charge = VisibleCharge {
            facets: [Some(provider), None, None, None, None],
            kind: ChargeKind::Usage,
            currency: Currency::USD,
            commitment: None,
            unit: None,
            split: false,
        };
        let cost = ChargeCost { billed: amount, effective: amount, quantity: None };
        HeldCharge::of(&charge, [team].into_iter(), Day::EPOCH, cost)
    }

    fn divided(machine: &str, aws: &[(&str, u128)], cluster: &[(&str, u128)]) -> (Vec<String>, DividedCharges) {
        let map = |shares: &[(&str, u128)]| {
            let unit = 10u128.pow(24);
            shares.iter().map(|(team, weight)| (vec![(*team).to_owned()], *weight * unit)).collect()
        };
        let mut splits = ProviderSplits::default();
        let place = ("i-1".to_owned(), Day::EPOCH);
        splits.shares.insert(place, Shares { aws: map(aws), cluster: map(cluster) });
        splits.hold("i-1", held("AWS", machine, "platform"));
        cluster.iter().for_each(|(team, n)| splits.hold("i-1", held(CLUSTER, &n.to_string(), team)));
        let mut groups = ChargeGroups::new(vec!["team".to_owned()]);
        let result = splits.divide(&mut groups);
        let plan = tollgate_model::AllocationPlan {
            dimension: "team".to_owned(),
            unallocated: "unallocated".to_owned(),
            rules: Vec::new(),
        };
        let input = tollgate_analysis::allocate::WeightInput::default();
        let mut allocator = tollgate_analysis::allocate::Allocator::new(&plan, &groups, &input).unwrap();
        let costs = allocator.allocate().unwrap().costs;
        (costs.iter().map(|c| format!("{} {}", c.value, c.billed)).collect(), result)
    }

    #[test]
    fn a_machine_is_divided_and_never_counted_twice() {
        let (costs, result) = divided("10", &[("a", 3), ("b", 5)], &[]);
        assert_eq!(costs, ["a 3", "b 5", "platform 2"]);
        assert_eq!(result.notes, ["1 charge of a machine is divided by the provider's split cost allocation"]);
        // More than the machine costs: in proportion.
        assert_eq!(divided("4", &[("a", 3), ("b", 5)], &[]).0, ["a 1.5", "b 2.5"]);
        // Without a cost there is nothing to divide.
        assert_eq!(divided("0", &[("a", 3)], &[]).0, ["platform 0"]);
    }

    #[test]
    fn shares_of_a_cluster_divide_its_machine_and_are_no_charges_then() {
        let (costs, result) = divided("10", &[], &[("a", 3)]);
        assert_eq!(costs, ["a 3", "platform 7"]);
        assert_eq!(result.left_out.len(), 1);
        // AWS's own division is used where both have one.
        let (costs, result) = divided("10", &[("b", 10)], &[("a", 3)]);
        assert_eq!((costs, result.left_out.len()), (vec!["b 10".to_owned()], 1));
    }

    #[test]
    fn ids_are_compared_by_their_end() {
        for id in ["i-1", "aws:///eu-west-1a/i-1", "arn:aws:ec2:eu-west-1:1:instance/i-1"] {
            assert_eq!(resource_tail(id), "i-1");
        }
    }
}
