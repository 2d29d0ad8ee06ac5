//! More or less use, over on-demand charges and commitments.

use std::collections::BTreeMap;

use tollgate_model::{Amount, Currency};

use super::line::{CostRange, Estimate, LineUse};

/// Changes use by tenths of a percent.
///
/// On-demand use costs in proportion. More use of what a commitment covers first takes its unused part; the least assumes that all of
/// that part can be taken, the most that none of it can and that the rest is paid at list prices. Less use of what a commitment covers
/// saves nothing: its fee stays.
pub(super) fn change_usage(estimate: &mut Estimate, tenths: i64) {
    let more = tenths > 0;
    estimate.assume("cost of use is in proportion to use: tiers and volume discounts are not applied anew");
    estimate.assume("fees, taxes, credits and support stay as they are");
    let mut unused = unused_parts(estimate);
    for at in 0..estimate.lines.len() {
        match estimate.lines[at].charge.used.clone() {
            LineUse::OnDemand => estimate.lines[at].then = estimate.lines[at].then.ratio(1000 + tenths, 1000),
            LineUse::Covered(_) if !more => {
                estimate.assume("less use of what a commitment covers saves nothing: its fee stays");
            }
            LineUse::Covered(id) => grow_covered(estimate, at, &id, tenths, &mut unused),
            LineUse::Unused(_) | LineUse::Other => {}
        }
    }
    if more {
        take_unused(estimate, &unused);
    }
}

/// The unused part of each commitment: what there is, and what is left of it.
type UnusedParts = BTreeMap<(String, Currency), (Amount, Amount)>;

fn unused_parts(estimate: &Estimate) -> UnusedParts {
    let mut out = UnusedParts::new();
    for line in &estimate.lines {
        if let LineUse::Unused(id) = &line.charge.used {
            let part = out.entry((id.clone(), line.charge.currency)).or_default();
            part.0 = part.0.saturating_add(line.then.likely);
            part.1 = part.0;
        }
    }
    out
}

fn grow_covered(estimate: &mut Estimate, at: usize, id: &str, tenths: i64, unused: &mut UnusedParts) {
    estimate.assume("more use of what a commitment covers first takes its unused part, then on-demand prices");
    let line = &estimate.lines[at];
    let charge = &line.charge;
    let Some(extra) = charge.effective.ratio(tenths, 1000).filter(|extra| *extra > Amount::ZERO) else { return };
    let left = unused.entry((id.to_owned(), charge.currency)).or_default();
    let taken = left.1.min(extra);
    left.1 = left.1.saturating_sub(taken);
    // What is not covered is paid at the price of the contract; at list price at most.
    let beyond = |part: Amount, price: Option<Amount>| {
        let price = price.filter(|price| *price > Amount::ZERO && charge.effective > Amount::ZERO)?;
        let share = part.to_f64() / charge.effective.to_f64();
        Amount::from_f64(price.to_f64() * share)
    };
    let contracted = charge.contracted.or(charge.list);
    let likely = beyond(extra.saturating_sub(taken), contracted);
    let high = beyond(extra, charge.list.or(charge.contracted));
    match (likely, high) {
        (Some(likely), Some(high)) => {
            let covered = line.then;
            let more = CostRange {
                low: covered.low.saturating_add(taken).saturating_add(likely),
                likely: covered.likely.saturating_add(taken).saturating_add(likely),
                high: covered.high.saturating_add(high),
            };
            estimate.lines[at].then = more;
        }
        _ => {
            left.1 = left.1.saturating_add(taken);
            estimate.keep(at, "the on-demand price of covered use is unknown");
        }
    }
}

/// Takes what growth used of the unused parts out of their lines. In the worst case nothing of it could be used.
fn take_unused(estimate: &mut Estimate, unused: &UnusedParts) {
    for line in &mut estimate.lines {
        let LineUse::Unused(id) = &line.charge.used else { continue };
        let Some((whole, left)) = unused.get(&(id.clone(), line.charge.currency)) else { continue };
        if *whole <= Amount::ZERO {
            continue;
        }
        let share = left.to_f64() / whole.to_f64();
        let kept = |amount: Amount| Amount::from_f64(amount.to_f64() * share).unwrap_or(amount);
        line.then = CostRange { low: kept(line.then.low), likely: kept(line.then.likely), high: line.then.high };
    }
}
