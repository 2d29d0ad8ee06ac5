//! Judges the cost of changes: every budget policy over all plans of a run together.

use std::collections::BTreeSet;

use hcl_edit::structure::Block;
use tollgate_policy::BudgetPolicy;
use tollgate_terraform::{Located, PlanText, SourceLocation};

use crate::conclude::Subject;
use crate::context::PlanContext;
use crate::cost::{BudgetImpact, ResourceCost};
use crate::judge::{Found, Judge, JudgeError};
use crate::report::PlanReport;
use crate::resource::Resource;
use crate::rules;
use crate::rules::budget::{MoneyContext, Spending, judge, resource};
use crate::tags;

/// Attributes that drive the cost of a resource. A finding points to the first one in the source.
const COST_DRIVERS: [&str; 14] = [
    "instance_type",
    "instance_class",
    "machine_type",
    "vm_size",
    "node_type",
    "size",
    "sku_name",
    "sku",
    "desired_capacity",
    "allocated_storage",
    "volume_size",
    "disk_size_gb",
    "node_count",
    "tier",
];

impl Judge<'_> {
    /// Judges the cost of plans and returns their impact on budgets.
    pub(crate) fn judge_spending(
        &self,
        plans: &[(PlanContext<'_>, &PlanText)],
        reports: &[PlanReport],
        found: &mut Found,
    ) -> Result<Vec<BudgetImpact>, JudgeError> {
        let mut impacts = Vec::new();
        for policy in &self.policy.budget_policies {
            let mut unknown_scopes = BTreeSet::new();
            let mut about: Vec<(usize, &ResourceCost)> = Vec::new();
            for (n, ((context, _), report)) in plans.iter().zip(reports).enumerate() {
                for cost in &report.cost.resources {
                    if self.applies_to(policy, context, cost, &mut unknown_scopes) {
                        about.push((n, cost));
                    }
                }
            }
            self.report_unknown_scopes(&unknown_scopes, plans, found)?;
            let spending = Spending {
                resources: about.iter().map(|(_, cost)| *cost).collect(),
                currency: self.price_inputs.book.currency(),
            };
            let money = MoneyContext { budgets: self.budgets, rates: &self.policy.rates, today: self.today };
            for (n, cost) in &about {
                self.judge_resource_cost(policy, &plans[*n].0, cost, &money, found)?;
            }
            let (findings, met) = judge(policy, &spending, &money);
            impacts.extend(met);
            // The resource that adds most stands for the change: its line is where the money is.
            let most = about.iter().max_by_key(|(_, cost)| cost.change.map(|c| c.likely));
            let Some((n, cost)) = most else { continue };
            for finding in findings {
                let context = &plans[*n].0;
                let finding = finding.place(place(context, &cost.address));
                let (name, terms) = (&*policy.name, &policy.terms);
                let subject = Subject { context, resource: None, policy: name, terms, tag: None };
                self.conclude(finding, &subject, &|| false, found)?;
            }
        }
        Ok(impacts)
    }

    fn applies_to(
        &self,
        policy: &BudgetPolicy,
        context: &PlanContext<'_>,
        cost: &ResourceCost,
        unknown_scopes: &mut BTreeSet<(String, &'static str)>,
    ) -> bool {
        let Some(change) = cost.position.and_then(|at| context.plan.changes.get(at)) else { return false };
        let mut is = Resource::read(context, change);
        if is.after.is_null() {
            is = is.as_it_was();
        }
        if !self.is_selected(&is, &policy.selection, &policy.name, unknown_scopes) {
            return false;
        }
        if policy.tags.is_empty() {
            return true;
        }
        let Some(effective) = tags::effective(&is) else { return false };
        // A tag that is not known yet may be the one: what it costs counts.
        policy.tags.iter().all(|(key, wanted)| {
            let value = effective.tags.get(key);
            value.unknown().is_some() || value.as_text().is_some_and(|text| wanted.matches(text))
        })
    }

    fn report_unknown_scopes(
        &self,
        unknown_scopes: &BTreeSet<(String, &'static str)>,
        plans: &[(PlanContext<'_>, &PlanText)],
        found: &mut Found,
    ) -> Result<(), JudgeError> {
        let Some((context, _)) = plans.first() else { return Ok(()) };
        for (policy, what) in unknown_scopes {
            found.findings.push(rules::scope_unknown::find(policy, what).plan(context.name).build()?);
        }
        Ok(())
    }

    /// Judges the cost of one resource.
    fn judge_resource_cost(
        &self,
        policy: &BudgetPolicy,
        context: &PlanContext<'_>,
        cost: &ResourceCost,
        money: &MoneyContext<'_>,
        found: &mut Found,
    ) -> Result<(), JudgeError> {
        let currency = self.price_inputs.book.currency();
        let Some(finding) = resource(policy, cost.after, currency, money) else { return Ok(()) };
        let Some(change) = cost.position.and_then(|at| context.plan.changes.get(at)) else { return Ok(()) };
        let is = Resource::read(context, change);
        let before = || resource(policy, cost.before, currency, money).is_some();
        let subject = Subject { context, resource: Some(&is), policy: &policy.name, terms: &policy.terms, tag: None };
        self.conclude(finding.place(place(context, &cost.address)), &subject, &before, found)
    }
}

/// Locates the attribute that drives the cost of a resource, or the head of its block.
fn place(context: &PlanContext<'_>, address: &str) -> Option<SourceLocation> {
    let address = tollgate_terraform::Address::parse(address)?;
    let block: Located<'_, Block> = context.sources?.resource(&address)?;
    let written = COST_DRIVERS.into_iter().find_map(|name| block.attribute_place(name));
    Some(written.unwrap_or_else(|| block.head()))
}
