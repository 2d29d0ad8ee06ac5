//! aws_ec2_host: the whole host by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let family = r.text("instance_family").optional()?;
    let of_type = r.text("instance_type").optional()?.and_then(|t| t.split('.').next().map(str::to_owned));
    let family = family.or(of_type).ok_or_else(|| Unpriced("its family is not known".to_owned()))?;
    bill.hourly(&format!("Host, {family}"), &format!("aws/ec2_host/ec2-dedicated-host-on-demand-{family}"), 1);
    Ok(())
}
