//! What several commands print: tables of incidents, budgets and forecasts, with the names of accounts.

use std::collections::BTreeMap;

use anstyle::AnsiColor;
use tollgate_model::Currency;
use tollgate_model::budget::{BudgetState, BudgetStatus, percent};
use tollgate_model::incident::{Cause, Incident};
use tollgate_model::money::grouped;
use tollgate_model::series::{Facet, Scope};
use tollgate_pipeline::{Context, CostForecast, CostView};

use crate::output::{bold, change, dim, money, print_note, severity, table, tinted};
use crate::print_line;

/// The names of accounts, by their ids.
pub(crate) struct AccountNames(BTreeMap<String, String>);

pub(crate) async fn account_names(context: &Context) -> anyhow::Result<AccountNames> {
    let periods = context.state.ledger.periods().await?;
    Ok(AccountNames(periods.into_iter().flat_map(|p| p.account_names).collect()))
}

impl AccountNames {
    pub(crate) fn account(&self, id: &str) -> String {
        self.0.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    /// A scope with the names of its accounts.
    pub(crate) fn scope(&self, scope: &Scope) -> String {
        let named = scope.0.iter().map(|(facet, value)| match (facet, value) {
            (Facet::SubAccount, Some(id)) => (*facet, Some(self.account(id))),
            _ => (*facet, value.clone()),
        });
        Scope(named.collect()).to_string()
    }
}

pub(crate) fn print_incidents(incidents: &[Incident], names: &AccountNames) {
    let rows = incidents
        .iter()
        .map(|i| {
            vec![
                i.id.clone(),
                severity(i.severity),
                i.state.to_string(),
                i.kind.label().to_owned(),
                names.scope(&i.scope),
                if i.start == i.last {
                    i.start.to_string()
                } else {
                    format!("{} to {}", i.start, &i.last.to_string()[5..])
                },
                change(i.impact_per_day, i.currency),
                change(i.impact, i.currency),
                i.causes.first().map(|c| main_cause(c, names)).unwrap_or_default(),
            ]
        })
        .collect();
    table(
        &["incident", "severity", "state", "?kind", "scope", "?days", ">daily change", "?>total impact", "?main cause"],
        rows,
    );
}

fn main_cause(cause: &Cause, names: &AccountNames) -> String {
    let value = match (cause.dimension.as_str(), &cause.value) {
        (_, None) => "none".to_owned(),
        ("account", Some(id)) => names.account(id),
        // Resource ids are long; their ends differ.
        ("resource", Some(id)) if id.chars().count() > 40 => {
            format!("…{}", id.chars().skip(id.chars().count() - 39).collect::<String>())
        }
        (_, Some(value)) => value.clone(),
    };
    format!("{} {value} ({} %)", cause.dimension, cause.share_percent)
}

/// A table of budgets, the most likely to be exceeded first.
pub(crate) fn print_budgets(statuses: &[BudgetStatus]) {
    let mut sorted: Vec<&BudgetStatus> = statuses.iter().collect();
    sorted.sort_by_key(|s| std::cmp::Reverse((s.state == BudgetState::Over, s.exceed_percent)));
    let others = statuses.iter().any(|s| !s.not_counted.is_empty());
    let rows = sorted.iter().map(|s| {
        let share = |amount| percent(amount, s.amount).map_or("?".to_owned(), |p| format!("{p} %"));
        let state = match s.state {
            BudgetState::Over => tinted(s.label(), AnsiColor::Red),
            BudgetState::ForecastOver | BudgetState::Warning => tinted(s.label(), AnsiColor::Yellow),
            BudgetState::OnTrack | BudgetState::Unknown => s.label().to_owned(),
        };
        let mut row = vec![
            s.name.clone(),
            state,
            s.exceed_percent.map_or("unknown".to_owned(), |p| format!("{p} %")),
            s.forecast.map_or("unknown".to_owned(), |f| grouped(f.mean, 0)),
            s.forecast.map_or(String::new(), |f| share(f.mean)),
            money(s.amount, s.currency),
            s.forecast.map_or(String::new(), |f| format!("{} to {}", grouped(f.low, 0), grouped(f.high, 0))),
            grouped(s.actual, 0),
            share(s.actual),
        ];
        if others {
            let other = s.not_counted.iter().map(|m| format!("+{} {}", grouped(m.amount, 0), m.currency));
            row.push(other.collect::<Vec<_>>().join(", "));
        }
        row.push(grouped(s.left, 0));
        row.push(format!("{} to {}", s.period.start, &s.period.end.plus(-1).to_string()[5..]));
        row
    });
    let mut headers =
        vec!["budget", "state", ">likely over", ">forecast", "?>", ">amount", "?>90 % interval", ">spent", "?>"];
    headers.extend(others.then_some("?>not counted"));
    headers.extend(["?>left", "?period"]);
    table(&headers, rows.collect());
    let is_incomplete = |s: &&BudgetStatus| s.variance.as_ref().is_some_and(|complete| complete.actual != s.actual);
    if let Some(newest) = statuses.iter().filter(is_incomplete).map(|s| s.as_of).max() {
        print_line!("  {}", dim(format!("spent: charges so far, also of days after {newest}, the last complete one")));
    }
    for s in statuses.iter().filter(|s| !s.not_counted.is_empty()) {
        let others: Vec<String> = s.not_counted.iter().map(|m| money(m.amount, m.currency)).collect();
        print_line!(
            "  {} {}: {} is not counted: no exchange rate to {} (`rates` in tollgate.hcl)",
            dim("note:"),
            s.name,
            others.join(", "),
            s.currency
        );
    }
}

/// A table of forecasts: a row a group, and the total of each currency.
pub(crate) fn print_forecasts(view: &CostView, forecasts: &[CostForecast]) {
    let Some(first) = forecasts.first() else { return };
    let mut headers = vec!["group".to_owned(), "currency".to_owned()];
    headers.extend(first.periods.iter().enumerate().flat_map(|(number, p)| {
        let what = if number == 0 && p.first_day <= first.as_of { " (actual + forecast)" } else { "" };
        // The nearest two periods are the last to be left out.
        let later = if number > 1 { "??" } else { "" };
        [format!("{later}>{}{what}", p.label), "?>90 % interval".to_owned()]
    }));
    let groups = |currency| forecasts.iter().filter(|f| f.currency == currency && f.group.is_some()).count();
    // The groups of a currency and its total stand together, the currency of the largest group first.
    let place = |currency| forecasts.iter().position(|f| f.currency == currency);
    let mut sorted: Vec<&CostForecast> = forecasts.iter().collect();
    sorted.sort_by_key(|f| (place(f.currency), f.group.is_none()));
    let rows = sorted.into_iter().filter(|f| f.group.is_some() || groups(f.currency) > 1).map(|f| {
        let label = match &f.group {
            Some(group) => group.label.clone(),
            None => bold("total"),
        };
        let cells = f.periods.iter().flat_map(|p| match p.total {
            Some(total) if total.low == total.high => [grouped(total.mean, 0), String::new()],
            Some(total) => [grouped(total.mean, 0), format!("{} to {}", grouped(total.low, 0), grouped(total.high, 0))],
            None => [format!("unknown ({} so far)", grouped(p.actual, 0)), String::new()],
        });
        [label, f.currency.to_string()].into_iter().chain(cells).collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    table(&headers.iter().map(String::as_str).collect::<Vec<_>>(), rows);
    print_line!("  {}", dim(format!("effective cost through {} plus forecast", first.as_of)));
    if forecasts.iter().flat_map(|f| &f.periods).any(|p| p.total.is_none()) {
        print_line!("  {}", dim("unknown: a forecast needs two weeks of complete days"));
    }
    if let Some(day) = view.first_day().filter(|day| first.periods.iter().any(|p| p.first_day < *day)) {
        print_line!("  {}", dim(format!("the charges start on {day}: earlier days are in no sum")));
    }
}

/// Notes which currencies were converted, and which could not be.
pub(crate) fn note_currencies(view: &CostView) {
    let list = |currencies: &std::collections::BTreeSet<Currency>| {
        currencies.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    if let Some((from, to)) = &view.converted {
        print_note(&format!(
            "note: {} converted to {to} by the rate of each day (`rates` in tollgate.hcl)",
            list(from)
        ));
    }
    if !view.without_rate.is_empty() {
        print_note(&format!(
            "note: {} has no exchange rate for all its days and is shown by itself; add `rates` to tollgate.hcl",
            list(&view.without_rate)
        ));
    }
}
