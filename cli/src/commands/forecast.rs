//! `tollgate forecast`: what this month, the next ones and the year will cost; and how accurate forecasts were.

use anyhow::ensure;
use serde::Serialize;
use tollgate_model::{Currency, Day};
use tollgate_pipeline::{
    CostForecast, CostView, ForecastAccuracy, ForecastUntil, GOOD_ACCURACY, PeriodForecast, ScoredForecasts,
    forecast_accuracy,
};

use crate::args::{Args, Forecast, ForecastCommand, Format};
use crate::exit::Exit;
use crate::output::{csv, dim, json, table};
use crate::print::{AccountNames, account_names, note_currencies, print_forecasts};
use crate::print_line;
use crate::setup::open;
use crate::values::FacetGrouping;

/// The longest forecast, in days.
const LONGEST: i32 = 731;

pub(crate) async fn run(args: &Args, what: &Forecast) -> anyhow::Result<Exit> {
    if let Some(ForecastCommand::Accuracy { by }) = what.command {
        return accuracy(args, by).await;
    }
    let context = open(args).await?;
    let view = CostView::load(&context, &what.by, what.currency).await?;
    let until = match (what.year, what.to) {
        (true, _) => ForecastUntil::Year,
        (false, None) => ForecastUntil::Quarter,
        (false, Some(day)) => {
            let today = Day::of(context.state.clock.now());
            ensure!(
                today <= day && day <= today.plus(LONGEST),
                "--to {day} is not between today, {today}, and {}\nhint: `tollgate chart` draws the past",
                today.plus(LONGEST)
            );
            ForecastUntil::Day(day)
        }
    };
    let forecasts = view.forecast(until);
    match args.format {
        Format::Json => json(&forecasts)?,
        Format::Csv => csv(forecasts.iter().flat_map(rows))?,
        Format::Text if forecasts.is_empty() => print_line!("the store holds no charges"),
        Format::Text => print_forecasts(&view, &forecasts),
    }
    note_currencies(&view);
    Ok(Exit::Success)
}

async fn accuracy(args: &Args, by: FacetGrouping) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let scored = forecast_accuracy(&context.state, by).await?;
    match args.format {
        Format::Json => json(&scored)?,
        Format::Csv => csv(&scored)?,
        Format::Text if scored.is_empty() => {
            print_line!(
                "not enough history: a back-test needs four weeks of complete days before the 30 that it forecasts"
            )
        }
        Format::Text => print_accuracy(&scored, &account_names(&context).await?),
    }
    Ok(Exit::Success)
}

fn print_accuracy(scored: &[ForecastAccuracy], names: &AccountNames) {
    let percent = |value: Option<i64>| value.map_or("-".to_owned(), |percent| format!("{percent} %"));
    let rows = scored.iter().map(|of| {
        let stored = |days: usize| of.stored.iter().find(|s| s.days == days);
        let accuracy = |s: Option<&ScoredForecasts>| match s {
            Some(s) => format!("{} % of {}", s.accuracy, s.count),
            None => "-".to_owned(),
        };
        // What earlier runs forecast counts; a back-test stands in for it until their days have come.
        let known = stored(30).map(|s| s.accuracy).or(of.back_test.map(|test| test.accuracy));
        let good = match known {
            Some(percent) if percent > GOOD_ACCURACY => "yes",
            Some(_) => "no",
            None => "unknown",
        };
        vec![
            names.scope(&of.scope),
            of.currency.to_string(),
            percent(of.back_test.map(|test| test.accuracy)),
            percent(of.back_test.and_then(|test| test.skill)),
            accuracy(stored(30)),
            accuracy(stored(90)),
            percent(stored(30).map(|s| s.within_interval)),
            good.to_owned(),
        ]
    });
    let above = format!("above {GOOD_ACCURACY} %");
    let headers = ["scope", "currency", ">back-test", ">skill", ">30 days", ">90 days", ">in interval", above.as_str()];
    table(&headers, rows.collect());
    print_line!(
        "  {}",
        dim("accuracy: 100 % less the error of the sum. 30 and 90 days: forecasts of earlier runs, with their number.")
    );
    print_line!(
        "  {}",
        dim("skill: by how much daily errors of the back-test are smaller than those of repeating the last week.")
    );
}

/// A period of a group, as a row of CSV. Amounts are in `currency`; `total` is what is known plus the forecast, null where unknown.
#[derive(Serialize)]
struct Row<'a> {
    group: Option<&'a str>,
    currency: Currency,
    as_of: Day,
    #[serde(flatten)]
    period: &'a PeriodForecast,
}

fn rows(forecast: &CostForecast) -> impl Iterator<Item = Row<'_>> {
    let group = forecast.group.as_ref().map(|group| group.label.as_str());
    forecast.periods.iter().map(move |period| Row { group, currency: forecast.currency, as_of: forecast.as_of, period })
}
