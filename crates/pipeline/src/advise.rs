//! Advise: what is there, how it is used and what it costs becomes recommendations, each with a life.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tollgate_analysis::advice::{AdviceInput, ResourceSpend, merge_recommendations, metrics_needed};
use tollgate_cloud::Wanted;
use tollgate_ledger::LedgerError;
use tollgate_model::metric::ResourceKey;
use tollgate_model::{
    AccountRegion, AdviceDigest, AdviceEvent, AdviceLine, AdviceRecord, AdviceState, Content, Currency, Day, Metrics,
    PlanState, Recommendation, Resource, ResourceType,
};
use tollgate_policy::Role;

use crate::approvals::entry_of;
use crate::chat::Actor;
use crate::rates::BookPrices;
use crate::{Cloud, Context, PipelineError, State, savings, spend};

/// Lists that are read at the same time.
const AT_ONCE: usize = 8;
/// Metrics that are asked for in one go: each answer is kept before the next is asked for.
const A_GO: usize = 5_000;
/// Recommendations in a digest.
const BEST: usize = 8;

/// What a run of advice has come to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AdviseReport {
    /// Resources that were looked at.
    pub resources: usize,
    /// Metrics that were asked for.
    pub metrics: usize,
    /// Metrics that were wanted and not asked for, as there were more than may be asked for.
    pub metrics_left_out: usize,
    /// Calls, by operation.
    pub calls: BTreeMap<String, u64>,
    /// What could not be looked at, a line each.
    pub faults: Vec<String>,
    /// Recommendations that were found, best first.
    pub found: Vec<Recommendation>,
    /// How many of them are new.
    pub new: usize,
    /// Recommendations that are gone by themselves.
    pub gone: usize,
}

/// Looks for advice everywhere that the policy file names, keeps what is found and tells of it once a week.
///
/// # Errors
///
/// When the ledger or the lake fails. What a provider refuses is told in the report, and what it keeps from being seen is not taken
/// for gone.
pub async fn advise(context: &Context, cloud: &Cloud) -> Result<AdviseReport, PipelineError> {
    let mut report = AdviseReport::default();
    let places = places(context, &cloud.home);
    let (resources, seen) = inventory(cloud, &places, &mut report).await;
    let spending = match spend::days(context).await? {
        Some((from, to)) => Spending {
            by_resource: spend::by_resource(context, from, to).await?,
            commitments: spend::committed(context, from, to).await?,
            on_demand_use: spend::on_demand_use(context, from, to).await?,
        },
        None => Spending::default(),
    };
    let metrics = metrics(context, cloud, &resources, &spending.by_resource, &mut report).await;
    let theirs = advisors(context, cloud, &places, &mut report).await;
    let trust = savings::trust(context).await?;
    report.found = find(context, &resources, &metrics, &spending, &trust, theirs)?;
    let fleet = fleet(&resources);
    context.ledger.put_resource_counts(&fleet).await?;
    keep(context, &resources, &seen, &mut report).await?;
    digest(context).await?;
    report.resources = resources.len();
    report.calls = cloud.inventory.calls();
    Ok(report)
}

#[derive(Default)]
struct Spending {
    by_resource: HashMap<String, ResourceSpend>,
    commitments: Vec<tollgate_analysis::advice::CommittedUse>,
    on_demand_use: Vec<tollgate_analysis::advice::OnDemandUse>,
}

fn places(context: &Context, home: &AccountRegion) -> Vec<AccountRegion> {
    let said = |list: &[String], own: &str| if list.is_empty() { vec![own.to_owned()] } else { list.to_vec() };
    let advice = &context.policy.advice;
    let regions = said(&advice.regions, &home.region);
    let accounts = said(&advice.accounts, &home.account);
    let all = accounts.iter().flat_map(|a| regions.iter().map(move |r| (a.clone(), r.clone())));
    all.map(|(account, region)| AccountRegion { account, region }).collect()
}

/// What there is, and of which types and places it was seen whole.
async fn inventory(
    cloud: &Cloud,
    places: &[AccountRegion],
    report: &mut AdviseReport,
) -> (Vec<Resource>, BTreeSet<(AccountRegion, ResourceType)>) {
    let asked = places.iter().flat_map(|p| ResourceType::ALL.into_iter().map(move |of| (p.clone(), of)));
    let mut answers: Vec<_> = stream::iter(asked.collect::<Vec<_>>())
        .map(|(place, of)| async move {
            let answer = cloud.inventory.list(&place, of).await;
            (place, of, answer)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    answers.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let (mut resources, mut seen) = (Vec::new(), BTreeSet::new());
    for (place, of, answer) in answers {
        match answer {
            Ok(found) => {
                resources.extend(found);
                seen.insert((place, of));
            }
            Err(error) => report.faults.push(error.to_string().lines().next().unwrap_or_default().to_owned()),
        }
    }
    (resources, seen)
}

/// How what is there was used. What costs most is asked for first.
async fn metrics(
    context: &Context,
    cloud: &Cloud,
    resources: &[Resource],
    spend: &HashMap<String, ResourceSpend>,
    report: &mut AdviseReport,
) -> HashMap<ResourceKey, Metrics> {
    let advice = &context.policy.advice;
    let to = context.clock.now();
    let from = to - SignedDuration::from_hours(i64::from(advice.thresholds.idle_days) * 24);
    let mut wanted: Vec<(&Resource, Wanted)> = Vec::new();
    let mut by_cost: Vec<&Resource> = resources.iter().collect();
    let cost = |r: &Resource| {
        let found =
            r.charged_as().iter().find_map(|name| spend.get(name).map(|s| s.on_demand.saturating_add(s.committed)));
        found.unwrap_or_default()
    };
    by_cost.sort_by_cached_key(|r| std::cmp::Reverse(cost(r)));
    for resource in by_cost {
        let of = resource.resource_type();
        for metric in metrics_needed(of) {
            wanted.push((resource, Wanted { of, id: resource.id.clone(), metric }));
        }
    }
    let most = usize::try_from(advice.max_metrics).unwrap_or(usize::MAX);
    report.metrics_left_out = wanted.len().saturating_sub(most);
    wanted.truncate(most);
    if report.metrics_left_out > 0 {
        report.faults.push(format!(
            "{} metrics were not asked for: advice {{ max_metrics = {most} }}; the cheapest resources are judged without",
            report.metrics_left_out
        ));
    }
    let mut by_place: BTreeMap<&AccountRegion, Vec<Wanted>> = BTreeMap::new();
    for (resource, one) in wanted {
        by_place.entry(&resource.place).or_default().push(one);
    }
    let mut out: HashMap<ResourceKey, Metrics> = HashMap::new();
    for (place, wanted) in by_place {
        for some in wanted.chunks(A_GO) {
            match cloud.inventory.metrics(place, some, hour(from), hour(to)).await {
                Ok(answers) => {
                    report.metrics += some.len();
                    for (one, answer) in some.iter().zip(answers) {
                        let of = out.entry((place.clone(), one.id.clone())).or_default();
                        of.extend(answer.map(|hourly| (one.metric, hourly)));
                    }
                }
                Err(error) => {
                    report.faults.push(error.to_string().lines().next().unwrap_or_default().to_owned());
                    break;
                }
            }
        }
    }
    out
}

/// The whole hour before an instant.
fn hour(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(3600) * 3600).unwrap_or(at)
}

/// What others advise. One who is not enabled says nothing; one who fails is told.
async fn advisors(
    context: &Context,
    cloud: &Cloud,
    places: &[AccountRegion],
    report: &mut AdviseReport,
) -> Vec<Recommendation> {
    let mut out = Vec::new();
    if !context.policy.advice.ask_aws {
        return out;
    }
    for advisor in &cloud.advisors {
        for place in places {
            match advisor.recommendations(place).await {
                Ok(found) => out.extend(found),
                Err(error) => {
                    let line = error.to_string().lines().next().unwrap_or_default().to_owned();
                    report.faults.push(format!("{}: {line}", advisor.name()));
                }
            }
        }
    }
    out
}

fn find(
    context: &Context,
    resources: &[Resource],
    metrics: &HashMap<ResourceKey, Metrics>,
    spending: &Spending,
    trust: &BTreeMap<(String, String), u32>,
    theirs: Vec<Recommendation>,
) -> Result<Vec<Recommendation>, PipelineError> {
    let prices = BookPrices::new(&context.policy)?;
    let input = AdviceInput {
        resources,
        metrics,
        spend: &spending.by_resource,
        list_prices: &prices,
        commitments: &spending.commitments,
        on_demand_use: &spending.on_demand_use,
        thresholds: &context.policy.advice.thresholds,
        currency: prices.currency(),
        today: Day::of_second(context.clock.now().as_second()),
        track_record: trust,
    };
    Ok(merge_recommendations(tollgate_analysis::advice::find_recommendations(&input), theirs))
}

fn fleet(resources: &[Resource]) -> Vec<(AccountRegion, ResourceType, usize)> {
    let mut counts: BTreeMap<(AccountRegion, ResourceType), usize> = BTreeMap::new();
    for resource in resources {
        *counts.entry((resource.place.clone(), resource.resource_type())).or_default() += 1;
    }
    counts.into_iter().map(|((place, of), count)| (place, of, count)).collect()
}

/// Brings what is known up to date: what was found again, what is new, and what is gone and why.
async fn keep(
    context: &Context,
    resources: &[Resource],
    seen: &BTreeSet<(AccountRegion, ResourceType)>,
    report: &mut AdviseReport,
) -> Result<(), PipelineError> {
    let today = Day::of_second(context.clock.now().as_second());
    let known = context.ledger.advices(&AdviceState::ALL).await?;
    let mut known: BTreeMap<String, AdviceRecord> = known.into_iter().map(|(r, _)| (r.advice.id.clone(), r)).collect();
    let event = |what: String| AdviceEvent { at: context.now(), who: "tollgate".to_owned(), what };
    let mut out = Vec::new();
    for advice in &report.found {
        let record = match known.remove(&advice.id) {
            Some(mut record) => {
                let again = match record.state {
                    AdviceState::Open | AdviceState::Dismissed => None,
                    AdviceState::Planned => plan_is_over(context, record.plan.as_deref()).await?,
                    AdviceState::Done => Some("found again after it was done".to_owned()),
                    AdviceState::Gone => Some("found again".to_owned()),
                };
                if again.is_none() && record.last == today && record.advice == *advice {
                    continue;
                }
                if let Some(why) = again {
                    record.state = AdviceState::Open;
                    record.events.push(event(why));
                }
                record.advice = advice.clone();
                record.last = today;
                record
            }
            None => {
                report.new += 1;
                AdviceRecord {
                    advice: advice.clone(),
                    state: AdviceState::Open,
                    since: today,
                    last: today,
                    plan: None,
                    was_wrong: false,
                    events: vec![event("found".to_owned())],
                }
            }
        };
        out.push(record);
    }
    let there: BTreeSet<(&AccountRegion, &str)> = resources.iter().map(|r| (&r.place, r.id.as_str())).collect();
    for mut record in known.into_values().filter(|r| matches!(r.state, AdviceState::Open | AdviceState::Planned)) {
        let subject = &record.advice.subject;
        // What was not looked at is not gone.
        let looked = subject.resource_type.is_none_or(|of| seen.contains(&(subject.place.clone(), of)));
        let planned =
            record.state == AdviceState::Planned && plan_is_over(context, record.plan.as_deref()).await?.is_none();
        if !looked || planned {
            continue;
        }
        let gone = subject.resource_type.is_some() && !there.contains(&(&subject.place, subject.id.as_str()));
        record.state = AdviceState::Gone;
        let why = if gone { "the resource is not there any more" } else { "what was seen of it is no longer so" };
        record.events.push(event(format!("gone by itself: {why}")));
        report.gone += 1;
        out.push(record);
    }
    Ok(context.ledger.put_advices(&out).await?)
}

/// Why advice that a plan has is open again; `None` while the plan is alive.
async fn plan_is_over(context: &Context, plan: Option<&str>) -> Result<Option<String>, PipelineError> {
    let Some(id) = plan else { return Ok(Some("no plan has it".to_owned())) };
    let Some((record, _)) = context.ledger.plan(id).await? else { return Ok(Some(format!("{id} is gone"))) };
    Ok(match record.state {
        PlanState::Proposed | PlanState::Approved | PlanState::Running => None,
        other => Some(format!("{id} is {other}")),
    })
}

/// Tells of advice once a week, from Monday on.
async fn digest(context: &Context) -> Result<(), PipelineError> {
    let today = Day::of_second(context.clock.now().as_second());
    let monday = today.plus(-i32::try_from(today.weekday()).unwrap_or(0));
    let id = format!("advice-{monday}");
    let open = context.ledger.advices(&[AdviceState::Open]).await?;
    if open.is_empty() || !context.ledger.deliveries_of(&id).await?.is_empty() {
        return Ok(());
    }
    let mut open: Vec<AdviceRecord> = open.into_iter().map(|(r, _)| r).collect();
    open.sort_by_key(|r| (r.advice.instead.is_some(), std::cmp::Reverse(r.advice.score)));
    let counted = |r: &&AdviceRecord| r.advice.instead.is_none();
    let mut sums: BTreeMap<Currency, (tollgate_model::Amount, tollgate_model::Amount)> = BTreeMap::new();
    for record in open.iter().filter(counted) {
        if let Some((low, high)) = record.advice.saving.between {
            let (least, most) = sums.entry(record.advice.saving.currency).or_default();
            (*least, *most) = (least.saturating_add(low), most.saturating_add(high));
        }
    }
    let line = |r: &AdviceRecord| AdviceLine {
        id: r.advice.id.clone(),
        what: format!("{} ({})", r.advice.what, r.advice.subject.name),
        saving: r.advice.saving.to_string(),
        can_be_planned: r.advice.suggested_change.is_some(),
    };
    let digest = AdviceDigest {
        day: today,
        open: open.iter().filter(counted).count() as u64,
        new: open.iter().filter(|r| today - r.since < 7).count() as u64,
        between: sums.into_iter().map(|(currency, (low, high))| (currency, low, high)).collect(),
        unknown: open.iter().filter(counted).filter(|r| r.advice.saving.between.is_none()).count() as u64,
        best: open.iter().filter(counted).take(BEST).map(line).collect(),
        realized: savings::savings(context).await?.realized(),
    };
    Ok(context.ledger.put_message(&context.message(id, Content::Advice(digest))).await?)
}

/// Somebody says no to advice, and why. `wrong`: it is not so, and the kind is trusted less.
///
/// # Errors
///
/// [`PipelineError::Refused`] when the actor may not, or there is no such advice.
pub async fn dismiss(
    state: &State,
    actor: &Actor,
    id: &str,
    why: &str,
    wrong: bool,
) -> Result<AdviceRecord, PipelineError> {
    if actor.role < Role::Engineer {
        return Err(PipelineError::Refused(actor.lacks(Role::Engineer)));
    }
    let Some((mut record, version)) = state.ledger.advice(id).await? else {
        return Err(PipelineError::Refused(format!("there is no advice `{id}`; `tollgate advise list` lists it")));
    };
    if !matches!(record.state, AdviceState::Open | AdviceState::Dismissed) {
        return Err(PipelineError::Refused(format!("`{id}` is {}", record.state)));
    }
    record.state = AdviceState::Dismissed;
    record.was_wrong = wrong;
    let what = if wrong { format!("dismissed as wrong: {why}") } else { format!("dismissed: {why}") };
    record.events.push(AdviceEvent { at: state.now(), who: actor.name.clone(), what: what.clone() });
    let facts = state.ledger.transaction().advice(&record, Some(version))?;
    match facts.save_audited(&entry_of(state, actor, "dismissed", id, why)).await {
        Ok(()) => Ok(record),
        Err(LedgerError::Conflict { .. }) => {
            Err(PipelineError::Refused(format!("`{id}` was changed meanwhile; look at it again")))
        }
        Err(error) => Err(error.into()),
    }
}
