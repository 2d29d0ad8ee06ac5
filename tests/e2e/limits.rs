//! The limits of what is read: one beyond each gets an error that names it, and docs/reference/limits.md lists them all.

use std::fmt::Write as _;
use std::path::Path;

use tollgate_model::limits::{ALL, IMPORT_PERIODS, INPUT_COLUMNS, INPUT_RECORD, NAMED_REJECTIONS};

use crate::support::{Store, focus};

const ROW: (&str, &str, &str, &str) = ("2026-10-01", "EC2", "1.5", "Usage");

async fn refused(text: String) -> String {
    let store = Store::new();
    let error = store.ingest_text("x.csv", text).await.unwrap_err().to_string();
    assert!(store.context.state.ledger.periods().await.unwrap().is_empty(), "{error}");
    assert!(store.context.lake.stored().await.unwrap().is_empty(), "{error}");
    error
}

/// As many columns as named.
fn wide(columns: usize) -> String {
    let text = focus(&[ROW]);
    let (header, row) = text.trim_end().split_once('\n').unwrap();
    let more = columns - header.split(',').count();
    let names: String = (0..more).fold(String::new(), |mut all, n| {
        let _ = write!(all, ",x_{n}");
        all
    });
    format!("{header}{names}\n{row}{}\n", ",".repeat(more))
}

/// Charges of as many months as named, each of an account of its own.
fn months(count: usize) -> String {
    let text = focus(&[ROW]);
    let (header, row) = text.trim_end().split_once('\n').unwrap();
    let rows: Vec<String> = (0..count).map(|n| row.replace(",1,USD,", &format!(",{n},USD,"))).collect();
    format!("{header}\n{}\n", rows.join("\n"))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_beyond_a_limit_of_an_import_is_refused_by_its_name() {
    Store::new().ingest_text("x.csv", wide(INPUT_COLUMNS.size())).await.unwrap();
    assert!(refused(wide(INPUT_COLUMNS.size() + 1)).await.contains("`input-columns` of 2,000 columns"));
    assert!(refused(months(IMPORT_PERIODS.size() + 1)).await.contains("`import-periods` of 500 billing periods"));
    let open = focus(&[ROW]) + "\"" + &"x".repeat(INPUT_RECORD.size() + (8 << 20));
    let error = refused(open).await;
    assert!(error.contains("`input-record` of 64 MiB"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_of_many_accounts_keeps_few_files_open_and_loses_nothing() {
    let store = Store::new();
    let report = store.ingest_text("x.csv", months(200)).await.unwrap();
    assert_eq!(report.periods.len(), 200);
    let answer = tollgate_pipeline::sql(&store.context, "select count(*), sum(BilledCost) from charges").await.unwrap();
    let number = |n: &str| tollgate_lake::Cell::Number(n.to_owned());
    assert_eq!(answer.rows, [[number("200"), number("300")]]);
    assert!(tollgate_pipeline::check_store(&store.context, false).await.unwrap().is_intact());
}

#[tokio::test]
async fn rejected_rows_are_counted_beyond_those_that_are_named() {
    let store = Store::new();
    let most = NAMED_REJECTIONS.size();
    let bad = "x\n".repeat(most + 500) + &"x,,,,,,,,,,\n".repeat(300);
    let report = store.ingest_text("x.csv", focus(&[ROW]) + &bad).await.unwrap();
    let file = &report.files[0];
    assert_eq!((file.rows_kept, file.rows_rejected), (1, most as u64 + 800));
    assert_eq!(file.rejections.len(), most, "named-rejections");
    assert_eq!((file.rejections[0].line, file.rejections[1].line), (3, 4));
}

/// Each limit is met by a test: somewhere in the tests its id stands in an assertion, or its constant does.
#[test]
fn every_limit_has_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut tests = String::new();
    collect(&root.join("tests/e2e"), &mut tests);
    collect(&root.join("policy-gate"), &mut tests);
    collect(&root.join("crates"), &mut tests);
    collect(&root.join("cli/src"), &mut tests);
    let constant = |id: &str| id.to_uppercase().replace('-', "_");
    let untested: Vec<&str> =
        ALL.iter().map(|l| l.id).filter(|id| !tests.contains(id) && !tests.contains(&constant(id))).collect();
    assert!(untested.is_empty(), "no test meets {untested:?}");
}

/// The parts of sources that are tests.
fn collect(folder: &Path, out: &mut String) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let of_tests = path.components().any(|c| c.as_os_str() == "tests");
            match text.find("#[cfg(test)]") {
                _ if of_tests => out.push_str(&text),
                Some(at) => out.push_str(&text[at..]),
                None => {}
            }
        }
    }
}

/// `cargo xtask docs` writes it anew.
#[test]
fn the_reference_lists_every_limit() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/limits.md");
    let mut page = String::from(
        "# Limits\n\nWhat one input, request or query may use. An error about a limit names its id, and nothing is changed.\n\
         `cargo xtask docs` writes this page from crates/model/src/limits.rs; a test compares them.\n\n| limit | value | what is bounded | why |\n|---|--:|---|---|\n",
    );
    for limit in ALL {
        let _ = writeln!(page, "| `{}` | {} | {} | {} |", limit.id, limit.amount(), limit.bounds, limit.reason);
    }
    if std::env::var_os("TOLLGATE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "docs/reference/limits.md is old: run `cargo xtask docs`");
}
