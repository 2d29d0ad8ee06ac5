//! S3: buckets of a region, with their lifecycle rules and incomplete uploads.
//!
//! Source: Amazon S3 API reference, `ListBuckets`, `GetBucketLifecycleConfiguration`, `GetBucketVersioning`, `GetBucketTagging`,
//! `ListMultipartUploads`. Read 2026-11-22.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{LifecycleRule, LifecycleRuleFilter};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tollgate_model::{Resource, Shape};

use super::error::cloud_error;
use super::{Clients, instant};
use crate::CloudError;

/// Requests at the same time.
const AT_ONCE: usize = 8;

pub(super) async fn list(clients: &Clients) -> Result<Vec<Resource>, CloudError> {
    let operation = "s3:ListAllMyBuckets";
    let region = &clients.place.region;
    let request = clients.s3.list_buckets().bucket_region(region);
    let mut names = Vec::new();
    for bucket in pages!(clients, operation, request, continuation_token, buckets) {
        let here = bucket.bucket_region.as_ref().is_none_or(|r| r == region);
        names.extend(bucket.name.filter(|_| here).map(|name| (name, bucket.creation_date.and_then(instant))));
    }
    stream::iter(names)
        .map(|(name, created)| async move { describe(clients, name, created).await })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

pub(super) async fn one(clients: &Clients, name: &str) -> Result<Vec<Resource>, CloudError> {
    let operation = "s3:ListBucket";
    clients.count(operation)?;
    clients.s3.head_bucket().bucket(name).send().await.map_err(|e| cloud_error(operation, &clients.place, &e))?;
    Ok(vec![describe(clients, name.to_owned(), None).await?])
}

async fn describe(clients: &Clients, name: String, created: Option<Timestamp>) -> Result<Resource, CloudError> {
    let place = &clients.place;
    clients.count("s3:GetLifecycleConfiguration")?;
    let lifecycle = match clients.s3.get_bucket_lifecycle_configuration().bucket(&name).send().await {
        Ok(answer) => Some(answer.rules.unwrap_or_default().iter().map(rule).collect()),
        Err(error) => match cloud_error("s3:GetLifecycleConfiguration", place, &error) {
            CloudError::NotFound { .. } => Some(Vec::new()),
            // A bucket that denies access: its rules are unknown.
            CloudError::Denied { .. } => None,
            other => return Err(other),
        },
    };
    clients.count("s3:GetBucketVersioning")?;
    let versioning = clients.s3.get_bucket_versioning().bucket(&name).send().await;
    // An unreadable value is unknown. It changes the fingerprint, so no step of a plan begins on it.
    let versioning = versioning.ok().map(|v| v.status.is_some_and(|s| s.as_str() == "Enabled"));
    clients.count("s3:GetBucketTagging")?;
    let tags = match clients.s3.get_bucket_tagging().bucket(&name).send().await {
        Ok(answer) => answer.tag_set.into_iter().map(|t| (t.key, t.value)).collect(),
        Err(error) => match cloud_error("s3:GetBucketTagging", place, &error) {
            CloudError::NotFound { .. } | CloudError::Denied { .. } => BTreeMap::new(),
            other => return Err(other),
        },
    };
    clients.count("s3:ListBucketMultipartUploads")?;
    let uploads = clients.s3.list_multipart_uploads().bucket(&name).send().await;
    let uploads = known(uploads.map_err(|e| cloud_error("s3:ListBucketMultipartUploads", place, &e)))?;
    let uploads = uploads.map(|u| u.uploads.unwrap_or_default());
    let oldest = uploads.iter().flatten().filter_map(|u| u.initiated).min_by_key(|t| t.secs());
    Ok(Resource {
        id: name,
        place: place.clone(),
        created,
        tags,
        shape: Shape::Bucket {
            lifecycle,
            versioning,
            incomplete_uploads: uploads.map(|u| u32::try_from(u.len()).unwrap_or(u32::MAX)),
            oldest_upload: oldest.and_then(instant),
        },
    })
}

/// A denied answer is unknown, `None`; every other error stays an error.
fn known<T>(answer: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(CloudError::Denied { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A rule in the API's own names, as `PutBucketLifecycleConfiguration` accepts it.
fn rule(rule: &LifecycleRule) -> Value {
    let mut out = Map::new();
    out.insert("ID".to_owned(), rule.id.clone().into());
    out.insert("Status".to_owned(), rule.status.as_str().into());
    #[expect(
        deprecated,
        reason = "older rules have a prefix of their own, and a rule that is put back without it loses it"
    )]
    if let Some(prefix) = &rule.prefix {
        out.insert("Prefix".to_owned(), prefix.clone().into());
    }
    if let Some(LifecycleRuleFilter { prefix, tag, object_size_greater_than, object_size_less_than, and, .. }) =
        &rule.filter
    {
        let simple =
            tag.is_none() && object_size_greater_than.is_none() && object_size_less_than.is_none() && and.is_none();
        out.insert("Filter".to_owned(), if simple { json!({ "Prefix": prefix }) } else { json!({ "Other": true }) });
    }
    if let Some(abort) = &rule.abort_incomplete_multipart_upload {
        out.insert(
            "AbortIncompleteMultipartUpload".to_owned(),
            json!({ "DaysAfterInitiation": abort.days_after_initiation }),
        );
    }
    let more = [
        ("Transitions", rule.transitions.as_ref().map(Vec::len)),
        ("NoncurrentVersionTransitions", rule.noncurrent_version_transitions.as_ref().map(Vec::len)),
        ("Expiration", rule.expiration.as_ref().map(|_| 1)),
        ("NoncurrentVersionExpiration", rule.noncurrent_version_expiration.as_ref().map(|_| 1)),
    ];
    for (name, count) in more {
        out.extend(count.filter(|c| *c > 0).map(|c| (name.to_owned(), c.into())));
    }
    Value::Object(out)
}
