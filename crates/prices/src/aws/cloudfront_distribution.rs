//! aws_cloudfront_distribution: outbound data and requests; all data is priced as sent to North America.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.priced_globally();
    let of = |words: &str| format!("aws/cloudfront_distribution/us-mexico-canada/{words}");
    bill.usage(
        "Data out to the internet",
        "GB",
        &of("data-transfer-out-to-internet"),
        "monthly_data_transfer_to_internet_gb.us",
        100,
    );
    bill.usage("HTTPS requests", "10k requests", &of("https-requests"), "monthly_https_requests.us", 1_000_000);
    Ok(())
}
