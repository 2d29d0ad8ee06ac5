//! Imports: what counts today and what it replaced, and the rollback of an import.

use serde::Serialize;
use tollgate_ledger::{CurrentPeriod, LedgerError, PeriodChange, ReplacedDelivery};
use tollgate_model::{BillingPeriod, Restatement, Revision, SourceId, StatedCost, Totals};

use jiff::Timestamp;

use crate::audit::audit_event;
use crate::datasets::{DatasetRolledBack, has_changed_datasets, roll_back_datasets};
use crate::{Actor, Context, PipelineError, State};

/// A delivery that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportedDelivery {
    /// The import that brought it; empty for one of an earlier version.
    pub import: String,
    /// When it became current.
    pub imported_at: Timestamp,
    /// The source.
    pub source: SourceId,
    /// The month.
    pub period: BillingPeriod,
    /// Its name among the deliveries of its source and month; the first one has none.
    pub delivery: String,
    /// The month of the files that brought it, when its rows came late.
    pub late_in: Option<BillingPeriod>,
    /// The export that brought it, where one names itself.
    pub feed: Option<String>,
    /// Its inputs.
    pub inputs: Vec<String>,
    /// Charges.
    pub rows: u64,
    /// BilledCost in the lake.
    pub billed: Totals,
    /// EffectiveCost in the lake.
    pub effective: Totals,
    /// The inputs' own money columns, and how both costs differ from them.
    pub stated: Vec<StatedCost>,
    /// The deliveries that it replaced.
    pub replaced: Vec<ReplacedDelivery>,
}

/// Lists the deliveries that count, by source and month.
///
/// # Errors
///
/// When the ledger fails.
pub async fn list_imports(state: &State) -> Result<Vec<ImportedDelivery>, PipelineError> {
    let listed = |current: CurrentPeriod| ImportedDelivery {
        import: current.import,
        imported_at: current.imported_at,
        source: current.revision.source,
        period: current.revision.period,
        delivery: current.delivery,
        late_in: current.home.filter(|_| current.late),
        feed: current.feed,
        inputs: current.inputs,
        rows: current.totals.rows,
        billed: current.totals.billed_lake,
        effective: current.totals.effective_lake,
        stated: current.stated,
        replaced: current.replaced,
    };
    Ok(state.ledger.periods().await?.into_iter().map(listed).collect())
}

/// The rollback of one delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RolledBack {
    /// What counted until now.
    pub removed: Revision,
    /// Its BilledCost.
    pub billed: Totals,
    /// What counts again.
    pub restored: Vec<ReplacedDelivery>,
}

/// The rollback of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportRollback {
    /// Its deliveries of charges.
    pub deliveries: Vec<RolledBack>,
    /// What it changed in the datasets beside the charges.
    pub datasets: Vec<DatasetRolledBack>,
}

/// A part of a rollback, as JSON lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RollbackStep {
    /// Of charges.
    Delivery(RolledBack),
    /// Of a dataset beside the charges.
    Dataset(DatasetRolledBack),
}

impl ImportRollback {
    /// The deliveries, then the datasets.
    pub fn into_steps(self) -> Vec<RollbackStep> {
        let deliveries = self.deliveries.into_iter().map(RollbackStep::Delivery);
        deliveries.chain(self.datasets.into_iter().map(RollbackStep::Dataset)).collect()
    }
}

/// Rolls an import back: its deliveries count no longer, and those that they replaced count again; the same for its rows of the datasets
/// beside the charges. Each delivery and each dataset has an entry of the audit log.
///
/// # Errors
///
/// When the import brought nothing that counts, when what it replaced is no longer kept, or when a store fails.
pub async fn roll_back_import(context: &Context, actor: &Actor, import: &str) -> Result<ImportRollback, PipelineError> {
    let ledger = &context.state.ledger;
    let current: Vec<CurrentPeriod> =
        ledger.periods().await?.into_iter().filter(|c| !import.is_empty() && c.import == import).collect();
    let has_datasets = !import.is_empty() && has_changed_datasets(context, import).await?;
    if current.is_empty() && !has_datasets {
        let text = format!("no delivery of import `{import}` counts\nhint: `tollgate imports` lists those that do");
        return Err(PipelineError::NotFound(text));
    }
    // Everything is found before anything changes.
    let mut steps = Vec::with_capacity(current.len());
    for new in current {
        let mut restored = Vec::with_capacity(new.replaced.len());
        for old in &new.replaced {
            restored.push(restore(context, &new, old).await?);
        }
        steps.push((new, restored));
    }
    let mut out = Vec::with_capacity(steps.len());
    for (new, restored) in steps {
        let Revision { source, period, .. } = new.revision.clone();
        let read_changes = ledger.period_changes(&source, period).await?;
        let found = ledger.current_delivery(&source, period, &new.delivery).await?;
        let found = found.filter(|(c, _)| c.revision == new.revision);
        let contended = || PipelineError::Contended { source_id: source.clone(), period };
        let removed = [found.ok_or_else(contended)?];
        let change = PeriodChange { source: &source, period, read_changes, current: &restored, removed: &removed };
        let event = audit_event(&context.state, actor, "rolled back", import, &note(&new));
        match ledger.change_period_audited(&change, &[], &event).await {
            Ok(()) => {}
            Err(LedgerError::Conflict { .. }) => return Err(contended()),
            Err(error) => return Err(error.into()),
        }
        let billed = new.totals.billed_lake.clone();
        out.push(RolledBack { removed: new.revision, billed, restored: new.replaced });
    }
    let datasets = if has_datasets { roll_back_datasets(context, actor, import).await? } else { Vec::new() };
    Ok(ImportRollback { deliveries: out, datasets })
}

/// What a rollback does, for the audit log: `aws-410000000001 2026-10: 3131 USD no longer count, 3100 USD count again`.
fn note(removed: &CurrentPeriod) -> String {
    let sums = |totals: &Totals| {
        let each: Vec<String> = totals.iter().map(|m| format!("{} {}", m.amount, m.currency)).collect();
        if each.is_empty() { "0".to_owned() } else { each.join(", ") }
    };
    let Revision { source, period, .. } = &removed.revision;
    let mut out = format!("{source} {period}: {} no longer count", sums(&removed.totals.billed_lake));
    let mut restored = Totals::default();
    // Sums that leave the range are left out.
    if !removed.replaced.is_empty() && removed.replaced.iter().all(|old| restored.merge(&old.billed).is_ok()) {
        out.push_str(&format!(", {} count again", sums(&restored)));
    }
    out
}

/// The pointer of a replaced delivery as it was, if its files and series are still kept.
async fn restore(
    context: &Context,
    new: &CurrentPeriod,
    old: &ReplacedDelivery,
) -> Result<CurrentPeriod, PipelineError> {
    let Revision { source, period, .. } = &old.revision;
    let gone = || {
        let text = format!(
            "{source} {period}: what import `{}` replaced is no longer kept; nothing was changed\nhint: import the earlier files again with --replace",
            new.import
        );
        PipelineError::Refused(text)
    };
    let history = context.state.ledger.history(source, *period).await?;
    let same = |record: &&CurrentPeriod| {
        let (was, is) = ((&record.revision, &record.delivery), (&old.revision, &old.delivery));
        was == is && record.parts == old.parts && record.imported_at == old.imported_at
    };
    let record = history.iter().rev().find(same).cloned().ok_or_else(gone)?;
    let stored = context.lake.stored_of(source, *period).await?;
    let kept = |name: &String| {
        let path = tollgate_lake::Lake::path_of(&old.revision, name);
        stored.iter().any(|file| file.path == path)
    };
    let series = context.state.ledger.series_of(&old.revision).await?.len() as u64;
    if !old.parts.iter().all(kept) || series != record.series {
        return Err(gone());
    }
    Ok(CurrentPeriod {
        restatement: Restatement::default(),
        // The files of the rolled back revision stay for readers that started with it.
        previous: Some((new.revision.clone(), new.parts.clone())),
        replaced: Vec::new(),
        ..record
    })
}
