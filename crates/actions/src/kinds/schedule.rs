//! Adds or removes the schedule of an instance: EventBridge Scheduler stops it at night and starts it in the morning.

use serde_json::{Map, Value, json};
use tollgate_model::{Effect, Resource, ResourceType, Risk, VerifiedCall};

use super::instance_power::cannot_stop;
use super::{ChangeKind, managed, number_parameter, text_parameter};
use crate::draft::{ChangeDraft, NotApplicable, act, action, call, not_applicable};

pub(super) const ON: ChangeKind = ChangeKind {
    name: "schedule",
    title: "Run an instance during set hours only",
    of: &[ResourceType::Instance],
    risk: Risk::Medium,
    deletes: false,
    calls: &["scheduler:CreateSchedule", "scheduler:DeleteSchedule", "iam:PassRole"],
    reads: &["ec2:DescribeInstances", "ec2:DescribeInstanceAttribute", "scheduler:GetSchedule"],
    lost: "",
    plan: on,
};

pub(super) const OFF: ChangeKind = ChangeKind {
    name: "unschedule",
    title: "Remove the schedule of an instance",
    of: &[ResourceType::Instance],
    risk: Risk::Low,
    deletes: false,
    calls: &["scheduler:DeleteSchedule", "scheduler:CreateSchedule", "iam:PassRole"],
    reads: &["ec2:DescribeInstances", "ec2:DescribeInstanceAttribute", "scheduler:GetSchedule"],
    lost: "",
    plan: off,
};

fn create(name: &str, resource: &Resource, schedule: &str, hour: u32, operation: &str) -> VerifiedCall {
    let parameters = json!({
        "Name": schedule,
        "ScheduleExpression": format!("cron(0 {} ? * MON-FRI *)", hour % 24),
        "ScheduleExpressionTimezone": "UTC",
        "TargetArn": format!("arn:aws:scheduler:::aws-sdk:ec2:{operation}"),
        "Input": json!({ "InstanceIds": [resource.id] }).to_string(),
    });
    act(
        name,
        call("scheduler", "CreateSchedule", parameters),
        Effect::Schedule { name: schedule.to_owned(), there: true },
    )
}

fn delete(name: &str, schedule: &str) -> VerifiedCall {
    let parameters = json!({ "Name": schedule });
    act(
        name,
        call("scheduler", "DeleteSchedule", parameters),
        Effect::Schedule { name: schedule.to_owned(), there: false },
    )
}

/// Reads the hour at which it starts, the hour at which it stops, and the names of its two schedules.
fn hours(resource: &Resource, with: &Map<String, Value>) -> Result<(u32, u32, [String; 2]), NotApplicable> {
    let (start, stop) = (number_parameter(with, "start")?, number_parameter(with, "stop")?);
    if start >= 24 || stop > 24 || start >= stop {
        return not_applicable("`start` and `stop` are hours of the day in UTC, and start comes first");
    }
    let name = |what: &str| format!("tollgate-{}-{what}", resource.id);
    Ok((start, stop, [name("start"), name("stop")]))
}

fn on(resource: &Resource, with: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    cannot_stop(resource)?;
    let (start, stop, [morning, evening]) = hours(resource, with)?;
    Ok(ChangeDraft {
        what: format!("run {} from {start}:00 to {stop}:00 UTC, Monday to Friday", resource.label()),
        requires: Vec::new(),
        actions: vec![
            action(
                create("mornings", resource, &morning, start, "startInstances"),
                vec![delete("no mornings", &morning)],
            ),
            action(
                create("evenings", resource, &evening, stop, "stopInstances"),
                vec![delete("no evenings", &evening)],
            ),
        ],
        blast_radius: [vec!["the first stop is at the next evening, not now".to_owned()], managed(resource)].concat(),
    })
}

fn off(resource: &Resource, with: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    // A rollback creates the schedules again, so the request has to state their hours.
    text_parameter(with, "start").or_else(|_| number_parameter(with, "start").map(|_| ""))?;
    let (start, stop, [morning, evening]) = hours(resource, with)?;
    Ok(ChangeDraft {
        what: format!("remove the schedule of {}", resource.label()),
        requires: Vec::new(),
        actions: vec![
            action(
                delete("no evenings", &evening),
                vec![create("evenings", resource, &evening, stop, "stopInstances")],
            ),
            action(
                delete("no mornings", &morning),
                vec![create("mornings", resource, &morning, start, "startInstances")],
            ),
        ],
        blast_radius: vec!["if it is stopped now, it stays stopped until somebody starts it".to_owned()],
    })
}
