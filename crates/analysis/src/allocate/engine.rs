//! Rules prepared for the charges of one billing period: which rules may take which group, and what they weigh by.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use tollgate_model::allocation::{AllocationMethod, AllocationPlan, UnallocatedReason, WeightPeriod};
use tollgate_model::series::Facet;
use tollgate_model::{ChargeKind, Currency, Day};

use super::charges::{ChargeGroups, DayUnits, Group, NONE, Texts, VisibleCharge};
use super::compiled::CompiledRule;
use super::divide::{Taker, Target, Way};
use super::parts::{Allocation, AllocationPart, ChargePart};
use super::split::SplitBuffer;
use super::sums::Sums;
use super::weights::{OwnCost, WeightKey, WeightTable};
use super::{AllocationError, WeightInput};

/// No rule: the charge is direct.
pub(super) const DIRECT: u32 = u32::MAX;

/// What all parts of a group have in common, of what they are summed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Label {
    pub(super) origin: u32,
    pub(super) provider: u32,
    pub(super) account: u32,
    pub(super) service: u32,
    pub(super) kind: ChargeKind,
    pub(super) committed: bool,
    pub(super) split: bool,
    pub(super) currency: Currency,
}

/// What parts are summed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SumKey {
    pub(super) label: u32,
    pub(super) value: u32,
    pub(super) way: u32,
    pub(super) reason: u32,
}

/// Rules applied to the charges of one billing period.
pub struct Allocator<'a> {
    pub(super) plan: &'a AllocationPlan,
    pub(super) charges: &'a ChargeGroups,
    pub(super) input: &'a WeightInput,
    /// The position of the dimension among those of the charges.
    dimension: usize,
    pub(super) rules: Vec<CompiledRule<'a>>,
    /// The rules that may take each group, in order; and where those of each group end.
    candidates: (Vec<u16>, Vec<usize>),
    pub(super) own: BTreeSet<String>,
    /// The weights, and the position of those of each rule: rules that weigh alike have the same.
    pub(super) weights: Vec<WeightTable>,
    pub(super) tables: Vec<Option<usize>>,
    /// Values by number, beyond those of the charges: targets without a charge.
    pub(super) values: Texts,
    pub(super) targets: Vec<Target>,
    pub(super) known_targets: FxHashMap<(u16, WeightKey), Result<u32, u32>>,
    pub(super) ways: Vec<Way>,
    pub(super) known_ways: FxHashMap<(u32, u32, u32), u32>,
    pub(super) labels: Vec<Label>,
    known_labels: FxHashMap<Label, u32>,
    pub(super) reasons: Vec<UnallocatedReason>,
    pub(super) unallocated: u32,
    /// The rules that the part in work passed.
    pub(super) passed: Vec<u16>,
    pub(super) buffer: SplitBuffer,
    /// Memory for the parts of a group, used again for the next.
    pub(super) spare: Vec<Vec<DayUnits>>,
}

impl<'a> Allocator<'a> {
    /// Prepares rules for charges: sums the weights of every rule.
    ///
    /// # Errors
    ///
    /// For rules in a circle, a dimension that the charges do not have, and sums out of range.
    pub fn new(
        plan: &'a AllocationPlan,
        charges: &'a ChargeGroups,
        input: &'a WeightInput,
    ) -> Result<Self, AllocationError> {
        if let Some(cycle) = plan.cycle() {
            return Err(AllocationError::Cycle(cycle));
        }
        let dimension = charges.dimensions.iter().position(|d| *d == plan.dimension);
        let dimension = dimension.ok_or_else(|| AllocationError::UnknownDimension(plan.dimension.clone()))?;
        if !charges.is_in_range() {
            return Err(AllocationError::OutOfRange);
        }
        let mut values = charges.texts.clone();
        let unallocated = values.intern(&plan.unallocated);
        let mut out = Self {
            plan,
            charges,
            input,
            dimension,
            rules: CompiledRule::all(plan, charges, &values),
            candidates: (Vec::new(), Vec::new()),
            own: BTreeSet::new(),
            weights: Vec::new(),
            tables: Vec::new(),
            values,
            targets: Vec::new(),
            known_targets: FxHashMap::default(),
            ways: Vec::new(),
            known_ways: FxHashMap::default(),
            labels: Vec::new(),
            known_labels: FxHashMap::default(),
            reasons: Vec::new(),
            unallocated,
            passed: Vec::new(),
            buffer: SplitBuffer::default(),
            spare: Vec::new(),
        };
        out.weigh();
        Ok(out)
    }

    /// Finds the values with cost of their own, and sums what rules weigh by.
    fn weigh(&mut self) {
        let charges = self.charges;
        let by_day = self.rules.iter().any(|rule| rule.rule.over == WeightPeriod::Day);
        let (mut months, mut days): (Vec<OwnCost<'_>>, Vec<OwnCost<'_>>) = (Vec::new(), Vec::new());
        for group in &charges.groups {
            let candidates = self.candidates_of(group);
            let own = group.dimensions.get(self.dimension).map(|value| self.own_cost(group, *value, &candidates));
            self.candidates.0.extend(candidates);
            self.candidates.1.push(self.candidates.0.len());
            let Some(own) = own else { continue };
            months.extend(own.iter().copied().reduce(|mut sum, cost| {
                sum.units.add(&cost.units);
                sum
            }));
            if by_day {
                days.extend(own);
            }
        }
        let numbers: BTreeSet<u32> = months.iter().map(|own| own.value).collect();
        let names = numbers.iter().filter_map(|number| charges.texts.get(*number));
        self.own = names.map(str::to_owned).collect();
        for (at, rule) in self.rules.iter().map(|r| r.rule).enumerate() {
            let weighs =
                matches!(rule.method, AllocationMethod::Cost | AllocationMethod::Usage { .. } | AllocationMethod::Used);
            let alike = self.rules[..at].iter().position(|other| {
                let other = other.rule;
                other.method == rule.method && other.over == rule.over && other.weigh == rule.weigh
            });
            let table = match alike {
                Some(same) => self.tables[same],
                None if weighs => {
                    let own = if rule.over == WeightPeriod::Day { &days } else { &months };
                    self.weights.push(WeightTable::new(rule, own.iter().copied(), charges, self.input.basis));
                    Some(self.weights.len() - 1)
                }
                None => None,
            };
            self.tables.push(table);
        }
    }

    /// The days of a group whose charges stay with their value.
    fn own_cost<'g>(&self, group: &'g Group, value: u32, candidates: &[u16]) -> Vec<OwnCost<'g>> {
        let all = group.days.iter().map(|(day, units)| OwnCost { group, value, day: *day, units: *units });
        let stays = |taker: &Taker| match taker {
            Taker::None => true,
            Taker::Rule(number) => self.rules[usize::from(*number)].rule.method == AllocationMethod::Bought,
            Taker::DiffersByDay => false,
        };
        let days: Vec<Day> = group.days.keys().copied().collect();
        match self.taker(candidates, value, false, &days) {
            Taker::DiffersByDay => all.filter(|own| stays(&self.taker(candidates, value, false, &[own.day]))).collect(),
            same if stays(&same) => all.collect(),
            _ => Vec::new(),
        }
    }

    /// The rules that may take charges of a group, in order.
    fn candidates_of(&self, group: &Group) -> Vec<u16> {
        let numbered = self.rules.iter().zip(0u16..);
        numbered.filter(|(rule, _)| rule.may_take(group, self.charges)).map(|(_, number)| number).collect()
    }

    /// The key of the charges of a group that no rule took.
    fn direct(&mut self, group: &Group, value: u32) -> SumKey {
        let label = Label {
            origin: value,
            provider: self.charges.facet(group, Facet::Provider),
            account: self.charges.facet(group, Facet::BillingAccount),
            service: self.charges.facet(group, Facet::Service),
            kind: group.kind,
            committed: group.commitment != NONE,
            split: group.split,
            currency: group.currency,
        };
        let next = u32::try_from(self.labels.len()).unwrap_or(NONE);
        let number = *self.known_labels.entry(label).or_insert(next);
        if number == next {
            self.labels.push(label);
        }
        SumKey { label: number, value, way: DIRECT, reason: NONE }
    }

    /// Divides all charges and hands each part of each day to `each`.
    pub fn each_part(&mut self, mut each: impl FnMut(&AllocationPart<'_>)) {
        self.run(|allocator, key, days, units| {
            let text = |number| allocator.values.get(number).unwrap_or_default();
            let label = &allocator.labels[key.label as usize];
            for (day, units) in days.iter().zip(units) {
                each(&AllocationPart {
                    day: *day,
                    currency: label.currency,
                    value: text(key.value),
                    origin: text(label.origin),
                    billed: units.billed,
                    effective: units.effective,
                });
            }
        });
    }

    /// Divides all charges and sums the parts.
    ///
    /// # Errors
    ///
    /// When a sum is out of range.
    pub fn allocate(&mut self) -> Result<Allocation, AllocationError> {
        let mut sums = Sums::default();
        self.run(|_, key, _, units| sums.add(key, units));
        Ok(Allocation { costs: sums.costs(self)? })
    }

    /// Divides three figures of a single charge, which is one of those that the rules were prepared for. Each figure is divided exactly;
    /// the parts come in the same order for every call with the same charge.
    pub fn parts<'v>(
        &mut self,
        charge: &VisibleCharge<'_>,
        dimensions: impl Iterator<Item = &'v str>,
        day: Day,
        [billed, effective, quantity]: [i128; 3],
    ) -> Vec<ChargePart> {
        let group = self.charges.lookup(charge, dimensions);
        let Some(value) = group.dimensions.get(self.dimension).copied() else { return Vec::new() };
        let candidates = self.candidates_of(&group);
        let key = self.direct(&group, value);
        let mut out = Vec::new();
        let units = DayUnits { billed, effective, quantity };
        self.divide(&group, &candidates, key, &[day], &[units], &mut |allocator, key, _, units| {
            out.extend(units.iter().map(|units| ChargePart {
                value: allocator.values.get(key.value).unwrap_or_default().to_owned(),
                steps: allocator.steps(key.way),
                reason: allocator.reasons.get(key.reason as usize).cloned(),
                units: [units.billed, units.effective, units.quantity],
            }));
        });
        out
    }

    fn run(&mut self, mut each: impl FnMut(&Self, &SumKey, &[Day], &[DayUnits])) {
        let charges = self.charges;
        let (candidates, ends) = std::mem::take(&mut self.candidates);
        let (mut days, mut units) = (Vec::new(), Vec::new());
        let mut start = 0;
        for (group, end) in charges.groups.iter().zip(&ends) {
            let of_group = &candidates[start..*end];
            start = *end;
            let Some(value) = group.dimensions.get(self.dimension).copied() else { continue };
            let key = self.direct(group, value);
            days.clear();
            units.clear();
            days.extend(group.days.keys().copied());
            // Groups are divided by cost.
            units.extend(group.days.values().map(|sums| DayUnits { quantity: 0, ..*sums }));
            self.divide(group, of_group, key, &days, &units, &mut each);
        }
        self.candidates = (candidates, ends);
    }
}
