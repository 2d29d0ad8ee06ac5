//! `cargo xtask check` and `cargo xtask test`.

use std::process::Command;

use crate::run::{Steps, cargo, run, workspace};
use crate::{docs, lint, needs, tools};

/// Crates whose tests build in seconds.
const QUICK: [&str; 9] = [
    "tollgate-model",
    "tollgate-expression",
    "tollgate-terraform",
    "tollgate-policy",
    "tollgate-prices",
    "tollgate-policy-gate",
    "tollgate-analysis",
    "tollgate-ledger",
    "tollgate-sources",
];

pub(crate) fn check() -> anyhow::Result<()> {
    let mut steps = Steps::default();
    steps.step("formatting", || run(&mut cargo(&["fmt", "--all", "--check"])));
    let mut clippy = cargo(&["clippy", "--quiet"]);
    let mut test = cargo(&["test", "--quiet"]);
    for name in QUICK {
        clippy.args(["--package", name]);
        test.args(["--package", name]);
    }
    steps.step("clippy", || run(clippy.args(["--all-targets", "--", "--deny", "warnings"])));
    steps.step("unit tests", || run(&mut test));
    steps.summary()
}

pub(crate) fn all() -> anyhow::Result<()> {
    let mut steps = Steps::default();
    steps.step("formatting", || run(&mut cargo(&["fmt", "--all", "--check"])));
    steps.step("clippy", || run(workspace("clippy").args(["--all-targets", "--", "--deny", "warnings"])));
    steps.step("clippy, with budgets from the table", || {
        let features = ["--package", "tollgate-policy-gate", "--bins", "--features", "dynamodb"];
        run(cargo(&["clippy"]).args(features).args(["--", "--deny", "warnings"]))
    });
    let mut there = Vec::new();
    let mut met = needs::of_machine();
    for (variable, name, tool) in tools::of_tests() {
        match tool {
            Ok(Ok(path)) => {
                there.push((variable, path));
                met.insert(name.to_owned());
            }
            Ok(Err(why)) => steps.skip(name, &why),
            Err(error) => steps.skip(name, &format!("it could not be installed: {error:#}")),
        }
    }
    steps.step("tests", || {
        // Everything in one call: another selection of packages would build the query engine anew, with other features.
        let mut command = workspace("test");
        command.arg("--no-fail-fast");
        scrub(&mut command);
        command.envs(there.iter().map(|(variable, path)| (variable, path)));
        run(&mut command)
    });
    let ignored = needs::ignored()?;
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        ignored.iter().partition(|test| test.needs.iter().all(|need| met.contains(need)));
    for test in &elsewhere {
        steps.skip(&format!("test {}", test.name), &format!("it needs {}", test.needs.join(", ")));
    }
    steps.step(&format!("{} tests that need more than cargo", here.len()), || {
        let mut command = workspace("test");
        // Only these have such tests; the selection of packages and features stays the same.
        command.args([
            "--test",
            "e2e",
            "--test",
            "gate",
            "--test",
            "golden",
            "--test",
            "bills",
            "--no-fail-fast",
            "--",
            "--ignored",
        ]);
        command.args(elsewhere.iter().flat_map(|test| ["--skip", &test.name]));
        scrub(&mut command);
        command.envs(there.iter().map(|(variable, path)| (variable, path)));
        run(&mut command)
    });
    steps.step("docs are what the program says", docs::verify);
    lint::all(&mut steps);
    match tools::cargo_deny() {
        Ok(deny) => {
            // Advisories come from a repository that not every machine reaches; CI checks them by themselves.
            steps.step("dependencies", || {
                run(Command::new(&deny).args(["--all-features", "check", "bans", "licenses", "sources"]))
            });
        }
        Err(error) => steps.skip("dependencies", &format!("cargo-deny could not be had: {error:#}")),
    }
    steps.summary()
}

/// Gives a command that runs tests every tool that this machine can have, and nothing of who runs it.
pub(crate) fn with_tools(command: &mut Command) {
    scrub(command);
    for (variable, name, tool) in tools::of_tests() {
        match tool {
            Ok(Ok(path)) => {
                command.env(variable, path);
            }
            Ok(Err(why)) => println!("{name} is not used: {why}"),
            Err(error) => println!("{name} is not used: it could not be installed: {error:#}"),
        }
    }
}

/// Takes away what would make a test depend on who runs it.
fn scrub(command: &mut Command) {
    for (name, _) in std::env::vars() {
        if name.starts_with("TOLLGATE_") && !["TOLLGATE_CORPUS", "TOLLGATE_TIMESERIES"].contains(&name.as_str())
            || name.starts_with("AWS_")
            || name == "NO_COLOR"
            || name == "CLICOLOR_FORCE"
        {
            command.env_remove(name);
        }
    }
}
