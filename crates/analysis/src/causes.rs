//! Causes: which part of the charges explains a change.

use tollgate_model::{Amount, Cause};

/// The daily cost of one value of one dimension, before and during an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostMovement {
    /// `account`, `service`, `region`, `usage type`, `resource`, `tag team`.
    pub dimension: String,
    /// The value; `None` for charges without one.
    pub value: Option<String>,
    /// Its daily cost before.
    pub before: Amount,
    /// Its daily cost during the incident.
    pub during: Amount,
}

/// The least share of the change, in percent, that is reported.
const WORTH: i64 = 10;

/// Ranks the dimension values that explain a change, by their share of it. Between similar shares the finer dimension comes first.
/// `order` names dimensions from widest to finest; a dimension that is not in it ranks as the widest. Returns at most `limit`.
pub fn rank_causes(movements: &[CostMovement], order: &[&str], limit: usize) -> Vec<Cause> {
    // Any resource can have tags: they are less specific than the finest facet that explains as much.
    let finest = |dimension: &str| order.iter().position(|d| *d == dimension).map_or(0, |rank| rank + 1);
    let mut out: Vec<(i64, usize, Cause)> = Vec::new();
    let mut dimensions: Vec<&str> = movements.iter().map(|m| m.dimension.as_str()).collect();
    dimensions.sort_unstable();
    dimensions.dedup();
    for dimension in dimensions {
        let of: Vec<&CostMovement> = movements.iter().filter(|m| m.dimension == dimension).collect();
        let change = |m: &CostMovement| m.during.saturating_sub(m.before);
        let whole = of.iter().fold(Amount::ZERO, |sum, m| sum.saturating_add(change(m)));
        if whole.is_zero() {
            continue;
        }
        // If most of the cost has no value in this dimension, the dimension explains nothing.
        let weight = |known: bool| {
            let some = of.iter().filter(|m| m.value.is_some() == known);
            some.fold(Amount::ZERO, |sum, m| sum.saturating_add(m.before.abs()).saturating_add(m.during.abs()))
        };
        if weight(false) > weight(true) {
            continue;
        }
        for m in of {
            let sign = if whole.is_negative() { Amount::ZERO.saturating_sub(change(m)) } else { change(m) };
            let Some(share) = tollgate_model::budget::percent(sign, whole.abs()) else { continue };
            if share >= WORTH {
                let cause = Cause {
                    dimension: dimension.to_owned(),
                    value: m.value.clone(),
                    before: m.before,
                    during: m.during,
                    share_percent: share,
                };
                out.push((share, finest(dimension), cause));
            }
        }
    }
    // Shares are compared in steps of ten percent: between similar shares the finer dimension is more specific.
    out.sort_by(|(share_a, fine_a, a), (share_b, fine_b, b)| {
        let better = (share_b.min(&100) / 10, fine_b, share_b).cmp(&(share_a.min(&100) / 10, fine_a, share_a));
        better.then_with(|| a.value.cmp(&b.value))
    });
    out.truncate(limit);
    out.into_iter().map(|(_, _, cause)| cause).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finest_full_explanation_comes_first() {
        let m = |dimension: &str, value: &str, before: i64, during: i64| CostMovement {
            dimension: dimension.into(),
            value: Some(value.into()),
            before: Amount::whole(before),
            during: Amount::whole(during),
        };
        let found = rank_causes(
            &[
                m("account", "a", 100, 200),
                m("account", "b", 50, 50),
                m("resource", "i-1", 0, 96),
                m("resource", "i-2", 100, 104),
                m("region", "r", 150, 250),
            ],
            &["account", "region", "resource"],
            3,
        );
        let ranked: Vec<(&str, i64)> = found.iter().map(|c| (c.value.as_deref().unwrap(), c.share_percent)).collect();
        assert_eq!(ranked, [("r", 100), ("a", 100), ("i-1", 96)]);
    }
}
