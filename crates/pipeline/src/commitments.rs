//! Commitments: their use, their coverage and their ends, from the charges of the lake.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_analysis::{Commitment, CommitmentCoverage, CommitmentFinding, judge_commitments};
use tollgate_model::incident::FindingFacts;
use tollgate_model::period::DayRange;
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{
    Amount, Cause, Column, Currency, Day, Direction, Incident, IncidentChange, IncidentState, Severity,
};

use crate::charges::{CommitmentUse, charge_days, commitment_use, is_usage, scan};
use crate::detect::DetectReport;
use crate::incident_life::{incident_change, incident_event, incident_message};
use crate::{Context, PipelineError};

/// Days of charges that are looked at: six weeks of a fall, four before it, and some.
const BACK: i32 = 90;

/// Updates the incidents of commitments. `stored` are the known ones.
pub(crate) async fn detect_commitments(
    context: &Context,
    through: Day,
    stored: Vec<(Incident, u64)>,
    report: &mut DetectReport,
) -> Result<(), PipelineError> {
    let detection = &context.state.policy.detection;
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
                    let message =
                        incident_change(&known, &incident).map(|c| incident_message(&context.state, c, &incident));
                    context.state.ledger.put_incident(&incident, Some(version), message.as_ref()).await?;
                    report.changed.push(incident);
                }
            }
            None => {
                incident.events.push(incident_event(&context.state, format!("found: {}", finding.what)));
                let message = incident_message(&context.state, IncidentChange::Opened, &incident);
                context.state.ledger.put_incident(&incident, None, Some(&message)).await?;
                report.new.push(incident);
            }
        }
    }
    for (mut gone, version) in left.into_values().filter(|(i, _)| i.is_live()) {
        gone.state = IncidentState::Resolved;
        gone.events.push(incident_event(&context.state, "resolved: back to normal, or the new normal".to_owned()));
        let message = incident_message(&context.state, IncidentChange::Resolved, &gone);
        context.state.ledger.put_incident(&gone, Some(version), Some(&message)).await?;
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
    let facts = FindingFacts {
        name: name.join("|"),
        scope: Scope(finding.provider.iter().map(|p| (Facet::Provider, Some(p.clone()))).collect()),
        kind: finding.kind,
        direction: Direction::Up,
        start: finding.start,
        last: finding.last,
        currency: finding.currency,
        impact,
        impact_per_day,
        expected_per_day: finding.before,
        actual_per_day: finding.now,
        cause,
        what: finding.what.clone(),
    };
    Incident::of_finding(facts, severity)
}

/// Reads what each commitment was used for, by day.
async fn commitments(context: &Context, through: Day) -> Result<Vec<Commitment>, PipelineError> {
    let days = DayRange { start: through.plus(-BACK), end: through.plus(1) };
    let columns = [
        Column::CommitmentDiscountId,
        Column::CommitmentDiscountName,
        Column::CommitmentDiscountStatus,
        Column::BillingCurrency,
        Column::ProviderName,
        Column::ChargeCategory,
        Column::ChargeClass,
        Column::EffectiveCost,
        Column::ListCost,
    ];
    let mut out: BTreeMap<(String, String), Commitment> = BTreeMap::new();
    scan(context, &columns, days, |batch| {
        let (usage, commitment_use) = (is_usage(batch), commitment_use(batch));
        let (ids, names) = (batch.text(Column::CommitmentDiscountId), batch.text(Column::CommitmentDiscountName));
        let (currencies, providers) = (batch.text(Column::BillingCurrency), batch.text(Column::ProviderName));
        let (costs, list) = (batch.decimals(Column::EffectiveCost), batch.decimals(Column::ListCost));
        for at in charge_days(batch, Some(days)).filter(|at| usage(at.row)) {
            let (row, day) = (at.row, at.day);
            let (Some(id), Some(currency)) = (ids.get(row), currencies.get(row)) else { continue };
            let commitment = out.entry((id.to_owned(), currency.to_owned())).or_insert_with(|| {
                let ends = context.state.policy.commitments.iter().find(|c| c.id == id);
                Commitment {
                    id: id.to_owned(),
                    name: None,
                    provider: None,
                    currency: currency.parse().unwrap_or(Currency::UNKNOWN),
                    days: BTreeMap::new(),
                    ends: ends.map(|c| (c.ends, u32::try_from(c.warn_days).unwrap_or(u32::MAX))),
                }
            });
            keep_greatest(&mut commitment.name, names.get(row));
            keep_greatest(&mut commitment.provider, providers.get(row));
            let cost = at.amount(costs).unwrap_or_default();
            let on = commitment.days.entry(day).or_default();
            if commitment_use(row) == CommitmentUse::Unused {
                on.unused = on.unused.saturating_add(cost);
            } else {
                on.used = on.used.saturating_add(cost);
                on.saved = on.saved.saturating_add(saved(at.amount(list), at.amount(costs)));
            }
        }
        Ok(())
    })
    .await?;
    Ok(out.into_values().collect())
}

/// What a commitment saves on a charge: nothing is known where one of the costs is unknown.
pub(crate) fn saved(list: Option<Amount>, effective: Option<Amount>) -> Amount {
    list.zip(effective).map_or(Amount::ZERO, |(list, effective)| list.saturating_sub(effective))
}

/// Keeps the greatest name, so that the order of charges does not matter.
pub(crate) fn keep_greatest(kept: &mut Option<String>, name: Option<&str>) {
    if let Some(name) = name.filter(|name| kept.as_deref().is_none_or(|kept| kept < *name)) {
        *kept = Some(name.to_owned());
    }
}

/// Reads how much of the use that commitments can cover is covered, by day.
async fn coverage(context: &Context, through: Day) -> Result<Vec<CommitmentCoverage>, PipelineError> {
    let days = DayRange { start: through.plus(-BACK), end: through.plus(1) };
    let columns = [
        Column::CommitmentDiscountId,
        Column::CommitmentDiscountStatus,
        Column::BillingCurrency,
        Column::ProviderName,
        Column::ServiceName,
        Column::ChargeCategory,
        Column::ChargeClass,
        Column::EffectiveCost,
    ];
    type Key = (Option<String>, String, String);
    let mut by_service: BTreeMap<Key, BTreeMap<Day, (Amount, Amount)>> = BTreeMap::new();
    let mut services_with_commitments = BTreeSet::new();
    scan(context, &columns, days, |batch| {
        let (usage, commitment_use) = (is_usage(batch), commitment_use(batch));
        let (currencies, providers) = (batch.text(Column::BillingCurrency), batch.text(Column::ProviderName));
        let (services, costs) = (batch.text(Column::ServiceName), batch.decimals(Column::EffectiveCost));
        let status = batch.text(Column::CommitmentDiscountStatus);
        for at in charge_days(batch, Some(days)).filter(|at| usage(at.row)) {
            let (row, day) = (at.row, at.day);
            // Some exports leave the id of an unused commitment out; it is no on-demand use.
            if status.get(row) == Some("Unused") {
                continue;
            }
            let (Some(currency), Some(service)) = (currencies.get(row), services.get(row)) else { continue };
            let cost = at.amount(costs).unwrap_or_default();
            let (covered, on_demand) = match commitment_use(row) {
                CommitmentUse::Unused => continue,
                CommitmentUse::Used => (cost, Amount::ZERO),
                CommitmentUse::OnDemand => (Amount::ZERO, cost),
            };
            if commitment_use(row) == CommitmentUse::Used && !services_with_commitments.contains(service) {
                services_with_commitments.insert(service.to_owned());
            }
            let key = (providers.get(row).map(str::to_owned), currency.to_owned(), service.to_owned());
            let sum = by_service.entry(key).or_default().entry(day).or_default();
            *sum = (sum.0.saturating_add(covered), sum.1.saturating_add(on_demand));
        }
        Ok(())
    })
    .await?;
    let mut out: BTreeMap<(Option<String>, String), BTreeMap<Day, (Amount, Amount)>> = BTreeMap::new();
    for ((provider, currency, _), days) in
        by_service.into_iter().filter(|((.., service), _)| services_with_commitments.contains(service))
    {
        let sums = out.entry((provider, currency)).or_default();
        for (day, (covered, on_demand)) in days {
            let sum = sums.entry(day).or_default();
            *sum = (sum.0.saturating_add(covered), sum.1.saturating_add(on_demand));
        }
    }
    let of = |((provider, currency), days): ((Option<String>, String), BTreeMap<_, _>)| CommitmentCoverage {
        provider,
        currency: currency.parse().unwrap_or(Currency::UNKNOWN),
        days,
    };
    Ok(out.into_iter().map(of).collect())
}
