//! Makes the embedded book: `cargo run -p tollgate-prices --example book_from_facts -- FOLDER > crates/prices/data/book.tsv.gz`.

#![allow(clippy::print_stderr, clippy::expect_used)] // a tool for whoever maintains the book

use std::error::Error;
use std::io::Write;
use std::path::Path;

use tollgate_prices::{BookWriter, facts};

fn rows<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>, Box<dyn Error>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').quoting(false).from_path(path)?;
    Ok(reader.deserialize().collect::<Result<Vec<T>, _>>()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("say the folder of the facts")?;
    let folder = Path::new(&folder);
    let mut book = BookWriter::new("USD".parse()?);
    let hourly = book.source("2025-03-02".parse()?, "Apache Libcloud: hourly prices of virtual machines");
    let core = book.source("2025-03-02".parse()?, "Apache Libcloud: prices of cores and memory of Google");
    let seen = book.source("2026-08-21".parse()?, "unit prices seen in published estimates");
    let apart =
        book.source("2026-08-21".parse()?, "unit prices seen in published estimates, told apart by what they are of");
    let told = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/told-apart.tsv"))?;
    let counts = [
        facts::machines(&mut book, &rows(&folder.join("vm-hourly-prices.tsv"))?, hourly),
        facts::cores(&mut book, &rows(&folder.join("gce-core-ram-prices.tsv"))?, core),
        facts::observed(&mut book, &rows(&folder.join("unit-prices-observed.tsv"))?, seen),
        facts::told_apart(&mut book, &told, apart),
    ];
    let packed = book.pack()?;
    eprintln!("machines, cores, things, told apart: {counts:?}; {} lines, {} bytes", book.len(), packed.len());
    std::io::stdout().write_all(&packed)?;
    Ok(())
}
