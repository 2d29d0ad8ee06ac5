//! aws_cloudfront_distribution: what goes out, requests; counted as if all of it went to North America.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.everywhere();
    let of = |words: &str| format!("aws/cloudfront_distribution/us-mexico-canada/{words}");
    bill.used(
        "Data out to the internet",
        "GB",
        &of("data-transfer-out-to-internet"),
        "monthly_data_transfer_to_internet_gb.us",
        100,
    );
    bill.used("HTTPS requests", "10k requests", &of("https-requests"), "monthly_https_requests.us", 1_000_000);
    Ok(())
}
