//! `tollgate export`: charges for other tools.

use std::io::{BufWriter, Write};

use anyhow::Context;

use crate::args::{Args, Export};
use crate::exit::Exit;
use crate::output::print_note;
use crate::setup::open;

pub(crate) async fn run(args: &Args, what: &Export) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let Export::Focus { period, output, raw } = what;
    let rows = match output {
        Some(path) => {
            let file = std::fs::File::create(path).with_context(|| format!("{}: cannot be written", path.display()))?;
            let mut out = BufWriter::new(file);
            let rows = tollgate_pipeline::export_focus(&context, *period, *raw, &mut out).await?;
            out.flush()?;
            rows
        }
        None => {
            let mut out = BufWriter::new(std::io::stdout());
            let rows = tollgate_pipeline::export_focus(&context, *period, *raw, &mut out).await?;
            out.flush()?;
            rows
        }
    };
    print_note(&format!("{rows} charges exported as FOCUS 1.2"));
    Ok(Exit::Success)
}
