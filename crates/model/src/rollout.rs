//! A rollout: the stages of a plan, their health checks, and the windows for changes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One stage of a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name: `canary`, `10 %`.
    pub name: String,
    /// The number of steps that are applied when it ends, counted from the first step.
    pub through: usize,
    /// Seconds after the stage in which health is checked.
    pub soak_seconds: u32,
}

/// A health check. An unknown result is not healthy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum HealthCheck {
    /// A CloudWatch alarm is not in `ALARM`, and has data.
    Alarm {
        /// Its name.
        name: String,
        /// Its account and region; those of the step if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<crate::AccountRegion>,
    },
    /// A metric's average of the last ten minutes is within bounds.
    Metric {
        /// `AWS/ApplicationELB`.
        namespace: String,
        /// `HTTPCode_Target_5XX_Count`.
        metric: String,
        /// Its dimensions.
        dimensions: std::collections::BTreeMap<String, String>,
        /// `Average`, `Maximum`, `Sum`…
        statistic: String,
        /// The lowest healthy value, as a decimal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        least: Option<String>,
        /// The highest healthy value, as a decimal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<String>,
    },
    /// An address answers with a status from 200 to 299.
    Url {
        /// The address.
        url: String,
    },
}

impl fmt::Display for HealthCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alarm { name, .. } => write!(f, "alarm {name}"),
            Self::Metric { namespace, metric, statistic, .. } => write!(f, "{statistic} of {namespace} {metric}"),
            // A query may contain a token.
            Self::Url { url } => f.write_str(url.split('?').next().unwrap_or_default()),
        }
    }
}

/// Days and hours in which changes may be made, in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Days of the week: `mon`.
    pub days: Vec<String>,
    /// The minute of the day at which it opens.
    pub from: u16,
    /// The minute of the day at which it closes; a value before `from` is on the next day.
    pub to: u16,
}

/// The extent of a rollback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rollback {
    /// All steps of the plan.
    #[default]
    Plan,
    /// The steps of the last stage. Earlier stages were healthy.
    Stage,
}

/// How a plan is executed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// Stages, in order.
    pub stages: Vec<Stage>,
    /// The health checks after each stage.
    pub health: Vec<HealthCheck>,
    /// The windows in which changes may be made; empty: at any time.
    pub windows: Vec<Window>,
    /// Days without changes: `2026-12-24`.
    pub quiet_days: Vec<crate::Day>,
    /// The extent of a rollback.
    pub rollback: Rollback,
}
