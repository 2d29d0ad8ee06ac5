//! The cost of a plan: each resource before and after, and how many are priced.

mod budgets;
pub mod compare;
pub mod group;
mod inputs;
mod launch_template;
mod notes;
mod related;
mod service;
mod shown;
pub mod skeleton;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::{Amount, Currency, Day};
use tollgate_prices::{
    Estimate, EstimateInput, MeasuredUse, NoRelatedResources, PriceBasis, PriceCoverage, Span, Usage, estimate,
    is_free_type,
};
use tollgate_terraform::{PlannedAction, ResourceChange};

pub(crate) use budgets::too_old;
pub use budgets::{BudgetImpact, Budgets, OpenChange, OpenChanges, budget_export};
pub use inputs::{PriceInputs, PriceInputsError};
pub use shown::{amount, change, range};

use crate::context::PlanContext;
use crate::resource::{Resource, module_of};
use related::Others;
use service::service_of;

/// A component of a resource's cost, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComponentChange {
    /// What it is.
    pub name: String,
    /// The monthly cost before; `None` when there was none, or it is unpriced.
    pub before: Option<Span<Amount>>,
    /// The monthly cost after.
    pub after: Option<Span<Amount>>,
    /// The quantity with its unit and origin, for people: `730 hours`.
    pub quantity: String,
    /// Why it is unpriced.
    pub unpriced_reason: Option<String>,
}

/// What a resource costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceCost {
    /// Its address.
    pub address: String,
    /// Its type.
    pub kind: String,
    /// The path of its module, with instances; empty for the root.
    pub module: String,
    /// The service of its provider: `Amazon EC2`.
    pub service: String,
    /// The key of a deposed object: an earlier object of the address that still exists, and costs, until it is deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
    /// What happens to it.
    pub action: &'static str,
    /// Its region, where it is known.
    pub region: Option<String>,
    /// The monthly cost before; `None` when it is unpriced.
    pub before: Option<Span<Amount>>,
    /// The monthly cost after; `None` when it is unpriced. Its priced components are listed all the same.
    pub after: Option<Span<Amount>>,
    /// The cost that the change adds a month; `None` when it is unpriced.
    pub change: Option<Span<Amount>>,
    /// How much of it is priced.
    pub coverage: PriceCoverage,
    /// Why it is unpriced.
    pub unpriced_reason: Option<String>,
    /// Its components.
    pub components: Vec<ComponentChange>,
    /// Which of the plan's changes it is; `None` when it is none of them.
    #[serde(skip)]
    pub(crate) position: Option<usize>,
}

impl ResourceCost {
    /// Returns its address for people, with the key of a deposed object.
    pub fn name(&self) -> String {
        match &self.deposed {
            Some(key) => format!("{} (deposed object {key})", self.address),
            None => self.address.clone(),
        }
    }

    /// Whether something happens to it.
    pub fn changes(&self) -> bool {
        // A group changes with its launch template, also when nothing is done to the group itself.
        !matches!(self.action, "no-op" | "read" | "open") || self.change.is_some_and(|change| change != Span::default())
    }
}

/// A figure of the usage file that the estimate of a resource does not use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct UnreadFigure {
    /// The entry of the file: an address, a pattern or a type.
    pub entry: String,
    /// The figure: `standard.monthly_select_data_scanned_gb`.
    pub figure: String,
}

/// What a plan costs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PlanCost {
    /// The currency of every amount.
    pub currency: Option<Currency>,
    /// The monthly cost of the priced resources before.
    pub before: Span<Amount>,
    /// The monthly cost of the priced resources after.
    pub after: Span<Amount>,
    /// The cost that the change adds a month, of the priced resources.
    pub change: Span<Amount>,
    /// The number of resources that change and have a cost.
    pub changing: usize,
    /// The number of those that are priced.
    pub priced: usize,
    /// Whether the estimate uses assumed quantities.
    pub assumes: bool,
    /// The day of the oldest price in the estimate.
    pub oldest_price: Option<Day>,
    /// Every resource that has a cost or is unpriced, in order.
    pub resources: Vec<ResourceCost>,
    /// Figures of the usage file that no estimate of a resource of the plan uses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub usage_not_read: Vec<UnreadFigure>,
    /// What the plan leaves out, and regions that the prices do not know, for people.
    #[serde(skip)]
    pub notes: Vec<String>,
    #[serde(skip)]
    by_address: BTreeMap<String, usize>,
}

impl PlanCost {
    /// Estimates the cost of a plan.
    pub fn of(context: &PlanContext<'_>, price_inputs: &PriceInputs) -> Self {
        let mut out = Self { currency: Some(price_inputs.book.currency()), ..Self::default() };
        let others = Others::of(context);
        let usage = measured(context, price_inputs);
        let mut nowhere = 0;
        let managed = |c: &&ResourceChange<'_>| matches!(&*c.mode, "managed" | "");
        for (position, change) in context.plan.changes.iter().enumerate().filter(|(_, c)| managed(c)) {
            let actions = &change.change.actions;
            // A resource that is only removed from the state keeps its cost.
            if actions.has(PlannedAction::Forget) && !actions.has(PlannedAction::Create) {
                continue;
            }
            // Most resources of a plan are of free types: their values need not be read.
            let estimated =
                (!is_free_type(&change.kind)).then(|| resource(context, change, price_inputs, &usage, &others));
            let (cost, used) = estimated.map_or((None, Used::default()), |(cost, used)| (Some(cost), used));
            let figures = usage.figures_of(&change.address, &change.kind);
            let unread = figures.into_iter().filter(|(_, figure)| !used.usage_read.contains_key(*figure));
            out.usage_not_read.extend(
                unread.map(|(entry, figure)| UnreadFigure { entry: entry.to_owned(), figure: figure.to_owned() }),
            );
            if let Some(cost) = cost {
                nowhere += usize::from(used.in_any_region && cost.region.is_none());
                out.add(ResourceCost { position: Some(position), ..cost }, &used);
            }
        }
        for address in usage.addresses_of(DATA_TRANSFER) {
            let (cost, used) = data_transfer(address, price_inputs, &usage);
            out.add(cost, &used);
        }
        out.usage_not_read.sort();
        out.usage_not_read.dedup();
        out.notes = notes::of_plan(context);
        out.notes.extend(notes::of_regions(&out.resources, nowhere));
        out
    }

    /// Whether every resource is fully priced, so that the sums are those of the whole plan.
    pub fn is_fully_priced(&self) -> bool {
        self.resources.iter().all(|r| r.before.is_some() && r.after.is_some())
    }

    /// Returns the cost of a resource, if it has one.
    pub fn resource(&self, address: &str) -> Option<&ResourceCost> {
        self.by_address.get(address).and_then(|at| self.resources.get(*at))
    }

    /// Adds a resource to the sums.
    fn sum(&mut self, cost: &ResourceCost) {
        self.before = cost.before.map_or(self.before, |b| self.before.plus(b));
        self.after = cost.after.map_or(self.after, |a| self.after.plus(a));
        if cost.changes() {
            self.changing += 1;
            if let Some(change) = cost.change {
                self.priced += 1;
                self.change = self.change.plus(change);
            }
        }
    }

    fn add(&mut self, cost: ResourceCost, used: &Used) {
        if cost.coverage == PriceCoverage::Free && cost.before == Some(Span::default()) {
            return;
        }
        self.sum(&cost);
        self.assumes |= used.assumes;
        self.oldest_price = [self.oldest_price, used.oldest].into_iter().flatten().min();
        // A deposed object has the address of the one that replaced it.
        if cost.deposed.is_none() {
            self.by_address.insert(cost.address.clone(), self.resources.len());
        }
        self.resources.push(cost);
    }
}

/// The type that stands for data transfer in usage files. It is no resource of a plan.
const DATA_TRANSFER: &str = "aws_data_transfer";

/// Estimates the data transfer that a usage file states. A change of the plan does not change it.
fn data_transfer(address: &str, price_inputs: &PriceInputs, usage: &Usage) -> (ResourceCost, Used) {
    let input = EstimateInput::new(DATA_TRANSFER, tollgate_expression::Value::Null, &NoRelatedResources);
    let region =
        usage.text(address, DATA_TRANSFER, "region").map(str::to_owned).or_else(|| price_inputs.region.clone());
    let estimated = estimate(&price_inputs.book, usage, &input, address, region.as_deref());
    let used = Used::of(&estimated, &estimated);
    let whole = if estimated.is_fully_priced() { estimated.monthly } else { None };
    let cost = ResourceCost {
        address: address.to_owned(),
        kind: DATA_TRANSFER.to_owned(),
        module: String::new(),
        service: service_of(DATA_TRANSFER).to_owned(),
        deposed: None,
        action: "no-op",
        region,
        before: whole,
        after: whole,
        change: Some(Span::default()),
        coverage: estimated.coverage,
        unpriced_reason: estimated.unpriced_reason.clone(),
        components: components(&estimated, &estimated),
        position: None,
    };
    (cost, used)
}

/// Returns the use of a plan's resources, with the measured use of existing ones.
fn measured<'r>(context: &PlanContext<'_>, price_inputs: &'r PriceInputs) -> Cow<'r, Usage> {
    let mut out = Cow::Borrowed(&price_inputs.usage);
    if price_inputs.measured == MeasuredUse::default() {
        return out;
    }
    for change in &context.plan.changes {
        let before = change.change.before();
        let names: Vec<String> =
            ["arn", "id", "name"].iter().filter_map(|n| before.member(n).as_text().map(str::to_owned)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for (key, quantity) in price_inputs.measured.figures(&change.kind, &names) {
            out.to_mut().measured(&change.address, key, quantity);
        }
    }
    out
}

/// What an estimate used.
#[derive(Default)]
struct Used {
    assumes: bool,
    in_any_region: bool,
    oldest: Option<Day>,
    usage_read: BTreeMap<String, Option<i64>>,
}

impl Used {
    fn of(before: &Estimate, after: &Estimate) -> Self {
        let prices = || after.components.iter().filter_map(|c| c.price.as_ref());
        let oldest = prices().map(|p| p.date).min();
        let in_any_region = prices().any(|p| p.how == PriceBasis::AnyRegion);
        let mut usage_read = before.usage_read.clone();
        usage_read.extend(after.usage_read.clone());
        Self { assumes: after.assumes(), in_any_region, oldest, usage_read }
    }
}

fn resource(
    context: &PlanContext<'_>,
    change: &ResourceChange<'_>,
    price_inputs: &PriceInputs,
    usage: &Usage,
    others: &Others<'_>,
) -> (ResourceCost, Used) {
    let is = Resource::read(context, change);
    let region_of = |resource: &Resource<'_>| {
        crate::region::region(resource).as_text().map(str::to_owned).or_else(|| price_inputs.region.clone())
    };
    let estimated = |resource: &Resource<'_>, before: bool| {
        if resource.after.is_null() {
            return (Estimate::nothing(), None);
        }
        let region = region_of(resource);
        let priced_in = crate::region::price_region(resource).or_else(|| region.clone());
        let related = others.seen_from(resource, before);
        let seen = EstimateInput::new(&change.kind, resource.after.clone(), &related);
        (estimate(&price_inputs.book, usage, &seen, &change.address, priced_in.as_deref()), region)
    };
    // Plans that converters write have attributes on both sides of a creation or deletion.
    let only = |action: PlannedAction| change.change.actions.0 == [action];
    let (after, region) = if only(PlannedAction::Delete) { (Estimate::nothing(), None) } else { estimated(&is, false) };
    let unchanged = is.unchanged();
    let by_template = unchanged && launch_template::follows(&is, &others.seen_from(&is, false));
    let (before, region_before) = if unchanged && !by_template {
        (after.clone(), None)
    } else if is.before.is_null() || only(PlannedAction::Create) {
        // A resource that did not exist is not read again.
        (Estimate::nothing(), None)
    } else {
        estimated(&is.as_it_was(), true)
    };
    let used = Used::of(&before, &after);
    let changed = if unchanged && before == after { Some(Span::default()) } else { difference(&before, &after) };
    let whole = |estimate: &Estimate| if estimate.is_fully_priced() { estimate.monthly } else { None };
    let cost = ResourceCost {
        address: change.address.to_string(),
        kind: change.kind.to_string(),
        module: module_of(is.address.as_ref()),
        service: service_of(&change.kind).to_owned(),
        deposed: change.deposed.clone(),
        action: change.change.actions.name(),
        region: region.or(region_before),
        before: whole(&before),
        after: whole(&after),
        change: changed,
        coverage: after.coverage,
        unpriced_reason: after.unpriced_reason.clone().or_else(|| before.unpriced_reason.clone()),
        components: components(&before, &after),
        position: None,
    };
    (cost, used)
}

/// Returns the change in cost if all that differs is priced. An unpriced component that stays the same changes nothing.
fn difference(before: &Estimate, after: &Estimate) -> Option<Span<Amount>> {
    let unpriced = |estimate: &Estimate| {
        let parts = estimate.components.iter().filter(|c| c.monthly.is_none());
        parts.map(|c| (c.name.clone(), c.quantity, c.unpriced_reason.clone())).collect::<Vec<_>>()
    };
    let whole = |estimate: &Estimate| estimate.coverage == PriceCoverage::Unpriced && estimate.components.is_empty();
    if unpriced(before) != unpriced(after) || whole(before) || whole(after) {
        return None;
    }
    Some(after.monthly.unwrap_or_default().minus(before.monthly.unwrap_or_default()))
}

fn components(before: &Estimate, after: &Estimate) -> Vec<ComponentChange> {
    let mut out: Vec<ComponentChange> = Vec::new();
    let gone = before.components.iter().filter(|b| !after.components.iter().any(|a| a.name == b.name));
    for (c, stays) in after.components.iter().map(|c| (c, true)).chain(gone.map(|c| (c, false))) {
        let was = before.components.iter().find(|b| b.name == c.name);
        out.push(ComponentChange {
            name: c.name.clone(),
            before: was.and_then(|b| b.monthly),
            after: if stays { c.monthly } else { None },
            quantity: shown::quantity(c),
            unpriced_reason: c.unpriced_reason.clone(),
        });
    }
    out
}
