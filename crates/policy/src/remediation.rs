//! `remediation { … }`: what may be changed at all, how fast, and what stops it.

use serde::Serialize;
use tollgate_model::{Amount, Day, HealthCheck, Rollback, Window};

use crate::advice::accounts;
use crate::block::Block;
use crate::document::Document;

/// What may be changed at all, how fast, and what stops it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Remediation {
    /// Accounts in which something may be changed; none when empty.
    pub accounts: Vec<String>,
    /// Steps of a plan at most.
    pub max_steps: usize,
    /// Percent of the resources of a type in a place that plans of one day change at most.
    pub max_share_percent: usize,
    /// What plans of one day may change a month at most.
    pub max_money_a_day: Amount,
    /// Steps of plans of one day whose money is not known, at most.
    pub max_unpriced_a_day: usize,
    /// Tags of what is never changed: a key, or `key=value`.
    pub deny_tags: Vec<String>,
    /// Tags of production: `key=value`. Two people approve what touches it.
    pub production: Vec<String>,
    /// Days between the mark on what is to be deleted and the deletion.
    pub wait_days: u32,
    /// Seconds after the canary, 10 %, 50 % and all, in which health is watched.
    pub soak: [u32; 4],
    /// How far an undo goes.
    pub rollback: Rollback,
    /// When changes may be made; at any time when empty.
    pub windows: Vec<Window>,
    /// Days on which none is made.
    pub quiet_days: Vec<Day>,
    /// What is looked at after each stage.
    pub health: Vec<HealthCheck>,
}

impl Default for Remediation {
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

/// The block's fields, as settings name them.
pub(crate) const FIELDS: [&str; 11] = [
    "accounts",
    "max_steps",
    "max_share_percent",
    "max_money_a_day",
    "max_unpriced_a_day",
    "deny_tags",
    "production",
    "wait_days",
    "soak",
    "rollback",
    "quiet_days",
];

const ROLLBACKS: &[(&str, Rollback)] = &[("plan", Rollback::Plan), ("stage", Rollback::Stage)];
const DAYS: &[(&str, &str)] =
    &[("mon", "mon"), ("tue", "tue"), ("wed", "wed"), ("thu", "thu"), ("fri", "fri"), ("sat", "sat"), ("sun", "sun")];
/// A plan is one item of the ledger: so many steps fit into it.
const STEPS: u64 = 60;

impl Remediation {
    pub(crate) fn read(block: &mut Block<'_>, document: &mut Document<'_>) -> Self {
        let usual = Self::default();
        let texts = |block: &mut Block<'_>, name: &'static str, usual: Vec<String>, document: &mut Document<'_>| {
            // An empty list is said, too: it takes the default away.
            let said = block.place(name).is_some();
            let list: Vec<String> = block.texts(name, document).into_iter().map(|(text, _)| text).collect();
            if said { list } else { usual }
        };
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let mut out = Self {
            accounts: accounts(block, "accounts", document),
            max_steps: block.whole("max_steps", 1..=STEPS, document).map_or(usual.max_steps, size),
            max_share_percent: block
                .whole("max_share_percent", 1..=100, document)
                .map_or(usual.max_share_percent, size),
            max_money_a_day: block.amount("max_money_a_day", document).unwrap_or(usual.max_money_a_day),
            max_unpriced_a_day: block
                .whole("max_unpriced_a_day", 0..=1_000, document)
                .map_or(usual.max_unpriced_a_day, size),
            deny_tags: texts(block, "deny_tags", usual.deny_tags, document),
            production: texts(block, "production", usual.production, document),
            wait_days: block
                .whole("wait_days", 0..=90, document)
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or(usual.wait_days),
            soak: soak(block, document).unwrap_or(usual.soak),
            rollback: block.word("rollback", ROLLBACKS, document).unwrap_or_default(),
            windows: Vec::new(),
            quiet_days: quiet_days(block, document),
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
            out.health.extend(health(&name, &mut check, document));
            check.finish(document);
        }
        out
    }
}

/// Four time spans.
fn soak(block: &mut Block<'_>, document: &mut Document<'_>) -> Option<[u32; 4]> {
    let at = block.place("soak")?;
    let seconds = |text: &str| {
        let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            _ => return None,
        };
        count.parse::<u32>().ok()?.checked_mul(unit).filter(|s| *s <= 7 * 86_400)
    };
    let read: Option<Vec<u32>> = block.texts("soak", document).iter().map(|(text, _)| seconds(text)).collect();
    match read.and_then(|list| <[u32; 4]>::try_from(list).ok()) {
        Some(soak) => Some(soak),
        None => {
            let hint = Some(
                "write soak = [\"30m\", \"30m\", \"1h\", \"1h\"]: after the canary, 10 %, 50 % and all".to_owned(),
            );
            document.report(at, "`soak` must be four time spans of at most seven days", hint);
            None
        }
    }
}

fn quiet_days(block: &mut Block<'_>, document: &mut Document<'_>) -> Vec<Day> {
    let mut out = Vec::new();
    for (text, at) in block.texts("quiet_days", document) {
        match text.parse::<Day>() {
            Ok(day) => out.push(day),
            Err(error) => {
                document.report(at, format!("`{text}` is no day: {error}"), Some("write \"2026-12-24\"".to_owned()));
            }
        }
    }
    out
}

/// One of an alarm, an address and a metric.
fn health(name: &str, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<HealthCheck> {
    let at = block.at.clone();
    let mut text = |field, document: &mut Document<'_>| block.text(field, document).map(|(t, _)| t.to_owned());
    let (alarm, url) = (text("alarm", document), text("url", document));
    let (namespace, metric) = (text("namespace", document), text("metric", document));
    let statistic = text("statistic", document).unwrap_or_else(|| "Average".to_owned());
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
            document.report(at, format!("health \"{name}\" says nothing that can be looked at"), Some(hint));
            None
        }
    }
}
