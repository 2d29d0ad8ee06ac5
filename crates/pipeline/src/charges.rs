//! Charges of the lake, as use cases read them.

use tollgate_lake::ScanBatch;
use tollgate_model::period::DayRange;
use tollgate_model::{ChargeCategory, Column};

use crate::{Context, PipelineError};

/// Reads the chosen columns of the current charges of some days, UTC.
pub(crate) async fn scan(
    context: &Context,
    columns: &[Column],
    days: DayRange,
    each: impl FnMut(&ScanBatch) -> Result<(), PipelineError>,
) -> Result<(), PipelineError> {
    let parts = crate::current_parts(&context.state, |p| p.first_day < days.end && p.last_day >= days.start).await?;
    context.lake.scan(&parts, columns, Some(days), each).await
}

/// Reads the given columns of the newest billing period of each source.
pub(crate) async fn scan_newest(
    context: &Context,
    columns: &[Column],
    each: impl FnMut(&ScanBatch) -> Result<(), PipelineError>,
) -> Result<(), PipelineError> {
    let newest = context.state.ledger.periods().await?.iter().map(|p| p.revision.period).max();
    let parts = crate::current_parts(&context.state, |p| Some(p.revision.period) == newest).await?;
    context.lake.scan(&parts, columns, None, each).await
}

/// Whether a row is usage and no correction. Needs ChargeCategory and ChargeClass.
pub(crate) fn is_usage(batch: &ScanBatch) -> impl Fn(usize) -> bool + '_ {
    let (category, class) = (batch.text(Column::ChargeCategory), batch.text(Column::ChargeClass));
    move |row| category.get(row) == Some(ChargeCategory::Usage.as_str()) && class.get(row).is_none()
}

/// Whether a row is use that a commitment discount covers, or the part of one that was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommitmentUse {
    /// No commitment.
    OnDemand,
    /// Covered by the commitment.
    Used,
    /// Paid for and not used.
    Unused,
}

/// How a row relates to a commitment. Needs CommitmentDiscountId and CommitmentDiscountStatus.
pub(crate) fn commitment_use(batch: &ScanBatch) -> impl Fn(usize) -> CommitmentUse + '_ {
    let (id, status) = (batch.text(Column::CommitmentDiscountId), batch.text(Column::CommitmentDiscountStatus));
    move |row| match (id.get(row), status.get(row)) {
        (None, _) => CommitmentUse::OnDemand,
        (Some(_), Some("Unused")) => CommitmentUse::Unused,
        (Some(_), _) => CommitmentUse::Used,
    }
}
