//! aws_api_gateway_rest_api: requests.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Requests", "1M requests", "aws/api_gateway_rest_api/requests", "monthly_requests", 1_000_000);
    Ok(())
}
