//! `tollgate`: the whole pipeline on one machine, with SQLite and Parquet files and no cloud account.

mod args;
#[cfg(feature = "aws")]
mod aws;
#[cfg(not(feature = "aws"))]
#[path = "without_aws.rs"]
mod aws;
mod chart;
mod commands;
mod exit;
mod listen;
mod output;
mod print;
mod series;
mod setup;
mod summary;
mod values;
mod who;

use std::process::ExitCode;

use clap::FromArgMatches;

use crate::args::Args;

fn main() -> ExitCode {
    let args = match Args::from_arg_matches(&args::command().get_matches()) {
        Ok(args) => args.settle(),
        Err(error) => error.exit(),
    };
    output::choose_color(args.color);
    output::choose_width(args.wide);
    output::silence_reader_panics();
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    // Query plans nest, and are evaluated on these threads.
    builder.worker_threads(2).thread_stack_size(8 << 20).enable_all();
    let runtime = match builder.build() {
        Ok(runtime) => runtime,
        Err(error) => return output::print_error(&anyhow::Error::new(error)).into(),
    };
    let in_json = args.format == args::Format::Json;
    match runtime.block_on(Box::pin(commands::run(args))) {
        Ok(exit) => exit.into(),
        Err(error) if in_json => output::print_json_error(&error).into(),
        Err(error) => output::print_error(&error).into(),
    }
}
