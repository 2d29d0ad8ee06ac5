//! The columns of FOCUS 1.2, and the names that other versions gave them.
//!
//! Source: FinOps Open Cost and Usage Specification 1.0, 1.1, 1.2 and 1.3 (focus.finops.org), read 2026-11-21.

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Text, an enumeration or serialised JSON.
    Text,
    /// Money or a price in the currency of the row.
    Amount,
    /// A count of units.
    Quantity,
    /// An instant in UTC.
    Time,
}

macro_rules! columns {
    ($($variant:ident: $type:ident),* $(,)?) => {
        /// A column of FOCUS 1.2, in the order of the specification (by name).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the names are the specification's own")]
        pub enum Column { $($variant),* }

        impl Column {
            /// Every column, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in a header: `BilledCost`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),* }
            }

            /// What the column holds.
            pub const fn column_type(self) -> ColumnType {
                match self { $(Self::$variant => ColumnType::$type),* }
            }
        }
    };
}

columns! {
    AvailabilityZone: Text,
    BilledCost: Amount,
    BillingAccountId: Text,
    BillingAccountName: Text,
    BillingAccountType: Text,
    BillingCurrency: Text,
    BillingPeriodEnd: Time,
    BillingPeriodStart: Time,
    CapacityReservationId: Text,
    CapacityReservationStatus: Text,
    ChargeCategory: Text,
    ChargeClass: Text,
    ChargeDescription: Text,
    ChargeFrequency: Text,
    ChargePeriodEnd: Time,
    ChargePeriodStart: Time,
    CommitmentDiscountCategory: Text,
    CommitmentDiscountId: Text,
    CommitmentDiscountName: Text,
    CommitmentDiscountQuantity: Quantity,
    CommitmentDiscountStatus: Text,
    CommitmentDiscountType: Text,
    CommitmentDiscountUnit: Text,
    ConsumedQuantity: Quantity,
    ConsumedUnit: Text,
    ContractedCost: Amount,
    ContractedUnitPrice: Amount,
    EffectiveCost: Amount,
    InvoiceId: Text,
    InvoiceIssuerName: Text,
    ListCost: Amount,
    ListUnitPrice: Amount,
    PricingCategory: Text,
    PricingCurrency: Text,
    PricingCurrencyContractedUnitPrice: Amount,
    PricingCurrencyEffectiveCost: Amount,
    PricingCurrencyListUnitPrice: Amount,
    PricingQuantity: Quantity,
    PricingUnit: Text,
    ProviderName: Text,
    PublisherName: Text,
    RegionId: Text,
    RegionName: Text,
    ResourceId: Text,
    ResourceName: Text,
    ResourceType: Text,
    ServiceCategory: Text,
    ServiceName: Text,
    ServiceSubcategory: Text,
    SkuId: Text,
    SkuMeter: Text,
    SkuPriceDetails: Text,
    SkuPriceId: Text,
    SubAccountId: Text,
    SubAccountName: Text,
    SubAccountType: Text,
    Tags: Text,
}

/// Names that other versions of FOCUS give to a 1.2 column: 1.0-preview's, and those of 1.3, which split the provider
/// in two and deprecated the old names.
const RENAMED: &[(&str, Column)] = &[
    ("provider", Column::ProviderName),
    ("publisher", Column::PublisherName),
    ("invoiceissuer", Column::InvoiceIssuerName),
    ("region", Column::RegionId),
    ("chargetype", Column::ChargeCategory),
    ("usagequantity", Column::ConsumedQuantity),
    ("usageunit", Column::ConsumedUnit),
    ("serviceprovidername", Column::ProviderName),
    ("hostprovidername", Column::PublisherName),
];

impl Column {
    /// How many columns there are.
    pub const COUNT: usize = Self::ALL.len();

    /// The column that a header names, whatever its letters' case (`SkuPriceid`) or underscores (`sku_price_id`).
    /// `None` for anything that FOCUS doesn't know.
    pub fn from_header(header: &str) -> Option<Self> {
        let folded = fold(header);
        Self::ALL.iter().copied().find(|c| c.name().eq_ignore_ascii_case(&folded))
    }

    /// The column that a header of an earlier or later version names.
    pub fn from_renamed_header(header: &str) -> Option<Self> {
        let folded = fold(header);
        RENAMED.iter().find(|(name, _)| *name == folded).map(|(_, c)| *c)
    }

    /// The position among [`Column::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl serde::Serialize for Column {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name())
    }
}

fn fold(header: &str) -> String {
    header.trim().chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn focus_1_2_has_57_columns_in_order_of_name() {
        assert_eq!(Column::COUNT, 57);
        assert!(Column::ALL.is_sorted_by_key(|c| c.name()));
        assert!(Column::ALL.iter().enumerate().all(|(i, c)| c.index() == i));
    }

    #[test]
    fn headers_are_recognised_in_any_case_and_version() {
        assert_eq!(Column::from_header("SkuPriceid"), Some(Column::SkuPriceId));
        assert_eq!(Column::from_header("billed_cost"), Some(Column::BilledCost));
        assert_eq!(Column::from_header("x_Thing"), None);
        assert_eq!(Column::from_renamed_header("ServiceProviderName"), Some(Column::ProviderName));
    }
}
