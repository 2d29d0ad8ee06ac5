//! The usage of resources: measured, from a usage file, or a documented default.
//!
//! A usage file is infracost's: `resource_usage` by address, `resource_type_default_usage` by type. Nested figures are joined with a
//! dot (`standard.storage_gb`). An address may have `*` anywhere: `module.site[*].aws_lambda_function.f["*"]`.

mod error;
mod file;
mod known;
mod pattern;

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::Quantity;

pub use error::{UsageError, UsageFault};
pub use known::{FigureForm, KnownFigure, known_figures};

use pattern::{is_pattern, literal_length, matches, starred_item};

/// The origin of a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum QuantityOrigin {
    /// An attribute in the plan.
    Plan,
    /// The charges of the existing resource.
    Measured,
    /// The usage file.
    File,
    /// The default, as documented in the price reference.
    Default,
}

impl QuantityOrigin {
    /// Returns the label of a usage quantity.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Plan => "the plan",
            Self::Measured => "measured",
            Self::File => "usage file",
            Self::Default => "assumed",
        }
    }
}

/// A figure of a usage file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Figure {
    /// A number of zero or more.
    Number(Quantity),
    /// Text, such as an operating system, or a flag.
    Text(String),
}

type Figures = BTreeMap<String, Figure>;

/// The figures of an address, a pattern of addresses, or a type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct UsageEntry {
    figures: Figures,
    /// The position in the file: of equally specific patterns, the later one holds.
    position: usize,
}

/// The known usage of resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    measured: BTreeMap<String, Figures>,
    by_address: BTreeMap<String, UsageEntry>,
    /// The most specific pattern first.
    by_pattern: Vec<(String, UsageEntry)>,
    by_kind: BTreeMap<String, UsageEntry>,
    /// Whether estimates record the figures that they look for, also without a file.
    records: bool,
}

impl Usage {
    /// Reads a usage file.
    ///
    /// # Errors
    ///
    /// With everything that is wrong in it: invalid YAML, unknown sections, figures, values and regions, numbers below zero.
    pub fn read(text: &str) -> Result<Self, UsageError> {
        file::read(text)
    }

    /// Creates the usage of every resource of a type.
    pub fn of_kind(kind: &str, figures: impl IntoIterator<Item = (String, Quantity)>) -> Self {
        let figures = figures.into_iter().map(|(key, quantity)| (key, Figure::Number(quantity))).collect();
        let entry = UsageEntry { figures, position: 0 };
        Self { by_kind: [(kind.to_owned(), entry)].into(), ..Self::default() }
    }

    /// Returns the usage with estimates that record the figures that they look for.
    #[must_use]
    pub fn recording(self) -> Self {
        Self { records: true, ..self }
    }

    /// Returns whether estimates record the figures that they look for: it takes time, and only a file is compared with them.
    pub(crate) fn records(&self) -> bool {
        self.records || self.has_file()
    }

    fn has_file(&self) -> bool {
        !self.by_address.is_empty() || !self.by_pattern.is_empty() || !self.by_kind.is_empty()
    }

    /// Returns whether the use of a resource is measured.
    pub(crate) fn is_measured(&self, address: &str) -> bool {
        self.measured.contains_key(address)
    }

    /// Adds a measured monthly figure of a resource.
    pub fn measured(&mut self, address: &str, key: &str, quantity: Quantity) {
        self.measured.entry(address.to_owned()).or_default().insert(key.to_owned(), Figure::Number(quantity));
    }

    /// Returns a figure of a resource, with its origin. Text is no figure.
    pub fn figure(&self, address: &str, kind: &str, key: &str) -> Option<(Quantity, QuantityOrigin)> {
        match self.find(address, kind, key)? {
            (Figure::Number(quantity), origin) => Some((*quantity, origin)),
            (Figure::Text(_), _) => None,
        }
    }

    /// Returns a text of a resource: an operating system, a term.
    pub fn text(&self, address: &str, kind: &str, key: &str) -> Option<&str> {
        match self.find(address, kind, key)? {
            (Figure::Text(text), _) => Some(text),
            (Figure::Number(_), _) => None,
        }
    }

    fn find(&self, address: &str, kind: &str, key: &str) -> Option<(&Figure, QuantityOrigin)> {
        let measured = self.measured.get(address).and_then(|all| all.get(key));
        if let Some(figure) = measured {
            return Some((figure, QuantityOrigin::Measured));
        }
        // Most plans have no usage file, and estimates ask for many figures.
        if !self.has_file() {
            return None;
        }
        // `node_pool[0].nodes` is also `node_pool[*].nodes`.
        let item = starred_item(key);
        for (_, entry) in self.entries_of(address, kind) {
            let found = entry.figures.get(key).or_else(|| entry.figures.get(item.as_deref()?));
            if let Some(figure) = found {
                return Some((figure, QuantityOrigin::File));
            }
        }
        None
    }

    /// Returns the entries of the file that a resource has, the most specific first, with their names.
    fn entries_of<'u>(&'u self, address: &str, kind: &str) -> impl Iterator<Item = (&'u str, &'u UsageEntry)> {
        let exact = self.by_address.get_key_value(address).map(|(name, entry)| (name.as_str(), entry));
        let patterns = self.by_pattern.iter().filter(move |(pattern, _)| matches(pattern, address));
        let of_kind = self.by_kind.get_key_value(kind).map(|(name, entry)| (name.as_str(), entry));
        let patterns: Vec<(&str, &UsageEntry)> = patterns.map(|(name, entry)| (name.as_str(), entry)).collect();
        exact.into_iter().chain(patterns).chain(of_kind)
    }

    /// Returns the figures of the file that a resource has, with the name of their entry: an address, a pattern or a type.
    pub fn figures_of(&self, address: &str, kind: &str) -> Vec<(&str, &str)> {
        let entries = self.entries_of(address, kind);
        entries.flat_map(|(name, entry)| entry.figures.keys().map(move |key| (name, key.as_str()))).collect()
    }

    /// Returns the addresses of a type in the file, without patterns.
    pub fn addresses_of<'u>(&'u self, kind: &str) -> impl Iterator<Item = &'u str> {
        let prefix = format!("{kind}.");
        self.by_address.keys().map(String::as_str).filter(move |name| name.starts_with(&prefix))
    }

    fn insert(&mut self, name: String, entry: UsageEntry) {
        if !is_pattern(&name) {
            self.by_address.insert(name, entry);
            return;
        }
        self.by_pattern.retain(|(known, _)| *known != name);
        self.by_pattern.push((name, entry));
        self.by_pattern
            .sort_by_key(|(name, entry)| (std::cmp::Reverse(literal_length(name)), std::cmp::Reverse(entry.position)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(usage: &Usage, address: &str, kind: &str, key: &str) -> Option<(String, QuantityOrigin)> {
        usage.figure(address, kind, key).map(|(quantity, origin)| (quantity.to_string(), origin))
    }

    const FUNCTION: &str = "aws_lambda_function";

    #[test]
    fn a_usage_file_is_read_by_address_then_type() {
        let text = "version: 0.1\nresource_type_default_usage:\n  aws_lambda_function:\n    monthly_requests: 5\n    request_duration_ms: 250\nresource_usage:\n  aws_lambda_function.hot:\n    monthly_requests: 1000000\n  aws_s3_bucket.b[*]:\n    standard:\n      storage_gb: 12.5\n    object_tags: null\n";
        let mut usage = Usage::read(text).unwrap();
        let file = |text: &str| Some((text.to_owned(), QuantityOrigin::File));
        assert_eq!(get(&usage, "aws_lambda_function.hot", FUNCTION, "monthly_requests"), file("1000000"));
        assert_eq!(get(&usage, "aws_lambda_function.x", FUNCTION, "monthly_requests"), file("5"));
        assert_eq!(get(&usage, "aws_s3_bucket.b[3]", "aws_s3_bucket", "standard.storage_gb"), file("12.5"));
        assert_eq!(get(&usage, "aws_lambda_function.x", FUNCTION, "nothing"), None);
        usage.measured("aws_lambda_function.hot", "monthly_requests", crate::number::whole(7));
        let measured = Some(("7".to_owned(), QuantityOrigin::Measured));
        assert_eq!(get(&usage, "aws_lambda_function.hot", FUNCTION, "monthly_requests"), measured);
    }

    #[test]
    fn a_star_stands_at_any_level_and_the_most_specific_entry_holds() {
        let text = "resource_usage:\n  aws_lambda_function.*:\n    monthly_requests: 1\n    request_duration_ms: 10\n  module.site[*].module.api[*].aws_lambda_function.f[*]:\n    monthly_requests: 2\n  module.site[\"eu\"].module.api[*].aws_lambda_function.f[*]:\n    monthly_requests: 3\n";
        let usage = Usage::read(text).unwrap();
        let requests = |address: &str| get(&usage, address, FUNCTION, "monthly_requests").map(|(n, _)| n);
        assert_eq!(requests("aws_lambda_function.any").as_deref(), Some("1"));
        assert_eq!(requests("module.site[\"us\"].module.api[0].aws_lambda_function.f[\"a\"]").as_deref(), Some("2"));
        assert_eq!(requests("module.site[\"eu\"].module.api[0].aws_lambda_function.f[\"a\"]").as_deref(), Some("3"));
        assert_eq!(requests("module.other.aws_lambda_function.f"), None);
    }

    #[test]
    fn of_a_key_that_occurs_twice_the_last_holds() {
        let text = "resource_usage:\n  aws_lambda_function.f:\n    monthly_requests: 1\n    request_duration_ms: 9\n  aws_lambda_function.f:\n    monthly_requests: 2\n    monthly_requests: 3\n";
        let usage = Usage::read(text).unwrap();
        let get = |key: &str| get(&usage, "aws_lambda_function.f", FUNCTION, key).map(|(n, _)| n);
        assert_eq!(get("monthly_requests").as_deref(), Some("3"));
        // The later entry replaces the earlier one as a whole.
        assert_eq!(get("request_duration_ms"), None);
    }

    #[test]
    fn text_and_items_of_a_list_are_read() {
        let text = "resource_usage:\n  aws_instance.w:\n    operating_system: windows\n  google_container_cluster.c:\n    node_pool[*]:\n      nodes: 2\n    node_pool[1]:\n      nodes: 5\n";
        let usage = Usage::read(text).unwrap();
        assert_eq!(usage.text("aws_instance.w", "aws_instance", "operating_system"), Some("windows"));
        let nodes = |n: usize| {
            get(&usage, "google_container_cluster.c", "google_container_cluster", &format!("node_pool[{n}].nodes"))
                .map(|(n, _)| n)
        };
        assert_eq!((nodes(0).as_deref(), nodes(1).as_deref()), (Some("2"), Some("5")));
    }
}
