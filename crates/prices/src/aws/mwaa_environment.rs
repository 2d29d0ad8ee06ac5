//! aws_mwaa_environment: the environment by the hour, its workers, its database.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let class = r.text("environment_class").known_or("mw1.small".to_owned());
    let size = class.trim_start_matches("mw1.").to_owned();
    bill.hourly(&format!("Environment, {size}"), &format!("aws/mwaa_environment/environment-{size}"), 1);
    let least = r.number("min_workers").known_or(whole(1)).max(whole(1)).saturating_sub(whole(1));
    let most = r.number("max_workers").known_or(whole(10)).max(whole(1)).saturating_sub(whole(1));
    let workers = match bill.known_usage("additional_workers") {
        Some((n, _)) => Span::exactly(n),
        None => Span::between(least, least, most),
    };
    bill.hourly(&format!("Further workers, {size}"), &format!("aws/mwaa_environment/worker-{size}"), workers);
    if let Some((schedulers, _)) = bill.known_usage("additional_schedulers") {
        let sku = format!("aws/mwaa_environment/scheduler-{size}");
        bill.hourly(&format!("Further schedulers, {size}"), &sku, schedulers);
    }
    bill.usage("Database", "GB", "aws/mwaa_environment/meta-database", "meta_database_gb", 10);
    Ok(())
}
