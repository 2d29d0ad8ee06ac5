//! Parts: what both readers of charges deliver, the SQL engine and the scan of programs without one.

use std::collections::BTreeMap;

use tollgate_model::query::{CostField, LeftOut, LeftOutReason};
use tollgate_model::{Amount, Column, Currency};

use super::cells::{Cells, Group, Place, Window};
use super::plan::CostPlan;
use crate::{Context, PipelineError};

/// What is summed, and by what.
pub(super) struct Summed<'s> {
    /// The fields of a group.
    pub(super) fields: &'s [CostField],
    /// The column of the amount.
    pub(super) amount: Column,
    /// Whether a group has two more values, its meter and its unit, and a quantity beside the amount.
    pub(super) measured: bool,
}

#[cfg(feature = "sql")]
impl Summed<'_> {
    /// How many values a group has.
    pub(super) fn values(&self) -> usize {
        self.fields.len() + if self.measured { 2 } else { 0 }
    }
}

/// Sums of a group in one currency, by place: units of the amount and, if it is known of all charges, of the quantity.
#[derive(Debug)]
pub(super) struct GroupParts {
    pub(super) group: Group,
    pub(super) currency: Currency,
    pub(super) parts: Vec<(Place, i128, Option<i128>)>,
    /// Charges without the amount, and their effective cost.
    pub(super) unknown: (u64, Amount),
}

/// The sums of a window, by the SQL engine, or by a scan in a program without one.
pub(super) async fn group_parts(
    context: &Context,
    plan: &CostPlan,
    window: &Window,
    summed: &Summed<'_>,
) -> Result<Vec<GroupParts>, PipelineError> {
    #[cfg(feature = "sql")]
    return super::charges::group_parts(context, plan, window, summed).await;
    #[cfg(not(feature = "sql"))]
    return super::scanned::group_parts(context, plan, window, summed).await;
}

/// Charges without the amount, by currency.
#[derive(Default)]
pub(super) struct UnknownAmounts(BTreeMap<Currency, (u64, Amount)>);

impl UnknownAmounts {
    pub(super) fn add(&mut self, currency: Currency, (charges, effective): (u64, Amount)) {
        if charges > 0 {
            let sum = self.0.entry(currency).or_default();
            *sum = (sum.0 + charges, sum.1.saturating_add(effective));
        }
    }

    pub(super) fn left_out(self) -> Vec<LeftOut> {
        let left_out = |(currency, (charges, effective_cost))| LeftOut {
            reason: LeftOutReason::MetricUnknown,
            currency,
            charges,
            effective_cost,
        };
        self.0.into_iter().map(left_out).collect()
    }
}

impl Cells {
    /// The cells of a query from the parts of its groups.
    pub(super) fn of_parts(all: impl IntoIterator<Item = GroupParts>) -> Result<Self, PipelineError> {
        let mut cells = Self::default();
        let mut unknown = UnknownAmounts::default();
        for part in all {
            unknown.add(part.currency, part.unknown);
            if part.parts.is_empty() {
                continue;
            }
            let group = cells.group(part.group, part.currency);
            for (place, units, _) in part.parts {
                cells.add(group, place, units)?;
            }
        }
        cells.left_out = unknown.left_out();
        Ok(cells)
    }
}

/// The cells of a query, from the charges of the lake.
pub(super) async fn cells_of_charges(context: &Context, plan: &CostPlan) -> Result<Cells, PipelineError> {
    let summed = Summed { fields: &plan.query.group_by, amount: plan.query.metric.column(), measured: false };
    let mut all = Vec::new();
    for window in plan.windows() {
        all.extend(group_parts(context, plan, window, &summed).await?);
    }
    Cells::of_parts(all)
}
