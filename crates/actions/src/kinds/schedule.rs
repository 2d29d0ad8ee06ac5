//! Puts an instance on a schedule, or takes it off: EventBridge Scheduler stops it at night and starts it in the morning.

use serde_json::{Map, Value, json};
use tollgate_model::{Effect, Resource, ResourceType, Risk, VerifiedCall};

use super::instance_power::cannot_stop;
use super::{Kind, managed, wished, wished_number};
use crate::draft::{Draft, Unfit, act, action, call, unfit};

pub(super) const ON: Kind = Kind {
    name: "schedule",
    title: "Run an instance in its hours only",
    of: &[ResourceType::Instance],
    risk: Risk::Medium,
    deletes: false,
    calls: &["scheduler:CreateSchedule", "scheduler:DeleteSchedule", "iam:PassRole"],
    reads: &["ec2:DescribeInstances", "ec2:DescribeInstanceAttribute", "scheduler:GetSchedule"],
    lost: "",
    plan: on,
};

pub(super) const OFF: Kind = Kind {
    name: "unschedule",
    title: "Let an instance run at any time again",
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

/// The hour at which it starts, the one at which it stops, and what its schedules are called.
fn hours(resource: &Resource, with: &Map<String, Value>) -> Result<(u32, u32, [String; 2]), Unfit> {
    let (start, stop) = (wished_number(with, "start")?, wished_number(with, "stop")?);
    if start >= 24 || stop > 24 || start >= stop {
        return unfit("`start` and `stop` are hours of a day in UTC, start first");
    }
    let name = |what: &str| format!("tollgate-{}-{what}", resource.id);
    Ok((start, stop, [name("start"), name("stop")]))
}

fn on(resource: &Resource, with: &Map<String, Value>) -> Result<Draft, Unfit> {
    cannot_stop(resource)?;
    let (start, stop, [morning, evening]) = hours(resource, with)?;
    Ok(Draft {
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
        blast_radius: [vec!["it is stopped at the next evening, not at once".to_owned()], managed(resource)].concat(),
    })
}

fn off(resource: &Resource, with: &Map<String, Value>) -> Result<Draft, Unfit> {
    // What is there is put back as it was: whoever asks says how it was.
    wished(with, "start").or_else(|_| wished_number(with, "start").map(|_| ""))?;
    let (start, stop, [morning, evening]) = hours(resource, with)?;
    Ok(Draft {
        what: format!("take the schedule of {} away", resource.label()),
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
        blast_radius: vec!["if it is stopped now, it stays so until somebody starts it".to_owned()],
    })
}
