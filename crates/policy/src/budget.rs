//! `budget "name" { … }`: an amount for a period and a scope.

use serde::Serialize;
use tollgate_model::budget::{Amendment, Rollover};
use tollgate_model::{Amount, Basis, BudgetCalendar, BudgetPeriod, Currency, Day, DayRange};

use crate::block::Block;
use crate::document::Document;
use crate::people::read_people;
use crate::policy::{BASES, Defaults};
use crate::route::{KnownNames, read_channels};
use crate::scope::{ScopeCondition, read_scope};

/// A budget of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Budget {
    /// Its name, unique in the file.
    pub name: String,
    /// The amount for one period, before any amendment.
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// How often a new period starts.
    pub period: BudgetPeriod,
    /// Which days a period has.
    pub calendar: BudgetCalendar,
    /// The cost that it counts.
    pub basis: Basis,
    /// What it counts: everything when empty, else what meets every condition.
    pub scope: Vec<ScopeCondition>,
    /// The budget that limits it.
    pub parent: Option<String>,
    /// What a period rolls over to the next.
    pub rollover: Rollover,
    /// The most that is rolled over.
    pub rollover_limit: Option<Amount>,
    /// Later amounts, each from a day on, oldest first.
    pub amendments: Vec<Amendment>,
    /// Percentages of the amount at which spending sends a message, rising.
    pub actual: Vec<u32>,
    /// Percentages of the amount at which the forecast sends a message, rising.
    pub forecast: Vec<u32>,
    /// Percentages of the plan to date at which the pace sends a message, rising.
    pub pace: Vec<u32>,
    /// The recipients from a percentage on, rising. Below the lowest, routes decide.
    pub escalation: Vec<BudgetEscalation>,
}

/// The recipients when spending reaches a share of a budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BudgetEscalation {
    /// Percent of the amount.
    pub percent: u32,
    /// The channels.
    pub channels: Vec<String>,
    /// The people mentioned.
    pub people: Vec<String>,
}

const ACTUAL: &[u32] = &[80, 100];
const FORECAST: &[u32] = &[100];

impl Budget {
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        defaults: &Defaults,
        known: &KnownNames<'_>,
        document: &mut Document<'_>,
    ) -> Option<Self> {
        let amount = block.amount("amount", document);
        block.missing("amount", "amount = 10000", document);
        let currency = block.currency("currency", document).or(defaults.currency);
        match currency {
            Some(currency) => block.set_default("currency", format!("\"{currency}\"")),
            None => block.missing("currency", "currency = \"USD\", or set it once under defaults", document),
        }
        let periods = BudgetPeriod::ALL.map(|p| (p.as_str(), p));
        let period = block.word_or("period", &periods, BudgetPeriod::default(), document);
        let calendar = read_calendar(period, block, defaults, document);
        let basis = block.word_or("basis", BASES, defaults.basis, document);
        let scope = read_scope(block, known.dimensions, document);
        let rollovers = [Rollover::None, Rollover::Unused, Rollover::All].map(|r| (r.as_str(), r));
        let rollover = block.word_or("rollover", &rollovers, Rollover::default(), document);
        let rollover_limit = block.amount("rollover_limit", document);
        if period == BudgetPeriod::Custom && block.place("repeat").is_none() && rollover != Rollover::None {
            let at = block.place("rollover").unwrap_or(block.at.clone());
            document.report(at, format!("{} has one period: there is no next one to roll over to", block.title), None);
        }
        let parent = block.text("parent", document).map(|(t, _)| t.to_owned());
        let escalation = read_escalation(block, known, document);
        let thresholds = Thresholds::read(block, &escalation, document);
        let amendments = read_amendments(block, document);
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
            actual: thresholds.actual,
            forecast: thresholds.forecast,
            pace: thresholds.pace,
            escalation,
        })
    }

    /// Returns the amendment in effect on a day, if any.
    pub fn amended(&self, day: Day) -> Option<&Amendment> {
        self.amendments.iter().rev().find(|a| a.on <= day)
    }

    /// Returns the amount for one period that is in effect on a day.
    pub fn amount_on(&self, day: Day) -> Amount {
        self.amended(day).map_or(self.amount, |a| a.amount)
    }
}

/// The percentages at which messages are sent.
struct Thresholds {
    actual: Vec<u32>,
    forecast: Vec<u32>,
    pace: Vec<u32>,
}

impl Thresholds {
    /// The percentages of an escalation are thresholds too.
    fn read(block: &mut Block<'_>, escalation: &[BudgetEscalation], document: &mut Document<'_>) -> Self {
        let mut inner = block.child_or_absent("thresholds", document);
        // A block that is there and leaves one out has none of that kind.
        let (actual, forecast): (&[u32], &[u32]) = if inner.is_present() { (&[], &[]) } else { (ACTUAL, FORECAST) };
        let mut out = Self {
            actual: inner.percentages_or("actual", actual, document),
            forecast: inner.percentages_or("forecast", forecast, document),
            pace: inner.percentages_or("pace", &[], document),
        };
        inner.finish(document);
        out.actual.extend(escalation.iter().map(|e| e.percent));
        out.actual.sort_unstable();
        out.actual.dedup();
        out
    }
}

fn read_escalation(
    block: &mut Block<'_>,
    known: &KnownNames<'_>,
    document: &mut Document<'_>,
) -> Vec<BudgetEscalation> {
    let mut out: Vec<BudgetEscalation> = Vec::new();
    for mut step in block.children("escalation", document) {
        let percent = step.whole("at", 1..=1000, document).and_then(|p| u32::try_from(p).ok());
        step.missing("at", "at = 100", document);
        let channels = read_channels(&mut step, known.channels, document);
        let people = read_people(&mut step, "people", known.people, document);
        out.extend(percent.map(|percent| BudgetEscalation { percent, channels, people }));
        step.finish(document);
    }
    out.sort_by_key(|e| e.percent);
    out
}

fn read_amendments(block: &mut Block<'_>, document: &mut Document<'_>) -> Vec<Amendment> {
    let mut out: Vec<Amendment> = Vec::new();
    for mut inner in block.children("amendment", document) {
        out.extend(read_amendment(&mut inner, document));
        inner.finish(document);
    }
    out.sort_by_key(|a| a.on);
    out
}

fn read_calendar(
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
            let repeat = block.flag_or("repeat", false, document);
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

fn read_amendment(block: &mut Block<'_>, document: &mut Document<'_>) -> Option<Amendment> {
    let (on, amount) = (block.day("on", document), block.amount("amount", document));
    let author = block.text("author", document).map(|(t, _)| t.to_owned());
    block.missing("on", "on = \"2026-10-01\"", document);
    block.missing("amount", "amount = 14000", document);
    block.missing("author", "author = \"jane\", the person who decided it", document);
    let reason = block.text("reason", document).map(|(t, _)| t.to_owned());
    Some(Amendment { on: on?, amount: amount?, author: author?, reason })
}
