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
            let fits = |(of, _, end): &&(&str, &str, &str)| {
                *of == kind && (meter == end || meter.strip_suffix(end).is_some_and(|before| before.ends_with('-')))
            };
            if let Some((_, key, _)) = METERS.iter().find(fits) {
                let sum: &mut Quantity = out.entry(*key).or_default();
                *sum = sum.saturating_add(*quantity);
            }
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
}
