//! The cost cube: all current series of the ledger on one calendar.

use tollgate_analysis::{CostCube, SourceSeries};
use tollgate_ledger::CurrentPeriod;
use tollgate_model::query::{CostPeriod, PeriodCalendar};
use tollgate_model::series::SeriesMonth;
use tollgate_model::{Day, DayRange};

use crate::{PipelineError, State};

/// Reads all current series onto one calendar.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub(crate) async fn load_cube(state: &State) -> Result<CostCube, PipelineError> {
    Ok(CostCube::new(read_sources(state).await?))
}

/// The days of a period, by the days of the charges and today.
///
/// # Errors
///
/// When there are no charges, or the period ends before it starts.
pub(crate) fn period_days(state: &State, cube: &CostCube, period: &CostPeriod) -> Result<DayRange, PipelineError> {
    let coverage = cube.coverage();
    let first = coverage.iter().map(|c| c.first).min().ok_or(PipelineError::Empty)?;
    let newest = cube.watermark().ok_or(PipelineError::Empty)?;
    let calendar = PeriodCalendar {
        today: Day::of(state.now()),
        first,
        newest,
        fiscal_start: state.policy.defaults.fiscal_year_starts,
    };
    period.days(calendar).map_err(|error| PipelineError::Refused(error.to_string()))
}

/// Reads all current series, by source.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub(crate) async fn read_sources(state: &State) -> Result<Vec<SourceSeries>, PipelineError> {
    let periods = state.ledger.periods().await?;
    let mut sources: Vec<SourceSeries> = Vec::new();
    for current in &periods {
        let months = state.ledger.series(current).await?;
        add_months(state, &mut sources, current, months);
    }
    if sources.is_empty() { Err(PipelineError::Empty) } else { Ok(sources) }
}

/// Adds the series of a billing period to those of its source. Periods come in the order of their sources.
pub(crate) fn add_months(
    state: &State,
    sources: &mut Vec<SourceSeries>,
    current: &CurrentPeriod,
    months: Vec<SeriesMonth>,
) {
    let (source, last_day) = (&current.revision.source, Some(current.last_day));
    match sources.last_mut().filter(|s| s.source == *source) {
        Some(same) => {
            same.months.extend(months);
            same.last_day = same.last_day.max(last_day);
        }
        None => {
            let provisional_days = u32::try_from(state.policy.detection.provisional_days).unwrap_or(0);
            sources.push(SourceSeries { source: source.clone(), months, provisional_days, last_day });
        }
    }
}
