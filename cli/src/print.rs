//! What several commands print: tables of incidents, budgets and forecasts, with the names of accounts.

use std::collections::BTreeMap;

use anstyle::AnsiColor;
use tollgate_model::budget::{BudgetState, BudgetStatus, percent};
use tollgate_model::forecast::Forecast;
use tollgate_model::incident::{Cause, Incident};
use tollgate_model::money::grouped;
use tollgate_model::series::{Facet, Scope};
use tollgate_pipeline::Context;

use crate::output::{change, dim, money, severity, table, tinted};
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
    table(&["incident", "severity", "state", "kind", "scope", "days", ">a day", ">so far", "main cause"], rows);
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

pub(crate) fn print_budgets(statuses: &[BudgetStatus]) {
    let rows = statuses
        .iter()
        .map(|s| {
            let share = |amount| percent(amount, s.amount).map_or("?".to_owned(), |p| format!("{p} %"));
            let state = match s.state {
                BudgetState::Over => tinted(s.state.label(), AnsiColor::Red),
                BudgetState::ForecastOver | BudgetState::Warning => tinted(s.state.label(), AnsiColor::Yellow),
                BudgetState::OnTrack | BudgetState::Unknown => s.state.label().to_owned(),
            };
            vec![
                s.name.clone(),
                state,
                format!("{} to {}", s.period.start, &s.period.end.plus(-1).to_string()[5..]),
                money(s.amount, s.currency),
                grouped(s.actual, 0),
                share(s.actual),
                s.forecast.map_or("unknown".to_owned(), |f| grouped(f.mean, 0)),
                s.forecast.map_or(String::new(), |f| share(f.mean)),
                s.forecast.map_or(String::new(), |f| format!("{} to {}", grouped(f.low, 0), grouped(f.high, 0))),
                grouped(s.left, 0),
            ]
        })
        .collect();
    let headers = ["budget", "state", "period", ">amount", ">spent", ">", ">forecast", ">", ">90 % interval", ">left"];
    table(&headers, rows);
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

pub(crate) fn print_forecasts(forecasts: &[Forecast], names: &AccountNames) {
    let label =
        |i: usize| forecasts.first().and_then(|f| f.totals.get(i)).map_or(String::new(), |h| format!(">{}", h.label));
    let headers: Vec<String> = ["scope", "currency"].map(str::to_owned).into_iter().chain((0..4).map(label)).collect();
    let rows = forecasts
        .iter()
        .map(|f| {
            let sums = f
                .totals
                .iter()
                .map(|h| format!("{} ({} to {})", grouped(h.mean, 0), grouped(h.low, 0), grouped(h.high, 0)));
            [names.scope(&f.scope), f.currency.to_string()].into_iter().chain(sums).collect()
        })
        .collect();
    table(&headers.iter().map(String::as_str).collect::<Vec<_>>(), rows);
    if let Some(f) = forecasts.first() {
        print_line!("  {}", dim(format!("effective cost after {}; 90 % interval in parentheses", f.as_of)));
    }
}
