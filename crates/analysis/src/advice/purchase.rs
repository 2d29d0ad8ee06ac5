//! Purchases of commitments for steady on-demand use.

use tollgate_model::budget::percent;
use tollgate_model::money::grouped;
use tollgate_model::recommendation::{AdviceSubject, Effort, Recommendation, Saving, SavingBasis};
use tollgate_model::{AccountRegion, Amount, Currency, Day, Risk};

use super::builder::RecommendationBuilder;
use super::{AdviceInput, AdviceKind};

/// Daily on-demand use that one commitment could cover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnDemandUse {
    /// The account that pays.
    pub account: String,
    /// The service: `Amazon Elastic Compute Cloud`.
    pub service: String,
    /// Whether a savings plan can cover it; otherwise a reservation.
    pub savings_plan: bool,
    /// The currency of every amount.
    pub currency: Currency,
    /// Daily on-demand EffectiveCost, oldest first; days without any are zero.
    pub days: Vec<(Day, Amount)>,
    /// The cost of existing commitments of the same kind, in percent of the list price of the use that they cover, if there are any.
    pub pays_percent: Option<u32>,
    /// The list price of the use that these commitments cover in those days.
    pub covered_list: Amount,
}

/// Days of use that a purchase is based on.
const DAYS: usize = 30;

pub(super) const SAVINGS_PLAN: AdviceKind = AdviceKind {
    name: "savings_plan",
    title: "Commit to steady use",
    action_type: "PurchaseSavingsPlans",
    method: "The on-demand use that was reached on 95 % of the last 30 days, at the discount of the company's existing savings \
             plans. A commitment above the use of a day is partly unused on that day.",
    safeguard: "Idle and oversized instances are listed first: do not commit to use that should end. Without an existing savings \
             plan the discount is unknown and no saving is estimated.",
    confidence: 70,
    effort: Effort::Low,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[],
    advise: |input, out| advise(input, &SAVINGS_PLAN, true, out),
};

pub(super) const RESERVED: AdviceKind = AdviceKind {
    name: "reserved_instances",
    title: "Reserve steady use",
    action_type: "PurchaseReservedInstances",
    method: "Like savings_plan, for services that only have reservations: databases, caches, search and data warehouses.",
    safeguard: "See savings_plan.",
    confidence: 65,
    effort: Effort::Low,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[],
    advise: |input, out| advise(input, &RESERVED, false, out),
};

fn advise(input: &AdviceInput<'_>, kind: &AdviceKind, savings_plan: bool, out: &mut Vec<Recommendation>) {
    for open in input.on_demand_use.iter().filter(|o| o.savings_plan == savings_plan && o.days.len() >= DAYS) {
        let mut days: Vec<Amount> = open.days[open.days.len() - DAYS..].iter().map(|(_, a)| *a).collect();
        days.sort();
        let base = days[DAYS / 20];
        if base <= Amount::ZERO {
            continue;
        }
        let month = base.ratio(730, 24).unwrap_or(base);
        let subject = AdviceSubject {
            resource_type: None,
            id: open.service.clone(),
            place: AccountRegion { account: open.account.clone(), region: String::new() },
            name: open.service.clone(),
        };
        let hour = base.ratio(1, 24).unwrap_or(base);
        let pays = open.pays_percent.filter(|p| *p < 100);
        let saving = match pays {
            Some(pays) => Saving {
                // A longer term or upfront payment may be cheaper; the existing discount is a lower bound.
                between: month.ratio(i64::from(100 - pays), 100).map(|s| (s, s)),
                currency: open.currency,
                basis: SavingBasis::Effective,
                covered: None,
                notes: vec![
                    format!("at the {} % discount of the existing commitments", 100 - pays),
                    format!("break-even after {} of 12 months of this use", months_to_break_even(pays)),
                ],
            },
            None => Saving::unknown(
                open.currency,
                "without an existing commitment the discount is unknown; Cost Explorer shows the offers",
            ),
        };
        let shown = |amount: Amount| grouped(amount, open.currency.minor_places());
        let mut builder =
            RecommendationBuilder::for_subject(input, kind, subject, title(open, savings_plan, hour, pays));
        if let Some(coverage) = coverage_percent(open) {
            builder = builder.evidence("coverage by commitments", format!("{coverage} % of list cost"));
        }
        if let Some((utilization, unused)) = utilization(input, open) {
            builder = builder.evidence(
                "utilization of the commitments of the account",
                format!("{utilization} %; {} {} unused in 30 days, to be used first", shown(unused), open.currency),
            );
        }
        builder
            .evidence("steady on-demand use", format!("{} {} a day", shown(base), open.currency))
            .evidence("days observed", DAYS)
            .saves(saving)
            .push_to(out);
    }
}

/// What to buy, as the console asks for it: the commitment an hour, after the discount, with type, term and payment. The shortest term
/// without upfront payment binds least.
fn title(open: &OnDemandUse, savings_plan: bool, hour: Amount, pays: Option<u32>) -> String {
    const TERMS: &str = "1 year, no upfront";
    let what = if savings_plan { "Compute Savings Plan" } else { "reservations" };
    let (currency, service) = (open.currency, &open.service);
    match pays.and_then(|pays| Some((pays, hour.ratio(i64::from(pays), 100)?))) {
        Some((pays, commitment)) => format!(
            "commit {} {currency} an hour to {service} ({what}, {TERMS}), which covers {} {currency} at on-demand prices, a discount \
             of {} %",
            commitment.round(2),
            hour.round(2),
            100 - pays
        ),
        None => {
            format!("commit to {} {currency} an hour of {service} at on-demand prices ({what}, {TERMS})", hour.round(2))
        }
    }
}

/// Months of the use after which a year's commitment has cost no more than on-demand use would have, rounded up.
fn months_to_break_even(pays: u32) -> u32 {
    (12 * pays).div_ceil(100)
}

/// The share of the list cost that commitments cover, in whole percent; `None` without use.
fn coverage_percent(open: &OnDemandUse) -> Option<i64> {
    let on_demand = open.days.iter().fold(Amount::ZERO, |sum, (_, amount)| sum.saturating_add(*amount));
    percent(open.covered_list, open.covered_list.saturating_add(on_demand))
}

/// How much of the commitments of the account is used, in whole percent, and the cost of the rest; `None` without commitments.
fn utilization(input: &AdviceInput<'_>, open: &OnDemandUse) -> Option<(i64, Amount)> {
    let of = input.commitments.iter().filter(|c| c.account == open.account && c.currency == open.currency);
    let (used, unused) = of.fold((Amount::ZERO, Amount::ZERO), |(used, unused), c| {
        (used.saturating_add(c.used), unused.saturating_add(c.unused))
    });
    Some((percent(used, used.saturating_add(unused))?, unused))
}
