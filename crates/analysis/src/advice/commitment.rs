//! A commitment that is paid for and not used, or that ends.

use tollgate_model::recommendation::{AdviceSubject, Effort, Recommendation, Saving, SavingBasis};
use tollgate_model::{AccountRegion, Amount, Currency, Day, Risk};

use super::draft::Draft;
use super::{Kind, Scene};

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
    /// EffectiveCost of the part that covered something.
    pub used: Amount,
    /// EffectiveCost of the part that covered nothing.
    pub unused: Amount,
    /// What its use would cost more at list prices, where they are known.
    pub saved: Amount,
    /// The last day that it covers, where the policy file says it.
    pub ends: Option<Day>,
}

/// What is to be said of a commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExpiringOrUnused {
    /// It ends.
    Expiring,
    /// It is not used.
    Unused,
}

/// Days before its end in which a renewal is decided.
const AHEAD: i32 = 60;

pub(super) const UNUSED: Kind = Kind {
    name: "unused_commitment",
    title: "Use or exchange a commitment",
    action_type: "ExchangeReservedInstances",
    method: "More than a tenth of a commitment's EffectiveCost of the last 30 days covered nothing (CommitmentDiscountStatus `Unused`).",
    guard: "A week of charges at least. What is not used cannot be given back: it is saved only by moving use under it, exchanging it, or \
            selling a reservation, so no change is planned.",
    confidence: 60,
    effort: Effort::High,
    restart: false,
    rollback: false,
    risk: Risk::Low,
    metrics: &[],
    advise: |scene, out| advise(scene, ExpiringOrUnused::Unused, out),
};

pub(super) const EXPIRING: Kind = Kind {
    name: "expiring_commitment",
    title: "Renew a commitment before it ends",
    action_type: "PurchaseSavingsPlans",
    method: "A commitment whose last day, by `commitment` of the policy file, is within 60 days. What it saves beside list prices is lost after it.",
    guard: "Only what it really covered counts, so an unused one is not renewed.",
    confidence: 75,
    effort: Effort::Low,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[],
    advise: |scene, out| advise(scene, ExpiringOrUnused::Expiring, out),
};

fn advise(scene: &Scene<'_>, about: ExpiringOrUnused, out: &mut Vec<Recommendation>) {
    for of in scene.commitments.iter().filter(|c| c.days >= 7) {
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
            notes: Vec::new(),
        };
        let all = of.used.saturating_add(of.unused);
        match about {
            ExpiringOrUnused::Unused if of.unused.ratio(10, 1).is_some_and(|u| u > all) => {
                Draft::about(scene, &UNUSED, subject, format!("move use under {}, or exchange it", of.name))
                    .saw("paid for and not used", format!("{} {} in {} days", of.unused.round(2), of.currency, of.days))
                    .saves(between(Amount::ZERO, of.unused))
                    .put(out);
            }
            ExpiringOrUnused::Expiring => {
                let Some(ends) = of.ends.filter(|ends| (0..=AHEAD).contains(&(*ends - scene.today))) else { continue };
                Draft::about(scene, &EXPIRING, subject, format!("renew {} before {ends}", of.name))
                    .saw("it ends", ends)
                    .saw("it saves beside list prices", format!("{} {} a month", month(of.saved).round(2), of.currency))
                    .saves(between(of.saved, of.saved))
                    .put(out);
            }
            ExpiringOrUnused::Unused => {}
        }
    }
}
