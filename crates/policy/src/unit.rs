//! `unit "cost-per-order" { … }`: a cost divided by a metric.

use serde::Serialize;
use tollgate_model::query::{CostField, CostFilter, CurrencyChoice};
use tollgate_model::{Basis, Currency};

use crate::block::Block;
use crate::diagnostic::suggest;
use crate::document::Document;
use crate::metric::{BusinessMetric, UnitBudget};
use crate::policy::{BASES, Defaults};
use crate::scope::{ScopeCondition, read_scope};
use crate::view::SavedView;

/// A unit cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitDefinition {
    /// Its name, unique in the file.
    pub name: String,
    /// The metric that the cost is divided by.
    pub metric: String,
    /// The `view` whose filters, basis and currency the cost has.
    pub view: Option<String>,
    /// The number of units that the figure is for: 1000 for the cost of a thousand requests.
    pub per: u64,
    /// The cost: everything when empty, else what meets every condition.
    pub scope: Vec<ScopeCondition>,
    /// Further conditions on the cost, as `tollgate costs --filter` has them: those of the view, then its own.
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

/// What a unit may refer to.
pub(crate) struct KnownMetrics<'a> {
    pub(crate) metrics: &'a [BusinessMetric],
    pub(crate) dimensions: &'a [String],
    pub(crate) views: &'a [SavedView],
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
        let view = read_view(block, known.views, document);
        let mut filters = view.map_or(Vec::new(), |view| view.query.filters.clone());
        filters.extend(read_filters(block, known.dimensions, document));
        // What the unit says itself counts before what its view says.
        let default = view.and_then(|view| view.query.metric.basis()).unwrap_or(defaults.basis);
        let basis = block.word_or("basis", BASES, default, document);
        let of_view = view.and_then(|view| match view.query.currency {
            CurrencyChoice::Into(currency) => Some(currency),
            CurrencyChoice::Policy | CurrencyChoice::Keep => None,
        });
        let currency = block.currency("currency", document).or(of_view).or(defaults.currency);
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
            view: view.map(|view| view.name.clone()),
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

/// Reads `view`: a saved question about cost that the daily series can answer. Its period, groupings and top are those of a table, and mean
/// nothing here.
fn read_view<'v>(block: &mut Block<'_>, views: &'v [SavedView], document: &mut Document<'_>) -> Option<&'v SavedView> {
    let (text, at) = block.text("view", document)?;
    let Some(view) = views.iter().find(|view| view.name == text) else {
        let hint = suggest(text, views.iter().map(|view| view.name.as_str()));
        let hint = hint.or(Some(format!("add view \"{text}\" {{ filters = [\"service=Amazon*\"] }}")));
        document.report(at, format!("`view` of {} names `{text}`, which is no view of this file", block.title), hint);
        return None;
    };
    if view.query.metric.basis().is_none() {
        let message = format!("`view` of {}: view \"{text}\" has {} cost", block.title, view.query.metric);
        let hint = "a unit cost is of billed or effective cost: name a view with one of them".to_owned();
        document.report(at, message, Some(hint));
        return None;
    }
    let finer = view.query.filters.iter().find(|filter| !of_series(filter));
    if let Some(filter) = finer {
        let message =
            format!("`view` of {}: `{filter}` of view \"{text}\" reads more than daily series have", block.title);
        document.report(at, message, Some(ADD_DIMENSION.to_owned()));
        return None;
    }
    Some(view)
}

/// Whether the daily series have what a filter compares.
fn of_series(filter: &CostFilter) -> bool {
    !matches!(filter.field, CostField::Tag(_) | CostField::Column(_))
}

const ADD_DIMENSION: &str =
    "add a dimension, such as dimension \"owner\" { value = charge.tags.owner }, and filter by it";

/// Reads `filters`: conditions on what the daily series have. Tags and columns become conditions by a dimension.
fn read_filters(block: &mut Block<'_>, dimensions: &[String], document: &mut Document<'_>) -> Vec<CostFilter> {
    let known: Vec<&str> = dimensions.iter().map(String::as_str).collect();
    let mut out = Vec::new();
    for (text, at) in block.texts("filters", document) {
        let read = text.parse::<CostFilter>().map(|filter| filter.resolved(&known));
        match read.and_then(|filter| filter.field.check(&known).map(|()| filter)) {
            Ok(filter) if !of_series(&filter) => {
                let message = format!("`{text}` in the filters of {} reads more than daily series have", block.title);
                document.report(at, message, Some(ADD_DIMENSION.to_owned()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    fn parse(view: &str, unit: &str) -> Result<Policy, String> {
        let text = format!(
            "dimension \"team\" {{\n  value = charge.tags.team\n}}\nmetric \"orders\" {{}}\n\
             view \"shop\" {{\n{view}\n}}\nunit \"order\" {{\nmetric = \"orders\"\n{unit}\n}}\n"
        );
        Policy::parse("t", &text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_unit_has_the_filters_the_cost_and_the_currency_of_its_view() {
        let view = "by = [\"service\"]\nfilters = [\"team=shop\"]\nmetric = \"billed\"\ncurrency = \"EUR\"";
        let policy = parse(view, "view = \"shop\"\nfilters = [\"kind!=tax\"]").unwrap();
        let unit = &policy.units[0];
        let filters: Vec<String> = unit.filters.iter().map(ToString::to_string).collect();
        assert_eq!(
            (unit.view.as_deref(), filters.as_slice()),
            (Some("shop"), &["team=shop".into(), "kind!=tax".into()][..])
        );
        assert_eq!((unit.basis, unit.currency.as_str()), (Basis::Billed, "EUR"));
        // What the unit says itself counts.
        let own = parse(view, "view = \"shop\"\nbasis = \"effective\"\ncurrency = \"USD\"").unwrap();
        assert_eq!((own.units[0].basis, own.units[0].currency), (Basis::Effective, Currency::USD));
    }

    #[test]
    fn a_view_that_a_unit_cannot_use_is_an_error_at_its_line() {
        let with = |view: &str| parse(view, "view = \"shop\"\ncurrency = \"USD\"").unwrap_err();
        let list = with("metric = \"list\"");
        assert!(list.contains("`view` of unit \"order\": view \"shop\" has list cost"), "{list}");
        let tag = with("filters = [\"tag:owner=ann\"]");
        assert!(tag.contains("`tag:owner=ann` of view \"shop\" reads more than daily series have"), "{tag}");
        let unknown = parse("", "view = \"shp\"\ncurrency = \"USD\"").unwrap_err();
        assert!(
            unknown.contains("t:10:8: `view` of unit \"order\" names `shp`, which is no view of this file"),
            "{unknown}"
        );
        assert!(unknown.contains("did you mean `shop`?"), "{unknown}");
    }
}
