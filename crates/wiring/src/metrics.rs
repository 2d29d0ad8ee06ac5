//! Metrics: one line of CloudWatch's embedded metric format a run, which costs no call.
//!
//! Source: Amazon CloudWatch user guide, "Embedded metric format specification". Read 2026-11-21.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The namespace of every metric.
pub const NAMESPACE: &str = "Tollgate";

macro_rules! metrics {
    ($($(#[doc = $what:literal])* $name:ident: $unit:literal,)*) => {
        /// What is counted. Each is a metric of that name with the dimensions `Stage` and `Function`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Metric { $($(#[doc = $what])* $name,)* }

        impl Metric {
            /// Every metric.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in CloudWatch.
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
        }
    };
}

metrics! {
    /// Runs that ended well.
    Runs: "Count",
    /// Runs that failed.
    FailedRuns: "Count",
    /// Rows of charges read.
    Rows: "Count",
    /// Rows that were not understood.
    RejectedRows: "Count",
    /// Billing periods that got another revision.
    Revisions: "Count",
    /// Accounts or exports that could not be read.
    FailedSources: "Count",
    /// Requests to Cost Explorer, USD 0.01 each.
    PaidCalls: "Count",
    /// Hours since the end of the last day that has charges, of the source that lags most.
    FreshnessHours: "None",
    /// Months that don't reconcile with Cost Explorer.
    NotReconciled: "Count",
    /// Series that were judged.
    Series: "Count",
    /// Incidents that were new.
    Incidents: "Count",
    /// Incidents that nobody has closed.
    OpenIncidents: "Count",
    /// Budgets that are over, or will be.
    BudgetsOver: "Count",
    /// Resources that advice has looked at.
    Resources: "Count",
    /// Calls to look at resources.
    Calls: "Count",
    /// Lists, metrics and advisors that did not answer.
    FailedLooks: "Count",
    /// Recommendations that were found.
    Recommendations: "Count",
    /// Plans that went on by a stage, or waited.
    Plans: "Count",
    /// Plans that were taken back or stand still.
    FailedPlans: "Count",
    /// Messages that a channel took.
    Deliveries: "Count",
    /// Attempts that a channel did not take.
    FailedDeliveries: "Count",
    /// Presses, forms and commands that were done.
    Requests: "Count",
    /// Presses, forms and commands that could not be done.
    FailedRequests: "Count",
    /// Requests that were not the chat's, or came too late or twice.
    RefusedRequests: "Count",
}

/// The name of the metric of money ingested: EffectiveCost of new revisions, with the further dimension `Currency`.
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

    /// Adds money. A metric is a float; the exact sums are in the ledger.
    pub fn add_money(&mut self, currency: &str, amount: f64) {
        *self.money.entry(currency.to_owned()).or_default() += amount;
    }

    /// By name.
    pub fn named(&self) -> BTreeMap<String, u64> {
        self.values.iter().map(|(metric, value)| (metric.name().to_owned(), *value)).collect()
    }

    /// The lines that CloudWatch reads, each one JSON object.
    pub fn lines(&self, stage: &str, function: &str, run: &str, at_milliseconds: i64) -> Vec<String> {
        let mut out = Vec::new();
        let own: Vec<(&str, &str, Value)> =
            self.values.iter().map(|(metric, value)| (metric.name(), metric.unit(), (*value).into())).collect();
        let base = [("Stage", stage), ("Function", function)];
        if !own.is_empty() {
            out.push(line(&base, &own, run, at_milliseconds));
        }
        for (currency, amount) in &self.money {
            let dimensions = [base[0], base[1], ("Currency", currency)];
            out.push(line(&dimensions, &[(MONEY, "None", (*amount).into())], run, at_milliseconds));
        }
        out
    }
}

fn line(dimensions: &[(&str, &str)], metrics: &[(&str, &str, Value)], run: &str, at: i64) -> String {
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let units: Vec<Value> = metrics.iter().map(|(name, unit, _)| json!({ "Name": name, "Unit": unit })).collect();
    let about = json!({
        "Timestamp": at,
        "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [names], "Metrics": units }],
    });
    let mut out = Map::new();
    out.insert("_aws".to_owned(), about);
    out.insert("run".to_owned(), run.into());
    out.extend(dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())));
    out.extend(metrics.iter().map(|(name, _, value)| ((*name).to_owned(), value.clone())));
    Value::Object(out).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_each_metric_and_holds_its_value() {
        let mut counts = Counts::default();
        counts.add(Metric::Rows, 3);
        counts.add(Metric::Rows, 4);
        counts.add_money("USD", 12.5);
        let lines = counts.lines("dev", "ingest", "r-1", 1_700_000_000_000);
        let parsed: Vec<Value> = lines.iter().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(parsed.len(), 2);
        let about = &parsed[0]["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(about["Dimensions"], json!([["Stage", "Function"]]));
        assert_eq!((&about["Metrics"][0]["Name"], &parsed[0]["Rows"]), (&json!("Rows"), &json!(7)));
        assert_eq!((&parsed[1]["Currency"], &parsed[1][MONEY]), (&json!("USD"), &json!(12.5)));
    }
}
