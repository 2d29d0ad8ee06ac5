//! aws_eip: a public IPv4 address, used or not.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.hourly("Public IPv4 address", "aws/eip/ip-address-if-unused", 1);
    Ok(())
}
