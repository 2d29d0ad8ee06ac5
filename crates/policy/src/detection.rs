//! `detection { … }`: which changes are anomalies, and the severity of incidents.

use serde::Serialize;
use tollgate_model::{Amount, Severity};

use crate::block::Block;
use crate::document::Document;

/// How far from its baseline a day must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sensitivity {
    /// Only large deviations.
    Low,
    /// The default.
    #[default]
    Normal,
    /// Small deviations too, with more false alarms.
    High,
}

impl Sensitivity {
    /// Returns the spelling of the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// Which changes are anomalies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DetectionSettings {
    /// How far from its baseline a day must be.
    pub sensitivity: Sensitivity,
    /// The smallest change per day that is an anomaly, in the currency of the series.
    pub min_impact: Amount,
    /// Days at the end of an export that are not complete yet.
    pub provisional_days: u64,
    /// The severity of incidents.
    pub severity: SeverityLevels,
}

/// The change per month from which an incident has a severity, in the currency of the incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SeverityLevels {
    /// Medium from here on; low below.
    pub medium: Amount,
    /// High from here on.
    pub high: Amount,
    /// Critical from here on.
    pub critical: Amount,
}

impl Default for DetectionSettings {
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
    /// Returns the severity of a change per month, whatever its sign.
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

impl DetectionSettings {
    pub(crate) fn read(block: &mut Block<'_>, document: &mut Document<'_>) -> Self {
        let out = Self::read_onto(Self::default(), block, document);
        Self { provisional_days: block.whole_or("provisional_days", 0..=10, out.provisional_days, document), ..out }
    }

    /// Reads the settings that a `watch` block may override. `general` is in effect where the block is silent.
    pub(crate) fn read_onto(general: Self, block: &mut Block<'_>, document: &mut Document<'_>) -> Self {
        let words = [Sensitivity::Low, Sensitivity::Normal, Sensitivity::High].map(|s| (s.as_str(), s));
        let sensitivity = block.word_or("sensitivity", &words, general.sensitivity, document);
        let min_impact = block.amount_or("min_impact", general.min_impact, document);
        let mut levels = block.child_or_absent("severity", document);
        let severity = SeverityLevels {
            medium: levels.amount_or("medium", general.severity.medium, document),
            high: levels.amount_or("high", general.severity.high, document),
            critical: levels.amount_or("critical", general.severity.critical, document),
        };
        if levels.is_present() && (severity.medium > severity.high || severity.high > severity.critical) {
            document.report(levels.at.clone(), "severity levels must rise: medium, high, critical", None);
        }
        levels.finish(document);
        Self { sensitivity, min_impact, severity, ..general }
    }
}
