//! `commitment "name" { … }`: when a savings plan or reservation ends, which no bill says.

use serde::Serialize;
use tollgate_model::Day;

use crate::block::Block;
use crate::document::Document;

/// Days before its end that a commitment is told.
const WARN: u64 = 30;

/// A commitment whose end is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Commitment {
    /// Its name, unique in the file.
    pub name: String,
    /// `CommitmentDiscountId`, as the bill has it.
    pub id: String,
    /// The last day that it covers.
    pub ends: Day,
    /// Days before it that it is told.
    pub warn_days: u64,
}

impl Commitment {
    pub(crate) fn read(name: String, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<Self> {
        let id = block.text("id", document).map(|(text, _)| text.to_owned());
        let ends = block.day("ends", document);
        for missing in ["id", "ends"].into_iter().filter(|name| block.place(name).is_none()) {
            document.report(block.at.clone(), format!("{} has no {missing}", block.title), None);
        }
        let warn_days = block.whole("warn_days", 0..=365, document).unwrap_or(WARN);
        Some(Self { name, id: id?, ends: ends?, warn_days })
    }
}
