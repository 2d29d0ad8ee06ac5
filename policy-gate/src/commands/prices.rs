//! `policy-gate prices`: shows or refreshes the price book.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{bail, ensure};
use tollgate_prices::refresh::{AWS_SERVICES, AZURE_SERVICES, Endpoints, Fetched, Part, Refresh, google_services};

use tollgate_prices::{PriceBasis, PriceBook, kinds};

use super::args::PricesCommand;
use super::inputs::{folder_of, policy, price_inputs, today};
use super::options::PlainFormat;
use super::{print_document, print_note, print_text, runtime, write_bytes};

pub(super) fn run(what: &PricesCommand) -> anyhow::Result<ExitCode> {
    match what {
        PricesCommand::Show { pattern, region, config, format } => {
            let (policy, folder) = match policy(config) {
                Ok((policy, _)) => (policy, folder_of(config)),
                // Without a policy file there are no discounts.
                Err(_) => (tollgate_policy::Policy::without_file(), ".".into()),
            };
            let book = price_inputs(&policy, &folder)?.book;
            match pattern {
                Some(prefix) => listed(&book, prefix, region.as_deref(), *format)?,
                None => summary(&book, *format)?,
            }
        }
        PricesCommand::Refresh { output, region, service, google, folder } => {
            let parts = parts(region, service, *google)?;
            runtime()?.block_on(refresh(&parts, folder, output))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The lists of regions and services. Regions of AWS have dashes, those of Azure none.
fn parts(regions: &[String], services: &[String], google: bool) -> anyhow::Result<Vec<Part>> {
    for name in services {
        let all = || AWS_SERVICES.into_iter().chain(AZURE_SERVICES).chain(google_services());
        if !all().any(|known| known == name) {
            bail!("the list of `{name}` is not understood\nhint: {}", all().collect::<Vec<_>>().join(", "));
        }
    }
    let wanted = |name: &&&str| services.is_empty() || services.iter().any(|s| s == **name);
    let mut out = Vec::new();
    for region in regions {
        if region.contains('-') {
            out.extend(AWS_SERVICES.iter().filter(wanted).map(|s| Part::Aws((*s).to_owned(), region.clone())));
        } else {
            out.extend(AZURE_SERVICES.iter().filter(wanted).map(|s| Part::Azure((*s).to_owned(), region.clone())));
        }
    }
    if google {
        out.extend(google_services().filter(|s| wanted(&s)).map(|s| Part::Google(s.to_owned())));
    }
    Ok(out)
}

#[expect(clippy::disallowed_methods, reason = "the edge of the program reads the clock and the environment")]
fn endpoints() -> Endpoints {
    let usual = Endpoints::default();
    let said = |name: &str, usual: String| std::env::var(name).ok().filter(|v| !v.is_empty()).unwrap_or(usual);
    Endpoints {
        aws: said("TOLLGATE_AWS_PRICES", usual.aws),
        azure: said("TOLLGATE_AZURE_PRICES", usual.azure),
        google: said("TOLLGATE_GOOGLE_PRICES", usual.google),
        google_key: std::env::var("TOLLGATE_GOOGLE_KEY").ok().filter(|v| !v.is_empty()),
    }
}

async fn refresh(parts: &[Part], folder: &Path, output: &Path) -> anyhow::Result<()> {
    let refresh = Refresh::new(endpoints(), folder, today()?)?;
    for (n, part) in parts.iter().enumerate() {
        let fetched = refresh.part(part).await?;
        let what = match fetched {
            Fetched { kept: true, .. } => "read before".to_owned(),
            Fetched { absent: true, .. } => "not offered here: there is no such list".to_owned(),
            Fetched { rows, .. } => format!("{rows} rows"),
        };
        print_note(&format!("{}/{} {}: {} prices ({what})", n + 1, parts.len(), fetched.part, fetched.things));
    }
    let (packed, things) = refresh.book(parts)?;
    if things == 0 {
        bail!("no list had a known price, so {} is unchanged", output.display());
    }
    write_bytes(output, &packed)?;
    print_note(&format!("{}: {things} things, {} bytes", output.display(), packed.len()));
    print_note("hint: name it in the policy file: prices { book = \"prices.tsv.gz\" }");
    Ok(())
}

fn summary(book: &PriceBook, format: PlainFormat) -> anyhow::Result<()> {
    let types = kinds().count();
    let sources: Vec<_> = book.sources().map(|s| (s.date.to_string(), s.name.clone())).collect();
    if format == PlainFormat::Json {
        return print_document(&serde_json::json!({
            "currency": book.currency().to_string(), "things": book.len(), "types": types, "sources": sources,
        }));
    }
    print_text(&format!(
        "{} things have a price in {}; {types} types of resources are priced by them\n\n",
        book.len(),
        book.currency()
    ));
    for (date, name) in sources {
        print_text(&format!("{date}  {name}\n"));
    }
    print_note("\nhint: `policy-gate prices show aws/vm/linux/m5` lists prices, docs/reference/prices.md the types");
    Ok(())
}

/// The number of price keys that are listed at most.
const SHOWN: usize = 500;

fn listed(book: &PriceBook, prefix: &str, region: Option<&str>, format: PlainFormat) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    let mut keys: Vec<&str> = book.keys(prefix).collect();
    keys.dedup();
    // A misspelled key is no key without prices.
    ensure!(
        !keys.is_empty(),
        "no price key starts with `{prefix}`\nhint: `policy-gate prices show` lists the sources, docs/reference/prices.md the types"
    );
    for key in keys.iter().take(SHOWN) {
        for unit in book.units(key) {
            let Some(price) = book.price(key, unit, region) else { continue };
            let each = price.each();
            let amount =
                if each.is_exact() { each.likely.to_string() } else { format!("{} to {}", each.low, each.high) };
            let how = match &price.how {
                PriceBasis::Listed => String::new(),
                PriceBasis::Several => "several prices".to_owned(),
                PriceBasis::Elsewhere(other) => format!("by {other}"),
                PriceBasis::AnyRegion => "any region".to_owned(),
                PriceBasis::Scaled(other) => format!("by {other}"),
                PriceBasis::Own(name) => format!("own price \"{name}\""),
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
        return print_document(&list);
    }
    let width = |n: usize| rows.iter().map(|r| r[n].len()).max().unwrap_or(0);
    let (a, b, c) = (width(0), width(1), width(2));
    for [key, amount, unit, date, how] in &rows {
        print_text(format!("{key:<a$}  {amount:>b$}  {unit:<c$}  {date}  {how}").trim_end());
        print_text("\n");
    }
    if keys.len() > SHOWN {
        print_note(&format!("{} more; give a longer pattern", keys.len() - SHOWN));
    }
    Ok(())
}
