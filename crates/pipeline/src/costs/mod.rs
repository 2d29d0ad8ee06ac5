//! Costs: the one engine that answers a [`CostQuery`], for the command line, the API, pages, reports and chat.
//!
//! The ledger's series answer what they hold: billed and effective cost a day by facet, kind and dimension. Everything else is asked of
//! the lake's charges: in SQL, by DataFusion or Athena, or by a scan in a program without SQL. All paths end in the same cells (group,
//! currency, bucket), so all give the same numbers; a charge that covers many days counts on each of them, as in the series.

mod cells;
#[cfg(feature = "sql")]
mod charges;
mod columns;
mod conversion;
mod known;
mod parts;
mod plan;
mod rows;
#[cfg(any(test, not(feature = "sql")))]
mod scanned;
mod series;
#[cfg(feature = "sql")]
mod sql_text;
mod tags;
#[cfg(test)]
mod tests;
mod untagged;
mod why;
mod wide;

use tollgate_model::query::{AnswerSource, CostAnswer, CostFilter, CostQuery};

pub(crate) use self::columns::dimension_columns;
use self::parts::cells_of_charges;
use self::plan::CostPlan;
pub use self::untagged::{TagCoverage, UntaggedCosts, find_untagged};
pub use self::why::{ChangeDriver, ChangeEffect, ChangeOfCost, CostChange, GroupChange, explain_change};
use crate::{Context, PipelineError};

/// The charges that a person may see: conditions that are added to every query of the person, all of them.
///
/// The only place where a role narrows costs. An answer under a row filter is that of a store that holds no other charges: totals,
/// errors and the values that they name do not show any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowFilter(Vec<CostFilter>);

impl RowFilter {
    /// Every charge.
    pub fn everything() -> Self {
        Self::default()
    }

    /// The charges that meet every condition.
    pub fn of(conditions: Vec<CostFilter>) -> Self {
        Self(conditions)
    }
}

/// Answers a question about cost.
///
/// # Errors
///
/// When a store fails or is empty, when the query names what does not exist (the error names what does), or when the answer would have
/// more cells than the limit.
pub async fn answer_costs(
    context: &Context,
    query: &CostQuery,
    row_filter: &RowFilter,
) -> Result<CostAnswer, PipelineError> {
    let plan = CostPlan::new(context, query, row_filter).await?;
    let (cells, source) = match plan.suits_ledger() {
        true => (plan.cells_of_series()?, AnswerSource::Ledger),
        false => (cells_of_charges(context, &plan).await?, AnswerSource::Lake),
    };
    plan.check_values(context, &cells).await?;
    rows::answer(&plan, cells, source)
}
