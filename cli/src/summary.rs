//! The summary of `tollgate run` and `tollgate demo`.

use serde::Serialize;
use tollgate_model::money::grouped;
use tollgate_model::series::Facet;
use tollgate_model::text::counted;
use tollgate_model::{Amount, BudgetStatus, Currency, Day, Incident, IncidentState};
use tollgate_pipeline::{
    Context, CostForecast, CostGrouping, CostView, DetectReport, ForecastUntil, detect, judge_budgets,
};

use crate::args::{Args, Format};
use crate::output::{bold, dim, json, table};
use crate::print::{account_names, note_currencies, print_budgets, print_forecasts, print_incidents};
use crate::print_line;

/// Cost of the last days, and of as many before.
#[derive(Serialize)]
struct CostChange {
    /// `everything`, or provider and service.
    scope: String,
    currency: Currency,
    /// The last complete day.
    through: Day,
    /// Days that are summed: 30, or fewer where the charges have fewer.
    days: usize,
    cost: Amount,
    /// The cost of as many days before; null where the charges have fewer.
    cost_before: Option<Amount>,
}

#[derive(Serialize)]
struct Summary {
    cost: Vec<CostChange>,
    detection: DetectReport,
    incidents: Vec<Incident>,
    budgets: Vec<BudgetStatus>,
    forecasts: Vec<CostForecast>,
}

/// Detects incidents, evaluates budgets, forecasts, and prints the results.
pub(crate) async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let detection = Box::pin(detect(context)).await?;
    let mut incidents_now: Vec<Incident> =
        context.state.ledger.incidents(&IncidentState::ALL).await?.into_iter().map(|(i, _)| i).collect();
    incidents_now.sort_by_key(|i| (!i.is_live(), std::cmp::Reverse(i.severity), i.start));
    let providers = CostView::load(context, &CostGrouping::Facets(&[Facet::Provider]), None).await?;
    let mut cost = cost_changes(context, &[]).await?;
    cost.extend(cost_changes(context, &[Facet::Provider, Facet::Service]).await?);
    let summary = Summary {
        cost,
        detection,
        incidents: incidents_now,
        budgets: judge_budgets(&context.state).await?,
        forecasts: providers.forecast(ForecastUntil::Quarter),
    };
    match args.format {
        Format::Json => json(&summary)?,
        Format::Text | Format::Csv => print(context, &summary, &providers).await?,
    }
    note_currencies(&providers);
    Ok(())
}

/// Days of a comparison.
const DAYS: usize = 30;

async fn cost_changes(context: &Context, facets: &'static [Facet]) -> anyhow::Result<Vec<CostChange>> {
    let view = CostView::load(context, &CostGrouping::Facets(facets), None).await?;
    let mut out: Vec<CostChange> = view
        .daily(0)
        .into_iter()
        .filter_map(|of| {
            let sum = |days: &[(Day, Amount)]| days.iter().fold(Amount::ZERO, |s, (_, a)| s.saturating_add(*a));
            let days = &of.days;
            let count = days.len().min(DAYS);
            let last = days.len() - count;
            Some(CostChange {
                scope: of.group.label,
                currency: of.currency,
                through: days.last()?.0,
                days: count,
                cost: sum(&days[last..]),
                // Half of the days before would look like a rise.
                cost_before: last.checked_sub(count).map(|from| sum(&days[from..last])),
            })
        })
        .collect();
    out.sort_by_key(|t| std::cmp::Reverse(t.cost));
    Ok(out)
}

/// Services listed.
const TOP: usize = 8;

async fn print(context: &Context, summary: &Summary, providers: &CostView) -> anyhow::Result<()> {
    let names = account_names(context).await?;
    let live = summary.incidents.iter().filter(|i| i.is_live()).count();
    print_line!("");
    print_line!("{}", bold(format!("Incidents: {live} open, {} resolved", summary.incidents.len() - live)));
    match (summary.incidents.is_empty(), summary.detection.learning.is_empty()) {
        (false, _) => print_incidents(&summary.incidents, &names),
        (true, true) => print_line!(" none in the evaluated days"),
        (true, false) => {}
    }
    print_learning(&summary.detection);
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
    if let Some(version) = summary.detection.learned_anew_from {
        print_line!(
            " {} baselines of version {version} of the method were learned anew with version {}",
            dim("method:"),
            tollgate_pipeline::METHOD_VERSION
        );
    }
    if !summary.budgets.is_empty() {
        print_line!("");
        print_line!("{}", bold("Budgets"));
        print_budgets(&summary.budgets);
    }
    print_line!("");
    print_costs(&summary.cost);
    print_line!("");
    print_line!("{}", bold("Forecast"));
    if summary.forecasts.is_empty() {
        print_line!(" not enough history: a forecast needs two weeks of complete days");
    } else {
        print_forecasts(providers, &summary.forecasts);
    }
    Ok(())
}

/// Which sources are still learned, and until when: without incidents is not the same as without problems.
fn print_learning(detection: &DetectReport) {
    for source in &detection.learning {
        print_line!(
            " {} {}: {} of {} days. Incidents are reported from {} on.",
            dim("learning:"),
            source.source,
            source.days,
            source.needed,
            source.from
        );
    }
}

fn print_costs(costs: &[CostChange]) {
    let days = costs.iter().map(|c| c.days).max().unwrap_or(0);
    let (of, before) = match days {
        DAYS => (format!("last {DAYS} days"), format!(">{DAYS} days before")),
        _ => (format!("{} so far", counted(days, "day", "days")), ">before".to_owned()),
    };
    print_line!("{}", bold(format!("Cost of the {of} (complete days; effective cost: amortized, all charges)")));
    let (totals, services): (Vec<&CostChange>, Vec<&CostChange>) = costs.iter().partition(|t| t.scope == "everything");
    let rows = totals.iter().chain(services.iter().take(TOP)).map(|t| {
        let change = t.cost_before.and_then(|before| {
            let percent = tollgate_model::budget::percent(t.cost.saturating_sub(before), before)?;
            Some(if percent == 0 { "0 %".to_owned() } else { format!("{percent:+} %") })
        });
        vec![
            if t.scope == "everything" { bold(&t.scope) } else { t.scope.clone() },
            t.currency.to_string(),
            grouped(t.cost, 0),
            t.cost_before.map_or("–".to_owned(), |before| grouped(before, 0)),
            change.unwrap_or_else(|| "–".to_owned()),
        ]
    });
    table(&["scope", "currency", &format!(">{of}"), &before, ">change"], rows.collect());
    if services.len() > TOP {
        print_line!(
            "  {}",
            dim(format!("and {} more services: `tollgate forecast --by service` lists all", services.len() - TOP))
        );
    }
}
