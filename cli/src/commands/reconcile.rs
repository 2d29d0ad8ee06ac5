//! `tollgate reconcile`: the lake against its inputs, the ledger and invoices.

use std::process::ExitCode;

use anstyle::AnsiColor;
use tollgate_model::BillingPeriod;
use tollgate_pipeline::{Invoice, Verdict, reconcile};

use crate::args::{Args, Format};
use crate::output::{FOUND, bold, json, table, tinted};
use crate::say;
use crate::setup::open;

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

pub(crate) async fn run(
    args: &Args,
    period: Option<BillingPeriod>,
    invoices: &[Invoice],
    tolerance: u32,
) -> anyhow::Result<ExitCode> {
    let context = open(args)?;
    let report = reconcile(&context, period, invoices, tolerance).await?;
    match args.format {
        Format::Json => json(&report)?,
        Format::Text | Format::Csv => {
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
                        match r.verdict {
                            Verdict::Exact => "exact".to_owned(),
                            Verdict::Within => format!("within {tolerance} %"),
                            Verdict::Beyond => tinted("BEYOND", AnsiColor::Red),
                        },
                    ]
                })
                .collect();
            table(
                &["period", "source", "against", ">BilledCost in the lake", ">there", ">difference", "verdict"],
                rows,
            );
            say!("");
            let beyond = report.rows.iter().filter(|r| r.verdict == Verdict::Beyond).count();
            let verdict = match beyond {
                0 => "It reconciles.".to_owned(),
                1 => "One comparison is beyond its tolerance.".to_owned(),
                n => format!("{n} comparisons are beyond their tolerance."),
            };
            say!("{}", bold(verdict));
        }
    }
    Ok(if report.fine() { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
}
