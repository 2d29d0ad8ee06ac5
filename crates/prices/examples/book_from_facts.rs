//! Creates the embedded book: `cargo run -p tollgate-prices --example book_from_facts -- FOLDER > crates/prices/data/book.tsv.gz`.

#![expect(clippy::print_stderr, reason = "a tool for maintainers of the book")]

use std::error::Error;
use std::io::Write;
use std::path::Path;

use tollgate_prices::observations::{MachinePrice, ObservedPrice};
use tollgate_prices::{BookWriter, observations, proportion};

#[derive(serde::Deserialize)]
struct InstanceType {
    instance_type: String,
    vcpu: i64,
}

fn rows<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>, Box<dyn Error>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').quoting(false).from_path(path)?;
    Ok(reader.deserialize().collect::<Result<Vec<T>, _>>()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder of the observations")?;
    let folder = Path::new(&folder);
    let mut book = BookWriter::new("USD".parse()?);
    let hourly = book.source("2025-03-02".parse()?, "Apache Libcloud: hourly prices of virtual machines");
    let derived = book.source(
        "2025-03-02".parse()?,
        "derived in proportion from Apache Libcloud: hourly prices of other sizes of the family",
    );
    let core = book.source("2025-03-02".parse()?, "Apache Libcloud: prices of cores and memory of Google");
    let seen = book.source("2026-08-21".parse()?, "unit prices seen in published estimates");
    let apart = book.source("2026-08-21".parse()?, "unit prices seen in published estimates, separated by product");
    let in_series = book.source(
        "2026-08-21".parse()?,
        "derived in proportion from unit prices seen in published estimates: another size of the series",
    );
    let seen_rows: Vec<ObservedPrice> = rows(&folder.join("unit-prices-observed.tsv"))?;
    let separated = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/separated.tsv"))?;
    let guides = book.source("2026-06-05".parse()?, "guides to the data transfer of AWS");
    let transfer = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/data_transfer.tsv"))?;
    let types: Vec<InstanceType> = rows(&folder.join("ec2-instance-types.tsv"))?;
    let vcpus = types.into_iter().map(|t| (t.instance_type, t.vcpu)).collect();
    let machines: Vec<MachinePrice> = rows(&folder.join("vm-hourly-prices.tsv"))?;
    let checked = proportion::check(&machines, &vcpus);
    // Rejected prices are named on the standard error.
    for (row, why) in &checked.rejected {
        eprintln!("rejected: {} {} {} {}: {why}", row.os, row.region, row.instance_type, row.hourly_usd);
    }
    let counts = [
        observations::machines(&mut book, &checked.kept, hourly),
        observations::machines(&mut book, &checked.derived, derived),
        observations::cores(&mut book, &rows(&folder.join("gce-core-ram-prices.tsv"))?, core),
        observations::observed(&mut book, &seen_rows, seen),
        observations::azure_series(&mut book, &seen_rows, in_series),
        observations::disambiguated(&mut book, &separated, apart),
        observations::disambiguated(&mut book, &transfer, guides),
    ];
    let packed = book.pack()?;
    eprintln!("{} machine prices rejected", checked.rejected.len());
    eprintln!(
        "machines, derived, cores, observed, series, separated, transfer: {counts:?}; {} lines, {} bytes",
        book.len(),
        packed.len()
    );
    std::io::stdout().write_all(&packed)?;
    Ok(())
}
