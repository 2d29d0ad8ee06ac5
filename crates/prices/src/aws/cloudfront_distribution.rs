//! aws_cloudfront_distribution: outbound data and requests by the region of the reader, and its options.

use crate::prelude::*;

/// The figures of a usage file, with the regions that prices are by.
const REGIONS: [(&str, &str, &str); 8] = [
    ("us", "us-mexico-canada", "US, Mexico, Canada"),
    ("europe", "europe-israel", "Europe, Israel"),
    ("south_africa", "south-africa-kenya-middle-east", "South Africa, Kenya, Middle East"),
    ("south_america", "south-america", "South America"),
    ("japan", "japan", "Japan"),
    ("australia", "australia-new-zealand", "Australia, New Zealand"),
    ("asia_pacific", "hong-kong-philippines-asia-pacific", "Asia Pacific"),
    ("india", "india", "India"),
];

/// The parts that are paid by region: name, unit, the end of the key, the figure, and the default for the United States.
const PARTS: [(&str, &str, &str, &str, i64); 4] = [
    ("Data out to the internet", "GB", "data-transfer-out-to-internet", "monthly_data_transfer_to_internet_gb", 100),
    ("Data out to the origin", "GB", "data-transfer-out-to-origin", "monthly_data_transfer_to_origin_gb", 0),
    ("HTTP requests", "10k requests", "http-requests", "monthly_http_requests", 0),
    ("HTTPS requests", "10k requests", "https-requests", "monthly_https_requests", 1_000_000),
];

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    bill.priced_globally();
    let of = |words: &str| format!("aws/cloudfront_distribution/{words}");
    for (name, unit, words, figure, usual) in PARTS {
        let key = |region: &str| format!("{figure}.{region}");
        let known = REGIONS.iter().any(|(region, ..)| bill.known_usage(&key(region)).is_some());
        for (region, slug, shown) in REGIONS {
            let sku = of(&format!("{slug}/{words}"));
            // The default is for readers in the United States, unless a figure says where they are.
            if region == "us" && !known && usual > 0 {
                bill.usage(name, unit, &sku, &key(region), usual);
            } else {
                bill.known(&format!("{name}, {shown}"), unit, &sku, &key(region));
            }
        }
    }
    for (region, slug) in [
        ("us", "us-mexico-canada"),
        ("europe", "europe"),
        ("south_america", "south-america-sa-east-1"),
        ("japan", "japan"),
        ("australia", "australia"),
        ("singapore", "singapore"),
        ("south_korea", "south-korea"),
        ("india", "india"),
    ] {
        let sku = of(&format!("origin-shield-http-requests-{slug}"));
        bill.known("Origin Shield requests", "10k requests", &sku, &format!("monthly_shield_requests.{region}"));
    }
    bill.known("Invalidated paths", "paths", &of("invalidation-requests"), "monthly_invalidation_requests");
    bill.known(
        "Field-level encryption",
        "10k requests",
        &of("field-level-encryption-requests"),
        "monthly_encryption_requests",
    );
    bill.known("Real-time logs", "1M lines", &of("real-time-log-requests"), "monthly_log_lines");
    if r.text("viewer_certificate.ssl_support_method").known_or(String::new()) == "vip" {
        bill.fixed("Dedicated IP custom SSL", "certificates", &of("dedicated-ip-custom-ssls"), 1);
    } else {
        bill.known(
            "Dedicated IP custom SSL",
            "certificates",
            &of("dedicated-ip-custom-ssls"),
            "custom_ssl_certificates",
        );
    }
    Ok(())
}
