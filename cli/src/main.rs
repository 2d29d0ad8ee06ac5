//! `tollgate`: the whole pipeline on one machine, with SQLite and Parquet files and no cloud account.

mod args;
mod change_args;
mod chart;
mod commands;
mod demo_policy;
mod listen;
mod output;
mod series;
mod setup;
mod summary;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;

fn main() -> ExitCode {
    let args = Args::parse();
    output::choose_colour(args.color);
    output::quiet_readers();
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    // Plans of queries nest, and are evaluated on these threads.
    builder.worker_threads(2).thread_stack_size(8 << 20).enable_all();
    let runtime = match builder.build() {
        Ok(runtime) => runtime,
        Err(error) => return output::failed(&anyhow::Error::new(error)),
    };
    match runtime.block_on(Box::pin(commands::run(args))) {
        Ok(code) => code,
        Err(error) => output::failed(&error),
    }
}
