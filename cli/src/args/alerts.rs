//! Alerts, and the audit log.

use clap::Subcommand;
use tollgate_model::IncidentChange;

use crate::values;

const SERVE_HELP: &str = "\
Example:
  SLACK_TOKEN=… SLACK_SIGNING_SECRET=… tollgate serve --listen 127.0.0.1:8787

Tokens are read from the environment variables that the channels of tollgate.hcl name (by convention SLACK_TOKEN and \
SLACK_SIGNING_SECRET). Point Slack's interactivity URL and slash command to /slack on a public address of this machine. \
docs/guides/alerts.md describes the Slack app. The API is at /v1; docs/guides/api.md shows the first request.";

/// Send due messages, receive Slack buttons and commands, and answer the JSON API
#[derive(clap::Args, Debug)]
#[command(after_long_help = SERVE_HELP)]
pub(crate) struct Serve {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8787")]
    pub(crate) listen: String,
    /// Also build requested plans and execute approved ones
    #[arg(long)]
    pub(crate) remediate: bool,
    /// Interval between two rounds, in seconds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) every: u32,
    /// Site whose pages may call the API, as https://finops.example.com; repeatable
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<String>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Routes {
    /// Show who would receive an incident's message, where, when and why; nothing is sent
    #[command(after_long_help = "Example:\n  tollgate routes test i-1a2b3c4d --change raised")]
    Test {
        /// Incident id, or a unique prefix of it
        incident: String,
        /// Change of the incident: opened, raised, reopened, resolved, unanswered
        #[arg(long, default_value = "opened", value_parser = values::incident_change)]
        change: IncidentChange,
    },
}

/// List sent, waiting and failed messages, or send failed ones again
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate deliveries --failed", args_conflicts_with_subcommands = true)]
pub(crate) struct Deliveries {
    /// Maximum number of messages, from this month and the last
    #[arg(long, default_value_t = 40)]
    pub(crate) limit: usize,
    /// Only failed messages; exit code 3 if there are any
    #[arg(long)]
    pub(crate) failed: bool,
    #[command(subcommand)]
    pub(crate) command: Option<DeliveryCommand>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum DeliveryCommand {
    /// Send failed messages again, with the next `tollgate notify` or `tollgate serve`
    #[command(after_long_help = "Example:\n  tollgate deliveries retry --failed")]
    Retry {
        /// Message id, or the start of it: `i-1a2b3c4d` for all messages of an incident
        #[arg(required_unless_present = "failed")]
        message: Option<String>,
        /// Every failed message of this month and the last, except those that a fallback channel sent
        #[arg(long, conflicts_with = "message")]
        failed: bool,
    },
}

#[derive(Subcommand, Debug)]
pub(crate) enum Audit {
    /// List audit entries, newest first
    #[command(after_long_help = "Example:\n  tollgate audit log --limit 100")]
    Log {
        /// Maximum number of entries
        #[arg(long, default_value_t = 40)]
        limit: usize,
    },
    /// Verify the log: find entries that were changed, removed or moved; exit code 3 if there are any
    #[command(after_long_help = "Example:\n  tollgate audit verify --head 3f9c…")]
    Verify {
        /// Hash of an entry, from a heartbeat message: it must still be in the log
        #[arg(long, value_name = "HASH")]
        head: Option<String>,
    },
}
