//! A generated month of charges, imported into a store in memory: two providers, two currencies, charges of hours, days and months,
//! corrections, credits, commitments, missing values and tags in every form.

use std::fmt::Write as _;
use std::sync::Arc;

use tollgate_lake::Lake;
use tollgate_ledger::conformance::TestClock;
use tollgate_ledger::{Ledger, MemoryTable};
use tollgate_policy::Policy;
use tollgate_sources::ReadOptions;

use crate::{Context, IngestOptions, State, ingest, open_files};

/// The dimensions and exchange rates of the store.
const POLICY: &str = r#"
defaults {
  currency = "USD"
}
dimension "team" {
  value   = lower(coalesce(charge.tags.team, charge.tags.Team))
  default = "unallocated"
}
dimension "environment" {
  value   = contains(charge.sub_account_name, "prod") ? "production" : charge.tags["env"]
  default = "unknown"
}
rates "2026-01-01" {
  base = "USD"
  EUR  = 1.0832
}
rates "2026-10-14" {
  base = "USD"
  EUR  = 1.1177
}
"#;

/// Random numbers that are the same in every run.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        // xorshift64*. Source: S. Vigna, "An experimental exploration of Marsaglia's xorshift generators", 2016.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }

    pub(super) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }
}

/// One row of the bill. Empty text is no value.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) cells: Vec<(&'static str, String)>,
}

impl Row {
    pub(super) fn get(&self, column: &str) -> Option<&str> {
        let found = self.cells.iter().find(|(name, _)| *name == column).map(|(_, text)| text.as_str());
        found.filter(|text| !text.is_empty())
    }
}

/// A store with the month of October 2026.
pub(super) struct Month {
    pub(super) context: Context,
    pub(super) rows: Vec<Row>,
}

const SERVICES: [&str; 5] = ["Amazon EC2", "Amazon S3", "AWS Lambda, Edge", "100%_off", "O'Reilly"];
const TAGS: [&str; 7] = [
    r#"{"team":"Checkout","env":"prod"}"#,
    r#"{"team":"search","owner":"ann"}"#,
    r#"{"Team":"SEARCH","env":"dev","owner":""}"#,
    r#"{"owner":true}"#,
    "{}",
    "",
    r#"{"team":"","a\"b":"x"}"#,
];
/// Start and end of charge periods: hours, days, days of another time zone, weeks, months, a year, days of another month.
const TIMES: [(&str, &str); 12] = [
    ("2026-10-01T00:00:00Z", "2026-10-01T01:00:00Z"),
    ("2026-10-13T23:00:00Z", "2026-10-14T00:00:00Z"),
    ("2026-10-31T23:00:00Z", "2026-11-01T00:00:00Z"),
    ("2026-10-14T00:00:00Z", "2026-10-15T00:00:00Z"),
    ("2026-10-20T07:00:00Z", "2026-10-21T07:00:00Z"),
    ("2026-10-25T00:00:00Z", "2026-10-26T12:00:00Z"),
    ("2026-10-05T00:00:00Z", "2026-10-12T00:00:00Z"),
    ("2026-10-10T12:00:00Z", "2026-10-17T06:30:00Z"),
    ("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"),
    ("2026-03-01T00:00:00Z", "2027-03-01T00:00:00Z"),
    ("2026-10-01T00:00:00Z", "2299-01-01T00:00:00Z"),
    ("2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z"),
];
const AMOUNTS: [&str; 9] = [
    "10",
    "0.1",
    "3.333333333333333333",
    "0.000000000000000000000007",
    "-2.5",
    "0",
    "123456.789",
    "0.0000012",
    "99999.999999999999999999999999",
];

fn row(random: &mut Random) -> Row {
    let provider = *random.pick(&["AWS", "AWS", "Microsoft"]);
    let currency = if provider == "AWS" { "USD" } else { "EUR" };
    let account = *random.pick(&[("1", "prod-shop"), ("2", "sandbox"), ("3", "")]);
    let (start, end) = *random.pick(&TIMES);
    let is_earlier = start.starts_with("2026-09");
    let category = *random.pick(&["Usage", "Usage", "Usage", "Purchase", "Tax", "Credit", "Adjustment"]);
    let class = if is_earlier || random.below(12) == 0 { "Correction" } else { "" };
    let status = if category == "Usage" { *random.pick(&["", "", "Used", "Unused"]) } else { "" };
    let commitment = if status.is_empty() { "" } else { "sp-1" };
    let amount = |random: &mut Random| random.pick(&AMOUNTS).to_string();
    let maybe = |random: &mut Random, text: String| if random.below(4) == 0 { String::new() } else { text };
    let (list, contracted) = (amount(random), amount(random));
    let resource = format!("r-{}", random.below(9));
    let cells = vec![
        ("BilledCost", amount(random)),
        ("EffectiveCost", amount(random)),
        ("ListCost", maybe(random, list)),
        ("ContractedCost", maybe(random, contracted)),
        ("BillingCurrency", currency.to_owned()),
        ("ChargeCategory", category.to_owned()),
        ("ChargeClass", class.to_owned()),
        ("ChargePeriodStart", start.to_owned()),
        ("ChargePeriodEnd", end.to_owned()),
        ("BillingPeriodStart", "2026-10-01T00:00:00Z".to_owned()),
        ("BillingPeriodEnd", "2026-11-01T00:00:00Z".to_owned()),
        ("ProviderName", provider.to_owned()),
        ("BillingAccountId", format!("payer-{provider}")),
        ("SubAccountId", account.0.to_owned()),
        ("SubAccountName", account.1.to_owned()),
        ("ServiceName", random.pick(&SERVICES).to_string()),
        ("ServiceCategory", random.pick(&["Compute", "Storage"]).to_string()),
        ("RegionId", random.pick(&["eu-central-1", "us-east-1", ""]).to_string()),
        ("ResourceId", maybe(random, resource)),
        ("CommitmentDiscountId", commitment.to_owned()),
        ("CommitmentDiscountStatus", status.to_owned()),
        ("SkuMeter", random.pick(&["BoxUsage:m5.large", "BoxUsage:m5.xlarge", "Requests", ""]).to_string()),
        ("PricingQuantity", random.pick(&["1", "2.5", "0.000000000000000003", "12345678.9", "0", ""]).to_string()),
        ("PricingUnit", random.pick(&["Hours", "Hours", "Requests"]).to_string()),
        ("Tags", random.pick(&TAGS).to_string()),
    ];
    Row { cells }
}

fn csv(rows: &[Row]) -> String {
    let mut out = rows[0].cells.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(",");
    for row in rows {
        let cells = row.cells.iter().map(|(_, text)| match text.is_empty() {
            true => String::new(),
            false => format!("\"{}\"", text.replace('"', "\"\"")),
        });
        let _ = write!(out, "\n{}", cells.collect::<Vec<_>>().join(","));
    }
    out + "\n"
}

impl Month {
    pub(super) async fn generate(rows: usize) -> Self {
        let mut random = Random::new(0x7011_6a7e);
        Self::of((0..rows).map(|_| row(&mut random)).collect()).await
    }

    /// A store that holds these rows.
    pub(super) async fn of(rows: Vec<Row>) -> Self {
        // 2026-11-10.
        let clock = TestClock::at(1_794_268_800);
        let state = State {
            ledger: Ledger::new(Arc::new(MemoryTable::new(clock.clone())), "test"),
            policy: Arc::new(Policy::parse("t", POLICY).unwrap()),
            clock,
            run: "test".into(),
        };
        let context = Context { state, lake: Lake::in_memory() };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("october.csv");
        std::fs::write(&path, csv(&rows)).unwrap();
        let inputs = open_files(&[path], &ReadOptions::default()).unwrap();
        let options = IngestOptions { workers: 1, ..IngestOptions::default() };
        let report = ingest(&context, inputs, &options, Arc::new(|_, _, _| {})).await.unwrap();
        let imported: u64 = report.files.iter().map(|file| file.rows_kept).sum();
        assert_eq!(imported, rows.len() as u64, "{report:?}");
        Self { context, rows }
    }
}
