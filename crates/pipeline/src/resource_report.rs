//! One resource: its cost by day, its tags and owner, and the incidents, recommendations and plans that concern it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tollgate_model::period::DayRange;
use tollgate_model::{
    AdviceState, Amount, ChargeBatch, Column, Currency, Day, Incident, IncidentState, Recommendation, Tags, TextColumn,
};
use tollgate_policy::{Dimension, DimensionEvaluator};

use crate::causes::tags;
use crate::charges::scan_days;
use crate::scope::read_account_names;
use crate::spread::{daily_units, spread_over};
use crate::{Context, PipelineError};

/// A resource in some days.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResourceReport {
    /// Its id, as charges have it.
    pub resource: String,
    /// Its name.
    pub name: Option<String>,
    /// Its type: `Instance`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `ProviderName`.
    pub provider: Option<String>,
    /// The services that charge for it.
    pub services: BTreeSet<String>,
    /// Its account.
    pub account: Option<String>,
    /// The name of the account.
    pub account_name: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// Its tags, by the newest charge that has any.
    pub tags: Tags,
    /// Its values of the policy file's dimensions, by the newest charge: `team`.
    pub dimensions: BTreeMap<String, String>,
    /// The first day of the report.
    pub from: Day,
    /// The last day of the report.
    pub through: Day,
    /// The sums of the days.
    pub totals: Vec<ResourceTotal>,
    /// What it was charged for, the costliest first.
    pub meters: Vec<ResourceMeter>,
    /// Each day with charges, oldest first.
    pub days: Vec<ResourceDay>,
    /// Incidents that it explains, or whose scope holds it.
    pub incidents: Vec<ResourceIncident>,
    /// Recommendations for it that are open or planned.
    pub recommendations: Vec<ResourceAdvice>,
}

/// The cost of a resource in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceTotal {
    /// The currency.
    pub currency: Currency,
    /// The billed cost.
    pub billed: Amount,
    /// The effective cost.
    pub effective: Amount,
}

impl ResourceTotal {
    const fn zero(currency: Currency) -> Self {
        Self { currency, billed: Amount::ZERO, effective: Amount::ZERO }
    }

    fn add(&mut self, billed: Amount, effective: Amount) {
        self.billed = self.billed.saturating_add(billed);
        self.effective = self.effective.saturating_add(effective);
    }
}

/// The cost of a resource on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceDay {
    /// The day.
    pub day: Day,
    /// Its cost.
    #[serde(flatten)]
    pub cost: ResourceTotal,
}

/// The cost of one meter of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceMeter {
    /// `SkuMeter`, or the description of the charge; `None` where there is neither.
    pub meter: Option<String>,
    /// The cost.
    #[serde(flatten)]
    pub cost: ResourceTotal,
}

/// How an incident concerns a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentRelation {
    /// The resource is one of its causes.
    Cause,
    /// The resource is in its scope.
    Scope,
}

/// An incident that concerns a resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResourceIncident {
    /// How it concerns the resource.
    pub relation: IncidentRelation,
    /// The share of the change that the resource explains, in percent, where it is a cause.
    pub share_percent: Option<i64>,
    /// The incident.
    #[serde(flatten)]
    pub incident: Incident,
}

/// A recommendation for a resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResourceAdvice {
    /// Its state.
    pub state: AdviceState,
    /// The id of its plan.
    pub plan: Option<String>,
    /// The recommendation.
    #[serde(flatten)]
    pub advice: Recommendation,
}

/// What a name of a resource leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum ResourceFound {
    /// One resource.
    One(Box<ResourceReport>),
    /// Several resources end in the name.
    Several(Vec<String>),
    /// None, and ids that resemble the name.
    None(Vec<String>),
}

const COLUMNS: [Column; 18] = [
    Column::ResourceId,
    Column::ResourceName,
    Column::ResourceType,
    Column::ProviderName,
    Column::ServiceName,
    Column::SubAccountId,
    Column::RegionId,
    Column::BillingCurrency,
    Column::SkuMeter,
    Column::ChargeDescription,
    Column::BilledCost,
    Column::EffectiveCost,
    Column::Tags,
    Column::ChargePeriodStart,
    Column::ChargePeriodEnd,
    Column::BillingPeriodStart,
    Column::BillingPeriodEnd,
    Column::ChargeCategory,
];

/// Ids that are suggested for one that no charge has.
const SUGGESTED: usize = 3;

/// Reports a resource over the given number of days up to the newest. Its name is the id that charges have, an ARN that ends in
/// it, or the end of an ARN.
///
/// # Errors
///
/// When the ledger or the lake fails.
pub async fn resource_report(context: &Context, name: &str, days: u32) -> Result<ResourceFound, PipelineError> {
    let periods = context.state.ledger.periods().await?;
    let Some(through) = periods.iter().map(|p| p.last_day).max() else { return Ok(ResourceFound::None(Vec::new())) };
    let length = i32::try_from(days.max(1)).unwrap_or(i32::MAX);
    let range = DayRange { start: through.plus(1 - length), end: through.plus(1) };
    let ids = matching_ids(context, name, range).await?;
    let id = match ids {
        Matching { exact: Some(id), .. } => id,
        Matching { same_end, near, .. } => match <[String; 1]>::try_from(Vec::from_iter(same_end)) {
            Ok([id]) => id,
            Err(several) if several.is_empty() => {
                let known = from_advice(context, name, range).await?;
                return Ok(known.map_or(ResourceFound::None(near), |report| ResourceFound::One(Box::new(report))));
            }
            Err(several) => return Ok(ResourceFound::Several(several)),
        },
    };
    let mut found = Found::default();
    let dimensions = &context.state.policy.dimensions;
    let mut columns = COLUMNS.to_vec();
    columns.extend(dimensions.iter().flat_map(Dimension::columns));
    columns.sort_unstable();
    columns.dedup();
    let mut extras: Vec<String> = dimensions.iter().flat_map(Dimension::extras).map(str::to_owned).collect();
    extras.sort();
    extras.dedup();
    scan_days(context, &columns, &extras, range, |batch| {
        let ids = batch.text(Column::ResourceId);
        if (0..batch.row_count()).any(|row| ids.get(row) == Some(&id)) {
            found.add(&batch.charges(&columns, &extras), &id, range, dimensions);
        }
        Ok(())
    })
    .await?;
    Ok(ResourceFound::One(Box::new(finish(context, id, range, found).await?)))
}

/// A resource that no charge names, by what is recommended for it. Its cost is unknown.
async fn from_advice(context: &Context, name: &str, range: DayRange) -> Result<Option<ResourceReport>, PipelineError> {
    let recommendations = recommendations(context, name).await?;
    let Some(subject) = recommendations.first().map(|found| found.advice.subject.clone()) else { return Ok(None) };
    let names = read_account_names(&context.state).await?;
    Ok(Some(ResourceReport {
        resource: subject.id,
        name: Some(subject.name),
        kind: subject.resource_type.map(|kind| kind.to_string()),
        provider: None,
        services: BTreeSet::new(),
        account_name: names.get(&subject.place.account).cloned(),
        account: Some(subject.place.account),
        region: Some(subject.place.region),
        tags: Tags::new(),
        dimensions: BTreeMap::new(),
        from: range.start,
        through: range.end.plus(-1),
        totals: Vec::new(),
        meters: Vec::new(),
        days: Vec::new(),
        incidents: Vec::new(),
        recommendations,
    }))
}

/// The ids of charges that a name may mean.
#[derive(Default)]
struct Matching {
    exact: Option<String>,
    /// Ids that end as the name does, or that the name ends in.
    same_end: BTreeSet<String>,
    /// Ids that hold a part of the name.
    near: Vec<String>,
}

async fn matching_ids(context: &Context, name: &str, range: DayRange) -> Result<Matching, PipelineError> {
    let (mut out, wanted_end) = (Matching::default(), end_of(name));
    let mut near: BTreeSet<(usize, String)> = BTreeSet::new();
    scan_days(context, &[Column::ResourceId, Column::ResourceName], &[], range, |batch| {
        let (ids, names) = (batch.text(Column::ResourceId), batch.text(Column::ResourceName));
        let mut last = None;
        for row in 0..batch.row_count() {
            let Some(id) = ids.get(row) else { continue };
            if last == Some(id) {
                continue;
            }
            last = Some(id);
            if id == name {
                out.exact = Some(id.to_owned());
            } else if end_of(id) == wanted_end || names.get(row) == Some(name) {
                if !out.same_end.contains(id) {
                    out.same_end.insert(id.to_owned());
                }
            } else {
                keep_near(&mut near, id, wanted_end);
            }
        }
        Ok(())
    })
    .await?;
    out.near = near.into_iter().map(|(_, id)| id).collect();
    Ok(out)
}

/// Keeps the few ids that are nearest to a name.
fn keep_near(near: &mut BTreeSet<(usize, String)>, id: &str, wanted: &str) {
    let end = end_of(id);
    let distance = if end.contains(wanted) || wanted.contains(end) {
        end.len().abs_diff(wanted.len()).min(3)
    } else {
        strsim::levenshtein(end, wanted)
    };
    let is_near = distance <= 3.max(wanted.len() / 3);
    let is_nearer = near.len() < SUGGESTED || near.last().is_some_and(|(worst, _)| distance < *worst);
    if is_near && is_nearer && near.iter().all(|(_, known)| known != id) {
        near.insert((distance, id.to_owned()));
        if near.len() > SUGGESTED {
            near.pop_last();
        }
    }
}

/// The last part of an ARN or of a path of Azure.
fn end_of(id: &str) -> &str {
    id.rsplit(['/', ':']).next().filter(|end| !end.is_empty()).unwrap_or(id)
}

#[derive(Default)]
struct Found {
    name: Option<String>,
    kind: Option<String>,
    provider: Option<String>,
    services: BTreeSet<String>,
    account: Option<String>,
    region: Option<String>,
    /// The newest instant with tags, and with charges.
    tagged_at: Option<i64>,
    seen_at: Option<i64>,
    tags: Tags,
    dimensions: BTreeMap<String, String>,
    days: BTreeMap<(Day, Currency), ResourceTotal>,
    meters: BTreeMap<(Option<String>, Currency), ResourceTotal>,
}

fn value(batch: &ChargeBatch, column: Column, row: usize) -> Option<&str> {
    batch.text(column).and_then(|text| text.get(row))
}

impl Found {
    fn add(&mut self, batch: &ChargeBatch, id: &str, range: DayRange, dimensions: &[Dimension]) {
        let evaluated = DimensionEvaluator::new(dimensions).evaluate(batch);
        for row in (0..batch.rows()).filter(|row| value(batch, Column::ResourceId, *row) == Some(id)) {
            if self.add_cost(batch, row, range) {
                self.describe(batch, row, dimensions, &evaluated);
            }
        }
    }

    /// Adds a charge to its days. `false` where it has no day of the range.
    fn add_cost(&mut self, batch: &ChargeBatch, row: usize, range: DayRange) -> bool {
        let time = |column| batch.times(column).and_then(|times| times.get(row)).copied().unwrap_or_default();
        let charge = (time(Column::ChargePeriodStart), time(Column::ChargePeriodEnd));
        let billing = (time(Column::BillingPeriodStart), time(Column::BillingPeriodEnd));
        let units = |column| batch.decimals(column).and_then(|cost| cost.units().get(row)).copied().unwrap_or_default();
        let currency =
            value(batch, Column::BillingCurrency, row).and_then(|c| c.parse().ok()).unwrap_or(Currency::UNKNOWN);
        let of_days = |units: i128| -> Vec<(Day, Amount)> {
            let days: Vec<(Day, i128)> = match spread_over(charge, billing) {
                Some(over) => daily_units(units, over).collect(),
                None => vec![(Day::of_second(charge.0), units)],
            };
            let amount = |(day, units)| Some((day, Amount::from_units(units)?));
            days.into_iter().filter(|(day, _)| range.contains(*day)).filter_map(amount).collect()
        };
        let (billed, effective) = (of_days(units(Column::BilledCost)), of_days(units(Column::EffectiveCost)));
        let meter = value(batch, Column::SkuMeter, row).or_else(|| value(batch, Column::ChargeDescription, row));
        let meter = self.meters.entry((meter.map(str::to_owned), currency));
        if billed.is_empty() {
            return false;
        }
        let meter = meter.or_insert(ResourceTotal::zero(currency));
        for ((day, billed), (_, effective)) in billed.into_iter().zip(effective) {
            self.days.entry((day, currency)).or_insert(ResourceTotal::zero(currency)).add(billed, effective);
            meter.add(billed, effective);
        }
        true
    }

    /// Takes what a charge says about the resource, where no newer one did.
    fn describe(&mut self, batch: &ChargeBatch, row: usize, dimensions: &[Dimension], evaluated: &[TextColumn]) {
        let start = batch.times(Column::ChargePeriodStart).and_then(|times| times.get(row)).copied();
        self.services.extend(value(batch, Column::ServiceName, row).map(str::to_owned));
        let tags = tags(value(batch, Column::Tags, row).filter(|_| start >= self.tagged_at));
        if !tags.is_empty() {
            self.tagged_at = start;
            self.tags = tags;
        }
        if start < self.seen_at {
            return;
        }
        self.seen_at = start;
        for (kept, column) in [
            (&mut self.name, Column::ResourceName),
            (&mut self.kind, Column::ResourceType),
            (&mut self.provider, Column::ProviderName),
            (&mut self.account, Column::SubAccountId),
            (&mut self.region, Column::RegionId),
        ] {
            if let Some(text) = value(batch, column, row) {
                *kept = Some(text.to_owned());
            }
        }
        for (dimension, values) in dimensions.iter().zip(evaluated) {
            if let Some(text) = values.get(row) {
                self.dimensions.insert(dimension.name.clone(), text.to_owned());
            }
        }
    }
}

async fn finish(context: &Context, id: String, range: DayRange, found: Found) -> Result<ResourceReport, PipelineError> {
    let mut totals: BTreeMap<Currency, ResourceTotal> = BTreeMap::new();
    for total in found.days.values() {
        let sum = totals.entry(total.currency).or_insert(ResourceTotal::zero(total.currency));
        sum.add(total.billed, total.effective);
    }
    let mut meters: Vec<ResourceMeter> =
        found.meters.into_iter().map(|((meter, _), cost)| ResourceMeter { meter, cost }).collect();
    meters.sort_by(|a, b| (b.cost.effective, &a.meter).cmp(&(a.cost.effective, &b.meter)));
    let names = read_account_names(&context.state).await?;
    let mut report = ResourceReport {
        account_name: found.account.as_ref().and_then(|id| names.get(id)).cloned(),
        resource: id,
        name: found.name,
        kind: found.kind,
        provider: found.provider,
        services: found.services,
        account: found.account,
        region: found.region,
        tags: found.tags,
        dimensions: found.dimensions,
        from: range.start,
        through: range.end.plus(-1),
        totals: totals.into_values().collect(),
        meters,
        days: found.days.into_iter().map(|((day, _), cost)| ResourceDay { day, cost }).collect(),
        incidents: Vec::new(),
        recommendations: Vec::new(),
    };
    report.incidents = incidents(context, &report, range).await?;
    report.recommendations = recommendations(context, &report.resource).await?;
    Ok(report)
}

/// Incidents of the days that the resource explains or whose scope holds it, the newest first.
async fn incidents(
    context: &Context,
    report: &ResourceReport,
    range: DayRange,
) -> Result<Vec<ResourceIncident>, PipelineError> {
    let mut out = Vec::new();
    for (incident, _) in context.state.ledger.incidents(&IncidentState::ALL).await? {
        if incident.last < range.start || incident.start >= range.end {
            continue;
        }
        let is_cause = |cause: &&tollgate_model::Cause| {
            cause.dimension == "resource" && cause.value.as_deref() == Some(report.resource.as_str())
        };
        let cause = incident.causes.iter().find(is_cause).map(|cause| cause.share_percent);
        if cause.is_some() {
            out.push(ResourceIncident { relation: IncidentRelation::Cause, share_percent: cause, incident });
        } else if holds(&incident, report) {
            out.push(ResourceIncident { relation: IncidentRelation::Scope, share_percent: None, incident });
        }
    }
    out.sort_by(|a, b| (b.incident.start, &a.incident.id).cmp(&(a.incident.start, &b.incident.id)));
    Ok(out)
}

/// Whether the scope of an incident names a service, account or region, and all that it names are the resource's.
fn holds(incident: &Incident, report: &ResourceReport) -> bool {
    use tollgate_model::series::Facet;
    let mut is_narrow = false;
    for (facet, wanted) in &incident.scope.0 {
        let is = match facet {
            Facet::Provider => *wanted == report.provider,
            Facet::SubAccount => {
                is_narrow = true;
                *wanted == report.account
            }
            Facet::Region => *wanted == report.region,
            Facet::Service => {
                is_narrow = true;
                wanted.as_ref().is_some_and(|service| report.services.contains(service))
            }
            Facet::BillingAccount => true,
        };
        if !is {
            return false;
        }
    }
    is_narrow
}

async fn recommendations(context: &Context, id: &str) -> Result<Vec<ResourceAdvice>, PipelineError> {
    let records = context.state.ledger.advices(&[AdviceState::Open, AdviceState::Planned]).await?;
    let is_of = |subject: &str| subject == id || end_of(subject) == end_of(id);
    let mut out: Vec<ResourceAdvice> = records
        .into_iter()
        .map(|(record, _)| ResourceAdvice { state: record.state, plan: record.plan, advice: record.advice })
        .filter(|found| found.advice.subject.resource_type.is_some() && is_of(&found.advice.subject.id))
        .collect();
    out.sort_by(|a, b| (b.advice.score, &a.advice.id).cmp(&(a.advice.score, &b.advice.id)));
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_an_arn_names_its_resource() {
        for (id, end) in [
            ("arn:aws:ec2:eu-central-1:1:volume/vol-1", "vol-1"),
            ("arn:aws:sns:eu-central-1:1:topic", "topic"),
            ("i-1", "i-1"),
            ("/subscriptions/s/resourceGroups/g/virtualMachines/vm", "vm"),
            ("bucket/", "bucket/"),
        ] {
            assert_eq!(end_of(id), end);
        }
    }

    #[test]
    fn the_nearest_ids_are_suggested() {
        let mut near = BTreeSet::new();
        for id in ["arn:x:volume/vol-12", "vol-1", "vol-13", "i-99887766", "vol-123"] {
            keep_near(&mut near, id, "vol-12");
        }
        let ids: Vec<&str> = near.iter().map(|(_, id)| id.as_str()).collect();
        assert_eq!(ids, ["arn:x:volume/vol-12", "vol-1", "vol-13"]);
    }
}
