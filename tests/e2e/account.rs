//! An account on AWS for tests: the real functions, moto for AWS, every event sent twice; and the costs of a company.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use object_store::{ObjectStore, ObjectStoreExt};
use serde_json::{Value, json};
use tollgate_lake::S3Place;
use tollgate_ledger::conformance::TestClock;
use tollgate_ledger::{DynamoTable, Ledger, PolicyFile};
use tollgate_model::{Amount, BillingPeriod, Day};

use crate::aws::{REGION, create_table, dynamodb, shared};
use crate::fake_cost_explorer::{Cost, FakeCostExplorer};
use crate::gateway::Gateway;
use crate::lambda::{Function, Lambda};
use crate::recorder::Recorder;
use crate::servers::{Server, moto};
use crate::support::NOW;
use crate::template::{FUNCTIONS, Template};

pub(crate) const TABLE: &str = "tollgate-dev";
const LAKE: &str = "tollgate-dev-lake";
const BILLS: &str = "bills";
pub(crate) const FOLDER: &str = "exports/cur";
pub(crate) const PAYER: &str = "111111111111";
pub(crate) const POLICY: &str = r#"
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
    pub(crate) bills: Arc<dyn ObjectStore>,
}

impl Account {
    pub(crate) async fn open(costs: Vec<Cost>) -> Self {
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
            rotating: None,
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

    pub(crate) async fn receive(&self, queue: &str) -> Vec<Value> {
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
        let keys = self.settings.iter().filter(|(name, _)| name.starts_with("AWS_"));
        self.tollgate_with(keys.map(|(name, value)| (name.as_str(), value.as_str())), args)
    }

    /// As [`tollgate`](Self::tollgate), with credentials from these variables.
    pub(crate) fn tollgate_with<'a>(
        &self,
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
        args: &[&str],
    ) -> String {
        let out = std::process::Command::new(crate::support::binary())
            .args(["--store", &format!("aws://{TABLE}/{LAKE}")])
            .args(args)
            .env_clear()
            .envs(variables)
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

    /// Delivers an export of a month that is one file.
    pub(crate) async fn deliver_file(&self, period: BillingPeriod, name: &str, bytes: Vec<u8>) {
        let key = format!("{FOLDER}/data/BILLING_PERIOD={period}/{name}");
        self.bills.put(&key.as_str().into(), bytes.into()).await.unwrap();
        let manifest = json!({ "executionId": name, "dataFiles": [format!("s3://{BILLS}/{key}")] }).to_string();
        let key = format!("{FOLDER}/metadata/BILLING_PERIOD={period}/cur-Manifest.json");
        self.bills.put(&key.into(), manifest.into()).await.unwrap();
    }
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

pub(crate) const EC2: &str = "Amazon Elastic Compute Cloud";

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

pub(crate) fn titles(alerts: &[Value]) -> Vec<String> {
    let mut out: Vec<String> = alerts.iter().map(|a| a["Subject"].as_str().unwrap().to_owned()).collect();
    out.sort();
    out
}

pub(crate) fn schedule(number: u32) -> Value {
    let input =
        Template::read().text(&["Resources", "Ingest", "Properties", "Events", "Schedule", "Properties", "Input"]);
    serde_json::from_str(&input.replace("<aws.scheduler.execution-id>", &format!("e{number}"))).unwrap()
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
            // A metric of the policy file may be read from CloudWatch; crates/sources has the test of that feed.
            || action == "cloudwatch:GetMetricData"
    };
    let mut wrong = Vec::new();
    for function in functions {
        let (seen, allowed) = (recorders[*function].seen(), template.allowed(function));
        wrong.extend(seen.difference(&allowed).map(|a| format!("{function} calls {a}, which its role does not allow")));
        wrong.extend(beyond(&recorders[*function], &template, function));
        // Where the policy has allocations, `detect` publishes them; crates/pipeline has the test (bills/published.rs).
        let published = |action: &str| *function == "Detect" && ["s3:ListBucket", "s3:PutObject"].contains(&action);
        let unused = allowed.difference(&seen).filter(|a| !elsewhere(a) && !published(a));
        wrong.extend(unused.map(|a| format!("{function}'s role allows {a}, which it does not call")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the schedule of the template sends each minute.
pub(crate) fn minute() -> Value {
    let input =
        Template::read().text(&["Resources", "Notify", "Properties", "Events", "Minute", "Properties", "Input"]);
    serde_json::from_str(&input).unwrap()
}
