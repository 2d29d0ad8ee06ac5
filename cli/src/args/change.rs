//! Advice and change.

use std::time::Duration;

use clap::Subcommand;
use tollgate_model::{AdviceState, Amount, Currency, ResourceType, Risk};

use super::ActorArgs;
use crate::values;

/// The end of the long help of a command that calls AWS, after its example.
macro_rules! with_aws_help {
    ($example:literal) => {
        concat!(
            "Example:\n  ",
            $example,
            "\n\n",
            "Credentials and region come from the default chain of the AWS SDK: environment variables, AWS_PROFILE with ",
            "SSO or roles, containers and instances. Other accounts are accessed with the ",
            "role in TOLLGATE_ACTION_ROLE. The blocks `advice` and `remediation` of tollgate.hcl set the accounts ",
            "and regions to inspect and the changes that are allowed."
        )
    };
}

/// Find savings from the inventory, utilization and cost of resources
#[derive(clap::Args, Debug)]
#[command(after_long_help = with_aws_help!("tollgate advise"))]
pub(crate) struct Advise {
    #[command(subcommand)]
    pub(crate) command: Option<AdviseCommand>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum AdviseCommand {
    /// List stored recommendations without inspecting again
    #[command(after_long_help = "Example:\n  tollgate advise list --state dismissed")]
    List {
        /// Only recommendations in this state: open, planned, dismissed, done, gone
        #[arg(long, default_value = "open")]
        state: AdviceState,
        /// Only recommendations of this kind
        #[arg(long)]
        kind: Option<String>,
    },
    /// Show one recommendation: saving, evidence, method and history
    #[command(after_long_help = "Example:\n  tollgate advise show a-1a2b3c4d")]
    Show {
        /// Recommendation id
        id: String,
    },
    /// Dismiss a recommendation
    #[command(after_long_help = "Example:\n  tollgate advise dismiss a-1a2b3c4d --reason \"standby for failover\"")]
    Dismiss {
        /// Recommendation id
        id: String,
        /// Reason, kept with the recommendation
        #[arg(long, visible_alias = "note")]
        reason: Option<String>,
        /// Mark as incorrect: lowers the confidence in this kind for the account
        #[arg(long)]
        wrong: bool,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Export open recommendations as CSV, with FOCUS column names where FOCUS has the column
    #[command(after_long_help = "Example:\n  tollgate advise export > recommendations.csv")]
    Export,
    /// List all kinds of recommendation: method, source of the method, and safeguards
    #[command(after_long_help = "Example:\n  tollgate advise kinds")]
    Kinds,
}

/// Build a change plan: exact calls, rollback of each, and required approvals
#[derive(clap::Args, Debug)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["advice", "change"])))]
#[command(after_long_help = with_aws_help!("tollgate plan --change resize_instance --on instance:i-0a1b2c --with instance_type=m7i.large"))]
pub(crate) struct Plan {
    /// Recommendation ids
    pub(crate) advice: Vec<String>,
    /// Kind of change without a recommendation; docs/reference/actions.md lists the kinds
    #[arg(long, value_name = "KIND", requires = "on")]
    pub(crate) change: Option<String>,
    /// Resource to change
    #[arg(long, value_name = "TYPE:ID", value_parser = values::resource)]
    pub(crate) on: Option<(ResourceType, String)>,
    /// Parameter of the change, as instance_type=m7i.large; repeatable
    #[arg(long = "with", value_name = "NAME=VALUE", value_parser = values::name_value)]
    pub(crate) with: Vec<(String, String)>,
    /// Account of the resource [default: the caller's account]
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// Region of the resource [default: the caller's region]
    #[arg(long)]
    pub(crate) region: Option<String>,
    #[command(flatten)]
    pub(crate) actor: ActorArgs,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Plans {
    /// Show one plan: steps, hash, decisions and progress
    #[command(after_long_help = "Example:\n  tollgate plans show p-1a2b3c4d")]
    Show {
        /// Plan id
        id: String,
    },
    /// Propose a plan with manual steps, carried out by people
    #[command(
        after_long_help = "Example:\n  tollgate plans propose --title \"Delete old exports\" --risk low --step \"empty the bucket\""
    )]
    Propose {
        /// Title, one line
        #[arg(long)]
        title: String,
        /// Reason for the change
        #[arg(long, alias = "why")]
        reason: Option<String>,
        /// Manual step; repeatable
        #[arg(long = "step", value_name = "TEXT", required = true)]
        steps: Vec<String>,
        /// Risk of the change: low, medium, high
        #[arg(long)]
        risk: Risk,
        /// Saving a month
        #[arg(long, value_name = "CUR:AMOUNT", value_parser = values::money)]
        saving: Option<(Currency, Amount)>,
        /// Incident that the plan resolves
        #[arg(long)]
        incident: Option<String>,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Approve the plan that has exactly this hash
    #[command(after_long_help = "Example:\n  tollgate plans approve p-1a2b3c4d 0123456789abcdef")]
    Approve {
        #[command(flatten)]
        plan: PlanVersion,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Decline a plan
    #[command(after_long_help = "Example:\n  tollgate plans decline p-1a2b3c4d")]
    Decline {
        #[command(flatten)]
        plan: PlanVersion,
        #[command(flatten)]
        actor: ActorArgs,
    },
}

/// A plan with exactly the content that a person decides on.
#[derive(clap::Args, Debug)]
pub(crate) struct PlanVersion {
    /// Plan id
    pub(crate) id: String,
    /// Hash of the plan, or its first sixteen digits; needed to approve
    pub(crate) hash: Option<String>,
}

/// Execute approved plans in stages, and roll back when health checks fail
#[derive(clap::Args, Debug)]
#[command(after_long_help = with_aws_help!("tollgate remediate p-1a2b3c4d"))]
pub(crate) struct Remediate {
    /// Plan id [default: every approved plan]
    pub(crate) plan: Option<String>,
    /// Maximum number of polls for the effect of a call; after that the next run continues
    #[arg(long, alias = "looks", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) polls: u32,
    /// Interval between two polls, as 5s or 200ms
    #[arg(long, default_value = "5s", value_parser = values::short_duration)]
    pub(crate) every: Duration,
}

/// Stop all plan runs immediately, and list what was in progress
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate stop-all --reason \"errors in checkout\"")]
pub(crate) struct StopAll {
    /// Reason, kept in the audit log
    #[arg(long, visible_alias = "note")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) actor: ActorArgs,
}

/// Resume plan runs after `stop-all`
#[derive(clap::Args, Debug)]
#[command(alias = "go-on", after_long_help = "Example:\n  tollgate resume")]
pub(crate) struct Resume {
    #[command(flatten)]
    pub(crate) actor: ActorArgs,
}
