//! Charges from the rows of Cost Explorer.

use std::collections::{BTreeMap, VecDeque};

use tollgate_model::{
    Amount, BillingPeriod, Charge, ChargeBatch, ChargeCategory, ChargePeriod, Column, Currency, Day, Money,
};

use super::{PeriodRequest, UsageGrouping};
use crate::mapping::{RecordType, aws_record_type};
use crate::number::rounded;
use crate::{Chunk, CostSource, CostTotals, Note, Parsed, Rejection, SourceError};

/// One group of one day, as returned by Cost Explorer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) day: Day,
    /// The two keys of the group, and the third key of a split.
    pub(super) keys: Vec<String>,
    /// The description of the first key.
    pub(super) name: Option<String>,
    pub(super) billed: String,
    pub(super) effective: String,
    pub(super) currency: String,
    pub(super) estimated: bool,
}

/// Whether a charge type is usage. An unknown one is not.
pub(super) fn is_usage(record_type: &str) -> bool {
    aws_record_type(record_type).is_some_and(|r| r.category == ChargeCategory::Usage)
}

/// A billing period that was read from Cost Explorer.
pub struct CostExplorerSource {
    billing_account: String,
    period: BillingPeriod,
    split: UsageGrouping,
    accounts: VecDeque<Account>,
    done: u64,
    total: u64,
    estimated: bool,
}

struct Account {
    id: String,
    name: Option<String>,
    rows: Vec<Row>,
}

impl CostExplorerSource {
    pub(super) fn new(reading: &PeriodRequest<'_>) -> Self {
        Self {
            billing_account: reading.billing_account.to_owned(),
            period: reading.period,
            split: reading.split.clone(),
            accounts: VecDeque::new(),
            done: 0,
            total: 0,
            estimated: false,
        }
    }

    pub(super) fn push(&mut self, id: &str, name: Option<String>, rows: Vec<Row>) {
        self.total += rows.len() as u64;
        self.estimated |= rows.iter().any(|row| row.estimated);
        self.accounts.push_back(Account { id: id.to_owned(), name, rows });
    }

    /// The billing period.
    pub fn period(&self) -> BillingPeriod {
        self.period
    }

    /// The number of rows.
    pub fn rows(&self) -> u64 {
        self.total
    }

    /// Whether AWS marks any day as estimated: the period is not closed yet.
    pub fn is_estimated(&self) -> bool {
        self.estimated
    }
}

impl CostSource for CostExplorerSource {
    fn describe(&self) -> String {
        format!("AWS Cost Explorer, {}", self.period)
    }

    fn progress(&self) -> (u64, Option<u64>) {
        (self.done, Some(self.total))
    }

    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>, SourceError> {
        let Some(account) = self.accounts.pop_front() else { return Ok(None) };
        let before = self.done;
        self.done += account.rows.len() as u64;
        Ok(Some(Box::new(AccountChunk {
            billing_account: self.billing_account.clone(),
            account,
            before,
            period: self.period,
            split: self.split.clone(),
        })))
    }
}

/// One account of a billing period.
struct AccountChunk {
    billing_account: String,
    account: Account,
    /// The number of rows before the first one.
    before: u64,
    period: BillingPeriod,
    split: UsageGrouping,
}

impl Chunk for AccountChunk {
    fn parse(self: Box<Self>) -> Result<Parsed, SourceError> {
        let mut out = Parsed { rows_read: self.account.rows.len() as u64, ..Parsed::default() };
        let mut charges = Vec::with_capacity(self.account.rows.len());
        let mut unknown: BTreeMap<String, u64> = BTreeMap::new();
        for (row, line) in self.account.rows.iter().zip(self.before + 1..) {
            let amounts = amount(&row.billed).zip(amount(&row.effective));
            let currency = row.currency.parse::<Currency>().ok();
            let mut totals = CostTotals::default();
            if let (Some((billed, effective)), Some(currency)) = (amounts, currency) {
                totals.billed.add(Money::new(billed, currency))?;
                totals.effective.add(Money::new(effective, currency))?;
            }
            out.read.merge(&totals)?;
            match self.charge(row, amounts, currency) {
                Ok(charge) => {
                    charges.push(charge);
                    // A type that AWS adds is kept as an adjustment, and named.
                    if let Some(kind) = row.keys.get(1).filter(|kind| aws_record_type(kind).is_none()) {
                        *unknown.entry(kind.chars().filter(|c| !c.is_control()).take(60).collect()).or_insert(0) += 1;
                    }
                }
                Err((column, reason)) => {
                    out.rejected.merge(&totals)?;
                    out.rows_rejected += 1;
                    out.rejections.push(Rejection { line, column: Some(column.to_owned()), reason });
                }
            }
        }
        out.charges = ChargeBatch::from_charges(&charges);
        out.notes = unknown.into_iter().map(|(kind, rows)| (Note::UnknownKind(kind), rows)).collect();
        Ok(out)
    }
}

/// An amount; digits below the last place, residues of floating point, are rounded.
fn amount(text: &str) -> Option<Amount> {
    text.parse().ok().or_else(|| rounded(text))
}

impl AccountChunk {
    fn charge(
        &self,
        row: &Row,
        amounts: Option<(Amount, Amount)>,
        currency: Option<Currency>,
    ) -> Result<Charge, (&'static str, String)> {
        let [service, record_type, ..] = row.keys.as_slice() else {
            return Err(("Keys", "a group has fewer than two keys".to_owned()));
        };
        let Some((billed, effective)) = amounts else {
            return Err(("UnblendedCost", format!("`{}` or `{}` is not a number", row.billed, row.effective)));
        };
        let currency = currency.ok_or_else(|| ("Unit", format!("`{}` is no currency", row.currency)))?;
        let known = aws_record_type(record_type);
        let category = known.map_or(ChargeCategory::Adjustment, |r| r.category);
        let days = self.period.days();
        let billing = ChargePeriod { start: days.start.first_second(), end: days.end.first_second() };
        let mut charge = Charge::new(category, Money::new(billed, currency), ChargePeriod::of_day(row.day), billing)
            .with(Column::ProviderName, "AWS")
            .with(Column::BillingAccountId, &self.billing_account)
            .with(Column::SubAccountId, &self.account.id)
            .with(Column::ServiceName, service)
            .with(Column::ChargeDescription, record_type);
        charge.effective_cost = effective;
        if let Some(name) = &self.account.name {
            charge = charge.with(Column::SubAccountName, name);
        }
        if let Some(RecordType { frequency, status, .. }) = known {
            charge = charge.with(Column::ChargeFrequency, *frequency);
            if let Some(status) = status {
                charge = charge.with(Column::CommitmentDiscountStatus, *status);
            }
        }
        charge.extra.insert("x_Estimated".to_owned(), row.estimated.to_string());
        match (&self.split, row.keys.get(2)) {
            (UsageGrouping::UsageTypes, Some(usage_type)) => charge = charge.with(Column::SkuMeter, usage_type),
            // `team$checkout`; nothing follows the `$` if the tag is not set.
            (UsageGrouping::Tag(key), Some(tag)) => {
                let value = tag.strip_prefix(key.as_str()).and_then(|t| t.strip_prefix('$')).unwrap_or(tag);
                if !value.is_empty() {
                    charge = charge.with(Column::Tags, serde_json::json!({ key.as_str(): value }).to_string());
                }
            }
            (UsageGrouping::Services, _) | (_, None) => {}
        }
        Ok(charge)
    }
}
