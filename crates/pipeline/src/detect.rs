//! Detect: judges complete days, finds causes, and keeps incidents up to date.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tollgate_analysis::{
    CostCube, DetectionInput, KeptBaselines, LearningRates, SamplingInterval, Tuning, group_anomalies,
};
use tollgate_ledger::LedgerError;
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{Amount, Day, Feedback, Incident, IncidentChange, IncidentState, SeriesKey, Severity, SourceId};
use tollgate_policy::{Sensitivity, WatchSettings};

use crate::causes::find_causes;
use crate::commitments::detect_commitments;
use crate::cube::load_cube;
use crate::forecasts::store_forecasts;
use crate::incident_life::{
    incident_change, incident_event, incident_message, is_same_incident, related_incidents, reopened_instants, signed,
    updated_incident,
};
use crate::scope::{matches_scope, read_account_names};
use crate::units::detect_unit_costs;
use crate::{Context, PipelineError, State};

/// Days of a source that should be complete and are not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LateDays {
    /// The feed.
    pub source: SourceId,
    /// The days.
    pub days: Vec<Day>,
}

/// A source with too little history for incidents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LearningSource {
    /// The feed.
    pub source: SourceId,
    /// Its complete days.
    pub days: i32,
    /// The days that a baseline needs.
    pub needed: i32,
    /// The first day whose incidents are reported.
    pub from: Day,
}

/// The sources whose baselines are still learned.
fn learning_sources(cube: &CostCube) -> Vec<LearningSource> {
    let needed = LearningRates::of(SamplingInterval::DAILY).warmup_points();
    let needed = i32::try_from(needed).unwrap_or(i32::MAX);
    let all = cube.coverage().iter().map(|c| LearningSource {
        source: c.source.clone(),
        days: c.watermark - c.first + 1,
        needed,
        from: c.first.plus(needed),
    });
    all.filter(|source| source.days <= source.needed).collect()
}

/// What a detection found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DetectReport {
    /// Incidents that were not known before.
    pub new: Vec<Incident>,
    /// Incidents that grew, ended, or were removed by a restatement.
    pub changed: Vec<Incident>,
    /// Changes in days that were judged before: restatements, not anomalies.
    pub restated: Vec<Incident>,
    /// Days that are late.
    pub late: Vec<LateDays>,
    /// Sources with too little history for incidents.
    pub learning: Vec<LearningSource>,
    /// The last day judged, by source.
    pub judged_through: BTreeMap<SourceId, Day>,
    /// Series that were judged.
    pub series: usize,
    /// Series of which only new days were judged.
    pub continued: usize,
    /// The version of the method whose baselines were found and are learned anew with the version of this program.
    pub learned_anew_from: Option<u8>,
}

/// Judges every complete day and updates incidents. A second run on the same charges changes nothing.
///
/// # Errors
///
/// When the ledger or the lake fails or is empty. Incidents saved before the failure stay; the next run saves the rest.
pub async fn detect(context: &Context) -> Result<DetectReport, PipelineError> {
    let mut report = DetectReport::default();
    let mut attempts = 1;
    loop {
        match Box::pin(detect_once(context, &mut report)).await {
            // Another run saved an incident at the same time: detect the rest again.
            Err(PipelineError::Ledger(LedgerError::Conflict { .. })) if attempts < ATTEMPTS => attempts += 1,
            Err(error) => return Err(error),
            Ok(()) => return Ok(report),
        }
    }
}

/// Attempts when other runs save incidents at the same time, for example after a first import of many months.
const ATTEMPTS: usize = 8;

async fn detect_once(context: &Context, report: &mut DetectReport) -> Result<(), PipelineError> {
    let state = &context.state;
    let cube = load_cube(state).await?;
    let watches = Watches::read(state).await?;
    let feedback = state.ledger.feedback().await?;
    let mut kept = KeptBaselines::default();
    for chunk in state.ledger.baselines().await? {
        kept.read(&chunk);
    }
    let tuning = |key: &SeriesKey| watches.tuning(key);
    let input = DetectionInput { tuning: &tuning, feedback: &feedback, kept: &kept, threads: THREADS };
    let detection = tollgate_analysis::detect_anomalies(&cube, &input);
    let found = group_anomalies(&detection.anomalies, |scope: &Scope, change: Amount| watches.severity(scope, change));

    // A second attempt keeps what the first one saved and reports the rest again.
    *report = DetectReport {
        series: detection.kept.len(),
        continued: detection.continued,
        learning: learning_sources(&cube),
        learned_anew_from: kept.other_version(),
        new: std::mem::take(&mut report.new),
        changed: std::mem::take(&mut report.changed),
        ..DetectReport::default()
    };
    let settled = read_coverage(state, &cube, report).await?;
    let all = state.ledger.incidents(&IncidentState::ALL).await?;
    let (of_commitments, all): (Vec<_>, Vec<_>) = all.into_iter().partition(|(i, _)| i.kind.is_of_commitment());
    let (of_units, incidents) = all.into_iter().partition(|(i, _)| i.kind.is_of_unit());
    let mut stored = StoredIncidents { incidents, found_again: BTreeSet::new() };
    for incident in found {
        match stored.match_found(&incident) {
            Some((known, version)) => {
                update_known(context, (&cube, &watches.names), (&known, version), incident, report).await?
            }
            None if settled.is_some_and(|day| incident.last <= day) => report.restated.push(incident),
            None => open_incident(context, (&cube, &watches.names), &stored, settled, incident, report).await?,
        }
    }
    resolve_restated(state, stored, &feedback, report).await?;
    if let Some(through) = report.judged_through.values().copied().min() {
        detect_commitments(context, through, of_commitments, report).await?;
    }
    detect_unit_costs(state, of_units, report).await?;
    state.ledger.put_watermarks(&report.judged_through).await?;
    if detection.continued < detection.kept.len() || detection.kept != kept {
        state.ledger.put_baselines(&detection.kept.chunks(CHUNK)).await?;
    }
    store_forecasts(state, &cube).await?;
    Ok(())
}

/// The settings of detection: those of the first watch that selects a series, or the general ones.
pub(crate) struct Watches<'s> {
    state: &'s State,
    /// Names of accounts, by id.
    names: BTreeMap<String, String>,
}

impl<'s> Watches<'s> {
    pub(crate) async fn read(state: &'s State) -> Result<Self, PipelineError> {
        Ok(Self { state, names: read_account_names(state).await? })
    }

    fn find(&self, key: &SeriesKey) -> Option<&WatchSettings> {
        self.state.policy.watches.iter().find(|w| matches_scope(&w.scope, key, &self.names))
    }

    pub(crate) fn tuning(&self, key: &SeriesKey) -> Tuning {
        let general = &self.state.policy.detection;
        let (sensitivity, min_impact) =
            self.find(key).map_or((general.sensitivity, general.min_impact), |w| (w.sensitivity, w.min_impact));
        tuning_of(sensitivity, min_impact)
    }

    fn severity(&self, scope: &Scope, change: Amount) -> Severity {
        let levels = self.find(&key_of(scope)).map_or(self.state.policy.detection.severity, |w| w.severity);
        levels.of(change)
    }
}

/// The incidents of the ledger, with their versions, and the ids of those that this run found again.
struct StoredIncidents {
    incidents: Vec<(Incident, u64)>,
    found_again: BTreeSet<String>,
}

impl StoredIncidents {
    /// Returns the stored incident that a found one is, and marks it as found.
    fn match_found(&mut self, found: &Incident) -> Option<(Incident, u64)> {
        let is_match =
            |(stored, _): &&(Incident, u64)| !self.found_again.contains(&stored.id) && is_same_incident(stored, found);
        let known = self.incidents.iter().find(is_match).cloned()?;
        self.found_again.insert(known.0.id.clone());
        Some(known)
    }

    fn iter(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().map(|(incident, _)| incident)
    }
}

/// Reports how far each source was judged and which days are late. Returns the day through which every source was judged before;
/// `None` at a first detection of a source, when a change of the past cannot be a restatement.
async fn read_coverage(
    state: &State,
    cube: &CostCube,
    report: &mut DetectReport,
) -> Result<Option<Day>, PipelineError> {
    let mut judged_before: BTreeMap<SourceId, Day> = BTreeMap::new();
    for covered in cube.coverage() {
        report.judged_through.insert(covered.source.clone(), covered.watermark);
        if let Some(day) = state.ledger.watermark(&covered.source).await? {
            judged_before.insert(covered.source.clone(), day);
        }
        if !covered.late.is_empty() {
            report.late.push(LateDays { source: covered.source.clone(), days: covered.late.clone() });
        }
    }
    let all_judged = judged_before.len() == report.judged_through.len();
    Ok(all_judged.then(|| judged_before.values().copied().min()).flatten())
}

/// Saves a stored incident as it was found now, if it changed.
async fn update_known(
    context: &Context,
    (cube, names): (&CostCube, &BTreeMap<String, String>),
    (known, version): (&Incident, u64),
    found: Incident,
    report: &mut DetectReport,
) -> Result<(), PipelineError> {
    let state = &context.state;
    let Some(mut changed) = updated_incident(state, known, found) else { return Ok(()) };
    find_causes(context, &mut changed).await?;
    annotate(cube, names, &mut changed);
    let change = incident_change(known, &changed).unwrap_or(IncidentChange::Grew);
    let message = Some(incident_message(state, change, &changed)).filter(|_| changed.is_live() || change.alerts());
    state.ledger.put_incident(&changed, Some(version), message.as_ref()).await?;
    report.changed.push(changed);
    Ok(())
}

/// Saves an incident that was not known before.
async fn open_incident(
    context: &Context,
    (cube, names): (&CostCube, &BTreeMap<String, String>),
    stored: &StoredIncidents,
    settled: Option<Day>,
    mut incident: Incident,
    report: &mut DetectReport,
) -> Result<(), PipelineError> {
    let state = &context.state;
    find_causes(context, &mut incident).await?;
    incident.related = related_incidents(&incident, stored.iter());
    incident.reopened = reopened_instants(state, &incident, stored.iter());
    annotate(cube, names, &mut incident);
    let what = format!("found: {} {} a day", signed(incident.impact_per_day), incident.currency);
    incident.events.push(incident_event(state, what));
    // A first detection finds incidents of the past, which are no news.
    let is_news = settled.is_some() || incident.is_live();
    let message = is_news.then(|| incident_message(state, IncidentChange::Opened, &incident));
    state.ledger.put_incident(&incident, None, message.as_ref()).await?;
    report.new.push(incident);
    Ok(())
}

/// Resolves live incidents that were not found again: a restatement removed them. An incident with feedback stays.
async fn resolve_restated(
    state: &State,
    stored: StoredIncidents,
    feedback: &[Feedback],
    report: &mut DetectReport,
) -> Result<(), PipelineError> {
    let StoredIncidents { incidents, found_again } = stored;
    let has_feedback = |incident: &Incident| feedback.iter().any(|f| f.incident == incident.id);
    let gone = incidents.into_iter().filter(|(i, _)| !found_again.contains(&i.id) && i.is_live());
    for (mut incident, version) in gone.filter(|(i, _)| !has_feedback(i)) {
        incident.state = IncidentState::Resolved;
        let what = "resolved: the charges were restated and the change is gone".to_owned();
        incident.events.push(incident_event(state, what));
        let message = incident_message(state, IncidentChange::Resolved, &incident);
        state.ledger.put_incident(&incident, Some(version), Some(&message)).await?;
        report.changed.push(incident);
    }
    Ok(())
}

/// Threads that judge series: a small function and a laptop both have two.
pub(crate) const THREADS: usize = 2;
/// Bytes of baselines in one item: DynamoDB allows 400 KiB, and base64 makes four bytes of three.
const CHUNK: usize = 256 << 10;

pub(crate) fn tuning_of(sensitivity: Sensitivity, min_impact: Amount) -> Tuning {
    let tuning = match sensitivity {
        Sensitivity::Low => Tuning::LOW,
        Sensitivity::Normal => Tuning::NORMAL,
        Sensitivity::High => Tuning::HIGH,
    };
    Tuning { min_impact, ..tuning }
}

/// A scope as the key that all of its series have in common.
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

/// Adds the dimensions that explain an incident, and the cost history of its scope.
fn annotate(cube: &CostCube, names: &BTreeMap<String, String>, incident: &mut Incident) {
    let named = incident.accounts().filter_map(|id| Some((id.to_owned(), names.get(id)?.clone())));
    incident.account_names = named.collect();
    incident.dimensions = tollgate_analysis::explaining_dimensions(cube, incident);
    incident.cost_history = Some(tollgate_analysis::cost_history(cube, incident));
}
