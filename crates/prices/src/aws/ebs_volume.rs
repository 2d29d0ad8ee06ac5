//! aws_ebs_volume: what is provisioned, used or not.

use crate::prelude::*;

use super::volumes::Volume;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let volume = Volume {
        kind: r.text("type").usually("gp2".to_owned()),
        size: r.number("size").told(),
        iops: r.number("iops"),
        throughput: r.number("throughput"),
    };
    volume.bill("", bill);
    Ok(())
}
