//! Charges as rules see them: grouped by what a rule can compare, with their cost by day.
//!
//! A month of a million charges has some ten thousand groups. Rules are applied to groups, never to single charges.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use tollgate_model::series::Facet;
use tollgate_model::{Amount, ChargeKind, Currency, Day, Quantity};

/// No value.
pub(super) const NONE: u32 = u32::MAX;

/// What rules can see of a charge.
#[derive(Clone, Copy, Debug)]
pub struct VisibleCharge<'c> {
    /// The facets, in the order of [`Facet::ALL`].
    pub facets: [Option<&'c str>; 5],
    /// Usage, purchase, tax…
    pub kind: ChargeKind,
    /// The currency of both costs.
    pub currency: Currency,
    /// `CommitmentDiscountId`.
    pub commitment: Option<&'c str>,
    /// `ConsumedUnit`, where a rule weighs by it.
    pub unit: Option<&'c str>,
    /// Whether it is a part of a charge that the provider divided.
    pub split: bool,
}

/// The cost of a charge.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChargeCost {
    /// BilledCost.
    pub billed: Amount,
    /// EffectiveCost.
    pub effective: Amount,
    /// `ConsumedQuantity`.
    pub quantity: Option<Quantity>,
}

/// Sums of one group on one day, in units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DayUnits {
    pub(super) billed: i128,
    pub(super) effective: i128,
    pub(super) quantity: i128,
}

impl DayUnits {
    /// Adds the sums of another day. Weights may be held at the end of the range, amounts never come here.
    pub(super) fn add(&mut self, other: &Self) {
        self.billed = self.billed.saturating_add(other.billed);
        self.effective = self.effective.saturating_add(other.effective);
        self.quantity = self.quantity.saturating_add(other.quantity);
    }
}

/// Charges that no rule can distinguish.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) facets: [u32; 5],
    pub(super) kind: ChargeKind,
    pub(super) currency: Currency,
    pub(super) commitment: u32,
    pub(super) unit: u32,
    pub(super) split: bool,
    /// The value of each dimension.
    pub(super) dimensions: Vec<u32>,
    pub(super) days: FxHashMap<Day, DayUnits>,
}

/// Texts by number, each once.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    numbers: FxHashMap<String, u32>,
    texts: Vec<String>,
}

impl Texts {
    pub(super) fn intern(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(NONE);
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }

    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    pub(super) fn get(&self, number: u32) -> Option<&str> {
        self.texts.get(number as usize).map(String::as_str)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str)
    }
}

/// The charges of a billing period, grouped. The order in which charges are added does not matter.
#[derive(Clone, Debug, Default)]
pub struct ChargeGroups {
    pub(super) dimensions: Vec<String>,
    pub(super) texts: Texts,
    pub(super) groups: Vec<Group>,
    pub(super) account_names: BTreeMap<String, String>,
    known: FxHashMap<Vec<u32>, usize>,
    /// The place of the charge that was added last, and its group.
    place: Vec<u32>,
    last: usize,
    overflow: bool,
}

/// The numbers that distinguish the group of a charge, written over those of the charge before it.
struct Place {
    numbers: Vec<u32>,
    at: usize,
    /// Whether one differs.
    changed: bool,
}

impl Place {
    fn text(&mut self, texts: &mut Texts, text: Option<&str>) {
        let number = match text {
            None => NONE,
            Some(text) => match self.numbers.get(self.at) {
                Some(same) if texts.get(*same) == Some(text) => *same,
                _ => texts.intern(text),
            },
        };
        self.number(number);
    }

    fn number(&mut self, number: u32) {
        match self.numbers.get_mut(self.at) {
            Some(same) if *same == number => {}
            Some(old) => {
                *old = number;
                self.changed = true;
            }
            None => {
                self.numbers.push(number);
                self.changed = true;
            }
        }
        self.at += 1;
    }
}

impl ChargeGroups {
    /// Creates an empty collection for charges with these dimensions.
    pub fn new(dimensions: Vec<String>) -> Self {
        Self { dimensions, ..Self::default() }
    }

    /// Sets the names of sub accounts by id: conditions match either.
    pub fn set_account_names(&mut self, names: BTreeMap<String, String>) {
        self.account_names = names;
    }

    /// Adds a charge with the value of each dimension, in their order.
    pub fn add<'v>(
        &mut self,
        charge: &VisibleCharge<'_>,
        dimensions: impl Iterator<Item = &'v str>,
        day: Day,
        cost: &ChargeCost,
    ) {
        let texts = charge.facets.into_iter().chain([charge.commitment, charge.unit]);
        // Most charges have most texts of the charge before them.
        let mut place = Place { numbers: std::mem::take(&mut self.place), at: 0, changed: self.groups.is_empty() };
        texts.for_each(|text| place.text(&mut self.texts, text));
        place.text(&mut self.texts, Some(charge.currency.as_str()));
        place.number(charge.kind as u32);
        place.number(u32::from(charge.split));
        dimensions.for_each(|value| place.text(&mut self.texts, Some(value)));
        let changed = place.changed;
        self.place = place.numbers;
        if changed {
            self.last = self.find_or_push(charge);
        }
        let units = self.groups[self.last].days.entry(day).or_default();
        let mut add = |sum: &mut i128, units: i128| match sum.checked_add(units) {
            Some(total) => *sum = total,
            None => self.overflow = true,
        };
        add(&mut units.billed, cost.billed.units());
        add(&mut units.effective, cost.effective.units());
        add(&mut units.quantity, cost.quantity.map_or(0, Quantity::units));
    }

    fn find_or_push(&mut self, charge: &VisibleCharge<'_>) -> usize {
        if let Some(at) = self.known.get(self.place.as_slice()) {
            return *at;
        }
        self.known.insert(self.place.clone(), self.groups.len());
        self.groups.push(self.group(charge));
        self.groups.len() - 1
    }

    fn group(&self, charge: &VisibleCharge<'_>) -> Group {
        let at = |n: usize| self.place.get(n).copied().unwrap_or(NONE);
        Group {
            facets: [at(0), at(1), at(2), at(3), at(4)],
            commitment: at(5),
            unit: at(6),
            kind: charge.kind,
            currency: charge.currency,
            split: charge.split,
            dimensions: self.place.get(10..).unwrap_or_default().to_vec(),
            days: FxHashMap::default(),
        }
    }

    /// The group of a charge that was added, without its sums.
    pub(super) fn lookup<'v>(&self, charge: &VisibleCharge<'_>, dimensions: impl Iterator<Item = &'v str>) -> Group {
        let number = |text: &str| self.texts.find(text).unwrap_or(NONE);
        Group {
            facets: charge.facets.map(|text| text.map_or(NONE, number)),
            commitment: charge.commitment.map_or(NONE, number),
            unit: charge.unit.map_or(NONE, number),
            kind: charge.kind,
            currency: charge.currency,
            split: charge.split,
            dimensions: dimensions.map(number).collect(),
            days: FxHashMap::default(),
        }
    }

    /// The number of groups.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether there is no charge.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Whether every sum is in range.
    pub(super) fn is_in_range(&self) -> bool {
        !self.overflow
    }

    /// The distinct values of a dimension, sorted.
    pub fn values(&self, dimension: &str) -> Vec<&str> {
        let Some(at) = self.dimensions.iter().position(|d| d == dimension) else { return Vec::new() };
        let numbers: std::collections::BTreeSet<&str> =
            self.groups.iter().filter_map(|g| self.texts.get(*g.dimensions.get(at)?)).collect();
        numbers.into_iter().collect()
    }

    pub(super) fn facet(&self, group: &Group, facet: Facet) -> u32 {
        group.facets[Facet::ALL.iter().position(|f| *f == facet).unwrap_or(0)]
    }
}
