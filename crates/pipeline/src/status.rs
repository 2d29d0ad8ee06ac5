//! Status: the health of the system itself, from the records of its runs.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tollgate_ledger::{CurrentPeriod, FunctionRun};
use tollgate_model::text::counted;
use tollgate_model::{BillingPeriod, Day, IncidentState, SourceId};

use crate::deliveries::{RECENT_DELIVERIES, has_failed_since};
use crate::{PipelineError, State};

/// The age of the charges of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Freshness {
    /// The feed.
    pub source: SourceId,
    /// The last day that has charges.
    pub last_day: Day,
    /// Hours since that day ended; 0 before its end.
    pub hours: u64,
}

/// The status of the system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// The last run of each function.
    pub runs: Vec<FunctionRun>,
    /// Sources that still receive charges.
    pub sources: Vec<Freshness>,
    /// Messages that are due and not sent.
    pub waiting: usize,
    /// Hours that the oldest of these has waited.
    pub waiting_hours: u64,
    /// Incidents that are not closed.
    pub open_incidents: usize,
    /// Problems, each with what to do.
    pub troubles: Vec<String>,
}

/// Hours after which charges are late: AWS updates exports at least once a day.
const STALE: u64 = 24;
/// Hours after which a waiting message is stuck.
const STUCK: u64 = 1;

/// Reads the freshness of the sources with charges in this billing period or the previous one; of those with charges in the newest two
/// where the charges of all ended earlier.
///
/// # Errors
///
/// When the ledger fails.
pub async fn read_freshness(state: &State) -> Result<Vec<Freshness>, PipelineError> {
    let now = state.clock.now();
    Ok(freshness_of(&state.ledger.periods().await?, now))
}

fn freshness_of(periods: &[CurrentPeriod], now: Timestamp) -> Vec<Freshness> {
    let today = Day::of_second(now.as_second());
    // A source that ended before the others is closed. When all are old, none is: then every export is missing.
    let newest = periods.iter().map(|p| p.revision.period).max();
    let since: BillingPeriod = newest.map_or(today.month(), |newest| newest.min(today.month())).previous();
    let mut out: Vec<Freshness> = Vec::new();
    for current in periods.iter().filter(|p| p.revision.period >= since) {
        let (source, last_day) = (&current.revision.source, current.last_day);
        match out.iter_mut().find(|f| f.source == *source) {
            Some(known) => known.last_day = known.last_day.max(last_day),
            None => out.push(Freshness { source: source.clone(), last_day, hours: 0 }),
        }
    }
    for source in &mut out {
        let end = source.last_day.plus(1).first_second();
        source.hours = u64::try_from((now.as_second() - end) / 3600).unwrap_or(0);
    }
    out
}

/// Reads the status of the system.
///
/// # Errors
///
/// When the ledger fails.
pub async fn read_status(state: &State) -> Result<Status, PipelineError> {
    let now = state.clock.now();
    let runs = state.ledger.runs().await?;
    let sources = read_freshness(state).await?;
    let unplanned = state.ledger.outbox().await?;
    // A delivery that is deferred on purpose is not late.
    let due = state.ledger.due_deliveries(now).await?;
    let waiting = unplanned.len() + due.len();
    let planned = due.iter().map(|d| d.planned_at);
    let since = unplanned.iter().map(|(_, m)| m.at).chain(planned);
    let waiting_hours = since.min().map_or(0, |at| hours(now.duration_since(at)));
    let live = state.ledger.incidents(&[IncidentState::Open, IncidentState::Acknowledged]).await?;
    let mut troubles = Vec::new();
    if state.ledger.periods().await?.is_empty() {
        troubles.push(nothing_arrived(&runs).to_owned());
    }
    for run in &runs {
        if let Some(why) = &run.failed {
            troubles.push(format!("{} failed at {}: {why}", run.function, run.at));
        }
    }
    if let Some(at) = runs.iter().find(|r| r.function == "ingest").map(|r| r.at)
        && hours(now.duration_since(at)) >= STALE
    {
        troubles.push(format!("ingest has not run since {at}; check its schedule and its dead-letter queue"));
    }
    // On one machine a person imports exports; age alone is no failure there.
    for source in sources.iter().filter(|s| s.hours > STALE && !runs.is_empty()) {
        troubles.push(format!("{} has no charges after {}; check its export", source.source, source.last_day));
    }
    // On one machine without `tollgate serve` nothing sends messages.
    if waiting_hours >= STUCK && !runs.is_empty() {
        troubles.push(format!(
            "{} to be sent; check the log of notify and the dead-letter queue",
            counted(waiting, "message waits", "messages wait")
        ));
    }
    let month = Day::of(now).month().to_string();
    let ended = state.ledger.deliveries(&month, RECENT_DELIVERIES).await?;
    let failed = ended.iter().filter(|d| has_failed_since(d, now - SignedDuration::from_hours(24))).count();
    if failed > 0 {
        troubles.push(format!(
            "{} in the last day; `tollgate deliveries --failed` lists them, `tollgate deliveries retry` sends them again",
            counted(failed, "delivery failed", "deliveries failed")
        ));
    }
    Ok(Status { runs, sources, waiting, waiting_hours, open_incidents: live.len(), troubles })
}

/// What is wrong with a store without charges.
fn nothing_arrived(runs: &[FunctionRun]) -> &'static str {
    match runs {
        [] => {
            "no export has arrived and no function has run; in a deployment, docs/guides/deploy-on-aws.md, step 4, lists what to check; on \
             one machine, `tollgate ingest FILE…` imports an export"
        }
        [_, ..] => {
            "no export has arrived yet: AWS writes the first one within a day; docs/guides/deploy-on-aws.md, step 4, lists what to check"
        }
    }
}

fn hours(time: SignedDuration) -> u64 {
    u64::try_from(time.as_hours()).unwrap_or(0)
}
