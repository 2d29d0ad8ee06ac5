//! An answer as CSV: a row a group, or a row a group and bucket, with exact amounts. An unknown one is empty.

use serde_json::{Map, Value};
use tollgate_model::Amount;
use tollgate_model::query::{CostAnswer, CostRow};

/// The rows. Columns are the groupings, `other` (the number of groups of a sum of others), the bucket, currency and amounts.
pub(super) fn rows(answer: &CostAnswer) -> Vec<Value> {
    let mut out = Vec::new();
    for row in &answer.rows {
        if answer.buckets.is_empty() {
            out.push(line(answer, row, None, Some(row.amount)));
            continue;
        }
        for (bucket, amount) in answer.buckets.iter().zip(&row.buckets) {
            out.push(line(answer, row, Some(&bucket.name), *amount));
        }
    }
    out
}

fn line(answer: &CostAnswer, row: &CostRow, bucket: Option<&str>, amount: Option<Amount>) -> Value {
    let mut cells = Map::new();
    for (number, field) in answer.query.group_by.iter().enumerate() {
        let value = row.group.get(number);
        cells.insert(field.to_string(), value.and_then(|v| v.value.clone()).into());
        if let Some(name) = value.and_then(|v| v.name.clone()) {
            cells.insert(format!("{field}_name"), name.into());
        }
    }
    if answer.query.top.is_some() {
        cells.insert("other".to_owned(), row.other.into());
    }
    if let Some(bucket) = bucket {
        cells.insert(answer.query.granularity.to_string(), bucket.into());
    }
    cells.insert("currency".to_owned(), row.currency.to_string().into());
    cells.insert("cost".to_owned(), amount.map(|amount| amount.to_string()).into());
    if answer.compared_with.is_some() && bucket.is_none() {
        let text = |amount: Option<Amount>| amount.map(|amount| amount.to_string());
        cells.insert("before".to_owned(), text(row.before).into());
        cells.insert("change".to_owned(), text(row.change).into());
    }
    Value::Object(cells)
}
