//! A shadow run of detection: another method beside the one in effect, on the charges of the ledger.

use tollgate_analysis::{ShadowMethod, ShadowReport, Tuning};
use tollgate_model::{Amount, SeriesKey};
use tollgate_policy::Sensitivity;

use crate::cube::load_cube;
use crate::detect::{THREADS, Watches, tuning_of};
use crate::{PipelineError, State};

/// The method of a shadow run.
pub enum Shadow<'a> {
    /// Tollgate's method with another sensitivity, everywhere.
    Sensitivity(Sensitivity),
    /// Another method.
    Method(&'a ShadowMethod<'a>),
}

/// Judges the last `days` days with another method beside the one in effect. Nothing is stored.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub async fn compare_detection(state: &State, shadow: Shadow<'_>, days: usize) -> Result<ShadowReport, PipelineError> {
    let cube = load_cube(state).await?;
    let watches = Watches::read(state).await?;
    let in_effect = |key: &SeriesKey| watches.tuning(key);
    let compare =
        |shadow: &ShadowMethod<'_>| tollgate_analysis::compare_detection(&cube, &in_effect, shadow, days, THREADS);
    Ok(match shadow {
        Shadow::Method(method) => compare(method),
        Shadow::Sensitivity(sensitivity) => compare(&|values, start, key| {
            let min_impact: Amount = watches.tuning(key).min_impact;
            let tuning: Tuning = tuning_of(sensitivity, min_impact);
            Some(tollgate_analysis::alert_days(values, start, tuning))
        }),
    })
}
