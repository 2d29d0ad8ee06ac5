//! aws_ebs_volume: provisioned storage and operations, used or not.

use crate::prelude::*;

use super::volumes::Volume;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let volume = Volume {
        kind: r.text("type").known_or("gp2".to_owned()),
        size: r.number("size").optional(),
        iops: r.number("iops"),
        throughput: r.number("throughput"),
    };
    volume.bill("", bill);
    Ok(())
}
