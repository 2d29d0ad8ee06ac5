//! google_pubsub_topic: published data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    let (terabytes, origin) = bill.usage_figure("monthly_message_data_tb", 1);
    bill.usage_quantity("Data in", "TiB", "google/pubsub_topic/message-ingestion-data", Ok(terabytes), origin);
    Ok(())
}
