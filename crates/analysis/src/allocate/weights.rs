//! The weights of targets: cost, quantities or metrics of values, by currency, day and commitment.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use tollgate_model::allocation::{
    AllocationMethod, AllocationPlan, AllocationRule, UnallocatedReason, WeightPeriod, WithoutWeights,
};
use tollgate_model::{Amount, Basis, ChargeKind, Currency, Day};

use super::charges::{ChargeGroups, Group, NONE};
use super::compiled::Conditions;
use super::split::Weights;
use super::{MetricWeights, WeightInput};

/// The targets of a rule for one kind of charge, sorted by name, with their weights.
#[derive(Clone, Debug)]
pub(super) struct Targets {
    /// The values that get a part; `None` is the value that the charge has.
    pub(super) values: Vec<Option<String>>,
    pub(super) weights: Weights,
}

/// What distinguishes the weights of a rule: the currency, the day, and the commitment or billing account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct WeightKey {
    currency: Option<Currency>,
    day: Option<Day>,
    /// Commitment, or provider and billing account.
    pool: (u32, u32, u32),
}

const NO_POOL: (u32, u32, u32) = (NONE, NONE, NONE);

type ValueWeights = BTreeMap<u32, i128>;

/// The charges of values with cost of their own, as weights of one rule.
pub(super) struct WeightTable {
    sums: FxHashMap<WeightKey, ValueWeights>,
}

/// The key of the weights that divide a charge.
pub(super) fn weight_key(rule: &AllocationRule, group: &Group, day: Day) -> WeightKey {
    let day = (rule.over == WeightPeriod::Day).then_some(day);
    let (currency, pool) = match &rule.method {
        AllocationMethod::Cost => (Some(group.currency), NO_POOL),
        AllocationMethod::Used => (Some(group.currency), pool_of(group)),
        _ => (None, NO_POOL),
    };
    WeightKey { currency, day, pool }
}

/// The commitment of a charge; without one, its provider and billing account.
fn pool_of(group: &Group) -> (u32, u32, u32) {
    if group.commitment == NONE { account_pool(group) } else { (group.commitment, NONE, NONE) }
}

fn account_pool(group: &Group) -> (u32, u32, u32) {
    (NONE, group.facets[0], group.facets[1])
}

/// A value with cost of its own: its charges of one group and day.
#[derive(Clone, Copy)]
pub(super) struct OwnCost<'g> {
    pub(super) group: &'g Group,
    pub(super) value: u32,
    pub(super) day: Day,
    pub(super) units: super::charges::DayUnits,
}

impl WeightTable {
    /// Sums what a rule weighs by.
    pub(super) fn new<'g>(
        rule: &AllocationRule,
        own: impl Iterator<Item = OwnCost<'g>>,
        charges: &ChargeGroups,
        basis: Basis,
    ) -> Self {
        let weigh = Conditions::new(rule.weigh.iter(), charges);
        let mut sums: FxHashMap<WeightKey, ValueWeights> = FxHashMap::default();
        let is_use = |group: &Group| matches!(group.kind, ChargeKind::Usage | ChargeKind::Periodic);
        let mut last: Option<(*const Group, bool)> = None;
        for OwnCost { group, value, day, units } in own {
            let holds = match last {
                Some((same, holds)) if std::ptr::eq(same, group) => holds,
                _ => weigh.hold(group, charges),
            };
            last = Some((group, holds));
            if !holds {
                continue;
            }
            let day = (rule.over == WeightPeriod::Day).then_some(day);
            let cost = if basis == Basis::Billed { units.billed } else { units.effective };
            let mut add = |currency, pool, units: i128| {
                let sum = sums.entry(WeightKey { currency, day, pool }).or_default().entry(value).or_default();
                *sum = sum.saturating_add(units);
            };
            match &rule.method {
                AllocationMethod::Cost => add(Some(group.currency), NO_POOL, cost),
                AllocationMethod::Usage { unit } if charges.texts.get(group.unit) == Some(unit.as_str()) => {
                    add(None, NO_POOL, units.quantity);
                }
                AllocationMethod::Used if is_use(group) => {
                    // The use of a commitment has no BilledCost: EffectiveCost says who used how much.
                    add(Some(group.currency), account_pool(group), units.effective);
                    if group.commitment != NONE {
                        add(Some(group.currency), (group.commitment, NONE, NONE), units.effective);
                    }
                }
                _ => {}
            }
        }
        Self { sums }
    }

    fn of(&self, key: &WeightKey, charges: &ChargeGroups) -> BTreeMap<String, i128> {
        let found = self.sums.get(key).into_iter().flatten();
        found.filter_map(|(value, units)| Some((charges.texts.get(*value)?.to_owned(), *units))).collect()
    }
}

/// The values that may be targets of a rule.
pub(super) struct Candidates<'a> {
    pub(super) plan: &'a AllocationPlan,
    pub(super) rule: &'a AllocationRule,
    /// Values with cost of their own.
    pub(super) own: &'a BTreeSet<String>,
}

impl Candidates<'_> {
    fn may_get(&self, value: &str) -> bool {
        let rule = self.rule;
        let excepted = rule.except.iter().any(|e| e == value);
        if !rule.targets.is_empty() {
            return rule.targets.iter().any(|target| target == value) && !excepted;
        }
        // A metric names its targets itself: they need no cost of their own.
        let is_known = matches!(rule.method, AllocationMethod::Metric { .. }) || self.own.contains(value);
        let gives = rule.own_condition().is_some_and(|c| c.matches(value)) || self.plan.is_shared(value);
        is_known && !excepted && !gives && value != self.plan.unallocated
    }

    /// Every target that is known by name.
    fn all(&self) -> Vec<String> {
        let named = self.rule.targets.iter().filter(|target| self.may_get(target));
        match self.rule.targets.is_empty() {
            true => self.own.iter().filter(|value| self.may_get(value)).cloned().collect(),
            false => named.cloned().collect::<BTreeSet<_>>().into_iter().collect(),
        }
    }

    /// The targets and their weights.
    pub(super) fn weigh(
        &self,
        table: Option<&WeightTable>,
        key: &WeightKey,
        charges: &ChargeGroups,
        input: &WeightInput,
    ) -> Result<Targets, UnallocatedReason> {
        let rule = self.rule;
        let weights = match &rule.method {
            AllocationMethod::Even | AllocationMethod::Bought => return self.even(),
            AllocationMethod::Fixed { shares, keep } => return self.fixed(shares, *keep),
            AllocationMethod::Metric { metric } => self.metric(metric, input.metrics.get(metric), key.day)?,
            AllocationMethod::Cost | AllocationMethod::Usage { .. } | AllocationMethod::Used => {
                table.map(|table| table.of(key, charges)).unwrap_or_default()
            }
        };
        let positive = weights.into_iter().filter(|(value, units)| *units > 0 && self.may_get(value));
        let found: BTreeMap<String, i128> = positive.collect();
        match Weights::new(found.values().map(|units| units.unsigned_abs())) {
            Some(weights) => Ok(Targets { values: found.into_keys().map(Some).collect(), weights }),
            None if rule.without_weights == WithoutWeights::Even => self.even(),
            None => Err(UnallocatedReason::NoWeights { rule: rule.name.clone() }),
        }
    }

    fn even(&self) -> Result<Targets, UnallocatedReason> {
        let values = self.all();
        let weights = Weights::new(values.iter().map(|_| 1));
        let weights = weights.ok_or_else(|| UnallocatedReason::NoWeights { rule: self.rule.name.clone() })?;
        Ok(Targets { values: values.into_iter().map(Some).collect(), weights })
    }

    fn fixed(&self, shares: &BTreeMap<String, Amount>, keep: Amount) -> Result<Targets, UnallocatedReason> {
        let kept = (!keep.is_zero()).then_some((None, keep));
        let all = shares.iter().map(|(value, share)| (Some(value.clone()), *share)).chain(kept);
        let all: Vec<_> = all.filter(|(_, share)| *share > Amount::ZERO).collect();
        let weights = Weights::new(all.iter().map(|(_, share)| share.units().unsigned_abs()));
        let weights = weights.ok_or_else(|| UnallocatedReason::NoWeights { rule: self.rule.name.clone() })?;
        Ok(Targets { values: all.into_iter().map(|(value, _)| value).collect(), weights })
    }

    /// The values of a metric. A named target without one is unknown, and so is every part.
    fn metric(
        &self,
        metric: &str,
        values: Option<&MetricWeights>,
        day: Option<Day>,
    ) -> Result<BTreeMap<String, i128>, UnallocatedReason> {
        let missing = |target: Option<&str>| UnallocatedReason::MissingMetric {
            rule: self.rule.name.clone(),
            metric: metric.to_owned(),
            target: target.map(str::to_owned),
        };
        let mut out: BTreeMap<String, i128> = BTreeMap::new();
        for (value, days) in values.map(|v| &v.values).into_iter().flatten() {
            let counted = days.iter().filter(|(on, _)| day.is_none_or(|day| day == **on));
            let (count, sum) =
                counted.fold((0i128, 0i128), |(count, sum), (_, q)| (count + 1, sum.saturating_add(q.units())));
            let by_known_day = values.is_some_and(|v| v.by_known_day);
            if count > 0 {
                out.insert(value.clone(), if by_known_day { sum / count } else { sum });
            }
        }
        if let Some(unknown) = self.rule.targets.iter().find(|target| !out.contains_key(*target)) {
            return Err(missing(Some(unknown)));
        }
        if out.is_empty() { Err(missing(None)) } else { Ok(out) }
    }
}
