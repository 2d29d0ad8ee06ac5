//! Statements as a workbook: amounts are numbers, sums are formulas.

use std::path::Path;

use anyhow::Context as _;
use tollgate_model::allocation::AllocationAdjustment;
use tollgate_model::{Amount, Currency, Money};
use tollgate_pipeline::{Statement, StatementLine, StatementSection, StatementSet};
use tollgate_reports::{Cell, Sheet, workbook};

use super::text::source;
use crate::output::print_note;

/// Writes statements: of one team by section, or of all teams with the invoices that they sum to; and their lines.
pub(super) fn write(set: &StatementSet, one: Option<&Statement>, path: &Path) -> anyhow::Result<()> {
    let sheets = match one {
        Some(statement) => vec![sections(set, statement), lines(set, std::slice::from_ref(statement))],
        None => vec![teams(set), lines(set, &set.statements), invoices(set)],
    };
    let bytes = workbook(&sheets)?;
    std::fs::write(path, bytes).with_context(|| format!("{}: cannot be written", path.display()))?;
    print_note(&format!("wrote {}", path.display()));
    Ok(())
}

fn sheet(name: &str, headers: &[&str], rows: Vec<Vec<Cell>>, sums: &[usize], notes: Vec<String>) -> Sheet {
    let headers = headers.iter().map(|header| (*header).to_owned()).collect();
    Sheet { name: name.to_owned(), headers, rows, notes, sums: sums.to_vec() }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn known(found: Option<&str>) -> Cell {
    found.map_or(Cell::Empty, text)
}

fn costs(currency: Currency, billed: Amount, effective: Amount) -> [Cell; 3] {
    let money = |amount| Cell::Money(Money { amount, currency });
    [Cell::Text(currency.to_string()), money(billed), money(effective)]
}

/// What every sheet is of.
fn notes(set: &StatementSet) -> Vec<String> {
    let mut out = vec![format!("statements by {}, {}, {}; rules {}", set.dimension, set.period, set.state, set.rules)];
    out.extend(set.hash.as_ref().map(|hash| format!("hash of the closed month: {hash}")));
    out.extend(set.notes.iter().cloned());
    out
}

fn sections(set: &StatementSet, statement: &Statement) -> Sheet {
    let rows = statement.sections.iter().map(|section| {
        let costs = costs(section.currency, section.billed, section.effective);
        [text(section.section.label())].into_iter().chain(costs).collect()
    });
    let name = statement.name.as_deref().unwrap_or(&statement.value);
    let mut about = vec![format!("statement of {name} ({} {})", set.dimension, statement.value)];
    let facts = [("cost centre", &statement.cost_center), ("owner", &statement.owner)];
    about.extend(facts.into_iter().filter_map(|(label, fact)| Some(format!("{label}: {}", fact.as_ref()?))));
    about.extend(notes(set));
    sheet("statement", &["section", "currency", "billed", "effective"], rows.collect(), &[2, 3], about)
}

fn teams(set: &StatementSet) -> Sheet {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for statement in &set.statements {
        for total in &statement.totals {
            let about = [
                text(&statement.value),
                known(statement.name.as_deref()),
                known(statement.cost_center.as_deref()),
                known(statement.owner.as_deref()),
            ];
            rows.push(about.into_iter().chain(costs(total.currency, total.billed, total.effective)).collect());
        }
    }
    let headers = [set.dimension.as_str(), "name", "cost centre", "owner", "currency", "billed", "effective"];
    sheet("statements", &headers, rows, &[5, 6], notes(set))
}

fn lines(set: &StatementSet, statements: &[Statement]) -> Sheet {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for statement in statements {
        rows.extend(statement.lines.iter().map(|line| line_row(statement, line)));
        rows.extend(statement.adjustments.iter().map(|adjustment| adjustment_row(statement, adjustment)));
    }
    let headers =
        [set.dimension.as_str(), "section", "provider", "service", "kind", "from", "currency", "billed", "effective"];
    sheet("lines", &headers, rows, &[7, 8], Vec::new())
}

fn line_row(statement: &Statement, line: &StatementLine) -> Vec<Cell> {
    let about = [
        text(&statement.value),
        text(line.section.label()),
        known(line.provider.as_deref()),
        known(line.service.as_deref()),
        text(line.kind.as_str()),
        text(&source(line)),
    ];
    about.into_iter().chain(costs(line.currency, line.billed, line.effective)).collect()
}

fn adjustment_row(statement: &Statement, adjustment: &AllocationAdjustment) -> Vec<Cell> {
    let about = [
        text(&statement.value),
        text(StatementSection::Adjustments.label()),
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
        Cell::Text(format!("restated charges of {}", adjustment.period)),
    ];
    about.into_iter().chain(costs(adjustment.currency, adjustment.billed, adjustment.effective)).collect()
}

fn invoices(set: &StatementSet) -> Sheet {
    let rows = set.invoices.iter().map(|invoice| {
        let money = Cell::Money(Money { amount: invoice.billed, currency: invoice.currency });
        let (provider, account) = (known(invoice.provider.as_deref()), known(invoice.billing_account.as_deref()));
        vec![provider, account, Cell::Text(invoice.currency.to_string()), money]
    });
    let adjusted = set.statements.iter().any(|s| !s.adjustments.is_empty());
    let and = if adjusted { " and the adjustments of earlier months" } else { "" };
    let note = format!("the statements sum to the invoices{and} to the last digit");
    sheet("invoices", &["provider", "billing account", "currency", "billed"], rows.collect(), &[3], vec![note])
}

#[cfg(test)]
mod tests {
    use tollgate_model::ChargeKind;
    use tollgate_model::allocation::AllocationState;
    use tollgate_pipeline::{InvoiceTotal, SectionTotal, StatementTotal};

    use super::*;

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    fn statement(value: &str, direct: &str, adjusted: Option<&str>) -> Statement {
        let currency = Currency::USD;
        let billed = amount(direct);
        let section = StatementSection::Direct;
        let adjustments: Vec<AllocationAdjustment> = adjusted
            .map(|text| AllocationAdjustment {
                period: "2026-09".parse().unwrap(),
                value: value.to_owned(),
                currency,
                billed: amount(text),
                effective: amount(text),
            })
            .into_iter()
            .collect();
        let whole = adjustments.iter().fold(billed, |sum, a| sum.saturating_add(a.billed));
        Statement {
            value: value.to_owned(),
            name: None,
            cost_center: Some("=1+1".to_owned()),
            owner: None,
            sections: vec![SectionTotal { section, currency, billed, effective: billed }],
            totals: vec![StatementTotal { currency, billed: whole, effective: whole }],
            lines: vec![StatementLine {
                section,
                provider: Some("AWS".to_owned()),
                service: None,
                kind: ChargeKind::Usage,
                origin: value.to_owned(),
                rules: Vec::new(),
                currency,
                billed,
                effective: billed,
            }],
            adjustments,
        }
    }

    fn set() -> StatementSet {
        StatementSet {
            dimension: "team".to_owned(),
            period: "2026-10".parse().unwrap(),
            state: AllocationState::Open,
            rules: "abc".to_owned(),
            hash: None,
            statements: vec![statement("checkout", "10.01", None), statement("search", "5", Some("-0.5"))],
            invoices: vec![InvoiceTotal {
                provider: Some("AWS".to_owned()),
                billing_account: None,
                currency: Currency::USD,
                billed: amount("15.01"),
            }],
            totals: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn sum(sheet: &Sheet, column: usize) -> Amount {
        let cells = sheet.rows.iter().filter_map(|row| match &row[column] {
            Cell::Money(money) => Some(money.amount),
            _ => None,
        });
        cells.fold(Amount::ZERO, Amount::saturating_add)
    }

    #[test]
    fn every_sheet_has_a_cell_a_header_and_sums_to_the_same_amount() {
        let set = set();
        let (teams, lines, invoices) = (teams(&set), lines(&set, &set.statements), invoices(&set));
        for sheet in [&teams, &lines, &invoices] {
            assert!(sheet.rows.iter().all(|row| row.len() == sheet.headers.len()), "{}", sheet.name);
            for column in &sheet.sums {
                assert!(sheet.rows.iter().all(|row| matches!(row[*column], Cell::Money(_))), "{}", sheet.name);
            }
        }
        assert_eq!(
            (sum(&teams, 5), sum(&lines, 7), sum(&invoices, 3)),
            (amount("14.51"), amount("14.51"), amount("15.01"))
        );
        assert!(invoices.notes[0].contains("and the adjustments of earlier months"));
        // Text of a bill or of the policy is no formula.
        assert_eq!(teams.rows[0][2], Cell::Text("=1+1".to_owned()));
        let one = sections(&set, &set.statements[0]);
        assert_eq!((one.rows.len(), sum(&one, 2)), (1, amount("10.01")));
    }

    #[test]
    fn a_workbook_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("statements.xlsx");
        write(&set(), None, &path).unwrap();
        assert!(std::fs::read(&path).unwrap().starts_with(b"PK"));
        let missing = folder.path().join("no/folder.xlsx");
        assert!(write(&set(), None, &missing).unwrap_err().to_string().ends_with("cannot be written"));
    }
}
