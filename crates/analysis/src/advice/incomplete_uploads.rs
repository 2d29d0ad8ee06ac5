//! Buckets without lifecycle rules: incomplete uploads are kept for ever, and objects never change their storage class.

use serde_json::Value;
use tollgate_model::recommendation::{Effort, Recommendation, Saving};
use tollgate_model::{Resource, ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::{AdviceInput, AdviceKind};

/// Days after which an upload counts as abandoned.
const DAYS: u32 = 7;

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "incomplete_uploads",
    title: "Abort incomplete multipart uploads",
    action_type: "Delete",
    method: "Parts of multipart uploads are charged until the upload is completed or aborted, and object lists do not show them. \
             The bucket has parts older than 7 days and no lifecycle rule that aborts them. After \"Aborting incomplete multipart \
             uploads using a bucket lifecycle configuration\".",
    safeguard: "S3 replaces all lifecycle rules at once, so a rule is added only if the bucket has none. Otherwise the \
             recommendation has no change.",
    confidence: 95,
    effort: Effort::VeryLow,
    restart: false,
    rollback: true,
    risk: Risk::Low,
    metrics: &[],
    advise,
};

pub(super) const LIFECYCLE: AdviceKind = AdviceKind {
    name: "bucket_lifecycle",
    title: "Add lifecycle rules to a bucket",
    action_type: "Rightsize",
    method: "A bucket with on-demand charges of at least advice.min_saving a month and no rule that moves or expires objects. After \
             \"Managing the lifecycle of objects\".",
    safeguard: "The age and the readers of objects are not visible here. Tollgate plans no change and estimates no saving.",
    confidence: 50,
    effort: Effort::Medium,
    restart: false,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[],
    advise: advise_rules,
};

/// The enabled rules of a bucket; `None` if they could not be read.
fn rules(resource: &Resource) -> Option<Vec<&Value>> {
    let Shape::Bucket { lifecycle: Some(rules), .. } = &resource.shape else { return None };
    Some(rules.iter().filter(|r| r.get("Status").is_none_or(|s| s == "Enabled")).collect())
}

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    for resource in input.resources_of(ResourceType::Bucket) {
        let (Some(rules), Shape::Bucket { incomplete_uploads: Some(count), oldest_upload, lifecycle, .. }) =
            (rules(resource), &resource.shape)
        else {
            continue;
        };
        let began = oldest_upload.map(tollgate_model::Day::of);
        let old = began.is_some_and(|day| input.today - day >= i32::try_from(DAYS).unwrap_or(i32::MAX));
        if *count == 0 || !old || rules.iter().any(|r| r.get("AbortIncompleteMultipartUpload").is_some()) {
            continue;
        }
        let draft =
            RecommendationBuilder::for_resource(input, &KIND, resource, format!("abort uploads after {DAYS} days"))
                .evidence(
                    "incomplete uploads",
                    if *count >= 1000 { "1000 or more".to_owned() } else { count.to_string() },
                )
                .evidence("oldest upload", began.map_or("unknown".to_owned(), |d| d.to_string()))
                .saves(Saving::unknown(
                    input.currency,
                    "S3 reports the size of upload parts only when each upload is listed",
                ));
        let none = lifecycle.as_ref().is_some_and(Vec::is_empty);
        let draft = if none { draft.suggested_change("lifecycle_rule", &[("days", DAYS.into())]) } else { draft };
        draft.push_to(out);
    }
}

fn advise_rules(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    for resource in input.resources_of(ResourceType::Bucket) {
        let moves = |r: &&Value| {
            ["Transitions", "Expiration", "NoncurrentVersionTransitions", "NoncurrentVersionExpiration"]
                .iter()
                .any(|name| r.get(name).is_some())
        };
        let Some(rules) = rules(resource) else { continue };
        let worth = input
            .spend_of(resource)
            .is_some_and(|s| s.monthly(s.on_demand).is_some_and(|m| m >= input.thresholds.min_saving));
        if !worth || rules.iter().any(moves) {
            continue;
        }
        let Shape::Bucket { versioning, .. } = &resource.shape else { continue };
        RecommendationBuilder::for_resource(
            input,
            &LIFECYCLE,
            resource,
            "add rules that move or expire objects".to_owned(),
        )
        .evidence("rules that move or expire", "none")
        .evidence("versioning", versioning.map_or("unknown", |v| if v { "yes" } else { "no" }))
        .saves(Saving::unknown(input.currency, "the age of its objects is unknown"))
        .push_to(out);
    }
}
