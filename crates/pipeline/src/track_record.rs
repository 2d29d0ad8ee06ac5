//! The track record of advice: how much of the promised savings its kinds have brought, by account.

use std::collections::BTreeMap;

use tollgate_model::{AdviceState, RealizedSaving};

use crate::{PipelineError, State};

/// The number of changes that the confidence of the method itself weighs as much as.
const PRIOR: f64 = 5.0;

/// Reads how far advice of a kind in an account is trusted, in percent of the confidence of its method.
///
/// # Errors
///
/// When the ledger fails.
pub(crate) async fn read_track_record(state: &State) -> Result<BTreeMap<(String, String), u32>, PipelineError> {
    let changes = state.ledger.realized().await?;
    track_record_of(state, &changes).await
}

/// The track record that these changes and the dismissed advice make.
pub(crate) async fn track_record_of(
    state: &State,
    changes: &[RealizedSaving],
) -> Result<BTreeMap<(String, String), u32>, PipelineError> {
    let mut seen: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    for of in changes {
        let key = (of.kind.clone(), of.place.account.clone());
        let share = match (of.reverted, of.realized, of.promised) {
            (true, ..) => Some(0.0),
            (_, Some((_, mean, _)), Some((least, most))) => {
                let promised = least.saturating_add(most).to_f64() / 2.0;
                (promised > 0.0).then(|| (mean.to_f64() / promised).clamp(0.0, 1.0))
            }
            _ => None,
        };
        seen.entry(key).or_default().extend(share);
    }
    for (record, _) in state.ledger.advices(&[AdviceState::Dismissed]).await? {
        if record.was_wrong {
            let key = (record.advice.kind, record.advice.subject.place.account);
            seen.entry(key).or_default().push(0.0);
        }
    }
    let percent = |all: &[f64]| ((PRIOR + all.iter().sum::<f64>()) / (PRIOR + all.len() as f64) * 100.0).round() as u32;
    Ok(seen.into_iter().filter(|(_, all)| !all.is_empty()).map(|(key, all)| (key, percent(&all))).collect())
}
