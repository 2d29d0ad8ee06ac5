//! Divides the charges of a group, rule after rule. The days of a group go the same way together, and each is divided by itself.

use std::slice::from_ref;

use tollgate_model::Day;
use tollgate_model::allocation::{AllocationMethod, AllocationStep, ShareOfCost, WeightPeriod};

use super::charges::{DayUnits, Group, NONE};
use super::engine::{Allocator, DIRECT, SumKey};
use super::split::Weights;
use super::weights::{Candidates, weight_key};

/// A way through rules to a value: the last step, and the way before it.
pub(super) struct Way {
    before: u32,
    rule: u16,
    /// The position in the targets of the allocator.
    targets: u32,
    /// The position among these targets.
    target: usize,
    from: u32,
    to: u32,
}

/// The targets of a rule for one kind of charge, by number; `None` is the value that the charge has.
pub(super) struct Target {
    values: Vec<Option<u32>>,
    weights: Weights,
}

/// Which rule takes a part.
pub(super) enum Taker {
    None,
    Rule(u16),
    /// Rules begin or end among the days.
    DiffersByDay,
}

impl Allocator<'_> {
    /// The first rule that takes cost of a value on some days.
    pub(super) fn taker(&self, candidates: &[u16], value: u32, given: bool, days: &[Day]) -> Taker {
        for number in candidates.iter().copied().filter(|number| !self.passed.contains(number)) {
            let rule = &self.rules[usize::from(number)];
            if !rule.takes(value, given) {
                continue;
            }
            let in_effect = days.iter().filter(|day| rule.rule.is_in_effect(**day)).count();
            if in_effect == days.len() {
                return Taker::Rule(number);
            }
            if in_effect > 0 {
                return Taker::DiffersByDay;
            }
        }
        Taker::None
    }

    /// Divides the days of one part further, or hands them on when no rule takes them.
    pub(super) fn divide(
        &mut self,
        group: &Group,
        candidates: &[u16],
        key: SumKey,
        days: &[Day],
        units: &[DayUnits],
        each: &mut impl FnMut(&Self, &SumKey, &[Day], &[DayUnits]),
    ) {
        let Some(first) = days.first() else { return };
        let number = match self.taker(candidates, key.value, key.way != DIRECT, days) {
            Taker::None => return each(self, &key, days, units),
            Taker::Rule(number) => Some(number),
            Taker::DiffersByDay => None,
        };
        let rule = number.map(|number| self.rules[usize::from(number)].rule);
        if rule.is_some_and(|rule| rule.method == AllocationMethod::Bought) {
            return each(self, &key, days, units);
        }
        let alike = rule.is_some_and(|rule| rule.over != WeightPeriod::Day) || days.len() == 1;
        let Some(number) = number.filter(|_| alike) else {
            for (day, units) in days.iter().zip(units) {
                self.divide(group, candidates, key, from_ref(day), from_ref(units), each);
            }
            return;
        };
        let targets = match self.targets(number, group, *first) {
            Ok(targets) => targets,
            Err(reason) => {
                return each(self, &SumKey { value: self.unallocated, reason, ..key }, days, units);
            }
        };
        let parts = self.split(targets, units);
        let ways = self.ways(&key, number, targets);
        self.passed.push(number);
        for (at, units) in parts.chunks_exact(days.len()).enumerate() {
            let value = self.targets[targets as usize].values[at];
            let way = ways.saturating_add(u32::try_from(at).unwrap_or(0));
            let part = SumKey { value: value.unwrap_or(key.value), way, ..key };
            // What a rule keeps where it was is not taken again.
            if value.is_none() {
                each(self, &part, days, units);
            } else {
                self.divide(group, candidates, part, days, units, each);
            }
        }
        self.passed.pop();
        self.spare.push(parts);
    }

    /// The parts of some days: all days of the first target, then those of the next.
    fn split(&mut self, targets: u32, days: &[DayUnits]) -> Vec<DayUnits> {
        let weights = &self.targets[targets as usize].weights;
        let mut out = self.spare.pop().unwrap_or_default();
        out.clear();
        out.resize(weights.parts().len() * days.len(), DayUnits::default());
        for (at, whole) in days.iter().enumerate() {
            let same = whole.billed == whole.effective;
            let of_day = || (at..).step_by(days.len());
            for (part, billed) in of_day().zip(weights.split_into(whole.billed, &mut self.buffer)) {
                out[part].billed = *billed;
                if same {
                    out[part].effective = *billed;
                }
            }
            if !same {
                for (part, effective) in of_day().zip(weights.split_into(whole.effective, &mut self.buffer)) {
                    out[part].effective = *effective;
                }
            }
            // Only parts of single charges have one: groups are divided by cost.
            if whole.quantity != 0 {
                for (part, quantity) in of_day().zip(weights.split_into(whole.quantity, &mut self.buffer)) {
                    out[part].quantity = *quantity;
                }
            }
        }
        out
    }

    /// The targets of a rule for a charge, by number; or why there are none.
    fn targets(&mut self, number: u16, group: &Group, day: Day) -> Result<u32, u32> {
        let rule = self.rules[usize::from(number)].rule;
        let key = weight_key(rule, group, day);
        if let Some(known) = self.known_targets.get(&(number, key)) {
            return *known;
        }
        let candidates = Candidates { plan: self.plan, rule, own: &self.own };
        let table = self.tables[usize::from(number)].and_then(|table| self.weights.get(table));
        let found = match candidates.weigh(table, &key, self.charges, self.input) {
            Ok(targets) => {
                let values = targets.values.iter().map(|value| value.as_ref().map(|value| self.number(value)));
                let values = values.collect();
                self.targets.push(Target { values, weights: targets.weights });
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

    /// The number of a value. One that no charge has is made known to the rules.
    fn number(&mut self, value: &str) -> u32 {
        let number = self.values.intern(value);
        self.rules.iter_mut().for_each(|rule| rule.learn(number, value));
        number
    }

    /// The way to the first of some targets; the ways to the others follow it.
    fn ways(&mut self, key: &SumKey, rule: u16, targets: u32) -> u32 {
        let next = u32::try_from(self.ways.len()).unwrap_or(DIRECT);
        let (before, from) = (key.way, key.value);
        let first = *self.known_ways.entry((before, targets, from)).or_insert(next);
        if first == next {
            for (target, value) in self.targets[targets as usize].values.iter().enumerate() {
                self.ways.push(Way { before, rule, targets, target, from, to: value.unwrap_or(from) });
            }
        }
        first
    }

    /// The steps of a way, in order.
    pub(super) fn steps(&self, way: u32) -> Vec<AllocationStep> {
        let mut out = Vec::new();
        let mut at = way;
        while let Some(step) = self.ways.get(at as usize) {
            let text = |number| self.values.get(number).unwrap_or_default().to_owned();
            let rule = self.rules[usize::from(step.rule)].rule;
            let weights = &self.targets[step.targets as usize].weights;
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
}
