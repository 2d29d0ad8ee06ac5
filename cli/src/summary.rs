//! The summary: what a FinOps lead wants to see first.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::forecast::Forecast;
use tollgate_model::money::grouped;
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{Amount, BudgetStatus, Currency, Day, Incident, IncidentState};
use tollgate_pipeline::{Context, DetectReport, daily, detect, forecast, judge_budgets};

use crate::args::{Args, Format};
use crate::commands::{print_budgets as budgets, print_forecasts as forecasts, print_incidents as incidents};
use crate::output::{bold, dim, json, table};
use crate::say;

/// Names that people know accounts by.
pub(crate) struct Names(BTreeMap<String, String>);

pub(crate) async fn names(context: &Context) -> anyhow::Result<Names> {
    let periods = context.ledger.periods().await?;
    Ok(Names(periods.into_iter().flat_map(|p| p.account_names).collect()))
}

impl Names {
    pub(crate) fn account(&self, id: &str) -> String {
        self.0.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    pub(crate) fn scope(&self, scope: &Scope) -> String {
        let named = scope.0.iter().map(|(facet, value)| match (facet, value) {
            (Facet::SubAccount, Some(id)) => (*facet, Some(self.account(id))),
            _ => (*facet, value.clone()),
        });
        Scope(named.collect()).to_string()
    }
}

/// Cost of thirty days beside the thirty before.
#[derive(Serialize)]
struct Trend {
    what: String,
    currency: Currency,
    through: Day,
    last_30_days: Amount,
    days_before: Amount,
}

#[derive(Serialize)]
struct Summary {
    cost: Vec<Trend>,
    detection: DetectReport,
    incidents: Vec<Incident>,
    budgets: Vec<BudgetStatus>,
    forecasts: Vec<Forecast>,
}

/// Detects, judges and forecasts, and prints it all.
pub(crate) async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let detection = Box::pin(detect(context)).await?;
    let mut incidents_now: Vec<Incident> =
        context.ledger.incidents(&IncidentState::ALL).await?.into_iter().map(|(i, _)| i).collect();
    incidents_now.sort_by_key(|i| (!i.is_live(), std::cmp::Reverse(i.severity), i.start));
    let summary = Summary {
        cost: trends(context, &[])
            .await?
            .into_iter()
            .chain(trends(context, &[Facet::Provider, Facet::Service]).await?)
            .collect(),
        detection,
        incidents: incidents_now,
        budgets: judge_budgets(context).await?,
        forecasts: forecast(context, &[Facet::Provider], 90).await?,
    };
    match args.format {
        Format::Json => json(&summary),
        Format::Text | Format::Csv => {
            print(context, &summary).await?;
            Ok(())
        }
    }
}

async fn trends(context: &Context, facets: &[Facet]) -> anyhow::Result<Vec<Trend>> {
    let mut out: Vec<Trend> = daily(context, facets)
        .await?
        .into_iter()
        .filter_map(|(scope, currency, days)| {
            let sum = |days: &[(Day, Amount)]| days.iter().fold(Amount::ZERO, |s, (_, a)| s.saturating_add(*a));
            let last = days.len().checked_sub(30)?;
            Some(Trend {
                what: scope.to_string(),
                currency,
                through: days.last()?.0,
                last_30_days: sum(&days[last..]),
                days_before: sum(&days[last.saturating_sub(30)..last]),
            })
        })
        .collect();
    out.sort_by_key(|t| std::cmp::Reverse(t.last_30_days));
    Ok(out)
}

/// Services that are listed.
const TOP: usize = 8;

async fn print(context: &Context, summary: &Summary) -> anyhow::Result<()> {
    let names = names(context).await?;
    let live = summary.incidents.iter().filter(|i| i.is_live()).count();
    say!("");
    say!("{}", bold(format!("Incidents: {live} open, {} resolved", summary.incidents.len() - live)));
    if summary.incidents.is_empty() {
        say!(" none in the days judged");
    } else {
        incidents(&summary.incidents, &names);
    }
    for restated in &summary.detection.restated {
        say!(
            " {} {} to {} changed in {}, in days judged before: restated, no incident",
            dim("restated:"),
            restated.start,
            restated.last,
            names.scope(&restated.scope)
        );
    }
    for late in &summary.detection.late {
        let days: Vec<String> = late.days.iter().map(ToString::to_string).collect();
        say!(
            " {} {} has told little of {} so far; they are judged when complete",
            dim("late:"),
            late.source,
            days.join(", ")
        );
    }
    if !summary.budgets.is_empty() {
        say!("");
        say!("{}", bold("Budgets"));
        budgets(&summary.budgets);
    }
    say!("");
    say!("{}", bold("Cost of the last 30 complete days (effective: amortised, all charges)"));
    let (totals, services): (Vec<&Trend>, Vec<&Trend>) = summary.cost.iter().partition(|t| t.what == "everything");
    let rows = totals.iter().chain(services.iter().take(TOP)).map(|t| {
        vec![
            if t.what == "everything" { bold(&t.what) } else { t.what.clone() },
            t.currency.to_string(),
            grouped(t.last_30_days, 0),
            grouped(t.days_before, 0),
            tollgate_model::budget::percent(t.last_30_days.saturating_sub(t.days_before), t.days_before)
                .map_or(String::new(), |p| format!("{p:+} %")),
        ]
    });
    table(&["what", "", ">last 30 days", ">30 days before", ">change"], rows.collect());
    if services.len() > TOP {
        say!("  {}", dim(format!("and {} more services", services.len() - TOP)));
    }
    say!("");
    say!("{}", bold("Forecast"));
    if summary.forecasts.is_empty() {
        say!(" too little history: a forecast needs two weeks of complete days");
    } else {
        forecasts(&summary.forecasts, &names);
    }
    Ok(())
}
