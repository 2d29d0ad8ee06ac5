//! aws_kms_key: by the month, and requests.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    bill.fixed("Key", "months", "aws/kms_key/customer-master-key", 1);
    let spec = r.text("customer_master_key_spec").known_or("SYMMETRIC_DEFAULT".to_owned());
    let words = match spec.as_str() {
        "SYMMETRIC_DEFAULT" => "requests",
        "RSA_2048" => "requests-rsa-2048",
        _ => "requests-asymmetric",
    };
    bill.usage("Requests", "10k requests", &format!("aws/kms_key/{words}"), "monthly_requests", 10_000);
    Ok(())
}
