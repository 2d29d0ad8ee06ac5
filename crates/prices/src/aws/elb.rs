//! aws_elb: the classic load balancer, by the hour and by what passes through.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.hourly("Load balancer, classic", "aws/elb/classic-load-balancer", 1);
    bill.used("Data processed", "GB", "aws/elb/data-processed", "monthly_data_processed_gb", 100);
    Ok(())
}
