//! google_pubsub_subscription: what is delivered.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    let (terabytes, origin) = bill.figure("monthly_message_data_tb", 1);
    bill.used_so("Data out", "TiB", "google/pubsub_subscription/message-delivery-data", Ok(terabytes), origin);
    Ok(())
}
