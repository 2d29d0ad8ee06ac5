//! The plan of an import: what it leaves out, what becomes current and what that replaces, decided before anything is written.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_ledger::{CurrentPeriod, PeriodChange};
use tollgate_model::{BillingPeriod, CostView, PeriodTotals, Restatement, Revision, SourceId};

use super::arriving::{Arriving, FilePart, NewDelivery, join_parts, leave_out_repeated};
use super::cleanup::discard;
use super::current::prove_accounts;
use super::decide::{Elsewhere, Existing, Fate, counted_elsewhere, decide, existing, find_lines};
use super::overlap::{is_part, share_accounts};
use super::views::join_views;
use super::{BillingKey, ImportOutcome, IngestOptions, IngestReport, LeftOut, PeriodReport};
use crate::{Context, PipelineError};

/// What an import will do.
#[derive(Default)]
pub(super) struct Planned {
    /// Deliveries that become current.
    pub(super) deliveries: Vec<NewDelivery>,
    /// Deliveries under other sources that hold the same charges, and count no longer.
    pub(super) replaced_elsewhere: Vec<CurrentPeriod>,
}

/// Plans an import. With [`IngestOptions::check`], the report says what would become current, and the staged files are removed.
///
/// # Errors
///
/// When it cannot be decided what a delivery replaces, or when the ledger fails. The staged files are removed then.
pub(super) async fn plan(
    context: &Context,
    mut parts: Vec<FilePart>,
    options: &IngestOptions,
    report: &mut IngestReport,
) -> Result<Planned, PipelineError> {
    let current = Current::read(context, &parts).await?;
    let kept = match join_views(context, &mut parts, &current, &mut report.left_out).await {
        Ok(mut dropped) => match leave_out_repeated(context, &mut parts, &mut report.left_out).await {
            Ok(repeated) => {
                dropped.extend(repeated);
                Ok(dropped)
            }
            Err(error) => {
                discard(context, dropped.iter().map(|arrived: &Arriving| arrived.parts.as_slice())).await;
                Err(error)
            }
        },
        Err(error) => Err(error),
    };
    let dropped = match kept {
        Ok(dropped) => dropped,
        Err(error) => {
            discard(context, parts.iter().map(|part| part.arrived.parts.as_slice())).await;
            return Err(error);
        }
    };
    discard(context, dropped.iter().map(|arrived: &Arriving| arrived.parts.as_slice())).await;
    let joined: Vec<BTreeSet<String>> = parts.iter().map(|part| current.of_accounts(part)).collect();
    let deliveries = join_parts(parts, options.feed.as_deref(), &joined)?;
    let mut planning = Planning::default();
    let mut failed = None;
    for mut new in deliveries {
        let outcome = match &failed {
            None => planning.plan(context, &mut new, &current, options).await,
            Some(_) => Ok(None),
        };
        match outcome {
            Ok(Some(outcome)) => planning.outcomes.push((new, outcome)),
            Ok(None) => planning.unused.push(new.arrived),
            Err(error) => {
                planning.unused.push(new.arrived);
                failed = Some(error);
            }
        }
    }
    let (planned, mut unused) = planning.finish(options, report);
    let Planned { mut deliveries, replaced_elsewhere } = planned;
    if failed.is_some() || options.check {
        unused.extend(std::mem::take(&mut deliveries).into_iter().map(|new| new.arrived));
    }
    discard(context, unused.iter().map(|arrived| arrived.parts.as_slice())).await;
    failed.map_or(Ok(Planned { deliveries, replaced_elsewhere }), Err)
}

/// What was decided so far of each delivery of an import.
#[derive(Default)]
struct Planning {
    outcomes: Vec<(NewDelivery, Outcome)>,
    unused: Vec<Arriving>,
    /// Deliveries that count no longer after the import, by source, month and name.
    replaced: BTreeSet<(SourceId, BillingPeriod, String)>,
}

impl Planning {
    async fn plan(
        &mut self,
        context: &Context,
        new: &mut NewDelivery,
        current: &Current,
        options: &IngestOptions,
    ) -> Result<Option<Outcome>, PipelineError> {
        current.find_lines(context, new).await?;
        new.late |= current.is_late(new);
        new.notes.extend(current.older_purchases(new));
        let outcome = plan_delivery(context, new, current, options).await?;
        if let Outcome::Becomes(ImportOutcome::Replaced, replaced, _) = &outcome {
            let name = |old: &CurrentPeriod| (new.source.clone(), new.period, old.delivery.clone());
            self.replaced.extend(replaced.iter().map(name));
        }
        Ok(Some(outcome))
    }

    /// What becomes current, and what is not used. Charges that only a delivery holds which another one replaces become current after
    /// that one.
    fn finish(self, options: &IngestOptions, report: &mut IngestReport) -> (Planned, Vec<Arriving>) {
        let Self { outcomes, mut unused, replaced } = self;
        let mut planned = Planned::default();
        let mut last = Vec::new();
        for (new, outcome) in outcomes {
            let is_replaced = |old: &CurrentPeriod| {
                replaced.contains(&(old.revision.source.clone(), old.revision.period, old.delivery.clone()))
            };
            match outcome {
                Outcome::LeftOut(old) if !is_replaced(&old) => {
                    report.left_out.push(LeftOut::of_delivery(&new, &old.inputs));
                    unused.push(new.arrived);
                }
                Outcome::LeftOut(_) => last.push((new, ImportOutcome::New, Vec::new())),
                Outcome::Becomes(ImportOutcome::Unchanged, old, _) if old.iter().any(is_replaced) => {
                    last.push((new, ImportOutcome::New, Vec::new()));
                }
                Outcome::Becomes(outcome, old, elsewhere) => {
                    planned.replaced_elsewhere.extend(elsewhere);
                    if options.check {
                        report.periods.push(planned_period(&new, outcome, old));
                    }
                    planned.deliveries.push(new);
                }
            }
        }
        for (new, outcome, old) in last {
            if options.check {
                report.periods.push(planned_period(&new, outcome, old));
            }
            planned.deliveries.push(new);
        }
        (planned, unused)
    }
}

/// The current deliveries of the months of an import.
pub(super) struct Current {
    /// By source and month: those that the import can replace.
    own: BTreeMap<BillingKey, Vec<Existing>>,
    /// By month: those of every source.
    all: BTreeMap<BillingPeriod, Vec<Existing>>,
}

impl Current {
    async fn read(context: &Context, parts: &[FilePart]) -> Result<Self, PipelineError> {
        let ledger = &context.state.ledger;
        let months: BTreeSet<BillingPeriod> = parts.iter().map(|part| part.period).collect();
        let places: BTreeSet<BillingKey> = parts.iter().map(|part| (part.source.clone(), part.period)).collect();
        let mut out = Self { own: BTreeMap::new(), all: BTreeMap::new() };
        for (source, period) in &places {
            let current = ledger.current_deliveries(source, *period).await?;
            out.own.insert((source.clone(), *period), existing(context, current).await?);
        }
        let elsewhere = ledger.periods().await?.into_iter().filter(|current| {
            let Revision { source, period, .. } = &current.revision;
            months.contains(period) && !places.contains(&(source.clone(), *period))
        });
        for current in elsewhere {
            let period = current.revision.period;
            let known = out.all.entry(period).or_default();
            known.extend(existing(context, vec![(current, 0)]).await?);
        }
        Ok(out)
    }

    /// Looks for the lines of small deliveries in large ones: late rows of a month in the month, or a month's in late rows.
    async fn find_lines(&self, context: &Context, new: &mut NewDelivery) -> Result<(), PipelineError> {
        let own = self.own.get(&(new.source.clone(), new.period)).into_iter().flatten();
        for old in own.chain(self.all.get(&new.period).into_iter().flatten()) {
            if share_accounts(&new.arrived.aggregate.coverage, &old.coverage) {
                find_lines(context, new, old).await?;
            }
        }
        Ok(())
    }

    /// Whether rows of an older month than their files' are few beside the month's own delivery.
    fn is_late(&self, new: &NewDelivery) -> bool {
        let aggregate = &new.arrived.aggregate;
        let is_own = |old: &&Existing| old.current.home.is_none();
        let is_beside = |old: &Existing| {
            aggregate.rows * 4 <= old.current.totals.rows
                && is_part(&aggregate.effective, &old.current.totals.effective_lake, 4)
        };
        new.home != new.period && self.own(&new.source, new.period).iter().filter(is_own).any(is_beside)
    }

    pub(super) fn own(&self, source: &SourceId, period: BillingPeriod) -> &[Existing] {
        self.own.get(&(source.clone(), period)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Says of amortized costs that arrive without the actual costs of the same days which purchases lie beside them.
    fn older_purchases(&self, new: &NewDelivery) -> Option<String> {
        let coverage = &new.arrived.aggregate.coverage;
        let is_alone = !new.joined && !coverage.only_purchases && coverage.view() == Some(CostView::Amortized);
        let own = self.own(&new.source, new.period).iter().filter(|old| is_alone && old.coverage.only_purchases);
        let inputs: BTreeSet<&str> = own.flat_map(|old| &old.current.inputs).map(String::as_str).collect();
        (!inputs.is_empty()).then(|| {
            let names = inputs.into_iter().collect::<Vec<_>>().join(", ");
            format!("the purchases of commitments stay those of {names}; import the actual costs of the same days to renew them")
        })
    }

    /// The names of the current deliveries that have accounts of a part. Late rows have the accounts of other deliveries too.
    fn of_accounts(&self, part: &FilePart) -> BTreeSet<String> {
        let only_purchases = part.arrived.aggregate.coverage.only_purchases;
        let own = self.own(&part.source, part.period).iter();
        let own = own.filter(|old| !old.current.late && old.coverage.only_purchases == only_purchases);
        let shares = |old: &&Existing| share_accounts(&part.arrived.aggregate.coverage, &old.coverage);
        own.filter(shares).map(|old| old.current.delivery.clone()).collect()
    }
}

enum Outcome {
    /// This delivery holds its charges.
    LeftOut(Box<CurrentPeriod>),
    /// It becomes current and replaces these, and those of other sources.
    Becomes(ImportOutcome, Vec<CurrentPeriod>, Vec<CurrentPeriod>),
}

async fn plan_delivery(
    context: &Context,
    new: &NewDelivery,
    current: &Current,
    options: &IngestOptions,
) -> Result<Outcome, PipelineError> {
    prove_accounts(context, new).await?;
    let own = current.own(&new.source, new.period);
    let (outcome, replaced) = match decide(context, new, own, options.replace).await? {
        Fate::LeftOut(number) => return Ok(Outcome::LeftOut(Box::new(own[number].current.clone()))),
        Fate::Unchanged(number) => (ImportOutcome::Unchanged, vec![own[number].current.clone()]),
        Fate::Becomes(replaced) if replaced.is_empty() => (ImportOutcome::New, Vec::new()),
        Fate::Becomes(replaced) => {
            (ImportOutcome::Replaced, replaced.iter().map(|number| own[*number].current.clone()).collect())
        }
    };
    let mut elsewhere = Vec::new();
    for old in
        current.all.get(&new.period).into_iter().flatten().filter(|old| old.current.revision.source != new.source)
    {
        match counted_elsewhere(context, new, old, options.replace)? {
            Elsewhere::No => {}
            Elsewhere::Counted => return Ok(Outcome::LeftOut(Box::new(old.current.clone()))),
            Elsewhere::Replaced => elsewhere.push(old.current.clone()),
        }
    }
    Ok(Outcome::Becomes(outcome, replaced, elsewhere))
}

/// What a delivery would become.
fn planned_period(new: &NewDelivery, outcome: ImportOutcome, replaced: Vec<CurrentPeriod>) -> PeriodReport {
    let aggregate = &new.arrived.aggregate;
    let replaced = match outcome {
        ImportOutcome::Unchanged => Vec::new(),
        ImportOutcome::New | ImportOutcome::Replaced => replaced,
    };
    PeriodReport {
        outcome,
        revision: Revision { source: new.source.clone(), period: new.period, hash: aggregate.hash },
        totals: PeriodTotals {
            rows: aggregate.rows,
            billed_read: aggregate.billed.clone(),
            effective_read: aggregate.effective.clone(),
            ..PeriodTotals::default()
        },
        series: aggregate.series.len() as u64,
        last_day: aggregate.days(new.period).1,
        restatement: Restatement::default(),
        corrections: BTreeMap::new(),
        late_in: new.late.then_some(new.home),
        replaced: replaced.iter().map(tollgate_ledger::ReplacedDelivery::of).collect(),
        stated: new.arrived.stated.clone(),
        notes: if outcome == ImportOutcome::Unchanged { Vec::new() } else { new.notes.clone() },
    }
}

/// Removes deliveries under other sources whose charges count under a new one now.
pub(super) async fn remove_elsewhere(context: &Context, old: Vec<CurrentPeriod>) -> Result<(), PipelineError> {
    for current in old {
        remove_delivery(context, &current).await?;
    }
    Ok(())
}

/// Removes the pointer of a delivery, if it still is the one that was read. Its files stay for readers that started with them.
async fn remove_delivery(context: &Context, old: &CurrentPeriod) -> Result<bool, PipelineError> {
    let Revision { source, period, .. } = &old.revision;
    let ledger = &context.state.ledger;
    let read_changes = ledger.period_changes(source, *period).await?;
    let found = ledger.current_delivery(source, *period, &old.delivery).await?;
    let Some(found) = found.filter(|(current, _)| current.revision == old.revision) else { return Ok(false) };
    let removed = [found];
    let change = PeriodChange { source, period: *period, read_changes, current: &[], removed: &removed };
    ledger.change_period(&change, &[]).await?;
    Ok(true)
}

/// Late rows live with the delivery that brought them: when the month of their files is replaced, and the new files have none, they
/// count no longer.
pub(super) async fn retire_late_rows(
    context: &Context,
    months: &[(SourceId, BillingPeriod, BillingPeriod)],
    report: &mut IngestReport,
) -> Result<(), PipelineError> {
    let renewed: BTreeSet<(&SourceId, BillingPeriod)> = report
        .periods
        .iter()
        .filter(|p| p.outcome == ImportOutcome::Replaced && p.late_in.is_none())
        .map(|p| (&p.revision.source, p.revision.period))
        .collect();
    let brought = |old: &CurrentPeriod, home: BillingPeriod| {
        months
            .iter()
            .any(|(source, period, of)| (source, *period, *of) == (&old.revision.source, old.revision.period, home))
    };
    let periods = context.state.ledger.periods().await?;
    // Rows that came before their month are known as late since the month is there.
    let is_late = |old: &CurrentPeriod| {
        let beside = |own: &CurrentPeriod| {
            let same = (&own.revision.source, own.revision.period) == (&old.revision.source, old.revision.period);
            let few = old.totals.rows * 4 <= own.totals.rows;
            same && own.home.is_none() && few && is_part(&old.totals.effective_lake, &own.totals.effective_lake, 4)
        };
        old.late || periods.iter().any(beside)
    };
    let mut retired = Vec::new();
    for old in &periods {
        let Some(home) = old.home.filter(|_| is_late(old)) else { continue };
        if renewed.contains(&(&old.revision.source, home)) && !brought(old, home) {
            retired.push(old.clone());
        }
    }
    for old in retired {
        if remove_delivery(context, &old).await? {
            report.retired.push(tollgate_ledger::ReplacedDelivery::of(&old));
        }
    }
    Ok(())
}
