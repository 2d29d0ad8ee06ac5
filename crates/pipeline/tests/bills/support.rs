//! A store in memory, files of FOCUS and Azure, and what counts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tollgate_lake::Lake;
use tollgate_ledger::conformance::TestClock;
use tollgate_ledger::{Ledger, MemoryTable, Table};
use tollgate_model::{Amount, Day};
use tollgate_pipeline::{Actor, Context, IngestOptions, IngestReport, PipelineError, State, ingest, open_files};
use tollgate_policy::Policy;
use tollgate_sources::ReadOptions;

/// The person who rolls imports back.
pub(crate) fn actor() -> Actor {
    Actor::on_command_line("jane")
}

pub(crate) struct Store {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) context: Context,
    clock: Arc<TestClock>,
}

/// One row of a bill: day, account, resource, cost.
pub(crate) type Row = (String, String, String, String);

impl Store {
    pub(crate) fn new() -> Self {
        Self::on(|memory| Arc::new(memory))
    }

    /// A store on a table that is made of one in memory.
    pub(crate) fn on(table: impl FnOnce(MemoryTable) -> Arc<dyn Table>) -> Self {
        let clock = TestClock::at(1_795_219_200);
        let state = State {
            ledger: Ledger::new(table(MemoryTable::new(clock.clone())), "test"),
            policy: Arc::new(Policy::without_file()),
            clock: clock.clone(),
            run: "test".into(),
        };
        Self { folder: tempfile::tempdir().unwrap(), context: Context { state, lake: Lake::in_memory() }, clock }
    }

    pub(crate) async fn ingest(&self, paths: &[PathBuf]) -> Result<IngestReport, PipelineError> {
        self.ingest_with(paths, IngestOptions::default()).await
    }

    pub(crate) async fn ingest_with(
        &self,
        paths: &[PathBuf],
        options: IngestOptions,
    ) -> Result<IngestReport, PipelineError> {
        self.clock.advance(60);
        let inputs = open_files(paths, &ReadOptions::default())?;
        let options = IngestOptions { workers: 1, ..options };
        ingest(&self.context, inputs, &options, Arc::new(|_, _, _| {})).await
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// BilledCost and EffectiveCost of each month, over everything that counts: in the lake, and in the series.
    pub(crate) async fn months(&self) -> BTreeMap<String, (String, String)> {
        let mut lake: BTreeMap<String, (Amount, Amount)> = BTreeMap::new();
        let mut series = lake.clone();
        for current in self.context.state.ledger.periods().await.unwrap() {
            let revision = &current.revision;
            let found = self.context.lake.revision_totals(revision, &current.parts).await.unwrap();
            let sum = |totals: &tollgate_model::Totals| {
                totals.iter().map(|m| m.amount).fold(Amount::ZERO, Amount::saturating_add)
            };
            add(&mut lake, revision.period.to_string(), sum(&found.billed), sum(&found.effective));
            for month in self.context.state.ledger.series(&current).await.unwrap() {
                for cost in month.days.values() {
                    add(&mut series, revision.period.to_string(), cost.billed, cost.effective);
                }
            }
        }
        assert_eq!(lake, series, "the series differ from the lake");
        lake.into_iter().map(|(month, (a, b))| (month, (a.to_string(), b.to_string()))).collect()
    }

    /// BilledCost of each month that counts.
    pub(crate) async fn billed(&self) -> Vec<String> {
        self.months().await.into_iter().map(|(month, (billed, _))| format!("{month} {billed}")).collect()
    }

    /// EffectiveCost of each day that counts.
    pub(crate) async fn days(&self) -> BTreeMap<Day, Amount> {
        let mut out: BTreeMap<Day, Amount> = BTreeMap::new();
        for current in self.context.state.ledger.periods().await.unwrap() {
            for month in self.context.state.ledger.series(&current).await.unwrap() {
                for (day, cost) in month.days {
                    let sum = out.entry(day).or_default();
                    *sum = sum.saturating_add(cost.effective);
                }
            }
        }
        out
    }
}

fn add(sums: &mut BTreeMap<String, (Amount, Amount)>, month: String, billed: Amount, effective: Amount) {
    let sum = sums.entry(month).or_default();
    *sum = (sum.0.saturating_add(billed), sum.1.saturating_add(effective));
}

/// A FOCUS file of an account of AWS.
pub(crate) fn focus(rows: &[Row]) -> String {
    let rows: Vec<(String, &Row)> = rows.iter().map(|row| (row.0[..7].to_owned(), row)).collect();
    focus_of(&rows)
}

/// A FOCUS file whose rows name their billing month.
pub(crate) fn focus_of(rows: &[(String, &Row)]) -> String {
    let mut text = String::from(
        "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,\
         ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,SubAccountId,ResourceId\n",
    );
    for (month, (day, account, resource, cost)) in rows {
        let month: tollgate_model::BillingPeriod = month.parse().unwrap();
        let day: Day = day.parse().unwrap();
        text += &format!(
            "{cost},{cost},1,USD,{},{},{day},{},Usage,AWS,EC2,{account},{resource}\n",
            month.first_day(),
            month.next().first_day(),
            day.plus(1)
        );
    }
    text
}

pub(crate) fn row(day: &str, account: &str, resource: &str, cost: &str) -> Row {
    (day.to_owned(), account.to_owned(), resource.to_owned(), cost.to_owned())
}

/// A row a day of October, from one day to another.
pub(crate) fn october(days: std::ops::RangeInclusive<u32>, account: &str, cost: &str) -> Vec<Row> {
    days.map(|day| row(&format!("2026-10-{day:02}"), account, "r1", cost)).collect()
}

/// The folder of bills that go wrong. Tests that need it are ignored by name.
pub(crate) fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases/billing").join(name)
}
