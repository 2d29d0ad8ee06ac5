//! aws_data_transfer: data that leaves a zone, a region or AWS. It is no resource; usage files and measured use state it.

use crate::prelude::*;

/// Adds the data that a resource, or the usage file for a region, sends.
pub(crate) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    for (figure, name, sku) in [
        ("monthly_outbound_internet_gb", "Data transfer to the internet", "aws/data_transfer/internet"),
        ("monthly_outbound_other_regions_gb", "Data transfer to other regions", "aws/data_transfer/other-regions"),
        (
            "monthly_outbound_us_east_to_us_east_gb",
            "Data transfer between us-east-1 and us-east-2",
            "aws/data_transfer/us-east",
        ),
    ] {
        if let Some((gigabytes, origin)) = bill.known_usage(figure) {
            bill.usage_quantity(name, "GB", sku, Ok(Span::exactly(gigabytes)), origin);
        }
    }
    if let Some((gigabytes, origin)) = bill.known_usage("monthly_intra_region_gb") {
        // Both the zone that sends and the zone that receives are billed.
        let both = gigabytes.ratio(2, 1).map(Span::exactly).ok_or_else(|| Unpriced("is out of range".to_owned()));
        bill.usage_quantity("Data transfer between zones", "GB", "aws/data_transfer/zones", both, origin);
    }
    Ok(())
}
