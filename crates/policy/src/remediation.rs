//! `remediation { … }`: which changes are allowed, their safety limits, and health checks.

use serde::Serialize;
use tollgate_model::time_span::{format_time_span, parse_seconds};
use tollgate_model::{Amount, Day, HealthCheck, Rollback, Window};

use crate::advice::read_accounts;
use crate::block::Block;
use crate::document::Document;

/// Which changes are allowed, their safety limits, and health checks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RemediationSettings {
    /// Accounts in which changes are allowed; none when empty.
    pub accounts: Vec<String>,
    /// The most steps of a plan.
    pub max_steps: usize,
    /// The largest share of the resources of a type in an account and region that plans change in a day, in percent.
    pub max_share_percent: usize,
    /// The largest change of monthly cost by the plans of a day.
    pub max_money_a_day: Amount,
    /// The most steps per day whose cost is unpriced.
    pub max_unpriced_a_day: usize,
    /// Tags of resources that are never changed: a key, or `key=value`.
    pub deny_tags: Vec<String>,
    /// Tags of production resources: `key=value`. Changes to them require two approvers.
    pub production: Vec<String>,
    /// Days between marking a resource for deletion and the deletion.
    pub wait_days: u32,
    /// Seconds in which health is checked after the canary, 10 %, 50 % and all.
    pub soak: [u32; 4],
    /// How far a rollback goes.
    pub rollback: Rollback,
    /// When changes are allowed; at any time when empty.
    pub windows: Vec<Window>,
    /// Days without changes.
    pub quiet_days: Vec<Day>,
    /// The checks after each stage.
    pub health: Vec<HealthCheck>,
}

impl Default for RemediationSettings {
    fn default() -> Self {
        Self {
            accounts: Vec::new(),
            max_steps: 25,
            max_share_percent: 25,
            max_money_a_day: Amount::whole(5_000),
            max_unpriced_a_day: 25,
            deny_tags: vec!["tollgate:keep".to_owned()],
            production: ["environment=production", "environment=prod", "env=production", "env=prod"]
                .map(str::to_owned)
                .to_vec(),
            wait_days: 7,
            soak: [1800, 1800, 3600, 3600],
            rollback: Rollback::Plan,
            windows: Vec::new(),
            quiet_days: Vec::new(),
            health: Vec::new(),
        }
    }
}

const ROLLBACKS: &[(&str, Rollback)] = &[("plan", Rollback::Plan), ("stage", Rollback::Stage)];
const DAYS: &[(&str, &str)] =
    &[("mon", "mon"), ("tue", "tue"), ("wed", "wed"), ("thu", "thu"), ("fri", "fri"), ("sat", "sat"), ("sun", "sun")];
/// The most steps that fit into one item of the ledger.
const STEPS: u64 = 60;

impl RemediationSettings {
    pub(crate) fn read(block: &mut Block<'_>, document: &mut Document<'_>) -> Self {
        let defaults = Self::default();
        let mut out = Self {
            accounts: read_accounts(block, "accounts", document),
            max_steps: block.whole_or("max_steps", 1..=STEPS, defaults.max_steps, document),
            max_share_percent: block.whole_or("max_share_percent", 1..=100, defaults.max_share_percent, document),
            max_money_a_day: block.amount_or("max_money_a_day", defaults.max_money_a_day, document),
            max_unpriced_a_day: block.whole_or("max_unpriced_a_day", 0..=1_000, defaults.max_unpriced_a_day, document),
            deny_tags: block.texts_or("deny_tags", defaults.deny_tags, document),
            production: block.texts_or("production", defaults.production, document),
            wait_days: block.whole_or("wait_days", 0..=90, defaults.wait_days, document),
            soak: read_soak(block, defaults.soak, document),
            rollback: block.word_or("rollback", ROLLBACKS, Rollback::default(), document),
            windows: Vec::new(),
            quiet_days: read_quiet_days(block, document),
            health: Vec::new(),
        };
        for (_, mut window) in block.named_children("window", document) {
            let from = window.time_of_day("from", document);
            let to = window.time_of_day("to", document);
            window.missing("from", "from = \"22:00\"", document);
            window.missing("to", "to = \"04:00\"", document);
            let days = window.words("days", DAYS, document).into_iter().map(str::to_owned).collect();
            if let (Some(from), Some(to)) = (from, to) {
                out.windows.push(Window { days, from, to });
            }
            window.finish(document);
        }
        for (name, mut check) in block.named_children("health", document) {
            out.health.extend(read_health_check(&name, &mut check, document));
            check.finish(document);
        }
        out
    }
}

/// Reads four time spans.
fn read_soak(block: &mut Block<'_>, default: [u32; 4], document: &mut Document<'_>) -> [u32; 4] {
    let shown = default.map(|seconds| format_time_span(u64::from(seconds))).to_vec();
    let texts = block.texts_or("soak", shown, document);
    let seconds = |text: &String| u32::try_from(parse_seconds(text)?).ok().filter(|s| *s <= 7 * 86_400);
    let read: Option<Vec<u32>> = texts.iter().map(seconds).collect();
    read.and_then(|list| <[u32; 4]>::try_from(list).ok()).unwrap_or_else(|| {
        let at = block.place("soak").unwrap_or(block.at.clone());
        let hint = "write soak = [\"30m\", \"30m\", \"1h\", \"1h\"]: after the canary, 10 %, 50 % and all".to_owned();
        document.report(at, "`soak` must be four time spans of at most seven days", Some(hint));
        default
    })
}

fn read_quiet_days(block: &mut Block<'_>, document: &mut Document<'_>) -> Vec<Day> {
    let mut out = Vec::new();
    for (text, at) in block.texts("quiet_days", document) {
        match text.parse::<Day>() {
            Ok(day) => out.push(day),
            Err(error) => {
                document.report(at, format!("`{text}` is not a day: {error}"), Some("write \"2026-12-24\"".to_owned()));
            }
        }
    }
    out
}

/// Reads a health check: an alarm, an address or a metric.
fn read_health_check(name: &str, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<HealthCheck> {
    let at = block.at.clone();
    let mut text = |field, document: &mut Document<'_>| block.text(field, document).map(|(t, _)| t.to_owned());
    let (alarm, url) = (text("alarm", document), text("url", document));
    let (namespace, metric) = (text("namespace", document), text("metric", document));
    let statistic = block.text_or("statistic", "Average", document);
    let least = block.amount("least", document).map(|a| a.to_string());
    let most = block.amount("most", document).map(|a| a.to_string());
    let mut dimensions = std::collections::BTreeMap::new();
    if let Some(mut inner) = block.child("dimensions", document) {
        for (key, value, at) in inner.others() {
            match value.as_str() {
                Some(value) => drop(dimensions.insert(key.to_owned(), value.to_owned())),
                None => document.report(at, format!("dimension `{key}` must be text"), None),
            }
        }
        inner.finish(document);
    }
    let hint =
        "one of alarm = \"checkout-5xx\", url = \"https://…\", or namespace, metric and least or most".to_owned();
    match (alarm, url, namespace, metric) {
        (Some(name), None, None, None) => Some(HealthCheck::Alarm { name, place: None }),
        (None, Some(url), None, None) if url.starts_with("https://") || url.starts_with("http://") => {
            Some(HealthCheck::Url { url })
        }
        (None, None, Some(namespace), Some(metric)) if least.is_some() || most.is_some() => {
            Some(HealthCheck::Metric { namespace, metric, dimensions, statistic, least, most })
        }
        _ => {
            document.report(at, format!("health \"{name}\" has nothing to check"), Some(hint));
            None
        }
    }
}
