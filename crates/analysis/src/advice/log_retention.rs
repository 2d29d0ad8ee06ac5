//! A log group that keeps everything for ever.

use tollgate_model::recommendation::{Effort, Recommendation, Saving, SavingBasis};
use tollgate_model::{Amount, ResourceType, Risk, Shape};

use serde_json::json;

use super::draft::Draft;
use super::{Kind, Scene};

/// Bytes below which a log group costs nothing that matters.
const WORTH: u64 = 1024 * 1024 * 1024;
const GIB: u64 = 1024 * 1024 * 1024;

pub(super) const KIND: Kind = Kind {
    name: "log_retention",
    title: "Keep logs for a while, not for ever",
    action_type: "Delete",
    method: "A log group of 1 GiB or more without retention, kept for advice.log_days. What is older is taken as its share of the group's \
             life. After \"Change log data retention in CloudWatch Logs\".",
    guard: "What is deleted does not come back: two people approve. Groups tagged with what must be kept are left to deny_tags.",
    confidence: 75,
    effort: Effort::VeryLow,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    let keep = scene.thresholds.log_days;
    for resource in scene.of(ResourceType::LogGroup) {
        let Shape::LogGroup { retention_days: None, stored_bytes, .. } = &resource.shape else { continue };
        let age = scene.age(resource).unwrap_or(0);
        if *stored_bytes < WORTH || age <= keep {
            continue;
        }
        let old = *stored_bytes / u64::from(age) * u64::from(age - keep) / GIB;
        let monthly = scene.rates.monthly(
            "aws_cloudwatch_log_group",
            json!({ "storage_gb": old, "monthly_data_ingested_gb": 0 }),
            &resource.place.region,
        );
        let draft = Draft::of(scene, &KIND, resource, format!("keep logs for {keep} days"))
            .saw("stored", format!("{} GiB", stored_bytes / GIB))
            .saw("since", format!("{age} days"))
            .suggested_change("log_retention", &[("days", keep.into())]);
        let draft = match monthly {
            // It may have begun to log a lot only lately: then little of it is old.
            Some((_, most)) => draft.saves(Saving {
                between: Some((Amount::ZERO, most)),
                currency: scene.currency,
                basis: SavingBasis::List,
                notes: vec!["as if it had logged evenly; logs that came lately are kept".to_owned()],
            }),
            None => draft,
        };
        draft.put(out);
    }
}
