//! Why a cost changed: what is new, what is gone, and for the rest price, usage and mix. The effects add up to the change exactly.
//!
//! An item is a meter of a service in an account and region. For items of both periods with a known quantity, within a family (a service
//! and a unit): usage is the change of the family's quantity at the earlier price, mix the shift between items of different price,
//! price the change of each item's own price. The rest without a quantity (taxes, credits, fees) is unmeasured.
//!
//! Source: the price, volume and mix decomposition of variance analysis; C. Horngren et al., "Cost Accounting: A Managerial Emphasis",
//! chapter "Strategy, balanced scorecard and strategic profitability analysis" (sales-mix and sales-quantity variances).

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::query::{AnswerPeriod, Comparison, Conversion, CostField, CostQuery, GroupValue, LeftOut};
use tollgate_model::series::Facet;
use tollgate_model::{Amount, Currency, MoneyError, Quantity};

use super::RowFilter;
use super::cells::{Cells, Group, WindowName, amount};
use super::parts::{GroupParts, Summed, UnknownAmounts, group_parts};
use super::plan::CostPlan;
use super::wide::multiply_divide;
use crate::{Context, PipelineError};

/// Why a part of a cost changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeEffect {
    /// Cost of items that the earlier period does not have.
    New,
    /// Cost of items that the later period does not have.
    Gone,
    /// More or less is used, at the earlier prices.
    Usage,
    /// Use moved to items with another price.
    Mix,
    /// The price of a unit changed.
    Price,
    /// The charges have no quantity: taxes, credits, fees.
    Unmeasured,
}

impl ChangeEffect {
    /// Every effect.
    pub const ALL: [Self; 6] = [Self::New, Self::Gone, Self::Usage, Self::Mix, Self::Price, Self::Unmeasured];

    /// The word for people and JSON.
    pub const fn label(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Usage => "usage",
            Self::Mix => "mix",
            Self::Price => "price",
            Self::Unmeasured => "unmeasured",
        }
    }
}

/// A change by its effects, which add up to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChangeOfCost {
    /// The cost of the earlier period.
    pub before: Amount,
    /// The cost of the later period.
    pub after: Amount,
    /// The difference.
    pub change: Amount,
    /// The part of each effect.
    pub effects: BTreeMap<ChangeEffect, Amount>,
}

/// The change of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupChange {
    /// The value of each grouping; none for the sum of other groups.
    pub group: Vec<GroupValue>,
    /// For the sum of the groups that are not listed: how many they are.
    pub other: Option<u32>,
    /// The currency of every amount.
    pub currency: Currency,
    /// The change.
    #[serde(flatten)]
    pub cost: ChangeOfCost,
}

/// One effect on one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangeDriver {
    /// The effect.
    pub effect: ChangeEffect,
    /// Account, service, region and kind of the item.
    pub item: Vec<GroupValue>,
    /// The meter, SKU or description.
    pub meter: Option<String>,
    /// The currency of every amount.
    pub currency: Currency,
    /// By how much this effect changed the cost.
    pub amount: Amount,
    /// The cost of the earlier period.
    pub before: Amount,
    /// The cost of the later period.
    pub after: Amount,
    /// The quantity of the earlier period, where it is known.
    pub quantity_before: Option<Quantity>,
    /// The quantity of the later period, where it is known.
    pub quantity_after: Option<Quantity>,
    /// The unit of the quantities.
    pub unit: Option<String>,
}

/// Why a cost changed between two periods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CostChange {
    /// The question.
    pub query: CostQuery,
    /// The later period.
    pub period: AnswerPeriod,
    /// The earlier period.
    pub compared_with: AnswerPeriod,
    /// The change of each currency.
    pub totals: Vec<GroupChange>,
    /// The change of each group, the largest first, and of the others.
    pub groups: Vec<GroupChange>,
    /// The largest effects on items.
    pub drivers: Vec<ChangeDriver>,
    /// What the sums do not contain.
    pub left_out: Vec<LeftOut>,
    /// Which currencies were converted.
    pub conversion: Option<Conversion>,
}

/// Effects on items that are listed.
const DRIVERS: usize = 12;
/// What an item is, besides its meter and unit.
const ITEM: [CostField; 4] = [
    CostField::Facet(Facet::SubAccount),
    CostField::Facet(Facet::Service),
    CostField::Facet(Facet::Region),
    CostField::Kind,
];
/// One item with its cost and quantity in both periods.
struct Item {
    values: Group,
    currency: Currency,
    before: Option<i128>,
    after: Option<i128>,
    quantities: Option<(i128, i128)>,
}

/// The items of both periods, in the currency of the answer.
struct Items {
    items: Vec<Item>,
    left_out: Vec<LeftOut>,
    conversion: Option<Conversion>,
}

/// Explains the change of a cost between two periods. Without a comparison, the earlier one is the previous period.
///
/// # Errors
///
/// As [`answer_costs`](super::answer_costs).
pub async fn explain_change(
    context: &Context,
    query: &CostQuery,
    row_filter: &RowFilter,
) -> Result<CostChange, PipelineError> {
    let mut query = query.clone();
    query.compare.get_or_insert(Comparison::Previous);
    let plan = CostPlan::new(context, &query, row_filter).await?;
    let Some(before) = &plan.before else { return Err(PipelineError::Empty) };
    if before.days.end <= plan.calendar.first {
        return Err(PipelineError::Refused(format!(
            "the store has no charges from {} to {}\nhint: its first day is {}",
            before.days.start,
            before.days.end.plus(-1),
            plan.calendar.first
        )));
    }
    let Items { items, left_out, conversion } = read_items(context, &plan).await?;
    let groupings = query.group_by.len();
    let families = families(&items, groupings);
    let mut totals: BTreeMap<Currency, ChangeOfCost> = BTreeMap::new();
    let mut groups: BTreeMap<(Currency, Group), ChangeOfCost> = BTreeMap::new();
    let mut drivers: Vec<ChangeDriver> = Vec::new();
    for item in &items {
        let effects = effects(item, families.get(&family(item, groupings)).copied())?;
        let group = (item.currency, item.values[..groupings].to_vec());
        for sum in [totals.entry(item.currency).or_default(), groups.entry(group).or_default()] {
            add(sum, item, &effects)?;
        }
        drivers.extend(
            effects
                .into_iter()
                .filter(|(_, part)| *part != 0)
                .map(|(effect, part)| driver(&plan, item, effect, part))
                .collect::<Result<Vec<_>, _>>()?,
        );
    }
    drivers.sort_by_key(|driver| std::cmp::Reverse(driver.amount.abs()));
    drivers.truncate(DRIVERS);
    let mut totals: Vec<GroupChange> = totals
        .into_iter()
        .map(|(currency, cost)| GroupChange { group: Vec::new(), other: None, currency, cost })
        .collect();
    totals.sort_by_key(|total| std::cmp::Reverse(total.cost.after));
    Ok(CostChange {
        period: plan.answer_period(&plan.now, query.period.to_string()),
        compared_with: plan.answer_period(before, query.compare.as_ref().map_or(String::new(), ToString::to_string)),
        groups: listed_groups(&plan, groups)?,
        totals,
        drivers,
        left_out,
        conversion,
        query,
    })
}

/// The items of both windows, in the currency of the answer.
async fn read_items(context: &Context, plan: &CostPlan) -> Result<Items, PipelineError> {
    let fields: Vec<CostField> = plan.query.group_by.iter().chain(&ITEM).cloned().collect();
    let summed = Summed { fields: &fields, amount: plan.query.metric.column(), measured: true };
    let mut cells = Cells::default();
    let mut unknown_amounts = UnknownAmounts::default();
    // The quantity of each item in both windows; unknown where a charge has none.
    let mut quantities: BTreeMap<(Group, Currency, WindowName), Option<i128>> = BTreeMap::new();
    for window in plan.windows() {
        for GroupParts { group, currency, parts, unknown } in group_parts(context, plan, window, &summed).await? {
            unknown_amounts.add(currency, unknown);
            let number = cells.group(group.clone(), currency);
            for (place, units, quantity) in parts {
                cells.add(number, place, units)?;
                let sum = quantities.entry((group.clone(), currency, window.name)).or_insert(Some(0));
                *sum = sum.zip(quantity).and_then(|(sum, more)| sum.checked_add(more));
            }
        }
    }
    let (parts, conversion) = plan.convert(&cells)?;
    let into = |currency: Currency| match &conversion {
        Some(conversion) if conversion.converted.contains(&currency) => conversion.into,
        _ => currency,
    };
    let mut converted: BTreeMap<(Group, Currency, WindowName), Option<i128>> = BTreeMap::new();
    for ((group, currency, window), quantity) in quantities {
        let sum = converted.entry((group, into(currency), window)).or_insert(Some(0));
        *sum = sum.zip(quantity).and_then(|(sum, more)| sum.checked_add(more));
    }
    let mut costs: BTreeMap<(Group, Currency), [Option<i128>; 2]> = BTreeMap::new();
    for part in parts {
        let [before, after] = costs.entry((part.group, part.currency)).or_default();
        let sum = if part.window == WindowName::Before { before } else { after };
        let total = sum.unwrap_or(0).checked_add(part.units);
        *sum = Some(total.ok_or_else(|| MoneyError::TooLarge("a sum of charges".to_owned()))?);
    }
    let items = costs.into_iter().map(|((values, currency), [before, after])| {
        let of = |window| converted.get(&(values.clone(), currency, window)).copied().flatten().filter(|q| *q > 0);
        let quantities = of(WindowName::Before).zip(of(WindowName::Now));
        Item { values, currency, before, after, quantities }
    });
    Ok(Items { items: items.collect(), left_out: unknown_amounts.left_out(), conversion })
}

/// The family of an item: the same groups, service, kind and unit, in any account and region, of any meter.
fn family(item: &Item, groupings: usize) -> (Currency, Group) {
    let [service, kind, unit] = [1, 3, 5].map(|number| item.values.get(groupings + number).cloned().flatten());
    let group = item.values[..groupings].iter().cloned().chain([service, kind, unit]);
    (item.currency, group.collect())
}

/// The quantities of each family, over the items that both periods have.
fn families(items: &[Item], groupings: usize) -> BTreeMap<(Currency, Group), (i128, i128)> {
    let mut out: BTreeMap<(Currency, Group), (i128, i128)> = BTreeMap::new();
    for item in items.iter().filter(|item| item.before.is_some() && item.after.is_some()) {
        let Some((before, after)) = item.quantities else { continue };
        let sum = out.entry(family(item, groupings)).or_default();
        *sum = (sum.0.saturating_add(before), sum.1.saturating_add(after));
    }
    out
}

/// The effects on an item, which add up to its change.
fn effects(item: &Item, family: Option<(i128, i128)>) -> Result<Vec<(ChangeEffect, i128)>, PipelineError> {
    let too_large = || PipelineError::from(MoneyError::TooLarge("a change of cost".to_owned()));
    let (before, after) = match (item.before, item.after) {
        (None, None) => return Ok(Vec::new()),
        (None, Some(after)) => return Ok(vec![(ChangeEffect::New, after)]),
        (Some(before), None) => return Ok(vec![(ChangeEffect::Gone, -before)]),
        (Some(before), Some(after)) => (before, after),
    };
    let change = after.checked_sub(before).ok_or_else(too_large)?;
    let (Some((used_before, used_after)), Some((all_before, all_after))) = (item.quantities, family) else {
        return Ok(vec![(ChangeEffect::Unmeasured, change)]);
    };
    let at_earlier_price = multiply_divide(before, used_after, used_before).ok_or_else(too_large)?;
    let price = after.checked_sub(at_earlier_price).ok_or_else(too_large)?;
    let usage = multiply_divide(before, all_after.saturating_sub(all_before), all_before).ok_or_else(too_large)?;
    let mix = change.checked_sub(price).and_then(|rest| rest.checked_sub(usage)).ok_or_else(too_large)?;
    Ok(vec![(ChangeEffect::Usage, usage), (ChangeEffect::Mix, mix), (ChangeEffect::Price, price)])
}

/// Adds an item and its effects to a sum.
fn add(sum: &mut ChangeOfCost, item: &Item, effects: &[(ChangeEffect, i128)]) -> Result<(), PipelineError> {
    let plus = |sum: Amount, units: i128| -> Result<Amount, PipelineError> {
        let total = sum.checked_add(amount(units)?);
        total.ok_or_else(|| MoneyError::TooLarge("a change of cost".to_owned()).into())
    };
    let (before, after) = (item.before.unwrap_or(0), item.after.unwrap_or(0));
    sum.before = plus(sum.before, before)?;
    sum.after = plus(sum.after, after)?;
    sum.change = plus(sum.change, after - before)?;
    for (effect, part) in effects {
        let of = sum.effects.entry(*effect).or_default();
        *of = plus(*of, *part)?;
    }
    Ok(())
}

fn driver(plan: &CostPlan, item: &Item, effect: ChangeEffect, part: i128) -> Result<ChangeDriver, PipelineError> {
    let groupings = plan.query.group_by.len();
    let value = |number: usize| item.values.get(groupings + number).cloned().flatten();
    let quantity = |units: i128| Quantity::from_units(units);
    let of_item = ITEM.iter().enumerate().map(|(number, field)| {
        let value = value(number);
        let name = plan.name_of(field, value.as_deref()).map(str::to_owned);
        GroupValue { field: field.clone(), value, name }
    });
    Ok(ChangeDriver {
        effect,
        item: of_item.collect(),
        meter: value(ITEM.len()),
        currency: item.currency,
        amount: amount(part)?,
        before: amount(item.before.unwrap_or(0))?,
        after: amount(item.after.unwrap_or(0))?,
        quantity_before: item.quantities.and_then(|(before, _)| quantity(before)),
        quantity_after: item.quantities.and_then(|(_, after)| quantity(after)),
        unit: value(ITEM.len() + 1),
    })
}

/// The groups of each currency, the largest change first, and the sum of those beyond the listed ones.
fn listed_groups(
    plan: &CostPlan,
    groups: BTreeMap<(Currency, Group), ChangeOfCost>,
) -> Result<Vec<GroupChange>, PipelineError> {
    let mut by_currency: BTreeMap<Currency, Vec<(Group, ChangeOfCost)>> = BTreeMap::new();
    for ((currency, group), cost) in groups {
        by_currency.entry(currency).or_default().push((group, cost));
    }
    let mut out = Vec::new();
    for (currency, mut groups) in by_currency {
        groups.sort_by_key(|(_, cost)| std::cmp::Reverse(cost.change.abs()));
        let top = plan.query.top.map_or(groups.len(), |top| usize::try_from(top).unwrap_or(usize::MAX));
        let others = groups.split_off(top.min(groups.len()));
        let of = |(group, cost)| GroupChange { group: plan.group_values(group), other: None, currency, cost };
        out.extend(groups.into_iter().map(of));
        if !others.is_empty() {
            let mut cost = ChangeOfCost::default();
            for (_, other) in &others {
                merge(&mut cost, other)?;
            }
            let other = Some(u32::try_from(others.len()).unwrap_or(u32::MAX));
            out.push(GroupChange { group: Vec::new(), other, currency, cost });
        }
    }
    Ok(out)
}

fn merge(sum: &mut ChangeOfCost, other: &ChangeOfCost) -> Result<(), PipelineError> {
    let too_large = || PipelineError::from(MoneyError::TooLarge("a change of cost".to_owned()));
    let plus = |a: Amount, b: Amount| a.checked_add(b).ok_or_else(too_large);
    sum.before = plus(sum.before, other.before)?;
    sum.after = plus(sum.after, other.after)?;
    sum.change = plus(sum.change, other.change)?;
    for (effect, part) in &other.effects {
        let of = sum.effects.entry(*effect).or_default();
        *of = plus(*of, *part)?;
    }
    Ok(())
}
