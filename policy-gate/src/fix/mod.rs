//! Fixes: changes of the sources that fix a finding, offered only after they were verified.
//!
//! A tag is added to the defaults of the provider when several resources lack it, to the input of a module that passes tags,
//! or to the resource itself. Nothing else in a file changes.

mod edit;
mod target;
mod verify;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tollgate_policy::{Policy, TagPolicy};
use tollgate_terraform::{ResourceChange, SourceFile};

use crate::context::PlanContext;
use crate::finding::{Edit, Finding, FindingId, Fix, apply_edits};
use crate::report::Report;
use crate::resource::Resource;
use crate::tags::{self, EffectiveTags};

use target::FixTarget;

/// What to do about a plan whose finding the current sources no longer have.
pub(crate) const PLAN_IS_OLDER: &str = "the plan is older than the sources: write it again";

/// A finding that a change of the sources may fix.
struct FixCandidate<'a> {
    finding: usize,
    plan: usize,
    resource: Resource<'a>,
    effective: EffectiveTags,
    policy: &'a TagPolicy,
    key: String,
}

/// Adds fixes to the findings of a report. `values` are the tag values that the caller sets.
pub fn offer_fixes<'a>(
    report: &mut Report,
    policy: &'a Policy,
    plans: &[&'a PlanContext<'a>],
    values: &BTreeMap<String, String>,
) {
    let cases = fix_candidates(&report.findings, policy, plans);
    // Keys for one location are written together: two new attributes with one name are invalid.
    let mut targets: Vec<(FixTarget<'_>, Vec<usize>)> = Vec::new();
    let mut outdated = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        if verify::is_fixed(case) {
            outdated.push(case.finding);
            continue;
        }
        let Some(target) = target::find_target(case, &cases, &report.findings, values) else { continue };
        match targets.iter_mut().find(|(known, _)| known.is_same(&target)) {
            Some((known, list)) => {
                known.join(target);
                list.push(at);
            }
            None => targets.push((target, vec![at])),
        }
    }
    let mut offered: Vec<(usize, Fix)> = Vec::new();
    for (target, list) in targets {
        let Some(fix) = target.fix() else { continue };
        let fixed: Vec<usize> = list.into_iter().filter(|at| verify::is_fixed_by(&fix, &cases[*at])).collect();
        offered.extend(fixed.into_iter().map(|at| (cases[at].finding, fix.clone())));
    }
    drop(cases);
    for (finding, fix) in offered {
        report.findings[finding].fix = Some(fix);
    }
    for finding in outdated {
        let finding = &mut report.findings[finding];
        // Several tags of a resource are shown as one: the hint names its own.
        let tag = finding.tag.as_ref().map_or(String::new(), |tag| format!(" for `{tag}`"));
        finding.hint = Some(format!("the sources already satisfy the policy{tag}; {PLAN_IS_OLDER}"));
    }
}

/// A tag whose value the caller must choose before its findings can be fixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenValue {
    /// The tag.
    pub key: String,
    /// The number of findings that wait for the value.
    pub findings: usize,
    /// Values that other resources of the plan have, as examples.
    pub used: BTreeSet<String>,
}

/// Lists the tags of a report whose value the caller must choose, in the order of their findings.
pub fn open_values<'a>(
    report: &Report,
    policy: &'a Policy,
    plans: &[&'a PlanContext<'a>],
    values: &BTreeMap<String, String>,
) -> Vec<OpenValue> {
    let mut out: Vec<OpenValue> = Vec::new();
    let cases = fix_candidates(&report.findings, policy, plans);
    for case in cases.iter().filter(|c| report.findings[c.finding].fix.is_none()) {
        if verify::is_fixed(case) || !target::needs_value(case, values) {
            continue;
        }
        match out.iter_mut().find(|open| open.key == case.key) {
            Some(open) => open.findings += 1,
            None => out.push(OpenValue { key: case.key.clone(), findings: 1, used: target::used_values(case) }),
        }
    }
    out
}

fn fix_candidates<'a>(
    findings: &[Finding],
    policy: &'a Policy,
    plans: &[&'a PlanContext<'a>],
) -> Vec<FixCandidate<'a>> {
    let mut out = Vec::new();
    // Changes by address, for plans with sources.
    let changes: Vec<HashMap<&str, &ResourceChange<'_>>> = plans
        .iter()
        .map(|p| p.sources.map(|_| p.plan.changes.iter().map(|c| (&*c.address, c)).collect()).unwrap_or_default())
        .collect();
    for (at, finding) in findings.iter().enumerate() {
        let fixable = matches!(
            finding.id,
            FindingId::TagMissing
                | FindingId::TagEmpty
                | FindingId::TagValue
                | FindingId::TagCase
                | FindingId::TagForbidden
                | FindingId::TagUnknown
        );
        if !fixable || !finding.outcome.is_open() {
            continue;
        }
        let (Some(address), Some(key), Some(name)) = (&finding.address, &finding.tag, &finding.policy) else {
            continue;
        };
        let found = plans.iter().position(|p| Some(p.name) == finding.plan.as_deref()).and_then(|plan| {
            let change = changes[plan].get(address.as_str())?;
            let resource = Resource::read(plans[plan], change);
            resource.block?;
            let effective = tags::effective(&resource)?;
            let policy = policy.tag_policies.iter().find(|p| p.name == *name)?;
            Some(FixCandidate { finding: at, plan, resource, effective, policy, key: key.clone() })
        });
        out.extend(found);
    }
    out
}

/// Returns the texts of files after all fixes, by path. Equal fixes of the same bytes are applied once; of two different ones
/// the first is applied.
pub fn apply_fixes(files: &[&SourceFile], fixes: &[&Fix]) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for file in files {
        let mut edits: Vec<Edit> = Vec::new();
        for edit in fixes.iter().filter(|f| f.file == file.path).flat_map(|f| &f.edits) {
            let clashes = edits.iter().any(|e| e.start < edit.end && edit.start < e.end);
            if !clashes && !edits.contains(edit) {
                edits.push(edit.clone());
            }
        }
        if !edits.is_empty() {
            edits.sort();
            out.insert(file.path.clone(), apply_edits(&file.text, &edits));
        }
    }
    out
}
