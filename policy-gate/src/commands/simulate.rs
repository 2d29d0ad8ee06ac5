//! `policy-gate simulate`: compares two policies over stored plans.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use tollgate_model::text::counted;
use tollgate_policy::Policy;
use tollgate_policy_gate::baseline::Baseline;
use tollgate_policy_gate::cost::Budgets;
use tollgate_policy_gate::finding::Finding;
use tollgate_policy_gate::judge::Judge;
use tollgate_policy_gate::report::Report;

use super::base::ReadFrom;
use super::git::Commit;
use super::inputs::{Loaded, folder_of, policy};
use super::options::{Inputs, PlainFormat};
use super::{print_document, print_text};

/// How the findings of a plan differ.
#[derive(Default, Serialize)]
struct Difference {
    plan: String,
    /// Findings that block now and did not.
    more: BTreeMap<String, usize>,
    /// Findings that blocked and do not now.
    fewer: BTreeMap<String, usize>,
    /// Blocked before, and now.
    blocked: (bool, bool),
}

pub(super) fn run(inputs: &Inputs, from: &str, format: PlainFormat) -> anyhow::Result<ExitCode> {
    let loaded = Loaded::read(inputs, &ReadFrom::Folder)?;
    let old = if Path::new(from).is_file() { policy(Path::new(from))?.0 } else { of_commit(&loaded, from)? };
    let plans = loaded.parsed()?;
    let file = loaded.policy_file.to_string_lossy();
    let baseline = Baseline::default();
    let judged = |policy: &Policy| -> anyhow::Result<Report> {
        let judge = Judge {
            policy,
            policy_file: &file,
            waivers: &policy.waivers,
            baseline: &baseline,
            overrides: &[],
            today: loaded.today,
            rego: loaded.rego.as_ref(),
            price_inputs: &loaded.price_inputs,
            budgets: &Budgets::default(),
        };
        Ok(judge.judge_plans(&loaded.contexts_by(policy, &plans))?)
    };
    let (before, after) = (judged(&old)?, judged(&loaded.policy)?);
    let differences: Vec<Difference> =
        loaded.plans.iter().map(|plan| difference(&plan.name, &before.findings, &after.findings)).collect();
    if format == PlainFormat::Json {
        print_document(&differences)?;
        return Ok(ExitCode::SUCCESS);
    }
    let changed: Vec<&Difference> = differences.iter().filter(|d| !d.more.is_empty() || !d.fewer.is_empty()).collect();
    for d in &changed {
        let verdict = match d.blocked {
            (false, true) => "would be blocked",
            (true, false) => "would pass",
            (true, true) => "stays blocked",
            (false, false) => "passes as before",
        };
        print_text(&format!("{}: {verdict}\n", d.plan));
        for (sign, list) in [('+', &d.more), ('-', &d.fewer)] {
            for (what, count) in list {
                print_text(&format!("  {sign} {count:>4}  {what}\n"));
            }
        }
    }
    let count = |blocked: (bool, bool)| differences.iter().filter(|d| d.blocked == blocked).count();
    print_text(&format!(
        "{} of {} would change: {} more blocked, {} more passed\n",
        changed.len(),
        counted(differences.len(), "plan", "plans"),
        count((false, true)),
        count((true, false)),
    ));
    Ok(ExitCode::SUCCESS)
}

fn of_commit(loaded: &Loaded, reference: &str) -> anyhow::Result<Policy> {
    let folder = folder_of(&loaded.policy_file);
    let commit = Commit::named(&folder, reference, "--from")?;
    let name = loaded.policy_file.file_name().and_then(|n| n.to_str()).unwrap_or("tollgate.hcl");
    let Some(text) = commit.file(name)? else { anyhow::bail!("{reference} has no {name}") };
    Ok(Policy::parse(&format!("{reference}:{name}"), &text)?)
}

fn difference(plan: &str, before: &[Finding], after: &[Finding]) -> Difference {
    let of = |findings: &[Finding]| -> BTreeMap<String, String> {
        let blocking = findings.iter().filter(|f| f.outcome.blocks() && f.plan.as_deref() == Some(plan));
        let named = |f: &Finding| {
            let tag = f.tag.as_ref().map_or(String::new(), |t| format!(" `{t}`"));
            format!("{}{tag} of \"{}\"", f.id, f.policy.as_deref().unwrap_or_default())
        };
        blocking.map(|f| (f.fingerprint.clone(), named(f))).collect()
    };
    let (before, after) = (of(before), of(after));
    let mut out = Difference { plan: plan.to_owned(), ..Difference::default() };
    out.blocked = (!before.is_empty(), !after.is_empty());
    for (fingerprint, what) in &after {
        if !before.contains_key(fingerprint) {
            *out.more.entry(what.clone()).or_default() += 1;
        }
    }
    for (fingerprint, what) in &before {
        if !after.contains_key(fingerprint) {
            *out.fewer.entry(what.clone()).or_default() += 1;
        }
    }
    out
}
