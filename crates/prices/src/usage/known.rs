//! The figures that a usage file may have, by type: those of infracost's format, and those of Tollgate's own.

use std::collections::HashMap;
use std::sync::OnceLock;

use tollgate_model::pattern::wildcard_matches;

const TABLE: &str = include_str!("../../data/usage_figures.tsv");

/// What a figure holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FigureForm {
    /// A number.
    Number,
    /// One of these texts.
    OneOf(&'static str),
    /// The name of a region.
    Region,
    /// Any text.
    Text,
}

/// A figure of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownFigure {
    /// Its name, with `{region}` and `{any}` for parts that vary.
    pub name: &'static str,
    /// What it holds.
    pub form: FigureForm,
    /// The name that estimators read it by, where it differs.
    pub read_as: &'static str,
}

impl KnownFigure {
    /// Returns whether a key of a file is this figure.
    pub fn is(&self, key: &str) -> bool {
        if !self.name.contains(['{', '*']) {
            return self.name == key;
        }
        let pattern = self.name.replace("{region}", "*").replace("{any}", "*");
        let brackets = pattern.matches('[').count();
        brackets == key.matches('[').count() && wildcard_matches(&pattern, key)
    }

    /// Returns the part of a key that is a region: `us_east_1`.
    pub fn region<'k>(&self, key: &'k str) -> Option<&'k str> {
        key.strip_prefix(self.name.strip_suffix("{region}")?)
    }
}

/// Returns the figures of a type; `None` when the format has none for it.
pub fn known_figures(kind: &str) -> Option<&'static [KnownFigure]> {
    table().get(kind).map(Vec::as_slice)
}

/// Returns the types with figures.
pub(super) fn known_types() -> impl Iterator<Item = &'static str> {
    table().keys().copied()
}

fn table() -> &'static HashMap<&'static str, Vec<KnownFigure>> {
    static FIGURES: OnceLock<HashMap<&str, Vec<KnownFigure>>> = OnceLock::new();
    FIGURES.get_or_init(|| {
        let mut out: HashMap<&str, Vec<KnownFigure>> = HashMap::new();
        let rows = TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'));
        for (kind, figures) in rows {
            out.entry(kind).or_default().extend(figures.split(' ').map(figure));
        }
        out
    })
}

fn figure(text: &'static str) -> KnownFigure {
    let (text, read_as) = text.split_once('>').unwrap_or((text, ""));
    let (name, form) = match text.split_once('=') {
        None => (text, FigureForm::Number),
        Some((name, "{region}")) => (name, FigureForm::Region),
        Some((name, "{any}")) => (name, FigureForm::Text),
        Some((name, values)) => (name, FigureForm::OneOf(values)),
    };
    KnownFigure { name, form, read_as: if read_as.is_empty() { name } else { read_as } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_type_and_its_figures() {
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let (kind, figures) = line.split_once('\t').unwrap();
            assert!(["aws_", "azurerm_", "google_"].iter().any(|p| kind.starts_with(p)), "{kind}");
            assert!(!figures.is_empty() && figures.split(' ').all(|f| !f.is_empty()), "{line}");
        }
        assert!(known_types().count() > 200);
    }

    #[test]
    fn parts_that_vary_are_named() {
        let all = known_figures("aws_dx_connection").unwrap();
        let key = "monthly_outbound_from_region_to_dx_connection_location.eu_west_2";
        let figure = all.iter().find(|f| f.is(key)).unwrap();
        assert_eq!(figure.region(key), Some("eu_west_2"));
        let pool = known_figures("google_container_cluster").unwrap();
        assert!(pool.iter().any(|f| f.is("node_pool[0].nodes")) && !pool.iter().any(|f| f.is("node_pool.nodes")));
    }
}
