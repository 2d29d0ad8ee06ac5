//! `cargo xtask`: what developers, CI and releases run. Tools are installed into a folder of their own, beside the build.

#![expect(clippy::print_stdout, clippy::print_stderr, clippy::disallowed_methods, reason = "a command-line tool")]

mod archive;
mod bench;
mod build_time;
mod costs;
mod coverage;
mod docs;
mod facts;
mod formula;
mod functions;
mod fuzz;
mod gate;
mod image;
#[cfg(test)]
#[cfg(unix)]
mod install;
mod lint;
mod needs;
mod package;
mod ratios;
mod run;
mod runtime_api;
mod series_pipeline;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, tests, measures and packages Tollgate")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check quickly: formatting, clippy and the unit tests of crates that build in seconds
    Check,
    /// Check everything: formatting, clippy, all tests, templates, workflows, dependencies, docs; ends with one summary
    Test,
    /// Check what is not Rust: templates, workflows, scripts, and secrets that must not be in the repository
    Lint,
    /// Measure the coverage of lines by tests, by crate
    Coverage,
    /// Measure speed, beside another program that does the same
    Bench {
        #[command(subcommand)]
        what: bench::Bench,
    },
    /// Rewrite the table of taggable types: from schemas as `terraform providers schema -json` writes them, or from
    /// folders with lists of types by attribute
    Facts {
        /// Schemas or folders
        #[arg(required = true)]
        from: Vec<std::path::PathBuf>,
        /// The day of the facts
        #[arg(long)]
        date: String,
    },
    /// Write the generated parts of docs/ and the pictures
    Docs,
    /// Write a container image of `tollgate` from static binaries, as an OCI image layout in a tar file
    Image(image::Image),
    /// Package built functions and their template, so that `sam deploy` needs no compiler
    Package(package::Package),
    /// Write the Homebrew formula of a program from the checksums of a release
    Formula(formula::Formula),
    /// Run a fuzz target, from a corpus of the tests' own files
    Fuzz {
        /// The target: plan_json, policy_hcl, terraform_source, csv, parquet, cur_manifest, slack_payload, github_event, sql
        target: String,
        /// The time to run, in minutes
        #[arg(long, default_value_t = 10)]
        minutes: u32,
    },
}

fn main() -> ExitCode {
    // Cargo runs this program in place of rustc during `bench build`.
    if let Some(code) = build_time::wrapper() {
        return code;
    }
    match run_command(&Args::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:?}");
            ExitCode::FAILURE
        }
    }
}

fn run_command(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Check => test::check(),
        Command::Test => test::all(),
        Command::Lint => lint::run_all(),
        Command::Coverage => coverage::measure(),
        Command::Bench { what } => bench::run(what),
        Command::Facts { from, date } => facts::write(from, date),
        Command::Docs => docs::write(),
        Command::Image(image) => image::write(image),
        Command::Package(package) => package::write(package),
        Command::Formula(formula) => formula::write(formula),
        Command::Fuzz { target, minutes } => fuzz::run_target(target, *minutes),
    }
}
