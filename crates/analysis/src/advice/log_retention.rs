//! Log groups without a retention period.

use tollgate_model::recommendation::{Effort, Recommendation, Saving, SavingBasis};
use tollgate_model::{Amount, ResourceType, Risk, Shape};

use serde_json::json;

use super::builder::RecommendationBuilder;
use super::{AdviceInput, AdviceKind};

/// Bytes below which the cost of a log group is negligible.
const WORTH: u64 = 1024 * 1024 * 1024;
const GIB: u64 = 1024 * 1024 * 1024;

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "log_retention",
    title: "Set a retention period for logs",
    action_type: "Delete",
    method: "A log group of 1 GiB or more without a retention period gets one of advice.log_days. The deleted share is estimated \
             from the group's age. After \"Change log data retention in CloudWatch Logs\".",
    safeguard: "Deleted logs cannot be restored, so two people approve. Protect log groups that must be kept with deny_tags.",
    confidence: 75,
    effort: Effort::VeryLow,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[],
    advise,
};

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    let keep = input.thresholds.log_days;
    for resource in input.resources_of(ResourceType::LogGroup) {
        let Shape::LogGroup { retention_days: None, stored_bytes, .. } = &resource.shape else { continue };
        let age = input.age_days(resource).unwrap_or(0);
        if *stored_bytes < WORTH || age <= keep {
            continue;
        }
        let old = *stored_bytes / u64::from(age) * u64::from(age - keep) / GIB;
        let monthly = input.list_prices.monthly(
            "aws_cloudwatch_log_group",
            json!({ "storage_gb": old, "monthly_data_ingested_gb": 0 }),
            &resource.place.region,
        );
        let draft = RecommendationBuilder::for_resource(input, &KIND, resource, format!("keep logs for {keep} days"))
            .evidence("stored", format!("{} GiB", stored_bytes / GIB))
            .evidence("age", format!("{age} days"))
            .suggested_change("log_retention", &[("days", keep.into())]);
        let draft = match monthly {
            // Most logs may be recent; then little of them is deleted.
            Some((_, most)) => draft.saves(Saving {
                between: Some((Amount::ZERO, most)),
                currency: input.currency,
                basis: SavingBasis::List,
                covered: None,
                notes: vec!["assumes an even log volume; less is saved if most logs are recent".to_owned()],
            }),
            None => draft,
        };
        draft.push_to(out);
    }
}
