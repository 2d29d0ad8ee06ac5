//! `tollgate store check`: files that are missing, damaged or count no longer.

use tollgate_pipeline::{StoreFaultKind, check_store};

use crate::support::{Store, focus};

fn month(cost: &str) -> String {
    focus(&[("2026-10-01", "EC2", cost, "Usage"), ("2026-10-02", "S3", "2", "Usage")])
}

fn files(store: &Store) -> Vec<std::path::PathBuf> {
    fn walk(folder: &std::path::Path, out: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() { walk(&entry.path(), out) } else { out.push(entry.path()) }
        }
    }
    let mut out = Vec::new();
    walk(&store.folder.path().join("lake/charges"), &mut out);
    out.sort();
    out
}

#[tokio::test]
async fn a_store_that_is_whole_is_fine_and_each_fault_is_named() {
    let store = Store::new();
    store.ingest_text("a.csv", month("1")).await.unwrap();
    let check = check_store(&store.context, false).await.unwrap();
    assert!(check.is_intact() && check.orphans.is_empty(), "{check:?}");
    assert_eq!((check.periods, check.files), (1, 1));
    let file = files(&store).remove(0);
    let good = std::fs::read(&file).unwrap();
    // Other content in the place of the file.
    let other = Store::new();
    other.ingest_text("a.csv", month("7")).await.unwrap();
    std::fs::copy(&files(&other)[0], &file).unwrap();
    assert_eq!(check_store(&store.context, false).await.unwrap().faults[0].fault, StoreFaultKind::Sums);
    for at in [good.len() / 2, good.len() - 5] {
        std::fs::write(&file, &good[..at]).unwrap();
        assert_eq!(check_store(&store.context, false).await.unwrap().faults[0].fault, StoreFaultKind::Damaged);
    }
    std::fs::remove_file(&file).unwrap();
    let check = check_store(&store.context, false).await.unwrap();
    assert_eq!((check.faults.len(), check.faults[0].fault), (1, StoreFaultKind::Missing));
    assert!(check.faults[0].message.contains(".parquet is missing"), "{check:?}");
    std::fs::write(&file, good).unwrap();
    assert!(check_store(&store.context, false).await.unwrap().is_intact());
    // Files that no revision has.
    let stray = file.with_file_name("stray.parquet");
    std::fs::write(&stray, b"x").unwrap();
    let check = check_store(&store.context, true).await.unwrap();
    assert_eq!(
        (check.is_intact(), check.orphans.len(), check.removed),
        (true, 1, 0),
        "a file of a moment ago may be of a run"
    );
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(400 * 86_400);
    std::fs::File::options().write(true).open(&stray).unwrap().set_modified(old).unwrap();
    let check = check_store(&store.context, true).await.unwrap();
    assert_eq!((check.orphans.len(), check.removed), (0, 1));
    assert!(!stray.exists() && file.exists());
}

#[tokio::test]
async fn contents_that_come_and_go_leave_no_files() {
    let store = Store::new();
    for round in 0..12 {
        store.ingest_text("a.csv", month(["8", "9", "10"][round % 3])).await.unwrap();
    }
    // The current revision and the one before.
    assert_eq!(files(&store).len(), 2);
    for _ in 0..6 {
        store.ingest_text("a.csv", month("8")).await.unwrap();
        store.ingest_text("a.csv", month("9")).await.unwrap();
    }
    assert_eq!(files(&store).len(), 2);
    let check = check_store(&store.context, false).await.unwrap();
    assert!(check.is_intact() && check.orphans.is_empty(), "{check:?}");
}
