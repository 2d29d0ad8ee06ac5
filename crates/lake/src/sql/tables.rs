//! The tables beside the charges that FOCUS 1.3 and 1.4 define: `billing_periods`, `invoice_details`, `contract_commitments`.
//!
//! Rows that a provider handed over come first. What the charges, the ledger and the policy file know fills the rest: a column that
//! none of them knows is null. The same text makes the tables in DataFusion and in Athena.
//!
//! Source: FOCUS 1.4, datasets Billing Period, Invoice Detail and Contract Commitment; read 2026-11-28.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use tollgate_model::focus::ColumnType;
use tollgate_model::{Amount, DatasetRow, FocusDataset, Quantity};

/// What the tables have from elsewhere than the charges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supplements {
    /// The current instant.
    pub now: Option<Timestamp>,
    /// Billing periods with imports.
    pub periods: Vec<ImportedPeriod>,
    /// Ends of commitments by `CommitmentDiscountId`: the first instant that each no longer covers.
    pub commitment_ends: Vec<(String, Timestamp)>,
    /// Rows of datasets that providers handed over.
    pub stated: BTreeMap<FocusDataset, Vec<DatasetRow>>,
}

/// When a billing period was imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportedPeriod {
    /// Its first instant.
    pub start: Timestamp,
    /// The first import that is known.
    pub created: Timestamp,
    /// The newest import.
    pub updated: Timestamp,
}

/// How an engine writes an instant, and the type of a column of instants.
#[derive(Clone, Copy)]
pub(crate) struct Instants {
    pub(crate) literal: fn(Timestamp) -> String,
    pub(crate) unknown: &'static str,
}

/// Instants of DataFusion, where columns of time have a zone.
pub(super) const WITH_ZONE: Instants = Instants {
    literal: |at| format!("arrow_cast('{at}', 'Timestamp(Microsecond, Some(\"UTC\"))')"),
    unknown: "arrow_cast(NULL, 'Timestamp(Microsecond, Some(\"UTC\"))')",
};

/// The tables that the text of a query may name; all where it lists tables.
pub(crate) fn named_in(query: &str) -> impl Iterator<Item = FocusDataset> {
    let query = query.to_ascii_lowercase();
    let lists = query.contains("information_schema") || query.trim_start().starts_with("show");
    FocusDataset::ALL.into_iter().filter(move |dataset| lists || query.contains(dataset.table()))
}

/// The query that makes a table.
pub(crate) fn text(dataset: FocusDataset, supplements: &Supplements, instants: Instants) -> String {
    let computed = computed(dataset, supplements, instants);
    let Some(stated) = supplements.stated.get(&dataset).filter(|rows| !rows.is_empty()) else { return computed };
    // Computed rows of what a provider states would count it twice.
    let same: Vec<String> = stated_by(dataset).iter().map(|key| format!("known.{key} = more.{key}")).collect();
    format!(
        "WITH known AS ({}), more AS ({computed}) SELECT * FROM known UNION ALL SELECT * FROM more \
         WHERE NOT EXISTS (SELECT 1 FROM known WHERE {})",
        stated_rows(dataset, stated, instants),
        same.join(" AND ")
    )
}

/// The columns by which a stated row stands for computed ones: an invoice that is stated is so with all its lines.
const fn stated_by(dataset: FocusDataset) -> &'static [&'static str] {
    match dataset {
        FocusDataset::BillingPeriods => &["BillingPeriodStart", "InvoiceIssuerName"],
        FocusDataset::ContractCommitments => &["ContractCommitmentId"],
        FocusDataset::InvoiceDetails => &["InvoiceId"],
    }
}

/// The rows that a provider handed over.
fn stated_rows(dataset: FocusDataset, rows: &[DatasetRow], instants: Instants) -> String {
    let names: Vec<&str> = dataset.columns().iter().map(|(name, _)| *name).collect();
    let mut out = "SELECT * FROM (VALUES ".to_owned();
    for (number, row) in rows.iter().enumerate() {
        let values = dataset.columns().iter().map(|(name, kind)| {
            let value = row.get(*name).and_then(|text| literal(text, *kind, instants));
            value.unwrap_or_else(|| unknown(*kind, instants))
        });
        let separator = if number > 0 { ", " } else { "" };
        let _ = write!(out, "{separator}({})", values.collect::<Vec<_>>().join(", "));
    }
    let _ = write!(out, ") AS stated ({})", names.join(", "));
    out
}

/// A value in SQL; nothing where it is not of the column's type.
fn literal(text: &str, kind: ColumnType, instants: Instants) -> Option<String> {
    let quoted = || text.replace('\'', "''");
    match kind {
        ColumnType::Text => Some(format!("'{}'", quoted())),
        ColumnType::Amount | ColumnType::Quantity => {
            Amount::parse(text.trim().as_bytes()).ok()?;
            Some(format!("CAST('{}' AS {})", quoted(), type_of(kind)))
        }
        ColumnType::Time => {
            let text = text.trim();
            let midnight = || format!("{}T00:00:00Z", text.get(..10)?).parse::<Timestamp>().ok();
            let at = text.parse::<Timestamp>().ok().or_else(midnight)?;
            Some((instants.literal)(at))
        }
    }
}

fn unknown(kind: ColumnType, instants: Instants) -> String {
    match kind {
        ColumnType::Time => instants.unknown.to_owned(),
        other => format!("CAST(NULL AS {})", type_of(other)),
    }
}

fn type_of(kind: ColumnType) -> String {
    match kind {
        ColumnType::Amount => format!("DECIMAL(38, {})", Amount::PLACES),
        ColumnType::Quantity => format!("DECIMAL(38, {})", Quantity::PLACES),
        ColumnType::Text | ColumnType::Time => "VARCHAR".to_owned(),
    }
}

/// The rows that the charges, the ledger and the policy file know.
fn computed(dataset: FocusDataset, supplements: &Supplements, instants: Instants) -> String {
    let (known, from) = match dataset {
        FocusDataset::BillingPeriods => billing_periods(supplements, instants),
        FocusDataset::ContractCommitments => contract_commitments(supplements, instants),
        FocusDataset::InvoiceDetails => invoice_details(),
    };
    let columns = dataset.columns().iter().map(|(name, kind)| match known.iter().find(|(known, _)| known == name) {
        Some((_, expression)) => format!("{expression} AS {name}"),
        None => format!("{} AS {name}", unknown(*kind, instants)),
    });
    format!("SELECT {} {from}", columns.collect::<Vec<_>>().join(", "))
}

/// The expressions of known columns, and what follows them.
type Known = (Vec<(&'static str, String)>, &'static str);

fn billing_periods(supplements: &Supplements, instants: Instants) -> Known {
    let instant = instants.literal;
    let of = |at: fn(&ImportedPeriod) -> Timestamp| {
        let when =
            |period: &ImportedPeriod| (format!("BillingPeriodStart = {}", instant(period.start)), instant(at(period)));
        case(supplements.periods.iter().map(when), instants.unknown)
    };
    let same = |name: &'static str| (name, name.to_owned());
    let mut known = vec![
        ("BillingPeriodCreated", of(|period| period.created)),
        same("BillingPeriodEnd"),
        ("BillingPeriodLastUpdated", of(|period| period.updated)),
        same("BillingPeriodStart"),
        same("InvoiceIssuerName"),
    ];
    // A month that has not ended is open. Whether one that has ended is final, only its provider knows.
    if let Some(now) = supplements.now {
        known.push(("BillingPeriodStatus", format!("CASE WHEN BillingPeriodEnd > {} THEN 'Open' END", instant(now))));
    }
    (known, "FROM (SELECT DISTINCT BillingPeriodStart, BillingPeriodEnd, InvoiceIssuerName FROM charges) AS months")
}

fn invoice_details() -> Known {
    let same = |name: &'static str| (name, name.to_owned());
    let mut known = vec![("BilledCost", "sum(BilledCost)".to_owned())];
    known.extend(
        [
            "BillingAccountId",
            "BillingCurrency",
            "BillingPeriodEnd",
            "BillingPeriodStart",
            "ChargeCategory",
            "InvoiceDetailId",
            "InvoiceId",
            "InvoiceIssuerName",
        ]
        .map(same),
    );
    let from = "FROM charges WHERE InvoiceId IS NOT NULL GROUP BY BillingAccountId, BillingCurrency, BillingPeriodEnd, \
                BillingPeriodStart, ChargeCategory, InvoiceDetailId, InvoiceId, InvoiceIssuerName";
    (known, from)
}

fn contract_commitments(supplements: &Supplements, instants: Instants) -> Known {
    let of_id = |id: &str| format!("CommitmentDiscountId = '{}'", id.replace('\'', "''"));
    let ends = supplements.commitment_ends.iter();
    let end_of = ends.clone().map(|(id, end)| (of_id(id), (instants.literal)(*end)));
    let greatest = |name, column: &str| (name, format!("max({column})"));
    let bought = |name, column: &str| (name, format!("sum(CASE WHEN ChargeCategory = 'Purchase' THEN {column} END)"));
    let mut known = vec![
        ("BillingCurrency", "BillingCurrency".to_owned()),
        ("ContractCommitmentBenefitCategory", "'Discount'".to_owned()),
        greatest("ContractCommitmentCategory", "CommitmentDiscountCategory"),
        bought("ContractCommitmentCost", "BilledCost"),
        greatest("ContractCommitmentDescription", "CommitmentDiscountName"),
        ("ContractCommitmentId", "CommitmentDiscountId".to_owned()),
        ("ContractCommitmentPeriodEnd", case(end_of, instants.unknown)),
        bought("ContractCommitmentQuantity", "CommitmentDiscountQuantity"),
        greatest("ContractCommitmentType", "CommitmentDiscountType"),
        greatest("ContractCommitmentUnit", "CommitmentDiscountUnit"),
        greatest("InvoiceIssuerName", "InvoiceIssuerName"),
        greatest("PricingCurrency", "PricingCurrency"),
        greatest("ServiceProviderName", "ServiceProviderName"),
    ];
    if let Some(now) = supplements.now {
        let state = |end: &Timestamp| if now < *end { "'Active'" } else { "'Expired'" };
        let states = ends.map(|(id, end)| (of_id(id), state(end).to_owned()));
        known.push(("ContractCommitmentLifecycleStatus", case(states, "CAST(NULL AS VARCHAR)")));
    }
    (known, "FROM charges WHERE CommitmentDiscountId IS NOT NULL GROUP BY CommitmentDiscountId, BillingCurrency")
}

/// A CASE over conditions and values, which gives null where none holds.
fn case(whens: impl Iterator<Item = (String, String)>, unknown: &str) -> String {
    let mut out = String::new();
    for (condition, value) in whens {
        let _ = write!(out, " WHEN {condition} THEN {value}");
    }
    if out.is_empty() { unknown.to_owned() } else { format!("CASE{out} END") }
}
