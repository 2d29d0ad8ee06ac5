//! `tollgate reconcile`: the lake against its inputs, the ledger, invoices, other exports and Cost Explorer.

use std::process::ExitCode;

use anstyle::AnsiColor;
use serde::Serialize;
use tollgate_model::Day;
use tollgate_pipeline::{
    ComparedRow, Comparison, Context, Invoice, OtherLines, ReconcileReport, Verdict, compare, reconcile,
};
use tollgate_sources::cost_explorer::{self, PaidCalls, Reading, Split, read_period};

use crate::args::{Args, Format, Reconcile};
use crate::output::{FOUND, bold, change, json, money, note, table, tinted};
use crate::say;
use crate::setup::{aws_config, open};

/// `2026-10=USD:12345.67`.
pub(crate) fn invoice(text: &str) -> Result<Invoice, String> {
    let bad = || "write it as 2026-10=USD:12345.67".to_owned();
    let (period, money) = text.split_once('=').ok_or_else(bad)?;
    let (currency, amount) = money.split_once(':').ok_or_else(bad)?;
    Ok(Invoice {
        period: period.parse().map_err(|e| format!("{e}"))?,
        currency: currency.parse().map_err(|e| format!("{e}"))?,
        amount: amount.parse().map_err(|e| format!("{e}"))?,
    })
}

/// Everything that was compared.
#[derive(Serialize)]
struct All {
    #[serde(flatten)]
    report: ReconcileReport,
    /// By account and service, against another export or Cost Explorer.
    comparisons: Vec<Comparison>,
}

pub(crate) async fn run(args: &Args, what: &Reconcile) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    let report = reconcile(&context, what.period, &what.invoice, what.tolerance).await?;
    let mut comparisons = Vec::new();
    if !what.against.is_empty() {
        comparisons.extend(with_files(&context, what).await?);
    }
    if let Some(account) = &what.cost_explorer {
        comparisons.push(with_cost_explorer(&context, what, account).await?);
    }
    let fine = report.fine() && comparisons.iter().all(Comparison::fine);
    match args.format {
        Format::Json => json(&All { report, comparisons })?,
        Format::Text | Format::Csv => {
            print(&report, what.tolerance);
            for comparison in &comparisons {
                print_comparison(comparison);
            }
            say!("");
            let rows = report.rows.iter().map(|r| r.verdict);
            let accounts = comparisons.iter().flat_map(|c| c.accounts.iter().map(|r| r.verdict));
            let beyond = rows.chain(accounts).filter(|v| *v == Verdict::Beyond).count();
            let verdict = match beyond {
                0 => "It reconciles.".to_owned(),
                1 => "One comparison is beyond its tolerance.".to_owned(),
                n => format!("{n} comparisons are beyond their tolerance."),
            };
            say!("{}", bold(verdict));
        }
    }
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
}

/// Every month of other files, or the one that is asked for.
async fn with_files(context: &Context, what: &Reconcile) -> anyhow::Result<Vec<Comparison>> {
    let mut lines = OtherLines::default();
    for path in &what.against {
        lines.add(tollgate_sources::open(path, &Default::default())?)?;
    }
    let name = match what.against.as_slice() {
        [one] => one.display().to_string(),
        several => format!("{} files", several.len()),
    };
    let mut out = Vec::new();
    for period in lines.periods().into_iter().filter(|p| what.period.is_none_or(|wanted| *p == wanted)) {
        let through = period.days().end.plus(-1);
        out.push(compare(context, None, period, through, (&name, &lines), what.tolerance).await?);
    }
    Ok(out)
}

async fn with_cost_explorer(context: &Context, what: &Reconcile, account: &str) -> anyhow::Result<Comparison> {
    let today = Day::of_second(context.clock.now().as_second());
    let period = what.period.unwrap_or_else(|| today.month());
    let provisional = i32::try_from(context.policy.detection.provisional_days).unwrap_or(0);
    let through = period.days().end.plus(-1).min(today.plus(-1 - provisional));
    let calls = PaidCalls::new(what.paid_calls);
    let client = cost_explorer::connect(&aws_config()?);
    let reading = Reading { billing_account: account, period, today, split: &Split::Services };
    let read = read_period(&client, &reading, &calls).await;
    note(&format!("{} requests to Cost Explorer, USD {}", calls.spent(), calls.cost()));
    let mut lines = OtherLines::default();
    lines.add(Box::new(read?))?;
    Ok(compare(context, Some(account), period, through, ("Cost Explorer", &lines), what.tolerance).await?)
}

fn verdict(verdict: Verdict, tolerance: u32) -> String {
    match verdict {
        Verdict::Exact => "exact".to_owned(),
        Verdict::Within => format!("within {tolerance} %"),
        Verdict::Beyond => tinted("BEYOND", AnsiColor::Red),
    }
}

fn print(report: &ReconcileReport, tolerance: u32) {
    let rows = report
        .rows
        .iter()
        .map(|r| {
            vec![
                r.period.to_string(),
                r.source.as_ref().map_or("all sources".to_owned(), ToString::to_string),
                r.against.to_owned(),
                format!("{} {}", r.lake, r.currency),
                format!("{} {}", r.other, r.currency),
                r.difference.to_string(),
                verdict(r.verdict, tolerance),
            ]
        })
        .collect();
    table(&["period", "source", "against", ">BilledCost in the lake", ">there", ">difference", "verdict"], rows);
}

/// Services that are listed under the accounts.
const LISTED: usize = 12;

fn print_comparison(comparison: &Comparison) {
    let Comparison { period, against, through, tolerance_percent, .. } = comparison;
    say!("");
    say!("{}", bold(format!("{period} against {against}, through {through}")));
    let row = |r: &ComparedRow| {
        vec![
            r.gap.account.clone().unwrap_or_else(|| "(no account)".to_owned()),
            r.gap.service.clone().unwrap_or_else(|| "all services".to_owned()),
            money(r.gap.lake, r.gap.currency),
            money(r.gap.other, r.gap.currency),
            change(r.gap.difference(), r.gap.currency),
            verdict(r.verdict, *tolerance_percent),
        ]
    };
    let gaps: Vec<&ComparedRow> = comparison.services.iter().filter(|r| r.verdict == Verdict::Beyond).collect();
    let rows = comparison.accounts.iter().chain(gaps.iter().copied().take(LISTED)).map(row).collect();
    table(&["account", "service", ">BilledCost in the lake", ">there", ">difference", "verdict"], rows);
    if gaps.len() > LISTED {
        note(&format!("and {} more services beyond; --format json names all", gaps.len() - LISTED));
    }
}
