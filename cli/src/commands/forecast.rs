//! `tollgate forecast`: to the end of the month, and 30, 60 and 90 days ahead.

use std::process::ExitCode;

use tollgate_model::forecast::Forecast;
use tollgate_model::money::grouped;

use crate::args::{Args, By, Format};
use crate::output::{dim, json, table};
use crate::say;
use crate::setup::open;
use crate::summary::{Names, names};

pub(crate) async fn run(args: &Args, by: By) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    let forecasts = tollgate_pipeline::forecast(&context, by.facets(), 90).await?;
    match args.format {
        Format::Json => json(&forecasts)?,
        Format::Text | Format::Csv if forecasts.is_empty() => {
            say!("too little history: a forecast needs two weeks of complete days")
        }
        Format::Text | Format::Csv => print(&forecasts, &names(&context).await?),
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn print(forecasts: &[Forecast], names: &Names) {
    let label =
        |i: usize| forecasts.first().and_then(|f| f.totals.get(i)).map_or(String::new(), |h| format!(">{}", h.label));
    let headers: Vec<String> = ["what", "currency"].map(str::to_owned).into_iter().chain((0..4).map(label)).collect();
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
        say!("  {}", dim(format!("effective cost of the days after {}; in brackets the 90 % interval", f.as_of)));
    }
}
