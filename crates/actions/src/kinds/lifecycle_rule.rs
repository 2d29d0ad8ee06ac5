//! Puts a rule that aborts incomplete uploads on a bucket that has no rules.

use serde_json::{Map, Value, json};
use tollgate_model::{Resource, ResourceType, Risk, Shape};

use super::{ChangeKind, managed, number_parameter};
use crate::draft::{ChangeDraft, NotApplicable, act, becomes, call, fact, losing, not_applicable};

pub(super) const KIND: ChangeKind = ChangeKind {
    name: "lifecycle_rule",
    title: "Abort incomplete uploads",
    of: &[ResourceType::Bucket],
    risk: Risk::Low,
    deletes: false,
    calls: &["s3:PutLifecycleConfiguration"],
    reads: &[
        "s3:ListBucket",
        "s3:GetLifecycleConfiguration",
        "s3:GetBucketVersioning",
        "s3:GetBucketTagging",
        "s3:ListBucketMultipartUploads",
    ],
    lost: "the parts of uploads that were aborted",
    plan,
};

fn plan(resource: &Resource, with: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    let Shape::Bucket { lifecycle, .. } = &resource.shape else { return not_applicable("it is no bucket") };
    match lifecycle {
        None => return not_applicable("its rules could not be read"),
        // S3 replaces all rules at once, and existing rules cannot be restored exactly: such a bucket is not touched.
        Some(rules) if !rules.is_empty() => return not_applicable("it already has rules: add this one by hand"),
        Some(_) => {}
    }
    let rule = json!({
        "ID": "tollgate-abort-uploads",
        "Status": "Enabled",
        "Filter": { "Prefix": "" },
        "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": number_parameter(with, "days")? },
    });
    let bucket = &resource.id;
    let put = act(
        "put",
        call("s3", "PutBucketLifecycleConfiguration", json!({ "Bucket": bucket, "Rules": [rule] })),
        becomes("lifecycle", json!([rule]), &[]),
    );
    let delete = act(
        "delete",
        call("s3", "DeleteBucketLifecycle", json!({ "Bucket": bucket })),
        becomes("lifecycle", json!([]), &[]),
    );
    Ok(ChangeDraft {
        what: format!("abort incomplete uploads to {bucket}"),
        requires: vec![fact("lifecycle", json!([]))],
        actions: vec![losing(put, vec![delete], KIND.lost)],
        blast_radius: managed(resource),
    })
}
