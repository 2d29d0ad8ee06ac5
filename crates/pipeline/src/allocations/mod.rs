//! Allocations: the shared cost of a month divided by the rules of the policy file; months closed, compared and tested under other rules.

mod check;
mod close;
mod diff;
mod export;
mod metrics;
mod provider_split;
mod publish;
mod read;

use serde::{Deserialize, Serialize};
use tollgate_analysis::allocate::{AllocationError, Allocator, WeightInput};
use tollgate_model::allocation::{AllocatedCost, AllocationPlan, AllocationState};
use tollgate_model::{Amount, BillingPeriod, Currency, Money, Revision, Totals};
use tollgate_policy::nearest;

use crate::statements::invoices_of;
use crate::{Context, PipelineError, State};

pub use check::{AllocationFinding, check_allocations};
pub use close::{CloseOutcome, approve_month, close_month};
pub use diff::{AllocationDifference, MonthComparison, backtest, compare_closed};
pub use export::export_allocated;
pub use publish::{PublishReport, PublishedAllocations, PublishedMonth, publish_allocations};
pub use read::InvoiceTotal;

/// The cost of a month, allocated.
#[derive(Clone, Debug, Serialize)]
pub struct MonthAllocation {
    /// The dimension.
    pub dimension: String,
    /// The billing period.
    pub period: BillingPeriod,
    /// Whether the month may still change.
    pub state: AllocationState,
    /// The hash of the closed month.
    pub hash: Option<String>,
    /// The version of the rules.
    pub rules: String,
    /// The rules.
    #[serde(skip)]
    pub plan: AllocationPlan,
    /// The revisions whose charges are allocated.
    pub revisions: Vec<Revision>,
    /// The costs, by value.
    pub costs: Vec<AllocatedCost>,
    /// BilledCost by invoice. The costs sum to it exactly.
    pub invoices: Vec<InvoiceTotal>,
    /// What people should know.
    pub notes: Vec<String>,
}

/// Both costs of one value in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueTotal {
    /// The value.
    pub value: String,
    /// The currency.
    pub currency: Currency,
    /// BilledCost of charges that have the value themselves.
    pub direct_billed: Amount,
    /// BilledCost that rules gave.
    pub shared_billed: Amount,
    /// BilledCost.
    pub billed: Amount,
    /// EffectiveCost.
    pub effective: Amount,
}

impl MonthAllocation {
    /// Both costs by value and currency.
    pub fn totals(&self) -> Vec<ValueTotal> {
        value_totals(&self.costs)
    }
}

/// Both costs by value and currency.
pub(crate) fn value_totals(costs: &[AllocatedCost]) -> Vec<ValueTotal> {
    let mut out: Vec<ValueTotal> = Vec::new();
    for cost in costs {
        let known = out.iter_mut().find(|t| t.value == cost.value && t.currency == cost.currency);
        let total = match known {
            Some(total) => total,
            None => {
                out.push(ValueTotal {
                    value: cost.value.clone(),
                    currency: cost.currency,
                    direct_billed: Amount::ZERO,
                    shared_billed: Amount::ZERO,
                    billed: Amount::ZERO,
                    effective: Amount::ZERO,
                });
                let last = out.len() - 1;
                &mut out[last]
            }
        };
        let part = if cost.is_shared() { &mut total.shared_billed } else { &mut total.direct_billed };
        *part = part.saturating_add(cost.billed);
        total.billed = total.billed.saturating_add(cost.billed);
        total.effective = total.effective.saturating_add(cost.effective);
    }
    out
}

/// The rules of a dimension in the policy file; by default, of the dimension that has rules.
///
/// # Errors
///
/// When the file has no such dimension, with the nearest one.
pub fn allocation_plan(state: &State, dimension: Option<&str>) -> Result<AllocationPlan, PipelineError> {
    let policy = &state.policy;
    let known = || policy.dimensions.iter().map(|d| d.name.as_str());
    let Some(name) = dimension.or(policy.allocated_dimension()) else {
        let hint = "add dimension \"team\" { value = charge.tags.team } to tollgate.hcl";
        return Err(PipelineError::Refused(format!("the policy has no dimension to allocate by\nhint: {hint}")));
    };
    policy.allocation_plan(name).ok_or_else(|| {
        let hint = match nearest(name, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the dimensions are {}", known().collect::<Vec<_>>().join(", ")),
        };
        PipelineError::Refused(format!("the policy has no dimension `{name}`\nhint: {hint}"))
    })
}

/// Reads the allocation of a month: the frozen one of a closed month, otherwise that of the charges and rules of today.
///
/// # Errors
///
/// As [`allocate_month`], and when a frozen allocation does not have the hash that was closed.
pub async fn read_allocation(
    context: &Context,
    period: BillingPeriod,
    plan: &AllocationPlan,
) -> Result<MonthAllocation, PipelineError> {
    let Some((month, frozen, _)) = context.state.ledger.closed_month(&plan.dimension, period).await? else {
        return allocate_month(context, period, plan).await;
    };
    Ok(MonthAllocation {
        dimension: frozen.dimension,
        period,
        state: month.state(),
        hash: Some(month.hash),
        rules: frozen.plan.version().map_err(|e| PipelineError::Refused(e.to_string()))?,
        plan: frozen.plan,
        revisions: frozen.revisions,
        invoices: invoices_of(&frozen.costs),
        costs: frozen.costs,
        notes: Vec::new(),
    })
}

/// Allocates a month by rules.
///
/// # Errors
///
/// When the month has no charges, a store fails, rules give cost in a circle, or the parts do not sum to the charges.
pub async fn allocate_month(
    context: &Context,
    period: BillingPeriod,
    plan: &AllocationPlan,
) -> Result<MonthAllocation, PipelineError> {
    let charges = read::read_month(context, period, plan).await?;
    let metrics = metrics::read_metrics(context, plan, period).await?;
    let input = WeightInput { basis: context.state.policy.defaults.basis, metrics };
    let costs = {
        let mut allocator = Allocator::new(plan, &charges.groups, &input).map_err(of_rules)?;
        allocator.allocate().map_err(of_rules)?.costs
    };
    let (mut billed, mut effective) = (Totals::default(), Totals::default());
    for cost in &costs {
        billed.add(Money::new(cost.billed, cost.currency))?;
        effective.add(Money::new(cost.effective, cost.currency))?;
    }
    for (what, parts, whole) in
        [("BilledCost", &billed, &charges.billed), ("EffectiveCost", &effective, &charges.effective)]
    {
        let difference = whole.minus(parts);
        if !difference.is_empty() {
            let amounts: Vec<String> = difference.iter().map(|m| format!("{} {}", m.amount, m.currency)).collect();
            let detail = format!("{what} of {} is missing in the parts", amounts.join(", "));
            return Err(PipelineError::NotAllocated { period, detail });
        }
    }
    Ok(MonthAllocation {
        dimension: plan.dimension.clone(),
        period,
        state: AllocationState::Open,
        hash: None,
        rules: plan.version().map_err(|e| PipelineError::Refused(e.to_string()))?,
        plan: plan.clone(),
        revisions: charges.revisions,
        costs,
        invoices: charges.invoices,
        notes: charges.notes,
    })
}

fn of_rules(error: AllocationError) -> PipelineError {
    PipelineError::Refused(error.to_string())
}
