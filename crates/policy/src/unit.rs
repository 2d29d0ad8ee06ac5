//! `unit "cost-per-order" { … }`: a cost divided by a metric.

use serde::Serialize;
use tollgate_model::query::{CostField, CostFilter};
use tollgate_model::{Basis, Currency};

use crate::block::Block;
use crate::diagnostic::suggest;
use crate::document::Document;
use crate::metric::{BusinessMetric, UnitBudget};
use crate::policy::{BASES, Defaults};
use crate::scope::{ScopeCondition, read_scope};

/// A unit cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitDefinition {
    /// Its name, unique in the file.
    pub name: String,
    /// The metric that the cost is divided by.
    pub metric: String,
    /// The number of units that the figure is for: 1000 for the cost of a thousand requests.
    pub per: u64,
    /// The cost: everything when empty, else what meets every condition.
    pub scope: Vec<ScopeCondition>,
    /// Further conditions on the cost, as `tollgate costs --filter` has them.
    pub filters: Vec<CostFilter>,
    /// Which cost it is.
    pub basis: Basis,
    /// The currency. Other currencies are converted by the rate of each day.
    pub currency: Currency,
    /// What it is divided by: `customer`, the `by` of its metric.
    pub by: Option<String>,
    /// How the cost is divided by the values of `by`.
    pub divide: UnitDivision,
    /// The metric of revenue, for the margin.
    pub revenue: Option<String>,
    /// What a unit may cost.
    pub budget: Option<UnitBudget>,
}

/// How the cost of a unit is divided by the values of its `by`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UnitDivision {
    /// In proportion to the metric: a customer with a tenth of the orders bears a tenth of the cost.
    #[default]
    Metric,
    /// By the dimension of the same name: a customer bears the cost of the charges that name it.
    Dimension,
}

/// The names that a unit may refer to.
pub(crate) struct KnownMetrics<'a> {
    pub(crate) metrics: &'a [BusinessMetric],
    pub(crate) dimensions: &'a [String],
}

const PER: std::ops::RangeInclusive<u64> = 1..=1_000_000_000;

impl UnitDefinition {
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        defaults: &Defaults,
        known: &KnownMetrics<'_>,
        document: &mut Document<'_>,
    ) -> Option<Self> {
        let metric = read_metric("metric", block, known, document);
        block.missing("metric", "metric = \"orders\", the name of a metric block", document);
        let per = block.whole_or("per", PER, 1, document);
        let scope = read_scope(block, known.dimensions, document);
        let filters = read_filters(block, known.dimensions, document);
        let basis = block.word_or("basis", BASES, defaults.basis, document);
        let currency = block.currency("currency", document).or(defaults.currency);
        match currency {
            Some(currency) => block.set_default("currency", format!("\"{currency}\"")),
            None => block.missing("currency", "currency = \"USD\", or set it once under defaults", document),
        }
        let by = block.text("by", document).map(|(text, _)| text.to_owned());
        let divide = read_division(by.as_deref(), metric, block, known, document);
        let revenue = read_metric("revenue", block, known, document);
        if let Some(revenue) = revenue.filter(|m| m.currency.is_none()) {
            let at = block.place("revenue").unwrap_or(block.at.clone());
            let hint = Some(format!("add currency = \"USD\" to metric \"{}\"", revenue.name));
            document.report(at, format!("metric \"{}\" has no currency: it is no revenue", revenue.name), hint);
        }
        let budget = UnitBudget::read(block, document);
        let (metric, revenue) = (metric.map(|m| m.name.clone()), revenue.map(|m| m.name.clone()));
        Some(Self {
            name,
            metric: metric?,
            per,
            scope,
            filters,
            basis,
            currency: currency?,
            by,
            divide,
            revenue,
            budget,
        })
    }
}

/// Reads `filters`: conditions on what the daily series have. Tags and columns become conditions by a dimension.
fn read_filters(block: &mut Block<'_>, dimensions: &[String], document: &mut Document<'_>) -> Vec<CostFilter> {
    let known: Vec<&str> = dimensions.iter().map(String::as_str).collect();
    let mut out = Vec::new();
    for (text, at) in block.texts("filters", document) {
        let read = text.parse::<CostFilter>().map(|filter| filter.resolved(&known));
        match read.and_then(|filter| filter.field.check(&known).map(|()| filter)) {
            Ok(CostFilter { field: CostField::Tag(_) | CostField::Column(_), .. }) => {
                let message = format!("`{text}` in the filters of {} reads more than daily series have", block.title);
                let hint =
                    "add a dimension, such as dimension \"owner\" { value = charge.tags.owner }, and filter by it";
                document.report(at, message, Some(hint.to_owned()));
            }
            Ok(filter) => out.push(filter),
            Err(error) => {
                let text = error.to_string();
                let (message, hint) = text.split_once("\nhint: ").unwrap_or((&text, ""));
                let hint = (!hint.is_empty()).then(|| hint.to_owned());
                document.report(at, format!("`filters` of {}: {message}", block.title), hint);
            }
        }
    }
    out
}

fn read_metric<'m>(
    field: &'static str,
    block: &mut Block<'_>,
    known: &KnownMetrics<'m>,
    document: &mut Document<'_>,
) -> Option<&'m BusinessMetric> {
    let (text, at) = block.text(field, document)?;
    let found = known.metrics.iter().find(|m| m.name == text);
    if found.is_none() {
        let hint = suggest(text, known.metrics.iter().map(|m| m.name.as_str()));
        let hint = hint.or(Some(format!("add metric \"{text}\" {{ … }}")));
        document.report(
            at,
            format!("`{field}` of {} names `{text}`, which is no metric of this file", block.title),
            hint,
        );
    }
    found
}

/// Reads `divide`. Without it, a dimension with the name of `by` divides the cost; where there is none, the metric does.
fn read_division(
    by: Option<&str>,
    metric: Option<&BusinessMetric>,
    block: &mut Block<'_>,
    known: &KnownMetrics<'_>,
    document: &mut Document<'_>,
) -> UnitDivision {
    let has_dimension = by.is_some_and(|by| known.dimensions.iter().any(|d| d == by));
    let default = if has_dimension { UnitDivision::Dimension } else { UnitDivision::Metric };
    let words = [("metric", UnitDivision::Metric), ("dimension", UnitDivision::Dimension)];
    let divide = block.word_or("divide", &words, default, document);
    let Some(by) = by else { return divide };
    let at = block.place("by").unwrap_or(block.at.clone());
    if metric.is_some_and(|m| m.by.as_deref() != Some(by)) {
        let name = metric.map_or("", |m| m.name.as_str());
        let hint = Some(format!("add by = \"{by}\" to metric \"{name}\", or remove it here"));
        document.report(at.clone(), format!("{} is divided by `{by}`, and its metric is not", block.title), hint);
    }
    if divide == UnitDivision::Dimension && !has_dimension {
        let hint = Some(format!("add dimension \"{by}\" {{ … }}, or divide = \"metric\""));
        document.report(at, format!("{} is divided by `{by}`, which is no dimension of this file", block.title), hint);
    }
    divide
}
