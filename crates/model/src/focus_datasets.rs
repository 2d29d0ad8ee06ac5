//! The datasets of FOCUS beside the charges: billing periods, invoice details and contract commitments.
//!
//! Source: FinOps Open Cost and Usage Specification 1.3 and 1.4, datasets Billing Period, Invoice Detail and Contract Commitment
//! (focus.finops.org), read 2026-11-28.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::focus::ColumnType;

/// A dataset beside the charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FocusDataset {
    /// Billing periods and whether they are final.
    BillingPeriods,
    /// What contracts commit to.
    ContractCommitments,
    /// The lines of invoices.
    InvoiceDetails,
}

/// One row of a dataset: values by column, as text. A column without a value is unknown.
pub type DatasetRow = BTreeMap<String, String>;

use ColumnType::{Amount, Quantity, Text, Time};

const BILLING_PERIODS: &[(&str, ColumnType)] = &[
    ("BillingPeriodCreated", Time),
    ("BillingPeriodEnd", Time),
    ("BillingPeriodLastUpdated", Time),
    ("BillingPeriodStart", Time),
    ("BillingPeriodStatus", Text),
    ("InvoiceIssuerName", Text),
];

const CONTRACT_COMMITMENTS: &[(&str, ColumnType)] = &[
    ("BillingCurrency", Text),
    ("ContractCommitmentApplicability", Text),
    ("ContractCommitmentBenefitCategory", Text),
    ("ContractCommitmentCategory", Text),
    ("ContractCommitmentCost", Amount),
    ("ContractCommitmentCreated", Time),
    ("ContractCommitmentDescription", Text),
    ("ContractCommitmentDiscountPercentage", Quantity),
    ("ContractCommitmentDurationType", Text),
    ("ContractCommitmentFulfillmentInterval", Text),
    ("ContractCommitmentId", Text),
    ("ContractCommitmentLastUpdated", Time),
    ("ContractCommitmentLifecycleStatus", Text),
    ("ContractCommitmentModel", Text),
    ("ContractCommitmentOfferCategory", Text),
    ("ContractCommitmentPaymentInterval", Text),
    ("ContractCommitmentPaymentModel", Text),
    ("ContractCommitmentPaymentUpfrontPercentage", Quantity),
    ("ContractCommitmentPeriodEnd", Time),
    ("ContractCommitmentPeriodStart", Time),
    ("ContractCommitmentQuantity", Quantity),
    ("ContractCommitmentType", Text),
    ("ContractCommitmentUnit", Text),
    ("ContractId", Text),
    ("ContractPeriodEnd", Time),
    ("ContractPeriodStart", Time),
    ("InvoiceIssuerName", Text),
    ("PricingCurrency", Text),
    ("PricingCurrencyContractCommitmentCost", Amount),
    ("ServiceProviderName", Text),
];

const INVOICE_DETAILS: &[(&str, ColumnType)] = &[
    ("BilledCost", Amount),
    ("BillingAccountId", Text),
    ("BillingCurrency", Text),
    ("BillingPeriodEnd", Time),
    ("BillingPeriodStart", Time),
    ("ChargeCategory", Text),
    ("InvoiceDetailCreated", Time),
    ("InvoiceDetailDescription", Text),
    ("InvoiceDetailGrain", Text),
    ("InvoiceDetailId", Text),
    ("InvoiceDetailLastUpdated", Time),
    ("InvoiceId", Text),
    ("InvoiceIssueDate", Time),
    ("InvoiceIssuerName", Text),
    ("InvoiceIssueStatus", Text),
    ("PaymentCurrency", Text),
    ("PaymentCurrencyBilledCost", Amount),
    ("PaymentCurrencyInvoiceDetailId", Text),
    ("PaymentDueDate", Time),
    ("PaymentTerms", Text),
    ("PurchaseOrderNumber", Text),
    ("ReferenceInvoiceId", Text),
];

impl FocusDataset {
    /// Every dataset, by name.
    pub const ALL: [Self; 3] = [Self::BillingPeriods, Self::ContractCommitments, Self::InvoiceDetails];

    /// The name of its table in SQL.
    pub const fn table(self) -> &'static str {
        match self {
            Self::BillingPeriods => "billing_periods",
            Self::ContractCommitments => "contract_commitments",
            Self::InvoiceDetails => "invoice_details",
        }
    }

    /// Its columns, by name.
    pub const fn columns(self) -> &'static [(&'static str, ColumnType)] {
        match self {
            Self::BillingPeriods => BILLING_PERIODS,
            Self::ContractCommitments => CONTRACT_COMMITMENTS,
            Self::InvoiceDetails => INVOICE_DETAILS,
        }
    }

    /// The columns that name a row. A row replaces an earlier one of the same name.
    pub const fn key(self) -> &'static [&'static str] {
        match self {
            Self::BillingPeriods => &["BillingPeriodStart", "InvoiceIssuerName"],
            Self::ContractCommitments => &["ContractCommitmentId"],
            Self::InvoiceDetails => &["InvoiceDetailId", "InvoiceId"],
        }
    }

    /// The dataset of a header: one with the columns that name its rows and with one that no other dataset has. Charges have none
    /// of these.
    pub fn of_header(header: &[String]) -> Option<Self> {
        let has = |name: &str| header.iter().any(|h| letters(h) == letters(name));
        let is_charges = has("ChargePeriodStart") || has("EffectiveCost");
        let own = |dataset: Self| match dataset {
            Self::BillingPeriods => has("BillingPeriodStatus") && has("BillingPeriodStart") && has("InvoiceIssuerName"),
            Self::ContractCommitments => has("ContractCommitmentId") && has("ContractCommitmentCategory"),
            Self::InvoiceDetails => has("InvoiceDetailId") && has("InvoiceIssueStatus") && has("BilledCost"),
        };
        Self::ALL.into_iter().find(|dataset| !is_charges && own(*dataset))
    }

    /// The column of the dataset that a header names, whatever its letters' case or underscores.
    pub fn column(self, header: &str) -> Option<&'static str> {
        self.columns().iter().map(|(name, _)| *name).find(|name| letters(name) == letters(header))
    }
}

fn letters(header: &str) -> String {
    header.trim().chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dataset_has_the_columns_of_its_specification() {
        let counts = FocusDataset::ALL.map(|dataset| dataset.columns().len());
        assert_eq!(counts, [6, 30, 22]);
        for dataset in FocusDataset::ALL {
            assert!(dataset.key().iter().all(|key| dataset.column(key) == Some(*key)));
        }
    }

    #[test]
    fn a_dataset_is_known_by_its_header_and_charges_are_none() {
        let header = |names: &str| names.split(',').map(str::to_owned).collect::<Vec<_>>();
        let of = |names: &str| FocusDataset::of_header(&header(names));
        assert_eq!(
            of("invoice_issuer_name,billing_period_start,billing_period_status"),
            Some(FocusDataset::BillingPeriods)
        );
        assert_eq!(of("ContractCommitmentId,ContractCommitmentCategory"), Some(FocusDataset::ContractCommitments));
        assert_eq!(of("BilledCost,InvoiceDetailId,InvoiceIssueStatus"), Some(FocusDataset::InvoiceDetails));
        assert_eq!(of("BilledCost,ChargePeriodStart,InvoiceDetailId,InvoiceIssueStatus"), None);
        assert_eq!(of("ContractCommitmentId,BillingCurrency"), None);
    }
}
