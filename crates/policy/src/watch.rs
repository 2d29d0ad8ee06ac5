//! `watch "name" { … }`: another sensitivity for a part of the cost.

use serde::Serialize;
use tollgate_model::Amount;

use crate::block::Block;
use crate::budget::{Match, scope};
use crate::detection::{Detection, Sensitivity, SeverityLevels};
use crate::document::Document;

/// How a part of the cost is watched. Of several that match, the first in the file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Watch {
    /// Its name, unique in the file.
    pub name: String,
    /// What it is about: a series that meets every condition.
    pub scope: Vec<Match>,
    /// How far from the usual a day must be.
    pub sensitivity: Sensitivity,
    /// The least change a day that is worth a word.
    pub min_impact: Amount,
    /// How much an incident matters.
    pub severity: SeverityLevels,
}

impl Watch {
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        general: &Detection,
        dimensions: &[String],
        document: &mut Document<'_>,
    ) -> Self {
        let conditions = block.expression("scope").map(|e| scope(e, &block.title, dimensions, document));
        if conditions.as_ref().is_none_or(Vec::is_empty) {
            let hint = "add scope = { team = \"research\" }; what holds everywhere stands under detection";
            document.report(block.at.clone(), format!("{} has no scope", block.title), Some(hint.to_owned()));
        }
        let detection = Detection::read_onto(general.clone(), block, document);
        Self {
            name,
            scope: conditions.unwrap_or_default(),
            sensitivity: detection.sensitivity,
            min_impact: detection.min_impact,
            severity: detection.severity,
        }
    }
}
