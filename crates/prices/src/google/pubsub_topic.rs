//! google_pubsub_topic: what is published.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    let (terabytes, origin) = bill.figure("monthly_message_data_tb", 1);
    bill.used_so("Data in", "TiB", "google/pubsub_topic/message-ingestion-data", Ok(terabytes), origin);
    Ok(())
}
