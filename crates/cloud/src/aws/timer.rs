//! EventBridge Scheduler: wakes a plan once, at an instant, by calling the function that advances plans.
//!
//! Source: Amazon EventBridge Scheduler API reference, `CreateSchedule`. Read 2026-11-22.

use async_trait::async_trait;
use aws_sdk_scheduler::types::{ActionAfterCompletion, FlexibleTimeWindow, FlexibleTimeWindowMode, Target};
use aws_types::SdkConfig;
use jiff::Timestamp;
use serde_json::json;
use tollgate_model::AccountRegion;

use super::error::cloud_error;
use crate::{CloudError, Timer};

/// The function that a schedule calls, and the role that it calls it with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WakeTarget {
    /// The function's ARN.
    pub function: String,
    /// The role that may call it.
    pub role: String,
    /// The group of schedules.
    pub group: String,
}

/// A timer of one-shot schedules.
pub struct Schedules {
    client: aws_sdk_scheduler::Client,
    target: WakeTarget,
}

impl Schedules {
    /// Creates the timer. It opens no connection yet.
    pub fn new(config: &SdkConfig, target: WakeTarget) -> Self {
        Self { client: aws_sdk_scheduler::Client::new(config), target }
    }
}

#[async_trait]
impl Timer for Schedules {
    async fn wake(&self, plan: &str, at: Timestamp) -> Result<(), CloudError> {
        let operation = "scheduler:CreateSchedule";
        let place = AccountRegion::default();
        let broken = |e: aws_sdk_scheduler::error::BuildError| CloudError::Refused {
            operation: operation.to_owned(),
            place: AccountRegion::default(),
            message: e.to_string(),
        };
        let input = json!({ "plan": plan }).to_string();
        let target = Target::builder().arn(&self.target.function).role_arn(&self.target.role).input(input).build();
        let exact = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build();
        // The instant is part of the name: the same wake twice creates one schedule.
        let answer = self
            .client
            .create_schedule()
            .name(format!("{plan}-{}", at.as_second()))
            .group_name(&self.target.group)
            .schedule_expression(format!("at({})", at.strftime("%Y-%m-%dT%H:%M:%S")))
            .schedule_expression_timezone("UTC")
            .action_after_completion(ActionAfterCompletion::Delete)
            .target(target.map_err(broken)?)
            .flexible_time_window(exact.map_err(broken)?)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conflict_exception()) => Ok(()),
            Err(error) => Err(cloud_error(operation, &place, &error)),
        }
    }
}
