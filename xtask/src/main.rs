//! `cargo xtask`: one place for what developers and CI do. Tools are fetched into a folder of their own, beside the build.

#![allow(clippy::print_stdout, clippy::print_stderr, clippy::disallowed_methods)] // a tool for people

mod bench;
mod docs;
mod facts;
mod functions;
mod fuzz;
mod gate;
mod run;
mod runtime_api;
mod test;
mod tools;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "What developers and CI do")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The fast inner loop: formatting, clippy and the unit tests of what builds quickly
    Check,
    /// Everything: formatting, clippy, all tests over real parts, dependencies, docs; ends with one summary
    Test,
    /// Measures, beside another program doing the same
    Bench {
        #[command(subcommand)]
        what: bench::Bench,
    },
    /// Writes the table of taggable types anew: from schemas as `terraform providers schema -json` writes them, or from
    /// folders with lists of types by attribute
    Facts {
        /// Schemas or folders
        #[arg(required = true)]
        from: Vec<std::path::PathBuf>,
        /// The day of the facts
        #[arg(long)]
        date: String,
    },
    /// Writes the generated parts of docs/ and the pictures
    Docs,
    /// Runs a fuzz target, from a corpus of the tests' own files
    Fuzz {
        /// The target: plan_json, policy_hcl, terraform_source, csv, parquet, cur_manifest, slack_payload, github_event, sql
        target: String,
        /// How long
        #[arg(long, default_value_t = 10)]
        minutes: u32,
    },
}

fn main() -> anyhow::Result<()> {
    match Args::parse().command {
        Command::Check => test::check(),
        Command::Test => test::all(),
        Command::Bench { what } => bench::run(&what),
        Command::Facts { from, date } => facts::write(&from, &date),
        Command::Docs => docs::write(),
        Command::Fuzz { target, minutes } => fuzz::run_target(&target, minutes),
    }
}
