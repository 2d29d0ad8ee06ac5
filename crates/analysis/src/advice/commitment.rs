//! Commitments that are partly unused or that end soon.

use tollgate_model::recommendation::{AdviceSubject, Effort, Recommendation, Saving, SavingBasis};
use tollgate_model::{AccountRegion, Amount, Currency, Day, Risk};

use super::builder::RecommendationBuilder;
use super::{AdviceInput, AdviceKind};

/// One savings plan or reservation, by its charges of the last thirty days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedUse {
    /// `CommitmentDiscountId`.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// The account that pays.
    pub account: String,
    /// The currency of both.
    pub currency: Currency,
    /// Days that have charges.
    pub days: u32,
    /// EffectiveCost of the used part.
    pub used: Amount,
    /// EffectiveCost of the unused part.
    pub unused: Amount,
    /// The difference to list prices for the use that it covered, if they are known.
    pub saved: Amount,
    /// The last day that it covers, if the policy file has it.
    pub ends: Option<Day>,
}

/// The two kinds of advice about a commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExpiringOrUnused {
    /// It ends.
    Expiring,
    /// It is not used.
    Unused,
}

/// Days before its end in which a renewal is decided.
const AHEAD: i32 = 60;

pub(super) const UNUSED: AdviceKind = AdviceKind {
    name: "unused_commitment",
    title: "Use or exchange a commitment",
    action_type: "ExchangeReservedInstances",
    method: "More than a tenth of the commitment's EffectiveCost of the last 30 days was unused (CommitmentDiscountStatus \
             `Unused`).",
    safeguard: "At least a week of charges. A commitment cannot be returned: moving use under it, exchanging it or selling a \
             reservation saves its unused part, so no change is planned.",
    confidence: 60,
    effort: Effort::High,
    restart: false,
    rollback: false,
    risk: Risk::Low,
    metrics: &[],
    advise: |input, out| advise(input, ExpiringOrUnused::Unused, out),
};

pub(super) const EXPIRING: AdviceKind = AdviceKind {
    name: "expiring_commitment",
    title: "Renew a commitment before it ends",
    action_type: "PurchaseSavingsPlans",
    method: "A commitment whose last day, by `commitment` in the policy file, is within 60 days. Its saving compared with list \
             prices ends on that day.",
    safeguard: "Only its saving on use that it covered counts, so an unused commitment is not renewed.",
    confidence: 75,
    effort: Effort::Low,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[],
    advise: |input, out| advise(input, ExpiringOrUnused::Expiring, out),
};

fn advise(input: &AdviceInput<'_>, about: ExpiringOrUnused, out: &mut Vec<Recommendation>) {
    for of in input.commitments.iter().filter(|c| c.days >= 7) {
        let month = |amount: Amount| amount.ratio(730, i64::from(of.days) * 24).unwrap_or(amount);
        let subject = AdviceSubject {
            resource_type: None,
            id: of.id.clone(),
            place: AccountRegion { account: of.account.clone(), region: String::new() },
            name: of.name.clone(),
        };
        let between = |low: Amount, high: Amount| Saving {
            between: Some((month(low), month(high))),
            currency: of.currency,
            basis: SavingBasis::Effective,
            covered: None,
            notes: Vec::new(),
        };
        let all = of.used.saturating_add(of.unused);
        match about {
            ExpiringOrUnused::Unused if of.unused.ratio(10, 1).is_some_and(|u| u > all) => {
                RecommendationBuilder::for_subject(
                    input,
                    &UNUSED,
                    subject,
                    format!("move use under {}, or exchange it", of.name),
                )
                .evidence("unused", format!("{} {} in {} days", of.unused.round(2), of.currency, of.days))
                .saves(between(Amount::ZERO, of.unused))
                .push_to(out);
            }
            ExpiringOrUnused::Expiring => {
                let Some(ends) = of.ends.filter(|ends| (0..=AHEAD).contains(&(*ends - input.today))) else { continue };
                RecommendationBuilder::for_subject(
                    input,
                    &EXPIRING,
                    subject,
                    format!("renew {} before {ends}", of.name),
                )
                .evidence("last day", ends)
                .evidence(
                    "saving compared with list prices",
                    format!("{} {} a month", month(of.saved).round(2), of.currency),
                )
                .saves(between(of.saved, of.saved))
                .push_to(out);
            }
            ExpiringOrUnused::Unused => {}
        }
    }
}
