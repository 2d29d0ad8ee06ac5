//! Statements as text.

use tollgate_model::Amount;
use tollgate_pipeline::{Statement, StatementLine, StatementSection, StatementSet};

use crate::output::{bold, dim, money, table};
use crate::print_line;

/// Lines of a section that text shows.
const SHOWN: usize = 12;

/// The statement of one team.
pub(super) fn one(set: &StatementSet, statement: &Statement) {
    let name = statement.name.as_ref().map_or(statement.value.clone(), |name| format!("{name} ({})", statement.value));
    print_line!("{}  {} {name}, {}, {}", bold("Statement"), set.dimension, set.period, set.state);
    for (label, text) in [("cost centre", &statement.cost_center), ("owner", &statement.owner), ("hash", &set.hash)] {
        if let Some(text) = text {
            print_line!("  {label:<12}{text}");
        }
    }
    print_line!("");
    print_sections(statement);
    for section in StatementSection::ALL {
        print_section(statement, section);
    }
}

fn print_sections(statement: &Statement) {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for total in &statement.totals {
        let sections = statement.sections.iter().filter(|s| s.currency == total.currency);
        rows.extend(
            sections.map(|s| vec![s.section.to_string(), money(s.billed, s.currency), money(s.effective, s.currency)]),
        );
        rows.push(vec![
            bold("total"),
            bold(money(total.billed, total.currency)),
            bold(money(total.effective, total.currency)),
        ]);
    }
    table(&["section", ">billed", ">effective"], rows);
}

fn print_section(statement: &Statement, section: StatementSection) {
    let lines: Vec<&StatementLine> = statement.lines.iter().filter(|l| l.section == section).collect();
    let mut rows: Vec<Vec<String>> = lines.iter().take(SHOWN).map(|line| row(line)).collect();
    if section == StatementSection::Adjustments {
        rows.extend(statement.adjustments.iter().map(|a| {
            let what = format!("restated charges of {}", a.period);
            vec![what, String::new(), money(a.billed, a.currency), money(a.effective, a.currency)]
        }));
    }
    if rows.is_empty() {
        return;
    }
    print_line!("");
    print_line!("{}", bold(section.label()));
    table(&["service", "?from", ">billed", ">effective"], rows);
    if let Some(more) = lines.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        print_line!("{}", dim(format!("  and {more} more lines; --format csv lists all")));
    }
}

fn row(line: &StatementLine) -> Vec<String> {
    vec![
        line.service.clone().unwrap_or_else(|| line.kind.to_string()),
        source(line),
        money(line.billed, line.currency),
        money(line.effective, line.currency),
    ]
}

/// Where a line comes from: `platform by shared-platform`; nothing for a direct one.
pub(super) fn source(line: &StatementLine) -> String {
    match line.rules.is_empty() {
        true => String::new(),
        false => format!("{} by {}", line.origin, line.rules.join(" > ")),
    }
}

/// The statements of all teams, and the invoices that they sum to.
pub(super) fn all(set: &StatementSet) {
    print_line!("{}  by {}, {}, {}", bold("Statements"), set.dimension, set.period, set.state);
    let mut rows: Vec<Vec<String>> = Vec::new();
    for total in &set.totals {
        let mut of_currency: Vec<(&Statement, Amount, Amount)> = Vec::new();
        for statement in &set.statements {
            let found = statement.totals.iter().find(|t| t.currency == total.currency);
            of_currency.extend(found.map(|t| (statement, t.billed, t.effective)));
        }
        of_currency.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.value.cmp(&b.0.value)));
        rows.extend(of_currency.into_iter().map(|(statement, billed, effective)| {
            vec![
                statement.value.clone(),
                statement.cost_center.clone().unwrap_or_default(),
                money(billed, total.currency),
                money(effective, total.currency),
            ]
        }));
        rows.push(vec![
            bold("total"),
            String::new(),
            bold(money(total.billed, total.currency)),
            bold(money(total.effective, total.currency)),
        ]);
    }
    table(&[set.dimension.as_str(), "?cost centre", ">billed", ">effective"], rows);
    print_line!("");
    print_line!("{}", bold("Invoices"));
    let rows = set.invoices.iter().map(|invoice| {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
        vec![text(&invoice.provider), text(&invoice.billing_account), money(invoice.billed, invoice.currency)]
    });
    table(&["provider", "billing account", ">billed"], rows.collect());
    let adjusted = set.statements.iter().any(|s| !s.adjustments.is_empty());
    print_line!(
        "the statements sum to the invoices{} to the last digit",
        if adjusted { " and the adjustments of earlier months" } else { "" }
    );
}
