//! aws_dx_connection: the port by the hour, by its speed, and outbound data by the region of AWS.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let speed = r.text("bandwidth").required()?;
    // Ports cost the same everywhere except in Japan.
    match speed.as_str() {
        "1Gbps" => bill.hourly("Port, 1Gbps", "aws/dx_connection/dx-connection", 1),
        other => bill.hourly(
            &format!("Port, {other}"),
            &format!("aws/dx_connection/dx-connection-{}", other.to_lowercase()),
            1,
        ),
    }
    let place = r.text("location").known_or(String::new()).to_lowercase();
    for region in REGIONS {
        // Data is paid by the pair of a region and a location. The location is no region.
        let sku = format!("aws/dx_connection/outbound-data-transfer-from-{region}-to-{place}");
        let figure = format!("monthly_outbound_from_region_to_dx_connection_location.{}", region.replace('-', "_"));
        if let Some((gigabytes, origin)) = bill.known_usage(&figure) {
            let name = format!("Data out from {region} to {place}");
            bill.in_region("us-east-1", |bill| {
                bill.usage_quantity(&name, "GB", &sku, Ok(Span::exactly(gigabytes)), origin);
                Ok(())
            })?;
        }
    }
    Ok(())
}

/// The regions that a usage file can name.
const REGIONS: [&str; 26] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "us-gov-west-1",
    "us-gov-east-1",
    "ca-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-north-1",
    "eu-south-1",
    "sa-east-1",
    "ap-east-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "af-south-1",
    "me-south-1",
    "cn-north-1",
    "cn-northwest-1",
];
