//! Checks the rules against the charges of a month: unknown values, rules without effect, and what stays unallocated and why.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tollgate_model::allocation::AllocationPlan;
use tollgate_model::money::grouped;
use tollgate_model::{Amount, BillingPeriod, Currency, EntityTable, Money};
use tollgate_policy::nearest;

use super::{MonthAllocation, allocate_month};
use crate::{Context, PipelineError};

/// Something about the rules or the values of a month that needs attention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AllocationFinding {
    /// Its kind: `unknown-value`, `inactive-value`, `unused-rule`, `not-divided`, `unallocated`.
    pub kind: &'static str,
    /// What it is about: a value or a rule.
    pub subject: String,
    /// The finding.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// The cost that it concerns, by currency.
    pub billed: Vec<Money>,
}

/// Checks a month. Values are compared with the entities of every dimension that has them.
///
/// # Errors
///
/// When the month has no charges, or a store fails.
pub async fn check_allocations(
    context: &Context,
    period: BillingPeriod,
    plan: &AllocationPlan,
) -> Result<Vec<AllocationFinding>, PipelineError> {
    let allocation = allocate_month(context, period, plan).await?;
    let mut out = Vec::new();
    for table in &context.state.policy.entities {
        let direct = match table.dimension == plan.dimension {
            true => allocation.clone(),
            false => {
                let Some(other) = context.state.policy.allocation_plan(&table.dimension) else { continue };
                allocate_month(context, period, &AllocationPlan { rules: Vec::new(), ..other }).await?
            }
        };
        out.extend(unknown_values(table, &direct));
    }
    out.extend(unused_rules(&allocation));
    out.extend(not_divided(&allocation));
    out.extend(unallocated(&allocation));
    Ok(out)
}

fn amounts(sums: BTreeMap<Currency, Amount>) -> Vec<Money> {
    sums.into_iter().map(|(currency, amount)| Money::new(amount, currency)).collect()
}

type Sums<'a> = BTreeMap<&'a str, BTreeMap<Currency, Amount>>;

/// BilledCost of charges by the value that they have themselves.
fn own_sums(allocation: &MonthAllocation) -> Sums<'_> {
    let mut out: Sums<'_> = BTreeMap::new();
    for cost in &allocation.costs {
        let sum = out.entry(cost.origin.as_str()).or_default().entry(cost.currency).or_default();
        *sum = sum.saturating_add(cost.billed);
    }
    out
}

fn unknown_values(table: &EntityTable, allocation: &MonthAllocation) -> Vec<AllocationFinding> {
    let days = allocation.period.days();
    let mut out = Vec::new();
    for (value, sums) in own_sums(allocation).into_iter().filter(|(v, _)| *v != allocation.plan.unallocated) {
        let dimension = &table.dimension;
        let (kind, message, hint) = match table.get(value) {
            None => {
                let near = nearest(value, table.entities.iter().map(|e| e.value.as_str()));
                let hint = near.map_or_else(
                    || format!("add value \"{value}\" {{ }} to entity \"{dimension}\""),
                    |near| {
                        format!("did you mean `{near}`? Correct the tag, or map the value in dimension \"{dimension}\"")
                    },
                );
                ("unknown-value", format!("`{value}` is no known {dimension}"), hint)
            }
            Some(entity) if !entity.is_active_within(days.start, days.end.plus(-1)) => {
                let hint = format!("correct the tag, or the dates of value \"{value}\" in entity \"{dimension}\"");
                ("inactive-value", format!("{dimension} `{value}` does not exist in {}", allocation.period), hint)
            }
            Some(_) => continue,
        };
        out.push(AllocationFinding {
            kind,
            subject: value.to_owned(),
            message,
            hint: Some(hint),
            billed: amounts(sums),
        });
    }
    out
}

fn unused_rules(allocation: &MonthAllocation) -> Vec<AllocationFinding> {
    let steps = allocation.costs.iter().flat_map(|c| c.steps.iter().map(|s| s.rule.as_str()));
    let reasons = allocation.costs.iter().filter_map(|c| c.reason.as_ref()).map(reason_rule);
    let used: BTreeSet<&str> = steps.chain(reasons).collect();
    let days = allocation.period.days();
    let in_effect = |rule: &tollgate_model::AllocationRule| days.days().any(|day| rule.is_in_effect(day));
    let divides = |rule: &&tollgate_model::AllocationRule| {
        rule.method != tollgate_model::AllocationMethod::Bought && in_effect(rule)
    };
    let unused = allocation.plan.rules.iter().filter(divides).filter(|rule| !used.contains(rule.name.as_str()));
    unused
        .map(|rule| AllocationFinding {
            kind: "unused-rule",
            subject: rule.name.clone(),
            message: format!("allocation \"{}\" takes no charge of {}", rule.name, allocation.period),
            hint: Some("an earlier rule may take its charges, or a value of its source is misspelled".to_owned()),
            billed: Vec::new(),
        })
        .collect()
}

fn reason_rule(reason: &tollgate_model::UnallocatedReason) -> &str {
    match reason {
        tollgate_model::UnallocatedReason::NoWeights { rule }
        | tollgate_model::UnallocatedReason::MissingMetric { rule, .. } => rule,
    }
}

fn not_divided(allocation: &MonthAllocation) -> Vec<AllocationFinding> {
    let mut sums: BTreeMap<String, (String, BTreeMap<Currency, Amount>)> = BTreeMap::new();
    for cost in &allocation.costs {
        let Some(reason) = &cost.reason else { continue };
        let (_, sum) = sums.entry(reason.to_string()).or_insert((reason_rule(reason).to_owned(), BTreeMap::new()));
        let sum = sum.entry(cost.currency).or_default();
        *sum = sum.saturating_add(cost.billed);
    }
    sums.into_iter()
        .map(|(message, (rule, sums))| AllocationFinding {
            kind: "not-divided",
            subject: rule,
            message,
            hint: Some("without_weights = \"even\" divides such cost evenly".to_owned()),
            billed: amounts(sums),
        })
        .collect()
}

fn unallocated(allocation: &MonthAllocation) -> Option<AllocationFinding> {
    let mut sums: BTreeMap<Currency, Amount> = BTreeMap::new();
    let mut all: BTreeMap<Currency, Amount> = BTreeMap::new();
    for cost in &allocation.costs {
        let add = |sums: &mut BTreeMap<Currency, Amount>| {
            let sum = sums.entry(cost.currency).or_default();
            *sum = sum.saturating_add(cost.billed);
        };
        add(&mut all);
        if cost.value == allocation.plan.unallocated {
            add(&mut sums);
        }
    }
    sums.retain(|_, amount| !amount.is_zero());
    if sums.is_empty() {
        return None;
    }
    let of = |(currency, amount): (&Currency, &Amount)| {
        let whole = all.get(currency).copied().unwrap_or_default();
        format!("{} of {} {currency}", grouped(*amount, 2), grouped(whole, 2))
    };
    let stated: Vec<String> = sums.iter().map(of).collect();
    Some(AllocationFinding {
        kind: "unallocated",
        subject: allocation.plan.unallocated.clone(),
        message: format!("{} stay unallocated", stated.join(", ")),
        hint: Some(format!(
            "an allocation with source = {{ {} = \"{}\" }} divides them",
            allocation.dimension, allocation.plan.unallocated
        )),
        billed: amounts(sums),
    })
}
