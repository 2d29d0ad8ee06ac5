//! The heartbeat: one message a day, so that silence means that nothing happened.

use jiff::SignedDuration;
use tollgate_model::{Content, Day, Heartbeat, IncidentState};

use crate::deliveries::{RECENT_DELIVERIES, has_failed_since};
use crate::{PipelineError, State};

/// The hour of the day, UTC.
const HOUR: i8 = 8;

/// Writes the heartbeat of the day when it is due and not written yet. A store without charges writes none.
pub(crate) async fn write_heartbeat(state: &State) -> Result<(), PipelineError> {
    let now = state.clock.now();
    let day = Day::of_second(now.as_second());
    let id = format!("heartbeat-{day}");
    if now.to_zoned_datetime(jiff::tz::TimeZone::UTC).hour() < HOUR
        || !state.ledger.deliveries_of(&id).await?.is_empty()
    {
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
    let recent = state.ledger.deliveries(&day.month().to_string(), RECENT_DELIVERIES).await?;
    let since = now - SignedDuration::from_hours(24);
    let failed = recent.iter().filter(|d| has_failed_since(d, since));
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
