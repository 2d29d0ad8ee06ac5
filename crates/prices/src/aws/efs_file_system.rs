//! aws_efs_file_system: storage by class, and provisioned throughput.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("aws/efs_file_system/{words}");
    let words = if r.has("availability_zone_name") { "one-zone" } else { "standard" };
    bill.usage(
        &format!("Storage, {}", words.replace('-', " ")),
        "GB",
        &of(&format!("storage-{words}")),
        "storage_gb",
        10,
    );
    if r.text("throughput_mode").known_or("bursting".to_owned()) == "provisioned" {
        let wanted = r.number("provisioned_throughput_in_mibps").required();
        bill.fixed("Provisioned throughput", "MBps", &of("provisioned-throughput"), wanted);
    }
    if let Some((gigabytes, origin)) = bill.known_usage("infrequent_access_storage_gb") {
        bill.usage_quantity(
            "Storage, infrequent access",
            "GB",
            &of(&format!("storage-{words}-infrequent-access")),
            Ok(Span::exactly(gigabytes)),
            origin,
        );
    }
    bill.known(
        "Reads, infrequent access",
        "GB",
        "aws/efs_file_system/read-requests-infrequent-access",
        "monthly_infrequent_access_read_gb",
    );
    bill.known(
        "Writes, infrequent access",
        "GB",
        "aws/efs_file_system/write-requests-infrequent-access",
        "monthly_infrequent_access_write_gb",
    );
    Ok(())
}
