//! A bucket without rules: uploads that nobody ended are kept for ever, and nothing gets older than standard.

use serde_json::Value;
use tollgate_model::recommendation::{Effort, Recommendation, Saving};
use tollgate_model::{Resource, ResourceType, Risk, Shape};

use super::draft::Draft;
use super::{Kind, Scene};

/// Days after which an upload has been given up.
const DAYS: u32 = 7;

pub(super) const KIND: Kind = Kind {
    name: "incomplete_uploads",
    title: "End uploads that nobody ended",
    action_type: "Delete",
    method: "Parts of uploads are charged until the upload ends or is aborted, and no list shows them. A bucket that has some older than 7 \
             days, and no rule that aborts them. After \"Aborting incomplete multipart uploads using a bucket lifecycle configuration\".",
    guard: "A rule is put only where there are none at all, since S3 replaces all of them at once; otherwise it is told and left to people.",
    confidence: 95,
    effort: Effort::VeryLow,
    restart: false,
    rollback: true,
    risk: Risk::Low,
    metrics: &[],
    advise,
};

pub(super) const LIFECYCLE: Kind = Kind {
    name: "bucket_lifecycle",
    title: "Give a bucket rules",
    action_type: "Rightsize",
    method: "A bucket whose charges are worth it, without any rule that moves or expires objects. After \"Managing the lifecycle of objects\".",
    guard: "How old objects are and who reads them is not seen from here; Tollgate plans no change and promises no saving.",
    confidence: 50,
    effort: Effort::Medium,
    restart: false,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[],
    advise: advise_rules,
};

/// Rules of a bucket that are in effect; `None` where they could not be read.
fn rules(resource: &Resource) -> Option<Vec<&Value>> {
    let Shape::Bucket { lifecycle: Some(rules), .. } = &resource.shape else { return None };
    Some(rules.iter().filter(|r| r.get("Status").is_none_or(|s| s == "Enabled")).collect())
}

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    for resource in scene.of(ResourceType::Bucket) {
        let (Some(rules), Shape::Bucket { incomplete_uploads: Some(count), oldest_upload, lifecycle, .. }) =
            (rules(resource), &resource.shape)
        else {
            continue;
        };
        let began = oldest_upload.as_ref().and_then(|t| t.get(..10)?.parse::<tollgate_model::Day>().ok());
        let old = began.is_some_and(|day| scene.today - day >= i32::try_from(DAYS).unwrap_or(i32::MAX));
        if *count == 0 || !old || rules.iter().any(|r| r.get("AbortIncompleteMultipartUpload").is_some()) {
            continue;
        }
        let draft = Draft::of(scene, &KIND, resource, format!("abort uploads after {DAYS} days"))
            .saw(
                "uploads that nobody ended",
                if *count >= 1000 { "1000 or more".to_owned() } else { count.to_string() },
            )
            .saw("the oldest began", began.map_or("unknown".to_owned(), |d| d.to_string()))
            .saves(Saving::unknown(
                scene.currency,
                "S3 does not say how large parts of uploads are without listing each",
            ));
        let none = lifecycle.as_ref().is_some_and(Vec::is_empty);
        let draft = if none { draft.suggested_change("lifecycle_rule", &[("days", DAYS.into())]) } else { draft };
        draft.put(out);
    }
}

fn advise_rules(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    for resource in scene.of(ResourceType::Bucket) {
        let moves = |r: &&Value| {
            ["Transitions", "Expiration", "NoncurrentVersionTransitions", "NoncurrentVersionExpiration"]
                .iter()
                .any(|name| r.get(name).is_some())
        };
        let Some(rules) = rules(resource) else { continue };
        let worth =
            scene.spend(resource).is_some_and(|s| s.month(s.open).is_some_and(|m| m >= scene.thresholds.min_saving));
        if !worth || rules.iter().any(moves) {
            continue;
        }
        let Shape::Bucket { versioning, .. } = &resource.shape else { continue };
        Draft::of(scene, &LIFECYCLE, resource, "add rules that move or expire objects".to_owned())
            .saw("rules that move or expire", "none")
            .saw("versions are kept", versioning.map_or("not told", |v| if v { "yes" } else { "no" }))
            .saves(Saving::unknown(scene.currency, "how old its objects are is not known"))
            .put(out);
    }
}
