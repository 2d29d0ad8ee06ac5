//! The cost of a plan: each resource before and after, and how many are priced.

mod budgets;
mod related;
mod shown;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::{Amount, Currency, Day};
use tollgate_policy::PriceSettings;
use tollgate_prices::{Book, Estimate, MeasuredUse, PriceAdjustments, PriceBook, PriceCoverage, Span, Usage, estimate};
use tollgate_terraform::{PlannedAction, ResourceChange};

pub(crate) use budgets::too_old;
pub use budgets::{BudgetImpact, Budgets, OpenChange, OpenChanges, budget_export};
pub use shown::{amount, change, range};

use crate::context::PlanContext;
use crate::provider;
use crate::resource::Resource;
use related::Others;

/// The prices and usage that costs are estimated with.
#[derive(Debug)]
pub struct PriceInputs {
    /// The prices.
    pub book: PriceBook,
    /// The assumed use of resources.
    pub usage: Usage,
    /// The measured use of existing resources, from their charges.
    pub measured: MeasuredUse,
    /// The region of resources without a known one.
    pub region: Option<String>,
}

/// Why costs cannot be estimated.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {why}")]
pub struct PriceInputsError {
    /// The file that cannot be read.
    pub file: String,
    /// Why.
    pub why: String,
}

impl PriceInputs {
    /// Reads the discounts, prices and files of the policy file, over the embedded price book. `read` returns the bytes of a file
    /// beside the policy file.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or is none of its kind.
    pub fn read(
        prices: &PriceSettings,
        read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Self, PriceInputsError> {
        let failed = |file: &str, why: String| PriceInputsError { file: file.to_owned(), why };
        let overlay = PriceAdjustments { discounts: prices.discounts.clone(), own: prices.own.clone() };
        let mut book = PriceBook::embedded(overlay).map_err(|e| failed("the book of this program", e.to_string()))?;
        if let Some(file) = &prices.book {
            let bytes = read(file).map_err(|why| failed(file, why))?;
            let other = Book::unpack(&bytes).map_err(|e| failed(file, e.to_string()))?;
            if other.currency() != book.currency() {
                let (is, wanted) = (other.currency(), book.currency());
                return Err(failed(file, format!("its prices are in {is}, those of this program in {wanted}")));
            }
            book.add(other);
        }
        let usage = match &prices.usage {
            None => Usage::default(),
            Some(file) => {
                let bytes = read(file).map_err(|why| failed(file, why))?;
                let text = String::from_utf8(bytes).map_err(|_| failed(file, "is not UTF-8 text".to_owned()))?;
                Usage::read(&text).map_err(|e| failed(file, e.to_string()))?
            }
        };
        Ok(Self { book, usage, measured: MeasuredUse::default(), region: prices.region.clone() })
    }

    /// Uses the embedded price book only.
    ///
    /// # Errors
    ///
    /// When the program was built with a damaged book.
    pub fn embedded(prices: &PriceSettings) -> Result<Self, PriceInputsError> {
        let alone = PriceSettings { book: None, usage: None, ..prices.clone() };
        Self::read(&alone, &mut |_| Err(String::new()))
    }
}

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
    /// Which of the plan's changes it is.
    #[serde(skip)]
    pub(crate) position: usize,
}

impl ResourceCost {
    /// Whether something happens to it.
    pub fn changes(&self) -> bool {
        !matches!(self.action, "no-op" | "read" | "open")
    }
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
    #[serde(skip)]
    by_address: BTreeMap<String, usize>,
}

impl PlanCost {
    /// Estimates the cost of a plan.
    pub fn of(context: &PlanContext<'_>, price_inputs: &PriceInputs) -> Self {
        let mut out = Self { currency: Some(price_inputs.book.currency()), ..Self::default() };
        let others = Others::of(context);
        let usage = measured(context, price_inputs);
        let managed = |c: &&ResourceChange<'_>| matches!(&*c.mode, "managed" | "") && c.deposed.is_none();
        for (position, change) in context.plan.changes.iter().enumerate().filter(|(_, c)| managed(c)) {
            let actions = &change.change.actions;
            // A resource that is only removed from the state keeps its cost.
            if actions.has(PlannedAction::Forget) && !actions.has(PlannedAction::Create) {
                continue;
            }
            let (mut cost, used) = resource(context, change, price_inputs, &usage, &others);
            cost.position = position;
            out.add(cost, &used);
        }
        out
    }

    /// Returns the cost of a resource, if it has one.
    pub fn resource(&self, address: &str) -> Option<&ResourceCost> {
        self.by_address.get(address).and_then(|at| self.resources.get(*at))
    }

    fn add(&mut self, cost: ResourceCost, used: &Used) {
        if cost.coverage == PriceCoverage::Free && cost.before == Some(Span::default()) {
            return;
        }
        self.before = cost.before.map_or(self.before, |b| self.before.plus(b));
        self.after = cost.after.map_or(self.after, |a| self.after.plus(a));
        if cost.changes() {
            self.changing += 1;
            if let Some(change) = cost.change {
                self.priced += 1;
                self.change = self.change.plus(change);
            }
        }
        self.assumes |= used.assumes;
        self.oldest_price = [self.oldest_price, used.oldest].into_iter().flatten().min();
        self.by_address.insert(cost.address.clone(), self.resources.len());
        self.resources.push(cost);
    }
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
    oldest: Option<Day>,
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
        provider::region(resource).as_text().map(str::to_owned).or_else(|| price_inputs.region.clone())
    };
    let estimated = |resource: &Resource<'_>, before: bool| {
        if resource.after.is_null() {
            return (Estimate::nothing(), None);
        }
        let region = region_of(resource);
        let related = others.seen_from(resource, before);
        let seen = tollgate_prices::EstimateInput::new(&change.kind, resource.after.clone(), &related);
        (estimate(&price_inputs.book, usage, &seen, &change.address, region.as_deref()), region)
    };
    let (after, region) = estimated(&is, false);
    let unchanged = is.unchanged();
    let (before, region_before) = if unchanged {
        (after.clone(), None)
    } else if is.before.is_null() {
        // A resource that did not exist is not read again.
        (Estimate::nothing(), None)
    } else {
        estimated(&is.as_it_was(), true)
    };
    let oldest = after.components.iter().filter_map(|c| c.price.as_ref()).map(|p| p.date).min();
    let used = Used { assumes: after.assumes(), oldest };
    let changed = if unchanged { Some(Span::default()) } else { difference(&before, &after) };
    let whole = |estimate: &Estimate| if estimate.is_fully_priced() { estimate.monthly } else { None };
    let cost = ResourceCost {
        address: change.address.to_string(),
        kind: change.kind.to_string(),
        action: change.change.actions.name(),
        region: region.or(region_before),
        before: whole(&before),
        after: whole(&after),
        change: changed,
        coverage: after.coverage,
        unpriced_reason: after.unpriced_reason.clone().or_else(|| before.unpriced_reason.clone()),
        components: components(&before, &after),
        position: 0,
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
