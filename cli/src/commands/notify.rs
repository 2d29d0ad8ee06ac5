//! `tollgate notify`: sends what is due, once.

use std::process::ExitCode;

use anyhow::ensure;
use tollgate_pipeline::tick;

use crate::args::{Args, Format};
use crate::output::{FOUND, json};
use crate::say;
use crate::setup::{open, senders};

pub(crate) async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    let senders = senders(args, &context.policy)?;
    ensure!(
        !senders.is_empty(),
        "tollgate.hcl names no channel, so nothing was sent\nhint: `tollgate init` writes a file with examples; messages wait for \
         fourteen days"
    );
    let sent = tick(&context.state, &senders).await?;
    match args.format {
        Format::Json => json(&sent)?,
        Format::Text | Format::Csv => {
            super::serve::tell(&sent);
            say!("{} sent, {} to be tried again, {} not sent", sent.sent.len(), sent.waiting.len(), sent.failed.len());
        }
    }
    Ok(if sent.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
}
