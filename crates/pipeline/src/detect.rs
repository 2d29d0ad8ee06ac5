//! Detect: judge what is complete, name what moved, and keep incidents through their life.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use tollgate_analysis::{CostCube, DetectionInput, KeptBaselines, Tuning, group_anomalies};
use tollgate_ledger::LedgerError;
use tollgate_model::incident::{IncidentEvent, IncidentKind, Related};
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{
    Amount, Content, Day, Feedback, Incident, IncidentChange, IncidentState, Message, SeriesKey, SourceId,
};
use tollgate_policy::Sensitivity;

use crate::budgets::{account_names, matches};
use crate::causes::causes;
use crate::commitments::detect_commitments;
use crate::forecasts::cube;
use crate::{Context, PipelineError, State};

/// Days of a source that are not complete yet though they should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Late {
    /// The feed.
    pub source: SourceId,
    /// The days.
    pub days: Vec<Day>,
}

/// What a run of detect found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DetectReport {
    /// Incidents that were not known before.
    pub new: Vec<Incident>,
    /// Incidents that changed: grew, ended, or were explained away by a restatement.
    pub changed: Vec<Incident>,
    /// Changes in days that had been judged before: restated, not anomalous.
    pub restated: Vec<Incident>,
    /// Days that are late.
    pub late: Vec<Late>,
    /// The last day judged, by source.
    pub judged_through: BTreeMap<SourceId, Day>,
    /// Series that were judged.
    pub series: usize,
    /// Those of which only the new days had to be judged.
    pub continued: usize,
}

/// Judges every complete day and brings incidents up to date. Running it twice on the same charges changes nothing.
///
/// # Errors
///
/// When the ledger or the lake fails or is empty. Incidents saved before the failure stay; the next run does the rest.
pub async fn detect(context: &Context) -> Result<DetectReport, PipelineError> {
    let mut report = DetectReport::default();
    let mut tries = 1;
    loop {
        match Box::pin(look(context, &mut report)).await {
            // Another run saved an incident in between: look again at what is left.
            Err(PipelineError::Ledger(LedgerError::Conflict { .. })) if tries < TRIES => tries += 1,
            Err(error) => return Err(error),
            Ok(()) => return Ok(report),
        }
    }
}

/// Looks when other runs save incidents at the same time, as after a first import of many months.
const TRIES: usize = 8;

async fn look(context: &Context, report: &mut DetectReport) -> Result<(), PipelineError> {
    let cube = cube(context).await?;
    let names = account_names(context).await?;
    let watch_of = |key: &SeriesKey| context.policy.watches.iter().find(|w| matches(&w.scope, key, &names));
    let tuning = |key: &SeriesKey| {
        let general = &context.policy.detection;
        let (sensitivity, min_impact) =
            watch_of(key).map_or((general.sensitivity, general.min_impact), |w| (w.sensitivity, w.min_impact));
        tuning_of(sensitivity, min_impact)
    };
    let severity = |scope: &Scope, change: Amount| {
        let levels = watch_of(&key_of(scope)).map_or(context.policy.detection.severity, |w| w.severity);
        levels.of(change)
    };
    let feedback = context.ledger.feedback().await?;
    let mut kept = KeptBaselines::default();
    for chunk in context.ledger.baselines().await? {
        kept.read(&chunk);
    }
    let input = DetectionInput { tuning: &tuning, feedback: &feedback, kept: &kept, threads: THREADS };
    let detection = tollgate_analysis::detect_anomalies(&cube, &input);
    let found = group_anomalies(&detection.anomalies, severity);

    // What an earlier look saved stays told; the rest is seen anew.
    *report = DetectReport {
        series: detection.kept.len(),
        continued: detection.continued,
        new: std::mem::take(&mut report.new),
        changed: std::mem::take(&mut report.changed),
        ..DetectReport::default()
    };
    let mut judged_before: BTreeMap<SourceId, Day> = BTreeMap::new();
    for covered in cube.coverage() {
        report.judged_through.insert(covered.source.clone(), covered.watermark);
        if let Some(day) = context.ledger.watermark(&covered.source).await? {
            judged_before.insert(covered.source.clone(), day);
        }
        if !covered.late.is_empty() {
            report.late.push(Late { source: covered.source.clone(), days: covered.late.clone() });
        }
    }
    // Only where every source was judged before can a change of the past be told from a first look.
    let settled =
        (judged_before.len() == report.judged_through.len()).then(|| judged_before.values().copied().min()).flatten();

    let all = context.ledger.incidents(&IncidentState::ALL).await?;
    let (of_commitments, mut stored): (Vec<_>, Vec<_>) = all.into_iter().partition(|(i, _)| i.kind.is_of_commitment());
    let mut met: BTreeSet<String> = BTreeSet::new();
    for mut incident in found {
        let known = stored.iter_mut().find(|(s, _)| !met.contains(&s.id) && same(s, &incident));
        match known {
            Some((known, version)) => {
                met.insert(known.id.clone());
                if let Some(mut changed) = update(context, known, incident).await? {
                    beside(&cube, &mut changed);
                    let what = change(known, &changed).unwrap_or(IncidentChange::Grew);
                    let message = Some(told(context, what, &changed)).filter(|_| changed.is_live() || what.alerts());
                    context.ledger.put_incident(&changed, Some(*version), message.as_ref()).await?;
                    report.changed.push(changed);
                }
            }
            None if settled.is_some_and(|day| incident.last <= day) => report.restated.push(incident),
            None => {
                incident.causes = causes(context, &incident).await?;
                incident.related = related(&incident, stored.iter().map(|(i, _)| i));
                incident.reopened = flaps(context, &incident, stored.iter().map(|(i, _)| i));
                beside(&cube, &mut incident);
                incident.events.push(event(
                    context,
                    format!("found: {} {} a day", signed(incident.impact_per_day), incident.currency),
                ));
                // At a first look, what has long been over is history and no news.
                let news = settled.is_some() || incident.is_live();
                let message = news.then(|| told(context, IncidentChange::Opened, &incident));
                context.ledger.put_incident(&incident, None, message.as_ref()).await?;
                report.new.push(incident);
            }
        }
    }
    let unseen = stored.into_iter().filter(|(s, _)| !met.contains(&s.id) && s.is_live());
    for (mut gone, version) in unseen.filter(|(s, _)| !said_of(s, &feedback)) {
        gone.state = IncidentState::Resolved;
        gone.events.push(event(context, "resolved: the charges were restated and the change is gone".to_owned()));
        let message = told(context, IncidentChange::Resolved, &gone);
        context.ledger.put_incident(&gone, Some(version), Some(&message)).await?;
        report.changed.push(gone);
    }
    if let Some(through) = report.judged_through.values().copied().min() {
        detect_commitments(context, through, of_commitments, report).await?;
    }
    context.ledger.put_watermarks(&report.judged_through).await?;
    if detection.continued < detection.kept.len() || detection.kept != kept {
        context.ledger.put_baselines(&detection.kept.chunks(CHUNK)).await?;
    }
    Ok(())
}

/// Threads that judge series: what a small function and a laptop both have.
const THREADS: usize = 2;
/// Bytes of habits an item: DynamoDB allows 400 KiB, and base64 makes four of three.
const CHUNK: usize = 256 << 10;

fn tuning_of(sensitivity: Sensitivity, min_impact: Amount) -> Tuning {
    let tuning = match sensitivity {
        Sensitivity::Low => Tuning::LOW,
        Sensitivity::Normal => Tuning::NORMAL,
        Sensitivity::High => Tuning::HIGH,
    };
    Tuning { min_impact, ..tuning }
}

/// A scope as the key that all of its series share.
fn key_of(scope: &Scope) -> SeriesKey {
    let value = |facet: Facet| scope.0.get(&facet).cloned().flatten();
    SeriesKey {
        provider: value(Facet::Provider),
        billing_account: value(Facet::BillingAccount),
        sub_account: value(Facet::SubAccount),
        service: value(Facet::Service),
        region: value(Facet::Region),
        kind: tollgate_model::ChargeKind::Usage,
        currency: tollgate_model::Currency::UNKNOWN,
        dimensions: BTreeMap::new(),
    }
}

/// Whether an incident is no longer seen because somebody said that it is fine.
fn said_of(incident: &Incident, feedback: &[Feedback]) -> bool {
    feedback.iter().any(|f| f.incident == incident.id)
}

/// Earlier incidents that are told beside a new one.
const RELATED: usize = 3;

/// Earlier incidents of the same scope, of a part of it or of what it is part of, newest first.
fn related<'i>(incident: &Incident, all: impl Iterator<Item = &'i Incident>) -> Vec<Related> {
    let mut near: Vec<&Incident> = all
        .filter(|i| i.id != incident.id && i.start < incident.start && i.scope.0.len() > 1)
        .filter(|i| i.scope.covers(&incident.scope) || incident.scope.covers(&i.scope))
        .collect();
    near.sort_by_key(|i| (std::cmp::Reverse(i.start), i.id.clone()));
    let tell = |i: &&Incident| Related {
        id: i.id.clone(),
        start: i.start,
        what: format!("{}, {} {} a day, {}", i.kind.label(), signed(i.impact_per_day), i.currency, i.state),
    };
    near.iter().take(RELATED).map(tell).collect()
}

/// Two incidents of one scope this close are one that comes and goes.
const AGAIN: i32 = 7;

/// When incidents of the same scope opened again before, with this one: a scope that comes and goes flaps, whatever its incidents
/// are called.
fn flaps<'i>(context: &Context, incident: &Incident, all: impl Iterator<Item = &'i Incident>) -> Vec<Timestamp> {
    let before = all
        .filter(|i| i.scope == incident.scope && i.direction == incident.direction && i.currency == incident.currency)
        .filter(|i| i.id != incident.id && i.last < incident.start && incident.start - i.last <= AGAIN)
        .max_by_key(|i| i.last);
    before.map_or_else(Vec::new, |i| i.reopened.iter().copied().chain([context.now()]).collect())
}

/// What is told beside an incident: whose it is, and what its scope cost.
fn beside(cube: &CostCube, incident: &mut Incident) {
    incident.dimensions = tollgate_analysis::explaining_dimensions(cube, incident);
    incident.cost_history = Some(tollgate_analysis::cost_history(cube, incident));
}

/// Whether two incidents are the same one, seen at two times.
fn same(a: &Incident, b: &Incident) -> bool {
    a.id == b.id
        || (a.direction == b.direction
            && a.currency == b.currency
            && (a.start - b.start).abs() <= 3
            && (a.scope.covers(&b.scope) || b.scope.covers(&a.scope) || a.parts.iter().any(|p| b.parts.contains(p))))
}

/// The known incident with what is seen of it now, or `None` when nothing is different.
async fn update(context: &Context, known: &Incident, seen: Incident) -> Result<Option<Incident>, PipelineError> {
    let mut next = Incident {
        id: known.id.clone(),
        causes: known.causes.clone(),
        related: known.related.clone(),
        notes: known.notes.clone(),
        events: known.events.clone(),
        state: known.state,
        assignee: known.assignee.clone(),
        snoozed_until: known.snoozed_until,
        reopened: known.reopened.clone(),
        ..seen.clone()
    };
    let over = seen.state == IncidentState::Resolved;
    let changed = next.last != known.last || next.impact != known.impact || next.scope != known.scope;
    if known.is_live() && over {
        next.state = IncidentState::Resolved;
        let why =
            if seen.kind == IncidentKind::Spike { "the cost is back" } else { "the change has become usual or ended" };
        next.events.push(event(context, format!("resolved: {why} after {}", seen.last)));
    } else if known.state == IncidentState::Resolved && !over {
        next.state = IncidentState::Open;
        next.events.push(event(context, "open again".to_owned()));
        next.reopened.push(context.now());
    } else if changed {
        next.events.push(event(
            context,
            format!("now {} {} in all, through {}", signed(next.impact), next.currency, next.last),
        ));
    } else {
        return Ok(None);
    }
    next.causes = causes(context, &next).await?;
    Ok(Some(next))
}

pub(crate) fn event(state: &State, what: String) -> IncidentEvent {
    IncidentEvent { at: state.now(), what }
}

/// How an incident changed, where that is worth a word.
pub(crate) fn change(before: &Incident, after: &Incident) -> Option<IncidentChange> {
    match (before.is_live(), after.is_live()) {
        (true, false) => Some(IncidentChange::Resolved),
        (false, true) if before.state == IncidentState::Resolved => Some(IncidentChange::Reopened),
        (_, true) if after.severity > before.severity => Some(IncidentChange::Raised),
        _ => None,
    }
}

/// The message that tells of a change.
pub(crate) fn told(state: &State, change: IncidentChange, incident: &Incident) -> Message {
    let id = match change {
        IncidentChange::Opened => format!("{}#opened", incident.id),
        IncidentChange::Raised => format!("{}#raised-{}", incident.id, incident.severity),
        IncidentChange::Reopened | IncidentChange::Resolved => {
            format!("{}#{}-{}", incident.id, change.label(), incident.last)
        }
        _ => format!("{}#{}-{}", incident.id, change.label(), incident.events.len()),
    };
    state.message(id, Content::Incident { change, incident: Box::new(incident.clone()) })
}

fn signed(amount: Amount) -> String {
    let text = tollgate_model::money::grouped(amount, 2);
    if amount.is_negative() { text } else { format!("+{text}") }
}
