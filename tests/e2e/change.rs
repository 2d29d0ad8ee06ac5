//! From advice to a change and back: found, planned, approved by two people, executed in stages, rolled back when health checks fail.

use std::process::{Command, Stdio};

use aws_sdk_ec2::types::VolumeType;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::aws::{REGION, shared};
use crate::gateway::Gateway;
use crate::servers::{Server, moto};
use crate::support::binary;

/// The account of moto.
pub(crate) const ACCOUNT: &str = "123456789012";

/// A folder with a store, and an account on moto.
pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) moto: Server,
    pub(crate) ec2: aws_sdk_ec2::Client,
    pub(crate) gateway: Gateway,
    /// Twenty days after everything was made.
    pub(crate) now: Timestamp,
}

pub(crate) const POLICY: &str = r#"
person "ann" {
  email = "ann@example.com"
}
person "bob" {
  email = "bob@example.com"
}
advice {
  ask_aws = false
}
approval "medium" {
  people = 2
}
remediation {
  accounts          = ["123456789012"]
  max_share_percent = 100
  soak              = ["10m", "10m", "10m", "10m"]
  rollback          = "stage"
  health "checkout" {
    alarm = "checkout-5xx"
  }
}
"#;

impl Bench {
    pub(crate) async fn with_policy(policy: &str) -> Self {
        let moto = moto();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("store")).unwrap();
        std::fs::write(folder.path().join("store/tollgate.hcl"), policy).unwrap();
        let config = shared(&moto.url);
        let now = Timestamp::now() + SignedDuration::from_hours(20 * 24);
        let now = Timestamp::from_second(now.as_second()).unwrap();
        let (ec2, gateway) = (aws_sdk_ec2::Client::new(&config), Gateway::start(&moto.url).await);
        Self { folder, moto, ec2, gateway, now }
    }

    pub(crate) fn command(&self, now: Timestamp) -> Command {
        let mut command = Command::new(binary());
        command
            .arg("--store")
            .arg(self.folder.path().join("store"))
            .env_clear()
            .env("TOLLGATE_NOW", now.to_string())
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "a-secret-that-nobody-sees")
            .env("AWS_ENDPOINT_URL", &self.gateway.url)
            .stdin(Stdio::null());
        command
    }

    /// What it says, and its exit code.
    pub(crate) fn run(&self, now: Timestamp, args: &[&str]) -> (String, i32) {
        let out = self.command(now).args(args).output().unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        assert!(!text.contains("a-secret-that-nobody-sees"), "{text}");
        (text, out.status.code().unwrap_or(-1))
    }

    pub(crate) fn json(&self, now: Timestamp, args: &[&str]) -> serde_json::Value {
        let out = self.command(now).args(["--format", "json"]).args(args).output().unwrap();
        let text = String::from_utf8_lossy(&out.stdout);
        serde_json::from_str(&text)
            .unwrap_or_else(|e| panic!("{args:?}: {e}: {text}{}", String::from_utf8_lossy(&out.stderr)))
    }

    pub(crate) async fn volume(&self, kind: VolumeType, gib: i32) -> String {
        let request = self.ec2.create_volume().availability_zone("us-east-1a").volume_type(kind).size(gib);
        request.send().await.unwrap().volume_id.unwrap()
    }

    pub(crate) async fn instance(&self, kind: &str) -> String {
        let images = self.ec2.describe_images().owners("amazon").send().await.unwrap();
        let image = images.images()[0].image_id().unwrap().to_owned();
        let request = self.ec2.run_instances().image_id(image).instance_type(kind.into()).min_count(1).max_count(1);
        request.send().await.unwrap().instances.unwrap().remove(0).instance_id.unwrap()
    }

    /// Two weeks of hours before an instant that show no use.
    pub(crate) fn idles(&self, instance: &str, before: Timestamp) {
        let first = before.as_second() / 3600 - 14 * 24;
        for name in ["CPUUtilization", "NetworkIn", "NetworkOut"] {
            self.gateway.metric(name, instance, first, std::iter::repeat_n(1.0, 14 * 24));
        }
    }

    pub(crate) async fn state(&self, instance: &str) -> String {
        let found = self.ec2.describe_instances().instance_ids(instance).send().await.unwrap();
        found.reservations()[0].instances()[0].state().unwrap().name().unwrap().as_str().to_owned()
    }

    pub(crate) async fn described(&self, volume: &str) -> Option<aws_sdk_ec2::types::Volume> {
        self.ec2.describe_volumes().volume_ids(volume).send().await.ok().and_then(|v| v.volumes?.into_iter().next())
    }

    /// The id of the advice of a kind about something.
    pub(crate) fn advice(&self, kind: &str, of: &str) -> String {
        let all = self.json(self.now, &["advise", "list", "--kind", kind]);
        let found = all["items"].as_array().unwrap().iter().find(|r| r["advice"]["subject"]["id"] == of);
        let found = found.unwrap_or_else(|| panic!("no {kind} of {of}: {all:#}"));
        found["advice"]["id"].as_str().unwrap().to_owned()
    }

    /// Plans advice and has two people approve it.
    fn approved(&self, advice: &[&str]) -> String {
        let built = self.json(self.now, &[&["plan", "--by", "rita"], advice].concat());
        let (id, hash) = (built["record"]["plan"]["id"].as_str().unwrap(), built["record"]["hash"].as_str().unwrap());
        for who in ["ann", "bob"] {
            let (said, code) = self.run(self.now, &["plans", "approve", id, hash, "--by", who]);
            assert_eq!(code, 0, "{said}");
        }
        id.to_owned()
    }
}

fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn waste_is_found_planned_approved_by_two_executed_in_stages_and_a_stage_is_undone() {
    let bench = Bench::with_policy(POLICY).await;
    let now = bench.now;
    let (alone, gp2) = (bench.volume(VolumeType::Gp3, 100).await, bench.volume(VolumeType::Gp2, 500).await);
    let (idle, busy) = (bench.instance("m5.xlarge").await, bench.instance("m5.large").await);
    let request = bench.ec2.attach_volume().volume_id(&gp2).instance_id(&busy).device("/dev/sdh");
    request.send().await.unwrap();
    bench.idles(&idle, now);
    bench.gateway.alarm("checkout-5xx", "OK");

    let (found, _) = bench.run(now, &["advise"]);
    println!("{found}");
    let advice = [
        bench.advice("unattached_volume", &alone),
        bench.advice("idle_instance", &idle),
        bench.advice("gp2_to_gp3", &gp2),
    ];
    let ids: Vec<&str> = advice.iter().map(String::as_str).collect();
    let (shown, _) = bench.run(now, &["advise", "show", &advice[1]]);
    println!("{shown}");
    assert!(shown.contains("CPU, 99th percentile of hourly maxima: 1.0 %"), "{shown}");

    let (said, code) = bench.run(now, &[&["plan", "--by", "rita"][..], &ids].concat());
    println!("{said}");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("missing   2 of 2 approvals"), "{said}");
    for part in [
        "- volume_type: \"gp2\"",
        "+ volume_type: \"gp3\"",
        "calls    ec2:StopInstances",
        "rollback ec2:StartInstances",
        "tagged with tollgate:delete-after and kept for 7 days",
    ] {
        assert!(said.contains(part), "{part} is not shown: {said}");
    }
    let line = said.lines().find(|l| l.contains("tollgate plans approve")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    let (plan, hash) = (words[3].to_owned(), words[4].to_owned());

    // Nobody has approved it: nothing happens. Neither does it by one of two.
    assert!(bench.run(now, &["remediate"]).0.contains("no approved plan to execute"));
    bench.run(now, &["plans", "approve", &plan, &hash, "--by", "ann"]);
    assert!(bench.run(now, &["remediate", &plan]).0.contains("no approved plan to execute"));
    bench.run(now, &["plans", "approve", &plan, &hash, "--by", "bob"]);

    // What is to be deleted is marked, and its owners have a week.
    let (said, _) = bench.run(now, &["remediate"]);
    assert!(said.contains("owners may object for 7 days"), "{said}");
    let tags = bench.described(&alone).await.unwrap().tags.unwrap();
    assert!(tags.iter().any(|t| t.key() == Some("tollgate:delete-after")), "{tags:?}");
    assert!(bench.run(now + minutes(60), &["remediate"]).0.contains("it is waiting"));

    // The canary: what can be undone best.
    let later = now + SignedDuration::from_hours(7 * 24);
    let (said, _) = bench.run(later, &["remediate"]);
    assert!(said.contains("canary: through step 1 of 3"), "{said}");
    assert_eq!(bench.described(&gp2).await.unwrap().volume_type, Some(VolumeType::Gp3));
    assert_eq!(bench.state(&idle).await, "running");

    // The alarm is quiet, so the next stage starts; then the alarm fires, and that stage is rolled back.
    let (said, _) = bench.run(later + minutes(10), &["remediate"]);
    assert!(said.contains("50 %: through step 2 of 3"), "{said}");
    assert_eq!(bench.state(&idle).await, "stopped");
    bench.gateway.alarm("checkout-5xx", "ALARM");
    let (said, code) = bench.run(later + minutes(20), &["remediate"]);
    println!("{said}");
    assert!(said.contains("after 50 %: alarm checkout-5xx: it is ALARM; rolling back"), "{said}");
    assert!(said.contains("rolled back; everything is restored"), "{said}");
    assert_eq!(code, 3);
    assert_eq!(bench.state(&idle).await, "running");
    assert_eq!(bench.described(&gp2).await.unwrap().volume_type, Some(VolumeType::Gp3), "its stage was healthy");
    let tags = bench.described(&alone).await.unwrap().tags.unwrap_or_default();
    assert!(tags.iter().all(|t| t.key() != Some("tollgate:delete-after")), "the mark was taken away: {tags:?}");

    let (said, code) = bench.run(later, &["audit", "verify"]);
    assert_eq!(code, 0, "{said}");
    let (log, _) = bench.run(later, &["audit", "log"]);
    for what in ["proposed", "endorsed", "approved", "executed", "rolled back"] {
        assert!(log.contains(what), "{what}: {log}");
    }
    let (shown, _) = bench.run(later, &["plans", "show", &plan]);
    assert!(shown.contains("rolled back"), "{shown}");
    // What was undone is open again, what was done is done.
    let state = |id: &str| bench.json(later, &["advise", "show", id])["state"].as_str().unwrap().to_owned();
    assert_eq!([state(&advice[0]), state(&advice[1]), state(&advice[2])], ["open", "open", "done"]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn what_is_not_as_it_was_approved_is_left_out_and_an_owner_may_say_no() {
    let calm = POLICY.replace("health \"checkout\" {\n    alarm = \"checkout-5xx\"\n  }", "");
    let bench = Bench::with_policy(&calm).await;
    let now = bench.now;
    let volumes = [
        bench.volume(VolumeType::Gp3, 50).await,
        bench.volume(VolumeType::Gp3, 20).await,
        bench.volume(VolumeType::Gp3, 30).await,
        bench.volume(VolumeType::Gp3, 40).await,
    ];
    bench.run(now, &["advise"]);
    let advice: Vec<String> = volumes.iter().map(|v| bench.advice("unattached_volume", v)).collect();
    let plan = bench.approved(&advice.iter().map(String::as_str).collect::<Vec<_>>());
    bench.run(now, &["remediate"]);
    // One gets another tag, one a veto, one loses its mark.
    let tag = |volume: &str, key: &str, value: &str| {
        let tag = aws_sdk_ec2::types::Tag::builder().key(key).value(value).build();
        bench.ec2.create_tags().resources(volume).tags(tag).send()
    };
    tag(&volumes[0], "team", "web").await.unwrap();
    tag(&volumes[1], "tollgate:keep", "the audit needs it").await.unwrap();
    let mark = aws_sdk_ec2::types::Tag::builder().key("tollgate:delete-after").build();
    bench.ec2.delete_tags().resources(&volumes[2]).tags(mark).send().await.unwrap();
    let mut at = now + SignedDuration::from_hours(7 * 24);
    let mut said = String::new();
    for _ in 0..6 {
        said += &bench.run(at, &["remediate", &plan]).0;
        at += minutes(10);
    }
    println!("{said}");
    assert!(said.contains("it is not what was approved: tag team: nothing -> \"web\""), "{said}");
    assert!(said.contains("its owner keeps it: tag tollgate:keep = \"the audit needs it\""), "{said}");
    assert!(said.contains("its owner removed the tag tollgate:delete-after"), "{said}");
    assert!(said.contains("done: 1 of 4 steps"), "{said}");
    for volume in &volumes[..3] {
        assert!(bench.described(volume).await.is_some(), "{volume} was deleted");
    }
    assert!(bench.described(&volumes[3]).await.is_none());
    let snapshots = bench.ec2.describe_snapshots().owner_ids("self").send().await.unwrap().snapshots.unwrap();
    let of: Vec<_> = snapshots.iter().filter(|s| s.volume_id() == Some(volumes[3].as_str())).collect();
    assert_eq!(of.len(), 1, "a snapshot was taken first, once");
    assert_eq!(bench.run(at, &["audit", "verify"]).1, 0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn safety_limits_are_on_and_everything_stops_at_once() {
    let bench = Bench::with_policy("advice { ask_aws = false }").await;
    let now = bench.now;
    let volume = bench.volume(VolumeType::Gp2, 100).await;
    bench.run(now, &["advise"]);
    let advice = bench.advice("unattached_volume", &volume);
    let (said, code) = bench.run(now, &["plan", &advice]);
    assert!(code == 1 && said.contains("account 123456789012 is not on the list"), "{said}");
    let policy = |more: &str| {
        let text = format!(
            "person \"ann\" {{\n  email = \"ann@example.com\"\n}}\nperson \"bob\" {{\n  email = \"bob@example.com\"\n}}\nadvice {{ ask_aws = false }}\napproval \"low\" {{ people = 1 }}\napproval \"medium\" {{ requester_may = true }}\n\
             remediation {{\n  accounts = [\"{ACCOUNT}\"]\n  wait_days = 0\n  soak = [\"0s\", \"0s\", \"0s\", \"0s\"]\n{more}\n}}\n"
        );
        std::fs::write(bench.folder.path().join("store/tollgate.hcl"), text).unwrap();
    };
    let refused = |more: &str, why: &str| {
        policy(more);
        let (said, code) = bench.run(now, &["plan", &advice]);
        assert!(code == 1 && said.contains(why), "{why}: {said}");
    };
    let tag = aws_sdk_ec2::types::Tag::builder().key("environment").value("production").build();
    bench.ec2.create_tags().resources(&volume).tags(tag).send().await.unwrap();
    refused("deny_tags = [\"Environment=Production\"]", "has the tag Environment=Production");
    refused("max_money_a_day = 1", "more than 1 (remediation { max_money_a_day })");
    let others = [bench.volume(VolumeType::Gp2, 100).await, bench.volume(VolumeType::Gp2, 100).await];
    policy("max_share_percent = 25");
    bench.run(now, &["advise"]);
    let more: Vec<String> = others.iter().map(|v| bench.advice("unattached_volume", v)).collect();
    let (said, _) = bench.run(now, &["plan", &more[0], &more[1]]);
    let why = "would change 2 of 3 volumes in 123456789012 us-east-1, more than 25 %";
    assert!(said.contains(why), "{said}");
    let (said, _) = bench.run(now, &["plan", "a-00000000"]);
    assert!(said.contains("there is no such advice"), "{said}");

    // Production asks for two people, whatever the kind.
    let built = bench.json(now, &["plan", &advice, "--by", "rita"]);
    assert_eq!((&built["record"]["plan"]["risk"], &built["record"]["needs"]), (&"high".into(), &2.into()), "{built:#}");
    let (plan, hash) = (built["record"]["plan"]["id"].as_str().unwrap(), built["record"]["hash"].as_str().unwrap());
    for who in ["ann", "bob"] {
        bench.run(now, &["plans", "approve", plan, hash, "--by", who]);
    }
    let (said, _) = bench.run(now, &["stop-all", "--reason", "something is wrong", "--by", "eve"]);
    assert!(said.contains("all plan runs are stopped") && said.contains(plan) && said.contains("1 waiting"), "{said}");
    let (said, _) = bench.run(now, &["remediate"]);
    assert!(said.contains("eve stopped all changes"), "{said}");
    assert!(bench.described(&volume).await.is_some());
    bench.run(now, &["resume", "--by", "ann"]);
    let (said, _) = bench.run(now, &["remediate"]);
    assert!(said.contains("done: 1 of 1 steps"), "{said}");
    assert!(bench.described(&volume).await.is_none());

    // What the policy forbids by the time of execution is left out, whatever was approved.
    policy("max_share_percent = 100");
    let kept = bench.volume(VolumeType::Gp2, 50).await;
    let tag = aws_sdk_ec2::types::Tag::builder().key("team").value("web").build();
    bench.ec2.create_tags().resources(&kept).tags(tag).send().await.unwrap();
    bench.run(now, &["advise"]);
    let built = bench.json(now, &["plan", &bench.advice("unattached_volume", &kept), "--by", "rita"]);
    let (plan, hash) = (built["record"]["plan"]["id"].as_str().unwrap(), built["record"]["hash"].as_str().unwrap());
    bench.run(now, &["plans", "approve", plan, hash, "--by", "ann"]);
    bench.run(now, &["plans", "approve", plan, hash, "--by", "bob"]);
    policy("deny_tags = [\"TEAM\"]");
    let (said, _) = bench.run(now, &["remediate", plan]);
    assert!(said.contains("step 1 skipped") && said.contains("has the tag TEAM"), "{said}");
    assert!(bench.described(&kept).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn advice_of_other_tools_is_named_and_counted_once_and_a_partial_answer_is_reported() {
    let policy = POLICY.replace("ask_aws = false", "max_calls = 400");
    let bench = Bench::with_policy(&policy).await;
    let now = bench.now;
    let (idle, other) = (bench.instance("m5.xlarge").await, bench.instance("m5.2xlarge").await);
    bench.idles(&idle, now);
    let saving = |value: f64| json!({ "estimatedMonthlySavings": { "currency": "USD", "value": value } });
    let advised = |id: &str, to: &str, value: f64| {
        json!({
            "instanceArn": format!("arn:aws:ec2:us-east-1:{ACCOUNT}:instance/{id}"), "accountId": ACCOUNT,
            "currentInstanceType": "m5.xlarge", "finding": "OVER_PROVISIONED", "findingReasonCodes": ["CPUOverprovisioned"],
            "recommendationOptions": [{ "instanceType": to, "rank": 1, "savingsOpportunityAfterDiscounts": saving(value) }],
        })
    };
    let optimizer = vec![advised(&idle, "m5.large", 61.5), advised(&other, "m5.xlarge", 99.0)];
    let hub = vec![json!({
        "recommendationId": "r-1", "accountId": ACCOUNT, "region": "us-east-1", "resourceId": idle, "actionType": "Stop",
        "currentResourceType": "Ec2Instance", "estimatedMonthlySavings": 140.16, "currencyCode": "USD",
        "implementationEffort": "Low", "restartNeeded": true, "rollbackPossible": true, "source": "ComputeOptimizer",
    })];
    bench.gateway.advises(Some(optimizer), Some(hub));
    let (said, code) = bench.run(now, &["advise"]);
    assert_eq!(code, 0, "{said}");
    // Ours says it too: one, with both named, and the resize gives way to the stop.
    let (shown, _) = bench.run(now, &["advise", "show", &bench.advice("idle_instance", &idle)]);
    assert!(shown.contains("source      tollgate"), "{shown}");
    assert!(shown.contains("cost-optimization-hub also: 140.16 USD"), "{shown}");
    let (shown, _) = bench.run(now, &["advise", "show", &bench.advice("rightsize_instance", &idle)]);
    assert!(shown.contains("compute-optimizer also: 61.50 USD") && shown.contains("replaced by a-"), "{shown}");
    let (shown, _) = bench.run(now, &["advise", "show", &bench.advice("rightsize_instance", &other)]);
    assert!(
        shown.contains("source      compute-optimizer") && shown.contains("resize from m5.xlarge to m5.xlarge"),
        "{shown}"
    );
    let csv = bench.run(now, &["advise", "export"]).0;
    assert_eq!(csv.lines().next().unwrap().split(',').next(), Some("SubAccountId"), "{csv}");
    assert_eq!(csv.matches("idle_instance").count(), 1, "{csv}");

    // They are asked no more, and a list fails: what was not looked at is not gone.
    bench.gateway.advises(None, None);
    bench.gateway.fail(Some("ec2:DescribeInstances"));
    let (said, code) = bench.run(now + minutes(1), &["advise"]);
    bench.gateway.fail(None);
    assert!(
        code == 3 && said.contains("not inspected: ec2:DescribeInstances in 123456789012 us-east-1: no answer"),
        "{said}"
    );
    let state = |kind: &str, of: &str| {
        let all = bench.json(now, &["advise", "list", "--state", "gone", "--kind", kind]);
        all["items"].as_array().unwrap().iter().any(|r| r["advice"]["subject"]["id"] == *of)
    };
    assert!(!state("idle_instance", &idle));
    // Then it is: the machine is terminated, and the advice says why it is gone.
    bench.ec2.terminate_instances().instance_ids(&idle).send().await.unwrap();
    bench.run(now + minutes(2), &["advise"]);
    assert!(state("idle_instance", &idle));
    let gone = bench.json(now, &["advise", "list", "--state", "gone", "--kind", "idle_instance"]).to_string();
    assert!(gone.contains("no longer applies: "), "{gone}");

    // An exhausted budget of calls is reported, not ignored.
    let path = bench.folder.path().join("store/tollgate.hcl");
    std::fs::write(&path, POLICY.replace("ask_aws = false", "ask_aws = false\n  max_calls = 3")).unwrap();
    let (said, code) = bench.run(now + minutes(3), &["advise"]);
    assert!(code == 3 && said.contains("the limit of 3 calls in a run is reached"), "{said}");
}

/// A FOCUS row a day of each resource.
fn charges(now: Timestamp, days: std::ops::Range<i64>, of: &[(&str, &dyn Fn(i64) -> String)]) -> String {
    let mut out = String::from(
        "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,\
         ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,ResourceId,SkuMeter\n",
    );
    for n in days {
        let day = tollgate_model::Day::of_second((now + SignedDuration::from_hours(24 * n)).as_second());
        for (id, cost) in of {
            let (cost, month) = (cost(n), day.month());
            if cost.is_empty() {
                continue;
            }
            out += &format!(
                "{cost},{cost},{ACCOUNT},USD,{}T00:00:00Z,{}T00:00:00Z,{day}T00:00:00Z,{}T00:00:00Z,Usage,AWS,EC2,{id},BoxUsage:m5.xlarge\n",
                month.first_day(),
                month.next().first_day(),
                day.plus(1)
            );
        }
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn what_a_change_really_saves_is_measured_and_the_kind_is_trusted_by_it() {
    let policy = POLICY.replace("health \"checkout\" {\n    alarm = \"checkout-5xx\"\n  }", "");
    let policy = policy.replace("[\"10m\", \"10m\", \"10m\", \"10m\"]", "[\"0s\", \"0s\", \"0s\", \"0s\"]");
    let bench = Bench::with_policy(&policy).await;
    let now = bench.now;
    let idle = bench.instance("m5.xlarge").await;
    bench.idles(&idle, now);
    // It costs 4 to 4.2 a day: less than the list says.
    let before = |n: i64| format!("{}", 4.0 + (n.rem_euclid(3)) as f64 / 10.0);
    let file = bench.folder.path().join("charges.csv");
    std::fs::write(&file, charges(now, -34..0, &[(&idle, &before)])).unwrap();
    let (said, code) = bench.run(now, &["ingest", &file.display().to_string()]);
    assert_eq!(code, 0, "{said}");
    bench.run(now, &["advise"]);
    let (shown, _) = bench.run(now, &["advise", "show", &bench.advice("idle_instance", &idle)]);
    assert!(shown.contains("saving      124.71 USD a month") && !shown.contains("list prices"), "{shown}");
    let plan = bench.approved(&[&bench.advice("idle_instance", &idle)]);
    assert!(bench.run(now, &["remediate", &plan]).0.contains("done: 1 of 1 steps"));
    let (said, _) = bench.run(now, &["savings"]);
    assert!(said.contains("fewer than 3 complete days of charges since"), "{said}");

    // A third of the cost remains: the volumes.
    let all = |n: i64| if n <= 0 { before(n) } else { "1.4".to_owned() };
    std::fs::write(&file, charges(now, -34..12, &[(&idle, &all)])).unwrap();
    let later = now + SignedDuration::from_hours(24 * 12);
    bench.run(later, &["ingest", &file.display().to_string()]);
    let (said, _) = bench.run(later, &["savings"]);
    println!("{said}");
    let row = said.lines().find(|l| l.contains("idle_instance")).unwrap();
    // 4.1 less 1.4 a day is 82.12 a month, of 124.71 that were promised.
    assert!(row.contains(" 124.71 ") && row.contains(" 82."), "{said}");
    assert!(row.contains("94 %"), "five words of the method and one result of 66 %: {said}");
    // What somebody calls wrong is trusted less.
    let another = bench.instance("m5.xlarge").await;
    bench.idles(&another, later);
    bench.run(later, &["advise"]);
    let before = bench.json(later, &["advise", "show", &bench.advice("idle_instance", &another)]);
    // 85 of the kind, less 6 percent, less 10 because nothing is known about the disks.
    assert_eq!(before["advice"]["confidence_percent"], 69, "{before:#}");
    let id = before["advice"]["id"].as_str().unwrap().to_owned();
    bench.run(later, &["advise", "dismiss", &id, "--reason", "it is a standby", "--wrong"]);
    let (said, _) = bench.run(later, &["savings"]);
    assert!(said.contains("81 %"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn a_plan_does_not_start_on_unhealthy_or_unknown_health() {
    let health = |check: &str| {
        format!(
            "person \"ann\" {{\n  email = \"ann@example.com\"\n}}\nperson \"bob\" {{\n  email = \"bob@example.com\"\n}}\nadvice {{ ask_aws = false }}\napproval \"medium\" {{ requester_may = true }}\nremediation {{\n  accounts = [\"{ACCOUNT}\"]\n  \
             max_share_percent = 100\n  soak = [\"0s\", \"0s\", \"0s\", \"0s\"]\n  health \"shop\" {{\n{check}\n}}\n}}\n"
        )
    };
    let metric =
        "namespace = \"App\"\n metric = \"Errors\"\n statistic = \"Sum\"\n most = 10\n dimensions { Shop = \"one\" }\n";
    let bench = Bench::with_policy(&health(metric)).await;
    // The instant is a whole hour, so that the hour's value is within the last ten minutes.
    let now = Timestamp::from_second(bench.now.as_second() / 3600 * 3600 + 60).unwrap();
    let hour = now.as_second() / 3600;
    let lived = async |check: &str| {
        std::fs::write(bench.folder.path().join("store/tollgate.hcl"), health(check)).unwrap();
        let volume = bench.volume(VolumeType::Gp2, 100).await;
        let on = format!("volume:{volume}");
        let args = ["plan", "--by", "rita", "--change", "modify_volume", "--on", &on, "--with", "volume_type=gp3"];
        let built = bench.json(now, &args);
        let (id, hash) = (built["record"]["plan"]["id"].as_str().unwrap(), built["record"]["hash"].as_str().unwrap());
        bench.run(now, &["plans", "approve", id, hash, "--by", "ann"]);
        let (said, _) = bench.run(now, &["remediate", id]);
        let changed = bench.described(&volume).await.unwrap().volume_type == Some(VolumeType::Gp3);
        (said, changed)
    };
    let (said, changed) = lived(metric).await;
    assert!(
        !changed && said.contains("not started: Sum of App Errors: there is no data of the last ten minutes"),
        "{said}"
    );
    bench.gateway.metric("Errors", "one", hour, [11.0]);
    let (said, changed) = lived(metric).await;
    assert!(!changed && said.contains("Sum of App Errors: it is 11.00"), "{said}");
    bench.gateway.metric("Errors", "one", hour, [3.0]);
    let (said, changed) = lived(metric).await;
    assert!(changed && said.contains("done: 1 of 1 steps"), "{said}");

    let (said, changed) = lived("url = \"http://127.0.0.1:9/health?token=a-secret-that-nobody-sees\"").await;
    assert!(!changed && said.contains("not started: http://127.0.0.1:9/health: no connection"), "{said}");
    let (said, changed) = lived(&format!("url = \"{}/moto-api/\"", bench.moto.url)).await;
    assert!(changed && said.contains("done: 1 of 1 steps"), "{said}");
    let (said, changed) = lived("alarm = \"nobody-made-it\"").await;
    assert!(!changed && said.contains("alarm nobody-made-it: there is no such alarm"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn other_accounts_and_regions_are_read_by_a_role_and_a_refusal_is_reported() {
    let policy = "advice {\n  ask_aws = false\n  accounts = [\"123456789012\", \"222222222222\"]\n  regions = [\"us-east-1\", \"eu-west-1\"]\n}\n";
    let bench = Bench::with_policy(policy).await;
    let assume = config_of(&bench.moto.url, "222222222222").await;
    let there =
        aws_sdk_ec2::Client::new(&assume.to_builder().region(aws_sdk_ec2::config::Region::new("eu-west-1")).build());
    let made = there.create_volume().availability_zone("eu-west-1a").volume_type(VolumeType::Gp3).size(100);
    let volume = made.send().await.unwrap().volume_id.unwrap();
    // Without a role the other account refuses, and the own one is looked at all the same.
    let (said, code) = bench.run(bench.now, &["advise"]);
    assert!(
        code == 3 && said.contains("222222222222 is a different account, and TOLLGATE_ACTION_ROLE names no role in it"),
        "{said}"
    );
    let out =
        bench.command(bench.now).env("TOLLGATE_ACTION_ROLE", "tollgate-actions").args(["advise"]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let found = bench.json(bench.now, &["advise", "show", &bench.advice("unattached_volume", &volume)]);
    let subject = &found["advice"]["subject"];
    assert_eq!((&subject["account"], &subject["region"]), (&"222222222222".into(), &"eu-west-1".into()), "{found:#}");
    let calls = bench.gateway.calls();
    assert!(calls.iter().any(|c| c == "sts:AssumeRole"), "{calls:?}");
}

/// Keys of a role of another account, as moto gives them.
async fn config_of(moto: &str, account: &str) -> aws_types::SdkConfig {
    let keys = tollgate_wiring::identity::assume_role(&shared(moto), account, "admin", None, "test").await.unwrap();
    let keys = aws_sdk_ec2::config::Credentials::new(keys.access, keys.secret, keys.token, None, "test");
    let provider = aws_types::sdk_config::SharedCredentialsProvider::new(keys);
    shared(moto).to_builder().credentials_provider(provider).build()
}
