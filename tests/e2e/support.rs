//! What several tests need: a store in a folder of its own, the corpus, the binary.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tollgate_lake::Lake;
use tollgate_ledger::conformance::TestClock;
use tollgate_ledger::{Ledger, SqliteTable};
use tollgate_pipeline::{Context, IngestOptions, IngestReport, PipelineError, State, ingest, open_files};
use tollgate_policy::Policy;
use tollgate_sources::ReadOptions;

/// 2026-11-21T00:00:00Z.
pub(crate) const NOW: i64 = 1_795_219_200;

/// A store that is gone with the test.
pub(crate) struct Store {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) context: Context,
}

impl Store {
    pub(crate) fn new() -> Self {
        Self::with_policy("")
    }

    pub(crate) fn with_policy(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::at(NOW);
        let table = SqliteTable::open(&folder.path().join("ledger.db"), clock.clone()).unwrap();
        let state = State {
            ledger: Ledger::new(Arc::new(table), "test"),
            policy: Arc::new(Policy::parse("test.hcl", text).unwrap()),
            clock,
            run: "test".into(),
        };
        let context = Context { state, lake: Lake::folder(&folder.path().join("lake")).unwrap() };
        Self { folder, context }
    }

    pub(crate) async fn ingest(&self, paths: &[PathBuf]) -> Result<IngestReport, PipelineError> {
        let inputs = open_files(paths, &ReadOptions::default())?;
        ingest(&self.context, inputs, &options(), Arc::new(|_, _, _| {})).await
    }

    /// Writes a file into the store's folder and ingests it.
    pub(crate) async fn ingest_text(&self, name: &str, text: impl AsRef<[u8]>) -> Result<IngestReport, PipelineError> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        self.ingest(&[path]).await
    }
}

pub(crate) fn options() -> IngestOptions {
    IngestOptions { workers: 2, ..IngestOptions::default() }
}

/// The folder of real billing files. Tests that need it are ignored by name.
pub(crate) fn corpus() -> PathBuf {
    let folder = std::env::var_os("TOLLGATE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"), PathBuf::from)
        .join("billing");
    assert!(folder.is_dir(), "{} is not there; TOLLGATE_CORPUS names the folder of the corpus", folder.display());
    folder
}

/// The `tollgate` binary: `cargo test --workspace` builds it for the command line's own tests.
pub(crate) fn binary() -> PathBuf {
    let target = Path::new(&std::env::current_exe().unwrap()).ancestors().nth(2).unwrap().to_owned();
    let path = target.join(format!("tollgate{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "{} is not there; run `cargo test --workspace`", path.display());
    path
}

/// The `policy-gate` binary, beside it.
pub(crate) fn gate_binary() -> PathBuf {
    let path = binary().with_file_name(format!("policy-gate{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "{} is not there; run `cargo test --workspace`", path.display());
    path
}

/// A minimal FOCUS row a line: day, service, billed and effective cost, category.
pub(crate) fn focus(rows: &[(&str, &str, &str, &str)]) -> String {
    let mut text = String::from(
        "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,\
         ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName\n",
    );
    for (day, service, cost, category) in rows {
        let day: tollgate_model::Day = day.parse().unwrap();
        let month = day.month();
        text += &format!(
            "{cost},{cost},1,USD,{},{},{day},{},{category},AWS,{service}\n",
            month.first_day(),
            month.next().first_day(),
            day.plus(1)
        );
    }
    text
}
