//! The contract of the command line: the cases in `tests/cases`, each with its own store.

#![expect(clippy::unwrap_used, reason = "a failed setup fails the test")]

fn run_cases(case: &str) {
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
    run_cases("tests/cases/first-steps.md");
}

#[test]
fn ingest_reconcile_and_report() {
    run_cases("tests/cases/ingest.md");
}

#[test]
fn questions_about_cost() {
    run_cases("tests/cases/costs.md");
}

#[test]
fn series_in_files() {
    run_cases("tests/cases/series.md");
}

#[test]
fn unit_costs_what_if_and_efficiency() {
    run_cases("tests/cases/units.md");
}

#[test]
fn keys_of_the_api() {
    run_cases("tests/cases/keys.md");
}

#[test]
fn allocation_and_statements() {
    run_cases("tests/cases/allocation.md");
}

/// The questions of docs/guides/answers.md over the demo, each with its one command and its whole answer.
#[test]
fn ten_questions_are_answered_by_one_command_each() {
    let folder = tempfile::tempdir().unwrap();
    let demo = folder.path().join("tollgate-demo");
    let now = "2026-11-21T06:00:00Z";
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .arg("demo")
        .arg(&demo)
        .env("TOLLGATE_NOW", now)
        .env_remove("TOLLGATE_STORE")
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8_lossy(&out.stdout);
    for person in ["FinOps", "Platform", "Finance", "Product", "Approver"] {
        assert!(text.lines().any(|line| line.trim_start().starts_with(person)), "{person}: {text}");
    }
    assert!(text.contains("costs --by team,service --compare previous"), "{text}");
    let cases = trycmd::TestCases::new();
    cases.env("TOLLGATE_NOW", now).env("TOLLGATE_STORE", demo.to_string_lossy()).env("NO_COLOR", "1");
    let text = std::fs::read_to_string("../docs/guides/answers.md").unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("$ tollgate ")).count(), 10);
    cases.case("../docs/guides/answers.md").run();
}
