//! `tollgate notify`: sends due messages, once.

use anyhow::ensure;
use tollgate_pipeline::deliver_due;

use crate::args::{Args, Format};
use crate::exit::Exit;
use crate::output::json;
use crate::print_line;
use crate::setup::{configured_senders, open};

pub(crate) async fn run(args: &Args) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let senders = configured_senders(args, &context.state.policy).await?;
    ensure!(
        !senders.is_empty(),
        "tollgate.hcl has no channel, so nothing was sent\nhint: `tollgate init` writes a file with examples; messages wait for \
         fourteen days"
    );
    let sent = deliver_due(&context.state, &senders).await?;
    match args.format {
        Format::Json => json(&sent)?,
        Format::Text | Format::Csv => {
            super::serve::log_sent(&sent);
            print_line!("{} sent, {} to retry, {} failed", sent.sent.len(), sent.waiting.len(), sent.failed.len());
        }
    }
    Ok(Exit::with_findings(!sent.failed.is_empty()))
}
