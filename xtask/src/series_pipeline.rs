//! Behaviours through the whole pipeline: FOCUS files, `ingest`, `run`; the incidents are compared with what is right.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;
use serde_json::Value;

use crate::run::{cargo, run as run_command, target};

/// The incidents of one account.
#[derive(Default)]
struct Found {
    /// First and last day, and whether cost rose.
    incidents: Vec<(String, String, bool)>,
}

/// Makes the files, imports and runs them with a program, and prints one line for each account with wrong incidents.
pub(crate) fn bench(binary: Option<&Path>) -> anyhow::Result<()> {
    let folder = target().join("bench/behaviours");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let bench =
        ["bench", "--package", "tollgate-methods", "--features", "libraries", "--bench", "series", "--", "--focus"];
    run_command(cargo(&bench).arg(&folder))?;
    let built = target().join("release/tollgate");
    if binary.is_none() {
        run_command(&mut cargo(&["build", "--release", "--package", "tollgate"]))?;
    }
    score(binary.unwrap_or(&built), &folder)
}

fn score(binary: &Path, folder: &Path) -> anyhow::Result<()> {
    let mut files: Vec<_> = std::fs::read_dir(folder)?.filter_map(|f| Some(f.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "csv"));
    files.sort();
    let store = folder.join("store");
    let tollgate = || {
        let mut command = Command::new(binary);
        command.arg("--store").arg(&store).stdout(Stdio::null());
        command
    };
    run_command(tollgate().arg("ingest").args(&files))?;
    run_command(tollgate().arg("run"))?;
    let listed = Command::new(binary).arg("--store").arg(&store).args(["--format", "json", "incidents"]).output()?;
    let listed: Value = serde_json::from_slice(&listed.stdout).context("`tollgate incidents` printed no JSON")?;
    let listed = listed["items"].as_array().cloned().unwrap_or_default();
    let expected: BTreeMap<String, Value> = serde_json::from_slice(&std::fs::read(folder.join("expected.json"))?)?;
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    let mut sums = 0;
    for incident in &listed {
        let text = |name: &str| incident[name].as_str().unwrap_or_default().to_owned();
        match incident["scope"]["sub_account"].as_str() {
            Some(account) => {
                let row = (text("start"), text("last"), text("direction") == "up");
                found.entry(account.to_owned()).or_default().incidents.push(row);
            }
            None => sums += 1,
        }
    }
    print(&expected, &found, listed.len(), sums);
    Ok(())
}

fn print(expected: &BTreeMap<String, Value>, found: &BTreeMap<String, Found>, all: usize, sums: usize) {
    let days = |list: &Value| -> Vec<(String, String)> {
        let day = |pair: &Value, i: usize| pair[i].as_str().unwrap_or_default().to_owned();
        list.as_array().map_or_else(Vec::new, |list| list.iter().map(|p| (day(p, 0), day(p, 1))).collect())
    };
    let (mut events, mut hits, mut wrong, mut right) = (0, 0, 0, 0);
    println!(
        "\nBehaviours through ingest and run: {} accounts, {all} incidents, {sums} of them on sums of accounts",
        expected.len()
    );
    for (account, answer) in expected {
        let none = Found::default();
        let incidents = &found.get(account).unwrap_or(&none).incidents;
        let (must, may) = (days(&answer["must"]), days(&answer["may"]));
        let quiet = answer["quiet_from"].as_str().unwrap_or_default();
        let missed = must
            .iter()
            .filter(|(from, to)| !incidents.iter().any(|(start, last, _)| start <= to && last >= from))
            .count();
        let free = |start: &String| must.iter().chain(&may).any(|(from, to)| from <= start && start <= to);
        let extra = incidents.iter().filter(|(start, _, _)| start.as_str() >= quiet && !free(start)).count();
        events += must.len();
        hits += must.len() - missed;
        wrong += extra;
        right += usize::from(missed == 0 && extra == 0);
        if missed > 0 || extra > 0 {
            println!(
                "  {account}: {missed} of {} events without an incident, {extra} incidents without an event",
                must.len()
            );
        }
    }
    println!(
        "{right} of {} accounts right; {hits} of {events} events have an incident; {wrong} incidents without an event",
        expected.len()
    );
}
