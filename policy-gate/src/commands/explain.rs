//! `policy-gate explain`: where each tag of a resource comes from.

use std::process::ExitCode;

use anyhow::bail;
use serde_json::json;
use tollgate_policy_gate::cost::Budgets;
use tollgate_policy_gate::explain::{Explained, explain_tags};

use super::base::{BaseState, ReadFrom};
use super::check::judge;
use super::inputs::Loaded;
use super::options::{Inputs, PlainFormat};
use super::{print_document, print_text};

pub(super) fn run(address: &str, inputs: &Inputs, format: PlainFormat) -> anyhow::Result<ExitCode> {
    let from = ReadFrom::of(&inputs.config, None, None)?;
    let loaded = Loaded::read(inputs, &from)?;
    let plans = loaded.parsed()?;
    let contexts = loaded.contexts(&plans);
    let base_state = BaseState::read(&loaded, &from)?;
    let report = judge(&loaded, &plans, &base_state, &[], &Budgets::default())?;
    let found: Vec<(&str, Explained)> =
        contexts.iter().filter_map(|(context, _)| Some((context.name, explain_tags(context, address)?))).collect();
    if found.is_empty() {
        let all = contexts.iter().flat_map(|(c, _)| c.plan.changes.iter()).map(|c| c.address.to_string());
        let near = all.map(|a| (strsim::damerau_levenshtein(&a, address), a)).min();
        let hint = near.map(|(_, a)| format!("\nhint: did you mean `{a}`?")).unwrap_or_default();
        bail!("no plan has the resource `{address}`{hint}");
    }
    let of = |plan: &str| {
        let same =
            report.findings.iter().filter(|f| f.address.as_deref() == Some(address) && f.plan.as_deref() == Some(plan));
        same.collect::<Vec<_>>()
    };
    if format == PlainFormat::Json {
        let all: Vec<_> =
            found.iter().map(|(plan, e)| json!({"plan": plan, "resource": e, "findings": of(plan)})).collect();
        print_document(&all)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (plan, explained) in &found {
        let mut text = format!("{address} in {plan}\n{}", explained.shown());
        let findings = of(plan);
        text += if findings.is_empty() { "\nno findings\n" } else { "\nfindings\n" };
        for finding in findings {
            let policy = finding.policy.as_deref().unwrap_or_default();
            text += &format!("  {} ({policy}): {}; {}\n", finding.id, finding.message, finding.outcome.shown());
        }
        print_text(&text);
    }
    Ok(ExitCode::SUCCESS)
}
