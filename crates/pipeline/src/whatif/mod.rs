//! What if: the real charges of some days, selected by conditions, with other prices, use, places or commitments.

mod lines;
mod prices;

use std::collections::BTreeSet;

use serde::Serialize;
use tollgate_analysis::whatif::{
    BoughtCommitment, ChargeLine, LineUse, WhatIfAnswer, WhatIfChanges, covered_saving, instance_type, what_if,
};
pub use tollgate_analysis::whatif::{CostRange, Move};
use tollgate_model::query::{CostFilter, CostPeriod};
use tollgate_model::{Amount, Currency, DayRange};

use self::lines::read_lines;
use self::prices::BillPrices;
use crate::list_prices::BookPrices;
use crate::{Context, PipelineError};

/// A question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WhatIfQuestion {
    /// The period; the last complete month without.
    pub period: Option<CostPeriod>,
    /// Which charges change: those that meet every condition.
    pub filters: Vec<CostFilter>,
    /// Commitments that are ended, by id or by the end of it.
    pub ended: Vec<String>,
    /// Use in tenths of a percent more or less.
    pub usage: Option<i64>,
    /// Prices in tenths of a percent more or less.
    pub price: Option<i64>,
    /// Moves to another region or instance family.
    pub moves: Vec<Move>,
    /// A commitment that is bought: an amount an hour.
    pub bought: Option<(Currency, Amount)>,
    /// What it saves, in tenths of a percent; without, what the present commitments save.
    pub saving: Option<i64>,
}

/// An answer with its days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhatIfReport {
    /// The days whose charges were taken.
    pub days: DayRange,
    /// The saving of a bought commitment in tenths of a percent.
    pub saving: Option<i64>,
    /// The answer.
    #[serde(flatten)]
    pub answer: WhatIfAnswer,
}

/// Answers a question.
///
/// # Errors
///
/// When a store fails or is empty, nothing is asked, or what is named is in no charge.
pub async fn ask_what_if(context: &Context, question: &WhatIfQuestion) -> Result<WhatIfReport, PipelineError> {
    let days = asked_days(context, question.period.as_ref()).await?;
    let lines = read_lines(context, &question.filters, days).await?;
    if lines.is_empty() {
        let what = if question.filters.is_empty() { "no charge is" } else { "no charge that the filter selects is" };
        return Err(refused(format!(
            "{what} between {} and {}\nhint: --period month-to-date reads the month so far; `tollgate store info` shows the days of the charges",
            days.start,
            days.end.plus(-1)
        )));
    }
    let saving = match (&question.bought, question.saving) {
        (None, _) => None,
        (Some(_), Some(saving)) => Some(saving),
        (Some(_), None) => Some(covered_saving(&lines).ok_or_else(|| {
            refused("the charges have no commitment to learn a saving from\nhint: add --saving PERCENT".to_owned())
        })?),
    };
    let bought = question.bought.zip(saving).map(|((currency, hourly), saving)| BoughtCommitment {
        currency,
        hourly,
        saving,
        days: days.len(),
    });
    let changes = WhatIfChanges {
        ended: commitments_of(&lines, &question.ended)?,
        usage: question.usage,
        price: question.price,
        moves: question.moves.clone(),
        bought,
    };
    if changes.is_empty() {
        return Err(refused(
            "nothing changes\nhint: name a change: --price, --usage, --region, --family, --end-commitment or --buy-commitment"
                .to_owned(),
        ));
    }
    for wanted in &question.moves {
        check_move(&lines, wanted)?;
    }
    // A price elsewhere may be one of charges that the filters leave out.
    let all = match question.moves.is_empty() || question.filters.is_empty() {
        true => None,
        false => Some(read_lines(context, &[], days).await?),
    };
    let prices = BillPrices::new(all.as_ref().unwrap_or(&lines), BookPrices::new(&context.state.policy)?);
    Ok(WhatIfReport { days, saving, answer: what_if(lines, &changes, &prices) })
}

fn refused(message: String) -> PipelineError {
    PipelineError::Refused(message)
}

/// The days of a period; without one, the last month that is complete.
async fn asked_days(context: &Context, period: Option<&CostPeriod>) -> Result<DayRange, PipelineError> {
    let cube = crate::cube::load_cube(&context.state).await?;
    if let Some(period) = period {
        return crate::cube::period_days(&context.state, &cube, period);
    }
    let watermark = cube.watermark().ok_or(PipelineError::Empty)?;
    let month = watermark.plus(1).month().previous();
    Ok(month.days())
}

/// The ids of commitments that are named by their id, or by its end.
fn commitments_of(lines: &[ChargeLine], named: &[String]) -> Result<Vec<String>, PipelineError> {
    use LineUse::{Covered, Unused};
    let known: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| match &line.used {
            Covered(id) | Unused(id) => Some(id.as_str()),
            _ => None,
        })
        .collect();
    let mut out = Vec::new();
    for name in named {
        let found: Vec<&str> = match known.get(name.as_str()) {
            Some(exact) => vec![exact],
            None => known.iter().copied().filter(|id| id.ends_with(name.as_str())).collect(),
        };
        let [id] = found.as_slice() else {
            let what = if found.is_empty() { "no charge names" } else { "several charges name" };
            let all = known.iter().copied().collect::<Vec<_>>().join(", ");
            let hint = if all.is_empty() {
                "the charges of these days have none".to_owned()
            } else {
                format!("the commitments are {all}")
            };
            return Err(refused(format!("{what} the commitment `{name}`\nhint: {hint}")));
        };
        out.push((*id).to_owned());
    }
    Ok(out)
}

/// Refuses a move from a place where nothing is.
fn check_move(lines: &[ChargeLine], wanted: &Move) -> Result<(), PipelineError> {
    let family = |line: &ChargeLine| line.meter.as_deref().and_then(instance_type).map(|(family, _)| family.to_owned());
    let (what, several, from, known): (_, _, _, BTreeSet<String>) = match wanted {
        Move::Region { from, .. } => {
            ("in the region", "regions", from, lines.iter().filter_map(|l| l.region.clone()).collect())
        }
        Move::Family { from, .. } => ("of the family", "families", from, lines.iter().filter_map(family).collect()),
    };
    if known.contains(from) {
        return Ok(());
    }
    let all = known.into_iter().collect::<Vec<_>>().join(", ");
    Err(refused(format!("no charge is {what} `{from}`\nhint: the {several} of these charges are {all}")))
}
