//! `advice { … }`: where advice is looked for, and from where on something is worth it.

use serde::Serialize;
use tollgate_model::Amount;

use crate::block::Block;
use crate::document::Document;

/// Where advice is looked for, and from where on something is worth it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// Accounts that are looked at; the caller's own when empty.
    pub accounts: Vec<String>,
    /// Regions that are looked at; the caller's own when empty.
    pub regions: Vec<String>,
    /// Days that metrics are looked back at.
    pub idle_days: u32,
    /// Processor use below which a machine idles, in percent.
    pub idle_cpu_percent: u32,
    /// Room that rightsizing leaves, in percent.
    pub headroom_percent: u32,
    /// Days from which on a snapshot is old.
    pub snapshot_days: u32,
    /// Days from which on an image is old.
    pub image_days: u32,
    /// Days that logs are kept where nobody says how long.
    pub log_days: u32,
    /// The least saving a month that is worth a word.
    pub min_saving: Amount,
    /// Kinds of advice that nobody wants.
    pub without: Vec<String>,
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
            idle_days: 14,
            idle_cpu_percent: 5,
            headroom_percent: 25,
            snapshot_days: 90,
            image_days: 180,
            log_days: 90,
            min_saving: Amount::whole(1),
            without: Vec::new(),
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
        // Fewer than a week says nothing of weekends; CloudWatch keeps hours for 455 days, and answers so many at once.
        let idle_days = days("idle_days", usual.idle_days, 7, 60, document);
        let idle_cpu_percent = days("idle_cpu_percent", usual.idle_cpu_percent, 1, 20, document);
        let headroom_percent = days("headroom_percent", usual.headroom_percent, 5, 70, document);
        let snapshot_days = days("snapshot_days", usual.snapshot_days, 7, 3650, document);
        let image_days = days("image_days", usual.image_days, 7, 3650, document);
        let log_days = days("log_days", usual.log_days, 1, 3653, document);
        Self {
            accounts: accounts(block, "accounts", document),
            regions: block.texts("regions", document).into_iter().map(|(text, _)| text).collect(),
            idle_days,
            idle_cpu_percent,
            headroom_percent,
            snapshot_days,
            image_days,
            log_days,
            min_saving: block.amount("min_saving", document).unwrap_or(usual.min_saving),
            without: block.texts("without", document).into_iter().map(|(text, _)| text).collect(),
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
