//! Tags of AWS reports: resource tags, tags of accounts and principals, and cost categories, under the user's own keys.
//!
//! Legacy CSV has a column for each tag (`resourceTags/user:team`), its Parquet another (`resource_tags_user_team`); CUR 2.0 has maps:
//! `resource_tags` (`user_team`), `cost_category`, and `tags`, whose keys name their kind (`resourceTags/user:team`).
//!
//! Source: AWS Data Exports user guide, "Resource tags columns", "Cost category columns" and "Tags column" of the CUR 2.0 table
//! dictionary, and "Resource tags details" of the legacy report. Read 2026-11-28.

use std::collections::HashMap;

use tollgate_model::TextColumn;
use tollgate_model::batch::NULL;

use crate::format::RawBatch;
use crate::tags::{self, Tags};

/// Prefixes of columns that hold one tag each. A later row counts only where an earlier one has no such key.
const COLUMNS: &[&str] =
    &["resourceTags/", "resource_tags/", "resource_tags_", "costCategory/", "cost_category/", "cost_category_"];

/// Columns that hold maps.
const MAPS: &[&str] = &["resource_tags", "tags", "cost_category"];

/// Prefixes of the keys of the column `tags`, the most specific first: a resource's own tag counts before that of its account.
const KINDS: &[&str] = &[
    "resourceTags/",
    "resourceTag/",
    "iamPrincipal/",
    "userAttribute/",
    "accountTags/",
    "accountTag/",
    "costCategories/",
    "costCategory/",
];

/// The user's own spelling of a key.
pub(crate) fn own_key(key: &str) -> &str {
    let key = KINDS.iter().find_map(|kind| key.strip_prefix(kind)).unwrap_or(key);
    key.strip_prefix("user:").or_else(|| key.strip_prefix("user_")).unwrap_or(key)
}

/// The key of a column that holds one tag, if it is such a column.
pub(crate) fn column_key(header: &str) -> Option<&str> {
    let key = COLUMNS.iter().find_map(|prefix| header.strip_prefix(prefix))?;
    Some(own_key(key)).filter(|key| !key.is_empty())
}

/// Where the tags of a report are.
pub(crate) struct TagColumns {
    /// The key and place of each column of one tag.
    single: Vec<(String, usize)>,
    /// The places of maps.
    maps: Vec<usize>,
}

impl TagColumns {
    pub(crate) fn of(header: &[String]) -> Self {
        let mut single: Vec<(usize, String, usize)> = header
            .iter()
            .enumerate()
            .filter_map(|(index, name)| {
                let rank = COLUMNS.iter().position(|prefix| name.starts_with(prefix))?;
                Some((rank, column_key(name)?.to_owned(), index))
            })
            .collect();
        single.sort_by_key(|(rank, _, index)| (*rank, *index));
        let maps = MAPS.iter().filter_map(|name| header.iter().position(|h| h == name)).collect();
        Self { single: single.into_iter().map(|(_, key, index)| (key, index)).collect(), maps }
    }

    /// The tags of every row, and how many rows have some in no known notation.
    pub(crate) fn read(&self, raw: &RawBatch) -> Option<(TextColumn, u64)> {
        let single: Vec<(&str, &TextColumn)> =
            self.single.iter().filter_map(|(key, at)| Some((key.as_str(), raw.text(Some(*at))?))).collect();
        let maps: Vec<&TextColumn> = self.maps.iter().filter_map(|at| raw.text(Some(*at))).collect();
        if single.is_empty() && maps.is_empty() {
            return None;
        }
        let parsed: Vec<Vec<Option<Tags>>> = maps.iter().map(|m| m.per_value(|v| tags::parse(v).map(ranked))).collect();
        let (mut out, mut unread) = (TextColumn::default(), 0);
        // Many rows share the same tags: each combination is serialized once.
        let mut written: HashMap<Vec<u32>, (u32, bool)> = HashMap::new();
        for row in 0..raw.rows {
            let keys: Vec<u32> =
                single.iter().map(|(_, c)| *c).chain(maps.iter().copied()).map(|c| c.keys()[row]).collect();
            let (key, odd) = *written.entry(keys).or_insert_with(|| {
                let mut all = Tags::new();
                for (key, values) in &single {
                    if let Some(value) = values.get(row) {
                        all.entry((*key).to_owned()).or_insert_with(|| value.to_owned());
                    }
                }
                let mut odd = false;
                for (column, parsed) in maps.iter().zip(&parsed) {
                    match parsed.get(column.keys()[row] as usize) {
                        Some(Some(tags)) => tags.iter().for_each(|(key, value)| {
                            all.entry(key.clone()).or_insert_with(|| value.clone());
                        }),
                        Some(None) => odd = true,
                        None => {}
                    }
                }
                (tags::to_json(&all).map_or(NULL, |json| out.intern(&json)), odd)
            });
            unread += u64::from(odd);
            out.push_key(key);
        }
        Some((out, unread))
    }
}

/// The tags of a map under their own keys; where two kinds have one key, the more specific one.
fn ranked(tags: Tags) -> Tags {
    let rank = |key: &str| KINDS.iter().position(|kind| key.starts_with(kind)).unwrap_or(0);
    let mut ordered: Vec<(String, String)> = tags.into_iter().collect();
    ordered.sort_by_key(|(key, _)| rank(key));
    let mut out = Tags::new();
    for (key, value) in ordered {
        out.entry(own_key(&key).to_owned()).or_insert(value);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::RawColumn;

    fn tags_of(cells: &[(&str, &str)]) -> (Option<String>, u64) {
        let header: Vec<String> = cells.iter().map(|(name, _)| (*name).to_owned()).collect();
        let columns = cells.iter().map(|(_, value)| RawColumn::Text(TextColumn::constant(value, 1))).collect();
        let raw = RawBatch { rows: 1, columns, ..RawBatch::default() };
        let (column, unread) = TagColumns::of(&header).read(&raw).unwrap();
        (column.get(0).map(str::to_owned), unread)
    }

    #[test]
    fn every_format_of_aws_gives_the_users_own_keys() {
        let team = Some(r#"{"team":"web"}"#.to_owned());
        assert_eq!(tags_of(&[("resourceTags/user:team", "web")]), (team.clone(), 0));
        assert_eq!(tags_of(&[("resource_tags_user_team", "web")]), (team.clone(), 0));
        assert_eq!(tags_of(&[("resource_tags", r#"{"user_team":"web"}"#)]), (team.clone(), 0));
        assert_eq!(tags_of(&[("tags", r#"{"resourceTags/user:team":"web"}"#)]), (team.clone(), 0));
        assert_eq!(
            tags_of(&[("tags", r#"{"accountTag/team":"all","resourceTags/user_team":"web"}"#)]),
            (team.clone(), 0)
        );
        assert_eq!(
            tags_of(&[("cost_category", r#"{"team":"all"}"#), ("resource_tags", r#"{"user_team":"web"}"#)]),
            (team.clone(), 0)
        );
        assert_eq!(tags_of(&[("costCategory/team", "web")]), (team, 0));
        assert_eq!(tags_of(&[("resourceTags/aws:createdBy", "x")]), (Some(r#"{"aws:createdBy":"x"}"#.to_owned()), 0));
        assert_eq!(tags_of(&[("resource_tags", "odd")]), (None, 1));
    }
}
