//! `policy-gate check`: the verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use tollgate_model::text::counted;
use tollgate_policy::Policy;
use tollgate_policy_gate::baseline::Baseline;
use tollgate_policy_gate::context::PlanContext;
use tollgate_policy_gate::cost::Budgets;
use tollgate_policy_gate::finding::Finding;
use tollgate_policy_gate::judge::{Judge, Override};
use tollgate_policy_gate::output::{self, Detail, Format, Terminal, render};
use tollgate_policy_gate::report::{Report, Verdict};
use tollgate_policy_gate::rules::policy_loosened;
use tollgate_terraform::{PlanText, TerraformPlan};

use super::base::{BaseState, ReadFrom};
use super::inputs::Loaded;
use super::options::{Inputs, JudgeOptions};
use super::{budgets, exit, print_commands, print_json, print_note, print_report, write_whole};

/// How the result is printed.
pub(super) struct Shape<'a> {
    pub(super) format: Format,
    pub(super) detail: Detail,
    /// The file to write to.
    pub(super) output: Option<&'a Path>,
}

pub(super) fn run(inputs: &Inputs, options: &JudgeOptions, shape: &Shape<'_>) -> anyhow::Result<ExitCode> {
    let from = ReadFrom::of(&inputs.config, Some(options), None)?;
    let loaded = Loaded::read(inputs, &from)?;
    let plans = loaded.parsed()?;
    let contexts = loaded.contexts(&plans);
    let base_state = BaseState::read(&loaded, &from)?;
    let budgets = budgets::read(options, &loaded.policy, &from)?;
    let mut report = judge(&loaded, &plans, &base_state, &caller_overrides(options, &loaded.policy), &budgets)?;
    offer_fixes(&mut report, &loaded, &contexts, &BTreeMap::new());
    let texts = loaded.texts();
    let terminal = if shape.output.is_none() { terminal() } else { Terminal::default() };
    let text = match shape.format {
        Format::Text => output::text(&report, &texts, terminal, shape.detail),
        format => render(&report, format, &texts, terminal.color),
    };
    match shape.output {
        None if matches!(shape.format, Format::Json | Format::Sarif | Format::CodeQuality) => print_json(&text),
        None if shape.format == Format::Github => print_commands(&text),
        None => print_report(&text),
        Some(path) => {
            std::fs::write(path, &text).with_context(|| path.display().to_string())?;
            let text = output::text(&report, &texts, Terminal::default(), Detail::Quiet);
            print_note(text.lines().last().unwrap_or_default());
        }
    }
    Ok(exit(report.verdict == Verdict::Blocked))
}

/// `--write-baseline`: judges, and writes what blocks to the baseline.
pub(super) fn write_baseline(inputs: &Inputs, options: &JudgeOptions) -> anyhow::Result<ExitCode> {
    let from = ReadFrom::of(&inputs.config, Some(options), None)?;
    let loaded = Loaded::read(inputs, &from)?;
    let plans = loaded.parsed()?;
    let base_state = BaseState::read(&loaded, &from)?;
    let budgets = budgets::read(options, &loaded.policy, &from)?;
    let report = judge(&loaded, &plans, &base_state, &caller_overrides(options, &loaded.policy), &budgets)?;
    write_baseline_file(&loaded, &report)
}

/// Writes the baseline. What no baseline lets pass is named, and still blocks.
fn write_baseline_file(loaded: &Loaded, report: &Report) -> anyhow::Result<ExitCode> {
    let path = loaded.beside(&loaded.policy.gate.baseline);
    let baseline = Baseline::of(&report.findings);
    write_whole(&path, &(serde_json::to_string_pretty(&baseline)? + "\n"))?;
    let listed = counted(baseline.findings.len(), "finding", "findings");
    print_note(&format!("{}: lists {listed}; commit it so that they do not block again", path.display()));
    let left: Vec<&Finding> = report.findings.iter().filter(|f| f.outcome.blocks() && !baseline.has(f)).collect();
    for finding in &left {
        print_note(&format!("{}: {}; no baseline lets this pass", finding.id, finding.message));
    }
    Ok(exit(!left.is_empty()))
}

/// Returns the overrides of the command line. A group that no policy names overrides nothing, and is noted.
pub(super) fn caller_overrides(options: &JudgeOptions, policy: &Policy) -> Vec<Override> {
    let tags = policy.tag_policies.iter().map(|p| &p.terms);
    let rules = policy.rules.iter().map(|r| &r.terms);
    let money = policy.budget_policies.iter().map(|p| &p.terms);
    let known: BTreeSet<&str> =
        tags.chain(rules).chain(money).flat_map(|terms| &terms.override_by).map(String::as_str).collect();
    for group in options.overrides.iter().filter(|group| !known.contains(group.as_str())) {
        let groups =
            if known.is_empty() { "none".to_owned() } else { known.iter().copied().collect::<Vec<_>>().join(", ") };
        print_note(&format!("note: --override {group} has no effect: no policy names that group (named: {groups})"));
    }
    options.overrides.iter().map(|group| Override::of_caller(group)).collect()
}

/// Judges plans, also by the policy of the base branch where that differs.
pub(super) fn judge(
    loaded: &Loaded,
    plans: &[TerraformPlan<'_>],
    base_state: &BaseState,
    overrides: &[Override],
    budgets: &Budgets,
) -> anyhow::Result<Report> {
    let file = loaded.policy_file.to_string_lossy();
    let judge = Judge {
        policy: &loaded.policy,
        policy_file: &file,
        waivers: &base_state.waivers,
        baseline: &base_state.baseline,
        overrides,
        today: loaded.today,
        rego: loaded.rego.as_ref(),
        price_inputs: &loaded.price_inputs,
        budgets,
    };
    let report = judge.judge_plans(&loaded.contexts(plans))?;
    let Some(other) = &base_state.other else { return Ok(report) };
    // Which environment a plan is of is a matter of the policy too.
    let contexts = loaded.contexts_by(&other.policy, plans);
    let before = Judge { policy: &other.policy, rego: other.rego.as_ref(), price_inputs: &other.price_inputs, ..judge }
        .judge_plans(&contexts)?;
    let loosened = policy_loosened::find(&report.findings, &before.findings);
    let mut findings = report.findings;
    for finding in loosened {
        findings.push(finding.build()?);
    }
    Ok(Report::new(report.plans, findings).with_budgets(report.budgets))
}

/// Adds fixes to a report.
pub(super) fn offer_fixes(
    report: &mut Report,
    loaded: &Loaded,
    contexts: &[(PlanContext<'_>, &PlanText)],
    values: &BTreeMap<String, String>,
) {
    let contexts: Vec<&PlanContext<'_>> = contexts.iter().map(|(context, _)| context).collect();
    tollgate_policy_gate::fix::offer_fixes(report, &loaded.policy, &contexts, values);
}

/// What standard output shows.
pub(super) fn terminal() -> Terminal {
    let columns = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    let color = match anstream::stdout().current_choice() {
        anstream::ColorChoice::Never => false,
        anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => true,
        anstream::ColorChoice::Auto => std::io::stdout().is_terminal(),
    };
    Terminal { color, columns }
}
