//! The card of a budget that crossed thresholds.

use tollgate_model::budget::percent;
use tollgate_model::money::grouped;
use tollgate_model::{Amount, BudgetState, BudgetStatus, Currency};

use super::{Card, Tone};

/// The figure that the state is about: the forecast where it is above the amount, otherwise what was spent.
fn headline(status: &BudgetStatus) -> String {
    let of = |figure: Amount| {
        let share = percent(figure, status.amount).map_or(String::new(), |p| format!(" ({p} %)"));
        format!("{} of {} {}{share}", grouped(figure, 0), grouped(status.amount, 0), status.currency)
    };
    match (status.state, status.forecast) {
        (BudgetState::ForecastOver, Some(end)) => {
            format!("forecast {}, spent {}", of(end.mean), grouped(status.actual, 0))
        }
        _ => format!("spent {}", of(status.actual)),
    }
}

/// `+792 USD`: an amount without the places that rounding removed.
fn signed_whole(amount: Amount, currency: Currency) -> String {
    let sign = if amount > Amount::ZERO { "+" } else { "" };
    format!("{sign}{} {currency}", grouped(amount, 0))
}

pub(super) fn of_budget(status: &BudgetStatus, crossed: Vec<String>) -> Card {
    let money = |amount: Amount| format!("{} {}", grouped(amount, 0), status.currency);
    let title = format!("Budget {} {}: {}", status.name, status.sentence(), headline(status));
    let tone = match status.state {
        BudgetState::Over => Tone::Alarm,
        BudgetState::ForecastOver | BudgetState::Warning => Tone::Warning,
        BudgetState::OnTrack => Tone::Good,
        BudgetState::Unknown => Tone::Neutral,
    };
    let mut card = Card::new(title, tone);
    card.lead = crossed.join("; ");
    let spent = percent(status.actual, status.amount).map_or("unknown".to_owned(), |p| format!("{p} %"));
    card.facts.push(("Spent", format!("{} ({spent}), complete through {}", money(status.actual), status.as_of)));
    card.facts.push(("Period", format!("{} to {}", status.period.start, status.period.end.plus(-1))));
    if let Some(end) = status.forecast {
        let (low, high) = (grouped(end.low, 0), grouped(end.high, 0));
        let exceeds = status.exceed_percent.map_or(String::new(), |p| format!("; {p} % likely to exceed the budget"));
        card.facts.push(("Forecast", format!("{}, between {low} and {high}{exceeds}", money(end.mean))));
    }
    if let Some(pace) = status.pace_percent {
        card.facts.push(("Pace", format!("{pace} % of the plan to date")));
    }
    card.facts.push(("Left", money(status.left)));
    if let Some(parent) = &status.parent {
        card.facts.push(("Parent budget", parent.clone()));
    }
    if let Some(variance) = &status.variance {
        card.list_title = "Cost drivers";
        let shown = variance.causes.iter().filter(|c| !c.difference().round(0).is_zero());
        card.list = shown
            .map(|c| {
                let incident = c.incident.as_ref().map_or(String::new(), |id| format!(" ({id})"));
                format!(
                    "{} {}: {} instead of {}{incident}",
                    signed_whole(c.difference(), status.currency),
                    c.label(),
                    grouped(c.actual, 0),
                    grouped(c.planned, 0)
                )
            })
            .collect();
    }
    if let Some(amended) = &status.amended {
        card.notes.push(format!("amended on {} by {}", amended.on, amended.author));
    }
    for c in &status.converted {
        card.notes.push(format!("{} counted as {}", c.charged, money(c.counted)));
    }
    for other in status.not_counted.iter() {
        card.notes.push(format!("not counted: {other}; no exchange rate is known"));
    }
    card
}
