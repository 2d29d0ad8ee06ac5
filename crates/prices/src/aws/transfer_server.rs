//! aws_transfer_server: each protocol by the hour, and processed data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let protocols = r.count("protocols").map(|n| n.max(1));
    bill.hourly("Protocols", "aws/transfer_server/sftp-protocol-enabled", protocols);
    bill.usage("Data up", "GB", "aws/transfer_server/data-uploaded", "monthly_data_uploaded_gb", 10);
    bill.usage("Data down", "GB", "aws/transfer_server/data-downloaded", "monthly_data_downloaded_gb", 10);
    Ok(())
}
