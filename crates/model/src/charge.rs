//! A charge: one row of FOCUS 1.2.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Amount, ChargePeriod, Column, Currency, Money, Quantity};

/// A closed vocabulary of FOCUS, spelled as the specification spells it.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant),* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The spelling of the specification.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl FromStr for $name {
            type Err = ();
            /// Whatever the letters' case.
            fn from_str(s: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|v| v.as_str().eq_ignore_ascii_case(s)).ok_or(())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

vocabulary! {
    /// FOCUS `ChargeCategory`.
    ChargeCategory {
        /// Consumption of a service.
        Usage = "Usage",
        /// A one-time or recurring fee, such as a commitment's.
        Purchase = "Purchase",
        /// A tax.
        Tax = "Tax",
        /// A voucher or an incentive.
        Credit = "Credit",
        /// Anything else that changes the total.
        Adjustment = "Adjustment",
    }
}

vocabulary! {
    /// FOCUS `ChargeClass`: only corrections carry one.
    ChargeClass {
        /// Corrects a charge of a billing period that was invoiced before.
        Correction = "Correction",
    }
}

vocabulary! {
    /// The kind of a charge for trend analysis: ChargeCategory with refunds and corrections separated.
    ChargeKind {
        /// Consumption: what detection looks at.
        Usage = "usage",
        /// The unused part of a commitment: it falls as usage grows, so it has no baseline of its own.
        Unused = "unused",
        /// A fee; a yearly commitment is not a spike.
        Purchase = "purchase",
        /// A tax on other charges.
        Tax = "tax",
        /// A voucher or an incentive.
        Credit = "credit",
        /// A refund.
        Refund = "refund",
        /// Anything else that changes the total.
        Adjustment = "adjustment",
        /// Restates a period that was invoiced before.
        Correction = "correction",
        /// Consumption that is charged for many days at once. It is spread over them, so it has no daily course and no baseline.
        Periodic = "periodic",
    }
}

impl ChargeKind {
    /// A correction is one regardless of its category; an adjustment below zero is a refund.
    /// `unused` is whether CommitmentDiscountStatus says so.
    pub fn of(category: ChargeCategory, class: Option<ChargeClass>, billed: Amount, unused: bool) -> Self {
        match (class, category) {
            (Some(ChargeClass::Correction), _) => Self::Correction,
            (None, ChargeCategory::Usage) if unused => Self::Unused,
            (None, ChargeCategory::Usage) => Self::Usage,
            (None, ChargeCategory::Purchase) => Self::Purchase,
            (None, ChargeCategory::Tax) => Self::Tax,
            (None, ChargeCategory::Credit) => Self::Credit,
            (None, ChargeCategory::Adjustment) if billed.is_negative() => Self::Refund,
            (None, ChargeCategory::Adjustment) => Self::Adjustment,
        }
    }
}

/// Tags of a resource, by key. FOCUS keeps them as a JSON object in one column; a valueless tag is `true` there.
pub type Tags = BTreeMap<String, String>;

/// One charge: a row of FOCUS 1.2 with every column, and the provider's own under `x_`.
///
/// # Valid values
///
/// `billed_cost`, `effective_cost`, the currency, the category and both periods are always known; a row that lacks one
/// is rejected by the source that read it. Everything else may be unknown, and unknown is `None`, never zero or empty.
///
/// `billed_cost` is what the invoice asks for: it reconciles with the invoice. `effective_cost` spreads purchases over the usage
/// that they cover: it shows trends. They are never added together.
///
/// For millions of rows there is [`crate::ChargeBatch`], which holds the same by column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Charge {
    /// What the invoice asks for.
    pub billed_cost: Amount,
    /// The amortized cost after all discounts.
    pub effective_cost: Amount,
    /// The currency of every amount of the row.
    pub currency: Currency,
    /// Usage, purchase, tax, credit or adjustment.
    pub category: ChargeCategory,
    /// Set for corrections of earlier periods only.
    pub class: Option<ChargeClass>,
    /// The time that the charge covers.
    pub charge_period: ChargePeriod,
    /// The time that its invoice covers.
    pub billing_period: ChargePeriod,
    /// Text columns that are known, by column.
    pub text: BTreeMap<Column, String>,
    /// Further amounts and prices that are known, by column.
    pub amounts: BTreeMap<Column, Amount>,
    /// Quantities that are known, by column.
    pub quantities: BTreeMap<Column, Quantity>,
    /// The provider's own columns that are known, each name led by `x_`.
    pub extra: BTreeMap<String, String>,
}

impl Charge {
    /// A charge with the required columns only.
    pub fn new(
        category: ChargeCategory,
        billed: Money,
        charge_period: ChargePeriod,
        billing_period: ChargePeriod,
    ) -> Self {
        Self {
            billed_cost: billed.amount,
            effective_cost: billed.amount,
            currency: billed.currency,
            category,
            class: None,
            charge_period,
            billing_period,
            text: BTreeMap::new(),
            amounts: BTreeMap::new(),
            quantities: BTreeMap::new(),
            extra: BTreeMap::new(),
        }
    }

    /// The text of a column, if known.
    pub fn text(&self, column: Column) -> Option<&str> {
        self.text.get(&column).map(String::as_str)
    }

    /// The same charge with a text column set.
    #[must_use]
    pub fn with(mut self, column: Column, text: impl Into<String>) -> Self {
        self.text.insert(column, text.into());
        self
    }

    /// The same charge with a further amount or price set.
    #[must_use]
    pub fn with_amount(mut self, column: Column, amount: Amount) -> Self {
        self.amounts.insert(column, amount);
        self
    }

    /// The same charge with a quantity set.
    #[must_use]
    pub fn with_quantity(mut self, column: Column, quantity: Quantity) -> Self {
        self.quantities.insert(column, quantity);
        self
    }

    /// The kind of the charge for trend analysis.
    pub fn kind(&self) -> ChargeKind {
        let unused = self.text(Column::CommitmentDiscountStatus) == Some("Unused");
        ChargeKind::of(self.category, self.class, self.billed_cost, unused)
    }
}
