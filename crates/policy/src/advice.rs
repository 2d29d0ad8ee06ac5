//! `advice { … }`: where advice is looked for, and from where on something is worth it.

use serde::Serialize;
use tollgate_model::recommendation::Thresholds;

use crate::block::Block;
use crate::document::Document;

/// Where advice is looked for, and from where on something is worth it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// Accounts that are looked at; the caller's own when empty.
    pub accounts: Vec<String>,
    /// Regions that are looked at; the caller's own when empty.
    pub regions: Vec<String>,
    /// From where on something is worth it.
    pub thresholds: Thresholds,
    /// The most calls of a run.
    pub max_calls: u64,
    /// The most metrics of a run, USD 0.01 a thousand.
    pub max_metrics: u64,
    /// Whether Compute Optimizer and Cost Optimization Hub are asked.
    pub ask_aws: bool,
}

impl Default for Advice {
    fn default() -> Self {
        Self {
            accounts: Vec::new(),
            regions: Vec::new(),
            thresholds: Thresholds::default(),
            max_calls: 5_000,
            max_metrics: 50_000,
            ask_aws: true,
        }
    }
}

/// The block's fields, as settings name them.
pub(crate) const FIELDS: [&str; 13] = [
    "accounts",
    "regions",
    "idle_days",
    "idle_cpu_percent",
    "headroom_percent",
    "snapshot_days",
    "image_days",
    "log_days",
    "min_saving",
    "without",
    "max_calls",
    "max_metrics",
    "ask_aws",
];

impl Advice {
    pub(crate) fn read(block: &mut Block<'_>, document: &mut Document<'_>) -> Self {
        let usual = Self::default();
        let mut days = |name, usual: u32, low, high, document: &mut Document<'_>| {
            block.whole(name, low..=high, document).and_then(|n| u32::try_from(n).ok()).unwrap_or(usual)
        };
        let known = &usual.thresholds;
        let thresholds = Thresholds {
            // Fewer than a week says nothing of weekends, and a request answers so many hours.
            idle_days: days("idle_days", known.idle_days, 7, 60, document),
            idle_cpu_percent: days("idle_cpu_percent", known.idle_cpu_percent, 1, 20, document),
            headroom_percent: days("headroom_percent", known.headroom_percent, 5, 70, document),
            snapshot_days: days("snapshot_days", known.snapshot_days, 7, 3650, document),
            image_days: days("image_days", known.image_days, 7, 3650, document),
            log_days: days("log_days", known.log_days, 1, 3653, document),
            min_saving: block.amount("min_saving", document).unwrap_or(known.min_saving),
            without: block.texts("without", document).into_iter().map(|(text, _)| text).collect(),
        };
        Self {
            accounts: accounts(block, "accounts", document),
            regions: block.texts("regions", document).into_iter().map(|(text, _)| text).collect(),
            thresholds,
            max_calls: block.whole("max_calls", 1..=1_000_000, document).unwrap_or(usual.max_calls),
            max_metrics: block.whole("max_metrics", 0..=10_000_000, document).unwrap_or(usual.max_metrics),
            ask_aws: block.flag("ask_aws", document).unwrap_or(usual.ask_aws),
        }
    }
}

/// Accounts, each of twelve digits.
pub(crate) fn accounts(block: &mut Block<'_>, name: &'static str, document: &mut Document<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for (text, at) in block.texts(name, document) {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            out.push(text);
        } else {
            let hint = Some("an account has twelve digits: \"111122223333\"".to_owned());
            document.report(at, format!("`{text}` is no account"), hint);
        }
    }
    out
}
