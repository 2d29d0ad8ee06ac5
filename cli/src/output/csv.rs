//! Lists as CSV, from their JSON form: a column a field, exact amounts, and no text that a spreadsheet would run.

use serde::Serialize;
use serde_json::Value;
use tollgate_model::csv::push_safe_line;

use super::write_line;

/// Prints a list as CSV. Fields of objects become columns `outer.inner`; lists are written as JSON.
pub(crate) fn csv<T: Serialize>(items: impl IntoIterator<Item = T>) -> anyhow::Result<()> {
    let items = items.into_iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
    write_line(lines(&items).trim_end_matches('\n'));
    Ok(())
}

fn lines(items: &[Value]) -> String {
    let mut columns: Vec<String> = Vec::new();
    let mut rows: Vec<Vec<(String, String)>> = Vec::new();
    for item in items {
        let mut row = Vec::new();
        flatten("", item, &mut row);
        for (column, _) in &row {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        rows.push(row);
    }
    let mut out = String::new();
    push_safe_line(&mut out, &mut columns.iter().map(|c| Some(c.as_str())));
    for row in &rows {
        let cell = |column: &String| row.iter().find(|(name, _)| name == column).map(|(_, text)| text.as_str());
        push_safe_line(&mut out, &mut columns.iter().map(cell));
    }
    out
}

/// Adds the cells of a value. An unknown value is an empty cell, and has its column.
fn flatten(name: &str, value: &Value, row: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                let name = if name.is_empty() { field.clone() } else { format!("{name}.{field}") };
                flatten(&name, value, row);
            }
        }
        Value::Null => row.push((name.to_owned(), String::new())),
        Value::String(text) => row.push((name.to_owned(), text.clone())),
        Value::Bool(_) | Value::Number(_) => row.push((name.to_owned(), value.to_string())),
        Value::Array(list) => {
            let text = if list.is_empty() { String::new() } else { value.to_string() };
            row.push((name.to_owned(), text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_column_and_formulas_are_text() {
        let items = [
            serde_json::json!({ "name": "a, b", "cost": "1.10", "period": { "start": "2026-11-01" }, "more": null }),
            serde_json::json!({ "name": "=1+1", "new": true, "list": [1, 2] }),
        ];
        assert_eq!(
            lines(&items),
            "name,cost,period.start,more,new,list\n\"a, b\",1.10,2026-11-01,,,\n'=1+1,,,,true,\"[1,2]\"\n"
        );
        assert_eq!(lines(&[]), "\n");
    }
}
