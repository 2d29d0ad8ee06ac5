//! `budget "name" { … }`: an amount for a period and a scope.

use hcl_edit::expr::{Expression, ObjectKey};
use serde::Serialize;
use tollgate_model::budget::{Amendment, Rollover};
use tollgate_model::money::grouped;
use tollgate_model::{Amount, Basis, BudgetCalendar, BudgetPeriod, Currency, Day, DayRange, ExchangeRates};

use crate::block::{Block, texts};
use crate::diagnostic::suggest;
use crate::document::{Document, span};
use crate::people::named;
use crate::policy::{BASES, Defaults};
use crate::route::{self, Known};

/// One condition of a scope: a facet or dimension that has one of some values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Match {
    /// `provider`, `billing_account`, `account`, `service`, `region`, or a dimension of the file.
    pub name: String,
    /// The values that match.
    pub values: Vec<String>,
}

/// A budget of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Budget {
    /// Its name, unique in the file.
    pub name: String,
    /// How much for one period, before any amendment.
    pub amount: Amount,
    /// Of what.
    pub currency: Currency,
    /// How often it starts anew.
    pub period: BudgetPeriod,
    /// Which days a period has.
    pub calendar: BudgetCalendar,
    /// Which cost it counts.
    pub basis: Basis,
    /// What it counts: everything when empty, else what meets every condition.
    pub scope: Vec<Match>,
    /// The budget that bounds it.
    pub parent: Option<String>,
    /// What a period hands to the next.
    pub rollover: Rollover,
    /// The most that is handed on.
    pub rollover_limit: Option<Amount>,
    /// Other amounts from days on, oldest first.
    pub amendments: Vec<Amendment>,
    /// Percent of the amount at which what was spent is worth a word, rising.
    pub actual: Vec<u32>,
    /// Percent of the amount at which the forecast is worth a word, rising.
    pub forecast: Vec<u32>,
    /// Percent of what the elapsed part of the period would have at which the pace is worth a word, rising.
    pub pace: Vec<u32>,
    /// Who hears from which percentage on, rising. What routes say holds where none is reached.
    pub escalation: Vec<BudgetEscalation>,
}

/// Who hears when what was spent reaches a share of a budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BudgetEscalation {
    /// Percent of the amount.
    pub percent: u32,
    /// Where.
    pub channels: Vec<String>,
    /// Who is named.
    pub people: Vec<String>,
}

/// Names of a scope that are no dimension.
pub(crate) const FACETS: [&str; 5] = ["provider", "billing_account", "account", "service", "region"];

const ACTUAL: &[u32] = &[80, 100];
const FORECAST: &[u32] = &[100];

impl Budget {
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        defaults: &Defaults,
        known: &Known<'_>,
        document: &mut Document<'_>,
    ) -> Option<Self> {
        let amount = block.amount("amount", document);
        block.missing("amount", "amount = 10000", document);
        let currency = block.currency("currency", document).or(defaults.currency);
        if currency.is_none() {
            block.missing("currency", "currency = \"USD\", or set it once under defaults", document);
        }
        let periods = BudgetPeriod::ALL.map(|p| (p.as_str(), p));
        let period = block.word("period", &periods, document).unwrap_or_default();
        let calendar = calendar(period, block, defaults, document);
        let basis = block.word("basis", BASES, document).unwrap_or(defaults.basis);
        let scope =
            block.expression("scope").map(|e| scope(e, &block.title, known.dimensions, document)).unwrap_or_default();
        let rollovers = [Rollover::None, Rollover::Unused, Rollover::All].map(|r| (r.as_str(), r));
        let rollover = block.word("rollover", &rollovers, document).unwrap_or_default();
        let rollover_limit = block.amount("rollover_limit", document);
        if period == BudgetPeriod::Custom && block.place("repeat").is_none() && rollover != Rollover::None {
            let at = block.place("rollover").unwrap_or(block.at.clone());
            document.report(at, format!("{} stands once: nothing comes after it to hand on to", block.title), None);
        }
        let parent = block.text("parent", document).map(|(t, _)| t.to_owned());
        let (mut actual, mut forecast, mut pace) = (ACTUAL.to_vec(), FORECAST.to_vec(), Vec::new());
        if let Some(mut thresholds) = block.child("thresholds", document) {
            actual = thresholds.percentages("actual", document).unwrap_or_default();
            forecast = thresholds.percentages("forecast", document).unwrap_or_default();
            pace = thresholds.percentages("pace", document).unwrap_or_default();
            thresholds.finish(document);
        }
        let mut escalation: Vec<BudgetEscalation> = Vec::new();
        for mut step in block.children("escalation", document) {
            let percent = step.whole("at", 1..=1000, document);
            step.missing("at", "at = 100", document);
            let channels = route::channels(&mut step, known.channels, document);
            let people = named(&mut step, "people", known.people, document);
            let percent = percent.and_then(|p| u32::try_from(p).ok());
            escalation.extend(percent.map(|percent| BudgetEscalation { percent, channels, people }));
            step.finish(document);
        }
        escalation.sort_by_key(|e| e.percent);
        actual.extend(escalation.iter().map(|e| e.percent));
        actual.sort_unstable();
        actual.dedup();
        let mut amendments: Vec<Amendment> = Vec::new();
        for mut block in block.children("amendment", document) {
            amendments.extend(amendment(&mut block, document));
            block.finish(document);
        }
        amendments.sort_by_key(|a| a.on);
        Some(Self {
            name,
            amount: amount?,
            currency: currency?,
            period,
            calendar: calendar?,
            basis,
            scope,
            parent,
            rollover,
            rollover_limit,
            amendments,
            actual,
            forecast,
            pace,
            escalation,
        })
    }

    /// The amendment that holds on a day, if any.
    pub fn amended(&self, day: Day) -> Option<&Amendment> {
        self.amendments.iter().rev().find(|a| a.on <= day)
    }

    /// The amount for one period that holds on a day.
    pub fn amount_on(&self, day: Day) -> Amount {
        self.amended(day).map_or(self.amount, |a| a.amount)
    }
}

fn calendar(
    period: BudgetPeriod,
    block: &mut Block<'_>,
    defaults: &Defaults,
    document: &mut Document<'_>,
) -> Option<BudgetCalendar> {
    let months = |months| Some(BudgetCalendar::Months { months, fiscal_start: defaults.fiscal_year_starts });
    match period {
        BudgetPeriod::Monthly => months(1),
        BudgetPeriod::Quarterly => months(3),
        BudgetPeriod::Yearly => months(12),
        BudgetPeriod::Custom => {
            let (starts, ends) = (block.day("starts", document), block.day("ends", document));
            block.missing("starts", "starts = \"2026-11-02\"", document);
            block.missing("ends", "ends = \"2026-11-15\", its last day", document);
            let repeat = block.flag("repeat", document).unwrap_or(false);
            let days = DayRange { start: starts?, end: ends?.plus(1) };
            if days.is_empty() || days.len() > 1100 {
                let at = block.place("ends").unwrap_or(block.at.clone());
                document.report(at, format!("{} must have 1 to 1100 days", block.title), None);
                return None;
            }
            Some(if repeat { BudgetCalendar::Repeated(days) } else { BudgetCalendar::Once(days) })
        }
    }
}

fn amendment(block: &mut Block<'_>, document: &mut Document<'_>) -> Option<Amendment> {
    let (on, amount) = (block.day("on", document), block.amount("amount", document));
    let author = block.text("author", document).map(|(t, _)| t.to_owned());
    block.missing("on", "on = \"2026-10-01\"", document);
    block.missing("amount", "amount = 14000", document);
    block.missing("author", "author = \"jane\": who decided it", document);
    let reason = block.text("reason", document).map(|(t, _)| t.to_owned());
    Some(Amendment { on: on?, amount: amount?, author: author?, reason })
}

/// Refuses parents that aren't there, circles, and children whose amounts are together more than their parent's. Amounts are
/// compared for a year, in the parent's currency, on every day that one of them changes.
pub(crate) fn check_hierarchy(budgets: &[Budget], rates: &ExchangeRates, at: &Places<'_>, document: &mut Document<'_>) {
    let find = |name: &str| budgets.iter().find(|b| b.name == name);
    for budget in budgets {
        let Some(parent) = &budget.parent else { continue };
        let mut seen = vec![budget.name.as_str()];
        let mut above = Some(parent.as_str());
        while let Some(name) = above {
            if seen.contains(&name) {
                let message = format!("budget \"{}\" is above itself: {} > {name}", budget.name, seen.join(" > "));
                document.report(at(&budget.name), message, None);
                return;
            }
            seen.push(name);
            above = find(name).and_then(|b| b.parent.as_deref());
        }
        match find(parent) {
            None => {
                let message = format!("budget \"{}\" names the parent `{parent}`, which is no budget", budget.name);
                document.report(at(&budget.name), message, suggest(parent, budgets.iter().map(|b| b.name.as_str())));
            }
            Some(above) if above.basis != budget.basis => {
                let message = format!("budget \"{}\" and its parent count different costs", budget.name);
                document.report(at(&budget.name), message, Some(format!("add basis = \"{}\"", above.basis)));
            }
            Some(_) => {}
        }
    }
    for parent in budgets {
        let children: Vec<&Budget> = budgets.iter().filter(|b| b.parent.as_ref() == Some(&parent.name)).collect();
        let changes = children.iter().chain([&parent]).flat_map(|b| b.amendments.iter().map(|a| a.on));
        let mut days: Vec<Day> = changes.chain(rates.iter().map(|r| r.since)).chain([Day::EPOCH]).collect();
        days.sort_unstable();
        days.dedup();
        for day in days {
            let yearly = |b: &Budget| {
                let (times, of) = b.calendar.periods_per_year();
                let latest = rates.iter().map(|r| r.since).max().unwrap_or(day).max(day);
                let known = |on| rates.convert(b.amount_on(day), b.currency, parent.currency, on);
                known(day).or_else(|| known(latest))?.ratio(times, of)
            };
            let (mut sum, mut unknown) = (Amount::ZERO, None);
            for child in &children {
                match yearly(child) {
                    Some(amount) => sum = sum.saturating_add(amount),
                    None => unknown = Some(*child),
                }
            }
            if let Some(child) = unknown {
                let message = format!(
                    "no rate says what {} of budget \"{}\" is in {}",
                    child.currency, child.name, parent.currency
                );
                let hint = format!("add rates \"2026-01-01\" {{ base = \"{}\" … }}", parent.currency);
                document.report(at(&child.name), message, Some(hint));
                break;
            }
            let bound = yearly(parent).unwrap_or_default();
            // Days of its own count as parts of 365, so a little is rounding.
            let by_days = children.iter().chain([&parent]).any(|b| b.period == BudgetPeriod::Custom);
            let most = if by_days { bound.ratio(1001, 1000).unwrap_or(bound) } else { bound };
            if sum > most {
                let since = if day == Day::EPOCH { String::new() } else { format!(" from {day} on") };
                let message = format!(
                    "the budgets below \"{}\" may spend {} {} a year together{since}; it bounds them at {}",
                    parent.name,
                    grouped(sum, 0),
                    parent.currency,
                    grouped(bound, 0)
                );
                let hint =
                    format!("lower one of {}", children.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", "));
                document.report(at(&parent.name), message, Some(hint));
                break;
            }
        }
    }
}

/// Where each budget stands in the file.
pub(crate) type Places<'p> = dyn Fn(&str) -> std::ops::Range<usize> + 'p;

pub(crate) fn scope(
    expression: &Expression,
    title: &str,
    dimensions: &[String],
    document: &mut Document<'_>,
) -> Vec<Match> {
    let Some(object) = expression.as_object() else {
        let hint = Some("write scope = { team = \"platform\" }".to_owned());
        document.report(span(expression), format!("`scope` of {title} must be an object"), hint);
        return Vec::new();
    };
    let mut out = Vec::new();
    for (key, value) in object {
        let (name, at) = match key {
            ObjectKey::Ident(ident) => (ident.as_str().to_owned(), span(ident)),
            ObjectKey::Expression(e) => (e.as_str().unwrap_or_default().to_owned(), span(e)),
        };
        let known = || FACETS.iter().copied().chain(dimensions.iter().map(String::as_str));
        if !known().any(|k| k == name) {
            document.report(
                at,
                format!("`scope` of {title} names `{name}`, which is no dimension of this file"),
                suggest(&name, known()),
            );
            continue;
        }
        let value = value.expr();
        let values = texts(value).map(|list| list.into_iter().map(|(text, _)| text).collect::<Vec<_>>());
        match values.filter(|v| !v.is_empty()) {
            Some(values) => out.push(Match { name, values }),
            None => document.report(
                span(value),
                format!("`{name}` in the scope of {title} must be text or a list of texts"),
                None,
            ),
        }
    }
    out
}
