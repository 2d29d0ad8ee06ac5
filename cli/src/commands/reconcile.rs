//! `tollgate reconcile`: the lake against its inputs, the ledger, invoices, other exports and Cost Explorer.

use std::collections::BTreeMap;

use anstyle::AnsiColor;
use serde::Serialize;
use tollgate_model::{Amount, BillingPeriod, Currency, Day};
use tollgate_pipeline::{
    ComparedRow, Comparison, Context, ReconcileReport, ReconcileRow, ReconcileStated, ReconcileVerdict, ReferenceCosts,
    compare, reconcile,
};

use super::imports::sums as exact;
use crate::args::{Args, Format, Reconcile};
use crate::aws::cost_explorer;
use crate::exit::Exit;
use crate::output::{bold, change, csv, json, money, print_note, table, tinted};
use crate::print_line;
use crate::setup::open;

/// All comparisons.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    report: ReconcileReport,
    /// Comparisons by account and service, with another export or Cost Explorer.
    comparisons: Vec<Comparison>,
}

pub(crate) async fn run(args: &Args, what: &Reconcile) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let report = reconcile(&context.state, what.period, &what.invoice, what.tolerance).await?;
    let mut comparisons = Vec::new();
    if !what.against.is_empty() {
        comparisons.extend(compare_files(&context, what).await?);
    }
    if let Some(account) = &what.cost_explorer {
        comparisons.push(compare_cost_explorer(&context, what, account).await?);
    }
    let fine = report.is_within_tolerance() && comparisons.iter().all(Comparison::is_within_tolerance);
    match args.format {
        Format::Json => json(&Report { report, comparisons })?,
        Format::Csv => csv(&report.rows)?,
        Format::Text => {
            print(&report, what);
            print_stated(&report);
            for comparison in &comparisons {
                print_comparison(comparison);
            }
            print_line!("");
            let rows = report.rows.iter().map(|r| r.verdict);
            let accounts = comparisons.iter().flat_map(|c| c.accounts.iter().map(|r| r.verdict));
            let unexplained = report.stated.iter().filter(|s| !s.cost.is_explained()).count();
            let beyond = rows.chain(accounts).filter(|v| *v == ReconcileVerdict::Beyond).count() + unexplained;
            let compared = comparisons.len() + report.rows.iter().filter(|r| r.source.is_none()).count();
            let verdict = match beyond {
                0 if compared == 0 => {
                    "Internally consistent: lake, inputs and ledger are equal to the last digit. Not compared \
                                       with an invoice: --invoice MONTH=CUR:AMOUNT does that."
                        .to_owned()
                }
                0 => "All comparisons are within their tolerance.".to_owned(),
                1 => "One comparison is beyond its tolerance.".to_owned(),
                n => format!("{n} comparisons are beyond their tolerance."),
            };
            print_line!("{}", bold(verdict));
        }
    }
    Ok(Exit::with_findings(!fine))
}

/// Compares every month of other files, or the requested one.
async fn compare_files(context: &Context, what: &Reconcile) -> anyhow::Result<Vec<Comparison>> {
    let mut lines = ReferenceCosts::default();
    for path in &what.against {
        lines.add(tollgate_sources::open_file(path, &Default::default())?)?;
    }
    let name = match what.against.as_slice() {
        [file] => file.display().to_string(),
        several => format!("{} files", several.len()),
    };
    let mut out = Vec::new();
    for period in lines.periods().into_iter().filter(|p| what.period.is_none_or(|wanted| *p == wanted)) {
        let through = period.days().end.plus(-1);
        out.push(compare(&context.state, None, period, through, (&name, &lines), what.tolerance).await?);
    }
    Ok(out)
}

async fn compare_cost_explorer(context: &Context, what: &Reconcile, account: &str) -> anyhow::Result<Comparison> {
    let today = Day::of_second(context.state.clock.now().as_second());
    let period = what.period.unwrap_or_else(|| today.month());
    let provisional = i32::try_from(context.state.policy.detection.provisional_days).unwrap_or(0);
    let through = period.days().end.plus(-1).min(today.plus(-1 - provisional));
    let mut lines = ReferenceCosts::default();
    lines.add(cost_explorer(account, period, today, what.paid_calls).await?)?;
    Ok(compare(&context.state, Some(account), period, through, ("Cost Explorer", &lines), what.tolerance).await?)
}

fn verdict_label(verdict: ReconcileVerdict, tolerance: u32) -> String {
    match verdict {
        ReconcileVerdict::Exact => "exact".to_owned(),
        ReconcileVerdict::Within => format!("within {tolerance} %"),
        ReconcileVerdict::Beyond => tinted("BEYOND", AnsiColor::Red),
    }
}

/// The comparisons that differ, and those with invoices; then one line a source whose months are exact.
fn print(report: &ReconcileReport, what: &Reconcile) {
    let tolerance = what.tolerance;
    let shown: Vec<&ReconcileRow> = report.rows.iter().filter(|r| what.verbose || !is_routine(r)).collect();
    if !what.verbose {
        print_exact(report);
    }
    if shown.is_empty() {
        return;
    }
    let rows = shown
        .iter()
        .map(|r| {
            let amount = |amount| match what.verbose {
                true => format!("{amount} {}", r.currency),
                false => money(amount, r.currency),
            };
            vec![
                r.period.to_string(),
                r.source.as_ref().map_or("all sources".to_owned(), ToString::to_string),
                r.against.to_owned(),
                amount(r.lake),
                amount(r.other),
                amount(r.difference),
                verdict_label(r.verdict, tolerance),
            ]
        })
        .collect();
    if !what.verbose {
        print_line!("");
    }
    table(&["period", "source", "against", ">BilledCost in the lake", ">compared with", ">difference", "result"], rows);
}

/// The bills' own money columns, with each kind of row whose cost differs.
fn print_stated(report: &ReconcileReport) {
    let stated: Vec<&ReconcileStated> = report.stated.iter().filter(|s| !s.cost.is_plain()).collect();
    if stated.is_empty() {
        return;
    }
    print_line!("");
    print_line!("{}", bold("The bills' own money columns, and the costs in the lake"));
    let mut rows = Vec::new();
    for ReconcileStated { source, period, cost } in stated {
        let result = match (cost.is_explained(), cost.differences.is_empty()) {
            (true, true) => "exact".to_owned(),
            (true, false) => "explained".to_owned(),
            (false, _) => tinted("NOT EXPLAINED", AnsiColor::Red),
        };
        let name = format!("{} in {}", cost.against, cost.column);
        rows.push(vec![period.to_string(), source.to_string(), name, exact(&cost.stated), exact(&cost.cost), result]);
        for difference in &cost.differences {
            let why = difference.reason.clone().unwrap_or_else(|| "no rule of the format explains it".to_owned());
            let name = format!("  {}", difference.kind);
            rows.push(vec![String::new(), String::new(), name, String::new(), exact(&difference.amount), why]);
        }
    }
    table(&["period", "source", "cost and column", ">stated", ">in the lake", "result"], rows);
}

/// Whether a row only says that the lake equals its inputs or the ledger.
fn is_routine(row: &ReconcileRow) -> bool {
    row.source.is_some() && row.verdict == ReconcileVerdict::Exact
}

/// One line a source and currency: the months that equal their inputs and the ledger, and their sum.
fn print_exact(report: &ReconcileReport) {
    let mut months: BTreeMap<(String, Currency), BTreeMap<BillingPeriod, (Amount, bool)>> = BTreeMap::new();
    for row in &report.rows {
        let Some(source) = &row.source else { continue };
        let month = months.entry((source.to_string(), row.currency)).or_default();
        let (_, exact) = month.entry(row.period).or_insert((row.lake, true));
        *exact &= row.verdict == ReconcileVerdict::Exact;
    }
    let rows = months.into_iter().filter_map(|((source, currency), months)| {
        let exact: Vec<(&BillingPeriod, Amount)> =
            months.iter().filter(|(_, (_, exact))| *exact).map(|(month, (sum, _))| (month, *sum)).collect();
        let (first, last) = (exact.first()?.0, exact.last()?.0);
        let sum = exact.iter().fold(Amount::ZERO, |sum, (_, amount)| sum.saturating_add(*amount));
        let span = if first == last { first.to_string() } else { format!("{first} to {last}") };
        Some(vec![source, span, exact.len().to_string(), money(sum, currency), "= inputs = ledger".to_owned()])
    });
    table(&["source", "period", ">months", ">BilledCost in the lake", "result"], rows.collect());
}

/// Services listed below the accounts.
const LISTED: usize = 12;

fn print_comparison(comparison: &Comparison) {
    let Comparison { period, against, through, tolerance_percent, .. } = comparison;
    print_line!("");
    print_line!("{}", bold(format!("{period} against {against}, through {through}")));
    let row = |r: &ComparedRow| {
        vec![
            r.gap.account.clone().unwrap_or_else(|| "(no account)".to_owned()),
            r.gap.service.clone().unwrap_or_else(|| "all services".to_owned()),
            money(r.gap.lake, r.gap.currency),
            money(r.gap.other, r.gap.currency),
            change(r.gap.difference(), r.gap.currency),
            verdict_label(r.verdict, *tolerance_percent),
        ]
    };
    let gaps: Vec<&ComparedRow> =
        comparison.services.iter().filter(|r| r.verdict == ReconcileVerdict::Beyond).collect();
    let rows = comparison.accounts.iter().chain(gaps.iter().copied().take(LISTED)).map(row).collect();
    table(&["account", "service", ">BilledCost in the lake", ">other", ">difference", "result"], rows);
    if gaps.len() > LISTED {
        print_note(&format!("and {} more services beyond tolerance; --format json lists all", gaps.len() - LISTED));
    }
}
