//! Forecasts and daily series from the ledger.

use tollgate_model::forecast::Forecast;
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{Amount, Basis, Currency, Day};

use crate::cube::load_cube;
use crate::{PipelineError, State};

/// Forecasts `days` days ahead, for each combination of facet values and each currency.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub async fn forecast_costs(state: &State, facets: &[Facet], days: usize) -> Result<Vec<Forecast>, PipelineError> {
    Ok(tollgate_analysis::forecast_scopes(&load_cube(state).await?, facets, days))
}

/// Returns daily effective cost by facets and currency: scope, currency, and the amount of each complete day. Usage, purchases, taxes,
/// credits and corrections all count.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub async fn daily_costs(
    state: &State,
    facets: &[Facet],
) -> Result<Vec<(Scope, Currency, Vec<(Day, Amount)>)>, PipelineError> {
    let sums = load_cube(state).await?.sums(facets, Basis::Effective, |_| true);
    Ok(sums
        .into_iter()
        .map(|s| {
            (s.scope, s.currency, s.range.days().map(|d| (d, s.sums.get(&d).copied().unwrap_or_default())).collect())
        })
        .collect())
}
