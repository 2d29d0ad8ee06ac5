//! Applies rules to groups of charges, day by day, and sums the parts.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use tollgate_model::allocation::{
    AllocatedCost, AllocationMethod, AllocationPlan, AllocationStep, ShareOfCost, UnallocatedReason, WeightPeriod,
};
use tollgate_model::series::Facet;
use tollgate_model::{Amount, ChargeKind, Currency, Day};

use super::charges::{ChargeGroups, DayUnits, Group, NONE, Texts, VisibleCharge};
use super::compiled::CompiledRule;
use super::parts::{Allocation, AllocationPart, ChargePart, merged};
use super::weights::{Candidates, OwnCost, Targets, WeightKey, WeightTable, weight_key};
use super::{AllocationError, WeightInput};

/// A way through rules to a value: the last step, and the way before it.
struct Way {
    before: u32,
    rule: u16,
    /// The position in the targets of the step.
    targets: u32,
    target: usize,
    from: u32,
    to: u32,
}

const DIRECT: u32 = u32::MAX;

/// What parts are summed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct SumKey {
    value: u32,
    origin: u32,
    way: u32,
    reason: u32,
    provider: u32,
    account: u32,
    service: u32,
    kind: ChargeKind,
    committed: bool,
    split: bool,
    currency: Currency,
}

impl SumKey {
    fn direct(group: &Group, value: u32, charges: &ChargeGroups) -> Self {
        Self {
            value,
            origin: value,
            way: DIRECT,
            reason: NONE,
            provider: charges.facet(group, Facet::Provider),
            account: charges.facet(group, Facet::BillingAccount),
            service: charges.facet(group, Facet::Service),
            kind: group.kind,
            committed: group.commitment != NONE,
            split: group.split,
            currency: group.currency,
        }
    }
}

/// Rules applied to the charges of one billing period.
pub struct Allocator<'a> {
    plan: &'a AllocationPlan,
    charges: &'a ChargeGroups,
    input: &'a WeightInput,
    /// The position of the dimension among those of the charges.
    dimension: usize,
    rules: Vec<CompiledRule<'a>>,
    own: BTreeSet<String>,
    tables: Vec<Option<WeightTable>>,
    /// Values by number, beyond those of the charges: targets without a charge.
    values: Texts,
    targets: Vec<(Targets, Vec<Option<u32>>)>,
    known_targets: FxHashMap<(u16, WeightKey), Result<u32, u32>>,
    ways: Vec<Way>,
    known_ways: FxHashMap<(u32, u32, usize, u32), u32>,
    reasons: Vec<UnallocatedReason>,
    unallocated: u32,
    /// The rules that the part in work passed.
    passed: Vec<u16>,
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
            rules: CompiledRule::all(plan, charges),
            own: BTreeSet::new(),
            tables: Vec::new(),
            values,
            targets: Vec::new(),
            known_targets: FxHashMap::default(),
            ways: Vec::new(),
            known_ways: FxHashMap::default(),
            reasons: Vec::new(),
            unallocated,
            passed: Vec::new(),
        };
        out.weigh();
        Ok(out)
    }

    /// Finds the values with cost of their own, and sums what rules weigh by.
    fn weigh(&mut self) {
        let by_day = self.rules.iter().any(|rule| rule.rule.over == WeightPeriod::Day);
        let (mut months, mut days): (Vec<OwnCost<'_>>, Vec<OwnCost<'_>>) = (Vec::new(), Vec::new());
        for group in &self.charges.groups {
            let Some(value) = group.dimensions.get(self.dimension).copied() else { continue };
            let text = self.charges.texts.get(value).unwrap_or_default();
            let candidates = self.candidates(group);
            let mut month: Option<OwnCost<'_>> = None;
            for (day, units) in &group.days {
                let taken = candidates.iter().find(|rule| self.rules[usize::from(**rule)].takes(text, false, *day));
                let stays = |rule: &u16| self.rules[usize::from(*rule)].rule.method == AllocationMethod::Bought;
                if !taken.is_none_or(stays) {
                    continue;
                }
                let cost = OwnCost { group, value, day: *day, units: *units };
                match &mut month {
                    Some(sum) => sum.units.add(units),
                    None => month = Some(cost),
                }
                if by_day {
                    days.push(cost);
                }
            }
            months.extend(month);
        }
        let numbers: BTreeSet<u32> = months.iter().map(|own| own.value).collect();
        let names = numbers.iter().filter_map(|number| self.charges.texts.get(*number));
        self.own = names.map(str::to_owned).collect();
        let table = |rule: &CompiledRule<'_>| {
            let weighs = matches!(
                rule.rule.method,
                AllocationMethod::Cost | AllocationMethod::Usage { .. } | AllocationMethod::Used
            );
            let own = if rule.rule.over == WeightPeriod::Day { &days } else { &months };
            weighs.then(|| WeightTable::new(rule.rule, own.iter().copied(), self.charges, self.input.basis))
        };
        self.tables = self.rules.iter().map(table).collect();
    }

    /// The rules that may take charges of a group, in order.
    fn candidates(&self, group: &Group) -> Vec<u16> {
        let numbered = self.rules.iter().zip(0u16..);
        numbered.filter(|(rule, _)| rule.may_take(group, self.charges)).map(|(_, number)| number).collect()
    }

    /// Divides all charges and hands each part of each day to `each`.
    pub fn each_part(&mut self, mut each: impl FnMut(&AllocationPart<'_>)) {
        self.run(|allocator, key, day, units| {
            let text = |number| allocator.values.get(number).unwrap_or_default();
            each(&AllocationPart {
                day,
                currency: key.currency,
                value: text(key.value),
                origin: text(key.origin),
                billed: units.billed,
                effective: units.effective,
            });
        });
    }

    /// Divides all charges and sums the parts.
    ///
    /// # Errors
    ///
    /// When a sum is out of range.
    pub fn allocate(&mut self) -> Result<Allocation, AllocationError> {
        let mut sums: FxHashMap<SumKey, (i128, i128)> = FxHashMap::default();
        let mut overflow = false;
        self.run(|_, key, _, units| {
            let sum = sums.entry(*key).or_default();
            match (sum.0.checked_add(units.billed), sum.1.checked_add(units.effective)) {
                (Some(billed), Some(effective)) => *sum = (billed, effective),
                _ => overflow = true,
            }
        });
        let mut costs = Vec::with_capacity(sums.len());
        for (key, (billed, effective)) in &sums {
            costs.push(self.cost(key, *billed, *effective)?);
        }
        if overflow {
            return Err(AllocationError::OutOfRange);
        }
        Ok(Allocation { costs: merged(costs)? })
    }

    fn cost(&self, key: &SumKey, billed: i128, effective: i128) -> Result<AllocatedCost, AllocationError> {
        let text = |number: u32| self.values.get(number).map(str::to_owned);
        let amount = |units| Amount::from_units(units).ok_or(AllocationError::OutOfRange);
        Ok(AllocatedCost {
            value: text(key.value).unwrap_or_default(),
            origin: text(key.origin).unwrap_or_default(),
            steps: self.steps(key.way),
            reason: self.reasons.get(key.reason as usize).cloned(),
            provider: text(key.provider),
            billing_account: text(key.account),
            service: text(key.service),
            kind: key.kind,
            committed: key.committed,
            split: key.split,
            currency: key.currency,
            billed: amount(billed)?,
            effective: amount(effective)?,
        })
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
        let candidates = self.candidates(&group);
        let key = SumKey::direct(&group, value, self.charges);
        let mut out = Vec::new();
        let units = DayUnits { billed, effective, quantity };
        self.divide(&group, &candidates, key, day, units, &mut |allocator: &Self, key: &SumKey, _, units: DayUnits| {
            out.push(ChargePart {
                value: allocator.values.get(key.value).unwrap_or_default().to_owned(),
                steps: allocator.steps(key.way),
                reason: allocator.reasons.get(key.reason as usize).cloned(),
                units: [units.billed, units.effective, units.quantity],
            });
        });
        out
    }

    fn steps(&self, way: u32) -> Vec<AllocationStep> {
        let mut out = Vec::new();
        let mut at = way;
        while let Some(step) = self.ways.get(at as usize) {
            let text = |number| self.values.get(number).unwrap_or_default().to_owned();
            let rule = self.rules[usize::from(step.rule)].rule;
            let weights = &self.targets[step.targets as usize].0.weights;
            out.push(AllocationStep {
                rule: rule.name.clone(),
                method: rule.method.as_str().to_owned(),
                from: text(step.from),
                to: text(step.to),
                ratio: ShareOfCost { part: weights.parts()[step.target], whole: weights.whole() },
            });
            at = step.before;
        }
        out.reverse();
        out
    }

    fn run(&mut self, mut each: impl FnMut(&Self, &SumKey, Day, DayUnits)) {
        let charges = self.charges;
        for group in &charges.groups {
            let Some(value) = group.dimensions.get(self.dimension).copied() else { continue };
            let candidates = self.candidates(group);
            let key = SumKey::direct(group, value, charges);
            for (day, units) in &group.days {
                self.divide(group, &candidates, key, *day, DayUnits { quantity: 0, ..*units }, &mut each);
            }
        }
    }

    /// Divides one part further, or hands it on when no rule takes it.
    fn divide(
        &mut self,
        group: &Group,
        candidates: &[u16],
        key: SumKey,
        day: Day,
        units: DayUnits,
        each: &mut impl FnMut(&Self, &SumKey, Day, DayUnits),
    ) {
        let given = key.way != DIRECT;
        let text = self.values.get(key.value).unwrap_or_default();
        let takes =
            |number: &&u16| !self.passed.contains(*number) && self.rules[usize::from(**number)].takes(text, given, day);
        let Some(number) = candidates.iter().find(takes).copied() else { return each(self, &key, day, units) };
        if self.rules[usize::from(number)].rule.method == AllocationMethod::Bought {
            return each(self, &key, day, units);
        }
        let targets = match self.targets(number, group, day) {
            Ok(targets) => targets,
            Err(reason) => {
                return each(self, &SumKey { value: self.unallocated, reason, ..key }, day, units);
            }
        };
        let (found, values) = &self.targets[targets as usize];
        let (billed, effective) = (found.weights.split(units.billed), found.weights.split(units.effective));
        // Only parts of single charges have one: groups are divided by cost.
        let quantities = (units.quantity != 0).then(|| found.weights.split(units.quantity));
        let values = values.clone();
        self.passed.push(number);
        for (at, value) in values.into_iter().enumerate() {
            let to = value.unwrap_or(key.value);
            let way = self.way(key.way, number, targets, at, (key.value, to));
            let part = SumKey { value: to, way, ..key };
            let quantity = quantities.as_ref().map_or(0, |q| q[at]);
            let units = DayUnits { billed: billed[at], effective: effective[at], quantity };
            // What a rule keeps where it was is not taken again.
            if value.is_none() {
                each(self, &part, day, units);
            } else {
                self.divide(group, candidates, part, day, units, each);
            }
        }
        self.passed.pop();
    }

    /// The targets of a rule for a charge, by number; or why there are none.
    fn targets(&mut self, number: u16, group: &Group, day: Day) -> Result<u32, u32> {
        let rule = self.rules[usize::from(number)].rule;
        let key = weight_key(rule, group, day);
        if let Some(known) = self.known_targets.get(&(number, key)) {
            return *known;
        }
        let candidates = Candidates { plan: self.plan, rule, own: &self.own };
        let table = self.tables[usize::from(number)].as_ref();
        let found = match candidates.weigh(table, &key, self.charges, self.input) {
            Ok(targets) => {
                let number = |value: &Option<String>| value.as_ref().map(|value| self.values.intern(value));
                let values = targets.values.iter().map(number).collect();
                self.targets.push((targets, values));
                Ok(u32::try_from(self.targets.len() - 1).unwrap_or(NONE))
            }
            Err(reason) => {
                let known = self.reasons.iter().position(|r| *r == reason).unwrap_or_else(|| {
                    self.reasons.push(reason);
                    self.reasons.len() - 1
                });
                Err(u32::try_from(known).unwrap_or(NONE))
            }
        };
        self.known_targets.insert((number, key), found);
        found
    }

    fn way(&mut self, before: u32, rule: u16, targets: u32, target: usize, (from, to): (u32, u32)) -> u32 {
        let next = u32::try_from(self.ways.len()).unwrap_or(DIRECT);
        let number = *self.known_ways.entry((before, targets, target, from)).or_insert(next);
        if number == next {
            self.ways.push(Way { before, rule, targets, target, from, to });
        }
        number
    }
}
