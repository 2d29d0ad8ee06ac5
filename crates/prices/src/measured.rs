//! Measured usage of resources from their charges, as written by `tollgate usage`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tollgate_model::{Day, Quantity};

/// Days of a month, in hundredths: 365 / 12.
const MONTH: i64 = 3042;

/// The usage of resources in a range of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// The version of the format: 1.
    pub version: u32,
    /// The first day.
    pub from: Day,
    /// The day after the last.
    pub to: Day,
    /// The usage by resource and meter.
    pub rows: Vec<MeasuredRow>,
}

/// The usage of a resource by one meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredRow {
    /// Its id or ARN, as its charges have it.
    pub resource: String,
    /// The meter, as its charges have it: `USE1-Lambda-GB-Second`.
    pub meter: String,
    /// The quantity, in the meter's unit.
    pub quantity: Quantity,
    /// The first day of usage: a resource may be newer than the range.
    pub since: Day,
}

/// Types, their usage figures, and the ends of the AWS usage types that measure them (Cost and Usage Reports, 2026-11).
const METERS: &[(&str, &str, &str)] = &[
    ("aws_api_gateway_rest_api", "monthly_requests", "ApiGatewayRequest"),
    ("aws_apigatewayv2_api", "monthly_requests", "ApiGatewayHttpRequest"),
    ("aws_cloudfront_distribution", "monthly_data_transfer_to_internet_gb.us", "DataTransfer-Out-Bytes"),
    ("aws_cloudfront_distribution", "monthly_https_requests.us", "Requests-Tier2-HTTPS"),
    ("aws_cloudwatch_log_group", "monthly_data_ingested_gb", "DataProcessing-Bytes"),
    ("aws_cloudwatch_log_group", "storage_gb", "TimedStorage-ByteHrs"),
    ("aws_dynamodb_table", "monthly_read_request_units", "ReadRequestUnits"),
    ("aws_dynamodb_table", "monthly_write_request_units", "WriteRequestUnits"),
    ("aws_dynamodb_table", "storage_gb", "TimedStorage-ByteHrs"),
    ("aws_ecr_repository", "storage_gb", "TimedStorage-ByteHrs"),
    ("aws_efs_file_system", "storage_gb", "TimedStorage-ByteHrs"),
    ("aws_elb", "monthly_data_processed_gb", "DataProcessing-Bytes"),
    ("aws_kms_key", "monthly_requests", "KMS-Requests"),
    ("aws_lambda_function", "monthly_gb_seconds", "Lambda-GB-Second"),
    ("aws_lambda_function", "monthly_gb_seconds", "Lambda-GB-Second-ARM"),
    ("aws_lambda_function", "monthly_requests", "Request"),
    ("aws_nat_gateway", "monthly_data_processed_gb", "NatGateway-Bytes"),
    ("aws_s3_bucket", "standard.monthly_tier_1_requests", "Requests-Tier1"),
    ("aws_s3_bucket", "standard.monthly_tier_2_requests", "Requests-Tier2"),
    ("aws_s3_bucket", "standard.storage_gb", "TimedStorage-ByteHrs"),
    ("aws_sns_topic", "monthly_requests", "Requests-Tier1"),
    ("aws_sqs_queue", "monthly_requests", "Requests-RBP"),
    ("aws_vpc_endpoint", "monthly_data_processed_gb", "VpcEndpoint-Bytes"),
];

/// Usage figures of data transfer that any AWS resource may have, and the ends of the usage types that measure them.
const TRANSFER: &[(&str, &str)] = &[
    ("monthly_outbound_internet_gb", "DataTransfer-Out-Bytes"),
    ("monthly_outbound_other_regions_gb", "AWS-Out-Bytes"),
    (BETWEEN_ZONES, "DataTransfer-Regional-Bytes"),
];

/// Data between zones is measured where it leaves and where it arrives; the figure is what is sent.
const BETWEEN_ZONES: &str = "monthly_intra_region_gb";

/// Monthly usage figures by resource id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeasuredUse {
    by_id: BTreeMap<String, Vec<(String, Quantity)>>,
}

impl MeasuredUse {
    /// Reads measured usage; `None` when its range is empty.
    pub fn of(measured: &Measured) -> Option<Self> {
        if measured.to <= measured.from {
            return None;
        }
        let mut out = Self::default();
        for row in &measured.rows {
            let days = i64::from(measured.to - row.since.max(measured.from)).max(1);
            let monthly = row.quantity.ratio(MONTH, days * 100)?;
            out.by_id.entry(row.resource.clone()).or_default().push((row.meter.clone(), monthly));
        }
        Some(out)
    }

    /// Returns the figures of a resource by any of its names: its id, its ARN.
    pub fn figures(&self, kind: &str, names: &[&str]) -> BTreeMap<&'static str, Quantity> {
        let mut out = BTreeMap::new();
        for (meter, quantity) in names.iter().filter_map(|name| self.by_id.get(*name)).flatten() {
            let ends = |end: &str| meter == end || meter.strip_suffix(end).is_some_and(|before| before.ends_with('-'));
            let own = METERS.iter().find(|(of, _, end)| *of == kind && ends(end)).map(|(_, key, _)| *key);
            let transfer =
                || TRANSFER.iter().find(|(_, end)| kind.starts_with("aws_") && ends(end)).map(|(key, _)| *key);
            let Some(key) = own.or_else(transfer) else { continue };
            let sent = if key == BETWEEN_ZONES { quantity.ratio(1, 2).unwrap_or(*quantity) } else { *quantity };
            let sum: &mut Quantity = out.entry(key).or_default();
            *sum = sum.saturating_add(sent);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meters_become_figures_a_month() {
        let row = |meter: &str, quantity: &str, since: &str| MeasuredRow {
            resource: "arn:aws:lambda:us-east-1:1:function:hot".to_owned(),
            meter: meter.to_owned(),
            quantity: quantity.parse().unwrap(),
            since: since.parse().unwrap(),
        };
        let measured = Measured {
            version: 1,
            from: "2026-11-01".parse().unwrap(),
            to: "2026-11-11".parse().unwrap(),
            rows: vec![
                row("Request", "1000", "2026-11-01"),
                // It was created five days before the end.
                row("USE1-Request", "500", "2026-11-06"),
                row("USE1-Lambda-GB-Second", "10", "2026-10-01"),
                row("Other", "1", "2026-11-01"),
            ],
        };
        let measured = MeasuredUse::of(&measured).unwrap();
        let figures = measured.figures("aws_lambda_function", &["hot", "arn:aws:lambda:us-east-1:1:function:hot"]);
        let shown: Vec<String> = figures.iter().map(|(k, q)| format!("{k}={q}")).collect();
        assert_eq!(shown, ["monthly_gb_seconds=30.42", "monthly_requests=6084"]);
        assert!(measured.figures("aws_sqs_queue", &["hot"]).is_empty());
    }

    #[test]
    fn data_transfer_of_a_resource_is_measured() {
        let row = |meter: &str, quantity: &str| MeasuredRow {
            resource: "i-1".to_owned(),
            meter: meter.to_owned(),
            quantity: quantity.parse().unwrap(),
            since: "2026-11-01".parse().unwrap(),
        };
        let rows = vec![
            row("EUW1-DataTransfer-Out-Bytes", "100"),
            row("EUW1-USE1-AWS-Out-Bytes", "10"),
            row("EUW1-DataTransfer-Regional-Bytes", "8"),
            row("EUW1-DataTransfer-In-Bytes", "1000"),
        ];
        let (from, to) = ("2026-11-01".parse().unwrap(), "2026-12-01".parse().unwrap());
        let measured = MeasuredUse::of(&Measured { version: 1, from, to, rows }).unwrap();
        let shown: Vec<String> =
            measured.figures("aws_instance", &["i-1"]).iter().map(|(k, q)| format!("{k}={}", q.round(2))).collect();
        assert_eq!(
            shown,
            [
                "monthly_intra_region_gb=4.06",
                "monthly_outbound_internet_gb=101.4",
                "monthly_outbound_other_regions_gb=10.14"
            ]
        );
        assert!(measured.figures("google_compute_instance", &["i-1"]).is_empty());
    }
}
