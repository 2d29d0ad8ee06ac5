//! `price-stale`: the estimate uses old prices.

use tollgate_model::Day;

use crate::finding::{About, FindingBuilder, FindingId, FindingMeta, Severity};

pub(crate) const META: FindingMeta = FindingMeta::always_warns(
    "price-stale",
    Severity::Low,
    About::Plan,
    "The estimate uses prices that are older than the policy file allows.",
);

/// The finding for a price that is older than `limit` days; `None` when it is not.
pub(crate) fn find(oldest: Day, today: Day, limit: u64) -> Option<FindingBuilder> {
    let age = u64::try_from(today - oldest).unwrap_or(0);
    if age <= limit {
        return None;
    }
    let message = format!("the oldest price is from {oldest}, {age} days old; the policy file allows {limit}");
    let hint = "build a newer price book with `policy-gate prices refresh`, or raise `stale_days` of `prices`";
    Some(FindingBuilder::new(FindingId::PriceStale, message).hint(hint))
}
