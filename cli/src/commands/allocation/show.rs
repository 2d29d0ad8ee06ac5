//! `tollgate allocation show`: the cost of each team, or the parts of one.

use anyhow::bail;
use tollgate_model::allocation::{AllocatedCost, AllocationPlan};
use tollgate_model::{Amount, BillingPeriod};
use tollgate_pipeline::{Context, MonthAllocation, ValueTotal, read_allocation};
use tollgate_policy::nearest;

use crate::args::{Args, Format};
use crate::exit::Exit;
use crate::output::{bold, csv, dim, json, money, print_note, table};
use crate::print_line;

pub(super) async fn run(
    args: &Args,
    context: &Context,
    period: BillingPeriod,
    plan: &AllocationPlan,
    of: Option<&str>,
) -> anyhow::Result<Exit> {
    let mut allocation = read_allocation(context, period, plan).await?;
    if let Some(value) = of {
        let known: Vec<String> = allocation.totals().into_iter().map(|t| t.value).collect();
        if !known.iter().any(|k| k == value) {
            let hint = match nearest(value, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("{period} has {}", known.join(", ")),
            };
            bail!("no cost of {period} belongs to {} `{value}`\nhint: {hint}", plan.dimension);
        }
        allocation.costs.retain(|cost| cost.value == value);
    }
    match (args.format, of) {
        (Format::Json, _) => json(&allocation)?,
        (Format::Csv, _) => csv(&allocation.costs)?,
        (Format::Text, None) => print_values(&allocation),
        (Format::Text, Some(value)) => print_parts(&allocation.costs, value, period),
    }
    allocation.notes.iter().for_each(|note| print_note(&format!("note: {note}")));
    Ok(Exit::Success)
}

fn print_values(allocation: &MonthAllocation) {
    let rules = tollgate_model::text::counted(allocation.plan.rules.len() as u64, "rule", "rules");
    let MonthAllocation { dimension, period, state, .. } = allocation;
    print_line!("{}  {period}, {state}, by {dimension}, {rules}", bold("Allocated cost"));
    let totals = allocation.totals();
    let mut sorted: Vec<&ValueTotal> = totals.iter().collect();
    sorted.sort_by(|a, b| a.currency.cmp(&b.currency).then(b.billed.cmp(&a.billed)));
    let row = |t: &&ValueTotal| {
        let cell = |amount: Amount| money(amount, t.currency);
        vec![t.value.clone(), cell(t.direct_billed), cell(t.shared_billed), cell(t.billed), cell(t.effective)]
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut at = 0;
    while let Some(first) = sorted.get(at) {
        let same: Vec<&ValueTotal> =
            sorted[at..].iter().take_while(|t| t.currency == first.currency).copied().collect();
        rows.extend(same.iter().map(row));
        let sum = |part: fn(&ValueTotal) -> Amount| {
            let all = same.iter().fold(Amount::ZERO, |sum, t| sum.saturating_add(part(t)));
            dim(money(all, first.currency))
        };
        rows.push(vec![
            dim("total"),
            sum(|t| t.direct_billed),
            sum(|t| t.shared_billed),
            sum(|t| t.billed),
            sum(|t| t.effective),
        ]);
        at += same.len();
    }
    table(&[dimension.as_str(), "?>direct", "?>by rules", ">billed", ">effective"], rows);
}

fn print_parts(costs: &[AllocatedCost], value: &str, period: BillingPeriod) {
    print_line!("{}  {value}, {period}", bold("Allocated cost"));
    let mut sorted: Vec<&AllocatedCost> = costs.iter().collect();
    sorted.sort_by(|a, b| {
        a.currency
            .cmp(&b.currency)
            .then(b.billed.abs().max(b.effective.abs()).cmp(&a.billed.abs().max(a.effective.abs())))
    });
    let rows = sorted.iter().map(|cost| {
        let way: Vec<String> = cost.steps.iter().map(|s| format!("{} ({})", s.rule, percent(s.ratio))).collect();
        let way = match (&cost.reason, way.is_empty()) {
            (Some(reason), _) => reason.to_string(),
            (None, true) if cost.split => "divided by the provider".to_owned(),
            (None, true) => "direct".to_owned(),
            (None, false) => way.join(" > "),
        };
        vec![
            cost.service.clone().unwrap_or_else(|| "no service".to_owned()),
            cost.kind.to_string(),
            cost.origin.clone(),
            way,
            money(cost.billed, cost.currency),
            money(cost.effective, cost.currency),
        ]
    });
    table(&["service", "?kind", "origin", "rules", ">billed", ">effective"], rows.collect());
}

/// A ratio for people: `33.33 %`.
fn percent(ratio: tollgate_model::ShareOfCost) -> String {
    // In hundredths of a percent, rounded.
    let whole = ratio.whole.max(1);
    let scaled = match ratio.part.checked_mul(10_000) {
        Some(product) => product.saturating_add(whole / 2) / whole,
        // Numbers this large lose nothing that is shown.
        None => ratio.part / (whole / 10_000).max(1),
    };
    format!("{}.{:02} %", scaled / 100, scaled % 100)
}

#[cfg(test)]
mod tests {
    use tollgate_model::ShareOfCost;

    use super::percent;

    #[test]
    fn ratios_are_shown_in_percent() {
        assert_eq!(percent(ShareOfCost { part: 1, whole: 3 }), "33.33 %");
        assert_eq!(percent(ShareOfCost { part: 2, whole: 3 }), "66.67 %");
        assert_eq!(percent(ShareOfCost { part: u128::MAX / 2, whole: u128::MAX }), "50.00 %");
    }
}
