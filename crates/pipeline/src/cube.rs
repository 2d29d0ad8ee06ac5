//! The cost cube: all current series of the ledger on one calendar.

use tollgate_analysis::{CostCube, SourceSeries};

use crate::{PipelineError, State};

/// Reads all current series onto one calendar.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub(crate) async fn load_cube(state: &State) -> Result<CostCube, PipelineError> {
    let periods = state.ledger.periods().await?;
    if periods.is_empty() {
        return Err(PipelineError::Empty);
    }
    let provisional_days = u32::try_from(state.policy.detection.provisional_days).unwrap_or(0);
    let mut sources: Vec<SourceSeries> = Vec::new();
    for current in &periods {
        let months = state.ledger.series(current).await?;
        let last_day = Some(current.last_day);
        match sources.last_mut().filter(|s| s.source == current.revision.source) {
            Some(same) => {
                same.months.extend(months);
                same.last_day = same.last_day.max(last_day);
            }
            None => sources.push(SourceSeries {
                source: current.revision.source.clone(),
                months,
                provisional_days,
                last_day,
            }),
        }
    }
    Ok(CostCube::new(sources))
}
