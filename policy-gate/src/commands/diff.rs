//! `policy-gate diff`: what a change of configurations costs, and which findings are new, fixed or were there before.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde::Serialize;
use tollgate_model::text::counted;
use tollgate_policy_gate::baseline::Baseline;
use tollgate_policy_gate::cost::compare::{compare, read};
use tollgate_policy_gate::cost::{Budgets, PlanCost};
use tollgate_policy_gate::finding::Finding;
use tollgate_policy_gate::judge::Judge;
use tollgate_policy_gate::output::cost::{CostFormat, ProjectCost, render};
use tollgate_policy_gate::output::{self, Detail};
use tollgate_policy_gate::report::Report;
use tollgate_terraform::TerraformPlan;

use super::base::ReadFrom;
use super::check::terminal;
use super::git::{Checkout, Commit};
use super::inputs::Loaded;
use super::options::{Inputs, PlainFormat};
use super::{JSON_VERSION, exit, print_document, print_report, print_text};

/// What differs.
#[derive(Serialize)]
struct Difference<'d> {
    version: u64,
    /// The cost of each plan, before and after.
    cost: &'d [ProjectCost],
    /// Findings that only the new side has.
    new: Vec<&'d Finding>,
    /// Findings that only the old side has.
    fixed: Vec<&'d Finding>,
    /// The number of findings that both have.
    existing: usize,
}

pub(super) fn run(base: &str, inputs: &Inputs, format: PlainFormat) -> anyhow::Result<ExitCode> {
    let head = Loaded::read(inputs, &ReadFrom::Folder)?;
    let old = old_side(base, inputs)?;
    let mut before = Loaded::read(&old.inputs, &ReadFrom::Folder)?;
    pair(&mut before, &old.inputs, &head, inputs);
    let (plans_before, plans) = (before.parsed()?, head.parsed()?);
    let (found_before, report) = (judged(&head, &before, &plans_before)?, judged(&head, &head, &plans)?);
    let projects = costs(&before, &plans_before, &head, &plans)?;
    let fingerprints = |findings: &[Finding]| -> BTreeSet<String> {
        findings.iter().filter(|f| f.outcome.is_open()).map(|f| f.fingerprint.clone()).collect()
    };
    let (was, is) = (fingerprints(&found_before.findings), fingerprints(&report.findings));
    let only = |findings: &'_ [Finding], other: &BTreeSet<String>| -> Vec<Finding> {
        findings.iter().filter(|f| f.outcome.is_open() && !other.contains(&f.fingerprint)).cloned().collect()
    };
    let (new, fixed) = (only(&report.findings, &was), only(&found_before.findings, &is));
    let blocks = new.iter().any(|finding| finding.outcome.blocks());
    let existing = was.intersection(&is).count();
    if format == PlainFormat::Json {
        let (new, fixed) = (new.iter().collect(), fixed.iter().collect());
        print_document(&Difference { version: JSON_VERSION, cost: &projects, new, fixed, existing })?;
        return Ok(exit(blocks));
    }
    print_text(&render(&projects, CostFormat::Text, false));
    let (count, repaired) = (new.len(), fixed.len());
    if count > 0 {
        let new = Report::new(Vec::new(), new);
        let text = output::text(&new, &head.texts(), terminal(), Detail::Summary);
        // Its last line is the verdict of a whole run.
        print_report(&format!("\n{}", text.trim_end().rsplit_once('\n').map_or("", |(above, _)| above)));
        print_text("\n");
    }
    let new = counted(count, "new finding", "new findings");
    print_text(&format!("{new}, {repaired} fixed, {existing} as before\n"));
    Ok(exit(blocks))
}

/// The side that is compared with.
struct OldSide {
    inputs: Inputs,
    /// The files of a commit, removed at the end.
    _checkout: Option<Checkout>,
}

/// Finds the old side: a folder or a plan, or the same folders in a commit.
fn old_side(base: &str, inputs: &Inputs) -> anyhow::Result<OldSide> {
    if Path::new(base).exists() {
        let [_] = inputs.plans.as_slice() else {
            bail!(
                "{base} is one folder or plan, so name one folder or plan to compare it with\nhint: with a commit, name any number"
            );
        };
        let inputs = Inputs { plans: vec![base.to_owned()], source: None, ..inputs.clone() };
        return Ok(OldSide { inputs, _checkout: None });
    }
    let commit = Commit::named(Path::new("."), base, "BASE")?;
    let checkout = commit.check_out()?;
    let mut plans = Vec::new();
    for plan in &inputs.plans {
        let path = checkout.path_of(Path::new(plan)).with_context(|| plan.clone())?;
        // A folder that the change adds has nothing to compare with.
        if path.exists() {
            plans.push(path.to_string_lossy().into_owned());
        }
    }
    if plans.is_empty() {
        bail!("{base} has none of {}\nhint: without an old side, use `policy-gate check`", inputs.plans.join(", "));
    }
    Ok(OldSide { inputs: Inputs { plans, source: None, ..inputs.clone() }, _checkout: Some(checkout) })
}

/// Gives configurations of the old side the names that they have on the new one: the same path below what was named.
fn pair(before: &mut Loaded, old: &Inputs, head: &Loaded, new: &Inputs) {
    let below = |name: &str, named: &[String]| -> Option<(usize, PathBuf)> {
        let found =
            named.iter().enumerate().filter_map(|(at, path)| Some((at, Path::new(name).strip_prefix(path).ok()?)));
        found.max_by_key(|(at, _)| named[*at].len()).map(|(at, rest)| (at, rest.to_owned()))
    };
    let single = before.plans.len() == 1 && head.plans.len() == 1;
    for plan in &mut before.plans {
        let place = below(&plan.name, &old.plans);
        let twin = head.plans.iter().find(|other| single || place.is_some() && below(&other.name, &new.plans) == place);
        match (twin, place) {
            (Some(twin), _) => plan.take_names(twin),
            (None, Some((at, rest))) => {
                let name = Path::new(new.plans.get(at).map_or("", String::as_str)).join(rest);
                plan.name = name.to_string_lossy().replace('\\', "/");
            }
            (None, None) => {}
        }
    }
}

/// Judges a side by the policy of the new one, without a baseline.
fn judged(head: &Loaded, side: &Loaded, plans: &[TerraformPlan<'_>]) -> anyhow::Result<Report> {
    let file = head.policy_file.to_string_lossy();
    let judge = Judge {
        policy: &head.policy,
        policy_file: &file,
        waivers: &head.policy.waivers,
        baseline: &Baseline::default(),
        overrides: &[],
        today: head.today,
        rego: head.rego.as_ref(),
        price_inputs: &head.price_inputs,
        budgets: &Budgets::default(),
    };
    Ok(judge.judge_plans(&side.contexts_by(&head.policy, plans))?)
}

/// The cost of the new side against that of the old one.
fn costs(
    before: &Loaded,
    plans_before: &[TerraformPlan<'_>],
    head: &Loaded,
    plans: &[TerraformPlan<'_>],
) -> anyhow::Result<Vec<ProjectCost>> {
    let of = |side: &Loaded, plans: &[TerraformPlan<'_>]| -> Vec<(String, PlanCost)> {
        let contexts = side.contexts(plans);
        contexts.iter().map(|(c, _)| (c.name.to_owned(), PlanCost::of(c, &head.price_inputs))).collect()
    };
    let project = |(plan, cost)| ProjectCost { version: JSON_VERSION, plan, cost, groups: None };
    let old: Vec<ProjectCost> = of(before, plans_before).into_iter().map(project).collect();
    let stored = read(render(&old, CostFormat::Json, true).as_bytes())?;
    Ok(compare(of(head, plans), &stored)?.into_iter().map(project).collect())
}
