//! `tollgate export`: charges for other tools.

use std::io::{BufWriter, IsTerminal, Write};

use anyhow::{Context, bail};
use tollgate_lake::{ExportFile, ExportForm};

use crate::args::{Args, Export, FileFormat};
use crate::exit::Exit;
use crate::output::{grouped_count, print_note};
use crate::setup::open;

pub(crate) async fn run(args: &Args, what: &Export) -> anyhow::Result<Exit> {
    let Export::Focus { period, version, output, raw } = what;
    let file =
        if args.file_format == FileFormat::Parquet { ExportFile::Parquet } else { ExportFile::Csv { raw: *raw } };
    let form = ExportForm { version: *version, file };
    if file == ExportFile::Parquet && output.is_none() && std::io::stdout().is_terminal() {
        bail!("Parquet is not text for a terminal\nhint: name a file with --output charges.parquet");
    }
    let context = open(args).await?;
    let rows = match output {
        Some(path) => {
            let file = std::fs::File::create(path).with_context(|| format!("{}: cannot be written", path.display()))?;
            let mut out = BufWriter::new(file);
            let rows = tollgate_pipeline::export_focus(&context, *period, form, &mut out).await?;
            out.flush()?;
            rows
        }
        None => {
            let mut out = BufWriter::new(std::io::stdout());
            let rows = tollgate_pipeline::export_focus(&context, *period, form, &mut out).await?;
            out.flush()?;
            rows
        }
    };
    let count = grouped_count(rows);
    let charges = if rows == 1 { "charge" } else { "charges" };
    let place = output.as_ref().map_or(String::new(), |path| format!(" to {}", path.display()));
    print_note(&format!("{count} {charges} exported as FOCUS {version}{place}"));
    Ok(Exit::Success)
}
