//! The table of an answer: a row a group with its share as a bar, and the totals last.

use tollgate_model::money::grouped;
use tollgate_model::query::{AnswerPeriod, CostAnswer, CostField, CostRow, CostTotal, Granularity, TimeBucket};
use tollgate_model::{Amount, Currency};

use crate::output::{bold, dim, table};
use crate::print_line;

/// Characters of the longest bar.
const BAR: u32 = 20;
/// Buckets that a table has as columns; with more, each bucket is a row of its own.
const COLUMNS: usize = 13;

pub(super) fn print(answer: &CostAnswer) {
    print_line!("{}", bold(title(answer)));
    if answer.totals.is_empty() {
        print_line!(
            " no charges in this period{}",
            if answer.query.filters.is_empty() { "" } else { " meet the filters" }
        );
        return;
    }
    if answer.buckets.is_empty() {
        print_groups(answer);
    } else if answer.query.group_by.is_empty() || answer.buckets.len() > COLUMNS {
        print_buckets(answer);
    } else {
        print_matrix(answer);
    }
}

/// `Effective cost by team and service, 2026-10-01 to 2026-10-31 (31 days), compared with …`.
fn title(answer: &CostAnswer) -> String {
    let query = &answer.query;
    let by: Vec<String> = query.group_by.iter().map(CostField::label).collect();
    let mut text = format!("{} cost", capital(&query.metric.to_string()));
    if !by.is_empty() {
        text += &format!(" by {}", by.join(", "));
    }
    text += &format!(", {}", days(&answer.period));
    if let Some(compared) = &answer.compared_with {
        text += &format!(", compared with {}", days(compared));
    }
    for filter in &query.filters {
        text += &format!(", {filter}");
    }
    text
}

pub(super) fn days(period: &AnswerPeriod) -> String {
    match period.days {
        1 => period.first_day.to_string(),
        count => format!("{} to {} ({count} days)", period.first_day, period.last_day),
    }
}

pub(super) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// An amount in the places of its currency.
pub(super) fn shown(amount: Amount, currency: Currency) -> String {
    grouped(amount, currency.minor_places())
}

/// An amount, where it is known.
fn known(amount: Option<Amount>, currency: Currency) -> String {
    amount.map_or_else(|| "unknown".to_owned(), |amount| shown(amount, currency))
}

/// The part of a whole in percent; nothing where the whole is not above zero.
pub(super) fn share(part: Amount, whole: Amount) -> String {
    if whole <= Amount::ZERO {
        return "–".to_owned();
    }
    let percent = part.to_f64() / whole.to_f64() * 100.0;
    if (0.0..0.05).contains(&percent) && part > Amount::ZERO { "<0.1 %".to_owned() } else { format!("{percent:.1} %") }
}

/// The change in percent of the cost before.
pub(super) fn relative(change: Option<Amount>, before: Option<Amount>) -> String {
    match (change, before) {
        (Some(change), Some(before)) if before > Amount::ZERO => {
            format!("{:+.1} %", change.to_f64() / before.to_f64() * 100.0)
        }
        (Some(change), Some(_)) if change > Amount::ZERO => "new".to_owned(),
        _ => "–".to_owned(),
    }
}

pub(super) fn signed(amount: Amount, currency: Currency) -> String {
    let text = shown(amount, currency);
    if amount > Amount::ZERO { format!("+{text}") } else { text }
}

/// A bar as long as the part of the largest amount. Amounts below zero have none.
pub(super) fn bar(part: Amount, largest: Amount) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if part <= Amount::ZERO || largest <= Amount::ZERO {
        return String::new();
    }
    let length = (part.to_f64() / largest.to_f64() * f64::from(BAR * 8)).round().clamp(1.0, f64::from(BAR * 8));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the length is between 1 and 160")]
    let eighths = length as usize;
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

/// The cells of a row's groups: one a grouping, or the sum of others.
fn group_cells(answer: &CostAnswer, row: &CostRow) -> Vec<String> {
    let columns = answer.query.group_by.len().max(1);
    let mut cells: Vec<String> = match (row.other, row.group.is_empty()) {
        (None, false) => row.group.iter().map(tollgate_model::query::GroupValue::label).collect(),
        _ => vec![dim(row.label())],
    };
    cells.resize(columns, String::new());
    cells
}

fn group_headers(answer: &CostAnswer) -> Vec<String> {
    let headers: Vec<String> = answer.query.group_by.iter().map(CostField::label).collect();
    if headers.is_empty() { vec![String::new()] } else { headers }
}

fn print_groups(answer: &CostAnswer) {
    let compares = answer.compared_with.is_some();
    let mut headers = group_headers(answer);
    headers.extend(["currency", ">cost"].map(str::to_owned));
    headers.extend(
        if compares { vec![">before", ">change", ">%"] } else { vec![">share"] }.into_iter().map(str::to_owned),
    );
    headers.push("?bar".to_owned());
    let mut rows = Vec::new();
    for total in &answer.totals {
        let of_currency = || answer.rows.iter().filter(|row| row.currency == total.currency);
        // The sum of the others would make every bar short.
        let largest = of_currency().filter(|row| row.other.is_none()).map(|row| row.amount).max().unwrap_or_default();
        for row in of_currency() {
            let mut cells = group_cells(answer, row);
            cells.extend(amounts(row.currency, row.amount, row.before, row.change, total, compares));
            cells.push(if row.other.is_some() { String::new() } else { bar(row.amount, largest) });
            rows.push(cells);
        }
        let mut cells = vec![bold("total")];
        cells.resize(answer.query.group_by.len().max(1), String::new());
        cells.extend(amounts(total.currency, total.amount, total.before, total.change, total, compares));
        if !answer.query.group_by.is_empty() {
            rows.push(cells);
        }
    }
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    table(&headers, pad(rows, headers.len()));
}

fn pad(mut rows: Vec<Vec<String>>, width: usize) -> Vec<Vec<String>> {
    rows.iter_mut().for_each(|row| row.resize(width, String::new()));
    rows
}

fn amounts(
    currency: Currency,
    amount: Amount,
    before: Option<Amount>,
    change: Option<Amount>,
    total: &CostTotal,
    compares: bool,
) -> Vec<String> {
    let mut cells = vec![currency.to_string(), shown(amount, currency)];
    if compares {
        cells.push(before.map_or("–".to_owned(), |before| shown(before, currency)));
        cells.push(change.map_or("–".to_owned(), |change| signed(change, currency)));
        cells.push(relative(change, before));
    } else {
        cells.push(share(amount, total.amount));
    }
    cells
}

/// A row a bucket: of the total, or of each group where a table cannot have a column for each bucket.
fn print_buckets(answer: &CostAnswer) {
    let by_group = !answer.query.group_by.is_empty();
    let unit = match answer.query.granularity {
        Granularity::Total => String::new(),
        unit => unit.to_string(),
    };
    let mut headers = if by_group { group_headers(answer) } else { Vec::new() };
    headers.extend([unit.as_str(), "currency", ">cost", "?bar"].map(str::to_owned));
    let mut rows = Vec::new();
    for row in &answer.rows {
        let is_hour = |bucket: &&TimeBucket| !bucket.is_unknown_hour();
        let hours = answer.buckets.iter().filter(is_hour).zip(&row.buckets).filter_map(|(_, amount)| *amount);
        let largest = hours.max().unwrap_or_default();
        for (bucket, amount) in answer.buckets.iter().zip(&row.buckets) {
            let mut cells = if by_group { group_cells(answer, row) } else { Vec::new() };
            cells.extend([
                bucket.name.clone(),
                row.currency.to_string(),
                known(*amount, row.currency),
                amount.filter(|_| is_hour(&bucket)).map_or(String::new(), |amount| bar(amount, largest)),
            ]);
            rows.push(cells);
        }
    }
    for total in &answer.totals {
        let mut cells = vec![bold("total")];
        cells.resize(headers.len() - 3, String::new());
        cells.extend([total.currency.to_string(), shown(total.amount, total.currency), String::new()]);
        rows.push(cells);
    }
    table(&headers.iter().map(String::as_str).collect::<Vec<_>>(), rows);
}

/// A row a group, a column a bucket.
fn print_matrix(answer: &CostAnswer) {
    let mut headers = group_headers(answer);
    headers.push("currency".to_owned());
    headers.extend(answer.buckets.iter().map(|bucket| format!(">{}", bucket.name)));
    headers.push(">total".to_owned());
    let mut rows = Vec::new();
    for total in &answer.totals {
        let cells = |mut cells: Vec<String>, amount: Amount, buckets: &[Option<Amount>]| {
            cells.push(total.currency.to_string());
            cells.extend(buckets.iter().map(|amount| known(*amount, total.currency)));
            cells.push(shown(amount, total.currency));
            cells
        };
        for row in answer.rows.iter().filter(|row| row.currency == total.currency) {
            rows.push(cells(group_cells(answer, row), row.amount, &row.buckets));
        }
        let mut label = vec![bold("total")];
        label.resize(answer.query.group_by.len(), String::new());
        rows.push(cells(label, total.amount, &total.buckets));
    }
    table(&headers.iter().map(String::as_str).collect::<Vec<_>>(), rows);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_shares_follow_the_amounts() {
        let amount = |n: i64| Amount::whole(n);
        assert_eq!(bar(amount(10), amount(10)).chars().count(), 20);
        assert_eq!(bar(amount(1), amount(16)), "█▎");
        assert_eq!((bar(amount(-1), amount(10)), bar(amount(0), amount(10))), (String::new(), String::new()));
        assert_eq!(bar(amount(1), amount(1_000_000)), "▏");
        assert_eq!((share(amount(1), amount(3)), share(amount(1), amount(0))), ("33.3 %".into(), "–".into()));
        assert_eq!(share(amount(1), amount(1_000_000)), "<0.1 %");
        assert_eq!(relative(Some(amount(5)), Some(amount(0))), "new");
        assert_eq!(relative(Some(amount(-5)), Some(amount(20))), "-25.0 %");
        assert_eq!((relative(None, None), signed(amount(5), Currency::USD)), ("–".into(), "+5.00".into()));
    }
}
