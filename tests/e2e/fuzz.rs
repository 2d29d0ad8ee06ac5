//! Readers meet damaged files: they may refuse, never panic, and what they keep they account for.

use proptest::prelude::*;
use tollgate_sources::{ReadOptions, open_file};

use crate::support::focus;

fn read(bytes: &[u8]) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, bytes).unwrap();
    let Ok(mut source) = open_file(&path, &ReadOptions::default()) else { return Ok(()) };
    while let Ok(Some(chunk)) = source.next_chunk() {
        let Ok(parsed) = chunk.parse() else { return Ok(()) };
        prop_assert_eq!(parsed.rows_read + parsed.rows_added, parsed.charges.rows() as u64 + parsed.rows_rejected);
        for row in 0..parsed.charges.rows() {
            prop_assert!(parsed.charges.charge(row).is_some());
        }
    }
    Ok(())
}

fn damaged(good: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = good.len();
    (proptest::collection::vec((0..length, any::<u8>()), 0..8), 0..=length).prop_map(move |(flips, cut)| {
        let mut bytes = good.clone();
        flips.iter().for_each(|(at, byte)| bytes[*at] = *byte);
        bytes.truncate(cut.max(1));
        bytes
    })
}

fn csv() -> Vec<u8> {
    focus(&[
        ("2026-10-01", "\"E,\"\"C2\"", "1.5e-3", "Usage"),
        ("2026-10-02", "S3", "-2", "Credit"),
        ("2026-10-02", "", "1000", "Tax"),
    ])
    .into_bytes()
}

/// A Parquet file as the lake writes it.
fn parquet() -> Vec<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = crate::support::Store::new();
        store.ingest_text("a.csv", csv()).await.unwrap();
        let mut folders = vec![store.folder.path().join("lake")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "parquet") {
                    return std::fs::read(path).unwrap();
                }
            }
        }
        panic!("the lake is empty")
    })
}

#[test]
fn the_lakes_own_files_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, parquet()).unwrap();
    let mut source = open_file(&path, &ReadOptions::default()).unwrap();
    let parsed = source.next_chunk().unwrap().unwrap().parse().unwrap();
    assert_eq!((parsed.rows_read, parsed.charges.rows()), (3, 3));
    assert_eq!(parsed.read.billed.iter().next().unwrap().amount.to_string(), "998.0015");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_csv(bytes in damaged(csv())) {
        read(&bytes)?;
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn damaged_parquet(bytes in damaged(parquet())) {
        read(&bytes)?;
    }
}

/// Words of queries, good and bad.
const WORDS: &[&str] = &[
    "select",
    "from",
    "charges",
    "where",
    "group by",
    "order by",
    "limit",
    "with",
    "as",
    "recursive",
    "union all",
    "join",
    "on",
    "in",
    "(",
    ")",
    ",",
    "*",
    "+",
    "-",
    "/",
    "=",
    "<",
    "'",
    "\"",
    "1",
    "0",
    "1e309",
    "null",
    "case",
    "when",
    "then",
    "end",
    "sum(",
    "count(",
    "cast(",
    "bigint",
    "over (",
    "partition by",
    "BilledCost",
    "ServiceName",
    "'EC2'",
    "between",
    "and",
    "or",
    "not",
    "like",
    "is",
    "interval '1' day",
    "date '2026-10-01'",
    "drop table",
    ";",
    "explain",
    "[",
    "]",
    "{",
    "}",
    "::",
    "a",
    "b",
    "unnest(",
    "exists (",
    "distinct",
    "having",
    "--",
    "/*",
    "$1",
    "?",
    "\u{202e}",
    "set",
    "values",
];

proptest! {
    #[test]
    fn no_query_makes_the_engine_panic(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(tollgate_lake::Lake::in_memory().query(&[], &words.join(" ")));
        if let Err(error) = answer {
            prop_assert!(!error.to_string().contains("stopped unexpectedly"), "{error}");
        }
    }
}
