//! `tollgate keys`: API keys of service accounts.

use clap::Subcommand;
use tollgate_identity::Permission;

use super::ActorArgs;

#[derive(Subcommand, Debug)]
pub(crate) enum KeysCommand {
    /// Create a key of a service account of the policy file; it is shown once
    #[command(after_long_help = "Example:\n  tollgate keys create ci --scope costs:read --days 90")]
    Create {
        /// Service account of the policy file
        account: String,
        /// Permission of the key, such as costs:read [default: everything that the account's role includes]
        #[arg(long = "scope", value_name = "SCOPE", value_parser = parse_scope)]
        scopes: Vec<Permission>,
        /// Number of days for which it is valid
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=366))]
        days: u32,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// List the keys, without their secrets
    #[command(after_long_help = "Example:\n  tollgate keys list")]
    List,
    /// Replace a key by a new one; the old one stays valid for the overlap
    #[command(after_long_help = "Example:\n  tollgate keys rotate k3f9a2bc --overlap 24h")]
    Rotate {
        /// Id of the key, as `tollgate keys list` shows it
        key: String,
        /// Time in which both keys are valid; 0s ends the old one at once
        #[arg(long, default_value = "24h", value_parser = parse_overlap)]
        overlap: u64,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Revoke a key: it is refused from now on
    #[command(after_long_help = "Example:\n  tollgate keys revoke k3f9a2bc")]
    Revoke {
        /// Id of the key, as `tollgate keys list` shows it
        key: String,
        #[command(flatten)]
        actor: ActorArgs,
    },
}

fn parse_scope(text: &str) -> Result<Permission, String> {
    text.parse()
}

/// Longest overlap: a month.
const OVERLAP: u64 = 31 * 86_400;

fn parse_overlap(text: &str) -> Result<u64, String> {
    let seconds = tollgate_model::time_span::parse_seconds(text);
    let seconds = seconds.filter(|seconds| *seconds <= OVERLAP);
    seconds.ok_or_else(|| "write a time of at most 31 days, such as 24h, 30m or 0s".to_owned())
}
