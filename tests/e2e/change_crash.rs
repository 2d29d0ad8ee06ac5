//! Killed before or after any of its calls, a resumed execution does nothing twice and forgets nothing: every kind of change,
//! the real program, a kill that nobody can catch.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::VolumeType;
use jiff::{SignedDuration, Timestamp};
use tollgate_cloud::OPERATIONS;

use crate::aws::{REGION, shared};
use crate::change::{ACCOUNT, Bench};
use crate::gateway::Death;

const POLICY: &str = r#"
person "ann" {
  email = "ann@example.com"
}
person "bob" {
  email = "bob@example.com"
}
advice {
  ask_aws = false
}
remediation {
  accounts          = ["123456789012"]
  max_share_percent = 100
  wait_days         = 1
  max_unpriced_a_day = 1000
  soak              = ["0s", "0s", "0s", "0s"]
  health "checkout" {
    alarm = "checkout-5xx"
  }
}
"#;

/// What a kind of change is tried on: made anew for each run.
struct Case {
    kind: &'static str,
    /// `volume:vol-1`.
    on: String,
    with: Vec<String>,
}

/// Clients that make what is changed.
struct Maker<'b> {
    bench: &'b Bench,
    rds: aws_sdk_rds::Client,
    elb: aws_sdk_elasticloadbalancingv2::Client,
    lambda: aws_sdk_lambda::Client,
    s3: aws_sdk_s3::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    scheduler: aws_sdk_scheduler::Client,
    role: String,
    count: std::cell::Cell<u32>,
}

impl<'b> Maker<'b> {
    async fn new(bench: &'b Bench) -> Self {
        let config = shared(&bench.moto.url);
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        // Lambda asks for a role that is there.
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let form = [
            ("Action", "CreateRole"),
            ("Version", "2010-05-08"),
            ("RoleName", "runs"),
            ("AssumeRolePolicyDocument", trust),
        ];
        let made = reqwest::Client::new()
            .post(&bench.moto.url)
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0",
            )
            .header("content-type", "application/x-www-form-urlencoded")
            .body(serde_urlencoded::to_string(form).unwrap())
            .send()
            .await
            .unwrap();
        assert!(made.status().is_success(), "{}", made.text().await.unwrap());
        Self {
            bench,
            rds: aws_sdk_rds::Client::new(&config),
            elb: aws_sdk_elasticloadbalancingv2::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            scheduler: aws_sdk_scheduler::Client::new(&config),
            role: format!("arn:aws:iam::{ACCOUNT}:role/runs"),
            count: std::cell::Cell::new(0),
        }
    }

    fn name(&self) -> String {
        self.count.set(self.count.get() + 1);
        format!("thing-{}", self.count.get())
    }

    async fn subnet(&self) -> String {
        self.bench.ec2.describe_subnets().send().await.unwrap().subnets()[0].subnet_id().unwrap().to_owned()
    }

    async fn database(&self) -> String {
        let name = self.name();
        let request = self.rds.create_db_instance().db_instance_identifier(&name).db_instance_class("db.m5.large");
        let request = request
            .engine("postgres")
            .allocated_storage(20)
            .master_username("root")
            .master_user_password("not-a-secret-1");
        request.send().await.unwrap();
        name
    }

    /// Something of a kind, ready to be changed.
    async fn case(&self, kind: &'static str) -> Case {
        let ec2 = &self.bench.ec2;
        let (on, with): (String, &[&str]) = match kind {
            "stop_instance" => (format!("instance:{}", self.bench.instance("m5.large").await), &[]),
            "start_instance" => {
                let id = self.bench.instance("m5.large").await;
                ec2.stop_instances().instance_ids(&id).send().await.unwrap();
                (format!("instance:{id}"), &[])
            }
            "resize_instance" => {
                (format!("instance:{}", self.bench.instance("m5.xlarge").await), &["instance_type=m5.large"])
            }
            "schedule" => (format!("instance:{}", self.bench.instance("m5.large").await), &["start=7", "stop=19"]),
            "unschedule" => {
                let id = self.bench.instance("m5.large").await;
                for what in ["start", "stop"] {
                    let target = aws_sdk_scheduler::types::Target::builder()
                        .arn(format!("arn:aws:scheduler:::aws-sdk:ec2:{what}Instances"))
                        .role_arn(&self.role)
                        .build()
                        .unwrap();
                    let exact =
                        aws_sdk_scheduler::types::FlexibleTimeWindow::builder().mode("OFF".into()).build().unwrap();
                    let request = self.scheduler.create_schedule().name(format!("tollgate-{id}-{what}"));
                    let request = request.schedule_expression("cron(0 7 ? * MON-FRI *)");
                    request.target(target).flexible_time_window(exact).send().await.unwrap();
                }
                (format!("instance:{id}"), &["start=7", "stop=19"])
            }
            "delete_volume" => (format!("volume:{}", self.bench.volume(VolumeType::Gp3, 10).await), &[]),
            "modify_volume" => {
                (format!("volume:{}", self.bench.volume(VolumeType::Gp2, 10).await), &["volume_type=gp3"])
            }
            "delete_snapshot" => {
                let volume = self.bench.volume(VolumeType::Gp3, 10).await;
                let made = ec2.create_snapshot().volume_id(volume).send().await.unwrap();
                (format!("snapshot:{}", made.snapshot_id.unwrap()), &[])
            }
            "deregister_image" => {
                let instance = self.bench.instance("m5.large").await;
                let made = ec2.create_image().instance_id(instance).name(self.name()).send().await.unwrap();
                (format!("image:{}", made.image_id.unwrap()), &[])
            }
            "release_address" => {
                let made = ec2.allocate_address().domain("vpc".into()).send().await.unwrap();
                (format!("address:{}", made.allocation_id.unwrap()), &[])
            }
            "delete_load_balancer" => {
                let subnets = ec2.describe_subnets().send().await.unwrap().subnets.unwrap();
                let two = subnets.iter().take(2).map(|s| s.subnet_id.clone().unwrap()).collect();
                let made =
                    self.elb.create_load_balancer().name(self.name()).set_subnets(Some(two)).send().await.unwrap();
                (format!("load_balancer:{}", made.load_balancers()[0].load_balancer_arn().unwrap()), &[])
            }
            "delete_nat_gateway" => {
                let address = ec2.allocate_address().domain("vpc".into()).send().await.unwrap().allocation_id.unwrap();
                let request = ec2.create_nat_gateway().subnet_id(self.subnet().await).allocation_id(address);
                let made = request.send().await.unwrap().nat_gateway.unwrap();
                (format!("nat_gateway:{}", made.nat_gateway_id.unwrap()), &[])
            }
            "stop_database" => (format!("database:{}", self.database().await), &[]),
            "start_database" => {
                let id = self.database().await;
                self.rds.stop_db_instance().db_instance_identifier(&id).send().await.unwrap();
                (format!("database:{id}"), &[])
            }
            "resize_database" => (format!("database:{}", self.database().await), &["class=db.t3.large"]),
            "function_memory" => {
                let name = self.name();
                let code = aws_sdk_lambda::types::FunctionCode::builder()
                    .zip_file(aws_sdk_lambda::primitives::Blob::new(
                        &b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"[..],
                    ))
                    .build();
                let request =
                    self.lambda.create_function().function_name(&name).runtime("python3.13".into()).role(&self.role);
                request.handler("a.b").memory_size(1024).code(code).send().await.unwrap();
                (format!("function:{name}"), &["memory_mib=512"])
            }
            "lifecycle_rule" => {
                let name = self.name();
                self.s3.create_bucket().bucket(&name).send().await.unwrap();
                (format!("bucket:{name}"), &["days=7"])
            }
            "log_retention" => {
                let name = format!("/app/{}", self.name());
                self.logs.create_log_group().log_group_name(&name).send().await.unwrap();
                (format!("log_group:{name}"), &["days=90"])
            }
            "tag" => (format!("volume:{}", self.bench.volume(VolumeType::Gp3, 10).await), &["owner=jane"]),
            other => panic!("{other} has no case"),
        };
        Case { kind, on, with: with.iter().map(|w| (*w).to_owned()).collect() }
    }
}

impl Case {
    /// Plans it and has it approved.
    fn approved(&self, bench: &Bench) -> String {
        let mut args = vec!["plan", "--by", "rita", "--change", self.kind, "--on", &self.on];
        for with in &self.with {
            args.extend(["--with", with]);
        }
        let built = bench.json(bench.now, &args);
        let (id, hash) = (built["record"]["plan"]["id"].as_str().unwrap(), built["record"]["hash"].as_str().unwrap());
        let needs = usize::try_from(built["record"]["needs"].as_u64().unwrap()).unwrap();
        for who in ["ann", "bob"].iter().take(needs) {
            bench.run(bench.now, &["plans", "approve", id, hash, "--by", who]);
        }
        id.to_owned()
    }
}

/// Calls that change something, each with how often the provider had it.
fn changes(calls: &[String]) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    let changing = |call: &&String| {
        let (service, operation) = call.split_once(':').unwrap_or_default();
        let lost = operation.ends_with("(lost)");
        !lost
            && OPERATIONS
                .iter()
                .any(|(s, o, _)| *o == operation && (*s == service || *s == "tagging" && service == "tagging"))
    };
    for call in calls.iter().filter(changing) {
        *out.entry(call.clone()).or_default() += 1;
    }
    out
}

/// Runs a plan from its beginning to its end: marks, waits, executes. Killed at `death`, if that is
/// within; then the next runs resume. Returns the calls of all runs, what the plan is in the end, and whether anybody died.
fn lived(bench: &Bench, plan: &str, death: Option<Death>) -> (Vec<String>, String, bool) {
    let mut calls = Vec::new();
    let mut died = false;
    let mut made = 0;
    bench.gateway.calls();
    bench.gateway.alarm("checkout-5xx", "OK");
    for round in 0..14 {
        // What was marked waits for a day; a lease runs out in sixteen minutes.
        let at: Timestamp = bench.now + SignedDuration::from_hours(25 * round);
        let mut command = bench.command(at);
        command.args(["--format", "json", "remediate", plan, "--every", "5ms", "--looks", "3"]);
        let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        if let Some(death) = death.filter(|d| !died && d.call >= made) {
            bench.gateway.kills(child.id(), Death { call: death.call - made, ..death });
        }
        let out = child.wait_with_output().unwrap();
        died |= out.status.code().is_none();
        let seen = bench.gateway.calls();
        made += seen.len();
        calls.extend(seen);
        let said: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap_or_default();
        let plans = &said["items"];
        if plans[0]["state"].as_str().is_none_or(|s| ["approved", "running"].contains(&s))
            && *plans != serde_json::json!([])
        {
            continue;
        }
        let record = bench.json(at, &["plans", "show", plan]);
        let (state, progress) = (record["state"].as_str().unwrap(), record["progress"].to_string());
        assert!(!progress.contains("skipped"), "{plan}: {progress}");
        return (calls, format!("{state} {}", record["not_restored"].as_array().map_or(0, Vec::len)), died);
    }
    panic!("{plan} does not end: {calls:#?}");
}

/// Kinds whose cases are tried one after another, so that several tests share the work.
async fn every_death_of(kinds: &[&'static str]) {
    let bench = Bench::with_policy(POLICY).await;
    let maker = Maker::new(&bench).await;
    assert_eq!(REGION, "us-east-1");
    for kind in kinds {
        let case = maker.case(kind).await;
        let plan = case.approved(&bench);
        let (calls, end, died) = lived(&bench, &plan, None);
        let wanted = changes(&calls);
        assert!(!died && end == "done 0", "{kind}: {end}: {calls:#?}");
        // A morning and an evening.
        let most = if kind.ends_with("schedule") { 2 } else { 1 };
        assert!(wanted.values().all(|n| *n <= most) && !wanted.is_empty(), "{kind}: {wanted:?}");
        eprintln!("{kind}: {} calls, of which change: {wanted:?}", calls.len());
        for call in 0..calls.len() {
            for after in [false, true] {
                let case = maker.case(kind).await;
                let plan = case.approved(&bench);
                let death = Death { call, after };
                let (calls, end, died) = lived(&bench, &plan, Some(death));
                assert!(died, "{kind}: nobody died at {death:?}: {calls:#?}");
                assert_eq!(end, "done 0", "{kind} {death:?}: {calls:#?}");
                assert_eq!(changes(&calls), wanted, "{kind} {death:?}: {calls:#?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn killed_at_any_call_a_change_of_machines_is_done_once() {
    every_death_of(&["stop_instance", "start_instance", "resize_instance"]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn killed_at_any_call_a_schedule_is_made_or_taken_away_once() {
    every_death_of(&["schedule", "unschedule"]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn killed_at_any_call_a_change_of_disks_is_done_once() {
    every_death_of(&["delete_volume", "modify_volume", "delete_snapshot", "deregister_image", "tag"]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn killed_at_any_call_a_change_of_networks_and_stores_is_done_once() {
    every_death_of(&[
        "release_address",
        "delete_load_balancer",
        "delete_nat_gateway",
        "lifecycle_rule",
        "log_retention",
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn killed_at_any_call_a_change_of_databases_and_functions_is_done_once() {
    every_death_of(&["stop_database", "start_database", "resize_database", "function_memory"]).await;
}

/// Kinds with a rollback, and the number of things that it cannot restore.
const TAKEN_BACK: &[(&str, usize)] = &[
    ("stop_instance", 0),
    ("start_instance", 0),
    ("resize_instance", 0),
    ("schedule", 0),
    ("unschedule", 0),
    ("delete_volume", 1),
    ("modify_volume", 0),
    ("release_address", 1),
    ("delete_load_balancer", 1),
    ("delete_nat_gateway", 1),
    ("stop_database", 0),
    ("start_database", 0),
    ("resize_database", 0),
    ("function_memory", 0),
    ("lifecycle_rule", 1),
    ("log_retention", 1),
    ("tag", 0),
];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn every_kind_rolls_back_when_health_falls_and_names_what_is_not_restored() {
    let calm =
        POLICY.replace("wait_days         = 1", "wait_days         = 0").replace("\"0s\", \"0s\"", "\"10m\", \"10m\"");
    let bench = Bench::with_policy(&calm).await;
    let maker = Maker::new(&bench).await;
    for (kind, lost) in TAKEN_BACK {
        bench.gateway.alarm("checkout-5xx", "OK");
        let case = maker.case(kind).await;
        let (of, id) = case.on.split_once(':').unwrap();
        let plan = case.approved(&bench);
        bench.gateway.calls();
        let patient = ["--every", "5ms", "--looks", "3"];
        bench.run(bench.now, &[&["remediate", plan.as_str()][..], &patient].concat());
        bench.gateway.alarm("checkout-5xx", "ALARM");
        let later = bench.now + SignedDuration::from_mins(20);
        let (said, code) = bench.run(later, &[&["remediate", plan.as_str()][..], &patient].concat());
        let made = changes(&bench.gateway.calls());
        let record = bench.json(later, &["plans", "show", &plan]);
        assert_eq!((record["state"].as_str(), code), (Some("rolled-back"), 3), "{kind}: {said}");
        let not = record["not_restored"].as_array().map_or(0, Vec::len);
        assert_eq!(not, *lost, "{kind}: {record:#}");
        let undone: usize = made.values().sum();
        eprintln!("{kind}: {made:?}");
        // The rollback is complete: planning again finds the resource as before, if it still has its id.
        if *lost == 0 {
            assert!(undone >= 2, "{kind}: {made:?}");
            let seen = &record["plan"]["steps"][0]["change"]["fingerprint"];
            let mut args = vec!["plan", "--by", "rita", "--change", kind, "--on", &case.on];
            for with in &case.with {
                args.extend(["--with", with]);
            }
            let again = bench.json(later, &args);
            let now = &again["record"]["plan"]["steps"][0]["change"]["fingerprint"];
            // An instance that was started again has another time of launch.
            assert!(now == seen || of == "instance", "{kind}: {id} is not as it was");
        }
    }
}
