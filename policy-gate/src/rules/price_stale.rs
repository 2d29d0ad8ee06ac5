//! `price-stale`: the estimate uses old prices.

use tollgate_model::Day;

use crate::finding::{About, FindingBuilder, FindingId, FindingMeta, Severity};
use crate::rules::{PlanSubject, RuleCheck};

pub(crate) const META: FindingMeta = FindingMeta::always_warns(
    "price-stale",
    Severity::Low,
    About::Plan,
    "The estimate uses prices that are older than `stale_days` of the policy file.",
);

pub(super) const CHECK: RuleCheck = RuleCheck::Plan(judge);

/// Judges the prices of an estimate that a budget policy uses.
fn judge(subject: &PlanSubject<'_>) -> Vec<FindingBuilder> {
    let PlanSubject { context, cost, policy, today } = subject;
    let oldest = cost.oldest_price.filter(|_| !policy.budget_policies.is_empty());
    let found = oldest.and_then(|oldest| find(oldest, *today, policy.prices.stale_days));
    found.map(|finding| finding.plan(context.name).stack(&context.stack)).into_iter().collect()
}

/// The finding for a price that is older than the policy file allows; `None` when it is not, or the policy file sets no limit: the
/// age of the built-in prices is no fault of the change.
fn find(oldest: Day, today: Day, limit: Option<u64>) -> Option<FindingBuilder> {
    let limit = limit?;
    let age = u64::try_from(today - oldest).unwrap_or(0);
    if age <= limit {
        return None;
    }
    let message = format!("the oldest price is from {oldest}, {age} days old; the policy file allows {limit}");
    let hint = "build a newer price book with `policy-gate prices refresh`, or raise `stale_days` of `prices`";
    Some(FindingBuilder::new(FindingId::PriceStale, message).hint(hint))
}
