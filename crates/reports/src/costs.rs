//! The answer to a cost query as a sheet: a row a group, a column a bucket of time.

use tollgate_model::money::grouped;
use tollgate_model::query::{AnswerPeriod, CostAnswer, LeftOutReason, TimeBucket, UNKNOWN_HOUR};
use tollgate_model::text::counted;
use tollgate_model::{Amount, Currency, Money};

use crate::{Cell, Sheet};

/// The sheet of an answer. Its rows add up to the totals of the answer.
pub fn cost_sheet(answer: &CostAnswer) -> Sheet {
    let query = &answer.query;
    let mut headers: Vec<String> = query.group_by.iter().map(|field| field.label()).collect();
    if headers.is_empty() {
        headers.push("group".to_owned());
    }
    headers.push("currency".to_owned());
    let first_amount = headers.len();
    headers.extend(answer.buckets.iter().map(|bucket| bucket.name.clone()));
    headers.push(format!("{} cost", query.metric));
    if answer.compared_with.is_some() {
        headers.extend(["before".to_owned(), "change".to_owned()]);
    }
    let groupings = query.group_by.len().max(1);
    let rows = answer.rows.iter().map(|row| {
        let mut cells: Vec<Cell> = if row.other.is_some() || row.group.is_empty() {
            vec![Cell::Text(row.label())]
        } else {
            row.group.iter().map(|value| Cell::Text(value.label())).collect()
        };
        cells.resize(groupings, Cell::Empty);
        cells.push(Cell::Text(row.currency.to_string()));
        cells.extend(row.buckets.iter().map(|amount| known(*amount, row.currency)));
        cells.push(money(row.amount, row.currency));
        if answer.compared_with.is_some() {
            cells.extend([row.before, row.change].map(|amount| known(amount, row.currency)));
        }
        cells
    });
    let rows = rows.collect();
    let sums = (first_amount..headers.len()).collect();
    Sheet { name: "costs".to_owned(), rows, notes: notes(answer), sums, headers }
}

fn money(amount: Amount, currency: Currency) -> Cell {
    Cell::Money(Money { amount, currency })
}

fn known(amount: Option<Amount>, currency: Currency) -> Cell {
    amount.map_or(Cell::Empty, |amount| money(amount, currency))
}

/// What the amounts are, and what they leave out.
fn notes(answer: &CostAnswer) -> Vec<String> {
    let mut notes = vec![format!("{}; {}", answer.query.describe(), days(&answer.period))];
    if let Some(before) = &answer.compared_with {
        notes.push(format!("before: {} ({})", before.name, days(before)));
    }
    for left in &answer.left_out {
        let why = match left.reason {
            LeftOutReason::MetricUnknown => format!("have no {} cost", answer.query.metric),
        };
        let charges = counted(left.charges, "charge", "charges");
        let cost = grouped(left.effective_cost, left.currency.minor_places());
        notes.push(format!("left out: {charges} {why}; their effective cost is {cost} {}", left.currency));
    }
    if answer.buckets.last().is_some_and(TimeBucket::is_unknown_hour) {
        notes.push(format!("{UNKNOWN_HOUR}: charges that cover more than an hour; an empty hour is unknown"));
    }
    if let Some(conversion) = &answer.conversion {
        let list = |currencies: &[Currency]| currencies.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        notes.push(format!("{} converted to {} by the rate of each day", list(&conversion.converted), conversion.into));
        if !conversion.without_rate.is_empty() {
            notes.push(format!("without a rate for all days, and apart: {}", list(&conversion.without_rate)));
        }
    }
    notes
}

fn days(period: &AnswerPeriod) -> String {
    let mut text = format!("{} to {}", period.first_day, period.last_day);
    if let Some(day) = period.complete_through {
        text += &format!(", complete through {day}");
    }
    if let Some(day) = period.charges_since {
        text += &format!(", charges since {day}");
    }
    text
}

#[cfg(test)]
mod tests {
    use tollgate_model::query::{AnswerSource, CostGroupings, CostQuery, CostRow, GroupValue, LeftOut};

    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text.as_bytes()).unwrap()
    }

    fn example() -> CostAnswer {
        let by: CostGroupings = "team,service".parse().unwrap();
        let usd: Currency = "USD".parse().unwrap();
        let value = |at: usize, text: Option<&str>| GroupValue {
            field: by.0[at].clone(),
            value: text.map(str::to_owned),
            name: None,
        };
        let row = |group, other, cost: &str| CostRow {
            group,
            other,
            currency: usd,
            amount: amount(cost),
            before: Some(amount("1")),
            change: Some(amount(cost).saturating_sub(amount("1"))),
            buckets: Vec::new(),
        };
        let period = |name: &str, first: &str, last: &str| AnswerPeriod {
            name: name.to_owned(),
            first_day: first.parse().unwrap(),
            last_day: last.parse().unwrap(),
            days: 31,
            complete_through: None,
            charges_since: None,
        };
        CostAnswer {
            query: CostQuery { group_by: by.0.clone(), period: "2026-10".parse().unwrap(), ..CostQuery::default() },
            source: AnswerSource::Lake,
            period: period("2026-10", "2026-10-01", "2026-10-31"),
            compared_with: Some(period("2026-09", "2026-09-01", "2026-09-30")),
            buckets: Vec::new(),
            rows: vec![
                row(vec![value(0, Some("checkout")), value(1, Some("Amazon EC2"))], None, "10.25"),
                row(vec![value(0, None), value(1, Some("Amazon S3"))], None, "2"),
                row(Vec::new(), Some(7), "0.5"),
            ],
            totals: Vec::new(),
            left_out: vec![LeftOut {
                reason: LeftOutReason::MetricUnknown,
                currency: usd,
                charges: 3,
                effective_cost: amount("4.5"),
            }],
            conversion: None,
        }
    }

    #[test]
    fn a_sheet_has_a_column_a_grouping_and_every_row_has_every_column() {
        let sheet = cost_sheet(&example());
        assert_eq!(sheet.headers, ["team", "service", "currency", "effective cost", "before", "change"]);
        assert!(sheet.rows.iter().all(|row| row.len() == sheet.headers.len()), "{:?}", sheet.rows);
        assert_eq!(sheet.rows[1][0], Cell::Text("(no team)".to_owned()));
        assert_eq!(sheet.rows[2][0], Cell::Text("7 others".to_owned()));
        assert_eq!(sheet.sums, [3, 4, 5]);
        assert!(sheet.notes.iter().any(|note| note.contains("3 charges have no effective cost")), "{:?}", sheet.notes);
        crate::workbook(&[sheet]).unwrap();
    }
}
