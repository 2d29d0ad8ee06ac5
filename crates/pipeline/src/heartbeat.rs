//! The heartbeat: once a day Tollgate says that it is watching, so that silence means that nothing happened.

use jiff::SignedDuration;
use tollgate_model::{Content, Day, Heartbeat, IncidentState};

use crate::status::failed_since;
use crate::{PipelineError, State};

/// The hour of the day, UTC.
const HOUR: i8 = 8;
/// Deliveries of the last day that are looked at.
const LOOKED_AT: usize = 500;

/// Writes the day's heartbeat, if it is time and it was not written yet. A store without charges has nothing to say.
pub(crate) async fn beat(state: &State) -> Result<(), PipelineError> {
    let now = state.clock.now();
    let day = Day::of_second(now.as_second());
    let id = format!("heartbeat-{day}");
    if now.to_zoned(jiff::tz::TimeZone::UTC).hour() < HOUR || !state.ledger.deliveries_of(&id).await?.is_empty() {
        return Ok(());
    }
    let periods = state.ledger.periods().await?;
    if periods.is_empty() {
        return Ok(());
    }
    let mut sources = std::collections::BTreeMap::new();
    for period in periods {
        let last = sources.entry(period.revision.source).or_insert(period.last_day);
        *last = (*last).max(period.last_day);
    }
    let live = state.ledger.incidents(&[IncidentState::Open, IncidentState::Acknowledged]).await?;
    let recent = state.ledger.deliveries(&day.month().to_string(), LOOKED_AT).await?;
    let since = now - SignedDuration::from_hours(24);
    let failed = recent.iter().filter(|d| failed_since(d, since));
    let heartbeat = Heartbeat {
        day,
        open_incidents: live.len() as u64,
        waiting: state.ledger.waiting_deliveries().await?.len() as u64,
        failed: failed.count() as u64,
        sources: sources.into_iter().collect(),
        audit: state.ledger.audit_head().await?.map(|head| (head.number, head.hash)),
    };
    state.ledger.put_message(&state.message(id, Content::Heartbeat(heartbeat))).await?;
    Ok(())
}
