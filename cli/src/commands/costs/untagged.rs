//! `tollgate costs untagged`: cost without a value of a dimension or tag.

use serde_json::{Value, json};
use tollgate_model::query::{CostField, GroupValue};
use tollgate_pipeline::{Context, RowFilter, TagCoverage, UntaggedCosts, find_untagged};

use super::table::{bar, capital, days, share, shown};
use crate::args::{Args, Format, Question};
use crate::exit::Exit;
use crate::output::{bold, csv, json, table};
use crate::print_line;

pub(super) async fn run(args: &Args, context: &Context, of: &[CostField], question: &Question) -> anyhow::Result<Exit> {
    let options = super::options(question);
    let query = options.untagged_query(&context.state.policy)?;
    let query = super::settled(context, &options, query).await?;
    let report = find_untagged(context, &query, of, &RowFilter::everything()).await?;
    match args.format {
        Format::Json => json(&report)?,
        Format::Csv => csv(report.fields.iter().map(csv_row))?,
        Format::Text => print(&report),
    }
    super::note_conversion(report.conversion.as_ref());
    super::note_period(&report.period);
    Ok(Exit::Success)
}

fn csv_row(of: &TagCoverage) -> Value {
    json!({ "field": of.field, "currency": of.currency, "cost": of.total, "untagged": of.untagged })
}

fn print(report: &UntaggedCosts) {
    let metric = capital(&report.query.metric.to_string());
    print_line!("{}", bold(format!("{metric} cost without a value, {}", days(&report.period))));
    let rows = report.fields.iter().map(|of| {
        let field = of.field.label();
        let part = share(of.untagged, of.total);
        vec![field, of.currency.to_string(), shown(of.untagged, of.currency), shown(of.total, of.currency), part]
    });
    table(&["dimension", "currency", ">untagged", ">cost", ">share"], rows.collect());
    for of in report.fields.iter().filter(|of| !of.largest.is_empty()) {
        print_line!("");
        print_line!("{}", bold(format!("Largest without {}, {}", of.field.label(), of.currency)));
        let listed = of.largest.iter().filter(|row| row.other.is_none());
        let largest = listed.map(|row| row.amount).max().unwrap_or_default();
        let mut headers: Vec<String> = report.query.group_by.iter().map(CostField::label).collect();
        headers.extend([">cost", "?bar"].map(str::to_owned));
        let rows = of.largest.iter().map(|row| {
            let mut cells: Vec<String> = row.group.iter().map(GroupValue::label).collect();
            if cells.is_empty() {
                cells.push(row.label());
            }
            cells.resize(headers.len() - 2, String::new());
            let bar = if row.other.is_some() { String::new() } else { bar(row.amount, largest) };
            cells.extend([shown(row.amount, row.currency), bar]);
            cells
        });
        table(&headers.iter().map(String::as_str).collect::<Vec<_>>(), rows.collect());
    }
}
