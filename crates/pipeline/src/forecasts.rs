//! Forecasts and daily series of what the ledger holds.

use tollgate_analysis::{CostCube, SourceSeries};
use tollgate_model::forecast::Forecast;
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{Amount, Basis, Currency, Day};

use crate::{PipelineError, State};

/// All current series on one calendar.
pub(crate) async fn cube(state: &State) -> Result<CostCube, PipelineError> {
    let periods = state.ledger.periods().await?;
    if periods.is_empty() {
        return Err(PipelineError::Empty);
    }
    let provisional_days = u32::try_from(state.policy.detection.provisional_days).unwrap_or(0);
    let mut sources: Vec<SourceSeries> = Vec::new();
    for current in &periods {
        let months = state.ledger.series(current).await?;
        match sources.last_mut().filter(|s| s.source == current.revision.source) {
            Some(same) => same.months.extend(months),
            None => sources.push(SourceSeries { source: current.revision.source.clone(), months, provisional_days }),
        }
    }
    Ok(CostCube::new(sources))
}

/// Forecasts `days` ahead, a line for each value of the facets and each currency.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub async fn forecast(state: &State, facets: &[Facet], days: usize) -> Result<Vec<Forecast>, PipelineError> {
    Ok(tollgate_analysis::forecast_scopes(&cube(state).await?, facets, days))
}

/// Daily effective cost by the facets and currency: scope, currency, and each complete day with its amount. Usage,
/// purchases, taxes, credits and corrections are all counted.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub async fn daily(
    state: &State,
    facets: &[Facet],
) -> Result<Vec<(Scope, Currency, Vec<(Day, Amount)>)>, PipelineError> {
    let sums = cube(state).await?.sums(facets, Basis::Effective, |_| true);
    Ok(sums
        .into_iter()
        .map(|s| {
            (s.scope, s.currency, s.range.days().map(|d| (d, s.sums.get(&d).copied().unwrap_or_default())).collect())
        })
        .collect())
}
