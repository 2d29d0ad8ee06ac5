//! Sets how long a log group keeps its events.

use serde_json::{Map, Value, json};
use tollgate_model::{Resource, ResourceType, Risk, Shape, VerifiedCall};

use super::{ChangeKind, managed, number_parameter};
use crate::draft::{ChangeDraft, NotApplicable, act, becomes, call, fact, losing, not_applicable};

/// Retention periods in days that CloudWatch Logs accepts (API reference, `PutRetentionPolicy`, 2026-11).
const DAYS: [u32; 23] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, 3654];

pub(super) const KIND: ChangeKind = ChangeKind {
    name: "log_retention",
    title: "Set how long logs are kept",
    of: &[ResourceType::LogGroup],
    risk: Risk::High,
    deletes: true,
    calls: &[
        "logs:PutRetentionPolicy",
        "logs:DeleteRetentionPolicy",
        "tag:TagResources",
        "tag:UntagResources",
        "logs:TagResource",
        "logs:UntagResource",
    ],
    reads: &["logs:DescribeLogGroups", "logs:ListTagsForResource"],
    lost: "log events older than that",
    plan,
};

fn set(name: &str, group: &str, days: Option<u32>) -> VerifiedCall {
    let call = match days {
        Some(days) => call("logs", "PutRetentionPolicy", json!({ "logGroupName": group, "retentionInDays": days })),
        None => call("logs", "DeleteRetentionPolicy", json!({ "logGroupName": group })),
    };
    act(name, call, becomes("retention_days", days, &[]))
}

fn plan(resource: &Resource, with: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    let Shape::LogGroup { retention_days, .. } = &resource.shape else { return not_applicable("it is no log group") };
    let days = number_parameter(with, "days")?;
    match () {
        () if *retention_days == Some(days) => return not_applicable(format!("it keeps {days} days already")),
        () if !DAYS.contains(&days) => {
            return not_applicable(format!("CloudWatch Logs keeps {DAYS:?} days, not {days}"));
        }
        () => {}
    }
    let (forward, back) = (set("set", &resource.id, Some(days)), set("set back", &resource.id, *retention_days));
    Ok(ChangeDraft {
        what: format!("keep logs of {} for {days} days", resource.id),
        requires: vec![fact("retention_days", *retention_days)],
        actions: vec![losing(forward, vec![back], KIND.lost)],
        blast_radius: managed(resource),
    })
}
