//! `budget "name" { … }`: an amount for a period and a scope.

use hcl_edit::expr::{Expression, ObjectKey};
use serde::Serialize;
use tollgate_model::{Amount, Basis, BudgetPeriod, Currency};

use crate::block::Block;
use crate::diagnostic::suggest;
use crate::document::{Document, span};
use crate::policy::{BASES, Defaults};

/// One condition of a scope: a facet or dimension that has one of some values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Match {
    /// `provider`, `billing_account`, `account`, `service`, `region`, or a dimension of the file.
    pub name: String,
    /// The values that match.
    pub values: Vec<String>,
}

/// A budget of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Budget {
    /// Its name, unique in the file.
    pub name: String,
    /// How much for one period.
    pub amount: Amount,
    /// Of what.
    pub currency: Currency,
    /// How often it starts anew.
    pub period: BudgetPeriod,
    /// Which cost it counts.
    pub basis: Basis,
    /// What it counts: everything when empty, else what meets every condition.
    pub scope: Vec<Match>,
    /// Percent of the amount at which what was spent is worth a word, rising.
    pub actual: Vec<u32>,
    /// Percent of the amount at which the forecast is worth a word, rising.
    pub forecast: Vec<u32>,
}

/// Names of a scope that are no dimension.
pub(crate) const FACETS: [&str; 5] = ["provider", "billing_account", "account", "service", "region"];

const ACTUAL: &[u32] = &[80, 100];
const FORECAST: &[u32] = &[100];

impl Budget {
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        defaults: &Defaults,
        dimensions: &[String],
        document: &mut Document<'_>,
    ) -> Option<Self> {
        let amount = block.amount("amount", document);
        if amount.is_none() && block.place("amount").is_none() {
            document.report(
                block.at.clone(),
                format!("{} has no amount", block.title),
                Some("add amount = 10000".to_owned()),
            );
        }
        let currency = block.currency("currency", document).or(defaults.currency);
        if currency.is_none() && block.place("currency").is_none() {
            let hint = "add currency = \"USD\", or set it once under defaults";
            document.report(block.at.clone(), format!("{} has no currency", block.title), Some(hint.to_owned()));
        }
        let periods = BudgetPeriod::ALL.map(|p| (p.as_str(), p));
        let period = block.word("period", &periods, document).unwrap_or_default();
        let basis = block.word("basis", BASES, document).unwrap_or(defaults.basis);
        let scope = block.expression("scope").map(|e| scope(e, &block.title, dimensions, document)).unwrap_or_default();
        let (mut actual, mut forecast) = (ACTUAL.to_vec(), FORECAST.to_vec());
        if let Some(mut thresholds) = block.child("thresholds", document) {
            actual = thresholds.percentages("actual", document).unwrap_or_default();
            forecast = thresholds.percentages("forecast", document).unwrap_or_default();
            thresholds.finish(document);
        }
        Some(Self { name, amount: amount?, currency: currency?, period, basis, scope, actual, forecast })
    }
}

pub(crate) fn scope(
    expression: &Expression,
    title: &str,
    dimensions: &[String],
    document: &mut Document<'_>,
) -> Vec<Match> {
    let Some(object) = expression.as_object() else {
        let hint = Some("write scope = { team = \"platform\" }".to_owned());
        document.report(span(expression), format!("`scope` of {title} must be an object"), hint);
        return Vec::new();
    };
    let mut out = Vec::new();
    for (key, value) in object {
        let (name, at) = match key {
            ObjectKey::Ident(ident) => (ident.as_str().to_owned(), span(ident)),
            ObjectKey::Expression(e) => (e.as_str().unwrap_or_default().to_owned(), span(e)),
        };
        let known = || FACETS.iter().copied().chain(dimensions.iter().map(String::as_str));
        if !known().any(|k| k == name) {
            document.report(
                at,
                format!("`scope` of {title} names `{name}`, which is no dimension of this file"),
                suggest(&name, known()),
            );
            continue;
        }
        let value = value.expr();
        let values: Option<Vec<String>> = match value {
            Expression::Array(list) => list.iter().map(|e| e.as_str().map(str::to_owned)).collect(),
            other => other.as_str().map(|s| vec![s.to_owned()]),
        };
        match values.filter(|v| !v.is_empty()) {
            Some(values) => out.push(Match { name, values }),
            None => document.report(
                span(value),
                format!("`{name}` in the scope of {title} must be text or a list of texts"),
                None,
            ),
        }
    }
    out
}
