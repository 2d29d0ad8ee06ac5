//! Cursors: where the next page of a list begins, signed so that a client cannot make one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tollgate_model::hash::{has_keyed_hash, keyed_hash};

/// The cursor after an item. `list` names the list: its route, its tenant, its caller and its filters.
pub(crate) fn cursor_after(key: &[u8], list: &str, item: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(item), keyed_hash(key, &signed(list, item)))
}

/// The item of a cursor; `None` for one of another list, or that was not signed with the key.
pub(crate) fn item_of_cursor(key: &[u8], list: &str, cursor: &str) -> Option<String> {
    let (item, hash) = cursor.split_once('.')?;
    let item = String::from_utf8(URL_SAFE_NO_PAD.decode(item).ok()?).ok()?;
    has_keyed_hash(key, &signed(list, &item), hash).then_some(item)
}

fn signed(list: &str, item: &str) -> String {
    // The length keeps the boundary between both.
    format!("{}|{list}|{item}", list.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_list_and_key() {
        let cursor = cursor_after(b"key", "a|b", "2026-11-01#i-1");
        assert_eq!(item_of_cursor(b"key", "a|b", &cursor).as_deref(), Some("2026-11-01#i-1"));
        assert_eq!(item_of_cursor(b"other", "a|b", &cursor), None);
        assert_eq!(item_of_cursor(b"key", "a", &cursor), None);
        let forged = format!("{}.{}", URL_SAFE_NO_PAD.encode("2026-11-02#i-1"), cursor.split_once('.').unwrap().1);
        for wrong in [forged.as_str(), "", ".", "x", "%.%", &cursor[1..]] {
            assert_eq!(item_of_cursor(b"key", "a|b", wrong), None, "{wrong}");
        }
    }
}
