//! Commitments: their use, what they cover and their ends, by the charges of the lake.

use std::collections::BTreeMap;

use tollgate_analysis::{Commitment, CommitmentCoverage, CommitmentDay, CommitmentFinding, judge_commitments};
use tollgate_lake::Cell;
use tollgate_model::hash::short_id;
use tollgate_model::incident::Trend;
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{Amount, Cause, Currency, Day, Direction, Incident, IncidentChange, IncidentState, Severity};

use crate::detect::{DetectReport, change, event, told};
use crate::{Context, PipelineError};

/// Days of charges that are looked at: six weeks of a fall, four before it, and some.
const BACK: i32 = 90;

/// Brings the incidents of commitments up to date. `stored` are those that are known.
pub(crate) async fn detect_commitments(
    context: &Context,
    through: Day,
    stored: Vec<(Incident, u64)>,
    report: &mut DetectReport,
) -> Result<(), PipelineError> {
    let detection = &context.policy.detection;
    let (commitments, coverage) = (commitments(context, through).await?, coverage(context, through).await?);
    let found = judge_commitments(&commitments, &coverage, through, detection.min_impact);
    let mut left: BTreeMap<String, (Incident, u64)> = stored.into_iter().map(|s| (s.0.id.clone(), s)).collect();
    for finding in found {
        let mut incident = incident(&finding, |change| detection.severity.of(change));
        match left.remove(&incident.id) {
            Some((known, version)) => {
                if known.last != incident.last && known.is_live() {
                    incident.state = known.state;
                    (incident.notes, incident.events) = (known.notes.clone(), known.events.clone());
                    let message = change(&known, &incident).map(|c| told(context, c, &incident));
                    context.ledger.put_incident(&incident, Some(version), message.as_ref()).await?;
                    report.changed.push(incident);
                }
            }
            None => {
                incident.events.push(event(context, format!("found: {}", finding.what)));
                let message = told(context, IncidentChange::Opened, &incident);
                context.ledger.put_incident(&incident, None, Some(&message)).await?;
                report.new.push(incident);
            }
        }
    }
    for (mut gone, version) in left.into_values().filter(|(i, _)| i.is_live()) {
        gone.state = IncidentState::Resolved;
        gone.events.push(event(context, "resolved: it is back, or has become usual".to_owned()));
        let message = told(context, IncidentChange::Resolved, &gone);
        context.ledger.put_incident(&gone, Some(version), Some(&message)).await?;
        report.changed.push(gone);
    }
    Ok(())
}

fn incident(finding: &CommitmentFinding, severity: impl Fn(Amount) -> Severity) -> Incident {
    let impact_per_day = finding.now.saturating_sub(finding.before);
    let days = (finding.last - finding.start).max(0) + 1;
    let impact = (0..days).fold(Amount::ZERO, |sum, _| sum.saturating_add(impact_per_day));
    let (commitment, provider) = (finding.commitment.as_deref(), finding.provider.as_deref());
    let name = [finding.kind.as_str(), commitment.unwrap_or("-"), provider.unwrap_or("-"), &finding.start.to_string()];
    let cause = finding.commitment.as_ref().map(|id| Cause {
        dimension: "commitment".to_owned(),
        value: Some(id.clone()),
        before: finding.before,
        during: finding.now,
        share_percent: 100,
    });
    let mut out = Incident {
        id: short_id("i", &name.join("|")),
        scope: Scope(finding.provider.iter().map(|p| (Facet::Provider, Some(p.clone()))).collect()),
        parts: Vec::new(),
        kind: finding.kind,
        direction: Direction::Up,
        severity: Severity::Low,
        state: IncidentState::Open,
        start: finding.start,
        last: finding.last,
        currency: finding.currency,
        impact,
        impact_per_day,
        expected_per_day: finding.before,
        actual_per_day: finding.now,
        score: 0.0,
        pattern: Default::default(),
        usual_per_day: None,
        trend: Trend::Steady,
        causes: cause.into_iter().collect(),
        related: Vec::new(),
        notes: vec![finding.what.clone()],
        events: Vec::new(),
        dimensions: BTreeMap::new(),
        cost_history: None,
        assignee: None,
        snoozed_until: None,
        reopened: Vec::new(),
    };
    out.severity = severity(out.impact_per_month());
    out
}

const USAGE: &str = "ChargeCategory = 'Usage' and ChargeClass is null";

async fn commitments(context: &Context, through: Day) -> Result<Vec<Commitment>, PipelineError> {
    let (from, to) = (through.plus(-BACK), through.plus(1));
    let query = format!(
        "select CommitmentDiscountId, BillingCurrency, cast(cast(ChargePeriodStart as date) as varchar), max(ProviderName), \
         max(CommitmentDiscountName), \
         sum(case when coalesce(CommitmentDiscountStatus, 'Used') <> 'Unused' then EffectiveCost end), \
         sum(case when CommitmentDiscountStatus = 'Unused' then EffectiveCost end), \
         sum(case when coalesce(CommitmentDiscountStatus, 'Used') <> 'Unused' then ListCost - EffectiveCost end) \
         from charges where CommitmentDiscountId is not null and {USAGE} and ChargePeriodStart >= timestamp '{from} 00:00:00' \
         and ChargePeriodStart < timestamp '{to} 00:00:00' group by 1, 2, 3"
    );
    let mut out: BTreeMap<(String, String), Commitment> = BTreeMap::new();
    for row in rows(context, &query, from, to).await? {
        let [id, currency, day, provider, name, used, unused, saved] = row.as_slice() else { continue };
        let (Some(id), Some(currency), Some(day)) = (text(id), text(currency), text(day).and_then(|d| d.parse().ok()))
        else {
            continue;
        };
        let commitment = out.entry((id.clone(), currency.clone())).or_insert_with(|| Commitment {
            ends: context
                .policy
                .commitments
                .iter()
                .find(|c| c.id == id)
                .map(|c| (c.ends, u32::try_from(c.warn_days).unwrap_or(u32::MAX))),
            id,
            name: text(name),
            provider: text(provider),
            currency: currency.parse().unwrap_or(Currency::UNKNOWN),
            days: BTreeMap::new(),
        });
        commitment.days.insert(day, CommitmentDay { used: amount(used), unused: amount(unused), saved: amount(saved) });
    }
    Ok(out.into_values().collect())
}

async fn coverage(context: &Context, through: Day) -> Result<Vec<CommitmentCoverage>, PipelineError> {
    let (from, to) = (through.plus(-BACK), through.plus(1));
    let query = format!(
        "select ProviderName, BillingCurrency, cast(cast(ChargePeriodStart as date) as varchar), \
         sum(case when CommitmentDiscountId is not null then EffectiveCost end), \
         sum(case when CommitmentDiscountId is null then EffectiveCost end) \
         from charges where {USAGE} and coalesce(CommitmentDiscountStatus, 'Used') <> 'Unused' \
         and ServiceName in (select ServiceName from charges where CommitmentDiscountId is not null and {USAGE} \
         and coalesce(CommitmentDiscountStatus, 'Used') <> 'Unused') \
         and ChargePeriodStart >= timestamp '{from} 00:00:00' and ChargePeriodStart < timestamp '{to} 00:00:00' group by 1, 2, 3"
    );
    let mut out: BTreeMap<(Option<String>, String), BTreeMap<Day, (Amount, Amount)>> = BTreeMap::new();
    for row in rows(context, &query, from, to).await? {
        let [provider, currency, day, covered, open] = row.as_slice() else { continue };
        let (Some(currency), Some(day)) = (text(currency), text(day).and_then(|d| d.parse().ok())) else { continue };
        out.entry((text(provider), currency)).or_default().insert(day, (amount(covered), amount(open)));
    }
    let of = |((provider, currency), days): ((Option<String>, String), BTreeMap<_, _>)| CommitmentCoverage {
        provider,
        currency: currency.parse().unwrap_or(Currency::UNKNOWN),
        days,
    };
    Ok(out.into_iter().map(of).collect())
}

pub(crate) async fn rows(context: &Context, query: &str, from: Day, to: Day) -> Result<Vec<Vec<Cell>>, PipelineError> {
    let parts = crate::current_parts(context, |p| p.first_day < to && p.last_day >= from).await?;
    Ok(context.lake.sql(&parts, query).await?.rows)
}

pub(crate) fn text(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Text(text) => Some(text.clone()),
        Cell::Number(_) | Cell::Null | Cell::Bool(_) => None,
    }
}

pub(crate) fn amount(cell: &Cell) -> Amount {
    match cell {
        Cell::Number(n) => n.parse().unwrap_or_default(),
        Cell::Null | Cell::Bool(_) | Cell::Text(_) => Amount::ZERO,
    }
}
