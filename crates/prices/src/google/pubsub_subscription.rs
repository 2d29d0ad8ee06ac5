//! google_pubsub_subscription: delivered data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    let (terabytes, origin) = bill.usage_figure("monthly_message_data_tb", 1);
    bill.usage_quantity("Data out", "TiB", "google/pubsub_subscription/message-delivery-data", Ok(terabytes), origin);
    Ok(())
}
