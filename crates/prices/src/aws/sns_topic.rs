//! aws_sns_topic: requests beyond the first million, and deliveries. A FIFO topic pays for messages and their data.

use crate::prelude::*;

/// Deliveries: name, unit, key, figure, and how many are free each month.
const DELIVERIES: [(&str, &str, &str, &str, i64); 6] = [
    ("HTTP notifications", "100k notifications", "http/https-notifications", "http_subscriptions", 100_000),
    ("Email notifications", "100k notifications", "email/email-json-notifications", "email_subscriptions", 1000),
    ("Firehose notifications", "1M notifications", "kinesis-firehose-notifications", "kinesis_subscriptions", 0),
    ("Mobile push notifications", "1M notifications", "mobile-push-notifications", "mobile_push_subscriptions", 0),
    ("macOS notifications", "1M notifications", "macos-notifications", "macos_subscriptions", 0),
    ("SMS notifications", "100 notifications", "sms-notifications", "sms_subscriptions", 100),
];

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("aws/sns_topic/{words}");
    let out_of_range = || Unpriced("is out of range".to_owned());
    let (requests, origin) = bill.usage_figure("monthly_requests", 1_000_000);
    // A request is billed for each 64 KB.
    let kilobytes = bill.known_usage("request_size_kb").map_or_else(|| whole(64), |(n, _)| n);
    let chunks = chunks(kilobytes, 64);
    let billed = requests.try_map(|n| product(n, chunks)).ok_or_else(out_of_range);
    if r.flag("fifo_topic").known_or(false) {
        let subscriptions = bill.known_usage("fifo_subscriptions").map_or(Quantity::ZERO, |(n, _)| n);
        bill.usage_quantity("Publishing, FIFO", "1M requests", &of("fifo-publish"), billed.clone(), origin);
        let data = requests.try_map(|n| product(n, kilobytes)?.ratio(1, 1024)?.ratio(1, 1024)).ok_or_else(out_of_range);
        bill.usage_quantity("Published data, FIFO", "GB", &of("fifo-publish-data"), data.clone(), origin);
        if subscriptions > Quantity::ZERO {
            let each =
                |span: Estimated<Span<Quantity>>| span?.try_map(|n| product(n, subscriptions)).ok_or_else(out_of_range);
            bill.usage_quantity(
                "Notifications, FIFO",
                "1M notifications",
                &of("fifo-notifications"),
                each(billed),
                origin,
            );
            bill.usage_quantity("Notified data, FIFO", "GB", &of("fifo-notification-payload"), each(data), origin);
        }
        return Ok(());
    }
    // The first million per account is free; it is counted for each topic.
    let beyond = |n: Quantity, free: i64| n.max(whole(free)).saturating_sub(whole(free));
    let paid = billed.clone()?.try_map(|n| Some(beyond(n, 1_000_000))).ok_or_else(out_of_range);
    bill.usage_quantity("Requests beyond a million", "1M requests", &of("api-requests"), paid, origin);
    for (name, unit, words, figure, free) in DELIVERIES {
        if let Some((subscriptions, from)) = bill.known_usage(figure) {
            let sent =
                billed.clone()?.try_map(|n| Some(beyond(product(n, subscriptions)?, free))).ok_or_else(out_of_range);
            bill.usage_quantity(name, unit, &of(words), sent, origin.max(from));
        }
    }
    Ok(())
}

/// Returns the number of chunks that a size is billed as.
fn chunks(size: Quantity, of: i64) -> Quantity {
    let (unit, chunk) = (10i128.pow(Quantity::PLACES), whole(of).units());
    let count = (size.units() + chunk - 1) / chunk * unit;
    Quantity::from_units(count).unwrap_or_else(|| whole(1)).max(whole(1))
}
