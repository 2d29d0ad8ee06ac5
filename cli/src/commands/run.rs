//! `tollgate run`: everything that a schedule does, in one call.

use std::process::ExitCode;

use tollgate_pipeline::{announce, ingest, open_files, tick};

use crate::args::{Args, OptionalFiles};
use crate::output::FOUND;
use crate::setup::{create, ingest_options, open, progress, senders};
use crate::summary;

pub(crate) async fn run(args: &Args, files: &OptionalFiles) -> anyhow::Result<ExitCode> {
    let mut rejected = 0;
    let context = if files.files.is_empty() {
        open(args).await?
    } else {
        let context = create(args).await?;
        let options = ingest_options(&files.options);
        let inputs = open_files(&files.files, &options.read)?;
        let report = ingest(&context, inputs, &options, progress()).await?;
        announce(&context).await?;
        rejected = report.rejected();
        if args.format == crate::args::Format::Text {
            super::ingest::print(&report);
        }
        context
    };
    summary::run(args, &context).await?;
    if !context.policy.channels.is_empty() {
        let sent = tick(&context.state, &senders(args, &context.policy)?).await?;
        super::serve::tell(&sent);
    }
    Ok(if rejected > 0 { ExitCode::from(FOUND) } else { ExitCode::SUCCESS })
}
