//! `tollgate run`: import, detect, evaluate, forecast and notify, in one call.

use tollgate_pipeline::{announce_revisions, deliver_due, ingest, open_files};

use crate::args::{Args, Run};
use crate::exit::Exit;
use crate::setup::{configured_senders, create, ingest_options, note_unmatched, open, progress};
use crate::summary;

pub(crate) async fn run(args: &Args, files: &Run) -> anyhow::Result<Exit> {
    let mut findings = false;
    let context = if files.files.is_empty() {
        open(args).await?
    } else {
        let context = create(args).await?;
        let options = ingest_options(&files.options);
        let inputs = open_files(&files.files, &options.read)?;
        let report = ingest(&context, inputs, &options, progress()).await?;
        announce_revisions(&context.state).await?;
        findings = report.rejected() > 0 || !report.is_explained();
        if args.format == crate::args::Format::Text {
            super::ingest::print_report(&report, false);
        }
        context
    };
    summary::run(args, &context).await?;
    note_unmatched(&context).await?;
    if !context.state.policy.channels.is_empty() {
        let sent = deliver_due(&context.state, &configured_senders(args, &context.state.policy).await?).await?;
        super::serve::log_sent(&sent);
    }
    Ok(Exit::with_findings(findings))
}
