//! aws_api_gateway_stage: its cache, if it has one.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.flag("cache_cluster_enabled").known_or(false) {
        let size = r.text("cache_cluster_size").known_or("0.5".to_owned());
        bill.hourly(&format!("Cache, {size} GB"), &format!("aws/api_gateway_stage/cache-memory-{size}-gb"), 1);
    }
    Ok(())
}
