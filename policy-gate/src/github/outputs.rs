//! The outputs for later steps of a job, and the job summary.

use std::fmt::Write as _;

use crate::output;
use crate::report::Report;

/// The length of a summary in bytes at most. GitHub shows nothing beyond 1 MiB.
const SUMMARY: usize = 1_000_000;

/// Returns the lines of `GITHUB_OUTPUT`. No value can end its own lines and begin those of another.
pub fn output_file(values: &[(&str, String)]) -> String {
    let mut out = String::new();
    for (name, value) in values {
        let end = format!("tollgate-{}", tollgate_model::hash::sha256(&(name, value)).unwrap_or_default());
        let _ = writeln!(out, "{name}<<{end}\n{value}\n{end}");
    }
    out
}

/// The summary of a job.
pub fn summary(report: &Report) -> String {
    output::markdown(report, SUMMARY)
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_value_of_a_plan_becomes_another_output() {
        let text = super::output_file(&[("verdict", "passed\nverdict=passed\nEOF".to_owned())]);
        let first = text.lines().next().unwrap();
        let end = first.strip_prefix("verdict<<").unwrap();
        assert_eq!(text.matches(end).count(), 2);
        assert!(text.trim_end().ends_with(end));
    }
}
