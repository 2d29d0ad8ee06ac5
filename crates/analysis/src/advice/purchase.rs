//! What could be committed to: use at on-demand prices that never stops.

use tollgate_model::recommendation::{AdviceSubject, Effort, Recommendation, Saving, SavingBasis};
use tollgate_model::{AccountRegion, Amount, Currency, Day, Risk};

use super::draft::Draft;
use super::{Kind, Scene};

/// Use at on-demand prices of what one commitment would cover, by day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenUse {
    /// The account that pays.
    pub account: String,
    /// What it is: `Amazon Elastic Compute Cloud`.
    pub service: String,
    /// Whether a savings plan covers it; a reservation otherwise.
    pub savings_plan: bool,
    /// The currency of every amount.
    pub currency: Currency,
    /// EffectiveCost at on-demand prices, oldest first, one a day; days without any are zero.
    pub days: Vec<(Day, Amount)>,
    /// What commitments of the same kind cost of the list price of what they cover, in percent, where there are any.
    pub pays_percent: Option<u32>,
}

/// Days of use before anything is committed to for a year.
const DAYS: usize = 30;

pub(super) const SAVINGS_PLAN: Kind = Kind {
    name: "savings_plan",
    title: "Commit to what is always used",
    action_type: "PurchaseSavingsPlans",
    method: "The use that on 95 of 100 days of the last 30 was at least there, at the discount that the company's own savings plans have. A \
             commitment above the least use of a day is paid for nothing on that day.",
    guard: "Idle and oversized machines come first: what is to be stopped is not to be committed to. Without a plan of one's own the discount \
            is not known, and no saving is promised.",
    confidence: 70,
    effort: Effort::Low,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[],
    advise: |scene, out| advise(scene, &SAVINGS_PLAN, true, out),
};

pub(super) const RESERVED: Kind = Kind {
    name: "reserved_instances",
    title: "Reserve what is always used",
    action_type: "PurchaseReservedInstances",
    method: "As savings plans, for services that only have reservations: databases, caches, search and warehouses.",
    guard: "As savings plans.",
    confidence: 65,
    effort: Effort::Low,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[],
    advise: |scene, out| advise(scene, &RESERVED, false, out),
};

fn advise(scene: &Scene<'_>, kind: &Kind, savings_plan: bool, out: &mut Vec<Recommendation>) {
    for open in scene.open_use.iter().filter(|o| o.savings_plan == savings_plan && o.days.len() >= DAYS) {
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
        let hour = base.ratio(1, 24).unwrap_or(base).round(3);
        let saving = match open.pays_percent.filter(|p| *p < 100) {
            Some(pays) => Saving {
                // A longer term or payment in advance is cheaper; what the company has is what it gets at least.
                between: month.ratio(i64::from(100 - pays), 100).map(|s| (s, s)),
                currency: open.currency,
                basis: SavingBasis::Effective,
                notes: vec![format!("at the {} % that present commitments save", 100 - pays)],
            },
            None => Saving::unknown(open.currency, "no commitment of the company says what discount it gets"),
        };
        let what = if savings_plan { "a savings plan" } else { "reservations" };
        Draft::about(
            scene,
            kind,
            subject,
            format!("buy {what} for {hour} {} an hour of {} at on-demand prices", open.currency, open.service),
        )
        .saw("always used, at on-demand prices", format!("{} {} a day", base.round(2), open.currency))
        .saw("days looked at", DAYS)
        .saves(saving)
        .put(out);
    }
}
