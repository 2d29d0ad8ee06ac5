//! `watch "name" { … }`: detection settings for a part of the cost.

use serde::Serialize;
use tollgate_model::Amount;

use crate::block::Block;
use crate::detection::{DetectionSettings, Sensitivity, SeverityLevels};
use crate::document::Document;
use crate::scope::{ScopeCondition, read_scope};

/// Detection settings for a part of the cost. Of several that match, the first in the file is in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WatchSettings {
    /// Its name, unique in the file.
    pub name: String,
    /// The series that it is for: those that meet every condition.
    pub scope: Vec<ScopeCondition>,
    /// How far from its baseline a day must be.
    pub sensitivity: Sensitivity,
    /// The smallest change per day that is an anomaly.
    pub min_impact: Amount,
    /// The severity of incidents.
    pub severity: SeverityLevels,
}

impl WatchSettings {
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        general: &DetectionSettings,
        dimensions: &[String],
        document: &mut Document<'_>,
    ) -> Self {
        let scope = read_scope(block, dimensions, document);
        if scope.is_empty() {
            let hint = "add scope = { team = \"research\" }; settings for everything go under detection";
            document.report(block.at.clone(), format!("{} has no scope", block.title), Some(hint.to_owned()));
        }
        let DetectionSettings { sensitivity, min_impact, severity, .. } =
            DetectionSettings::read_onto(general.clone(), block, document);
        Self { name, scope, sensitivity, min_impact, severity }
    }
}
