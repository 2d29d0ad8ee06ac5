//! Addresses and figures with `*`.

use tollgate_model::pattern::wildcard_matches;

/// Returns whether a name has a star.
pub(super) fn is_pattern(name: &str) -> bool {
    name.contains('*')
}

/// Returns whether an address fits a pattern. `[*]` is any instance, and also none: `f[*]` fits `f`.
pub(super) fn matches(pattern: &str, address: &str) -> bool {
    wildcard_matches(pattern, address)
        || (pattern.contains("[*]") && wildcard_matches(&pattern.replace("[*]", ""), address))
}

/// Returns the number of characters that a pattern fixes.
pub(super) fn literal_length(pattern: &str) -> usize {
    pattern.chars().filter(|c| *c != '*').count()
}

/// Replaces the index of an item by a star: `node_pool[*].nodes` of `node_pool[0].nodes`.
pub(super) fn starred_item(key: &str) -> Option<String> {
    let open = key.find('[')?;
    let close = open + key.get(open..)?.find(']')?;
    Some(format!("{}[*]{}", &key[..open], &key[close + 1..]))
}
