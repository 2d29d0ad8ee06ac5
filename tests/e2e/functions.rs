//! Tollgate on AWS, end to end: the real functions, moto for AWS, every event sent twice.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use object_store::{ObjectStore, ObjectStoreExt};
use serde_json::{Value, json};
use tollgate_lake::S3Place;
use tollgate_ledger::conformance::TestClock;
use tollgate_ledger::{DynamoTable, Ledger, PolicyFile};
use tollgate_model::{Amount, BillingPeriod, Day, IncidentState};

use crate::aws::{REGION, create_table, dynamodb, shared};
use crate::fake_cost_explorer::{Cost, FakeCostExplorer};
use crate::gateway::Gateway;
use crate::lambda::{Function, Lambda};
use crate::recorder::Recorder;
use crate::servers::{Server, moto};
use crate::support::NOW;
use crate::template::{FUNCTIONS, Template};

const TABLE: &str = "tollgate-dev";
const LAKE: &str = "tollgate-dev-lake";
const BILLS: &str = "bills";
const FOLDER: &str = "exports/cur";
const PAYER: &str = "111111111111";
const POLICY: &str = r#"
budget "everything" {
  amount   = 20000
  currency = "USD"
  thresholds { actual = [50, 100] }
}
"#;

/// An account on AWS, as far as moto goes.
pub(crate) struct Account {
    // Functions go before what they speak to.
    pub(crate) functions: BTreeMap<&'static str, Function>,
    pub(crate) moto: Server,
    pub(crate) lambda: Lambda,
    pub(crate) gateway: Gateway,
    pub(crate) costs: FakeCostExplorer,
    pub(crate) recorders: BTreeMap<&'static str, Recorder>,
    /// What the command line speaks to: a person with keys of their own, not a function.
    person: Recorder,
    pub(crate) settings: BTreeMap<String, String>,
    queues: BTreeMap<&'static str, String>,
    iterator: Option<String>,
    streams: aws_sdk_dynamodbstreams::Client,
    sqs: aws_sdk_sqs::Client,
    pub(crate) ledger: Ledger,
    bills: Arc<dyn ObjectStore>,
}

impl Account {
    async fn open(costs: Vec<Cost>) -> Self {
        Self::with_policy(costs, POLICY).await
    }

    /// An account with a policy in effect.
    pub(crate) async fn with_policy(costs: Vec<Cost>, policy: &str) -> Self {
        let (moto, lambda) = (moto(), Lambda::start());
        let costs = FakeCostExplorer::start(costs).await;
        let gateway = Gateway::start(&moto.url).await;
        let http = reqwest::Client::new();
        let config = shared(&moto.url);
        for bucket in [LAKE, BILLS] {
            put(&http, &format!("{}/{bucket}", moto.url), Vec::new()).await;
        }
        let notify = "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>";
        put(&http, &format!("{}/{BILLS}?notification", moto.url), notify.as_bytes().to_vec()).await;
        let client = dynamodb(&moto.url);
        create_table(&client, TABLE).await;
        let table = DynamoTable::new(client, TABLE, TestClock::at(NOW), "the test");
        let ledger = Ledger::new(Arc::new(table), "main");
        let file =
            PolicyFile { text: policy.to_owned(), by: "test".to_owned(), at: "2026-11-19T00:00:00Z".parse().unwrap() };
        ledger.put_policy_file(&file).await.unwrap();

        let sqs = aws_sdk_sqs::Client::new(&config);
        let mut queues = BTreeMap::new();
        let mut arns = BTreeMap::new();
        for name in ["alerts", "Ingest", "Detect", "Budgets", "Remediate"] {
            let url = sqs.create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap();
            queues.insert(name, url);
            arns.insert(name, format!("arn:aws:sqs:{REGION}:123456789012:{name}"));
        }
        let sns = aws_sdk_sns::Client::new(&config);
        let topic = sns.create_topic().name("alerts").send().await.unwrap().topic_arn.unwrap();
        sns.subscribe().topic_arn(&topic).protocol("sqs").endpoint(&arns["alerts"]).send().await.unwrap();

        // The rules of the template, each to a queue that stands for its function.
        let events = aws_sdk_eventbridge::Client::new(&config);
        events.create_event_bus().name(TABLE).send().await.unwrap();
        let template = Template::read();
        let values = BTreeMap::from([("ExportBucket", BILLS)]);
        for (function, event, bus) in [
            ("Ingest", "Export", "default"),
            ("Detect", "Revisions", TABLE),
            ("Budgets", "Revisions", TABLE),
            ("Remediate", "PlanDue", TABLE),
        ] {
            let pattern = template.pattern(function, event, &values).to_string();
            events.put_rule().name(function).event_bus_name(bus).event_pattern(pattern).send().await.unwrap();
            let target = aws_sdk_eventbridge::types::Target::builder().id("1").arn(&arns[function]).build().unwrap();
            events.put_targets().rule(function).event_bus_name(bus).targets(target).send().await.unwrap();
        }

        let mut recorders = BTreeMap::new();
        for function in FUNCTIONS {
            let beyond = if ["Advise", "Remediate"].contains(&function) { &gateway.url } else { &moto.url };
            recorders.insert(function, Recorder::start(beyond, Some(&costs.url)).await);
        }
        let person = Recorder::start(&moto.url, Some(&costs.url)).await;
        let settings = [
            ("TOLLGATE_TABLE", TABLE),
            ("TOLLGATE_LAKE", LAKE),
            ("TOLLGATE_STAGE", "dev"),
            ("TOLLGATE_TOPIC", &topic),
            ("TOLLGATE_EVENT_BUS", TABLE),
            ("TOLLGATE_EXPORT_BUCKET", BILLS),
            ("TOLLGATE_EXPORT_FOLDER", FOLDER),
            ("TOLLGATE_COST_EXPLORER", "check"),
            ("TOLLGATE_ACCOUNT", PAYER),
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "a-secret-that-nobody-sees"),
            ("TMPDIR", &std::env::temp_dir().display().to_string()),
        ];
        let settings = settings.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        let bills = S3Place {
            bucket: BILLS.to_owned(),
            region: REGION.to_owned(),
            endpoint: Some(moto.url.clone()),
            credentials: ("test".to_owned(), "test".to_owned(), None),
        };
        let bills = bills.open().unwrap();
        let streams = aws_sdk_dynamodbstreams::Client::new(&config);
        let functions = BTreeMap::new();
        let mut out = Self {
            moto,
            lambda,
            gateway,
            costs,
            recorders,
            person,
            functions,
            settings,
            queues,
            iterator: None,
            streams,
            sqs,
            ledger,
            bills,
        };
        out.iterator = Some(out.first_iterator().await);
        out
    }

    async fn first_iterator(&self) -> String {
        let list = self.streams.list_streams().table_name(TABLE).send().await.unwrap();
        let arn = list.streams()[0].stream_arn().unwrap().to_owned();
        let about = self.streams.describe_stream().stream_arn(&arn).send().await.unwrap().stream_description.unwrap();
        let shard = about.shards()[0].shard_id().unwrap().to_owned();
        let from = aws_sdk_dynamodbstreams::types::ShardIteratorType::TrimHorizon;
        let request = self.streams.get_shard_iterator().stream_arn(arn).shard_id(shard).shard_iterator_type(from);
        request.send().await.unwrap().shard_iterator.unwrap()
    }

    /// Starts every function anew, at an instant: a cold start each.
    pub(crate) fn at(&mut self, now: &str) {
        self.functions.clear();
        for function in FUNCTIONS {
            let mut environment = self.settings.clone();
            environment.insert("AWS_ENDPOINT_URL".to_owned(), self.recorders[function].url.clone());
            environment.insert("TOLLGATE_NOW".to_owned(), now.to_owned());
            let name = function.to_lowercase();
            self.functions.insert(function, self.lambda.function(&name, &environment));
        }
    }

    /// Sends an event twice, as AWS may.
    pub(crate) async fn twice(&self, function: &str, event: &Value) -> Value {
        let first = self.lambda.invoke(&self.functions[function], event).await;
        let second = self.lambda.invoke(&self.functions[function], event).await;
        second.unwrap_or_else(|e| panic!("{function}: {e}"));
        first.unwrap_or_else(|e| panic!("{function}: {e}"))
    }

    /// What happened in the table since the last call, as Lambda's event source mapping hands it over.
    pub(crate) async fn stream(&mut self) -> Vec<Value> {
        let mut out = Vec::new();
        while let Some(iterator) = self.iterator.take() {
            let page = self.streams.get_records().shard_iterator(iterator).send().await.unwrap();
            self.iterator = page.next_shard_iterator;
            let records = page.records.unwrap_or_default();
            if records.is_empty() {
                break;
            }
            for record in records {
                let change = record.dynamodb.unwrap();
                let keys: BTreeMap<_, _> = change.keys.unwrap().into_iter().collect();
                let of = |name: &str| json!({ "S": keys[name].as_s().unwrap() });
                let name = record.event_name.unwrap();
                let pk = keys["pk"].as_s().unwrap();
                // The filters of the template.
                if name.as_str() == "REMOVE" || !(pk.starts_with("main#OUTBOX#") || pk == "main#INBOX") {
                    continue;
                }
                out.push(json!({
                    "eventID": record.event_id, "eventName": name.as_str(), "eventVersion": "1.1",
                    "eventSource": "aws:dynamodb", "awsRegion": REGION,
                    "eventSourceARN": format!("arn:aws:dynamodb:{REGION}:123456789012:table/{TABLE}/stream/1"),
                    "dynamodb": {
                        "ApproximateCreationDateTime": 1_795_219_200, "Keys": { "pk": of("pk"), "sk": of("sk") },
                        "SequenceNumber": change.sequence_number, "SizeBytes": 100, "StreamViewType": "KEYS_ONLY",
                    },
                }));
            }
        }
        out
    }

    async fn receive(&self, queue: &str) -> Vec<Value> {
        let mut out = Vec::new();
        loop {
            let request = self.sqs.receive_message().queue_url(&self.queues[queue]).max_number_of_messages(10);
            let messages = request.send().await.unwrap().messages.unwrap_or_default();
            if messages.is_empty() {
                return out;
            }
            for message in messages {
                out.push(serde_json::from_str(message.body().unwrap()).unwrap());
                let handle = message.receipt_handle.unwrap();
                self.sqs.delete_message().queue_url(&self.queues[queue]).receipt_handle(handle).send().await.unwrap();
            }
        }
    }

    /// Carries events on until nothing moves, each twice. Returns the alerts that arrived.
    pub(crate) async fn settle(&mut self) -> Vec<Value> {
        loop {
            let mut moved = false;
            let is_asked = |r: &Value| r["dynamodb"]["Keys"]["pk"]["S"] == "main#INBOX";
            let (requests, messages): (Vec<_>, Vec<_>) = self.stream().await.into_iter().partition(is_asked);
            for (function, records) in [("Slack", requests), ("Notify", messages)] {
                for records in records.chunks(25) {
                    let answer = self.twice(function, &json!({ "Records": records })).await;
                    assert_eq!(answer["batchItemFailures"], json!([]), "{answer}");
                    moved = true;
                }
            }
            for function in ["Ingest", "Detect", "Budgets", "Remediate"] {
                for event in self.receive(function).await {
                    self.twice(function, &event).await;
                    moved = true;
                }
            }
            if !moved {
                return self.receive("alerts").await;
            }
        }
    }

    /// What the command line says over the deployment's store, on standard output and error.
    pub(crate) fn tollgate(&self, args: &[&str]) -> String {
        let out = std::process::Command::new(crate::support::binary())
            .args(["--store", &format!("aws://{TABLE}/{LAKE}")])
            .args(args)
            .env_clear()
            .envs(self.settings.iter().filter(|(name, _)| name.starts_with("AWS_")))
            .env("AWS_ENDPOINT_URL", &self.person.url)
            .env("TOLLGATE_NOW", "2026-11-22T08:00:00Z")
            .output()
            .unwrap();
        String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
    }

    /// Delivers an export of a month: its two files, then its manifest.
    pub(crate) async fn deliver(&self, period: BillingPeriod, costs: &[Cost]) {
        let mut uris = Vec::new();
        let of_month: Vec<&Cost> = costs.iter().filter(|c| c.day.month() == period).collect();
        for (number, part) in of_month.chunks(of_month.len().div_ceil(2)).enumerate() {
            let key = format!("{FOLDER}/data/BILLING_PERIOD={period}/cur-{:05}.csv.gz", number + 1);
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gz.write_all(focus(part).as_bytes()).unwrap();
            self.bills.put(&key.as_str().into(), gz.finish().unwrap().into()).await.unwrap();
            uris.push(format!("s3://{BILLS}/{key}"));
        }
        // Each delivery of AWS is an execution of its own, and S3 reports the time of an object in seconds.
        static EXECUTIONS: AtomicU64 = AtomicU64::new(1);
        let execution = EXECUTIONS.fetch_add(1, Ordering::SeqCst).to_string();
        let manifest = json!({ "executionId": execution, "dataFiles": uris }).to_string();
        let key = format!("{FOLDER}/metadata/BILLING_PERIOD={period}/cur-Manifest.json");
        self.bills.put(&key.into(), manifest.into()).await.unwrap();
    }
}

impl Account {
    /// Delivers an export of a month that is one file.
    async fn deliver_file(&self, period: BillingPeriod, name: &str, bytes: Vec<u8>) {
        let key = format!("{FOLDER}/data/BILLING_PERIOD={period}/{name}");
        self.bills.put(&key.as_str().into(), bytes.into()).await.unwrap();
        let manifest = json!({ "executionId": name, "dataFiles": [format!("s3://{BILLS}/{key}")] }).to_string();
        let key = format!("{FOLDER}/metadata/BILLING_PERIOD={period}/cur-Manifest.json");
        self.bills.put(&key.into(), manifest.into()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto and cargo-lambda: run `cargo xtask test`"]
async fn a_damaged_delivery_changes_nothing_and_is_counted() {
    let mut account = Account::open(Vec::new()).await;
    account.at("2026-11-20T06:00:00Z");
    let period: BillingPeriod = "2026-10".parse().unwrap();
    account.deliver_file(period, "good.parquet", crate::faults::good_parquet()).await;
    account.settle().await;
    let source = tollgate_model::SourceId::of_account(Some("AWS"), Some("123456789012"));
    let before = account.ledger.current_period(&source, period).await.unwrap().unwrap().0;
    assert_eq!(before.totals.rows, 40);
    account.deliver_file(period, "bad.parquet", crate::faults::damaged_parquet()).await;
    account.settle().await;
    let after = account.ledger.current_period(&source, period).await.unwrap().unwrap().0;
    assert_eq!(after, before);
    let run = account.ledger.runs().await.unwrap().into_iter().find(|r| r.function == "ingest").unwrap();
    assert_eq!(run.counts.get("FailedSources"), Some(&1), "{run:?}");
}

async fn put(http: &reqwest::Client, url: &str, body: Vec<u8>) {
    let request = http.put(url).header("content-type", "application/octet-stream").body(body);
    request.timeout(std::time::Duration::from_secs(20)).send().await.unwrap().error_for_status().unwrap();
}

/// A FOCUS export.
fn focus(costs: &[&Cost]) -> String {
    let mut text = String::from(
        "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,\
         ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,SubAccountId,RegionId,SkuMeter\n",
    );
    for c in costs {
        let month = c.day.month();
        text += &format!(
            "{},{},{PAYER},USD,{}T00:00:00Z,{}T00:00:00Z,{}T00:00:00Z,{}T00:00:00Z,Usage,AWS,{},{},eu-central-1,{}\n",
            c.unblended,
            c.amortized,
            month.first_day(),
            month.next().first_day(),
            c.day,
            c.day.plus(1),
            c.service,
            c.account,
            c.usage_type
        );
    }
    text
}

const EC2: &str = "Amazon Elastic Compute Cloud";

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// What a company paid through a day: two accounts, three services, quiet weekends, a little noise, and on the days from `spike`
/// on a quarter more for EC2 in production.
pub(crate) fn company(through: &str, spike: Option<&str>) -> Vec<Cost> {
    let mut out = Vec::new();
    let first = day("2025-11-01");
    for day in (0..=day(through) - first).map(|i| first.plus(i)) {
        for (n, (account, share)) in [(PAYER, 70), ("222222222222", 30)].into_iter().enumerate() {
            for (m, (service, usage_type, usual)) in [
                (EC2, "BoxUsage:m7i.xlarge", 400),
                ("Amazon Relational Database Service", "InstanceUsage:db.r7g.large", 150),
                ("Amazon Simple Storage Service", "TimedStorage-ByteHrs", 80),
            ]
            .into_iter()
            .enumerate()
            {
                let quiet = if day.weekday() >= 5 && service == EC2 { 80 } else { 100 };
                // One percent up or down, the same on every run.
                let noise = (i64::from(day.epoch_days()) * 37 + (n as i64) * 11 + (m as i64) * 23).rem_euclid(21) - 10;
                let mut millis = i64::from(usual) * share * quiet / 10 * (1000 + noise) / 1000;
                if service == EC2 && account == PAYER && spike.is_some_and(|s| day >= s.parse().unwrap()) {
                    millis = millis * 125 / 100;
                }
                let amount: Amount = format!("{}.{:03}", millis / 1000, millis % 1000).parse().unwrap();
                out.push(Cost {
                    day,
                    account,
                    service,
                    record_type: "Usage",
                    usage_type,
                    team: "",
                    unblended: amount,
                    amortized: amount,
                });
            }
        }
    }
    out
}

fn titles(alerts: &[Value]) -> Vec<String> {
    let mut out: Vec<String> = alerts.iter().map(|a| a["Subject"].as_str().unwrap().to_owned()).collect();
    out.sort();
    out
}

pub(crate) fn schedule(number: u32) -> Value {
    let input =
        Template::read().text(&["Resources", "Ingest", "Properties", "Events", "Schedule", "Properties", "Input"]);
    serde_json::from_str(&input.replace("<aws.scheduler.execution-id>", &format!("e{number}"))).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto and cargo-lambda: run `cargo xtask test`"]
async fn a_spike_alerts_once_and_a_restated_day_is_reported_as_restated() {
    let quiet = company("2026-11-19", None);
    let mut account = Account::open(quiet.clone()).await;

    // Thirteen months are there when it is deployed; the first schedule reads them all, and none of it is news.
    let mut period = day("2025-11-01").month();
    while period <= day("2026-11-19").month() {
        account.deliver(period, &quiet).await;
        period = period.next();
    }
    assert_eq!(account.receive("Ingest").await.len(), 13, "an event an export");
    account.at("2026-11-20T06:00:00Z");
    let answer = account.twice("Ingest", &schedule(1)).await;
    assert_eq!((&answer["run"], &answer["revisions"]), (&json!("schedule-e1"), &json!(13)), "{answer}");
    assert_eq!(answer["counts"]["Rows"], json!(quiet.len()), "{answer}");
    let alerts = account.settle().await;
    assert_eq!(titles(&alerts), ["Budget everything is warning: 11,570 of 20,000 USD"], "{alerts:#?}");
    let ingest = &account.functions["Ingest"];
    assert_eq!(
        (ingest.metric("FreshnessHours"), ingest.metric("FailedSources"), ingest.metric("NotReconciled")),
        (12, 0, 0)
    );
    assert_eq!(ingest.metric("PaidCalls") as usize, account.costs.requests());

    // A quarter more in one service, in an export that arrives.
    let spike = company("2026-11-21", Some("2026-11-20"));
    let arrived = Instant::now();
    account.at("2026-11-22T07:00:00Z");
    account.deliver(day("2026-11-21").month(), &spike).await;
    let alerts = account.settle().await;
    println!("from an export's arrival to the alert, every event sent twice, debug builds: {:.1?}", arrived.elapsed());
    let messages: Vec<&Value> =
        alerts.iter().filter(|a| !a["Subject"].as_str().unwrap().starts_with("Budget")).collect();
    assert_eq!(messages.len(), 1, "{alerts:#?}");
    let text = messages[0]["Message"].as_str().unwrap();
    for part in [
        EC2,
        "since 2026-11-20",
        "USD a month if it continues",
        "% usage type BoxUsage:m7i.xlarge",
        "tollgate incidents show i-",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let run = messages[0]["MessageAttributes"]["run"]["Value"].as_str().unwrap();
    for function in ["Ingest", "Detect", "Budgets"] {
        assert!(account.functions[function].runs().iter().any(|r| r == run), "{function} does not log run {run}");
    }

    // The same from a laptop, over the deployment's own table and lake.
    let status = account.tollgate(&["status"]);
    for part in ["ingest", "detect", "budgets", "notify", "aws-111111111111", "2026-11-21", "No problems."] {
        assert!(status.contains(part), "{part}: {status}");
    }
    assert!(account.tollgate(&["incidents"]).contains(EC2));
    account.costs.state.lock().unwrap().costs.clone_from(&spike);
    let reconciled = account.tollgate(&["reconcile", "--cost-explorer", PAYER]);
    for part in [
        "requests to Cost Explorer, USD 0.0",
        "2026-11 against Cost Explorer, through 2026-11-20",
        "All comparisons are within their tolerance.",
    ] {
        assert!(reconciled.contains(part), "{part}: {reconciled}");
    }
    let policy = std::env::temp_dir().join(format!("tollgate-policy-{}.hcl", std::process::id()));
    std::fs::write(&policy, format!("{POLICY}\ndetection {{\n  min_impact = 7\n}}\n")).unwrap();
    let pushed = account.tollgate(&["config", "push", policy.to_str().unwrap(), "--by", "jane"]);
    assert!(pushed.contains("is in effect: 1 budgets"), "{pushed}");
    assert!(account.tollgate(&["config", "show"]).contains("detection.min_impact"));
    std::fs::write(&policy, "budget \"everything\" {}").unwrap();
    let refused = account.tollgate(&["config", "push", policy.to_str().unwrap()]);
    assert!(refused.contains("has no amount"), "{refused}");
    assert_eq!(account.ledger.policy_file().await.unwrap().unwrap().by, "jane");
    std::fs::remove_file(policy).unwrap();

    // The same export again: nothing.
    account.deliver(day("2026-11-21").month(), &spike).await;
    assert_eq!(account.settle().await, Vec::<Value>::new());

    // The provider corrects a day that was imported long ago.
    let mut restated = spike.clone();
    let corrected = restated.iter_mut().find(|c| c.day == day("2026-11-03") && c.service != EC2).unwrap();
    corrected.amortized = Amount::whole(500);
    corrected.unblended = Amount::whole(500);
    account.deliver(day("2026-11-21").month(), &restated).await;
    let alerts = account.settle().await;
    let subjects = titles(&alerts);
    assert!(
        subjects.len() == 1 && subjects[0].starts_with("Restated: aws-111111111111 changed 1 day of 2026-11 by +"),
        "{subjects:?}"
    );
    let all = account.ledger.incidents(&IncidentState::ALL).await.unwrap();
    assert_eq!(all.len(), 1, "{all:#?}");

    // Cost Explorer and the export disagree about one service.
    {
        let mut state = account.costs.state.lock().unwrap();
        state.costs.clone_from(&restated);
        for cost in state.costs.iter_mut().filter(|c| c.service.contains("Relational") && c.account == PAYER) {
            cost.unblended = cost.unblended.saturating_add(Amount::whole(40));
        }
    }
    account.twice("Ingest", &schedule(2)).await;
    // Once a day is enough: each look is paid for.
    let asked = account.costs.requests();
    account.twice("Ingest", &schedule(3)).await;
    assert_eq!(account.costs.requests(), asked);
    let alerts = account.settle().await;
    assert_eq!(titles(&alerts), ["aws-111111111111 2026-11 does not reconcile with Cost Explorer"], "{alerts:#?}");
    assert!(alerts[0]["Message"].as_str().unwrap().contains("111111111111 Amazon Relational Database Service: "));

    // A part that is missing changes nothing.
    let before = account.ledger.periods().await.unwrap();
    account.deliver(day("2026-11-21").month(), &quiet).await;
    let part = format!("{FOLDER}/data/BILLING_PERIOD=2026-11/cur-00002.csv.gz");
    account.bills.delete(&part.into()).await.unwrap();
    assert_eq!(account.settle().await, Vec::<Value>::new());
    assert_eq!(account.ledger.periods().await.unwrap(), before);
    let log = account.functions["Ingest"].log.lock().unwrap().clone();
    let why = log.iter().find(|l| l["message"] == "an export was not read; nothing of it changed").unwrap();
    assert!(why["error"].as_str().unwrap().contains("cur-00002.csv.gz"), "{why}");

    let text = log.iter().map(ToString::to_string).collect::<String>();
    assert!(!text.contains("a-secret-that-nobody-sees"));
    policies(&account.recorders, &["Ingest", "Detect", "Budgets", "Notify"]);
}

/// Items that a function wrote and its role does not let it write.
pub(crate) fn beyond(recorder: &Recorder, template: &Template, function: &str) -> Vec<String> {
    let written = recorder.written();
    let tenant = written.iter().next().and_then(|pk| pk.split('#').next()).unwrap_or_default().to_owned();
    let keys = template.writable(function, &tenant);
    let may = |pk: &String| {
        keys.iter().any(|key| match key.strip_suffix('*') {
            Some(start) => pk.starts_with(start),
            None => pk == key,
        })
    };
    let wrong = written.iter().filter(|pk| !may(pk));
    wrong.map(|pk| format!("{function} writes {pk}, which its role does not allow")).collect()
}

/// Every call that a function made is allowed, and what is allowed was called.
pub(crate) fn policies(recorders: &BTreeMap<&'static str, Recorder>, functions: &[&str]) {
    let template = Template::read();
    // Called where other settings are on, each by a test of its own; and what only happens to large uploads that fail.
    let elsewhere = |action: &str| {
        action.starts_with("organizations:")
            || action.starts_with("sts:")
            || action.starts_with("athena:")
            || action.starts_with("ses:")
            || action.starts_with("secretsmanager:")
            || action == "s3:AbortMultipartUpload"
    };
    let mut wrong = Vec::new();
    for function in functions {
        let (seen, allowed) = (recorders[*function].seen(), template.allowed(function));
        wrong.extend(seen.difference(&allowed).map(|a| format!("{function} calls {a}, which its role does not allow")));
        wrong.extend(beyond(&recorders[*function], &template, function));
        let unused = allowed.difference(&seen).filter(|a| !elsewhere(a));
        wrong.extend(unused.map(|a| format!("{function}'s role allows {a}, which it does not call")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto and cargo-lambda: run `cargo xtask test`"]
async fn a_message_waits_for_its_channel_and_is_sent_once() {
    let mut account = Account::open(Vec::new()).await;
    account.at("2026-11-20T06:00:00Z");
    let restatement = tollgate_model::Restatement { days: vec![day("2026-11-01")], ..Default::default() };
    let revision = tollgate_model::Revision {
        source: tollgate_model::SourceId::from_text("aws-1"),
        period: day("2026-11-01").month(),
        hash: tollgate_model::hash::ContentHash(1),
    };
    let message = tollgate_model::Message {
        id: "restated-aws-1-2026-11#1".into(),
        at: "2026-11-20T05:59:00Z".parse().unwrap(),
        run: "a-run".to_owned(),
        content: tollgate_model::Content::Restated { revision, restatement },
    };
    account.ledger.put_message(&message).await.unwrap();
    let records = account.stream().await;
    let event = json!({ "Records": records });

    // A channel that fails: the delivery waits, and the stream continues.
    account.recorders["Notify"].fail(Some("sns:Publish"));
    let answer = account.lambda.invoke(&account.functions["Notify"], &event).await.unwrap();
    assert_eq!(answer["batchItemFailures"], json!([]), "{answer}");
    assert_eq!(account.functions["Notify"].metric("FailedDeliveries"), 1);
    assert!(account.ledger.outbox().await.unwrap().is_empty());
    let delivery = account.ledger.delivery(message.id.as_str(), "topic").await.unwrap().unwrap();
    assert!(delivery.state.label() == "waiting" && delivery.error.is_some(), "{delivery:?}");

    // The minute comes too early, and then in time.
    account.recorders["Notify"].fail(None);
    account.twice("Notify", &minute()).await;
    assert_eq!(account.receive("alerts").await.len(), 0);
    account.at("2026-11-20T06:02:00Z");
    account.twice("Notify", &minute()).await;
    assert_eq!(account.receive("alerts").await.len(), 1);
    let delivery = account.ledger.delivery(message.id.as_str(), "topic").await.unwrap().unwrap();
    assert_eq!((delivery.state.label(), delivery.attempts), ("sent", 2));

    // A table that fails: the failed records are reported to Lambda, which retries them.
    account
        .ledger
        .put_message(&tollgate_model::Message { id: "restated-aws-2-2026-11#1".into(), ..message })
        .await
        .unwrap();
    let records = account.stream().await;
    account.recorders["Notify"].fail(Some("dynamodb:DeleteItem"));
    let event = json!({ "Records": records });
    let answer = account.lambda.invoke(&account.functions["Notify"], &event).await.unwrap();
    let numbers: Vec<_> =
        records.iter().map(|r| json!({ "itemIdentifier": r["dynamodb"]["SequenceNumber"] })).collect();
    assert!(!numbers.is_empty());
    assert_eq!(answer["batchItemFailures"], json!(numbers), "{answer}");
    account.recorders["Notify"].fail(None);
    account.twice("Notify", &event).await;
    assert_eq!(account.receive("alerts").await.len(), 1);
}

/// What the schedule of the template sends each minute.
pub(crate) fn minute() -> Value {
    let input =
        Template::read().text(&["Resources", "Notify", "Properties", "Events", "Minute", "Properties", "Input"]);
    serde_json::from_str(&input).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto and cargo-lambda: run `cargo xtask test`"]
async fn a_member_account_that_refuses_does_not_stop_the_rest() {
    let mut costs = company("2026-11-19", None);
    costs.retain(|c| c.day >= day("2026-11-01"));
    let spent = costs.iter().map(|c| c.amortized).fold(Amount::ZERO, Amount::saturating_add);
    let mut account = Account::open(costs).await;
    let organizations = aws_sdk_organizations::Client::new(&shared(&account.moto.url));
    organizations.create_organization().send().await.unwrap();
    for name in ["one", "two"] {
        organizations.create_account().account_name(name).email(format!("{name}@example.com")).send().await.unwrap();
    }
    let settings = [
        ("TOLLGATE_COST_EXPLORER", "feed"),
        ("TOLLGATE_MEMBER_ROLE", "tollgate-member"),
        ("TOLLGATE_EXTERNAL_ID", "an-external-id-of-ours"),
        ("TOLLGATE_EXPORT_BUCKET", ""),
        ("TOLLGATE_HISTORY_MONTHS", "1"),
        ("TOLLGATE_PAID_CALLS", "40"),
    ];
    account.settings.extend(settings.map(|(k, v)| (k.to_owned(), v.to_owned())));
    account.costs.fail(crate::fake_cost_explorer::Fails::DeniesOnce);
    account.at("2026-11-20T06:00:00Z");
    let event = schedule(1);
    let answer = account.lambda.invoke(&account.functions["Ingest"], &event).await.unwrap();
    // The organization's own account and two members: one refused, two read.
    let ingest = &account.functions["Ingest"];
    assert_eq!((&answer["revisions"], ingest.metric("FailedSources")), (&json!(2), 1), "{answer}");
    assert_eq!(ingest.metric("PaidCalls") as usize, account.costs.requests());
    for current in account.ledger.periods().await.unwrap() {
        assert_eq!(current.totals.effective_lake.get(tollgate_model::Currency::USD), spent);
    }
    let seen = account.recorders["Ingest"].seen();
    let allowed = Template::read().allowed("Ingest");
    for needed in ["organizations:ListAccounts", "sts:AssumeRole", "ce:GetCostAndUsage"] {
        assert!(seen.contains(needed) && allowed.contains(needed), "{needed}");
    }
    assert!(seen.is_subset(&allowed), "{:?}", seen.difference(&allowed));
    let log = account.functions["Ingest"].log.lock().unwrap().iter().map(ToString::to_string).collect::<String>();
    assert!(!log.contains("an-external-id-of-ours") && log.contains("paid requests"));

    // A budget of paid calls that is used up ends the run well, and says so.
    account.settings.insert("TOLLGATE_PAID_CALLS".to_owned(), "2".to_owned());
    account.at("2026-11-20T12:00:00Z");
    account.lambda.invoke(&account.functions["Ingest"], &schedule(2)).await.unwrap();
    assert_eq!(account.functions["Ingest"].metric("PaidCalls"), 2);
    let log = account.functions["Ingest"].log.lock().unwrap().iter().map(ToString::to_string).collect::<String>();
    assert!(log.contains("the limit of 2 paid requests is reached"), "{log}");
}
