//! aws_msk_cluster: brokers by the hour, and their storage, which a scaling target lets grow.

use super::scaling::limits;
use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let nodes = r.number("number_of_broker_nodes").required()?;
    let class = r.text("broker_node_group_info.instance_type").required()?;
    bill.hourly_class(&format!("Broker, {class}"), &format!("aws/msk_cluster/instance-{class}"), &class, nodes);
    let paths =
        ["broker_node_group_info.storage_info.ebs_storage_info.volume_size", "broker_node_group_info.ebs_volume_size"];
    let size = paths.into_iter().find_map(|path| r.number(path).optional().ok().flatten());
    let size = size.ok_or_else(|| Unpriced("the size of its volumes is not known".to_owned()));
    // A volume grows up to the limit, and never shrinks.
    let grown = size.map(|gb| match limits(r, "kafka:broker-storage:VolumeSize") {
        Some((_, most)) => Span::between(gb, gb, most.max(gb)),
        None => Span::exactly(gb),
    });
    let all =
        grown.and_then(|span| span.try_map(|gb| product(gb, nodes)).ok_or_else(|| Unpriced("too much".to_owned())));
    bill.fixed("Storage", "GB", "aws/msk_cluster/storage", all);
    Ok(())
}
