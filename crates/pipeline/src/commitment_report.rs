//! The commitments of a month: how much of each was used, how much of the eligible use they covered, and what they saved.
//!
//! - Utilization is the used part of a commitment's effective cost.
//! - Coverage is the covered part of the effective cost that a commitment could have covered. Where a provider states which
//!   charges are eligible (FOCUS 1.4, CommitmentProgramEligibilityDetails), those and the covered ones are the whole;
//!   elsewhere it is the use of services that a commitment covers anywhere.
//! - The saving is the contracted cost of the covered use (its list cost where the bill has no contracted one) less its effective
//!   cost, less the unused part.
//! - The effective savings rate is that saving over the contracted cost of the whole eligible use.
//!
//! Source: FOCUS 1.4, CommitmentProgramEligibilityDetails, "Coverage Rate with Eligibility-Adjusted Denominator", and the
//! use case "Effective savings rate"; read 2026-11-28.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tollgate_lake::ScanBatch;
use tollgate_model::{Amount, BillingPeriod, Column, Currency, Day, LaterColumn};

use crate::charges::{CommitmentUse, commitment_use, is_usage};
use crate::commitments::keep_greatest;
use crate::{Context, PipelineError, current_parts};

/// The commitments of a month.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CommitmentReport {
    /// The billing period.
    pub period: BillingPeriod,
    /// The last day with charges of the period, which may not be its last.
    pub through: Day,
    /// Each commitment and currency, the costliest first.
    pub commitments: Vec<CommitmentLine>,
    /// Each provider with commitments or eligible use, and currency.
    pub coverage: Vec<CoverageLine>,
}

/// One commitment in one currency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CommitmentLine {
    /// `CommitmentDiscountId`.
    pub id: String,
    /// `CommitmentDiscountName`.
    pub name: Option<String>,
    /// `CommitmentDiscountType`: `Savings Plan`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `ProviderName`.
    pub provider: Option<String>,
    /// The currency of every amount.
    pub currency: Currency,
    /// The effective cost of its used part.
    pub used: Amount,
    /// The effective cost of its unused part.
    pub unused: Amount,
    /// The used share of both; `None` where both are zero.
    pub utilization: Option<f64>,
    /// What it saved after its unused part; `None` where the contracted cost of some covered use is unknown.
    pub saved: Option<Amount>,
    /// What was billed for it in the month.
    pub billed: Amount,
    /// The last day that it covers, by the policy file.
    pub ends: Option<Day>,
    /// Days from the newest charges to its end; negative after it.
    pub days_left: Option<i32>,
}

/// What the whole of a coverage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CoverageBasis {
    /// Charges that the provider states as eligible, and those that are covered.
    Eligibility,
    /// The use of services that a commitment covers anywhere.
    CoveredServices,
}

/// The coverage of one provider in one currency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CoverageLine {
    /// `ProviderName`.
    pub provider: Option<String>,
    /// The currency of every amount.
    pub currency: Currency,
    /// What the eligible cost is.
    pub basis: CoverageBasis,
    /// The effective cost of covered use.
    pub covered: Amount,
    /// The effective cost of all eligible use, with the covered.
    pub eligible: Amount,
    /// The covered share; `None` where nothing is eligible.
    pub coverage: Option<f64>,
    /// The contracted cost of the eligible use: what it would cost without commitments.
    pub contracted: Amount,
    /// That less the effective cost of the eligible use and of the unused commitments.
    pub saved: Amount,
    /// The saving over the contracted cost; `None` where that is zero.
    pub effective_savings_rate: Option<f64>,
    /// The effective cost of eligible use whose contracted cost is unknown; the saving leaves it out.
    pub without_contracted: Amount,
}

const COLUMNS: [Column; 13] = [
    Column::CommitmentDiscountId,
    Column::CommitmentDiscountName,
    Column::CommitmentDiscountStatus,
    Column::CommitmentDiscountType,
    Column::BillingCurrency,
    Column::ProviderName,
    Column::ServiceName,
    Column::ChargeCategory,
    Column::ChargeClass,
    Column::BilledCost,
    Column::EffectiveCost,
    Column::ContractedCost,
    Column::ListCost,
];

/// Reports the commitments of a billing period, or of the newest. `None` where there are no charges of it.
///
/// # Errors
///
/// When the ledger or the lake fails.
pub async fn commitment_report(
    context: &Context,
    period: Option<BillingPeriod>,
) -> Result<Option<CommitmentReport>, PipelineError> {
    let periods = context.state.ledger.periods().await?;
    let Some(period) = period.or_else(|| periods.iter().map(|p| p.revision.period).max()) else { return Ok(None) };
    let Some(through) = periods.iter().filter(|p| p.revision.period == period).map(|p| p.last_day).max() else {
        return Ok(None);
    };
    let parts = current_parts(&context.state, |p| p.revision.period == period).await?;
    let extras = [LaterColumn::CommitmentProgramEligibilityDetails.stored_name().to_owned()];
    let mut found = Found::default();
    context
        .lake
        .scan_with(&parts, &COLUMNS, &extras, None, |batch| {
            found.add(batch);
            Ok::<(), PipelineError>(())
        })
        .await?;
    let mut commitments = found.commitment_lines();
    for line in &mut commitments {
        let end = context.state.policy.commitments.iter().find(|end| end.id == line.id);
        line.ends = end.map(|end| end.ends);
        line.days_left = line.ends.map(|ends| ends - through);
    }
    Ok(Some(CommitmentReport { period, through, commitments, coverage: found.coverage_lines() }))
}

/// Sums of one commitment.
#[derive(Default)]
struct CommitmentSums {
    name: Option<String>,
    kind: Option<String>,
    provider: Option<String>,
    used: Amount,
    unused: Amount,
    billed: Amount,
    /// The contracted cost of the covered use.
    contracted: Amount,
    /// Whether it is known of every covered charge.
    is_unknown: bool,
}

/// Sums of one service of a provider.
#[derive(Clone, Copy, Default)]
struct ServiceSums {
    covered: Amount,
    /// Use that is not covered.
    on_demand: Amount,
    /// The part of it that the provider states as eligible.
    stated: Amount,
    /// Contracted cost, and effective cost where it is unknown: of covered, of all on-demand and of stated use.
    contracted: [Amount; 3],
    unknown: [Amount; 3],
}

const COVERED: usize = 0;
const ON_DEMAND: usize = 1;
const STATED: usize = 2;

type ProviderKey = (Option<String>, String);

#[derive(Default)]
struct Found {
    commitments: BTreeMap<(String, String), CommitmentSums>,
    services: BTreeMap<(ProviderKey, Option<String>), ServiceSums>,
    unused: BTreeMap<ProviderKey, Amount>,
    /// Providers that state the eligibility of a charge.
    state: BTreeSet<Option<String>>,
}

/// What a charge would cost without a commitment, where the bill has it.
fn contracted_cost(batch: &ScanBatch) -> impl Fn(usize) -> Option<Amount> + '_ {
    let (contracted, list) = (batch.decimals(Column::ContractedCost), batch.decimals(Column::ListCost));
    move |row| contracted.amount(row).or_else(|| list.amount(row))
}

fn add(sum: &mut Amount, amount: Amount) {
    *sum = sum.saturating_add(amount);
}

impl Found {
    fn add(&mut self, batch: &ScanBatch) {
        let (usage, commitment_use) = (is_usage(batch), commitment_use(batch));
        let text = |column| batch.text(column);
        let (ids, currencies) = (text(Column::CommitmentDiscountId), text(Column::BillingCurrency));
        let (providers, services) = (text(Column::ProviderName), text(Column::ServiceName));
        let status = text(Column::CommitmentDiscountStatus);
        let costs = batch.decimals(Column::EffectiveCost);
        let contracted = contracted_cost(batch);
        let eligibility = batch.extra(LaterColumn::CommitmentProgramEligibilityDetails.stored_name());
        for row in 0..batch.row_count() {
            let Some(currency) = currencies.get(row) else { continue };
            if let Some(id) = ids.get(row) {
                self.add_commitment(batch, row, id, currency, usage(row).then(|| commitment_use(row)));
            }
            if !usage(row) {
                continue;
            }
            let (cost, contracted) = (costs.amount(row).unwrap_or_default(), contracted(row));
            let provider = (providers.get(row).map(str::to_owned), currency.to_owned());
            // Some exports leave the id of an unused commitment out; it is no on-demand use.
            if status.get(row) == Some("Unused") {
                add(self.unused.entry(provider).or_default(), cost);
                continue;
            }
            let is_eligible = eligibility.get(row).is_some_and(|text| !text.trim().is_empty());
            if is_eligible {
                self.state.insert(provider.0.clone());
            }
            let sums = self.services.entry((provider, services.get(row).map(str::to_owned))).or_default();
            if commitment_use(row) == CommitmentUse::Used {
                sums.add_part(COVERED, cost, contracted);
                continue;
            }
            sums.add_part(ON_DEMAND, cost, contracted);
            if is_eligible {
                sums.add_part(STATED, cost, contracted);
            }
        }
    }

    fn add_commitment(
        &mut self,
        batch: &ScanBatch,
        row: usize,
        id: &str,
        currency: &str,
        usage: Option<CommitmentUse>,
    ) {
        let sums = self.commitments.entry((id.to_owned(), currency.to_owned())).or_default();
        keep_greatest(&mut sums.name, batch.text(Column::CommitmentDiscountName).get(row));
        keep_greatest(&mut sums.kind, batch.text(Column::CommitmentDiscountType).get(row));
        keep_greatest(&mut sums.provider, batch.text(Column::ProviderName).get(row));
        add(&mut sums.billed, batch.decimals(Column::BilledCost).amount(row).unwrap_or_default());
        let cost = batch.decimals(Column::EffectiveCost).amount(row).unwrap_or_default();
        match usage {
            Some(CommitmentUse::Unused) => add(&mut sums.unused, cost),
            Some(CommitmentUse::Used) => {
                add(&mut sums.used, cost);
                match contracted_cost(batch)(row) {
                    Some(contracted) => add(&mut sums.contracted, contracted),
                    None => sums.is_unknown = true,
                }
            }
            // A purchase is billed; its cost is that of the use that it covers.
            Some(CommitmentUse::OnDemand) | None => {}
        }
    }

    fn commitment_lines(&self) -> Vec<CommitmentLine> {
        let line = |((id, currency), sums): (&(String, String), &CommitmentSums)| CommitmentLine {
            id: id.clone(),
            name: sums.name.clone(),
            kind: sums.kind.clone(),
            provider: sums.provider.clone(),
            currency: currency.parse().unwrap_or(Currency::UNKNOWN),
            used: sums.used,
            unused: sums.unused,
            utilization: share(sums.used, sums.used.saturating_add(sums.unused)),
            saved: (!sums.is_unknown).then(|| sums.contracted.saturating_sub(sums.used).saturating_sub(sums.unused)),
            billed: sums.billed,
            ends: None,
            days_left: None,
        };
        let mut lines: Vec<CommitmentLine> = self.commitments.iter().map(line).collect();
        let cost = |line: &CommitmentLine| line.used.saturating_add(line.unused);
        lines.sort_by(|a, b| (cost(b), &a.id, a.currency).cmp(&(cost(a), &b.id, b.currency)));
        lines
    }

    fn coverage_lines(&self) -> Vec<CoverageLine> {
        // A service that a commitment covers anywhere.
        let covered: BTreeSet<&Option<String>> = self
            .services
            .iter()
            .filter(|(_, sums)| sums.covered != Amount::ZERO)
            .map(|((_, service), _)| service)
            .collect();
        let mut by_provider: BTreeMap<&ProviderKey, ServiceSums> = BTreeMap::new();
        for ((provider, service), sums) in &self.services {
            let is_stated = self.state.contains(&provider.0);
            if is_stated || covered.contains(service) {
                by_provider.entry(provider).or_default().merge(sums);
            }
        }
        by_provider.into_iter().map(|(provider, sums)| self.coverage_line(provider, &sums)).collect()
    }

    fn coverage_line(&self, provider: &ProviderKey, sums: &ServiceSums) -> CoverageLine {
        let is_stated = self.state.contains(&provider.0);
        let (basis, rest, part) = match is_stated {
            true => (CoverageBasis::Eligibility, sums.stated, STATED),
            false => (CoverageBasis::CoveredServices, sums.on_demand, ON_DEMAND),
        };
        let eligible = sums.covered.saturating_add(rest);
        let without_contracted = sums.unknown[COVERED].saturating_add(sums.unknown[part]);
        let contracted = sums.contracted[COVERED].saturating_add(sums.contracted[part]);
        let unused = self.unused.get(provider).copied().unwrap_or_default();
        let paid = eligible.saturating_sub(without_contracted).saturating_add(unused);
        let saved = contracted.saturating_sub(paid);
        CoverageLine {
            provider: provider.0.clone(),
            currency: provider.1.parse().unwrap_or(Currency::UNKNOWN),
            basis,
            covered: sums.covered,
            eligible,
            coverage: share(sums.covered, eligible),
            contracted,
            saved,
            effective_savings_rate: share(saved, contracted),
            without_contracted,
        }
    }
}

impl ServiceSums {
    fn add_part(&mut self, part: usize, cost: Amount, contracted: Option<Amount>) {
        let sum = match part {
            COVERED => &mut self.covered,
            ON_DEMAND => &mut self.on_demand,
            _ => &mut self.stated,
        };
        add(sum, cost);
        match contracted {
            Some(contracted) => add(&mut self.contracted[part], contracted),
            None => add(&mut self.unknown[part], cost),
        }
    }

    fn merge(&mut self, other: &Self) {
        add(&mut self.covered, other.covered);
        add(&mut self.on_demand, other.on_demand);
        add(&mut self.stated, other.stated);
        for part in [COVERED, ON_DEMAND, STATED] {
            add(&mut self.contracted[part], other.contracted[part]);
            add(&mut self.unknown[part], other.unknown[part]);
        }
    }
}

/// The share of a part in a whole; `None` where the whole is zero.
fn share(part: Amount, whole: Amount) -> Option<f64> {
    // Four digits are what a share of money means; more are noise of the conversion.
    (whole != Amount::ZERO).then(|| (part.to_f64() / whole.to_f64() * 10_000.0).round() / 10_000.0)
}
