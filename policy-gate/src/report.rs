//! What a run found: the findings and what was looked at.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cost::{BudgetImpact, PlanCost};
use crate::finding::Finding;
use crate::outcome::Outcome;

/// The version of the report's shape.
pub const VERSION: u32 = 1;

/// What a run found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// The version of this shape.
    pub version: u32,
    /// `passed`, or `blocked`.
    pub verdict: Verdict,
    /// What was looked at, a plan each.
    pub plans: Vec<PlanReport>,
    /// Findings by what they lead to.
    pub counts: Counts,
    /// What the plans meet at budgets, a policy and budget each.
    pub budgets: Vec<BudgetImpact>,
    /// What was found, in order.
    pub findings: Vec<Finding>,
}

/// What a run comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing blocks.
    #[default]
    Passed,
    /// Something does.
    Blocked,
}

/// What was looked at in a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PlanReport {
    /// Its name.
    pub plan: String,
    /// The program that made it.
    pub terraform_version: String,
    /// Its environment, where it is known.
    pub environment: Option<String>,
    /// Changes of the plan, data sources among them.
    pub changes: usize,
    /// Resources that will be there afterwards.
    pub resources: usize,
    /// Those that take tags.
    pub taggable: usize,
    /// Changes by what is done.
    pub actions: BTreeMap<&'static str, usize>,
    /// Sources that could not be read, which costs places and nothing else.
    pub unreadable_sources: Vec<String>,
    /// What it costs.
    pub cost: PlanCost,
}

/// Findings by what they lead to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// That block.
    pub blocks: usize,
    /// That are told.
    pub warns: usize,
    /// That are waived or overridden.
    pub waived: usize,
    /// That existed before: the change does not touch them, or the baseline lists them.
    pub existing: usize,
}

impl Report {
    /// Of findings, in an order that does not depend on how they were found.
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

    /// With what the plans meet at budgets.
    #[must_use]
    pub fn with_budgets(self, budgets: Vec<BudgetImpact>) -> Self {
        Self { budgets, ..self }
    }

    /// Findings that people are to look at: those that block and those that warn.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.outcome.is_open())
    }
}
