//! The charges of some days as lines: one a service, meter, region and way of paying.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use tollgate_analysis::whatif::{ChargeLine, LineUse};
use tollgate_lake::ScanBatch;
use tollgate_model::limits::SPEND_GROUPS;
use tollgate_model::query::{CostField, CostFilter};
use tollgate_model::series::Facet;
use tollgate_model::{Amount, ChargeCategory, ChargeKind, Column, Currency, Day, DayRange, Quantity, TextColumn};
use tollgate_policy::{Dimension, DimensionEvaluator};

use crate::charges::{ChargeDay, DAY_COLUMNS, charge_days, starting_days};
use crate::scope::read_account_names;
use crate::{Context, PipelineError};

const COLUMNS: [Column; 17] = [
    Column::BilledCost,
    Column::ProviderName,
    Column::BillingAccountId,
    Column::SubAccountId,
    Column::ServiceName,
    Column::RegionId,
    Column::SkuMeter,
    Column::PricingUnit,
    Column::ChargeCategory,
    Column::ChargeClass,
    Column::CommitmentDiscountId,
    Column::CommitmentDiscountStatus,
    Column::BillingCurrency,
    Column::EffectiveCost,
    Column::ListCost,
    Column::ContractedCost,
    Column::PricingQuantity,
];

/// What makes a line.
type Key = (Option<String>, Option<String>, Option<String>, Option<String>, LineUse, Currency);

/// A line that is being added up.
struct Sums {
    line: ChargeLine,
    /// The unit of its quantity; `None` once units differ.
    unit: Option<String>,
}

/// Reads the charges that meet every condition.
pub(super) async fn read_lines(
    context: &Context,
    filters: &[CostFilter],
    days: DayRange,
) -> Result<Vec<ChargeLine>, PipelineError> {
    let policy = &context.state.policy;
    let known: Vec<&str> = policy.dimensions.iter().map(|d| d.name.as_str()).collect();
    let filters: Vec<CostFilter> = filters.iter().map(|filter| filter.resolved(&known)).collect();
    for filter in &filters {
        filter.field.check(&known).map_err(|error| PipelineError::Refused(error.to_string()))?;
    }
    let dimensions = filter_dimensions(&filters, &policy.dimensions);
    let mut columns = COLUMNS.to_vec();
    columns.extend(DAY_COLUMNS);
    columns.extend(dimensions.iter().flat_map(Dimension::columns));
    columns.extend(filters.iter().filter_map(|filter| filter.field.column()));
    columns.sort_unstable();
    columns.dedup();
    let extras: Vec<String> = dimensions.iter().flat_map(Dimension::extras).map(str::to_owned).collect();
    let names = read_account_names(&context.state).await?;
    // A charge of many days ends with its month at the latest.
    let reaches = |last: Day, month: DayRange| last.max(month.end.plus(-1)) >= days.start;
    let parts = crate::current_parts(&context.state, |p| {
        p.first_day < days.end && reaches(p.last_day, p.revision.period.days())
    })
    .await?;
    let mut found: FxHashMap<Key, Sums> = FxHashMap::default();
    context
        .lake
        .scan_with(&parts, &columns, &extras, Some(starting_days(days)), |batch| {
            let values = match dimensions.is_empty() {
                true => Vec::new(),
                false => DimensionEvaluator::new(&dimensions).evaluate(&batch.charges(&columns, &extras)),
            };
            let rows = Rows { batch, dimensions: &dimensions, values: &values, names: &names };
            for charge in charge_days(batch, Some(days)) {
                if filters.iter().all(|filter| rows.keeps(filter, charge.row)) {
                    rows.add(charge, &mut found);
                }
            }
            if found.len() > SPEND_GROUPS.size() {
                return Err(PipelineError::TooManyGroups);
            }
            Ok(())
        })
        .await?;
    let mut lines: Vec<ChargeLine> = found.into_values().map(|sums| sums.line).collect();
    lines.sort_by(|a, b| (&a.service, &a.meter, &a.region, &a.used).cmp(&(&b.service, &b.meter, &b.region, &b.used)));
    Ok(lines)
}

/// The value of charges without a tag, which no tag has.
const UNTAGGED: &str = "";

/// The dimensions that conditions read; a tag is one of its own.
fn filter_dimensions(filters: &[CostFilter], dimensions: &[Dimension]) -> Vec<Dimension> {
    let of = |filter: &CostFilter| match &filter.field {
        CostField::Dimension(name) => dimensions.iter().find(|d| d.name == *name).cloned(),
        CostField::Tag(key) => Some(Dimension::of_tag(key, UNTAGGED)),
        CostField::Facet(_) | CostField::Kind | CostField::Column(_) => None,
    };
    filters.iter().filter_map(of).collect()
}

/// A batch of charges with the values of dimensions.
struct Rows<'a> {
    batch: &'a ScanBatch,
    dimensions: &'a [Dimension],
    values: &'a [TextColumn],
    names: &'a BTreeMap<String, String>,
}

impl Rows<'_> {
    fn text(&self, column: Column, row: usize) -> Option<String> {
        self.batch.text(column).get(row).map(str::to_owned)
    }

    /// Whether a charge meets a condition.
    fn keeps(&self, filter: &CostFilter, row: usize) -> bool {
        let dimension = |name: &str| {
            let at = self.dimensions.iter().position(|d| d.name == name)?;
            self.values.get(at)?.get(row)
        };
        match &filter.field {
            CostField::Kind => filter.keeps(Some(self.kind(row).as_str()), None),
            CostField::Dimension(name) => filter.keeps(dimension(name), None),
            CostField::Tag(key) => filter.keeps(dimension(&format!("tag:{key}")).filter(|v| !v.is_empty()), None),
            field => {
                let value = field.column().and_then(|column| self.batch.text(column).get(row));
                let name = match field {
                    CostField::Facet(Facet::SubAccount) => value.and_then(|id| self.names.get(id)),
                    _ => None,
                };
                filter.keeps(value, name.map(String::as_str))
            }
        }
    }

    fn kind(&self, row: usize) -> ChargeKind {
        let text = |column| self.batch.text(column).get(row);
        let category = text(Column::ChargeCategory).and_then(|c| c.parse().ok()).unwrap_or(ChargeCategory::Usage);
        let class = text(Column::ChargeClass).and_then(|c| c.parse().ok());
        let billed = self.batch.decimals(Column::BilledCost).amount(row).unwrap_or_default();
        ChargeKind::of(category, class, billed, text(Column::CommitmentDiscountStatus) == Some("Unused"))
    }

    fn used(&self, row: usize) -> LineUse {
        let text = |column| self.batch.text(column).get(row);
        let is_usage = text(Column::ChargeCategory) == Some(ChargeCategory::Usage.as_str());
        if !is_usage || text(Column::ChargeClass).is_some() {
            return LineUse::Other;
        }
        match (text(Column::CommitmentDiscountId), text(Column::CommitmentDiscountStatus)) {
            (id, Some("Unused")) => LineUse::Unused(id.unwrap_or_default().to_owned()),
            (Some(id), _) => LineUse::Covered(id.to_owned()),
            (None, _) => LineUse::OnDemand,
        }
    }

    fn add(&self, charge: ChargeDay, found: &mut FxHashMap<Key, Sums>) {
        let (row, day) = (charge.row, charge.day);
        let currency = self.batch.text(Column::BillingCurrency).get(row).and_then(|c| c.parse().ok());
        let currency = currency.unwrap_or(Currency::UNKNOWN);
        let (provider, service) = (self.text(Column::ProviderName, row), self.text(Column::ServiceName, row));
        let (region, meter) = (self.text(Column::RegionId, row), self.text(Column::SkuMeter, row));
        let used = self.used(row);
        let key = (provider.clone(), service.clone(), region.clone(), meter.clone(), used.clone(), currency);
        let unit = self.text(Column::PricingUnit, row);
        let sums = found.entry(key).or_insert_with(|| Sums {
            line: ChargeLine {
                provider,
                service,
                region,
                meter,
                used,
                currency,
                effective: Amount::ZERO,
                list: Some(Amount::ZERO),
                contracted: Some(Amount::ZERO),
                quantity: Some(Quantity::ZERO),
                days: BTreeMap::new(),
            },
            unit: unit.clone(),
        });
        let cost = |column| charge.amount(self.batch.decimals(column));
        let effective = cost(Column::EffectiveCost).unwrap_or_default();
        let line = &mut sums.line;
        line.effective = line.effective.saturating_add(effective);
        // One unknown cost makes the sum unknown.
        line.list = line.list.zip(cost(Column::ListCost)).map(|(sum, more)| sum.saturating_add(more));
        line.contracted = line.contracted.zip(cost(Column::ContractedCost)).map(|(sum, more)| sum.saturating_add(more));
        let quantity = charge.quantity(self.batch.decimals(Column::PricingQuantity)).filter(|_| sums.unit == unit);
        line.quantity = line.quantity.zip(quantity).map(|(sum, more)| sum.saturating_add(more));
        let of_day = line.days.entry(day).or_default();
        *of_day = of_day.saturating_add(effective);
    }
}
