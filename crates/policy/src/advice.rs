//! `advice { … }`: where recommendations are searched for, and their thresholds.

use serde::Serialize;
use tollgate_model::recommendation::Thresholds;

use crate::block::Block;
use crate::document::Document;

/// Where recommendations are searched for, and their thresholds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AdviceSettings {
    /// The accounts to inspect; the caller's own when empty.
    pub accounts: Vec<String>,
    /// The regions to inspect; the caller's own when empty.
    pub regions: Vec<String>,
    /// The thresholds of recommendations.
    pub thresholds: Thresholds,
    /// The most API calls of a run.
    pub max_calls: u64,
    /// The most metrics requested in a run, USD 0.01 per thousand.
    pub max_metrics: u64,
    /// Whether Compute Optimizer and Cost Optimization Hub are read.
    pub ask_aws: bool,
}

impl Default for AdviceSettings {
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

impl AdviceSettings {
    pub(crate) fn read(block: &mut Block<'_>, document: &mut Document<'_>) -> Self {
        let Self { thresholds, max_calls, max_metrics, ask_aws, .. } = Self::default();
        Self {
            accounts: read_accounts(block, "accounts", document),
            regions: block.list("regions", document),
            thresholds: Thresholds {
                // Fewer than seven days do not contain a weekend. One request returns at most 60 days of hours.
                idle_days: block.whole_or("idle_days", 7..=60, thresholds.idle_days, document),
                idle_cpu_percent: block.whole_or("idle_cpu_percent", 1..=20, thresholds.idle_cpu_percent, document),
                headroom_percent: block.whole_or("headroom_percent", 5..=70, thresholds.headroom_percent, document),
                snapshot_days: block.whole_or("snapshot_days", 7..=3650, thresholds.snapshot_days, document),
                image_days: block.whole_or("image_days", 7..=3650, thresholds.image_days, document),
                log_days: block.whole_or("log_days", 1..=3653, thresholds.log_days, document),
                min_saving: block.amount_or("min_saving", thresholds.min_saving, document),
                without: block.list("without", document),
            },
            max_calls: block.whole_or("max_calls", 1..=1_000_000, max_calls, document),
            max_metrics: block.whole_or("max_metrics", 0..=10_000_000, max_metrics, document),
            ask_aws: block.flag_or("ask_aws", ask_aws, document),
        }
    }
}

/// Reads account ids of twelve digits.
pub(crate) fn read_accounts(block: &mut Block<'_>, name: &'static str, document: &mut Document<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for (text, at) in block.texts(name, document) {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            out.push(text);
        } else {
            let hint = Some("an account id has twelve digits: \"111122223333\"".to_owned());
            document.report(at, format!("`{text}` is not an account id"), hint);
        }
    }
    out
}
