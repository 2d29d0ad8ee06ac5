//! The summary of `tollgate run` and `tollgate demo`.

use serde::Serialize;
use tollgate_model::forecast::Forecast;
use tollgate_model::money::grouped;
use tollgate_model::series::Facet;
use tollgate_model::{Amount, BudgetStatus, Currency, Day, Incident, IncidentState};
use tollgate_pipeline::{Context, DetectReport, daily_costs, detect, forecast_costs, judge_budgets};

use crate::args::{Args, Format};
use crate::output::{bold, dim, json, table};
use crate::print::{account_names, print_budgets, print_forecasts, print_incidents};
use crate::print_line;

/// Cost of thirty days, and of the thirty before.
#[derive(Serialize)]
struct CostChange {
    scope: String,
    currency: Currency,
    through: Day,
    last_30_days: Amount,
    previous_30_days: Amount,
}

#[derive(Serialize)]
struct Summary {
    cost: Vec<CostChange>,
    detection: DetectReport,
    incidents: Vec<Incident>,
    budgets: Vec<BudgetStatus>,
    forecasts: Vec<Forecast>,
}

/// Detects incidents, evaluates budgets, forecasts, and prints the results.
pub(crate) async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let detection = Box::pin(detect(context)).await?;
    let mut incidents_now: Vec<Incident> =
        context.state.ledger.incidents(&IncidentState::ALL).await?.into_iter().map(|(i, _)| i).collect();
    incidents_now.sort_by_key(|i| (!i.is_live(), std::cmp::Reverse(i.severity), i.start));
    let summary = Summary {
        cost: cost_changes(context, &[])
            .await?
            .into_iter()
            .chain(cost_changes(context, &[Facet::Provider, Facet::Service]).await?)
            .collect(),
        detection,
        incidents: incidents_now,
        budgets: judge_budgets(&context.state).await?,
        forecasts: forecast_costs(&context.state, &[Facet::Provider], 90).await?,
    };
    match args.format {
        Format::Json => json(&summary),
        Format::Text | Format::Csv => {
            print(context, &summary).await?;
            Ok(())
        }
    }
}

async fn cost_changes(context: &Context, facets: &[Facet]) -> anyhow::Result<Vec<CostChange>> {
    let mut out: Vec<CostChange> = daily_costs(&context.state, facets)
        .await?
        .into_iter()
        .filter_map(|(scope, currency, days)| {
            let sum = |days: &[(Day, Amount)]| days.iter().fold(Amount::ZERO, |s, (_, a)| s.saturating_add(*a));
            let last = days.len().checked_sub(30)?;
            Some(CostChange {
                scope: scope.to_string(),
                currency,
                through: days.last()?.0,
                last_30_days: sum(&days[last..]),
                previous_30_days: sum(&days[last.saturating_sub(30)..last]),
            })
        })
        .collect();
    out.sort_by_key(|t| std::cmp::Reverse(t.last_30_days));
    Ok(out)
}

/// Services listed.
const TOP: usize = 8;

async fn print(context: &Context, summary: &Summary) -> anyhow::Result<()> {
    let names = account_names(context).await?;
    let live = summary.incidents.iter().filter(|i| i.is_live()).count();
    print_line!("");
    print_line!("{}", bold(format!("Incidents: {live} open, {} resolved", summary.incidents.len() - live)));
    if summary.incidents.is_empty() {
        print_line!(" none in the evaluated days");
    } else {
        print_incidents(&summary.incidents, &names);
    }
    for restated in &summary.detection.restated {
        print_line!(
            " {} {} to {} in {}: the provider corrected days evaluated before; not an incident",
            dim("restated:"),
            restated.start,
            restated.last,
            names.scope(&restated.scope)
        );
    }
    for late in &summary.detection.late {
        let days: Vec<String> = late.days.iter().map(ToString::to_string).collect();
        print_line!(
            " {} {} has incomplete charges for {}; these days are evaluated when complete",
            dim("late:"),
            late.source,
            days.join(", ")
        );
    }
    if !summary.budgets.is_empty() {
        print_line!("");
        print_line!("{}", bold("Budgets"));
        print_budgets(&summary.budgets);
    }
    print_line!("");
    print_line!("{}", bold("Cost of the last 30 complete days (effective cost: amortized, all charges)"));
    let (totals, services): (Vec<&CostChange>, Vec<&CostChange>) =
        summary.cost.iter().partition(|t| t.scope == "everything");
    let rows = totals.iter().chain(services.iter().take(TOP)).map(|t| {
        vec![
            if t.scope == "everything" { bold(&t.scope) } else { t.scope.clone() },
            t.currency.to_string(),
            grouped(t.last_30_days, 0),
            grouped(t.previous_30_days, 0),
            tollgate_model::budget::percent(t.last_30_days.saturating_sub(t.previous_30_days), t.previous_30_days)
                .map_or(String::new(), |p| format!("{p:+} %")),
        ]
    });
    table(&["scope", "currency", ">last 30 days", ">30 days before", ">change"], rows.collect());
    if services.len() > TOP {
        print_line!("  {}", dim(format!("and {} more services", services.len() - TOP)));
    }
    print_line!("");
    print_line!("{}", bold("Forecast"));
    if summary.forecasts.is_empty() {
        print_line!(" not enough history: a forecast needs two weeks of complete days");
    } else {
        print_forecasts(&summary.forecasts, &names);
    }
    Ok(())
}
