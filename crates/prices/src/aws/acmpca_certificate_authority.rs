//! aws_acmpca_certificate_authority: by the month.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let short = r.text("usage_mode").known_or(String::new()) == "SHORT_LIVED_CERTIFICATE";
    let words = if short {
        "private-certificate-authority-short-lived-certificate-mode"
    } else {
        "private-certificate-authority"
    };
    bill.fixed("Certificate authority", "months", &format!("aws/acmpca_certificate_authority/{words}"), 1);
    let words = if short { "certificates-short-lived" } else { "certificates" };
    bill.known("Certificates", "requests", &format!("aws/acmpca_certificate_authority/{words}"), "monthly_requests");
    Ok(())
}
