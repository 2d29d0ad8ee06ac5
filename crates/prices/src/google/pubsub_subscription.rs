//! google_pubsub_subscription: delivered data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    let (terabytes, origin) = bill.usage_figure("monthly_message_data_tb", 1);
    bill.usage_quantity("Data out", "TiB", "google/pubsub_subscription/message-delivery-data", Ok(terabytes), origin);
    bill.known(
        "Retained messages",
        "GiB",
        "google/pubsub_subscription/retained-acknowledged-message-storage",
        "storage_gb",
    );
    bill.known(
        "Snapshots",
        "GiB",
        "google/pubsub_subscription/snapshot-message-backlog-storage",
        "snapshot_storage_gb",
    );
    Ok(())
}
