//! `detection { … }`: what counts as an anomaly, and how much an incident matters.

use serde::Serialize;
use tollgate_model::{Amount, Severity};

use crate::block::Block;
use crate::document::Document;

/// How far from the usual a day must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sensitivity {
    /// Only what stands far out.
    Low,
    /// The default.
    #[default]
    Normal,
    /// Smaller changes too, with more false alarms.
    High,
}

impl Sensitivity {
    /// The spelling of the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// What counts as an anomaly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Detection {
    /// How far from the usual a day must be.
    pub sensitivity: Sensitivity,
    /// The least change a day that is worth a word, in the currency of the series.
    pub min_impact: Amount,
    /// Days at the end of an export that are not complete yet.
    pub provisional_days: u64,
    /// How much an incident matters.
    pub severity: SeverityLevels,
}

/// The change a month from which an incident matters so much, in the currency of the incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SeverityLevels {
    /// From here on medium; below, low.
    pub medium: Amount,
    /// From here on high.
    pub high: Amount,
    /// From here on critical.
    pub critical: Amount,
}

impl Default for Detection {
    fn default() -> Self {
        Self {
            sensitivity: Sensitivity::Normal,
            min_impact: Amount::whole(10),
            provisional_days: 1,
            severity: SeverityLevels::default(),
        }
    }
}

impl Default for SeverityLevels {
    fn default() -> Self {
        Self { medium: Amount::whole(1_000), high: Amount::whole(5_000), critical: Amount::whole(25_000) }
    }
}

impl SeverityLevels {
    /// The severity of a change a month, whichever way.
    pub fn of(&self, change_a_month: Amount) -> Severity {
        let change = change_a_month.abs();
        match () {
            () if change >= self.critical => Severity::Critical,
            () if change >= self.high => Severity::High,
            () if change >= self.medium => Severity::Medium,
            () => Severity::Low,
        }
    }
}

impl Detection {
    pub(crate) fn read(block: &mut Block<'_>, document: &mut Document<'_>) -> Self {
        let mut out = Self::read_onto(Self::default(), block, document);
        if let Some(days) = block.whole("provisional_days", 0..=10, document) {
            out.provisional_days = days;
        }
        out
    }

    /// What the file says, over what holds without it.
    pub(crate) fn read_onto(mut out: Self, block: &mut Block<'_>, document: &mut Document<'_>) -> Self {
        let words = [Sensitivity::Low, Sensitivity::Normal, Sensitivity::High].map(|s| (s.as_str(), s));
        if let Some(sensitivity) = block.word("sensitivity", &words, document) {
            out.sensitivity = sensitivity;
        }
        if let Some(amount) = block.amount("min_impact", document) {
            out.min_impact = amount;
        }
        if let Some(mut levels) = block.child("severity", document) {
            let severity = &mut out.severity;
            for (name, level) in
                [("medium", &mut severity.medium), ("high", &mut severity.high), ("critical", &mut severity.critical)]
            {
                if let Some(amount) = levels.amount(name, document) {
                    *level = amount;
                }
            }
            if severity.medium > severity.high || severity.high > severity.critical {
                document.report(levels.at.clone(), "severity levels must rise: medium, high, critical", None);
            }
            levels.finish(document);
        }
        out
    }
}
