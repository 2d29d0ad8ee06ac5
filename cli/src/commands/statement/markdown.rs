//! Statements as Markdown. Names of bills are escaped.

use tollgate_model::untrusted;
use tollgate_pipeline::{Statement, StatementSection, StatementSet};

use super::text::source;
use crate::output::money;
use crate::print_line;

/// The statement of one team.
pub(super) fn one(set: &StatementSet, statement: &Statement) {
    let name = statement.name.as_deref().unwrap_or(&statement.value);
    print_line!("# Statement of {} for {}", untrusted::markdown(name), set.period);
    print_line!("");
    let facts = [
        (set.dimension.as_str(), Some(statement.value.as_str())),
        ("cost centre", statement.cost_center.as_deref()),
        ("owner", statement.owner.as_deref()),
        ("hash", set.hash.as_deref()),
    ];
    for (label, text) in facts {
        if let Some(text) = text {
            print_line!("- {}: {}", untrusted::markdown(label), untrusted::markdown(text));
        }
    }
    print_line!("- state: {}", set.state);
    print_line!("");
    print_line!("| section | billed | effective |");
    print_line!("|---|--:|--:|");
    for total in &statement.totals {
        for s in statement.sections.iter().filter(|s| s.currency == total.currency) {
            print_line!("| {} | {} | {} |", s.section, money(s.billed, s.currency), money(s.effective, s.currency));
        }
        let (billed, effective) = (money(total.billed, total.currency), money(total.effective, total.currency));
        print_line!("| **total** | **{billed}** | **{effective}** |");
    }
    StatementSection::ALL.into_iter().for_each(|section| print_section(statement, section));
}

fn print_section(statement: &Statement, section: StatementSection) {
    let lines: Vec<_> = statement.lines.iter().filter(|l| l.section == section).collect();
    let adjustments: &[_] = if section == StatementSection::Adjustments { &statement.adjustments } else { &[] };
    if lines.is_empty() && adjustments.is_empty() {
        return;
    }
    print_line!("");
    print_line!("## {}", section.label());
    print_line!("");
    print_line!("| service | from | billed | effective |");
    print_line!("|---|---|--:|--:|");
    for line in lines {
        let service = line.service.clone().unwrap_or_else(|| line.kind.to_string());
        print_line!(
            "| {} | {} | {} | {} |",
            untrusted::markdown(&service),
            untrusted::markdown(&source(line)),
            money(line.billed, line.currency),
            money(line.effective, line.currency)
        );
    }
    for a in adjustments {
        let (billed, effective) = (money(a.billed, a.currency), money(a.effective, a.currency));
        print_line!("| restated charges of {} | | {billed} | {effective} |", a.period);
    }
}

/// The statements of all teams, and the invoices that they sum to.
pub(super) fn all(set: &StatementSet) {
    print_line!("# Statements by {} for {}", untrusted::markdown(&set.dimension), set.period);
    print_line!("");
    print_line!("| {} | cost centre | billed | effective |", untrusted::markdown(&set.dimension));
    print_line!("|---|---|--:|--:|");
    for total in &set.totals {
        for statement in &set.statements {
            for t in statement.totals.iter().filter(|t| t.currency == total.currency) {
                let center = statement.cost_center.as_deref().unwrap_or_default();
                print_line!(
                    "| {} | {} | {} | {} |",
                    untrusted::markdown(&statement.value),
                    untrusted::markdown(center),
                    money(t.billed, t.currency),
                    money(t.effective, t.currency)
                );
            }
        }
        let (billed, effective) = (money(total.billed, total.currency), money(total.effective, total.currency));
        print_line!("| **total** | | **{billed}** | **{effective}** |");
    }
    print_line!("");
    print_line!("| provider | billing account | billed |");
    print_line!("|---|---|--:|");
    for invoice in &set.invoices {
        let text = |text: &Option<String>| untrusted::markdown(text.as_deref().unwrap_or("unknown"));
        print_line!(
            "| {} | {} | {} |",
            text(&invoice.provider),
            text(&invoice.billing_account),
            money(invoice.billed, invoice.currency)
        );
    }
}
