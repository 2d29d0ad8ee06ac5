//! Properties: any order and any cut of the same charges into files and calls gives the same lake, or a refusal that says why.

use proptest::prelude::*;
use tollgate_pipeline::{IngestOptions, PipelineError};

use crate::support::{Row, Store, focus, row};

/// Charges of two months and three accounts, each with a resource of its own.
fn charges() -> impl Strategy<Value = Vec<Row>> {
    let charge = (9u32..=10, 1u32..=28, 0usize..3, 1u32..9_999);
    proptest::collection::vec(charge, 2..40).prop_map(|charges| {
        let named = charges.into_iter().enumerate();
        named
            .map(|(number, (month, day, account, cents))| {
                let account = ["a", "b", "c"][account];
                row(
                    &format!("2026-{month:02}-{day:02}"),
                    account,
                    &format!("r{number}"),
                    &format!("{}.{:02}", cents / 100, cents % 100),
                )
            })
            .collect()
    })
}

/// Cuts rows into files and files into calls.
fn cut(rows: &[Row], files: &[usize], of_calls: &[usize], store: &Store) -> Vec<Vec<std::path::PathBuf>> {
    let mut parts: Vec<Vec<Row>> = vec![Vec::new(); 4];
    for (number, row) in rows.iter().enumerate() {
        parts[files[number % files.len()] % 4].push(row.clone());
    }
    let mut calls: Vec<Vec<std::path::PathBuf>> = vec![Vec::new(); 3];
    for (number, part) in parts.iter().enumerate().filter(|(_, part)| !part.is_empty()) {
        let path = store.write(&format!("part-{number}.csv"), &focus(part));
        calls[of_calls[number % of_calls.len()] % 3].push(path);
    }
    calls.into_iter().filter(|call| !call.is_empty()).collect()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn files_of_one_call_are_one_bill_however_they_are_cut(rows in charges(), files in proptest::collection::vec(0usize..4, 1..20)) {
        run(async {
            let whole = Store::new();
            whole.ingest(&[whole.write("whole.csv", &focus(&rows))]).await.unwrap();
            let parts = Store::new();
            let calls = cut(&rows, &files, &[0], &parts);
            let report = parts.ingest(&calls.concat()).await.unwrap();
            prop_assert!(report.left_out.is_empty(), "{:?}", report.left_out);
            prop_assert_eq!(parts.months().await, whole.months().await);
            prop_assert_eq!(parts.days().await, whole.days().await);
            Ok(())
        })?;
    }

    #[test]
    fn calls_are_one_bill_or_refused_and_never_count_twice(
        rows in charges(),
        files in proptest::collection::vec(0usize..4, 1..20),
        of_calls in proptest::collection::vec(0usize..3, 4),
        again in any::<bool>(),
    ) {
        run(async {
            let whole = Store::new();
            whole.ingest(&[whole.write("whole.csv", &focus(&rows))]).await.unwrap();
            let parts = Store::new();
            let mut calls = cut(&rows, &files, &of_calls, &parts);
            if again {
                calls.push(calls[0].clone());
            }
            let mut refused = false;
            for call in &calls {
                match parts.ingest(call).await {
                    Ok(_) => {}
                    Err(PipelineError::Delivery { .. }) => refused = true,
                    Err(error) => prop_assert!(false, "{error}"),
                }
            }
            if !refused {
                prop_assert_eq!(parts.months().await, whole.months().await);
            }
            // All files in one call are the whole bill, whatever was imported before.
            let options = IngestOptions { replace: true, ..IngestOptions::default() };
            let mut all = calls.concat();
            all.sort();
            all.dedup();
            parts.ingest_with(&all, options).await.unwrap();
            prop_assert_eq!(parts.months().await, whole.months().await);
            Ok(())
        })?;
    }

    #[test]
    fn snapshots_of_a_month_in_any_order_are_the_newest(order in Just(vec![1usize, 2, 3, 4]).prop_shuffle(), together in any::<bool>()) {
        run(async {
            let store = Store::new();
            let snapshot = |n: usize| {
                let days = 1..=u32::try_from(n).unwrap() * 7;
                let rows: Vec<Row> = days.flat_map(|day| ["a", "b"].map(|account| row(&format!("2026-10-{day:02}"), account, "r", "3"))).collect();
                store.write(&format!("as-of-{n}.csv"), &focus(&rows))
            };
            let paths: Vec<_> = order.iter().map(|n| snapshot(*n)).collect();
            if together {
                store.ingest(&paths).await.unwrap();
            } else {
                for path in paths {
                    store.ingest(&[path]).await.unwrap();
                }
            }
            prop_assert_eq!(store.billed().await, vec!["2026-10 168".to_owned()]);
            Ok(())
        })?;
    }
}
