//! `tollgate forecast`: cost to the end of the month, and 30, 60 and 90 days ahead.

use crate::args::{Args, Forecast, Format};
use crate::exit::Exit;
use crate::output::json;
use crate::print::{account_names, print_forecasts};
use crate::print_line;
use crate::setup::open;

pub(crate) async fn run(args: &Args, what: &Forecast) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let forecasts = tollgate_pipeline::forecast_costs(&context.state, what.by.facets(), 90).await?;
    match args.format {
        Format::Json => json(&forecasts)?,
        Format::Text | Format::Csv if forecasts.is_empty() => {
            print_line!("not enough history: a forecast needs two weeks of complete days")
        }
        Format::Text | Format::Csv => print_forecasts(&forecasts, &account_names(&context).await?),
    }
    Ok(Exit::Success)
}
