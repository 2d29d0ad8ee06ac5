//! Statements: what each team bears of a month, as showback or chargeback. The statements of all teams sum to the invoices exactly.

mod adjustments;
mod document;
mod heat_map;
mod journal;
mod lines;
mod sections;

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::allocation::{AllocatedCost, AllocationAdjustment, AllocationState};
use tollgate_model::{Amount, BillingPeriod, Currency, EntityTable};

use crate::allocations::{InvoiceTotal, MonthAllocation, allocate_month, allocation_plan};
use crate::{Context, PipelineError};

pub(crate) use adjustments::earlier_adjustments;
pub use document::StatementDocument;
pub use heat_map::{HeatMap, HeatMapRow, heat_map};
pub use journal::{JournalAccounts, JournalLine, journal};
pub use lines::StatementLine;
use lines::{sort_lines, statement_lines};
pub use sections::StatementSection;

/// The sums of one section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SectionTotal {
    /// The section.
    pub section: StatementSection,
    /// The currency.
    pub currency: Currency,
    /// BilledCost.
    pub billed: Amount,
    /// EffectiveCost.
    pub effective: Amount,
}

/// The statement of one value of a dimension for a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The value.
    pub value: String,
    /// Its name for people.
    pub name: Option<String>,
    /// Its cost centre.
    pub cost_center: Option<String>,
    /// The person who answers for its cost.
    pub owner: Option<String>,
    /// Both costs by section, in order.
    pub sections: Vec<SectionTotal>,
    /// Both costs of everything, by currency, with adjustments of earlier months.
    pub totals: Vec<StatementTotal>,
    /// The lines, by section.
    pub lines: Vec<StatementLine>,
    /// Adjustments of earlier months.
    pub adjustments: Vec<AllocationAdjustment>,
}

/// The sum of a statement in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementTotal {
    /// The currency.
    pub currency: Currency,
    /// BilledCost.
    pub billed: Amount,
    /// EffectiveCost.
    pub effective: Amount,
}

/// The statements of all values for a month.
#[derive(Clone, Debug, Serialize)]
pub struct StatementSet {
    /// The dimension.
    pub dimension: String,
    /// The month.
    pub period: BillingPeriod,
    /// Whether the month may still change.
    pub state: AllocationState,
    /// The version of the rules.
    pub rules: String,
    /// The hash of the closed month.
    pub hash: Option<String>,
    /// One statement a value; what is unallocated has one too.
    pub statements: Vec<Statement>,
    /// BilledCost by invoice.
    pub invoices: Vec<InvoiceTotal>,
    /// The sums of all statements. Without adjustments, they are the sums of the invoices.
    pub totals: Vec<StatementTotal>,
    /// What people should know.
    pub notes: Vec<String>,
}

/// Writes the statements of a month: from the frozen allocation of a closed month, otherwise from the charges and rules of today.
///
/// # Errors
///
/// When the month has no charges, a store fails, or the statements do not sum to the invoices.
pub async fn statements(
    context: &Context,
    dimension: Option<&str>,
    period: BillingPeriod,
) -> Result<StatementSet, PipelineError> {
    let plan = allocation_plan(&context.state, dimension)?;
    let closed = context.state.ledger.closed_month(&plan.dimension, period).await?;
    let table = context.state.policy.entity_table(&plan.dimension);
    let (costs, adjustments, state, hash, rules, notes) = match closed {
        Some((month, frozen, _)) => {
            let rules = frozen.plan.version().map_err(|e| PipelineError::Refused(e.to_string()))?;
            (frozen.costs, frozen.adjustments, month.state(), Some(month.hash), rules, Vec::new())
        }
        None => {
            let MonthAllocation { costs, rules, notes, .. } = allocate_month(context, period, &plan).await?;
            let adjustments = earlier_adjustments(context, &plan.dimension, period).await?;
            (costs, adjustments, AllocationState::Open, None, rules, notes)
        }
    };
    let statements = write_statements(&costs, &adjustments, table);
    let totals = sums(statements.iter().flat_map(|s| &s.totals).map(|t| (t.currency, t.billed, t.effective)));
    let set = StatementSet {
        dimension: plan.dimension,
        period,
        state,
        rules,
        hash,
        statements,
        invoices: invoices_of(&costs),
        totals,
        notes,
    };
    check_invoices(&set, &adjustments)?;
    Ok(set)
}

/// The statement of a value together with all values below it; `None` when none of them has a statement.
pub fn roll_up(set: &StatementSet, value: &str, table: &EntityTable) -> Option<Statement> {
    let values = table.with_descendants(value);
    let parts: Vec<&Statement> = set.statements.iter().filter(|s| values.contains(&s.value)).collect();
    if parts.is_empty() {
        return None;
    }
    let sections =
        section_totals(parts.iter().flat_map(|s| &s.sections).map(|s| (s.section, s.currency, s.billed, s.effective)));
    let mut lines: Vec<StatementLine> = parts.iter().flat_map(|s| s.lines.iter().cloned()).collect();
    sort_lines(&mut lines);
    let entity = table.get(value);
    Some(Statement {
        value: value.to_owned(),
        name: entity.and_then(|e| e.name.clone()),
        cost_center: entity.and_then(|e| e.cost_center.clone()),
        owner: entity.and_then(|e| e.owner.clone()),
        totals: sums(sections.iter().map(|s| (s.currency, s.billed, s.effective))),
        sections,
        lines,
        adjustments: parts.iter().flat_map(|s| s.adjustments.iter().cloned()).collect(),
    })
}

/// BilledCost by invoice.
pub(crate) fn invoices_of(costs: &[AllocatedCost]) -> Vec<InvoiceTotal> {
    let mut sums: BTreeMap<(Option<String>, Option<String>, Currency), Amount> = BTreeMap::new();
    for cost in costs {
        let place = (cost.provider.clone(), cost.billing_account.clone(), cost.currency);
        let sum = sums.entry(place).or_default();
        *sum = sum.saturating_add(cost.billed);
    }
    let invoice =
        |((provider, billing_account, currency), billed)| InvoiceTotal { provider, billing_account, currency, billed };
    sums.into_iter().map(invoice).collect()
}

/// Refuses statements that do not sum to the invoices.
fn check_invoices(set: &StatementSet, adjustments: &[AllocationAdjustment]) -> Result<(), PipelineError> {
    let invoices = set.invoices.iter().map(|i| (i.currency, i.billed, Amount::ZERO));
    let adjusted = adjustments.iter().map(|a| (a.currency, a.billed, Amount::ZERO));
    let wanted = sums(invoices.chain(adjusted));
    for total in &set.totals {
        let whole = wanted.iter().find(|w| w.currency == total.currency).map_or(Amount::ZERO, |w| w.billed);
        if whole != total.billed {
            let detail = format!("the statements sum to {} {}, the invoices to {whole}", total.billed, total.currency);
            return Err(PipelineError::NotAllocated { period: set.period, detail });
        }
    }
    Ok(())
}

/// Sums by currency.
fn sums(amounts: impl Iterator<Item = (Currency, Amount, Amount)>) -> Vec<StatementTotal> {
    let mut out: BTreeMap<Currency, (Amount, Amount)> = BTreeMap::new();
    for (currency, billed, effective) in amounts {
        let sum = out.entry(currency).or_default();
        *sum = (sum.0.saturating_add(billed), sum.1.saturating_add(effective));
    }
    out.into_iter().map(|(currency, (billed, effective))| StatementTotal { currency, billed, effective }).collect()
}

/// One statement a value, by value.
fn write_statements(
    costs: &[AllocatedCost],
    adjustments: &[AllocationAdjustment],
    table: Option<&EntityTable>,
) -> Vec<Statement> {
    let mut by_value: BTreeMap<&str, (Vec<&AllocatedCost>, Vec<AllocationAdjustment>)> = BTreeMap::new();
    for cost in costs {
        by_value.entry(&cost.value).or_default().0.push(cost);
    }
    for adjustment in adjustments {
        by_value.entry(&adjustment.value).or_default().1.push(adjustment.clone());
    }
    by_value
        .into_iter()
        .map(|(value, (costs, adjustments))| write_statement(value, &costs, adjustments, table))
        .collect()
}

fn write_statement(
    value: &str,
    costs: &[&AllocatedCost],
    adjustments: Vec<AllocationAdjustment>,
    table: Option<&EntityTable>,
) -> Statement {
    let lines = statement_lines(costs);
    let adjusted = adjustments.iter().map(|a| (StatementSection::Adjustments, a.currency, a.billed, a.effective));
    let of_lines = lines.iter().map(|l| (l.section, l.currency, l.billed, l.effective));
    let sections = section_totals(of_lines.chain(adjusted));
    let entity = table.and_then(|table| table.get(value));
    Statement {
        value: value.to_owned(),
        name: entity.and_then(|e| e.name.clone()),
        cost_center: entity.and_then(|e| e.cost_center.clone()),
        owner: entity.and_then(|e| e.owner.clone()),
        totals: sums(sections.iter().map(|s| (s.currency, s.billed, s.effective))),
        sections,
        lines,
        adjustments,
    }
}

/// Sums by section and currency, in order.
fn section_totals(amounts: impl Iterator<Item = (StatementSection, Currency, Amount, Amount)>) -> Vec<SectionTotal> {
    let mut sections: BTreeMap<(StatementSection, Currency), (Amount, Amount)> = BTreeMap::new();
    for (section, currency, billed, effective) in amounts {
        let sum = sections.entry((section, currency)).or_default();
        *sum = (sum.0.saturating_add(billed), sum.1.saturating_add(effective));
    }
    let section = |((section, currency), (billed, effective))| SectionTotal { section, currency, billed, effective };
    sections.into_iter().map(section).collect()
}
