//! Nothing goes wrong silently: whatever fails while a file is read, what was there stays, whole, and the error says so.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tollgate_model::{Money, SourceId};
use tollgate_pipeline::{Actor, ImportOutcome, Input, PipelineError, ingest, roll_back_import};
use tollgate_sources::{Chunk, CostSource, Parsed, ReadOptions, SourceError, open_file};

use crate::support::{Store, binary, focus, options};

/// A Parquet export of 40 rows in three row groups, without compression.
pub(crate) fn good_parquet() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/parquet/focus-none.parquet")).unwrap()
}

/// The same with a byte changed so that it is refused; by a panic of the reader where one is found.
pub(crate) fn damaged_parquet() -> Vec<u8> {
    let good = good_parquet();
    let mut refused = None;
    for at in (100..good.len() - 8).step_by(7) {
        let mut bytes = good.clone();
        bytes[at] ^= 0xff;
        match std::panic::catch_unwind(|| read(&bytes)) {
            Err(_) => return bytes,
            Ok(Err(_)) => refused = refused.or(Some(bytes)),
            Ok(Ok(_)) => {}
        }
    }
    refused.unwrap()
}

fn read(bytes: &[u8]) -> Result<u64, SourceError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, bytes).unwrap();
    let mut source = open_file(&path, &ReadOptions::default())?;
    let mut rows = 0;
    while let Some(chunk) = source.next_chunk()? {
        rows += chunk.parse()?.rows_read;
    }
    Ok(rows)
}

/// The month of the Parquet export, in its store: revision and sum.
async fn current(store: &Store) -> Option<(String, Vec<Money>)> {
    let source = SourceId::of_account(Some("AWS"), Some("123456789012"));
    let found = store.context.state.ledger.current_period(&source, "2026-10".parse().unwrap()).await.unwrap();
    found.map(|(current, _)| (current.revision.to_string(), current.totals.billed_lake.iter().collect()))
}

/// Where a source fails.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    PanicWhileCutting,
    ErrorWhileCutting,
    PanicWhileParsing,
    OutOfMemoryWhileParsing,
    EarlyEnd,
    TooManyRows,
}

const STAGES: [Stage; 6] = [
    Stage::PanicWhileCutting,
    Stage::ErrorWhileCutting,
    Stage::PanicWhileParsing,
    Stage::OutOfMemoryWhileParsing,
    Stage::EarlyEnd,
    Stage::TooManyRows,
];

/// A real source that fails at its n-th piece.
struct Failing {
    inner: Box<dyn CostSource>,
    stage: Stage,
    at: usize,
    given: usize,
}

struct FailingChunk(Box<dyn Chunk>, Option<Stage>);

impl Chunk for FailingChunk {
    fn parse(self: Box<Self>) -> Result<Parsed, SourceError> {
        match self.1 {
            Some(Stage::PanicWhileParsing) => panic!("injected"),
            // What zstd says when memory is short.
            Some(Stage::OutOfMemoryWhileParsing) => panic!("zstd returned null pointer when creating new context"),
            Some(Stage::TooManyRows) => {
                let mut parsed = self.0.parse()?;
                parsed.rows_read += 1;
                Ok(parsed)
            }
            _ => self.0.parse(),
        }
    }
}

impl CostSource for Failing {
    fn describe(&self) -> String {
        self.inner.describe()
    }
    fn progress(&self) -> (u64, Option<u64>) {
        self.inner.progress()
    }
    fn stated_rows(&self) -> Option<u64> {
        self.inner.stated_rows()
    }
    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>, SourceError> {
        let here = self.given == self.at;
        self.given += 1;
        match self.stage {
            Stage::PanicWhileCutting if here => panic!("injected"),
            Stage::ErrorWhileCutting if here => Err(SourceError::Empty("x".into())),
            Stage::EarlyEnd if here => Ok(None),
            stage => {
                let chunk = self.inner.next_chunk()?;
                Ok(chunk.map(|c| Box::new(FailingChunk(c, here.then_some(stage))) as Box<dyn Chunk>))
            }
        }
    }
}

/// The use case that the command line and the function share.
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_at_any_stage_of_reading_changes_nothing() {
    let store = Store::new();
    store.ingest_text("good.parquet", good_parquet()).await.unwrap();
    let before = current(&store).await;
    assert!(before.is_some());
    let path = store.folder.path().join("good.parquet");
    for stage in STAGES {
        for at in 0..3 {
            let inner = open_file(&path, &ReadOptions::default()).unwrap();
            let source = Box::new(Failing { inner, stage, at, given: 0 });
            let input = Input { name: "good.parquet".to_owned(), source };
            let result = ingest(&store.context, vec![input], &options(), Arc::new(|_, _, _| {})).await;
            assert!(matches!(result, Err(PipelineError::Source(_))), "{stage:?} at {at}: {result:?}");
            assert_eq!(current(&store).await, before, "{stage:?} at {at}");
        }
    }
    // Nothing that was staged is left, and the next import works.
    assert!(store.context.lake.stored().await.unwrap().iter().all(|f| f.path.starts_with("charges/")));
    store.ingest_text("again.parquet", good_parquet()).await.unwrap();
    assert_eq!(current(&store).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_changed_byte_of_a_parquet_file_loses_money() {
    let store = Store::new();
    store.ingest_text("good.parquet", good_parquet()).await.unwrap();
    let good = good_parquet();
    let before = current(&store).await;
    let mut refused = 0;
    for at in (4..good.len()).step_by(61) {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        match store.ingest_text("bad.parquet", bytes).await {
            Err(_) => {
                refused += 1;
                assert_eq!(current(&store).await, before, "byte {at}");
            }
            // A value may be another, or a row be rejected by name; none is lost.
            Ok(report) => {
                let file = &report.files[0];
                assert_eq!(file.rows_read, 40, "byte {at}");
                assert_eq!(file.rows_kept + file.rows_rejected, 40, "byte {at}");
                if report.periods.iter().any(|p| p.outcome != ImportOutcome::Unchanged) {
                    roll_back_import(&store.context, &Actor::on_command_line("jane"), &report.import).await.unwrap();
                }
                assert_eq!(current(&store).await, before, "byte {at}");
            }
        }
    }
    assert!(refused > 20, "{refused}");
}

fn tollgate(store: &Path, prefix: &str, arguments: &str) -> (i32, String) {
    let command = format!("{prefix} exec {} --store {} {arguments}", binary().display(), store.display());
    let mut shell = Command::new("bash");
    let out = shell.args(["-c", &command]).env("RUST_BACKTRACE", "0").env("NO_COLOR", "1").output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    (out.status.code().unwrap_or(-1), said)
}

#[test]
fn the_program_refuses_a_damaged_file_and_says_so_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let write = |name: &str, bytes: Vec<u8>| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let (good, bad) = (write("good.parquet", good_parquet()), write("bad.parquet", damaged_parquet()));
    assert_eq!(tollgate(&store, "", &format!("ingest {}", good.display())).0, 0);
    let (code, said) = tollgate(&store, "", &format!("ingest {}", bad.display()));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("hint:") && said.contains("Nothing was changed") && !said.contains("panicked"), "{said}");
    let (_, sum) = tollgate(&store, "", "sql 'select count(*) n, sum(BilledCost) s from charges' --format csv");
    assert!(sum.contains("40,50"), "{sum}");
}

/// Memory that runs out at any point: the program may fail, and what it says is true.
#[test]
fn memory_that_runs_out_changes_nothing_or_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let rows: Vec<(&str, &str, &str, &str)> = vec![("2026-10-01", "EC2", "1", "Usage"); 20_000];
    let (small, large) = (folder.path().join("small.csv"), folder.path().join("large.csv"));
    std::fs::write(&small, focus(&rows[..10])).unwrap();
    std::fs::write(&large, focus(&rows)).unwrap();
    let (mut failed, mut done) = (0, 0);
    for kib in [90_000, 140_000, 180_000, 220_000, 300_000, 400_000, 600_000, 1_200_000, 8_000_000] {
        assert_eq!(tollgate(&store, "", &format!("ingest --replace {}", small.display())).0, 0);
        let limit = format!("ulimit -c 0; ulimit -v {kib};");
        let (code, said) = tollgate(&store, &limit, &format!("ingest {}", large.display()));
        let (_, rows) = tollgate(&store, "", "sql 'select count(*) n from charges' --format csv");
        let rows = rows.lines().last().unwrap().to_owned();
        match code {
            0 => {
                done += 1;
                assert_eq!(rows, "20000", "{kib} KiB: {said}");
            }
            _ => {
                failed += 1;
                assert_eq!(rows, "10", "{kib} KiB: {said}");
            }
        }
    }
    assert!(failed > 0 && done > 0, "{failed} failed, {done} done");
}

#[tokio::test]
async fn accounts_with_names_that_look_alike_keep_their_money() {
    let store = Store::new();
    let accounts = [
        ("阿里云", "部门甲", "1000"),
        ("腾讯云", "部门乙", "7"),
        ("AWS", "Acme/Prod", "500"),
        ("aws", "acme prod", "3"),
        ("AWS", "acme-prod", "2"),
        ("AWS", "123456789012", "11"),
    ];
    let long = ["x".repeat(150), "x".repeat(151)];
    let accounts: Vec<(&str, &str, &str)> =
        accounts.into_iter().chain([("AWS", long[0].as_str(), "13"), ("AWS", long[1].as_str(), "17")]).collect();
    for (number, (provider, account, cost)) in accounts.iter().enumerate() {
        let text = focus(&[("2026-10-01", "EC2", cost, "Usage")]).replace(",1,USD,", &format!(",{account},USD,"));
        let text = text.replace(",AWS,", &format!(",{provider},"));
        store.ingest_text(&format!("{number}.csv"), text).await.unwrap();
    }
    let answer = tollgate_pipeline::sql(&store.context, "select sum(BilledCost) from charges").await.unwrap();
    assert_eq!(answer.rows, [[tollgate_lake::Cell::Number("1553".into())]]);
    assert_eq!(store.context.state.ledger.periods().await.unwrap().len(), accounts.len());
}

#[tokio::test]
async fn charges_of_another_account_do_not_replace_a_source() {
    let store = Store::new();
    let with =
        |account: &str| focus(&[("2026-10-01", "EC2", "5", "Usage")]).replace(",1,USD,", &format!(",{account},USD,"));
    let mut named = options();
    named.source = Some("mine".parse().unwrap());
    let import = |text: String| {
        let (path, named, context) = (store.folder.path().join("x.csv"), named.clone(), store.context.clone());
        async move {
            std::fs::write(&path, text).unwrap();
            let input = Input::file(&path, &ReadOptions::default()).unwrap();
            ingest(&context, vec![input], &named, Arc::new(|_, _, _| {})).await
        }
    };
    import(with("111")).await.unwrap();
    let error = import(with("222")).await.unwrap_err();
    assert!(matches!(error, PipelineError::OtherAccount { .. }), "{error}");
    assert!(error.to_string().contains("111") && error.to_string().contains("222"), "{error}");
    // More accounts than before are still that source's.
    import(with("111") + with("222").lines().nth(1).unwrap() + "\n").await.unwrap();
    let files = store.context.lake.stored().await.unwrap();
    assert_eq!(files.len(), 2, "what was refused left a file: {files:?}");
}

/// Charges under the name that they had before names were unique.
async fn under_an_older_name(store: &Store, older: &SourceId, text: &str) {
    let path = store.folder.path().join("x.csv");
    std::fs::write(&path, text).unwrap();
    let mut named = options();
    named.source = Some(older.clone());
    let input = Input::file(&path, &ReadOptions::default()).unwrap();
    ingest(&store.context, vec![input], &named, Arc::new(|_, _, _| {})).await.unwrap();
}

/// A store from before names were unique keeps its names, and its months are not counted twice.
#[tokio::test]
async fn a_month_under_an_older_name_stays_under_it() {
    let account = focus(&[("2026-10-01", "EC2", "5", "Usage")]).replace(",1,USD,", ",Acme/Prod,USD,");
    let nobody = account.replace(",Acme/Prod,USD,", ",,USD,").replace(",AWS,", ",,");
    for (older, text) in [
        (SourceId::legacy_of_account(Some("AWS"), Some("Acme/Prod")), account),
        (SourceId::legacy_of_account(Some("file"), Some("x.csv")), nobody),
    ] {
        let store = Store::new();
        under_an_older_name(&store, &older, &text).await;
        store.ingest_text("x.csv", text.replace("5,5,", "6,6,")).await.unwrap();
        let periods = store.context.state.ledger.periods().await.unwrap();
        assert_eq!(periods.iter().map(|p| &p.revision.source).collect::<Vec<_>>(), [&older]);
    }
}

/// Two accounts that had one name: beside it, the new names would count their charges twice.
#[tokio::test]
async fn a_name_that_two_accounts_had_is_not_added_to() {
    let one = focus(&[("2026-10-01", "EC2", "5", "Usage")]).replace(",1,USD,", ",Acme/Prod,USD,");
    let other = focus(&[("2026-10-01", "EC2", "7", "Usage")]).replace(",1,USD,", ",Acme Prod,USD,");
    let both = one.clone() + other.split_once('\n').unwrap().1;
    let store = Store::new();
    let older = SourceId::legacy_of_account(Some("AWS"), Some("Acme/Prod"));
    under_an_older_name(&store, &older, &both).await;
    let before = store.context.state.ledger.periods().await.unwrap();
    for text in [&one, &both] {
        let error = store.ingest_text("x.csv", text).await.unwrap_err().to_string();
        assert!(error.contains("--source aws-acme-prod"), "{error}");
    }
    assert_eq!(store.context.state.ledger.periods().await.unwrap(), before);
}

/// A full disk, by a file system of its own: a clear message, nothing changed, and it works again with room.
#[test]
#[ignore = "needs the right to mount a file system: run `cargo xtask test`"]
fn a_full_disk_is_named_and_nothing_changes() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<(&str, &str, &str, &str)> = vec![("2026-10-01", "EC2", "1", "Usage"); 10];
    let small = folder.path().join("small.csv");
    std::fs::write(&small, focus(&rows)).unwrap();
    // Many services make many series: the ledger needs room, not the lake alone.
    let names: Vec<String> = (0..30_000).map(|n| format!("service-{n}")).collect();
    let many: Vec<(&str, &str, &str, &str)> = names.iter().map(|n| ("2026-10-01", n.as_str(), "1", "Usage")).collect();
    let large = folder.path().join("large.csv");
    std::fs::write(&large, focus(&many)).unwrap();
    let disk = folder.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let script = |size: &str, rest: &str| format!("mount -t tmpfs -o size={size} none {} && {rest}", disk.display());
    let run = |size: &str, rest: &str| {
        let out = Command::new("unshare").args(["-m", "bash", "-c", &script(size, rest)]).output();
        out.map(|o| {
            (o.status.success(), String::from_utf8_lossy(&o.stdout).into_owned() + &String::from_utf8_lossy(&o.stderr))
        })
    };
    let program = format!("{} --store {}/store", binary().display(), disk.display());
    let count = format!("{program} sql 'select count(*) n from charges' --format csv | tail -1");
    let steps = format!(
        "{program} ingest {} > /dev/null; echo first=$?; {program} ingest {} > {}/out 2>&1; echo second=$?; cat {}/out; echo rows=$({count}); \
         mount -o remount,size=400m {}; {program} ingest {} > /dev/null 2>&1; echo third=$?; echo after=$({count})",
        small.display(),
        large.display(),
        folder.path().display(),
        folder.path().display(),
        disk.display(),
        large.display()
    );
    let (_, said) = run("6m", &steps).unwrap();
    assert!(said.contains("first=0") && said.contains("second=1"), "{said}");
    assert!(said.to_lowercase().contains("no room") || said.contains("No space left"), "{said}");
    assert!(said.contains("hint:") && !said.contains("not a Tollgate store"), "{said}");
    assert!(said.contains("rows=10") && said.contains("third=0") && said.contains("after=30000"), "{said}");
}
