//! Reads the charges of a billing period from the lake, grouped as rules see them.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_analysis::allocate::{ChargeCost, ChargeGroups, VisibleCharge};
use tollgate_lake::ScanBatch;
use tollgate_ledger::CurrentPeriod;
use tollgate_model::allocation::{AllocationMethod, AllocationPlan, ConditionField};
use tollgate_model::{
    Amount, BillingPeriod, ChargeBatch, ChargeCategory, ChargeClass, ChargeKind, Column, Currency, Day, Money,
    Quantity, Revision, TextColumn, Totals,
};
use tollgate_policy::{Dimension, DimensionEvaluator};

use super::provider_split::{Divisions, HeldCharge, ProviderSplits, resource_tail};
use crate::aggregate::FACET_COLUMNS;
use crate::{Context, PipelineError};

/// The sum of an invoice: what one provider asks of one billing account, in one currency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct InvoiceTotal {
    /// `ProviderName`.
    pub provider: Option<String>,
    /// `BillingAccountId`.
    pub billing_account: Option<String>,
    /// The currency.
    pub currency: Currency,
    /// BilledCost.
    pub billed: Amount,
}

/// The charges of a billing period.
pub(super) struct MonthCharges {
    pub(super) groups: ChargeGroups,
    pub(super) revisions: Vec<Revision>,
    /// How providers divide machines.
    pub(super) divisions: Divisions,
    /// BilledCost and EffectiveCost of the charges that are allocated.
    pub(super) billed: Totals,
    pub(super) effective: Totals,
    pub(super) invoices: Vec<InvoiceTotal>,
    /// What people should know.
    pub(super) notes: Vec<String>,
}

/// The columns that rules see, beside the facets.
const COLUMNS: [Column; 7] = [
    Column::BillingCurrency,
    Column::ChargeCategory,
    Column::ChargeClass,
    Column::CommitmentDiscountId,
    Column::CommitmentDiscountStatus,
    Column::BilledCost,
    Column::EffectiveCost,
];

/// Reads a month for the rules of a plan. Dimensions that no rule names are not read: fewer groups are faster.
///
/// # Errors
///
/// When the month has no charges, a store fails, or the charges do not sum to what was imported.
pub(super) async fn read_month(
    context: &Context,
    period: BillingPeriod,
    plan: &AllocationPlan,
) -> Result<MonthCharges, PipelineError> {
    let periods = context.state.ledger.periods().await?;
    let current: Vec<CurrentPeriod> = periods.into_iter().filter(|p| p.revision.period == period).collect();
    if current.is_empty() {
        return Err(PipelineError::NoCharges { period });
    }
    let parts: Vec<(Revision, Vec<String>)> = current.iter().map(|p| (p.revision.clone(), p.parts.clone())).collect();
    let names = seen_dimensions(plan);
    let dimensions = context.state.policy.dimensions.iter().filter(|d| names.contains(d.name.as_str()));
    let dimensions: Vec<Dimension> = dimensions.cloned().collect();
    let splits = ProviderSplits::read(context, &parts, &dimensions).await?;
    let mut reader = Reader::new(&dimensions, plan, splits);
    let account_names = current.iter().flat_map(|p| p.account_names.clone()).collect();
    reader.groups.set_account_names(account_names);
    let (columns, extras) = (reader.columns.clone(), reader.extras.clone());
    context.lake.scan_with(&parts, &columns, &extras, None, |batch| reader.add(batch)).await?;
    reader.check_sums(&current, period)?;
    reader.finish(parts.into_iter().map(|(revision, _)| revision).collect())
}

/// The dimensions that rules name, and the one that they allocate.
pub(super) fn seen_dimensions(plan: &AllocationPlan) -> BTreeSet<&str> {
    let conditions = plan.rules.iter().flat_map(|rule| rule.source.iter().chain(&rule.weigh));
    let named = conditions.filter_map(|c| match &c.on {
        ConditionField::Dimension(name) => Some(name.as_str()),
        ConditionField::Facet(_) => None,
    });
    named.chain([plan.dimension.as_str()]).collect()
}

fn without_zeros(totals: &Totals) -> Vec<Money> {
    totals.iter().filter(|money| !money.amount.is_zero()).collect()
}

/// Reads batches into groups.
struct Reader<'p> {
    groups: ChargeGroups,
    dimensions: &'p [Dimension],
    columns: Vec<Column>,
    extras: Vec<String>,
    /// Whether a rule weighs by a quantity.
    weighs_units: bool,
    splits: ProviderSplits,
    billed: Totals,
    effective: Totals,
    invoices: BTreeMap<(Option<String>, Option<String>, Currency), Amount>,
}

impl<'p> Reader<'p> {
    fn new(dimensions: &'p [Dimension], plan: &AllocationPlan, splits: ProviderSplits) -> Self {
        let weighs_units = plan.rules.iter().any(|rule| matches!(rule.method, AllocationMethod::Usage { .. }));
        let mut columns = [FACET_COLUMNS.as_slice(), COLUMNS.as_slice()].concat();
        columns.extend(dimensions.iter().flat_map(Dimension::columns));
        columns.push(Column::ChargePeriodStart);
        if weighs_units {
            columns.extend([Column::ConsumedQuantity, Column::ConsumedUnit]);
        }
        if !splits.is_empty() {
            columns.push(Column::ResourceId);
        }
        columns.sort_unstable();
        columns.dedup();
        let extras: BTreeSet<String> = dimensions.iter().flat_map(Dimension::extras).map(str::to_owned).collect();
        Self {
            groups: ChargeGroups::new(dimensions.iter().map(|d| d.name.clone()).collect()),
            dimensions,
            columns,
            extras: extras.into_iter().collect(),
            weighs_units,
            splits,
            billed: Totals::default(),
            effective: Totals::default(),
            invoices: BTreeMap::new(),
        }
    }

    fn add(&mut self, batch: &ScanBatch) -> Result<(), PipelineError> {
        let charges = batch.charges(&self.columns, &self.extras);
        let values = DimensionEvaluator::new(self.dimensions).evaluate(&charges);
        let nulls = TextColumn::nulls(charges.rows());
        let cells = Cells::new(&charges, &nulls, self.weighs_units);
        let mut sums: BTreeMap<(u32, u32, u32), (usize, i128, i128)> = BTreeMap::new();
        for row in 0..charges.rows() {
            let Some((charge, day, cost)) = cells.charge(row) else { continue };
            let sum = sums.entry(cells.invoice(row)).or_insert((row, 0, 0));
            sum.1 += cost.billed.units();
            sum.2 += cost.effective.units();
            let default = |at: usize| self.dimensions.get(at).map_or("", |d| d.default.as_str());
            let of_row = || values.iter().enumerate().map(|(at, v)| v.get(row).unwrap_or_else(|| default(at)));
            let resource = cells.resource.get(row).map(resource_tail);
            let held = resource.filter(|id| self.splits.concerns(id, day, &charge));
            match held {
                Some(id) => self.splits.hold(id, HeldCharge::of(&charge, of_row(), day, cost)),
                None => self.groups.add(&charge, of_row(), day, &cost),
            }
        }
        for (row, billed, effective) in sums.into_values() {
            self.add_sums(&cells, row, billed, effective)?;
        }
        Ok(())
    }

    fn add_sums(&mut self, cells: &Cells<'_>, row: usize, billed: i128, effective: i128) -> Result<(), PipelineError> {
        let range = || tollgate_model::MoneyError::TooLarge("the sum of a batch".to_owned());
        let billed = Amount::from_units(billed).ok_or_else(range)?;
        let effective = Amount::from_units(effective).ok_or_else(range)?;
        let currency = cells.currency(row);
        self.billed.add(Money::new(billed, currency))?;
        self.effective.add(Money::new(effective, currency))?;
        let owned = |column: &TextColumn| column.get(row).map(str::to_owned);
        let place = (owned(cells.facets[0]), owned(cells.facets[1]), currency);
        let sum = self.invoices.entry(place).or_default();
        *sum = sum.checked_add(billed).ok_or_else(range)?;
        Ok(())
    }

    /// Refuses charges that do not sum to what was imported: statements would not sum to the invoices.
    fn check_sums(&self, current: &[CurrentPeriod], period: BillingPeriod) -> Result<(), PipelineError> {
        let (mut billed, mut effective) = (Totals::default(), Totals::default());
        for imported in current {
            billed.merge(&imported.totals.billed_lake)?;
            effective.merge(&imported.totals.effective_lake)?;
        }
        let sums = |totals: &Totals| {
            let each: Vec<String> = totals.iter().map(|m| format!("{} {}", m.amount, m.currency)).collect();
            each.join(", ")
        };
        for (what, imported, read) in
            [("BilledCost", billed, &self.billed), ("EffectiveCost", effective, &self.effective)]
        {
            if without_zeros(&imported) != without_zeros(read) {
                let detail = format!("{what} of {} was imported, and {} was read", sums(&imported), sums(read));
                return Err(PipelineError::NotAllocated { period, detail });
            }
        }
        Ok(())
    }

    fn finish(mut self, revisions: Vec<Revision>) -> Result<MonthCharges, PipelineError> {
        let divided = self.splits.divide(&mut self.groups);
        // Shares of a cluster are no charges of an invoice: their cost is in the charges of its machines.
        for share in divided.left_out {
            let minus = |amount: Amount| Money::new(Amount::ZERO.saturating_sub(amount), share.currency);
            self.billed.add(minus(share.cost.billed))?;
            self.effective.add(minus(share.cost.effective))?;
            let [provider, billing_account, ..] = share.facets;
            if let Some(sum) = self.invoices.get_mut(&(provider, billing_account, share.currency)) {
                *sum = sum.saturating_sub(share.cost.billed);
            }
        }
        let invoice = |((provider, billing_account, currency), billed)| InvoiceTotal {
            provider,
            billing_account,
            currency,
            billed,
        };
        let kept = self.invoices.into_iter().filter(|((provider, ..), billed)| {
            !(billed.is_zero() && provider.as_deref() == Some(super::provider_split::CLUSTER))
        });
        Ok(MonthCharges {
            groups: self.groups,
            revisions,
            divisions: divided.divisions,
            billed: self.billed,
            effective: self.effective,
            invoices: kept.map(invoice).collect(),
            notes: divided.notes,
        })
    }
}

/// The cells of a batch that make up a charge.
pub(super) struct Cells<'b> {
    facets: [&'b TextColumn; 5],
    currencies: &'b TextColumn,
    categories: &'b TextColumn,
    classes: &'b TextColumn,
    commitments: &'b TextColumn,
    statuses: &'b TextColumn,
    units: &'b TextColumn,
    pub(super) resource: &'b TextColumn,
    batch: &'b ChargeBatch,
    starts: &'b [i64],
    weighs_units: bool,
}

impl<'b> Cells<'b> {
    pub(super) fn new(batch: &'b ChargeBatch, nulls: &'b TextColumn, weighs_units: bool) -> Self {
        let text = |column| batch.text(column).unwrap_or(nulls);
        Self {
            facets: FACET_COLUMNS.map(text),
            currencies: text(Column::BillingCurrency),
            categories: text(Column::ChargeCategory),
            classes: text(Column::ChargeClass),
            commitments: text(Column::CommitmentDiscountId),
            statuses: text(Column::CommitmentDiscountStatus),
            units: text(Column::ConsumedUnit),
            resource: text(Column::ResourceId),
            batch,
            starts: batch.times(Column::ChargePeriodStart).unwrap_or_default(),
            weighs_units,
        }
    }

    fn currency(&self, row: usize) -> Currency {
        self.currencies.get(row).and_then(|c| c.parse().ok()).unwrap_or(Currency::UNKNOWN)
    }

    /// What the rows of an invoice have in common.
    fn invoice(&self, row: usize) -> (u32, u32, u32) {
        (self.facets[0].keys()[row], self.facets[1].keys()[row], self.currencies.keys()[row])
    }

    pub(super) fn charge(&self, row: usize) -> Option<(VisibleCharge<'b>, Day, ChargeCost)> {
        let amount = |column| self.batch.decimals(column).and_then(|d| d.get::<{ Amount::PLACES }>(row));
        let (billed, effective) = (amount(Column::BilledCost)?, amount(Column::EffectiveCost)?);
        let category = self.categories.get(row)?.parse::<ChargeCategory>().ok()?;
        let class = self.classes.get(row).and_then(|c| c.parse::<ChargeClass>().ok());
        let unused = self.statuses.get(row) == Some("Unused");
        let quantity = match self.weighs_units {
            true => self.batch.decimals(Column::ConsumedQuantity).and_then(|d| d.get::<{ Quantity::PLACES }>(row)),
            false => None,
        };
        let charge = VisibleCharge {
            facets: self.facets.map(|column| column.get(row)),
            kind: ChargeKind::of(category, class, billed, unused),
            currency: self.currency(row),
            commitment: self.commitments.get(row),
            unit: if self.weighs_units { self.units.get(row) } else { None },
            split: false,
        };
        let day = Day::of_second(*self.starts.get(row)?);
        Some((charge, day, ChargeCost { billed, effective, quantity }))
    }
}
