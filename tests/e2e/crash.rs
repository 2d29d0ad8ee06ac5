//! Killed at any instant, an import leaves the old charges or the new ones, never half, and running it again does the rest.

use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, RenameOptions, Result as StoreResult,
};
use tollgate_lake::{Cell, Lake};
use tollgate_ledger::{Item, Key, Ledger, LedgerError, Page, Query, Table, Write};
use tollgate_model::{Amount, Currency};
use tollgate_pipeline::{Context, Input, State, ingest, sql};
use tollgate_sources::ReadOptions;

use crate::support::{Store, binary, focus, options};

/// Steps that are still taken; after them nothing happens any more, as if the process were gone.
#[derive(Debug)]
struct Life(AtomicUsize);

impl Life {
    fn step(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

#[derive(Debug)]
struct DyingStore(Arc<dyn ObjectStore>, Arc<Life>);

impl DyingStore {
    fn step(&self) -> StoreResult<()> {
        let dead = || object_store::Error::Generic { store: "dying", source: "the process was killed".into() };
        if self.1.step() { Ok(()) } else { Err(dead()) }
    }
}

impl fmt::Display for DyingStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("dying")
    }
}

#[async_trait]
impl ObjectStore for DyingStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> StoreResult<PutResult> {
        self.step()?;
        self.0.put_opts(location, payload, opts).await
    }
    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.step()?;
        self.0.put_multipart_opts(location, opts).await
    }
    async fn get_opts(&self, location: &Path, options: GetOptions) -> StoreResult<GetResult> {
        self.step()?;
        self.0.get_opts(location, options).await
    }
    fn delete_stream(&self, locations: BoxStream<'static, StoreResult<Path>>) -> BoxStream<'static, StoreResult<Path>> {
        match self.step() {
            Ok(()) => self.0.delete_stream(locations),
            Err(error) => Box::pin(futures::stream::once(async { Err(error) })),
        }
    }
    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.0.list(prefix)
    }
    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
        self.0.list_with_delimiter(prefix).await
    }
    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
        self.step()?;
        self.0.copy_opts(from, to, options).await
    }
    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> StoreResult<()> {
        self.step()?;
        self.0.rename_opts(from, to, options).await
    }
}

struct DyingTable(Arc<dyn Table>, Arc<Life>);

impl DyingTable {
    fn step(&self) -> Result<(), LedgerError> {
        if self.1.step() { Ok(()) } else { Err(LedgerError::Unavailable("the process was killed".into())) }
    }
}

#[async_trait]
impl Table for DyingTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, LedgerError> {
        self.step()?;
        self.0.get(key).await
    }
    async fn transact(&self, writes: Vec<Write>) -> Result<(), LedgerError> {
        self.step()?;
        self.0.transact(writes).await
    }
    async fn put_all(&self, items: Vec<Item>) -> Result<(), LedgerError> {
        // Not a transaction: one item at a time may be there.
        for item in items {
            self.step()?;
            self.0.put_all(vec![item]).await?;
        }
        Ok(())
    }
    async fn delete_all(&self, keys: Vec<Key>) -> Result<(), LedgerError> {
        for key in keys {
            self.step()?;
            self.0.delete_all(vec![key]).await?;
        }
        Ok(())
    }
    async fn query(&self, query: &Query) -> Result<Page, LedgerError> {
        self.step()?;
        self.0.query(query).await
    }
    async fn query_index(&self, query: &Query) -> Result<Page, LedgerError> {
        self.step()?;
        self.0.query_index(query).await
    }
}

fn revision(n: i64) -> String {
    let cost = n.to_string();
    let rows = [("2026-10-01", "EC2"), ("2026-10-02", "EC2"), ("2026-10-02", "S3"), ("2026-10-03", "RDS")];
    focus(&rows.map(|(day, service)| (day, service, cost.as_str(), "Usage")))
}

/// What a reader sees: the sum of the lake and the sum of the ledger's series.
async fn seen(context: &Context) -> (String, Amount) {
    let Cell::Number(lake) =
        sql(context, "select coalesce(sum(BilledCost), 0) from charges").await.unwrap().rows.remove(0).remove(0)
    else {
        panic!("no sum")
    };
    let mut ledger = Amount::ZERO;
    for current in context.state.ledger.periods().await.unwrap() {
        for series in context.state.ledger.series(&current).await.unwrap() {
            assert_eq!(series.key.currency, Currency::USD);
            ledger = series.days.values().fold(ledger, |sum, c| sum.checked_add(c.billed).unwrap());
        }
    }
    (lake, ledger)
}

#[tokio::test]
async fn a_reader_never_sees_half_a_revision_wherever_the_writer_dies() {
    let (old, new) = (("16".to_owned(), Amount::whole(16)), ("32".to_owned(), Amount::whole(32)));
    let mut died = 0;
    for steps in 0.. {
        let store = Store::new();
        // Two revisions before, so that the third has one to forget.
        store.ingest_text("first.csv", revision(5)).await.unwrap();
        store.ingest_text("old.csv", revision(4)).await.unwrap();
        assert_eq!(seen(&store.context).await, old);

        let life = Arc::new(Life(AtomicUsize::new(steps)));
        let folder = object_store::local::LocalFileSystem::new_with_prefix(store.folder.path().join("lake")).unwrap();
        let table = Arc::new(DyingTable(Arc::clone(store.context.state.ledger.table()), Arc::clone(&life)));
        let dying = Context {
            state: State { ledger: Ledger::new(table, "test"), ..store.context.state.clone() },
            lake: Lake::on(Arc::new(DyingStore(Arc::new(folder), life))),
        };
        let path = store.folder.path().join("new.csv");
        std::fs::write(&path, revision(8)).unwrap();
        let inputs = vec![Input::file(&path, &ReadOptions::default()).unwrap()];
        let result = ingest(&dying, inputs, &options(), Arc::new(|_, _, _| {})).await;

        let after = seen(&store.context).await;
        assert!(after == old || after == new, "after {steps} steps a reader sees {after:?}");
        store.ingest(&[path]).await.unwrap();
        assert_eq!(seen(&store.context).await, new, "after {steps} steps and another try");
        match result {
            Ok(_) => break,
            Err(_) => died += 1,
        }
    }
    assert!(died >= 12, "the writer takes more steps than {died}");
}

#[test]
fn a_killed_process_leaves_a_store_that_reads() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let write = |name: &str, cost: &str| -> PathBuf {
        let path = folder.path().join(name);
        let days: Vec<String> = (1..=28).map(|d| format!("2026-10-{d:02}")).collect();
        let services: Vec<String> = (0..400).map(|s| format!("Service {s}")).collect();
        let rows: Vec<(&str, &str, &str, &str)> =
            days.iter().flat_map(|d| services.iter().map(move |s| (d.as_str(), s.as_str(), cost, "Usage"))).collect();
        std::fs::write(&path, focus(&rows)).unwrap();
        path
    };
    let (one, two) = (write("one.csv", "1"), write("two.csv", "1.2"));
    let tollgate = |args: &[&std::ffi::OsStr]| {
        let mut command = Command::new(binary());
        command.arg("--store").arg(&store).args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    assert!(tollgate(&["ingest".as_ref(), one.as_ref()]).output().unwrap().status.success());
    let sum = || {
        let out =
            tollgate(&["--format", "csv", "sql", "select sum(BilledCost) s from charges"].map(std::ffi::OsStr::new))
                .output()
                .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().lines().nth(1).unwrap().to_owned()
    };
    let mut expected = "11200".to_owned();
    for (round, delay) in [10u64, 40, 80, 150, 250, 400].into_iter().enumerate() {
        let next = if round % 2 == 0 { &two } else { &one };
        let mut child = tollgate(&["ingest".as_ref(), next.as_ref()]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        // A process that has finished already cannot be killed; that is one of the instants too.
        let _ = child.kill();
        child.wait().unwrap();
        let after = sum();
        let new = if round % 2 == 0 { "13440" } else { "11200" };
        assert!(after == expected || after == new, "killed after {delay} ms: {after}");
        expected = after;
    }
    assert!(tollgate(&["ingest".as_ref(), two.as_ref()]).output().unwrap().status.success());
    assert_eq!(sum(), "13440");
}
