//! The weekly digest of recommendations.

use std::collections::BTreeMap;

use tollgate_model::{AdviceDigest, AdviceLine, AdviceRecord, AdviceState, Amount, Content, Currency, Day};

use crate::savings::read_savings;
use crate::{Context, PipelineError};

/// Recommendations in a digest.
const BEST: usize = 8;

/// Writes the digest of recommendations once a week, from Monday on.
pub(super) async fn write_digest(context: &Context) -> Result<(), PipelineError> {
    let today = Day::of_second(context.state.clock.now().as_second());
    let monday = today.plus(-i32::try_from(today.weekday()).unwrap_or(0));
    let id = format!("advice-{monday}");
    let open = context.state.ledger.advices(&[AdviceState::Open]).await?;
    if open.is_empty() || !context.state.ledger.deliveries_of(&id).await?.is_empty() {
        return Ok(());
    }
    let mut open: Vec<AdviceRecord> = open.into_iter().map(|(r, _)| r).collect();
    open.sort_by_key(|r| (r.advice.instead.is_some(), std::cmp::Reverse(r.advice.score)));
    let counted = |r: &&AdviceRecord| r.advice.instead.is_none();
    let mut sums: BTreeMap<Currency, (Amount, Amount)> = BTreeMap::new();
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
        realized: read_savings(&context.state).await?.realized(),
    };
    Ok(context.state.ledger.put_message(&context.state.message(id, Content::Advice(digest))).await?)
}
