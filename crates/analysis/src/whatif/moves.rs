//! Use that is moved to another region or another instance family.

use super::line::{ChargeLine, Estimate, LineUse, PriceRatio};

/// A move of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// From a region to another.
    Region {
        /// The region that is left.
        from: String,
        /// The region that use is moved to.
        to: String,
    },
    /// From an instance family to another, size by size: `m5` to `m7g`.
    Family {
        /// The family that is left.
        from: String,
        /// The family that use is moved to.
        to: String,
    },
}

impl Move {
    /// Whether a line is moved.
    fn concerns(&self, line: &ChargeLine) -> bool {
        match self {
            Self::Region { from, .. } => line.region.as_ref() == Some(from),
            Self::Family { from, .. } => {
                line.meter.as_deref().and_then(instance_type).is_some_and(|(family, _)| family == from)
            }
        }
    }
}

/// The prices of moved use: from the bill itself, or from the price book.
pub trait PriceOf {
    /// The price of a line's unit after a move, and before it; `None` where one of them is unknown.
    fn ratio(&self, line: &ChargeLine, wanted: &Move) -> Option<PriceRatio>;
}

/// The family and size of the instance type in a meter: `m5` and `xlarge` of `EUC1-BoxUsage:m5.xlarge`, `db.m5` and `large` of
/// `InstanceUsage:db.m5.large`.
pub fn instance_type(meter: &str) -> Option<(&str, &str)> {
    let (_, name) = meter.rsplit_once(':')?;
    let (family, size) = name.rsplit_once('.')?;
    let is_size =
        size.ends_with("large") || ["nano", "micro", "small", "medium"].contains(&size) || size.starts_with("metal");
    (is_size && !family.is_empty()).then_some((family, size))
}

/// Moves use. Its cost changes by the ratio of the prices.
pub(super) fn move_use(estimate: &mut Estimate, wanted: &Move, price_of: &dyn PriceOf) {
    match wanted {
        Move::Region { from, to } => {
            estimate.assume(&format!(
                "everything in {from} runs in {to} with the same use; transfer between regions is not added"
            ));
        }
        Move::Family { from, to } => {
            estimate.assume(&format!(
                "an instance of {from} is replaced by one of {to} of the same size, for the same hours"
            ));
        }
    }
    for at in 0..estimate.lines.len() {
        let line = &estimate.lines[at];
        if !wanted.concerns(&line.charge) {
            continue;
        }
        match &line.charge.used {
            LineUse::OnDemand => {}
            LineUse::Covered(_) => {
                estimate.keep(at, "a commitment covers it; end the commitment too with --end-commitment");
                continue;
            }
            LineUse::Unused(_) | LineUse::Other => continue,
        }
        match price_of.ratio(&line.charge, wanted).and_then(PriceRatio::fraction) {
            Some((there, here)) => estimate.lines[at].then = estimate.lines[at].then.ratio(there, here),
            None => estimate.keep(at, "its price there is unknown"),
        }
    }
}
