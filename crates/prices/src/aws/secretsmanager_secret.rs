//! aws_secretsmanager_secret: by the month, and requests.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.fixed("Secret", "months", "aws/secretsmanager_secret/secret", 1);
    bill.usage("Requests", "10k requests", "aws/secretsmanager_secret/api-requests", "monthly_requests", 10_000);
    Ok(())
}
