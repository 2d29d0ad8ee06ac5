//! The command line's contract: the cases in `tests/cases`, each with a store of its own.

#![allow(clippy::unwrap_used)]

fn keeps(case: &str) {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let cases = trycmd::TestCases::new();
    cases
        .env("TOLLGATE_NOW", "2026-11-21T06:00:00Z")
        .env("TOLLGATE_STORE", store.to_string_lossy())
        .env("NO_COLOR", "1")
        .insert_var("[STORE]", store.to_string_lossy().into_owned())
        .unwrap();
    cases.case(case).run();
}

#[test]
fn first_steps() {
    keeps("tests/cases/first-steps.md");
}

#[test]
fn ingest_and_what_follows() {
    keeps("tests/cases/ingest.md");
}

#[test]
fn series_of_files() {
    keeps("tests/cases/series.md");
}
