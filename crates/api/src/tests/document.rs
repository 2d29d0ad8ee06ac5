//! The document of the API is checked in, and answers have its shapes.

#![expect(clippy::disallowed_methods, reason = "a variable of the environment makes the test write the page")]

use std::path::PathBuf;

use crate::openapi::openapi;
use crate::reference::reference;

fn page(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(name)
}

/// Compares a file of docs/reference with its text, or writes it with `TOLLGATE_WRITE_DOCS=1`.
fn compare(name: &str, text: &str) {
    let path = page(name);
    if std::env::var_os("TOLLGATE_WRITE_DOCS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(known == text, "docs/reference/{name} differs from the routes; run with TOLLGATE_WRITE_DOCS=1");
}

#[test]
fn the_reference_lists_every_route() {
    compare("api.md", &reference());
}

#[test]
fn the_document_is_checked_in() {
    compare("openapi.json", &(serde_json::to_string_pretty(&openapi()).unwrap() + "\n"));
}
