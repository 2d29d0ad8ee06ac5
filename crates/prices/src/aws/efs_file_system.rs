//! aws_efs_file_system: what is kept, by class, and throughput that is provisioned.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let of = |words: &str| format!("aws/efs_file_system/{words}");
    let words = if r.has("availability_zone_name") { "one-zone" } else { "standard" };
    bill.used(
        &format!("Storage, {}", words.replace('-', " ")),
        "GB",
        &of(&format!("storage-{words}")),
        "storage_gb",
        10,
    );
    if r.text("throughput_mode").usually("bursting".to_owned()) == "provisioned" {
        let wanted = r.number("provisioned_throughput_in_mibps").needed();
        bill.fixed("Provisioned throughput", "MBps", &of("provisioned-throughput"), wanted);
    }
    if let Some((gigabytes, origin)) = bill.said("infrequent_access_storage_gb") {
        bill.used_so(
            "Storage, infrequent access",
            "GB",
            &of(&format!("storage-{words}-infrequent-access")),
            Ok(Span::exactly(gigabytes)),
            origin,
        );
    }
    Ok(())
}
