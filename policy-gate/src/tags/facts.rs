//! Which types have tags, and in which attribute: a table that `cargo xtask facts` writes from the schemas of providers.

use std::collections::HashMap;
use std::sync::OnceLock;

const TABLE: &str = include_str!("../../facts/taggable.tsv");

/// The tag attribute of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taggable {
    /// `tags`.
    Tags,
    /// `tag` blocks.
    TagBlocks,
    /// `labels`.
    Labels,
    /// `user_labels`.
    UserLabels,
    /// `settings { user_labels }`.
    SettingsUserLabels,
}

/// Returns the tag attribute of a type; `None` when the type is not in the table.
pub(super) fn taggable(kind: &str) -> Option<Taggable> {
    static TYPES: OnceLock<HashMap<&str, Taggable>> = OnceLock::new();
    let types = TYPES.get_or_init(|| {
        let rows = TABLE.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t'));
        rows.filter_map(|(kind, attribute)| {
            let how = match attribute {
                "tags" => Taggable::Tags,
                "tag" => Taggable::TagBlocks,
                "labels" => Taggable::Labels,
                "user_labels" => Taggable::UserLabels,
                "settings.user_labels" => Taggable::SettingsUserLabels,
                _ => return None,
            };
            Some((kind, how))
        })
        .collect()
    });
    types.get(kind).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        assert_eq!(taggable("aws_instance"), Some(Taggable::Tags));
        assert_eq!(taggable("aws_autoscaling_group"), Some(Taggable::TagBlocks));
        assert_eq!(taggable("google_sql_database_instance"), Some(Taggable::SettingsUserLabels));
        assert_eq!(taggable("aws_route"), None);
        let rows = TABLE.lines().filter(|l| !l.starts_with('#')).count();
        assert!(
            TABLE.lines().filter(|l| !l.starts_with('#')).all(|l| taggable(l.split('\t').next().unwrap()).is_some())
        );
        assert!(rows > 1_000, "{rows}");
    }
}
