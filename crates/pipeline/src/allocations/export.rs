//! Exports a month with the Allocated columns of FOCUS: each charge that a rule divided is replaced by its parts.
//!
//! Source: FOCUS 1.3, AllocatedMethodId, AllocatedMethodDetails, AllocatedResourceId, AllocatedResourceName and AllocatedTags. The
//! figures of the parts of a charge sum to those of the charge, and their AllocatedRatio to 1. Read 2026-11-28.

use std::collections::BTreeSet;
use std::io::Write;

use tollgate_analysis::allocate::{Allocator, ChargePart, WeightInput};
use tollgate_model::allocation::AllocationPlan;
use tollgate_model::csv::{push_line, push_safe_line};
use tollgate_model::focus::ColumnType;
use tollgate_model::{Amount, BillingPeriod, ChargeBatch, ChargeKind, Column, Fixed, Quantity, TextColumn};
use tollgate_policy::{Dimension, DimensionEvaluator};

use super::provider_split::{CLUSTER, Divisions, resource_tail};
use super::read::{Cells, read_month, seen_dimensions};
use super::{metrics, of_rules};
use crate::{Context, PipelineError};

/// The columns that a part has beside those of its charge.
const ALLOCATED: [&str; 5] =
    ["AllocatedMethodId", "AllocatedMethodDetails", "AllocatedResourceId", "AllocatedResourceName", "AllocatedTags"];

/// The figures that are divided: costs and quantities. Unit prices stay those of the charge.
const DIVIDED: [Column; 6] = [
    Column::BilledCost,
    Column::EffectiveCost,
    Column::ContractedCost,
    Column::ListCost,
    Column::ConsumedQuantity,
    Column::PricingQuantity,
];

/// One as ratios are divided: 18 decimal places.
const ONE: i128 = 10i128.pow(18);

/// Writes the charges of a month as CSV, each that a rule divided as its parts. Returns the number of rows. Unless it is `raw`, text
/// that a spreadsheet would run begins with `'`.
///
/// # Errors
///
/// When the month has no charges, a store fails, or `out` cannot be written.
pub async fn export_allocated(
    context: &Context,
    period: BillingPeriod,
    plan: &AllocationPlan,
    raw: bool,
    out: &mut (dyn Write + Send),
) -> Result<u64, PipelineError> {
    let charges = read_month(context, period, plan).await?;
    let metrics = metrics::read_metrics(context, plan, period).await?;
    let input = WeightInput { basis: context.state.policy.defaults.basis, metrics };
    let names = seen_dimensions(plan);
    let dimensions: Vec<Dimension> =
        context.state.policy.dimensions.iter().filter(|d| names.contains(d.name.as_str())).cloned().collect();
    let extras: BTreeSet<String> = dimensions.iter().flat_map(Dimension::extras).map(str::to_owned).collect();
    let extras: Vec<String> = extras.into_iter().collect();
    let parts = crate::current_parts(&context.state, |p| p.revision.period == period).await?;
    let divisions = &charges.divisions;
    let mut writer = PartWriter { plan, dimensions: &dimensions, divisions, raw, rows: 0, out };
    let mut allocator = Allocator::new(plan, &charges.groups, &input).map_err(of_rules)?;
    writer.header()?;
    context
        .lake
        .scan_with(&parts, Column::ALL, &extras, None, |batch| {
            writer.write(&batch.charges(Column::ALL, &extras), &mut allocator)
        })
        .await?;
    Ok(writer.rows)
}

struct PartWriter<'w> {
    plan: &'w AllocationPlan,
    dimensions: &'w [Dimension],
    divisions: &'w Divisions,
    raw: bool,
    rows: u64,
    out: &'w mut (dyn Write + Send),
}

impl PartWriter<'_> {
    fn line(&mut self, cells: &[Option<String>]) -> Result<(), PipelineError> {
        let mut line = String::new();
        let push = if self.raw { push_line } else { push_safe_line };
        push(&mut line, &mut cells.iter().map(Option::as_deref));
        let written = self.out.write_all(line.as_bytes());
        written.map_err(|error| PipelineError::Refused(format!("the export cannot be written: {error}")))
    }

    fn header(&mut self) -> Result<(), PipelineError> {
        let names = Column::ALL.iter().map(|c| c.name()).chain(ALLOCATED);
        self.line(&names.map(|name| Some(name.to_owned())).collect::<Vec<_>>())
    }

    fn write(&mut self, charges: &ChargeBatch, allocator: &mut Allocator<'_>) -> Result<(), PipelineError> {
        let values = DimensionEvaluator::new(self.dimensions).evaluate(charges);
        let nulls = TextColumn::nulls(charges.rows());
        let cells = Cells::new(charges, &nulls, true);
        for row in 0..charges.rows() {
            let Some((mut charge, day, _)) = cells.charge(row) else { continue };
            let figure = |column: Column| match column.column_type() {
                ColumnType::Amount => units::<{ Amount::PLACES }>(charges, column, row),
                _ => units::<{ Quantity::PLACES }>(charges, column, row),
            };
            let figures = DIVIDED.map(figure);
            let named = values.iter().zip(self.dimensions);
            let own: Vec<String> = named.map(|(v, d)| v.get(row).unwrap_or(&d.default).to_owned()).collect();
            let whole = row_cells(charges, row);
            let is_use = matches!(charge.kind, ChargeKind::Usage | ChargeKind::Periodic);
            let place = cells.resource.get(row).filter(|_| is_use).map(|id| (resource_tail(id).to_owned(), day));
            let Some(division) = place.and_then(|place| self.divisions.get(&place)) else {
                let divided = Divided { figures, ratio: ONE, by_provider: false };
                self.parts(&whole, &divided, |units| allocator.parts(&charge, texts(&own), day, units))?;
                continue;
            };
            // Shares of a cluster are in the charges of its machines.
            if charge.facets[0] == Some(CLUSTER) {
                continue;
            }
            let each = figures.map(|figure| figure.map(|units| division.weights.split(units)));
            let ratios = division.weights.split(ONE);
            for (at, of_part) in division.values.iter().enumerate() {
                charge.split = of_part.is_some();
                let figures = each.clone().map(|split| split.map(|parts| parts[at]));
                let divided = Divided { figures, ratio: ratios[at], by_provider: of_part.is_some() };
                let of_part = of_part.as_ref().unwrap_or(&own);
                self.parts(&whole, &divided, |units| allocator.parts(&charge, texts(of_part), day, units))?;
            }
        }
        Ok(())
    }

    /// Writes the parts of a charge, or of what its provider made of it.
    fn parts(
        &mut self,
        whole: &[Option<String>],
        divided: &Divided,
        mut allocate: impl FnMut([i128; 3]) -> Vec<ChargePart>,
    ) -> Result<(), PipelineError> {
        let figures = divided.figures;
        let [billed, effective, contracted, list, consumed, pricing] = figures.map(Option::unwrap_or_default);
        let first = allocate([billed, effective, contracted]);
        let second = allocate([list, consumed, pricing]);
        let ratios = allocate([divided.ratio, 0, 0]);
        for ((part, rest), ratio) in first.iter().zip(&second).zip(&ratios) {
            let parts = [part.units, rest.units].concat();
            let mut line = whole.to_vec();
            for ((column, known), units) in DIVIDED.iter().zip(figures).zip(parts) {
                if known.is_some() {
                    line[column.index()] = Some(decimal(*column, units));
                }
            }
            line.extend(self.allocated(part, ratio.units[0], divided.by_provider));
            self.line(&line)?;
            self.rows += 1;
        }
        Ok(())
    }

    /// The Allocated columns of a part; none for a charge that nothing divided.
    fn allocated(&self, part: &ChargePart, ratio: i128, by_provider: bool) -> [Option<String>; 5] {
        if part.steps.is_empty() && !by_provider {
            return [None, None, None, None, None];
        }
        let provider = by_provider.then_some(PROVIDER);
        let rules: Vec<&str> = provider.into_iter().chain(part.steps.iter().map(|step| step.rule.as_str())).collect();
        let steps: Vec<serde_json::Value> = part
            .steps
            .iter()
            .map(
                |s| serde_json::json!({ "x_Rule": s.rule, "x_Method": s.method, "x_From": s.from, "x_Ratio": s.ratio }),
            )
            .collect();
        // The ratio is written by hand: a JSON number of this program would be a float.
        let steps = serde_json::Value::from(steps);
        let details = format!("{{\"Elements\":[{{\"AllocatedRatio\":{},\"x_Steps\":{steps}}}]}}", ratio_text(ratio));
        let tags = serde_json::json!({ self.plan.dimension.as_str(): part.value });
        [
            Some(rules.join(" > ")),
            Some(details),
            Some(format!("{}/{}", self.plan.dimension, part.value)),
            Some(part.value.clone()),
            Some(tags.to_string()),
        ]
    }
}

/// The figures of a charge, or of the part that its provider made of it.
struct Divided {
    figures: [Option<i128>; 6],
    /// The part of the charge, in units of 18 places.
    ratio: i128,
    by_provider: bool,
}

/// The method of a part that the provider's own rows state.
const PROVIDER: &str = "provider";

fn texts(values: &[String]) -> impl Iterator<Item = &str> {
    values.iter().map(String::as_str)
}

fn units<const S: u32>(charges: &ChargeBatch, column: Column, row: usize) -> Option<i128> {
    charges.decimals(column).and_then(|d| d.get::<S>(row)).map(Fixed::units)
}

fn decimal(column: Column, units: i128) -> String {
    match column.column_type() {
        ColumnType::Amount => Amount::from_units(units).map(|a| a.to_string()),
        _ => Quantity::from_units(units).map(|q| q.to_string()),
    }
    .unwrap_or_default()
}

/// `0.333333333333333333`.
fn ratio_text(ratio: i128) -> String {
    Quantity::from_units(ratio).map(|q| q.to_string()).unwrap_or_default()
}

/// The cells of a charge, in the order of FOCUS's columns.
fn row_cells(charges: &ChargeBatch, row: usize) -> Vec<Option<String>> {
    let cell = |column: &Column| match column.column_type() {
        ColumnType::Text => charges.text(*column).and_then(|c| c.get(row)).map(str::to_owned),
        ColumnType::Amount => units::<{ Amount::PLACES }>(charges, *column, row).map(|u| decimal(*column, u)),
        ColumnType::Quantity => units::<{ Quantity::PLACES }>(charges, *column, row).map(|u| decimal(*column, u)),
        ColumnType::Time => {
            charges.times(*column).and_then(|t| t.get(row)).map(|s| tollgate_model::period::format_second(*s))
        }
    };
    Column::ALL.iter().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_a_decimal_of_eighteen_places() {
        assert_eq!(ratio_text(ONE), "1");
        assert_eq!(ratio_text(333_333_333_333_333_334), "0.333333333333333334");
    }
}
