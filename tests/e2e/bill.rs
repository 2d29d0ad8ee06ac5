//! What a deployment costs a month, computed from infra/template.yaml: the table of docs/guides/deploy-on-aws.md.

use std::fmt::Write as _;

use tollgate_wiring::metrics::{Metric, Sent};

use crate::alarms::sources;
use crate::template::{Template, root};

/// The most that a month may cost without Cost Explorer, in USD.
const LIMIT: f64 = 8.00;

/// List prices of us-east-1 in USD, as of 2026-11-21, from the pricing page of each service (aws.amazon.com/SERVICE/pricing). No free
/// tier is counted, with the two exceptions that are named where they are used.
mod price {
    /// Amazon CloudWatch: a custom metric a month, prorated by the hours in which it is sent.
    pub(super) const METRIC: f64 = 0.30;
    /// Amazon CloudWatch: a metric of a standard alarm a month.
    pub(super) const ALARM: f64 = 0.10;
    /// Amazon CloudWatch: a metric of GetMetricData.
    pub(super) const METRIC_READ: f64 = 0.01 / 1000.0;
    /// Amazon CloudWatch: a GB of logs ingested.
    pub(super) const LOGS: f64 = 0.50;
    /// AWS Lambda: a GB second on arm64.
    pub(super) const GB_SECOND: f64 = 0.000_013_333_4;
    /// AWS Lambda: a request.
    pub(super) const REQUEST: f64 = 0.20 / 1e6;
    /// AWS Lambda: a GB second of ephemeral storage past 512 MB.
    pub(super) const SCRATCH: f64 = 0.000_000_030_9;
    /// Amazon DynamoDB on demand: a write unit.
    pub(super) const WRITE: f64 = 0.625 / 1e6;
    /// Amazon DynamoDB on demand: a read unit.
    pub(super) const READ: f64 = 0.125 / 1e6;
    /// Amazon DynamoDB: a GB stored a month.
    pub(super) const TABLE_GB: f64 = 0.25;
    /// Amazon DynamoDB: a GB of point-in-time recovery a month.
    pub(super) const RECOVERY_GB: f64 = 0.20;
    /// AWS KMS: a key a month.
    pub(super) const KEY: f64 = 1.00;
    /// AWS Secrets Manager: a secret a month, and a call.
    pub(super) const SECRET: (f64, f64) = (0.40, 0.05 / 10_000.0);
    /// Amazon S3 Standard: a GB a month.
    pub(super) const S3_GB: f64 = 0.023;
    /// Amazon S3: a PUT, COPY, POST or LIST request.
    pub(super) const S3_PUT: f64 = 0.005 / 1000.0;
    /// AWS X-Ray: a trace recorded.
    pub(super) const TRACE: f64 = 5.00 / 1e6;
    /// Amazon EventBridge: a scheduled invocation, or a custom event.
    pub(super) const EVENT: f64 = 1.00 / 1e6;
    /// AWS Cost Explorer: a request.
    pub(super) const COST_EXPLORER: f64 = 0.01;
}

/// The deployment that is computed.
mod usage {
    pub(super) const HOURS: f64 = 730.0;
    pub(super) const DAYS: f64 = 30.0;
    pub(super) const ACCOUNTS: f64 = 10.0;
    pub(super) const SERIES: f64 = 1000.0;
    /// Exports that arrive.
    pub(super) const EXPORTS: f64 = 90.0;
    /// Hours of a month in which a failure is counted, for each metric of failures.
    pub(super) const FAILING_HOURS: f64 = 24.0;
    /// Metrics of resources that `advise` reads a month.
    pub(super) const RESOURCE_METRICS: f64 = 60_000.0;
    /// Messages and requests of the chat a month.
    pub(super) const MESSAGES: f64 = 3000.0;
    /// Items that one run after a revision reads.
    pub(super) const ITEMS_READ: f64 = 13_000.0;
    /// GB in the table, in the lake, and of logs a month.
    pub(super) const GB: (f64, f64, f64) = (1.0, 2.0, 0.2);
}

struct Row {
    what: &'static str,
    arithmetic: String,
    usd: f64,
}

/// A whole number with separators.
fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Invocations a month of a schedule of a function, by `rate(N unit)` in the template or in the default of its parameter.
fn invocations(template: &Template, function: &str, event: &str) -> f64 {
    let text =
        template.text(&["Resources", function, "Properties", "Events", event, "Properties", "ScheduleExpression"]);
    let rate = if text.starts_with("rate(") { text } else { template.text(&["Parameters", &text, "Default"]) };
    let inner = rate.trim_start_matches("rate(").trim_end_matches(')');
    let (number, unit) = inner.split_once(' ').unwrap_or_else(|| panic!("{function}.{event}: {rate}"));
    let hours = match unit.trim_end_matches('s') {
        "minute" => 1.0 / 60.0,
        "hour" => 1.0,
        "day" => 24.0,
        other => panic!("{function}.{event}: {other}"),
    };
    usage::HOURS / (number.parse::<f64>().unwrap() * hours)
}

/// Runs of a function a month and the seconds of each, as measured.
struct Runs {
    function: &'static str,
    runs: f64,
    seconds: f64,
}

fn runs(template: &Template) -> Vec<Runs> {
    let ingest = invocations(template, "Ingest", "Schedule") + usage::EXPORTS;
    let of = |function, runs, seconds| Runs { function, runs, seconds };
    vec![
        of("Ingest", ingest, 20.0),
        of("Detect", usage::EXPORTS, 15.0),
        of("Budgets", usage::EXPORTS, 2.0),
        of("Notify", invocations(template, "Notify", "Minute"), 0.05),
        of("Notify", usage::MESSAGES, 0.2),
        of("Slack", usage::MESSAGES, 0.3),
        of("Advise", invocations(template, "Advise", "Schedule"), 60.0),
        of("Remediate", invocations(template, "Remediate", "Schedule"), 1.0),
    ]
}

fn alarms_and_metrics(template: &Template, rows: &mut Vec<Row>) {
    let alarms = template.of_type_by_default("AWS::CloudWatch::Alarm");
    let alarms: usize = alarms.iter().map(|(_, alarm)| sources(alarm).len()).sum();
    rows.push(Row {
        what: "alarms",
        arithmetic: format!("{alarms} metrics that alarms read × {:.2}", price::ALARM),
        usd: alarms as f64 * price::ALARM,
    });
    let sent = |when: Sent| Metric::ALL.iter().filter(|m| m.sent() == when).count();
    let (always, failures) = (sent(Sent::Always), sent(Sent::NotZero));
    let hours = (invocations(template, "Ingest", "Schedule") + usage::EXPORTS).min(usage::HOURS);
    rows.push(Row {
        what: "metrics",
        arithmetic: format!(
            "{always} sent in {hours:.0} of {} hours and {failures}, sent when not zero, in {} hours, × {:.2}",
            usage::HOURS,
            usage::FAILING_HOURS,
            price::METRIC
        ),
        usd: price::METRIC * (always as f64 * hours + failures as f64 * usage::FAILING_HOURS) / usage::HOURS,
    });
}

fn functions(template: &Template, rows: &mut Vec<Row>) {
    let all = runs(template);
    let memory = |f: &str| template.number(&["Resources", f, "Properties", "MemorySize"]) as f64 / 1024.0;
    let seconds: f64 = all.iter().map(|r| r.runs * r.seconds * memory(r.function)).sum();
    let total: f64 = all.iter().map(|r| r.runs).sum();
    let scratch = (template.number(&["Parameters", "ScratchMegabytes", "Default"]) as f64 - 512.0) / 1024.0;
    let ingest: f64 = all.iter().filter(|r| r.function == "Ingest").map(|r| r.runs * r.seconds).sum();
    assert_eq!(template.text(&["Parameters", "Architecture", "Default"]), "arm64");
    rows.push(Row {
        what: "functions (arm64)",
        arithmetic: format!(
            "{} runs, {} GB s × {}; requests; scratch storage",
            whole(total),
            whole(seconds),
            price::GB_SECOND
        ),
        usd: seconds * price::GB_SECOND + total * price::REQUEST + ingest * scratch * price::SCRATCH,
    });
    assert_eq!(template.text(&["Globals", "Function", "Tracing"]), "Active");
    rows.push(Row {
        what: "traces",
        arithmetic: format!("{} × {:.2} / million", whole(total), price::TRACE * 1e6),
        usd: total * price::TRACE,
    });
    let scheduled = [("Ingest", "Schedule"), ("Notify", "Minute"), ("Advise", "Schedule"), ("Remediate", "Schedule")];
    let scheduled: f64 = scheduled.into_iter().map(|(function, event)| invocations(template, function, event)).sum();
    rows.push(Row {
        what: "schedules and events",
        arithmetic: format!("{} × {:.2} / million", whole(scheduled + usage::EXPORTS), price::EVENT * 1e6),
        usd: (scheduled + usage::EXPORTS) * price::EVENT,
    });
    rows.push(Row {
        what: "metrics of resources, for advice",
        arithmetic: format!("{} × 0.01 / 1,000", whole(usage::RESOURCE_METRICS)),
        usd: usage::RESOURCE_METRICS * price::METRIC_READ,
    });
}

fn storage(template: &Template, rows: &mut Vec<Row>) {
    // A revision writes each series once and removes the one before; an item of 31 amounts takes three units.
    let writes = usage::EXPORTS * usage::SERIES * 3.0 * 2.0;
    // Eventually consistent: half a unit each; the minute of notify reads eight items.
    let reads = (usage::EXPORTS * usage::ITEMS_READ + invocations(template, "Notify", "Minute") * 8.0) * 0.5;
    let (table, lake, logs) = usage::GB;
    rows.push(Row {
        what: "table",
        arithmetic: format!(
            "{} writes × {} / million; {} reads × {} / million; {table:.0} GB × {:.2} and its recovery × {:.2}",
            whole(writes),
            price::WRITE * 1e6,
            whole(reads),
            price::READ * 1e6,
            price::TABLE_GB,
            price::RECOVERY_GB
        ),
        usd: writes * price::WRITE + reads * price::READ + table * (price::TABLE_GB + price::RECOVERY_GB),
    });
    // Each export writes some files a month of the lake, and lists them.
    let puts = usage::EXPORTS * 50.0;
    rows.push(Row {
        what: "lake and logs",
        arithmetic: format!(
            "{lake:.0} GB × {} and {} requests; {logs} GB of logs × {:.2}",
            price::S3_GB,
            whole(puts),
            price::LOGS
        ),
        usd: lake * price::S3_GB + puts * price::S3_PUT + logs * price::LOGS,
    });
    let keys = template.of_type("AWS::KMS::Key");
    let owned = keys.iter().filter(|(_, key)| key.get("Condition").is_none()).count();
    assert_eq!(template.text(&["Parameters", "CustomerKey", "Default"]), "off");
    rows.push(Row {
        what: "keys",
        arithmetic: format!("AWS's own; `CustomerKey=on` adds {:.2} and 0.03 for 10,000 requests", price::KEY),
        usd: owned as f64 * price::KEY,
    });
    let reads = 3.0 * usage::MESSAGES;
    rows.push(Row {
        what: "secret, with channels",
        arithmetic: format!("1 × {:.2}, and {} reads × 0.05 / 10,000", price::SECRET.0, whole(reads)),
        usd: price::SECRET.0 + reads * price::SECRET.1,
    });
    rows.push(Row {
        what: "dashboard",
        arithmetic: "one of the three of an account that are free; past those 3.00".to_owned(),
        usd: 0.0,
    });
    rows.push(Row {
        what: "Athena",
        arithmetic: "only for `tollgate sql` by your own role: 5.00 a TiB".to_owned(),
        usd: 0.0,
    });
}

/// The table, and the sum without Cost Explorer.
fn bill(template: &Template) -> (String, f64) {
    let mut rows = Vec::new();
    alarms_and_metrics(template, &mut rows);
    functions(template, &mut rows);
    storage(template, &mut rows);
    let sum: f64 = rows.iter().map(|row| row.usd).sum();
    let calls = (1.0 + usage::ACCOUNTS) * (usage::DAYS + 10.0);
    let check = calls * price::COST_EXPLORER;
    let mut out = String::from("| what | arithmetic | USD |\n|---|---|---|\n");
    for Row { what, arithmetic, usd } in &rows {
        writeln!(out, "| {what} | {arithmetic} | {usd:.2} |").unwrap();
    }
    writeln!(out, "| **sum, with `CostExplorer=off`, the default** | | **{sum:.2}** |").unwrap();
    let how = format!(
        "(1 + {} accounts) × ({} days, and 10 of the month before) × {:.2}",
        usage::ACCOUNTS,
        usage::DAYS,
        price::COST_EXPLORER
    );
    writeln!(out, "| Cost Explorer, with `CostExplorer=check` | {how} | {check:.2} |").unwrap();
    writeln!(out, "| **sum, with `CostExplorer=check`** | | **{:.2}** |", sum + check).unwrap();
    (out, sum)
}

#[test]
fn a_month_costs_less_than_the_limit_and_the_guide_shows_how_much() {
    let (table, sum) = bill(&Template::read());
    println!("{table}");
    assert!(sum < LIMIT, "a month costs {sum:.2} USD without Cost Explorer; the limit is {LIMIT:.2}");
    let (begin, end) = ("<!-- Computed by tests/e2e/bill.rs -->\n", "<!-- End of the bill -->");
    let path = root().join("docs/guides/deploy-on-aws.md");
    let guide = std::fs::read_to_string(&path).unwrap();
    let from = guide.find(begin).expect("the guide has the place of the bill") + begin.len();
    let to = guide.find(end).expect("the guide has the end of the bill");
    let wanted = format!("\n{table}\n");
    if std::env::var_os("TOLLGATE_WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{}{wanted}{}", &guide[..from], &guide[to..])).unwrap();
        return;
    }
    assert_eq!(&guide[from..to], wanted, "docs/guides/deploy-on-aws.md: run `cargo xtask docs`");
}
