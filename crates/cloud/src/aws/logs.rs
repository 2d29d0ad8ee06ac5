//! CloudWatch Logs: log groups.
//!
//! Source: Amazon CloudWatch Logs API reference, `DescribeLogGroups`. Read 2026-11-22.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tollgate_model::{Resource, Shape};

use super::error::cloud_error;
use super::{Clients, tags};
use crate::CloudError;

/// Every log group, or the one with a name.
pub(super) async fn list(clients: &Clients, name: Option<&str>) -> Result<Vec<Resource>, CloudError> {
    let operation = "logs:DescribeLogGroups";
    let request = clients.logs.describe_log_groups().set_log_group_name_prefix(name.map(str::to_owned));
    let found = pages!(clients, operation, request, next_token, log_groups);
    let mut out: Vec<Resource> = found
        .into_iter()
        .filter_map(|g| {
            let created = g.creation_time.and_then(|ms| Timestamp::from_millisecond(ms).ok());
            Some(Resource {
                place: clients.place.clone(),
                created,
                tags: BTreeMap::new(),
                shape: Shape::LogGroup {
                    retention_days: g.retention_in_days.and_then(|n| u32::try_from(n).ok()),
                    stored_bytes: g.stored_bytes.and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
                    class: g.log_group_class.as_ref().map_or("STANDARD", |c| c.as_str()).to_owned(),
                },
                id: g.log_group_name?,
            })
        })
        .collect();
    // The prefix also matches longer names.
    out.retain(|r| name.is_none_or(|name| r.id == name));
    match name {
        None if out.is_empty() => {}
        None => {
            let tags = tags::tags_by_arn(clients, "logs:log-group").await?;
            for resource in &mut out {
                resource.tags = tags.get(&resource.arn()).cloned().unwrap_or_default();
            }
        }
        Some(_) => {
            for resource in &mut out {
                let operation = "logs:ListTagsForResource";
                clients.count(operation)?;
                let answer = clients.logs.list_tags_for_resource().resource_arn(resource.arn()).send().await;
                let answer = answer.map_err(|e| cloud_error(operation, &clients.place, &e))?;
                resource.tags = answer.tags.unwrap_or_default().into_iter().collect();
            }
        }
    }
    Ok(out)
}
