//! Metrics and counts of a run: one JSON line in the log, which costs no call.
//!
//! CloudWatch bills each custom metric by the hour in which it is sent. Only what an alarm reads is therefore sent as a metric (embedded
//! metric format); every other count is a field of the same line, which Logs Insights queries.
//!
//! Source: Amazon CloudWatch user guide, "Embedded metric format specification". Read 2026-11-21.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The namespace of every metric.
pub const NAMESPACE: &str = "Tollgate";

/// When a count is sent to CloudWatch as a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// In every run that sets it: an alarm reads its level.
    Always,
    /// In runs where it is not zero: an alarm reads its sum, and no data means none.
    NotZero,
    /// Never: it is a field of the log line.
    Never,
}

macro_rules! metrics {
    ($($(#[doc = $what:literal])* $name:ident: $unit:literal, $sent:ident;)*) => {
        /// What a run counts. A metric that is sent has the dimensions `Stage` and `Function`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Metric { $($(#[doc = $what])* $name,)* }

        impl Metric {
            /// Every metric.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in log lines and in CloudWatch.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// Its unit in CloudWatch.
            pub const fn unit(self) -> &'static str {
                match self { $(Self::$name => $unit),* }
            }

            /// What it counts.
            pub const fn what(self) -> &'static str {
                match self { $(Self::$name => concat!($($what),*)),* }
            }

            /// When it is sent to CloudWatch.
            pub const fn sent(self) -> Sent {
                match self { $(Self::$name => Sent::$sent),* }
            }
        }
    };
}

metrics! {
    /// Runs that succeeded.
    Runs: "Count", Never;
    /// Runs that failed.
    FailedRuns: "Count", Never;
    /// Rows of charges read.
    Rows: "Count", Never;
    /// Rows of charges that could not be read.
    RejectedRows: "Count", NotZero;
    /// Billing periods with a new revision.
    Revisions: "Count", Never;
    /// Accounts or exports that could not be read.
    FailedSources: "Count", NotZero;
    /// Requests to Cost Explorer, USD 0.01 each.
    PaidCalls: "Count", NotZero;
    /// Hours since the end of the last day with charges, of the source that lags most.
    FreshnessHours: "None", Always;
    /// Months that do not reconcile with Cost Explorer.
    NotReconciled: "Count", NotZero;
    /// Series that were judged.
    Series: "Count", Never;
    /// New incidents.
    Incidents: "Count", Never;
    /// Incidents that are not closed.
    OpenIncidents: "Count", Never;
    /// Budgets that are exceeded or forecast to be.
    BudgetsOver: "Count", Never;
    /// Resources that `advise` examined.
    Resources: "Count", Never;
    /// API calls that read resources.
    Calls: "Count", Never;
    /// Lists, metrics and AWS recommendations that could not be read.
    FailedLooks: "Count", Never;
    /// Recommendations found.
    Recommendations: "Count", Never;
    /// Plans that advanced by a stage, or wait.
    Plans: "Count", Never;
    /// Plans that were rolled back or are blocked.
    FailedPlans: "Count", NotZero;
    /// Messages that a channel accepted.
    Deliveries: "Count", Never;
    /// Delivery attempts that failed.
    FailedDeliveries: "Count", NotZero;
    /// Chat requests that were carried out.
    Requests: "Count", Never;
    /// Chat requests that could not be carried out.
    FailedRequests: "Count", NotZero;
    /// Requests with a wrong signature, or that came too late or twice.
    RefusedRequests: "Count", NotZero;
}

/// The log field of ingested money: EffectiveCost of new revisions, beside the field `Currency`.
pub const MONEY: &str = "MoneyIngested";

/// What a run counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    values: BTreeMap<Metric, u64>,
    money: BTreeMap<String, f64>,
}

impl Counts {
    /// Adds to a metric.
    pub fn add(&mut self, metric: Metric, count: usize) {
        let value = self.values.entry(metric).or_default();
        *value = value.saturating_add(count as u64);
    }

    /// Sets a metric.
    pub fn set(&mut self, metric: Metric, count: u64) {
        self.values.insert(metric, count);
    }

    /// Adds money as a float, for dashboards. The exact sums are in the ledger.
    pub fn add_money(&mut self, currency: &str, amount: f64) {
        *self.money.entry(currency.to_owned()).or_default() += amount;
    }

    /// The counts by name.
    pub fn named(&self) -> BTreeMap<String, u64> {
        self.values.iter().map(|(metric, value)| (metric.name().to_owned(), *value)).collect()
    }

    /// The log lines of a run, each one JSON object: the counts, and one line a currency.
    pub fn lines(&self, stage: &str, function: &str, run: &str, at_milliseconds: i64) -> Vec<String> {
        let base = [("run", Value::from(run)), ("Stage", stage.into()), ("Function", function.into())];
        let mut out = Vec::new();
        if !self.values.is_empty() {
            let values = self.values.iter().map(|(metric, value)| (metric.name(), (*value).into()));
            out.push(line(base.iter().cloned().chain(values), self.metrics_sent(at_milliseconds)));
        }
        for (currency, amount) in &self.money {
            let money = [("Currency", currency.as_str().into()), (MONEY, (*amount).into())];
            out.push(line(base.iter().cloned().chain(money), None));
        }
        out
    }

    /// The metadata by which CloudWatch makes metrics of fields of the line; `None` when nothing is sent.
    fn metrics_sent(&self, at_milliseconds: i64) -> Option<Value> {
        let is_sent = |metric: Metric, value: u64| match metric.sent() {
            Sent::Always => true,
            Sent::NotZero => value > 0,
            Sent::Never => false,
        };
        let metrics: Vec<Value> = self
            .values
            .iter()
            .filter(|(metric, value)| is_sent(**metric, **value))
            .map(|(metric, _)| json!({ "Name": metric.name(), "Unit": metric.unit() }))
            .collect();
        (!metrics.is_empty()).then(|| {
            let directive =
                json!({ "Namespace": NAMESPACE, "Dimensions": [["Stage", "Function"]], "Metrics": metrics });
            json!({ "Timestamp": at_milliseconds, "CloudWatchMetrics": [directive] })
        })
    }
}

fn line<'a>(fields: impl Iterator<Item = (&'a str, Value)>, metrics: Option<Value>) -> String {
    let metrics = metrics.map(|metadata| ("_aws", metadata));
    let all: Map<String, Value> =
        metrics.into_iter().chain(fields).map(|(name, value)| (name.to_owned(), value)).collect();
    Value::Object(all).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(counts: &Counts) -> Vec<Value> {
        let lines = counts.lines("dev", "ingest", "r-1", 1_700_000_000_000);
        lines.iter().map(|l| serde_json::from_str(l).unwrap()).collect()
    }

    #[test]
    fn a_line_holds_every_count_and_sends_those_that_alarms_read() {
        let mut counts = Counts::default();
        counts.add(Metric::Rows, 3);
        counts.add(Metric::Rows, 4);
        counts.add(Metric::RejectedRows, 2);
        counts.add(Metric::FailedSources, 0);
        counts.set(Metric::FreshnessHours, 0);
        counts.add_money("USD", 12.5);
        let lines = parsed(&counts);
        assert_eq!(lines.len(), 2);
        let directive = &lines[0]["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Dimensions"], json!([["Stage", "Function"]]));
        let sent: Vec<&str> =
            directive["Metrics"].as_array().unwrap().iter().map(|m| m["Name"].as_str().unwrap()).collect();
        assert_eq!(sent, ["RejectedRows", "FreshnessHours"]);
        assert_eq!((&lines[0]["Rows"], &lines[0]["FailedSources"]), (&json!(7), &json!(0)));
        assert_eq!((&lines[0]["Stage"], &lines[0]["Function"]), (&json!("dev"), &json!("ingest")));
        assert_eq!(
            (&lines[1]["Currency"], &lines[1][MONEY], lines[1].get("_aws")),
            (&json!("USD"), &json!(12.5), None)
        );
    }

    #[test]
    fn a_run_without_failures_sends_no_metric() {
        let mut counts = Counts::default();
        counts.add(Metric::Runs, 1);
        counts.add(Metric::FailedDeliveries, 0);
        let lines = parsed(&counts);
        assert_eq!((lines.len(), lines[0].get("_aws")), (1, None));
        assert_eq!(lines[0]["Runs"], json!(1));
    }
}
