//! aws_cloudwatch_metric_alarm: its metrics.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let seconds = r.number("period").known_or(whole(60));
    let words = if seconds < whole(60) { "high-resolution" } else { "standard-resolution" };
    let metrics = r.known_items("metric_query").iter().filter(|q| !q.known_items("metric").is_empty()).count();
    let metrics = i64::try_from(metrics.max(1)).unwrap_or(1);
    bill.fixed(
        &format!("Metrics, {}", words.replace('-', " ")),
        "alarm metrics",
        &format!("aws/cloudwatch_metric_alarm/{words}"),
        metrics,
    );
    Ok(())
}
