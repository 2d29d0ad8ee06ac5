//! aws_api_gateway_stage: its cache, where it has one.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    if r.flag("cache_cluster_enabled").usually(false) {
        let size = r.text("cache_cluster_size").usually("0.5".to_owned());
        bill.hourly(&format!("Cache, {size} GB"), &format!("aws/api_gateway_stage/cache-memory-{size}-gb"), 1);
    }
    Ok(())
}
