//! `view "name" { … }`: a saved question about cost.

use std::ops::Range;
use std::str::FromStr;

use serde::Serialize;
use tollgate_model::query::{Comparison, CostFilter, CostGroupings, CostQuery, QueryError};

use crate::block::Block;
use crate::document::Document;

/// A saved question about cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SavedView {
    /// Its name, unique in the file.
    pub name: String,
    /// The question.
    pub query: CostQuery,
}

/// The most groups that a view lists.
const MOST_TOP: u64 = 10_000;

impl SavedView {
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        dimensions: &[String],
        document: &mut Document<'_>,
    ) -> Self {
        let known: Vec<&str> = dimensions.iter().map(String::as_str).collect();
        let default = CostQuery::default();
        let by = read_list::<CostGroupings>(block, "by", document);
        let group_by: Vec<_> = by.iter().flat_map(|(groupings, _)| groupings.0.clone()).collect();
        for (groupings, at) in &by {
            groupings.0.iter().for_each(|field| report(field.check(&known), at, block, document));
        }
        let filters = read_list::<CostFilter>(block, "filters", document);
        for (filter, at) in &filters {
            report(filter.field.check(&known), at, block, document);
        }
        let query = CostQuery {
            metric: parsed_or(block, "metric", default.metric, document),
            period: parsed_or(block, "period", default.period.clone(), document),
            compare: parsed::<Comparison>(block, "compare", document),
            granularity: parsed_or(block, "granularity", default.granularity, document),
            group_by,
            filters: filters.into_iter().map(|(filter, _)| filter).collect(),
            order: parsed_or(block, "order", default.order, document),
            top: block.whole("top", 1..=MOST_TOP, document).and_then(|top| u32::try_from(top).ok()),
            currency: parsed_or(block, "currency", default.currency, document),
        };
        // Fields were verified at their own places.
        let is_known = query.fields().all(|field| field.check(&known).is_ok());
        if let Some((_, at)) = by.first().filter(|_| is_known) {
            report(query.check(&known), at, block, document);
        }
        Self { name, query }
    }
}

/// Reports an error of a query at its place in the file.
pub(crate) fn report(
    result: Result<(), QueryError>,
    at: &Range<usize>,
    block: &Block<'_>,
    document: &mut Document<'_>,
) {
    let Err(error) = result else { return };
    let text = error.to_string();
    let (message, hint) = match text.split_once("\nhint: ") {
        Some((message, hint)) => (message.to_owned(), Some(hint.to_owned())),
        None => (text, None),
    };
    document.report(at.clone(), format!("{}: {message}", block.title), hint);
}

/// Reads an attribute by the text form of its type.
fn parsed<T: FromStr<Err = QueryError>>(
    block: &mut Block<'_>,
    name: &'static str,
    document: &mut Document<'_>,
) -> Option<T> {
    let (text, at) = block.text(name, document)?;
    match text.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            report(Err(error), &at, block, document);
            None
        }
    }
}

fn parsed_or<T: FromStr<Err = QueryError> + ToString>(
    block: &mut Block<'_>,
    name: &'static str,
    default: T,
    document: &mut Document<'_>,
) -> T {
    let read = parsed(block, name, document);
    block.set_default(name, format!("\"{}\"", default.to_string()));
    read.unwrap_or(default)
}

/// Reads a text or a list of texts, each by the text form of its type.
pub(crate) fn read_list<T: FromStr<Err = QueryError>>(
    block: &mut Block<'_>,
    name: &'static str,
    document: &mut Document<'_>,
) -> Vec<(T, Range<usize>)> {
    let mut out = Vec::new();
    for (text, at) in block.texts(name, document) {
        match text.parse() {
            Ok(value) => out.push((value, at)),
            Err(error) => report(Err(error), &at, block, document),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::Policy;

    const TEAM: &str = "dimension \"team\" {\n  value = charge.tags.team\n}\n";

    fn parse(view: &str) -> Result<Policy, String> {
        Policy::parse("t", &format!("{TEAM}view \"x\" {{\n{view}\n}}\n")).map_err(|e| e.to_string())
    }

    #[test]
    fn a_view_is_a_query() {
        let policy = parse("by = [\"team\", \"service\"]\n period = \"last-month\"\n compare = \"previous\"\n filters = [\"account=prod\"]\n top = 5").unwrap();
        let query = &policy.views[0].query;
        assert_eq!(query.describe(), "effective cost of last-month by team and service, account=prod");
        assert_eq!(query.top, Some(5));
        let json = serde_json::to_value(query).unwrap();
        assert_eq!(json["group_by"], serde_json::json!(["team", "service"]));
        assert_eq!(parse("").unwrap().views[0].query, tollgate_model::query::CostQuery::default());
        assert_eq!(parse("by = \"team,service\"").unwrap().views[0].query.group_by.len(), 2);
    }

    #[test]
    fn an_error_in_a_view_has_its_line_and_what_is_known() {
        for (view, expected) in [
            ("by = [\"team\", \"servcie\"]", "t:5:15: view \"x\": there is no dimension, facet or column `servcie`"),
            ("period = \"last-mont\"", "t:5:10: view \"x\": `last-mont` is no period"),
            ("filters = [\"teem=a\"]", "t:5:12: view \"x\": there is no dimension, facet or column `teem`"),
            ("filters = [\"team\"]", "t:5:12: view \"x\": `team` is no filter"),
            ("metric = \"blended\"", "t:5:10: view \"x\": there is no metric `blended`"),
            ("by = [\"team\", \"service\", \"region\", \"account\"]", "a query groups by at most 3 fields"),
            ("sort = \"amount\"", "sort"),
            ("top = 0", "whole number from 1 to"),
        ] {
            let error = parse(view).unwrap_err();
            assert!(error.contains(expected), "{view}: {error}");
        }
        assert!(parse("period = \"last-mont\"").unwrap_err().contains("did you mean `last-month`?"));
    }
}
