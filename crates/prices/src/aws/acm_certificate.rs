//! aws_acm_certificate: public ones are free; private ones are paid per issued certificate.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.has("certificate_authority_arn") {
        bill.fixed("Private certificate", "requests", "aws/acm_certificate/certificate", 1);
    }
    Ok(())
}
