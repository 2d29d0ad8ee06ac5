//! `commitment "name" { … }`: when a savings plan or reservation ends, which no bill contains.

use serde::Serialize;
use tollgate_model::Day;

use crate::block::Block;
use crate::document::Document;

/// Days before the end of a commitment at which a message is sent.
const WARN: u64 = 30;

/// A commitment whose last day is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CommitmentEnd {
    /// Its name, unique in the file.
    pub name: String,
    /// `CommitmentDiscountId`, as the bill has it.
    pub id: String,
    /// The last day that it covers.
    pub ends: Day,
    /// Days before the last day at which a message is sent.
    pub warn_days: u64,
}

impl CommitmentEnd {
    pub(crate) fn read(name: String, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<Self> {
        let id = block.text("id", document).map(|(text, _)| text.to_owned());
        let ends = block.day("ends", document);
        for missing in ["id", "ends"].into_iter().filter(|name| block.place(name).is_none()) {
            document.report(block.at.clone(), format!("{} has no {missing}", block.title), None);
        }
        let warn_days = block.whole_or("warn_days", 0..=365, WARN, document);
        Some(Self { name, id: id?, ends: ends?, warn_days })
    }
}
