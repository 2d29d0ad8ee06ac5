//! `tollgate sql`: answers as a table, CSV or JSON.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use tollgate_lake::{Answer, Cell};
use tollgate_model::Currency;
use tollgate_model::csv::{push_line, push_safe_line};
use tollgate_model::limits::SQL_ROWS;

use crate::args::{Args, Format, Sql};
use crate::exit::Exit;
use crate::output::{dim, json, print_note, table};
use crate::print_line;
use crate::setup::open;

pub(crate) async fn run(args: &Args, what: &Sql) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let query = read_query(what)?;
    ensure!(!query.trim().is_empty(), "the query is empty\nhint: `tollgate sql --help` has an example");
    let answer = tollgate_pipeline::sql(&context, &query).await?;
    match args.format {
        Format::Text => print(&answer),
        Format::Csv => {
            let mut out = String::new();
            let line = if what.raw { push_line } else { push_safe_line };
            line(&mut out, &mut answer.columns.iter().map(|c| Some(c.as_str())));
            for row in &answer.rows {
                line(&mut out, &mut row.iter().map(text));
            }
            print_line!("{}", out.trim_end_matches('\n'));
        }
        Format::Json => json(&answer.objects())?,
    }
    let periods = context.state.ledger.periods().await?;
    let currencies: BTreeSet<Currency> =
        periods.iter().flat_map(|p| p.totals.billed_lake.iter().map(|money| money.currency)).collect();
    if adds_currencies(&query, currencies.len()) {
        let all: Vec<String> = currencies.iter().map(ToString::to_string).collect();
        print_note(&format!(
            "warning: the charges are in {}, and the query does not name BillingCurrency: its sums may add different currencies\nhint: \
             group by BillingCurrency, or add a condition on it",
            all.join(" and ")
        ));
    }
    if answer.truncated {
        print_note(&format!("the answer is truncated at {SQL_ROWS}"));
    }
    Ok(Exit::Success)
}

/// Whether a query sums a cost over charges of several currencies: amounts in different currencies have no sum.
fn adds_currencies(query: &str, currencies: usize) -> bool {
    let query: String = query.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let sums_cost = ["sum(", "avg("].iter().any(|call| query.contains(call)) && query.contains("cost");
    currencies > 1 && sums_cost && !query.contains("currency")
}

fn read_query(what: &Sql) -> anyhow::Result<String> {
    match (&what.query, &what.file) {
        (Some(query), _) if query != "-" => Ok(query.clone()),
        (_, Some(path)) => {
            std::fs::read_to_string(path).with_context(|| format!("{}: the query cannot be read", path.display()))
        }
        _ => std::io::read_to_string(std::io::stdin()).context("standard input cannot be read"),
    }
}

fn text(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Null => None,
        Cell::Bool(true) => Some("true"),
        Cell::Bool(false) => Some("false"),
        Cell::Number(text) | Cell::Text(text) => Some(text),
    }
}

fn print(answer: &Answer) {
    let headers: Vec<String> = answer
        .columns
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let number = answer.rows.iter().any(|r| matches!(r.get(i), Some(Cell::Number(_))));
            format!("{}{name}", if number { ">" } else { "" })
        })
        .collect();
    let rows = answer
        .rows
        .iter()
        .map(|row| row.iter().map(|c| text(c).map_or(dim("null"), str::to_owned)).collect())
        .collect();
    table(&headers.iter().map(String::as_str).collect::<Vec<_>>(), rows);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_over_several_currencies_is_noticed() {
        let sum = "select ServiceName, SUM( EffectiveCost ) from charges group by 1";
        assert!(adds_currencies(sum, 2) && !adds_currencies(sum, 1));
        for fine in [
            "select BillingCurrency, sum(BilledCost) from charges group by 1",
            "select sum(BilledCost) from charges where BillingCurrency = 'USD'",
            "select count(*) from charges",
            "select sum(ConsumedQuantity) from charges",
            "select EffectiveCost from charges",
        ] {
            assert!(!adds_currencies(fine, 2), "{fine}");
        }
    }
}
