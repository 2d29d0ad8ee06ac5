//! Settings of a function, from its environment, each with its unit, default and range.

use std::fmt;

use tollgate_cloud::aws::WakeTarget;
use tollgate_sources::cost_explorer::UsageGrouping;

use crate::Endpoints;

/// One setting: the documentation, infra/template.yaml and the program are compared by it.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The variable.
    pub name: &'static str,
    /// What it is, with its unit and range.
    pub description: &'static str,
    /// Its value without the variable; `None` when the variable is required.
    pub default: Option<&'static str>,
}

const fn setting(name: &'static str, description: &'static str, default: Option<&'static str>) -> Setting {
    Setting { name, description, default }
}

/// Every setting.
pub const SETTINGS: &[Setting] = &[
    setting("TOLLGATE_TABLE", "the name of the ledger's DynamoDB table", None),
    setting("TOLLGATE_LAKE", "the name of the lake's bucket; for functions that read or write charges", Some("")),
    setting(
        "TOLLGATE_TENANT",
        "the tenant, the prefix of every key of the table, 1 to 40 letters, digits and -",
        Some("main"),
    ),
    setting("TOLLGATE_STAGE", "the deployment's name in metrics: dev, staging, prod", Some("dev")),
    setting("TOLLGATE_TOPIC", "the ARN of the SNS topic for alerts", Some("")),
    setting(
        "TOLLGATE_SECRET",
        "the ARN of the secret in Secrets Manager with the tokens of channels: a JSON object by the names in tollgate.hcl",
        Some(""),
    ),
    setting("TOLLGATE_EVENT_BUS", "the EventBridge bus for events of new revisions", Some("default")),
    setting("TOLLGATE_EXPORT_BUCKET", "the bucket of an AWS data export", Some("")),
    setting("TOLLGATE_EXPORT_FOLDER", "the folder <prefix>/<export name> in that bucket", Some("")),
    setting(
        "TOLLGATE_SCRATCH_MB",
        "ephemeral storage for an export's files during ingest, in MiB, 64 to 10240",
        Some("2048"),
    ),
    setting(
        "TOLLGATE_COST_EXPLORER",
        "off; check: compare the export with Cost Explorer; feed: charges come from Cost Explorer",
        Some("off"),
    ),
    setting(
        "TOLLGATE_PAID_CALLS",
        "the limit of Cost Explorer requests in a run, USD 0.01 each, 1 to 10000",
        Some("200"),
    ),
    setting("TOLLGATE_SPLIT", "how Cost Explorer groups usage: services, usage-types or tag:KEY", Some("services")),
    setting("TOLLGATE_HISTORY_MONTHS", "months that a first run reads from Cost Explorer, 1 to 13", Some("13")),
    setting("TOLLGATE_CLOSES_ON", "the day of the month by which the month before is final, 1 to 20", Some("10")),
    setting(
        "TOLLGATE_TOLERANCE_PERCENT",
        "the largest difference between Cost Explorer and the export in percent, 1 to 50",
        Some("3"),
    ),
    setting("TOLLGATE_ACCOUNT", "the account that AWS bills, twelve digits; for Cost Explorer", Some("")),
    setting(
        "TOLLGATE_MEMBER_ROLE",
        "the role in every member account that may read its Cost Explorer; without it the payer's is read",
        Some(""),
    ),
    setting("TOLLGATE_EXTERNAL_ID", "the external id that the role requires", Some("")),
    setting(
        "TOLLGATE_ACTION_ROLE",
        "the role in every member account that may read or change its resources; without it only this account",
        Some(""),
    ),
    setting("TOLLGATE_SCHEDULER_ROLE", "the ARN of the role by which schedules start and stop instances", Some("")),
    setting("TOLLGATE_WAKE_FUNCTION", "the ARN of the function that advances a plan", Some("")),
    setting("TOLLGATE_WAKE_ROLE", "the ARN of the role by which a schedule invokes that function", Some("")),
    setting("TOLLGATE_WAKE_GROUP", "the group of one-shot schedules", Some("default")),
    setting(
        "TOLLGATE_ATHENA",
        "the Athena workgroup for `tollgate sql` over charges that are too large for one machine",
        Some(""),
    ),
    setting("TOLLGATE_ATHENA_DATABASE", "the Glue database with the table of the lake's files", Some("tollgate")),
    setting(
        "TOLLGATE_ATHENA_OVER_MB",
        "the size of a query's charges above which Athena answers it, in MiB, 1 to 1000000",
        Some("512"),
    ),
    setting("TOLLGATE_LOG", "the lowest level that is logged: error, warn, info, debug", Some("info")),
];

/// How Cost Explorer is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CostExplorer {
    /// Not at all.
    #[default]
    Off,
    /// For totals that are compared with the export.
    Check,
    /// For all charges.
    Feed,
}

/// Settings, read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The ledger's table.
    pub table: String,
    /// The lake's bucket.
    pub lake: String,
    /// The tenant, the prefix of every key.
    pub tenant: String,
    /// The deployment's name in metrics.
    pub stage: String,
    /// The topic for alerts.
    pub topic: String,
    /// The secret with tokens of channels.
    pub secret: Option<String>,
    /// The bus for events of new revisions.
    pub bus: String,
    /// The export's bucket.
    pub export_bucket: String,
    /// The export's folder in it.
    pub export_folder: String,
    /// Ephemeral storage for an export's files, in bytes.
    pub scratch: u64,
    /// How Cost Explorer is used.
    pub cost_explorer: CostExplorer,
    /// The limit of paid requests in a run.
    pub paid_calls: u32,
    /// How Cost Explorer groups usage.
    pub split: UsageGrouping,
    /// Months that a first run reads.
    pub history: u32,
    /// The day by which the month before is final.
    pub closes_on: i8,
    /// The largest difference between two sources of a month, in percent.
    pub tolerance_percent: u32,
    /// The account that AWS bills.
    pub account: String,
    /// The role of member accounts.
    pub member_role: Option<String>,
    /// The external id that the role requires.
    pub external_id: Option<String>,
    /// The role of member accounts that reads and changes resources.
    pub action_role: Option<String>,
    /// The role by which schedules start and stop instances.
    pub scheduler_role: String,
    /// The schedule target that advances a plan.
    pub wake: Option<WakeTarget>,
    /// The Athena workgroup.
    pub athena: Option<String>,
    /// The database of the table of the lake's files.
    pub athena_database: String,
    /// The size of a query's charges above which Athena answers it, in bytes.
    pub athena_over: u64,
    /// The lowest level that is logged.
    pub log: String,
    /// The region, endpoints and credentials of AWS.
    pub access: Access,
}

/// The region, endpoints and credentials of AWS, as Lambda sets them and `aws configure export-credentials --format env` prints them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// The region.
    pub region: String,
    /// An endpoint in place of AWS's own, for tests.
    pub endpoint: Option<String>,
    /// Endpoints in place of the channels' own, for tests.
    pub channels: Endpoints,
    /// Credentials of a role.
    pub keys: AccessKeys,
}

/// Credentials of a role. `Debug` does not print them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AccessKeys {
    /// The access key.
    pub access: String,
    /// The secret key.
    pub secret: String,
    /// A session's token.
    pub token: Option<String>,
}

impl fmt::Debug for AccessKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessKeys")
    }
}

/// A setting that is missing or cannot be understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {wrong}\nhint: it is {description}")]
pub struct SettingsError {
    /// The variable.
    pub name: &'static str,
    /// What is wrong.
    pub wrong: String,
    /// What it should be.
    pub description: &'static str,
}

impl Settings {
    /// Reads settings from an environment.
    ///
    /// # Errors
    ///
    /// At the first that is missing or out of its range.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        // What is Tollgate's own comes first: a function without any environment names its table, not a key of AWS.
        let settings = Self::read_with(environment, Access::default())?;
        Ok(Self { access: Access::read(environment)?, ..settings })
    }

    /// As [`read`](Self::read), with access to AWS that comes from elsewhere.
    ///
    /// # Errors
    ///
    /// At the first that is missing or out of its range.
    pub fn read_with(environment: &dyn Fn(&str) -> Option<String>, access: Access) -> Result<Self, SettingsError> {
        let text = |name| read_text(environment, name);
        let bad = |name: &'static str, value: &str| SettingsError {
            name,
            wrong: format!("is `{value}`"),
            description: find_setting(name).0,
        };
        let number = |name: &'static str, low: u64, high: u64| {
            let value = text(name)?;
            value.parse().ok().filter(|n| (low..=high).contains(n)).ok_or_else(|| bad(name, &value))
        };
        let some = |name| text(name).map(|value| (!value.is_empty()).then_some(value));
        let tenant = text("TOLLGATE_TENANT")?;
        if tenant.len() > 40 || !tenant.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(bad("TOLLGATE_TENANT", &tenant));
        }
        let split = text("TOLLGATE_SPLIT")?;
        let split = parse_split(&split).ok_or_else(|| bad("TOLLGATE_SPLIT", &split))?;
        let cost_explorer = text("TOLLGATE_COST_EXPLORER")?;
        let cost_explorer =
            parse_cost_explorer(&cost_explorer).ok_or_else(|| bad("TOLLGATE_COST_EXPLORER", &cost_explorer))?;
        let account = text("TOLLGATE_ACCOUNT")?;
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        if !is_account && (!account.is_empty() || cost_explorer != CostExplorer::Off) {
            return Err(bad("TOLLGATE_ACCOUNT", &account));
        }
        let log = text("TOLLGATE_LOG")?;
        if !["error", "warn", "info", "debug"].contains(&log.as_str()) {
            return Err(bad("TOLLGATE_LOG", &log));
        }
        Ok(Self {
            table: text("TOLLGATE_TABLE")?,
            lake: text("TOLLGATE_LAKE")?,
            tenant,
            stage: text("TOLLGATE_STAGE")?,
            topic: text("TOLLGATE_TOPIC")?,
            secret: some("TOLLGATE_SECRET")?,
            bus: text("TOLLGATE_EVENT_BUS")?,
            export_bucket: text("TOLLGATE_EXPORT_BUCKET")?,
            export_folder: text("TOLLGATE_EXPORT_FOLDER")?,
            scratch: number("TOLLGATE_SCRATCH_MB", 64, 10_240)? << 20,
            cost_explorer,
            paid_calls: u32::try_from(number("TOLLGATE_PAID_CALLS", 1, 10_000)?).unwrap_or(1),
            split,
            history: u32::try_from(number("TOLLGATE_HISTORY_MONTHS", 1, 13)?).unwrap_or(1),
            closes_on: i8::try_from(number("TOLLGATE_CLOSES_ON", 1, 20)?).unwrap_or(1),
            tolerance_percent: u32::try_from(number("TOLLGATE_TOLERANCE_PERCENT", 1, 50)?).unwrap_or(1),
            account,
            member_role: some("TOLLGATE_MEMBER_ROLE")?,
            external_id: some("TOLLGATE_EXTERNAL_ID")?,
            action_role: some("TOLLGATE_ACTION_ROLE")?,
            scheduler_role: text("TOLLGATE_SCHEDULER_ROLE")?,
            wake: match (some("TOLLGATE_WAKE_FUNCTION")?, some("TOLLGATE_WAKE_ROLE")?) {
                (Some(function), Some(role)) => {
                    Some(WakeTarget { function, role, group: text("TOLLGATE_WAKE_GROUP")? })
                }
                _ => None,
            },
            athena: some("TOLLGATE_ATHENA")?,
            athena_database: text("TOLLGATE_ATHENA_DATABASE")?,
            athena_over: number("TOLLGATE_ATHENA_OVER_MB", 1, 1_000_000)? << 20,
            log,
            access,
        })
    }
}

/// The description and the default of a setting.
fn find_setting(name: &str) -> (&'static str, Option<&'static str>) {
    SETTINGS.iter().find(|s| s.name == name).map_or(("", None), |s| (s.description, s.default))
}

/// Reads a variable, or its default. An empty variable counts as not set.
fn read_text(environment: &dyn Fn(&str) -> Option<String>, name: &'static str) -> Result<String, SettingsError> {
    let (description, default) = find_setting(name);
    let value = environment(name).filter(|v| !v.is_empty()).or_else(|| default.map(str::to_owned));
    value.ok_or_else(|| SettingsError { name, wrong: "is not set".to_owned(), description })
}

fn parse_split(text: &str) -> Option<UsageGrouping> {
    match text {
        "services" => Some(UsageGrouping::Services),
        "usage-types" => Some(UsageGrouping::UsageTypes),
        other => other.strip_prefix("tag:").filter(|key| !key.is_empty()).map(|key| UsageGrouping::Tag(key.to_owned())),
    }
}

fn parse_cost_explorer(text: &str) -> Option<CostExplorer> {
    match text {
        "off" => Some(CostExplorer::Off),
        "check" => Some(CostExplorer::Check),
        "feed" => Some(CostExplorer::Feed),
        _ => None,
    }
}

impl Access {
    /// Reads it from an environment.
    ///
    /// # Errors
    ///
    /// At the first variable that is missing.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let get = |name: &str| environment(name).filter(|v| !v.is_empty());
        let must = |name: &'static str, description: &'static str| {
            get(name).ok_or(SettingsError { name, wrong: "is not set".to_owned(), description })
        };
        const KEYS: &str =
            "set by Lambda; on your own machine, `aws configure export-credentials --format env` prints it";
        Ok(Self {
            region: must("AWS_REGION", "the region, as eu-central-1")?,
            endpoint: get("AWS_ENDPOINT_URL"),
            channels: Endpoints::read(get("TOLLGATE_ENDPOINTS").as_deref()),
            keys: AccessKeys {
                access: must("AWS_ACCESS_KEY_ID", KEYS)?,
                secret: must("AWS_SECRET_ACCESS_KEY", KEYS)?,
                token: get("AWS_SESSION_TOKEN"),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(with: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let base = [
            ("TOLLGATE_TABLE", "t"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "a-secret"),
        ];
        let all: Vec<(&str, &str)> = with.iter().copied().chain(base).collect();
        Settings::read(&|name| all.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn defaults_are_valid_and_keys_do_not_show() {
        let settings = read(&[]).unwrap();
        assert_eq!((settings.paid_calls, settings.history, settings.tolerance_percent), (200, 13, 3));
        assert!(!format!("{settings:?}").contains("a-secret"));
    }

    #[test]
    fn a_wrong_value_is_refused_with_a_hint() {
        for (name, value) in [
            ("TOLLGATE_PAID_CALLS", "0"),
            ("TOLLGATE_SPLIT", "tag:"),
            ("TOLLGATE_TENANT", "a#b"),
            ("TOLLGATE_COST_EXPLORER", "yes"),
            ("TOLLGATE_ACCOUNT", "12"),
            ("TOLLGATE_SCRATCH_MB", "1"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(error.name == name && error.to_string().contains("hint: it is "), "{error}");
        }
        let error = read(&[("TOLLGATE_COST_EXPLORER", "feed")]).unwrap_err();
        assert_eq!(error.name, "TOLLGATE_ACCOUNT");
        assert_eq!(read(&[("TOLLGATE_TABLE", "")]).unwrap_err().wrong, "is not set");
    }
}
