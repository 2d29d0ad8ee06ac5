//! What the rows of Azure cost details mean: the table of charge types, and which rows are of commitments.

use std::collections::HashMap;

use tollgate_model::TextColumn;

use crate::format::RawBatch;
use crate::mapping::rows;

/// A row of the table.
pub(crate) struct Charge {
    pub(crate) category: &'static str,
    pub(crate) class: Option<&'static str>,
    /// Whether the cost of the row is billed.
    pub(crate) billed: bool,
    /// Whether the cost of the row is the use of its period.
    pub(crate) effective: bool,
    pub(crate) status: Option<&'static str>,
}

/// The table of charge types.
pub(crate) struct Charges(HashMap<(&'static str, bool), Charge>);

impl Charges {
    pub(crate) fn of_table() -> Self {
        let mut out = HashMap::new();
        for row in rows(include_str!("mappings/azure_charges.tsv")) {
            let cell = |i: usize| row.get(i).copied().unwrap_or_default();
            let some = |i: usize| Some(cell(i)).filter(|s| !s.is_empty());
            for commitment in [false, true] {
                if matches!((cell(1), commitment), ("any", _) | ("no", false) | ("yes", true)) {
                    let (billed, effective) = (cell(4) == "1", cell(5) == "1");
                    let charge = Charge { category: cell(2), class: some(3), billed, effective, status: some(6) };
                    out.insert((cell(0), commitment), charge);
                }
            }
        }
        Self(out)
    }

    /// The row of a charge type, in lower case without spaces.
    pub(crate) fn get(&self, kind: &str, commitment: bool) -> Option<&Charge> {
        // The key of the map lives as long as the table, the one that is asked for does not.
        let known = self.0.keys().find(|(name, of)| *name == kind && *of == commitment)?;
        self.0.get(known)
    }
}

/// A word in lower case, without spaces, hyphens and underscores.
pub(crate) fn normal(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).flat_map(char::to_lowercase).collect()
}

/// Services and resource types that sell commitments, in lower case.
const SELLERS: &[&str] = &["microsoft.capacity", "microsoft.billingbenefits"];

/// What products of commitments are called, in lower case without spaces.
const PRODUCTS: &[&str] = &["reservedvminstance", "reservedinstance", "reservedcapacity", "reservation", "savingsplan"];

/// Whether a row of a charge type is of a reservation or savings plan.
///
/// A use is covered when its pricing model says it, whether or not the row names the commitment, or, in schemas without pricing
/// models, when it names one. A purchase or refund is of a commitment when its pricing model, its commitment, the service that sold it
/// or its product says so.
pub(crate) fn is_commitment<'a, F: Fn(&str) -> Option<&'a TextColumn>>(
    raw: &'a RawBatch,
    text: F,
    benefit: &TextColumn,
) -> impl Fn(usize, &str) -> bool + use<'a, F> {
    let flags = |column: Option<&TextColumn>, test: &dyn Fn(&str) -> bool| -> Vec<bool> {
        let Some(column) = column else { return vec![false; raw.rows] };
        let values = column.per_value(test);
        column.keys().iter().map(|key| values.get(*key as usize) == Some(&true)).collect()
    };
    let models = text("pricingmodel");
    let model = flags(models, &|m| matches!(normal(m).as_str(), "reservation" | "savingsplan"));
    let has_model = flags(models, &|_| true);
    let seller = flags(text("consumedservice"), &|s| SELLERS.contains(&s.to_lowercase().as_str()));
    let order = flags(text("resourceid"), &|id| {
        let lower = id.to_lowercase();
        SELLERS.iter().any(|s| lower.contains(s))
            || lower.contains("/reservationorders/")
            || lower.contains("/savingsplanorders/")
    });
    let is_product = |name: &str| PRODUCTS.iter().any(|p| normal(name).contains(p));
    let products: Vec<Vec<bool>> = ["productname", "product", "productordername", "metersubcategory", "metercategory"]
        .map(|name| flags(text(name), &is_product))
        .into();
    let named: Vec<bool> = (0..raw.rows).map(|row| benefit.get(row).is_some()).collect();
    move |row, kind| match kind {
        "usage" => model[row] || (named[row] && !has_model[row]),
        _ => model[row] || named[row] || seller[row] || order[row] || products.iter().any(|p| p[row]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_has_its_kind() {
        let charges = Charges::of_table();
        for kind in [
            "usage",
            "unusedreservation",
            "unusedsavingsplan",
            "purchase",
            "refund",
            "tax",
            "credit",
            "adjustment",
            "roundingadjustment",
        ] {
            for commitment in [false, true] {
                let charge = charges.get(kind, commitment).unwrap_or_else(|| panic!("{kind}"));
                assert!(charge.billed || charge.effective, "{kind} counts nowhere");
                assert!(charge.category.parse::<tollgate_model::ChargeCategory>().is_ok(), "{kind}");
            }
        }
        assert!(charges.get("surcharge", false).is_none());
        assert_eq!(normal("Savings Plan"), "savingsplan");
    }
}
