//! One truth: random queries over one generated month get the same numbers from the series, from the charges by SQL, and from a plain
//! sum over the rows of the bill.

mod month;
mod same_numbers;
mod whole;
mod why;

use tollgate_model::query::{CostAnswer, CostQuery};

use self::month::Month;
use super::{RowFilter, answer_costs};

/// The JSON of a query, with a period in the generated month.
fn query(json: &str) -> CostQuery {
    serde_json::from_str(json).unwrap()
}

async fn ask(month: &Month, json: &str) -> CostAnswer {
    answer_costs(&month.context, &query(json), &RowFilter::everything()).await.unwrap()
}

async fn refused(month: &Month, json: &str, filter: &RowFilter) -> String {
    answer_costs(&month.context, &query(json), filter).await.unwrap_err().to_string()
}

/// Rows as `label amount`.
fn lines(answer: &CostAnswer) -> Vec<String> {
    answer.rows.iter().map(|row| format!("{} {} {}", row.label(), row.amount, row.currency)).collect()
}
