//! `tollgate statement`: what each team bears of a month, as text, Markdown, CSV, JSON, a workbook or journal lines.

mod markdown;
#[cfg(feature = "workbooks")]
mod sheet;
#[cfg(not(feature = "workbooks"))]
#[path = "without_sheet.rs"]
mod sheet;
mod text;

use anyhow::bail;
use serde::Serialize;
use tollgate_model::BillingPeriod;
use tollgate_model::allocation::AllocationState;
use tollgate_pipeline::{
    JournalAccounts, Statement, StatementDocument, StatementLine, StatementSection, StatementSet, journal,
    newest_month, roll_up, statements,
};

use crate::args::{Args, Format, StatementArgs};
use crate::exit::Exit;
use crate::output::{csv, json, money, print_note, table};
use crate::setup::open;

pub(crate) async fn run(args: &Args, what: &StatementArgs) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let period = newest_month(&context.state, what.month.period).await?;
    let set = statements(&context, what.month.dimension.as_deref(), period).await?;
    set.notes.iter().for_each(|note| print_note(&format!("note: {note}")));
    if what.journal {
        return print_journal(args, &set, what);
    }
    match &what.team {
        Some(team) if what.with_children => {
            let Some(table) = context.state.policy.entity_table(&set.dimension) else {
                bail!("the policy has no hierarchy of {0}\nhint: add entity \"{0}\" {{ … }}", set.dimension)
            };
            match roll_up(&set, team, table) {
                Some(statement) => print_one(args, what, &set, &statement)?,
                None => print_one(args, what, &set, set.statement(team)?)?,
            }
        }
        Some(team) => print_one(args, what, &set, set.statement(team)?)?,
        None => print_all(args, what, &set)?,
    }
    if set.state == AllocationState::Open {
        print_note(&format!(
            "{period} is open: its statements change with its charges and rules; `tollgate allocation close` freezes it"
        ));
    }
    Ok(Exit::Success)
}

/// A line of a statement as CSV has it.
#[derive(Serialize)]
struct LineRow<'s> {
    period: BillingPeriod,
    value: &'s str,
    cost_center: Option<&'s str>,
    #[serde(flatten)]
    line: &'s StatementLine,
}

fn print_one(args: &Args, what: &StatementArgs, set: &StatementSet, statement: &Statement) -> anyhow::Result<()> {
    if let Some(path) = &what.xlsx {
        return sheet::write(set, Some(statement), path);
    }
    match args.format {
        Format::Json => json(&StatementDocument::new(set, statement))?,
        Format::Csv => print_lines(set, std::slice::from_ref(statement))?,
        Format::Text if what.markdown => markdown::one(set, statement),
        Format::Text => text::one(set, statement),
    }
    Ok(())
}

fn print_all(args: &Args, what: &StatementArgs, set: &StatementSet) -> anyhow::Result<()> {
    if let Some(path) = &what.xlsx {
        return sheet::write(set, None, path);
    }
    match args.format {
        Format::Json => json(set)?,
        Format::Csv => print_lines(set, &set.statements)?,
        Format::Text if what.markdown => markdown::all(set),
        Format::Text => text::all(set),
    }
    Ok(())
}

/// The lines of statements as CSV, with adjustments as lines of their section.
fn print_lines(set: &StatementSet, statements: &[Statement]) -> anyhow::Result<()> {
    let mut all: Vec<(&Statement, StatementLine)> = Vec::new();
    for statement in statements {
        all.extend(statement.lines.iter().map(|line| (statement, line.clone())));
        all.extend(statement.adjustments.iter().map(|adjustment| {
            let line = StatementLine {
                section: StatementSection::Adjustments,
                provider: None,
                service: None,
                kind: tollgate_model::ChargeKind::Correction,
                origin: adjustment.period.to_string(),
                rules: Vec::new(),
                currency: adjustment.currency,
                billed: adjustment.billed,
                effective: adjustment.effective,
            };
            (statement, line)
        }));
    }
    csv(all.iter().map(|(statement, line)| LineRow {
        period: set.period,
        value: &statement.value,
        cost_center: statement.cost_center.as_deref(),
        line,
    }))
}

fn print_journal(args: &Args, set: &StatementSet, what: &StatementArgs) -> anyhow::Result<Exit> {
    let accounts =
        JournalAccounts { sections: what.accounts.iter().cloned().collect(), balance: what.balance_account.clone() };
    let lines = journal(set, &accounts)?;
    match args.format {
        Format::Json => json(&lines)?,
        Format::Csv => csv(&lines)?,
        Format::Text => {
            let rows = lines.iter().map(|line| {
                vec![
                    line.date.to_string(),
                    line.cost_center.clone(),
                    line.account.clone(),
                    line.text.clone(),
                    money(line.amount, line.currency),
                ]
            });
            table(&["date", "cost centre", "account", "?text", ">amount"], rows.collect());
        }
    }
    Ok(Exit::Success)
}
