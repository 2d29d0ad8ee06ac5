//! aws_elb: the classic load balancer, by the hour and by processed data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.hourly("Load balancer, classic", "aws/elb/classic-load-balancer", 1);
    bill.usage("Data processed", "GB", "aws/elb/data-processed", "monthly_data_processed_gb", 100);
    Ok(())
}
