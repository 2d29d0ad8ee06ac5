//! `tollgate detect compare`: another method of detection beside the one in effect.

use tollgate_analysis::SamplingInterval;
use tollgate_model::money::grouped;
use tollgate_model::{Day, SeriesKey};
use tollgate_pipeline::{Shadow, ShadowReport, compare_detection};
use tollgate_policy::Sensitivity;

use crate::args::{Args, CompareDetection, DetectMethod, Format, SensitivityArg};
use crate::exit::Exit;
use crate::output::{dim, json, table};
use crate::print::account_names;
use crate::print_line;
use crate::series::methods;
use crate::setup::open;

/// Differences listed in text; JSON has them all.
const LISTED: usize = 30;

pub(crate) async fn compare(args: &Args, what: &CompareDetection) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let days = usize::from(what.days);
    let other = methods::detector(what.method.unwrap_or(DetectMethod::Tollgate))?;
    let by_method = |values: &[f64], start: Day, _: &SeriesKey| {
        let scores = other.as_ref()?.scores(values, SamplingInterval::DAILY, i64::from(start.epoch_days()) * 1440)?;
        Some(scores.into_iter().map(|score| score > 1.0).collect())
    };
    let shadow = match (what.sensitivity, &other) {
        (None, Some(_)) => Shadow::Method(&by_method),
        (sensitivity, _) => Shadow::Sensitivity(match sensitivity.unwrap_or(SensitivityArg::Normal) {
            SensitivityArg::Low => Sensitivity::Low,
            SensitivityArg::Normal => Sensitivity::Normal,
            SensitivityArg::High => Sensitivity::High,
        }),
    };
    let report = compare_detection(&context.state, shadow, days).await?;
    match args.format {
        Format::Json => json(&report)?,
        Format::Text | Format::Csv => print(&report, days, &account_names(&context).await?),
    }
    Ok(Exit::Success)
}

fn print(report: &ShadowReport, days: usize, names: &crate::print::AccountNames) {
    print_line!(
        "{} series of account and service, last {days} days: {} days reported by both, {} only by the method in effect, {} only by the other one",
        report.series,
        report.both,
        report.only_in_effect,
        report.only_shadow
    );
    if report.not_fitted > 0 {
        print_line!("{} series were left out: the other method could not fit them", report.not_fitted);
    }
    if report.differences.is_empty() {
        return;
    }
    let rows = report.differences.iter().take(LISTED).map(|d| {
        let by = if d.in_effect { "in effect" } else { "the other" };
        vec![d.day.to_string(), names.scope(&d.scope), d.currency.to_string(), grouped(d.actual, 2), by.to_owned()]
    });
    table(&["day", "series", "currency", ">cost", "reported only by"], rows.collect());
    if report.differences.len() > LISTED {
        print_line!("  {}", dim(format!("and {} more; --format json has all", report.differences.len() - LISTED)));
    }
}
