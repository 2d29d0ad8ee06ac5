//! `tollgate allocation heatmap`: the cost of each team by month, in the terminal and as SVG.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use tollgate_model::money::grouped;
use tollgate_model::{Amount, Currency, untrusted};
use tollgate_pipeline::{Context, HeatMap, HeatMapRow, heat_map};

use crate::args::{Args, Format};
use crate::exit::Exit;
use crate::output::{bold, csv, json, print_note, table};
use crate::print_line;

pub(super) async fn run(
    args: &Args,
    context: &Context,
    dimension: Option<&str>,
    months: usize,
    svg_file: Option<&Path>,
) -> anyhow::Result<Exit> {
    let map = heat_map(context, dimension, months).await?;
    if let Some(path) = svg_file {
        std::fs::write(path, svg(&map)).with_context(|| format!("{}: cannot be written", path.display()))?;
        print_note(&format!("{} written", path.display()));
        return Ok(Exit::Success);
    }
    match args.format {
        Format::Json => json(&map)?,
        Format::Csv => csv(&map.rows)?,
        Format::Text => print(&map),
    }
    Ok(Exit::Success)
}

/// Steps of shading, from nothing to the highest amount of a currency.
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
const STEPS: i64 = 4;

/// The step of an amount between zero and the highest; negative amounts have none.
fn step(amount: Amount, highest: Amount) -> usize {
    if highest <= Amount::ZERO || amount <= Amount::ZERO {
        return 0;
    }
    let steps = (1..=STEPS).filter(|n| highest.ratio(*n - 1, STEPS).is_some_and(|from| amount > from));
    steps.count()
}

fn highest(map: &HeatMap, currency: Currency) -> Amount {
    let rows = map.rows.iter().filter(|row| row.currency == currency);
    rows.flat_map(|row| row.amounts.iter().flatten()).copied().max().unwrap_or_default()
}

fn print(map: &HeatMap) {
    print_line!("{}  {} by month, {} cost", bold("Heat map"), map.dimension, map.basis);
    let months: Vec<String> = map.months.iter().map(|month| format!(">{month}")).collect();
    let mut headers: Vec<&str> = vec![map.dimension.as_str(), "currency"];
    headers.extend(months.iter().map(String::as_str));
    headers.push(">total");
    let cell = |row: &HeatMapRow, amount: &Option<Amount>| match amount {
        None => "–".to_owned(),
        Some(amount) => {
            let shade = SHADES[step(*amount, highest(map, row.currency)).min(SHADES.len() - 1)];
            format!("{} {shade}{shade}", grouped(*amount, 0))
        }
    };
    let rows = map.rows.iter().map(|row| {
        let mut cells = vec![row.value.clone(), row.currency.to_string()];
        cells.extend(row.amounts.iter().map(|amount| cell(row, amount)));
        cells.push(grouped(row.total, 0));
        cells
    });
    table(&headers, rows.collect());
}

/// Blues from light to dark; text on the darkest is white. Distinguishable without colour by their lightness.
const COLORS: [(&str, &str); 5] =
    [("#f7fbff", "#333"), ("#d2e3f3", "#333"), ("#9ecae1", "#222"), ("#4a98c9", "#fff"), ("#1764ab", "#fff")];
const CELL: (usize, usize) = (92, 30);
const LEFT: usize = 190;
const TOP: usize = 64;

/// An SVG document. Every name is escaped, and every cell has its amount as text.
fn svg(map: &HeatMap) -> String {
    let width = LEFT + CELL.0 * (map.months.len() + 1) + 16;
    let height = TOP + CELL.1 * map.rows.len() + 16;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n<title>{} by month, {} cost</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<text x=\"14\" y=\"24\" font-size=\"16\" fill=\"#333\">{} by month, {} cost</text>\n",
        untrusted::html(&map.dimension),
        map.basis,
        untrusted::html(&map.dimension),
        map.basis
    );
    let heads = map.months.iter().map(ToString::to_string).chain(["total".to_owned()]);
    for (at, head) in heads.enumerate() {
        let x = LEFT + CELL.0 * at + CELL.0 / 2;
        // Writing to a String cannot fail.
        let _ = writeln!(out, "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\">{head}</text>", TOP - 8);
    }
    for (number, row) in map.rows.iter().enumerate() {
        let y = TOP + CELL.1 * number;
        let name: String = row.value.chars().take(22).collect();
        let _ = writeln!(
            out,
            "<text x=\"14\" y=\"{}\" fill=\"#333\">{} <tspan fill=\"#888\">{}</tspan></text>",
            y + 20,
            untrusted::html(&name),
            row.currency
        );
        let most = highest(map, row.currency);
        for (at, amount) in row.amounts.iter().enumerate() {
            let x = LEFT + CELL.0 * at;
            let (fill, ink, text) = match amount {
                None => ("#fff", "#888", "–".to_owned()),
                Some(amount) => {
                    let (fill, ink) = COLORS[step(*amount, most).min(COLORS.len() - 1)];
                    (fill, ink, grouped(*amount, 0))
                }
            };
            let _ = writeln!(
                out,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" fill=\"{fill}\"/>\
                 <text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"{ink}\">{text}</text>",
                CELL.0 - 2,
                CELL.1 - 2,
                x + CELL.0 / 2 - 1,
                y + 19
            );
        }
        let x = LEFT + CELL.0 * row.amounts.len() + CELL.0 / 2;
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" fill=\"#333\">{}</text>",
            y + 19,
            grouped(row.total, 0)
        );
    }
    out + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use tollgate_model::Basis;

    use super::*;

    fn map() -> HeatMap {
        let row = |value: &str, amounts: [Option<i64>; 2]| {
            let amounts: Vec<Option<Amount>> = amounts.map(|a| a.map(Amount::whole)).to_vec();
            let total = amounts.iter().flatten().fold(Amount::ZERO, |sum, a| sum.saturating_add(*a));
            HeatMapRow { value: value.to_owned(), currency: Currency::USD, amounts, total }
        };
        HeatMap {
            dimension: "team".to_owned(),
            basis: Basis::Effective,
            months: ["2026-09", "2026-10"].map(|m| m.parse().unwrap()).to_vec(),
            rows: vec![row("check<out>", [Some(1_000), Some(400)]), row("new", [None, Some(-5)])],
        }
    }

    #[test]
    fn shades_divide_the_range_up_to_the_highest() {
        let steps = [0, 1, 25, 26, 100].map(|n| step(Amount::whole(n), Amount::whole(100)));
        assert_eq!(steps, [0, 1, 1, 2, 4]);
        assert_eq!(step(Amount::whole(-1), Amount::whole(100)), 0);
        assert_eq!(step(Amount::whole(1), Amount::ZERO), 0);
    }

    #[test]
    fn a_name_cannot_become_markup() {
        let text = svg(&map());
        assert!(text.contains("check&lt;out&gt;") && !text.contains("check<out>"));
        assert_eq!(text.matches("<rect").count(), 1 + 4);
        assert!(text.contains(">–<") && text.contains(">-5<"));
    }
}
