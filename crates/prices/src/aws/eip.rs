//! aws_eip: a public IPv4 address, used or not.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.hourly("Public IPv4 address", "aws/eip/ip-address-if-unused", 1);
    Ok(())
}
