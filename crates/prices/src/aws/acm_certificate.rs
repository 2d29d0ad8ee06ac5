//! aws_acm_certificate: public ones are free; private ones are paid at each issue.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    if r.has("certificate_authority_arn") {
        bill.fixed("Private certificate", "requests", "aws/acm_certificate/certificate", 1);
    }
    Ok(())
}
