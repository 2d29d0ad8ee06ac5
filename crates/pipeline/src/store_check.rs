//! Store check: verifies that the files of current revisions exist and are intact, and lists files that belong to none.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tollgate_lake::{LakeError, StoredFile};
use tollgate_model::{BillingPeriod, SourceId};

use crate::abandoned::abandoned_before;
use crate::{Context, PipelineError};

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StoreCheck {
    /// Billing periods that were checked.
    pub periods: usize,
    /// Files of current revisions.
    pub files: usize,
    /// Faults of billing periods.
    pub faults: Vec<StoreFault>,
    /// Files of no revision: left by interrupted imports or earlier versions.
    pub orphans: Vec<StoredFile>,
    /// Orphans that were removed.
    pub removed: usize,
}

/// A fault of a billing period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoreFault {
    /// The feed.
    pub source: SourceId,
    /// The month.
    pub period: BillingPeriod,
    /// The kind.
    pub fault: StoreFaultKind,
    /// The description.
    pub message: String,
}

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreFaultKind {
    /// A file is missing.
    Missing,
    /// A file cannot be read.
    Damaged,
    /// Rows or sums of the files differ from the import.
    Sums,
    /// Series are missing in the ledger.
    Series,
}

impl StoreCheck {
    /// Whether every file of a current revision exists and is intact.
    pub fn is_intact(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Reads the files of current revisions, compares them with the import, and lists files of no revision. With `remove`, those that are
/// older than any run are removed.
///
/// # Errors
///
/// When the ledger or the store of files does not answer.
pub async fn check_store(context: &Context, remove: bool) -> Result<StoreCheck, PipelineError> {
    let stored = context.lake.stored().await?;
    // Read after the list, so that every listed file that counts is among these.
    let periods = context.state.ledger.periods().await?;
    let mut out = StoreCheck { periods: periods.len(), ..StoreCheck::default() };
    let listed: BTreeSet<&str> = stored.iter().map(|file| file.path.as_str()).collect();
    let mut counted = BTreeSet::new();
    for current in &periods {
        counted.extend(current.files());
        out.files += current.parts.len();
        let mut found = |fault, message: String| {
            let (source, period) = (current.revision.source.clone(), current.revision.period);
            out.faults.push(StoreFault { source, period, fault, message });
        };
        let paths = current.parts.iter().map(|name| tollgate_lake::Lake::path_of(&current.revision, name));
        let missing: Vec<String> = paths.filter(|path| !listed.contains(path.as_str())).collect();
        if !missing.is_empty() {
            missing.into_iter().for_each(|path| found(StoreFaultKind::Missing, format!("{path} is missing")));
            continue;
        }
        match context.lake.revision_totals(&current.revision, &current.parts).await {
            Ok(totals) => {
                let known = &current.totals;
                if (totals.rows, &totals.billed, &totals.effective)
                    != (known.rows, &known.billed_lake, &known.effective_lake)
                {
                    let message =
                        format!("its files hold {} rows; {} were imported, or sums differ", totals.rows, known.rows);
                    found(StoreFaultKind::Sums, message);
                }
            }
            Err(LakeError::Damaged { path, message }) => found(StoreFaultKind::Damaged, format!("{path}: {message}")),
            Err(error) => return Err(error.into()),
        }
        let series = context.state.ledger.series_of(&current.revision).await?.len() as u64;
        if series != current.series {
            found(StoreFaultKind::Series, format!("the ledger holds {series} of {} series", current.series));
        }
    }
    let abandoned = abandoned_before(&context.state);
    let mut orphans: BTreeMap<bool, Vec<StoredFile>> = BTreeMap::new();
    for file in stored.into_iter().filter(|file| !counted.contains(&file.path)) {
        orphans.entry(remove && file.written < abandoned).or_default().push(file);
    }
    for file in orphans.remove(&true).unwrap_or_default() {
        context.lake.remove_stored(&file).await?;
        out.removed += 1;
    }
    out.orphans = orphans.remove(&false).unwrap_or_default();
    Ok(out)
}
