//! `policy-gate`: judges Terraform and OpenTofu plans before they are applied.
//!
//! The exit codes are those of [`ExitStatus`].

mod commands;

use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use clap::Parser;
use tollgate_model::text::error_entries;
use tollgate_model::untrusted::{terminal, workflow_log};
use tollgate_policy_gate::exit_status::ExitStatus;

use crate::commands::args::Args;

/// The stack has room for evaluation that recurses up to its limits.
const STACK: usize = 256 << 20;

fn main() -> ExitCode {
    let args = Args::parse();
    args.color.choose();
    let in_json = args.command.is_in_json();
    let failed = |message: &str| if in_json { failed_in_json(message) } else { failed(message) };
    let run = std::thread::Builder::new().stack_size(STACK).spawn(move || commands::run(args));
    match run.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(code))) => code,
        Ok(Ok(Err(error))) => failed(&format!("{error:#}")),
        // The panic hook has printed the message.
        Ok(Err(_)) => failed("an internal error; there is no verdict"),
        Err(error) => failed(&format!("no thread can be started: {error}")),
    }
}

/// The errors as a JSON document, each with what to do where that is known.
fn failed_in_json(message: &str) -> ExitCode {
    let error = serde_json::json!({ "version": commands::JSON_VERSION, "errors": error_entries(message) });
    anstream::eprintln!("{}", tollgate_model::untrusted::json_in_log(&error.to_string()));
    ExitStatus::NoVerdict.into()
}

fn failed(message: &str) -> ExitCode {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    anstream::eprintln!("{red}error{red:#}: {}", workflow_log(&terminal(message)));
    ExitStatus::NoVerdict.into()
}
