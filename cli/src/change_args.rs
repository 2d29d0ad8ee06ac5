//! Commands of advice and change, as clap reads them.

use std::time::Duration;

use clap::Subcommand;
use tollgate_model::{AdviceState, ResourceType};

#[derive(clap::Args, Debug)]
pub(crate) struct Advise {
    #[command(subcommand)]
    pub(crate) command: Option<AdviseCommand>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum AdviseCommand {
    /// Lists what is known, without looking again
    List {
        /// Only of a state: open, planned, dismissed, done, gone
        #[arg(long, default_value = "open")]
        state: AdviceState,
        /// Only of a kind
        #[arg(long)]
        kind: Option<String>,
    },
    /// Shows one: its evidence, its method, and what became of it
    Show {
        /// Its id
        id: String,
    },
    /// Says no to one, and why
    Dismiss {
        /// Its id
        id: String,
        /// Why, for those who look later
        #[arg(long)]
        reason: String,
        /// It is not so: the kind is trusted less in this account
        #[arg(long)]
        wrong: bool,
        /// Who says so
        #[arg(long, env = "USER", hide_env_values = true, hide_env = true, default_value = "somebody")]
        by: String,
    },
    /// Writes open advice as rows with FOCUS's column names, as CSV
    Export,
    /// Lists every kind: its method, where that comes from, and what keeps it from being wrong
    Kinds,
}

#[derive(clap::Args, Debug)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["advice", "change"])))]
pub(crate) struct Plan {
    /// Recommendations, by their ids
    pub(crate) advice: Vec<String>,
    /// A change that no advice asks for: docs/reference/actions.md lists them
    #[arg(long, value_name = "KIND", requires = "on")]
    pub(crate) change: Option<String>,
    /// What is changed
    #[arg(long, value_name = "TYPE:ID", value_parser = target)]
    pub(crate) on: Option<(ResourceType, String)>,
    /// What the change needs, as instance_type=m7i.large; may be repeated
    #[arg(long = "with", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) with: Vec<(String, String)>,
    /// The account; the caller's own without
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// The region; the caller's own without
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// Who asks for it
    #[arg(long, env = "USER", hide_env_values = true, hide_env = true, default_value = "somebody")]
    pub(crate) by: String,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Remediate {
    /// One plan; every approved one without
    pub(crate) plan: Option<String>,
    /// Looks at what a call brings about, before it is left for a later call
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) looks: u32,
    /// Time between two looks, as 5s
    #[arg(long, default_value = "5s", value_parser = short_time)]
    pub(crate) every: Duration,
}

#[derive(clap::Args, Debug)]
pub(crate) struct StopAll {
    /// Why, for those who look later
    #[arg(long)]
    pub(crate) reason: String,
    /// Who stops it
    #[arg(long, env = "USER", hide_env_values = true, hide_env = true, default_value = "somebody")]
    pub(crate) by: String,
}

#[derive(clap::Args, Debug)]
pub(crate) struct GoOn {
    /// Who lets it go on
    #[arg(long, env = "USER", hide_env_values = true, hide_env = true, default_value = "somebody")]
    pub(crate) by: String,
}

/// `volume:vol-0a1b`.
fn target(text: &str) -> Result<(ResourceType, String), String> {
    let (of, id) = text.split_once(':').ok_or("write volume:vol-0a1b")?;
    Ok((of.parse()?, id.to_owned()))
}

/// `name=value`.
fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// `5s` or `200ms`.
fn short_time(text: &str) -> Result<Duration, String> {
    let wrong = || "write 5s or 200ms, at most a minute".to_owned();
    let of = |number: &str, unit: u64| number.parse::<u64>().ok()?.checked_mul(unit).filter(|ms| *ms <= 60_000);
    let ms = match text.strip_suffix("ms") {
        Some(number) => of(number, 1),
        None => text.strip_suffix('s').and_then(|number| of(number, 1000)),
    };
    ms.map(Duration::from_millis).ok_or_else(wrong)
}
