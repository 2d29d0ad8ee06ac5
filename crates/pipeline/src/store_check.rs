//! Store check: are the files that count there and whole, and which files do not count?

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tollgate_lake::{LakeError, StoredFile};
use tollgate_model::{BillingPeriod, SourceId};

use crate::ingest::ABANDONED;
use crate::{Context, PipelineError};

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StoreCheck {
    /// Billing periods that were checked.
    pub periods: usize,
    /// Files that count.
    pub files: usize,
    /// What is wrong with billing periods.
    pub faults: Vec<StoreFault>,
    /// Files that do not count: left by imports that were interrupted, or by earlier versions.
    pub orphans: Vec<StoredFile>,
    /// Orphans that were removed.
    pub removed: usize,
}

/// Something wrong with a billing period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoreFault {
    /// The feed.
    pub source: SourceId,
    /// The month.
    pub period: BillingPeriod,
    /// What is wrong.
    pub fault: Fault,
    /// What is wrong, for people.
    pub message: String,
}

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A file that counts is not there.
    Missing,
    /// A file that counts cannot be read.
    Damaged,
    /// The files have other rows or sums than the ones that were imported.
    Sums,
    /// Series are missing in the ledger.
    Series,
}

impl StoreCheck {
    /// Whether everything that counts is there and whole.
    pub fn fine(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Reads every file that counts and compares it with what was imported, and lists the files that do not count. With
/// `remove`, those of them that are older than any run are removed.
///
/// # Errors
///
/// When the ledger or the store of files does not answer.
pub async fn check_store(context: &Context, remove: bool) -> Result<StoreCheck, PipelineError> {
    let stored = context.lake.stored().await?;
    // Read after the list: a file that is listed and counts is among these.
    let periods = context.ledger.periods().await?;
    let mut out = StoreCheck { periods: periods.len(), ..StoreCheck::default() };
    let there: BTreeSet<&str> = stored.iter().map(|file| file.path.as_str()).collect();
    let mut counted = BTreeSet::new();
    for current in &periods {
        counted.extend(current.files());
        out.files += current.parts.len();
        let mut found = |fault, message: String| {
            let (source, period) = (current.revision.source.clone(), current.revision.period);
            out.faults.push(StoreFault { source, period, fault, message });
        };
        let paths = current.parts.iter().map(|name| tollgate_lake::Lake::path_of(&current.revision, name));
        let missing: Vec<String> = paths.filter(|path| !there.contains(path.as_str())).collect();
        if !missing.is_empty() {
            missing.into_iter().for_each(|path| found(Fault::Missing, format!("{path} is missing")));
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
                    found(Fault::Sums, message);
                }
            }
            Err(LakeError::Damaged { path, message }) => found(Fault::Damaged, format!("{path}: {message}")),
            Err(error) => return Err(error.into()),
        }
        let series = context.ledger.series_of(&current.revision).await?.len() as u64;
        if series != current.series {
            found(Fault::Series, format!("the ledger holds {series} of {} series", current.series));
        }
    }
    let abandoned = context.clock.now().as_second() - ABANDONED;
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
