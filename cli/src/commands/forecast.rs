//! `tollgate forecast`: what this month, the next ones and the year will cost.

use anyhow::ensure;
use tollgate_model::Day;
use tollgate_pipeline::{CostView, ForecastUntil};

use crate::args::{Args, Forecast, Format};
use crate::exit::Exit;
use crate::output::{csv, json};
use crate::print::{note_currencies, print_forecasts};
use crate::print_line;
use crate::setup::open;

/// The longest forecast, in days.
const LONGEST: i32 = 731;

pub(crate) async fn run(args: &Args, what: &Forecast) -> anyhow::Result<Exit> {
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
        Format::Csv => csv(&forecasts)?,
        Format::Text if forecasts.is_empty() => print_line!("the store holds no charges"),
        Format::Text => print_forecasts(&view, &forecasts),
    }
    note_currencies(&view);
    Ok(Exit::Success)
}
