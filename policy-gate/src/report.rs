//! The report of a run: the findings and what was judged.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_terraform::UnknownInput;

use crate::cost::{BudgetImpact, PlanCost};
use crate::finding::Finding;
use crate::outcome::Outcome;

/// The version of the report's schema.
pub const VERSION: u32 = 1;

/// The report of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// The version of this schema.
    pub version: u32,
    /// `passed`, or `blocked`.
    pub verdict: Verdict,
    /// What was judged, by plan.
    pub plans: Vec<PlanReport>,
    /// The number of findings by outcome.
    pub counts: Counts,
    /// The impact of the plans on budgets, by policy and budget.
    pub budgets: Vec<BudgetImpact>,
    /// The findings, in order.
    pub findings: Vec<Finding>,
}

/// The verdict of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing blocks.
    #[default]
    Passed,
    /// A finding blocks.
    Blocked,
}

/// What was judged in a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PlanReport {
    /// Its name.
    pub plan: String,
    /// The version of the program that wrote it.
    pub terraform_version: String,
    /// Its environment, where it is known.
    pub environment: Option<String>,
    /// Changes of the plan, data sources among them.
    pub changes: usize,
    /// Resources after the change.
    pub resources: usize,
    /// Resources whose type has tags.
    pub taggable: usize,
    /// Changes by action.
    pub actions: BTreeMap<&'static str, usize>,
    /// Sources that could not be read. Their findings have no location; the verdict is the same.
    pub unreadable_sources: Vec<String>,
    /// What is unknown because the sources were evaluated without a plan; absent with a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_inputs: Option<Vec<UnknownValue>>,
    /// What it costs.
    pub cost: PlanCost,
}

/// Something that a plan would know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnknownValue {
    /// What it is: `var.size`.
    pub name: String,
    /// The first place that needs it: `main.tf:4:19`.
    pub place: Option<String>,
    /// The number of arguments that need it.
    pub uses: usize,
}

impl UnknownValue {
    /// What an evaluation does not know.
    pub fn of(input: &UnknownInput) -> Self {
        Self { name: input.name.clone(), place: input.place.as_ref().map(ToString::to_string), uses: input.uses }
    }
}

/// The number of findings by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Blocking findings.
    pub blocks: usize,
    /// Findings that warn.
    pub warns: usize,
    /// Findings that are waived or overridden.
    pub waived: usize,
    /// Findings that existed before: the change does not touch them, or the baseline lists them.
    pub existing: usize,
}

impl Report {
    /// Creates a report with its findings sorted.
    pub fn new(plans: Vec<PlanReport>, mut findings: Vec<Finding>) -> Self {
        findings.sort_by(|a, b| {
            let key = |f: &Finding| {
                let place = f.place.as_ref().map(|p| (p.file.clone(), p.line, p.column));
                let of = (f.plan.clone(), place, f.address.clone(), f.id, f.tag.clone());
                (!f.outcome.blocks(), of, f.policy.clone(), f.message.clone())
            };
            key(a).cmp(&key(b))
        });
        let mut counts = Counts::default();
        for finding in &findings {
            match finding.outcome {
                Outcome::Blocks => counts.blocks += 1,
                Outcome::Warns => counts.warns += 1,
                Outcome::Waived { .. } | Outcome::Overridden { .. } => counts.waived += 1,
                Outcome::Existing { .. } | Outcome::Baseline => counts.existing += 1,
            }
        }
        let verdict = if counts.blocks > 0 { Verdict::Blocked } else { Verdict::Passed };
        Self { version: VERSION, verdict, plans, counts, budgets: Vec::new(), findings }
    }

    /// Adds the impact on budgets.
    #[must_use]
    pub fn with_budgets(self, budgets: Vec<BudgetImpact>) -> Self {
        Self { budgets, ..self }
    }

    /// Returns the findings that block or warn.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.outcome.is_open())
    }
}
