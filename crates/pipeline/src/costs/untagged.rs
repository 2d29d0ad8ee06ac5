//! Untagged cost: how much of the cost has no value of each dimension or tag, and where it is.

use serde::Serialize;
use tollgate_model::query::{
    AnswerPeriod, Conversion, CostAnswer, CostField, CostFilter, CostQuery, CostRow, MOST_GROUPINGS,
};
use tollgate_model::{Amount, Currency};

use super::{RowFilter, answer_costs};
use crate::{Context, PipelineError};

/// How much of the cost has a value of a dimension or tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TagCoverage {
    /// The dimension or tag.
    pub field: CostField,
    /// The currency of every amount.
    pub currency: Currency,
    /// The cost of the period.
    pub total: Amount,
    /// The cost of the charges without a value.
    pub untagged: Amount,
    /// The groups of the charges without a value, largest first, and the others as one row.
    pub largest: Vec<CostRow>,
}

/// The untagged cost of a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UntaggedCosts {
    /// The question: metric, period, filters, and the groupings of the untagged cost.
    pub query: CostQuery,
    /// The days of the period.
    pub period: AnswerPeriod,
    /// Each dimension or tag.
    pub fields: Vec<TagCoverage>,
    /// Which currencies were converted.
    pub conversion: Option<Conversion>,
}

/// Finds the cost without a value of each of some dimensions or tags. For a dimension, its default stands for no value. Without any
/// field, every dimension of the policy.
///
/// # Errors
///
/// As [`answer_costs`]; also without a field where the policy has no dimension.
pub async fn find_untagged(
    context: &Context,
    query: &CostQuery,
    fields: &[CostField],
    row_filter: &RowFilter,
) -> Result<UntaggedCosts, PipelineError> {
    let dimensions = &context.state.policy.dimensions;
    let fields: Vec<CostField> = match fields {
        [] => dimensions.iter().map(|d| CostField::Dimension(d.name.clone())).collect(),
        named => named.to_vec(),
    };
    if fields.is_empty() {
        return Err(PipelineError::Refused(
            "the policy has no dimension\nhint: name a tag, such as tag:owner, or add a `dimension` block to tollgate.hcl".to_owned(),
        ));
    }
    let mut out: Option<UntaggedCosts> = None;
    for field in fields {
        // The whole without groups beside the part without a value: each is one exact sum.
        let whole = CostQuery { group_by: vec![field.clone()], top: None, compare: None, ..query.clone() };
        let all = answer_costs(context, &whole, row_filter).await?;
        let default =
            dimensions.iter().find(|d| field == CostField::Dimension(d.name.clone())).map(|d| d.default.as_str());
        let is_untagged = |row: &CostRow| row.group.first().is_some_and(|v| v.value.as_deref() == default);
        let largest = match all.rows.iter().any(is_untagged) {
            true => largest(context, query, &field, default, row_filter).await?,
            false => Vec::new(),
        };
        let report = out.get_or_insert_with(|| UntaggedCosts {
            query: query.clone(),
            period: all.period.clone(),
            fields: Vec::new(),
            conversion: all.conversion.clone(),
        });
        report.fields.extend(all.totals.iter().map(|total| TagCoverage {
            field: field.clone(),
            currency: total.currency,
            total: total.amount,
            untagged: untagged_amount(&all, total.currency, &is_untagged),
            largest: largest.iter().filter(|row| row.currency == total.currency).cloned().collect(),
        }));
    }
    out.ok_or(PipelineError::Empty)
}

fn untagged_amount(all: &CostAnswer, currency: Currency, is_untagged: &impl Fn(&CostRow) -> bool) -> Amount {
    let rows = all.rows.iter().filter(|row| row.currency == currency && is_untagged(row));
    rows.fold(Amount::ZERO, |sum, row| sum.saturating_add(row.amount))
}

/// The groups of the charges without a value.
async fn largest(
    context: &Context,
    query: &CostQuery,
    field: &CostField,
    default: Option<&str>,
    row_filter: &RowFilter,
) -> Result<Vec<CostRow>, PipelineError> {
    let none = CostFilter { field: field.clone(), excludes: false, values: vec![default.map(str::to_owned)] };
    let mut query = CostQuery { compare: None, ..query.clone() };
    query.group_by.truncate(MOST_GROUPINGS);
    query.filters.push(none);
    Ok(answer_costs(context, &query, row_filter).await?.rows)
}
