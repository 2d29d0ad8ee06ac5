//! Creates the embedded book: `cargo run -p tollgate-prices --example book_from_facts -- FOLDER > crates/prices/data/book.tsv.gz`.

#![expect(clippy::print_stderr, reason = "a tool for maintainers of the book")]

use std::error::Error;
use std::io::Write;
use std::path::Path;

use tollgate_prices::{BookWriter, observations};

fn rows<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>, Box<dyn Error>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').quoting(false).from_path(path)?;
    Ok(reader.deserialize().collect::<Result<Vec<T>, _>>()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder of the observations")?;
    let folder = Path::new(&folder);
    let mut book = BookWriter::new("USD".parse()?);
    let hourly = book.source("2025-03-02".parse()?, "Apache Libcloud: hourly prices of virtual machines");
    let core = book.source("2025-03-02".parse()?, "Apache Libcloud: prices of cores and memory of Google");
    let seen = book.source("2026-08-21".parse()?, "unit prices seen in published estimates");
    let apart = book.source("2026-08-21".parse()?, "unit prices seen in published estimates, separated by product");
    let separated = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/separated.tsv"))?;
    let counts = [
        observations::machines(&mut book, &rows(&folder.join("vm-hourly-prices.tsv"))?, hourly),
        observations::cores(&mut book, &rows(&folder.join("gce-core-ram-prices.tsv"))?, core),
        observations::observed(&mut book, &rows(&folder.join("unit-prices-observed.tsv"))?, seen),
        observations::disambiguated(&mut book, &separated, apart),
    ];
    let packed = book.pack()?;
    eprintln!("machines, cores, observed, separated: {counts:?}; {} lines, {} bytes", book.len(), packed.len());
    std::io::stdout().write_all(&packed)?;
    Ok(())
}
