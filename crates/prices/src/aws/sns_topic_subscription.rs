//! aws_sns_topic_subscription: deliveries by protocol. Those to queues and functions of AWS are free.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("aws/sns_topic/{words}");
    let figure = "monthly_requests";
    match r.text("protocol").required()?.as_str() {
        "sqs" | "lambda" => {}
        "http" | "https" => {
            let sku = "aws/sns_topic_subscription/http-notifications";
            bill.usage("HTTP notifications", "1M notifications", sku, figure, 1_000_000);
        }
        "email" | "email-json" => {
            bill.usage(
                "Email notifications",
                "100k notifications",
                &of("email/email-json-notifications"),
                figure,
                1000,
            );
        }
        "firehose" => {
            bill.usage(
                "Firehose notifications",
                "1M notifications",
                &of("kinesis-firehose-notifications"),
                figure,
                1_000_000,
            );
        }
        "application" => {
            bill.usage("Push notifications", "1M notifications", &of("mobile-push-notifications"), figure, 1_000_000);
        }
        "sms" => bill.usage("SMS notifications", "100 notifications", &of("sms-notifications"), figure, 100),
        other => bill.unpriced("Notifications", &format!("the protocol {other} has no price yet")),
    }
    Ok(())
}
