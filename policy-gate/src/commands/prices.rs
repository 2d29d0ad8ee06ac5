//! `policy-gate prices`: what the price book knows, and a newer one.

use std::process::ExitCode;

use tollgate_prices::{How, PriceBook, kinds};

use super::args::{PlainFormat, PricesCommand};
use super::inputs::{folder_of, policy, rates};
use super::{note, say};

pub(super) fn run(what: &PricesCommand) -> anyhow::Result<ExitCode> {
    match what {
        PricesCommand::Show { pattern, region, config, format } => {
            let (policy, folder) = match policy(config) {
                Ok((policy, _)) => (policy, folder_of(config)),
                // Without a policy file there are no discounts.
                Err(_) => (tollgate_policy::Policy::without_file(), ".".into()),
            };
            let book = rates(&policy, &folder)?.book;
            match pattern {
                Some(prefix) => listed(&book, prefix, region.as_deref(), *format)?,
                None => summary(&book, *format)?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn summary(book: &PriceBook, format: PlainFormat) -> anyhow::Result<()> {
    let types = kinds().count();
    let sources: Vec<_> = book.sources().map(|s| (s.date.to_string(), s.name.clone())).collect();
    if format == PlainFormat::Json {
        say(&(serde_json::to_string_pretty(&serde_json::json!({
            "currency": book.currency().to_string(), "things": book.len(), "types": types, "sources": sources,
        }))? + "\n"));
        return Ok(());
    }
    say(&format!(
        "{} things have a price in {}; {types} types of resources are priced by them\n\n",
        book.len(),
        book.currency()
    ));
    for (date, name) in sources {
        say(&format!("{date}  {name}\n"));
    }
    note("\nhint: `policy-gate prices show aws/vm/linux/m5` lists prices, docs/reference/prices.md the types");
    Ok(())
}

/// Most prices that are listed.
const SHOWN: usize = 500;

fn listed(book: &PriceBook, prefix: &str, region: Option<&str>, format: PlainFormat) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    let mut keys: Vec<&str> = book.keys(prefix).collect();
    keys.dedup();
    for key in keys.iter().take(SHOWN) {
        for unit in book.units(key) {
            let Some(price) = book.price(key, unit, region) else { continue };
            let each = price.each();
            let amount =
                if each.is_exact() { each.likely.to_string() } else { format!("{} to {}", each.low, each.high) };
            let how = match &price.how {
                How::Listed => String::new(),
                How::Several => "several that are not told apart".to_owned(),
                How::Elsewhere(other) => format!("by {other}"),
                How::AnyRegion => "any region".to_owned(),
                How::Scaled(other) => format!("by {other}"),
                How::Own(name) => format!("own price \"{name}\""),
            };
            rows.push([(*key).to_owned(), amount, unit.to_owned(), price.date.to_string(), how]);
        }
    }
    if format == PlainFormat::Json {
        let fields = ["sku", "price", "unit", "date", "how"];
        let list: Vec<serde_json::Value> = rows
            .iter()
            .map(|r| {
                fields
                    .iter()
                    .zip(r)
                    .map(|(f, v)| ((*f).to_owned(), v.clone().into()))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            })
            .collect();
        say(&(serde_json::to_string_pretty(&list)? + "\n"));
        return Ok(());
    }
    let width = |n: usize| rows.iter().map(|r| r[n].len()).max().unwrap_or(0);
    let (a, b, c) = (width(0), width(1), width(2));
    for [key, amount, unit, date, how] in &rows {
        say(format!("{key:<a$}  {amount:>b$}  {unit:<c$}  {date}  {how}").trim_end());
        say("\n");
    }
    if keys.len() > SHOWN {
        note(&format!("{} more; say more of the key", keys.len() - SHOWN));
    }
    if rows.is_empty() {
        note(&format!("no price starts with `{prefix}`"));
    }
    Ok(())
}
