//! The names of regions, for names that people write: a region that a plan has may be newer.

use std::sync::OnceLock;

const TABLE: &str = include_str!("../data/regions.tsv");

fn regions() -> &'static [&'static str] {
    static REGIONS: OnceLock<Vec<&str>> = OnceLock::new();
    REGIONS.get_or_init(|| {
        let rows = TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'));
        rows.flat_map(|(_, names)| names.split(' ')).collect()
    })
}

/// Returns whether a name is that of a region of AWS, Azure or Google Cloud. Azure also writes `West Europe`.
pub fn is_region(name: &str) -> bool {
    let name = name.to_lowercase().replace(' ', "");
    regions().contains(&name.as_str())
}

/// Returns the region whose name is nearest, if any is close.
pub fn nearest_region(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase().replace(' ', "");
    let scored = regions().iter().map(|region| (strsim::damerau_levenshtein(&name, region), *region));
    scored.min().filter(|(distance, _)| *distance <= 2).map(|(_, region)| region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_each_provider_are_known() {
        for name in
            ["us-east-1", "mx-central-1", "us-gov-west-1", "westeurope", "West Europe", "us-central1", "europe-west12"]
        {
            assert!(is_region(name), "{name}");
        }
        assert!(!is_region("us-east-9") && !is_region("") && !is_region("moon"));
        assert_eq!(nearest_region("us-east-9"), Some("us-east-1"));
        assert_eq!(nearest_region("westeurop"), Some("westeurope"));
        assert_eq!(nearest_region("moon"), None);
    }
}
