//! The sums of parts, and the costs that they make, in a fixed order.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use tollgate_model::Amount;
use tollgate_model::allocation::{AllocatedCost, AllocationStep};

use super::AllocationError;
use super::charges::{DayUnits, NONE, Texts};
use super::engine::{Allocator, Label, SumKey};

/// Sums of parts by what distinguishes costs.
#[derive(Default)]
pub(super) struct Sums {
    sums: FxHashMap<SumKey, (i128, i128)>,
    overflow: bool,
}

/// A sum, and its place among the costs.
struct Row {
    /// Value, currency, way, origin, provider, billing account, service, kind, and whether it is committed or split.
    place: [u32; 9],
    key: SumKey,
    billed: i128,
    effective: i128,
}

/// The rules that a part passed, and why it is unallocated.
struct Path {
    rank: u32,
    steps: Vec<AllocationStep>,
}

impl Sums {
    pub(super) fn add(&mut self, key: &SumKey, days: &[DayUnits]) {
        let sum = self.sums.entry(*key).or_default();
        for units in days {
            match (sum.0.checked_add(units.billed), sum.1.checked_add(units.effective)) {
                (Some(billed), Some(effective)) => *sum = (billed, effective),
                _ => self.overflow = true,
            }
        }
    }

    /// The costs, sorted. Those that differ in nothing but their amounts are one: equal ratios may come from different weights.
    pub(super) fn costs(self, allocator: &Allocator<'_>) -> Result<Vec<AllocatedCost>, AllocationError> {
        if self.overflow {
            return Err(AllocationError::OutOfRange);
        }
        let paths = paths(self.sums.keys(), allocator);
        let texts = text_ranks(&allocator.values);
        let labels = label_places(&allocator.labels, &texts);
        let place = |key: &SumKey| {
            let [currency, origin, provider, account, service, kind, flags] = labels[key.label as usize];
            let path = paths.get(&(key.way, key.reason)).map_or(0, |path| path.rank);
            [rank(&texts, key.value), currency, path, origin, provider, account, service, kind, flags]
        };
        let row =
            |(key, (billed, effective)): (SumKey, (i128, i128))| Row { place: place(&key), key, billed, effective };
        let mut rows: Vec<Row> = self.sums.into_iter().map(row).collect();
        rows.sort_unstable_by_key(|row| row.place);
        let mut costs = Vec::with_capacity(rows.len());
        for same in rows.chunk_by(|a, b| a.place == b.place) {
            let Some(first) = same.first() else { continue };
            let sum = |units: fn(&Row) -> i128| {
                let sum = same.iter().try_fold(0i128, |sum, row| sum.checked_add(units(row)));
                sum.and_then(Amount::from_units).ok_or(AllocationError::OutOfRange)
            };
            let (billed, effective) = (sum(|row| row.billed)?, sum(|row| row.effective)?);
            let steps = paths.get(&(first.key.way, first.key.reason)).map(|path| path.steps.clone());
            costs.push(cost(&first.key, steps.unwrap_or_default(), [billed, effective], allocator));
        }
        Ok(costs)
    }
}

fn cost(key: &SumKey, steps: Vec<AllocationStep>, costs: [Amount; 2], allocator: &Allocator<'_>) -> AllocatedCost {
    let label = &allocator.labels[key.label as usize];
    let text = |number: u32| allocator.values.get(number).map(str::to_owned);
    let [billed, effective] = costs;
    AllocatedCost {
        value: text(key.value).unwrap_or_default(),
        origin: text(label.origin).unwrap_or_default(),
        steps,
        reason: allocator.reasons.get(key.reason as usize).cloned(),
        provider: text(label.provider),
        billing_account: text(label.account),
        service: text(label.service),
        kind: label.kind,
        committed: label.committed,
        split: label.split,
        currency: label.currency,
        billed,
        effective,
    }
}

/// Every way and reason of some sums. The same rules, values and ratios have the same rank.
fn paths<'k>(keys: impl Iterator<Item = &'k SumKey>, allocator: &Allocator<'_>) -> FxHashMap<(u32, u32), Path> {
    let distinct: BTreeSet<(u32, u32)> = keys.map(|key| (key.way, key.reason)).collect();
    let mut ranked: BTreeMap<Vec<u8>, Vec<((u32, u32), Vec<AllocationStep>)>> = BTreeMap::new();
    for (way, reason) in distinct {
        let steps = allocator.steps(way);
        let mut place = Vec::new();
        let mut part = |text: &str| {
            place.extend_from_slice(text.as_bytes());
            place.push(0);
        };
        for step in &steps {
            for text in [&step.rule, &step.from, &step.to, &step.ratio.to_string()] {
                part(text);
            }
        }
        let why = allocator.reasons.get(reason as usize).map(ToString::to_string);
        part(why.as_deref().unwrap_or(ABSENT));
        ranked.entry(place).or_default().push(((way, reason), steps));
    }
    let numbered = ranked.into_values().zip(0u32..);
    numbered.flat_map(|(same, rank)| same.into_iter().map(move |(key, steps)| (key, Path { rank, steps }))).collect()
}

/// What an absent text is sorted as: before every text that people write.
const ABSENT: &str = "\u{1}";

/// The rank of each text by number; the last is that of an absent one.
fn text_ranks(texts: &Texts) -> Vec<u32> {
    let absent = (ABSENT, false);
    let mut sorted: Vec<(&str, bool)> = texts.all().map(|text| (text, true)).chain([absent]).collect();
    sorted.sort_unstable();
    let rank = |wanted| sorted.binary_search(&wanted).ok().and_then(|at| u32::try_from(at).ok()).unwrap_or(NONE);
    texts.all().map(|text| rank((text, true))).chain([rank(absent)]).collect()
}

fn rank(ranks: &[u32], number: u32) -> u32 {
    ranks.get(number as usize).or(ranks.last()).copied().unwrap_or(NONE)
}

/// The places of labels: currency, origin, provider, billing account, service, kind, and whether they are committed or split.
fn label_places(labels: &[Label], texts: &[u32]) -> Vec<[u32; 7]> {
    let currencies: BTreeSet<&str> = labels.iter().map(|label| label.currency.as_str()).collect();
    let currencies: BTreeMap<&str, u32> = currencies.into_iter().zip(0u32..).collect();
    let kinds: BTreeSet<&str> = labels.iter().map(|label| label.kind.as_str()).collect();
    let kinds: BTreeMap<&str, u32> = kinds.into_iter().zip(0u32..).collect();
    let text = |number| rank(texts, number);
    let place = |label: &Label| {
        let currency = currencies.get(label.currency.as_str()).copied().unwrap_or(NONE);
        let kind = kinds.get(label.kind.as_str()).copied().unwrap_or(NONE);
        let flags = u32::from(label.committed) * 2 + u32::from(label.split);
        let [origin, provider, account, service] =
            [label.origin, label.provider, label.account, label.service].map(text);
        [currency, origin, provider, account, service, kind, flags]
    };
    labels.iter().map(place).collect()
}
