//! `tollgate efficiency`: figures of a month, with their definitions and levels of maturity.

use tollgate_model::Currency;
use tollgate_pipeline::efficiency::{EfficiencyReport, read_efficiency};

use crate::args::{Args, Efficiency, Format};
use crate::exit::Exit;
use crate::output::{bold, csv, dim, json, print_note, table};
use crate::print_line;
use crate::setup::open;

pub(crate) async fn run(args: &Args, what: &Efficiency) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let report = Box::pin(read_efficiency(&context, what.month)).await?;
    match args.format {
        Format::Json => json(&report)?,
        Format::Csv => csv(&report.figures)?,
        Format::Text => print(&report, what.verbose),
    }
    let list = |currencies: &[Currency]| currencies.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if !report.converted.is_empty() {
        let from = list(&report.converted);
        print_note(&format!(
            "note: {from} converted to {} by the rate of each day (`rates` in tollgate.hcl)",
            report.currency
        ));
    }
    if !report.other_currencies.is_empty() {
        print_note(&format!(
            "note: figures are of cost in {}; cost in {} is in none: no exchange rate (`rates` in tollgate.hcl)",
            report.currency,
            list(&report.other_currencies)
        ));
    }
    Ok(Exit::Success)
}

fn print(report: &EfficiencyReport, verbose: bool) {
    print_line!("{}  {}", bold("Efficiency"), report.month);
    let rows = report.figures.iter().map(|f| {
        let levels = f.levels.map_or(String::new(), |l| format!("{:.0} / {:.0} / {:.0} %", l.crawl, l.walk, l.run));
        vec![
            f.name.clone(),
            f.percent.map_or("unknown".to_owned(), |p| format!("{p:.1} %")),
            f.level.map_or(String::new(), |level| level.label().to_owned()),
            levels,
            f.unknown.clone().unwrap_or_else(|| f.basis.clone()),
        ]
    });
    table(&["figure", ">value", "level", "?crawl / walk / run", "?from"], rows.collect());
    if !verbose {
        print_line!("  {}", dim("--verbose shows the definition of each figure; no level: no published values"));
        print_line!(
            "  {}",
            dim(
                "coverage is at list cost (`tollgate commitments`: at effective cost), untagged is without any tag (`tollgate costs untagged`: without one)"
            )
        );
        return;
    }
    print_line!("");
    print_line!("{}", bold("Definitions"));
    for figure in &report.figures {
        print_line!("  {}: {}", figure.name, figure.definition);
        if let Some(levels) = figure.levels {
            print_line!("    {}", dim(format!("levels: {}", levels.source)));
        }
    }
}
