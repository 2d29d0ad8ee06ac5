//! Alarms and the dashboard of infra/template.yaml: each failure that somebody must learn of has an alarm that reads a metric that is sent.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_wiring::metrics::{MONEY, Metric, NAMESPACE, Sent};
use yaml_serde::Value;

use crate::template::{FUNCTIONS, Template, plain, root};

/// A metric that an alarm reads: namespace, name, and the function or queue.
type Source = (String, String, String);

/// The metrics that an alarm reads; each is billed as one alarm.
pub(crate) fn sources(alarm: &Value) -> Vec<Source> {
    let properties = &alarm["Properties"];
    let source = |metric: &Value| {
        let dimensions = metric["Dimensions"].as_sequence().unwrap();
        let of = plain(&dimensions.last().unwrap()["Value"]).as_str().unwrap().to_owned();
        let text = |name: &str| metric[name].as_str().unwrap().to_owned();
        (text("Namespace"), text("MetricName"), of.trim_start_matches("tollgate-${Stage}-").to_owned())
    };
    match properties["Metrics"].as_sequence() {
        Some(metrics) => metrics.iter().filter_map(|m| m.get("MetricStat")).map(|m| source(&m["Metric"])).collect(),
        None => vec![source(properties)],
    }
}

/// Failure modes beside those of each function: what happens, its alarm, and what the alarm reads.
const FAILURES: [(&str, &str, &str, &str, &str); 13] = [
    (
        "an event failed on every attempt",
        "DeadLetterAge",
        "AWS/SQS",
        "ApproximateAgeOfOldestMessage",
        "DeadLetters.QueueName",
    ),
    ("messages are not delivered", "OutboxLag", "AWS/Lambda", "IteratorAge", "notify"),
    ("charges are not imported", "IngestNoRun", "AWS/Lambda", "Invocations", "ingest"),
    ("nothing is delivered: notify is not started", "NotifyNoRun", "AWS/Lambda", "Invocations", "notify"),
    ("plans do not advance: remediate is not started", "RemediateNoRun", "AWS/Lambda", "Invocations", "remediate"),
    ("recommendations are not renewed: advise is not started", "AdviseNoRun", "AWS/Lambda", "Invocations", "advise"),
    ("charges are stale", "StaleCharges", NAMESPACE, "FreshnessHours", "ingest"),
    ("an account or export cannot be read", "FailedSources", NAMESPACE, "FailedSources", "ingest"),
    ("rows cannot be read", "RejectedRows", NAMESPACE, "RejectedRows", "ingest"),
    ("the export and Cost Explorer differ", "NotReconciled", NAMESPACE, "NotReconciled", "ingest"),
    ("paid calls reach their limit", "PaidCallsSpent", NAMESPACE, "PaidCalls", "ingest"),
    ("channels refuse messages", "FailedDeliveries", NAMESPACE, "FailedDeliveries", "notify"),
    ("a plan was rolled back or is blocked", "FailedPlans", NAMESPACE, "FailedPlans", "remediate"),
];
/// Failure modes of the chat.
const CHAT_FAILURES: [(&str, &str, &str, &str, &str); 2] = [
    ("a chat request cannot be carried out", "FailedRequests", NAMESPACE, "FailedRequests", "slack"),
    ("requests are forged", "RefusedRequests", NAMESPACE, "RefusedRequests", "slack"),
];

/// Failure modes of the API, which has its alarms where it is on.
const API_FAILURES: [(&str, &str, &str, &str, &str); 2] = [
    ("an answer of the API failed", "ApiErrors", "AWS/Lambda", "Errors", "api"),
    ("a request to the API was throttled", "ApiThrottles", "AWS/Lambda", "Throttles", "api"),
];

#[test]
fn every_failure_mode_has_its_alarm() {
    let template = Template::read();
    let alarms: BTreeMap<String, Vec<Source>> =
        template.of_type("AWS::CloudWatch::Alarm").into_iter().map(|(name, alarm)| (name, sources(alarm))).collect();
    let mut expected = BTreeSet::new();
    let mut check = |failure: &str, alarm: &str, namespace: &str, metric: &str, of: &str| {
        let found = alarms.get(alarm).unwrap_or_else(|| panic!("{failure}: there is no alarm {alarm}"));
        let wanted = (namespace.to_owned(), metric.to_owned(), of.to_owned());
        assert!(found.contains(&wanted), "{failure}: {alarm} reads {found:?} and not {wanted:?}");
        expected.insert(alarm.to_owned());
    };
    for function in FUNCTIONS {
        let name = function.to_lowercase();
        check("a run failed", &format!("{function}Errors"), "AWS/Lambda", "Errors", &name);
        check("a run was throttled", &format!("{function}Throttles"), "AWS/Lambda", "Throttles", &name);
    }
    for (failure, alarm, namespace, metric, of) in FAILURES.into_iter().chain(CHAT_FAILURES).chain(API_FAILURES) {
        check(failure, alarm, namespace, metric, of);
    }
    assert_eq!(alarms.into_keys().collect::<BTreeSet<_>>(), expected, "an alarm without a failure mode in this test");
    // A function that a schedule starts has an alarm for the case that it does not run.
    for function in FUNCTIONS {
        let events = template.at(&["Resources", function, "Properties"]).get("Events").cloned().unwrap_or_default();
        let scheduled = events.as_mapping().into_iter().flatten().any(|(_, event)| event["Type"] == "ScheduleV2");
        assert_eq!(scheduled, expected.contains(&format!("{function}NoRun")), "{function}");
    }
}

#[test]
fn an_alarm_reads_a_metric_that_is_sent_and_notifies_and_has_a_runbook() {
    let template = Template::read();
    let guide = std::fs::read_to_string(root().join("docs/guides/deploy-on-aws.md")).unwrap();
    let mut read = BTreeSet::new();
    for (name, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
        let properties = &alarm["Properties"];
        assert!(guide.contains(&format!("| `{name}` |")), "the runbook of docs/guides/deploy-on-aws.md lacks {name}");
        for list in ["AlarmActions", "OKActions"] {
            assert_eq!(plain(&properties[list].as_sequence().unwrap()[0]), "Alarms", "{name} {list}");
        }
        let missing = properties["TreatMissingData"].as_str().unwrap();
        assert_eq!(missing, if name.ends_with("NoRun") { "breaching" } else { "notBreaching" }, "{name}");
        for (namespace, metric, _) in sources(alarm) {
            if namespace == NAMESPACE {
                read.insert(metric);
            }
        }
    }
    let sent = |metric: &&Metric| metric.sent() != Sent::Never;
    let sent: BTreeSet<String> = Metric::ALL.iter().filter(sent).map(|m| m.name().to_owned()).collect();
    assert_eq!(read, sent, "each metric that is sent costs money and is read by an alarm");
}

/// Names of log fields in `sum(Rows)` and `max(Series)`.
fn aggregated(query: &str) -> Vec<&str> {
    let starts = ["sum(", "max("].into_iter().flat_map(|f| query.match_indices(f).map(|(at, f)| at + f.len()));
    starts.map(|from| query[from..].split(')').next().unwrap()).collect()
}

#[test]
fn the_dashboard_shows_every_alarm_and_counts_that_exist() {
    let template = Template::read();
    let mut body = template.text(&["Resources", "Dashboard", "Properties", "DashboardBody"]);
    while let Some(start) = body.find("${") {
        let end = start + body[start..].find('}').unwrap();
        body.replace_range(start..=end, "x");
    }
    let board: serde_json::Value = serde_json::from_str(&body).unwrap();
    let widgets = board["widgets"].as_array().unwrap();
    let shown = widgets.iter().find(|w| w["type"] == "alarm").unwrap();
    let alarms = template.of_type_by_default("AWS::CloudWatch::Alarm").len();
    assert_eq!(shown["properties"]["alarms"].as_array().unwrap().len(), alarms);
    let mut metrics = 0;
    for widget in widgets {
        for metric in widget["properties"]["metrics"].as_array().into_iter().flatten() {
            metrics += 1;
            let name = metric[1].as_str().unwrap();
            let is_sent = Metric::ALL.iter().any(|m| m.name() == name && m.sent() != Sent::Never);
            assert!(metric[0] != NAMESPACE || is_sent, "the dashboard shows {metric}");
        }
        if let Some(query) = widget["properties"]["query"].as_str() {
            let fields = aggregated(query);
            assert!(!fields.is_empty(), "{query}");
            for field in fields {
                let known = field == MONEY || Metric::ALL.iter().any(|m| m.name() == field);
                assert!(known, "the dashboard queries {field}");
            }
        }
    }
    // Amazon CloudWatch pricing: three dashboards with up to 50 metrics each are free.
    assert!(metrics <= 50, "{metrics} metrics");
}
