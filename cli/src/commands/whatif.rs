//! `tollgate what-if`: past charges under other conditions.

use tollgate_model::money::grouped;
use tollgate_model::{Amount, Currency};
use tollgate_pipeline::whatif::{CostRange, WhatIfQuestion, WhatIfReport, ask_what_if};

use crate::args::{Args, Format, WhatIf};
use crate::exit::Exit;
use crate::output::{bold, change, csv, dim, json, money, table};
use crate::print_line;
use crate::setup::open;

/// Services that are listed.
const SHOWN: usize = 20;

pub(crate) async fn run(args: &Args, what: &WhatIf) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let question = WhatIfQuestion {
        period: what.period.clone(),
        filters: what.filter.clone(),
        ended: what.end_commitment.clone(),
        usage: what.usage,
        price: what.price,
        moves: what.region.iter().chain(&what.family).cloned().collect(),
        bought: what.buy_commitment,
        saving: what.saving,
    };
    let report = ask_what_if(&context, &question).await?;
    match args.format {
        Format::Json => json(&report)?,
        Format::Csv => csv(&report.answer.rows)?,
        Format::Text => print(&report),
    }
    Ok(Exit::Success)
}

/// `+1,200 USD (+12.5 %)`.
fn difference(now: Amount, then: Amount, currency: Currency) -> String {
    let by = then.saturating_sub(now);
    let share = (now > Amount::ZERO).then(|| by.to_f64() / now.to_f64() * 100.0);
    change(by, currency) + &share.map_or(String::new(), |p| format!(" ({p:+.1} %)"))
}

fn range_text(range: &CostRange) -> String {
    if range.low == range.high {
        String::new()
    } else {
        format!("{} to {}", grouped(range.low, 2), grouped(range.high, 2))
    }
}

fn print(report: &WhatIfReport) {
    let (first, last) = (report.days.start, report.days.end.plus(-1));
    print_line!("{}  {first} to {last}, effective cost", bold("What if"));
    for total in &report.answer.totals {
        let currency = total.currency;
        let range = range_text(&total.then);
        let range = if range.is_empty() { String::new() } else { format!(", range {range}") };
        print_line!("  as it was       {}", money(total.now, currency));
        print_line!(
            "  as it would be  {}{range}: {}",
            money(total.then.likely, currency),
            difference(total.now, total.then.likely, currency)
        );
    }
    if let Some(saving) = report.saving {
        print_line!("  saving          {}.{} % of on-demand prices", saving / 10, saving % 10);
    }
    print_line!("");
    let rows = report.answer.rows.iter().take(SHOWN).map(|row| {
        vec![
            row.service.clone().unwrap_or_else(|| "commitment bought, less what it covers".to_owned()),
            row.provider.clone().unwrap_or_default(),
            grouped(row.now, 2),
            grouped(row.then.likely, 2),
            range_text(&row.then),
            difference(row.now, row.then.likely, row.currency),
        ]
    });
    table(&["service", "?provider", "?>as it was", ">as it would be", "?range", ">change"], rows.collect());
    if report.answer.rows.is_empty() {
        print_line!("  no service would change");
    }
    if report.answer.rows.len() > SHOWN {
        print_line!("  {}", dim(format!("and {} more; --format csv lists all", report.answer.rows.len() - SHOWN)));
    }
    print_line!("");
    print_line!("{}", bold("Assumptions"));
    for assumption in &report.answer.assumptions {
        print_line!("  {assumption}");
    }
    if report.answer.not_estimated.is_empty() {
        return;
    }
    print_line!("");
    print_line!("{}", bold("Not estimated: these charges keep their cost"));
    let rows = report.answer.not_estimated.iter().take(SHOWN);
    let rows = rows.map(|n| vec![money(n.cost, n.currency), n.what.clone(), n.reason.clone()]);
    table(&[">cost", "charges", "reason"], rows.collect());
}
