//! aws_cloudwatch_metric_alarm: metrics that it watches.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let seconds = r.number("period").usually(whole(60));
    let words = if seconds < whole(60) { "high-resolution" } else { "standard-resolution" };
    let metrics = r.written("metric_query").iter().filter(|q| !q.written("metric").is_empty()).count();
    let metrics = i64::try_from(metrics.max(1)).unwrap_or(1);
    bill.fixed(
        &format!("Metrics, {}", words.replace('-', " ")),
        "alarm metrics",
        &format!("aws/cloudwatch_metric_alarm/{words}"),
        metrics,
    );
    Ok(())
}
