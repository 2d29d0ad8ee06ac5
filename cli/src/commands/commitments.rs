//! `tollgate commitments`: utilization, coverage, savings and ends.

use anyhow::bail;
use tollgate_model::Amount;
use tollgate_pipeline::{CommitmentLine, CommitmentReport, CoverageBasis, CoverageLine, commitment_report};

use crate::args::{Args, Commitments, Format};
use crate::exit::Exit;
use crate::output::{csv, dim, json, money, print_note, table};
use crate::print_line;
use crate::setup::open;

pub(crate) async fn run(args: &Args, what: &Commitments) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let Some(report) = commitment_report(&context, what.period).await? else {
        let Some(period) = what.period else {
            bail!("the store has no charges\nhint: `tollgate ingest FILE…` imports an export");
        };
        bail!("the store has no charges of {period}\nhint: `tollgate imports` lists the months that it has");
    };
    match args.format {
        Format::Json => json(&report)?,
        Format::Csv => csv(&report.commitments)?,
        Format::Text => print(&report),
    }
    Ok(Exit::Success)
}

fn print(report: &CommitmentReport) {
    print_note(&format!("{}, charges through {}", report.period, report.through));
    if report.commitments.is_empty() && report.coverage.is_empty() {
        print_line!("no charge of {} names a commitment or states that it is eligible for one", report.period);
        return;
    }
    if !report.commitments.is_empty() {
        let headers =
            ["commitment", "?type", "?provider", ">used", ">unused", ">utilization", "?>saved", "ends", "?>days left"];
        table(&headers, report.commitments.iter().map(commitment).collect());
        print_line!("");
    }
    if !report.coverage.is_empty() {
        let headers = ["provider", ">covered", ">eligible", ">coverage", "?eligible use", ">saved", ">savings rate"];
        table(&headers, report.coverage.iter().map(coverage).collect());
        print_line!(
            "  {}",
            dim(
                "coverage and savings of what commitments can cover, at effective cost; `tollgate efficiency` has shares of list cost"
            )
        );
    }
    let mut unknown = report.coverage.iter().filter(|line| line.without_contracted != Amount::ZERO).peekable();
    if unknown.peek().is_some() {
        let sums: Vec<String> = unknown.map(|line| money(line.without_contracted, line.currency)).collect();
        print_note(&format!(
            "note: the saving leaves out {} of eligible use, whose contracted and list cost the bill does not have",
            sums.join(", ")
        ));
    }
    if report.commitments.iter().any(|line| line.ends.is_none()) {
        print_note("hint: a `commitment` block in tollgate.hcl sets the end of a commitment, and warns before it");
    }
}

fn commitment(line: &CommitmentLine) -> Vec<String> {
    let unknown = || dim("unknown");
    vec![
        line.name.clone().unwrap_or_else(|| line.id.clone()),
        line.kind.clone().unwrap_or_default(),
        line.provider.clone().unwrap_or_default(),
        money(line.used, line.currency),
        money(line.unused, line.currency),
        line.utilization.map_or_else(unknown, percent),
        line.saved.map_or_else(unknown, |saved| money(saved, line.currency)),
        line.ends.map_or_else(unknown, |day| day.to_string()),
        line.days_left.map_or_else(unknown, |days| days.to_string()),
    ]
}

fn coverage(line: &CoverageLine) -> Vec<String> {
    let basis = match line.basis {
        CoverageBasis::Eligibility => "as the provider states",
        CoverageBasis::CoveredServices => "of covered services",
    };
    vec![
        line.provider.clone().unwrap_or_else(|| dim("unknown")),
        money(line.covered, line.currency),
        money(line.eligible, line.currency),
        line.coverage.map_or_else(|| dim("unknown"), percent),
        basis.to_owned(),
        money(line.saved, line.currency),
        line.effective_savings_rate.map_or_else(|| dim("unknown"), percent),
    ]
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_percentage_with_one_digit() {
        assert_eq!(percent(0.5556), "55.6 %");
        assert_eq!(percent(1.0), "100.0 %");
    }
}
