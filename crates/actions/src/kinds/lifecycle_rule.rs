//! Puts a rule that aborts uploads which nobody ended, on a bucket that has no rules.

use serde_json::{Map, Value, json};
use tollgate_model::{Resource, ResourceType, Risk, Shape};

use super::{Kind, managed, wished_number};
use crate::draft::{Draft, Unfit, act, becomes, call, fact, losing, unfit};

pub(super) const KIND: Kind = Kind {
    name: "lifecycle_rule",
    title: "Abort uploads that nobody ends",
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
    lost: "parts of uploads that were aborted meanwhile",
    plan,
};

fn plan(resource: &Resource, with: &Map<String, Value>) -> Result<Draft, Unfit> {
    let Shape::Bucket { lifecycle, .. } = &resource.shape else { return unfit("it is no bucket") };
    match lifecycle {
        None => return unfit("its rules could not be read"),
        // S3 replaces all rules at once: what we cannot give back whole is not touched.
        Some(rules) if !rules.is_empty() => return unfit("it has rules: add one to them by hand"),
        Some(_) => {}
    }
    let rule = json!({
        "ID": "tollgate-abort-uploads",
        "Status": "Enabled",
        "Filter": { "Prefix": "" },
        "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": wished_number(with, "days")? },
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
    Ok(Draft {
        what: format!("abort uploads to {bucket} that nobody ends"),
        requires: vec![fact("lifecycle", json!([]))],
        actions: vec![losing(put, vec![delete], KIND.lost)],
        blast_radius: managed(resource),
    })
}
