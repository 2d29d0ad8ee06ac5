//! A labelled inventory: for each kind of advice some true cases and some similar resources without a recommendation.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};
use tollgate_analysis::advice::{CommittedUse, ListPrices, OnDemandUse, ResourceSpend};
use tollgate_model::metric::ResourceKey;
use tollgate_model::{AccountRegion, Amount, Currency, Day, Hourly, Metric, Metrics, Resource, Shape};

/// The day of the advice.
pub(crate) const TODAY: &str = "2026-11-22";
/// Hours of metrics: two weeks.
const HOURS: usize = 336;

/// An inventory with its true recommendations.
#[derive(Default)]
pub(crate) struct Labelled {
    pub(crate) resources: Vec<Resource>,
    pub(crate) metrics: HashMap<ResourceKey, Metrics>,
    pub(crate) spend: HashMap<String, ResourceSpend>,
    pub(crate) commitments: Vec<CommittedUse>,
    pub(crate) on_demand_use: Vec<OnDemandUse>,
    /// Kind and resource id of every true recommendation.
    pub(crate) truth: BTreeSet<(String, String)>,
    seed: u64,
    count: usize,
}

/// Round prices that are easy to compute with.
pub(crate) struct Prices;

impl ListPrices for Prices {
    fn monthly(&self, kind: &str, attributes: Value, _: &str) -> Option<(Amount, Amount)> {
        let number = |name: &str| attributes.get(name).and_then(Value::as_i64).unwrap_or(0);
        let text = |name: &str| attributes.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let size = |class: &str| match class.rsplit('.').next().unwrap_or_default() {
            "medium" => Some(30),
            "large" => Some(60),
            "xlarge" => Some(120),
            "2xlarge" => Some(240),
            "4xlarge" => Some(480),
            _ => None,
        };
        let newer = |class: &str| if ["m5", "c5", "r5", "t3"].iter().any(|f| class.contains(f)) { 9 } else { 10 };
        let cents = match kind {
            "aws_instance" => size(&text("instance_type"))? * 10 * newer(&text("instance_type")),
            "aws_db_instance" => {
                let class = text("instance_class");
                size(&class)? * 18 * newer(&class) + number("allocated_storage") * 11
            }
            "aws_ebs_volume" => {
                let gb = number("size");
                match text("type").as_str() {
                    "gp2" => gb * 10,
                    "gp3" => gb * 8 + (number("iops") - 3000).max(0) / 2 + (number("throughput") - 125).max(0) * 4,
                    "io1" | "io2" => gb * 125 / 10 + number("iops") * 65 / 10,
                    _ => return None,
                }
            }
            "aws_ebs_snapshot" => number("volume_size") * 5,
            "aws_eip" => 365,
            "aws_nat_gateway" => 3285,
            "aws_lb" => 1643,
            "aws_cloudwatch_log_group" => number("storage_gb") * 3,
            _ => return None,
        };
        let amount = Amount::whole(cents).ratio(1, 100)?;
        Some((amount, amount))
    }
}

impl Labelled {
    /// An inventory with `each` resources for every case. The same seed gives the same inventory.
    pub(crate) fn new(seed: u64, each: usize) -> Self {
        let mut out = Self { seed, ..Self::default() };
        for _ in 0..each {
            out.machines();
            out.disks();
            out.networks();
            out.databases();
            out.functions();
            out.stores();
        }
        out.commitments();
        out
    }

    fn random(&mut self, most: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % most.max(1)
    }

    fn add(&mut self, prefix: &str, age: i32, tags: &[(&str, &str)], shape: Value, truth: &[&str]) -> Resource {
        self.count += 1;
        let today: Day = TODAY.parse().unwrap();
        let region = ["eu-west-1", "us-east-1"][self.count % 2];
        let resource = Resource {
            id: format!("{prefix}{:08x}", self.count),
            place: AccountRegion { account: "111122223333".to_owned(), region: region.to_owned() },
            created: Some(format!("{}T05:00:00Z", today.plus(-age)).parse().unwrap()),
            tags: tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            shape: serde_json::from_value::<Shape>(shape).unwrap(),
        };
        self.truth.extend(truth.iter().map(|kind| ((*kind).to_owned(), resource.id.clone())));
        self.resources.push(resource.clone());
        resource
    }

    fn measure(&mut self, of: &Resource, metric: Metric, value: impl Fn(usize, &mut Self) -> Option<f32>) {
        let first_hour = TODAY.parse::<Day>().unwrap().first_second() / 3600 - 336;
        let values: Vec<Option<f32>> = (0..HOURS).map(|h| value(h, self)).collect();
        let key = (of.place.clone(), of.id.clone());
        self.metrics.entry(key).or_default().insert(metric, Hourly::new(first_hour, values));
    }

    /// Measures the same value with some noise in every hour.
    fn around(&mut self, of: &Resource, metric: Metric, middle: f32, noise: u64) {
        self.measure(of, metric, |_, me| Some(middle + me.random(noise + 1) as f32));
    }

    fn pays(&mut self, of: &Resource, a_month: i64, committed: i64) {
        let month = |n: i64| Amount::whole(n).ratio(720, 730).unwrap();
        let spend =
            ResourceSpend { currency: Currency::USD, days: 30, on_demand: month(a_month), committed: month(committed) };
        self.spend.insert(of.id.clone(), spend);
    }

    fn instance(&mut self, kind: &str, age: i32, tags: &[(&str, &str)], truth: &[&str], with: Value) -> Resource {
        let mut shape = json!({
            "type": "instance", "state": "running", "instance_type": kind, "architecture": "x86_64", "platform": "Linux/UNIX",
            "image": "ami-used", "zone": "eu-west-1a", "root_device": "ebs",
        });
        for (key, value) in with.as_object().unwrap() {
            shape[key] = value.clone();
        }
        self.add("i-", age, tags, shape, truth)
    }

    fn used(&mut self, of: &Resource, cpu: f32, network_mib_a_day: f32, disk_a_second: f32) {
        self.around(of, Metric::CpuMaximum, cpu, 2);
        let hourly = network_mib_a_day * 1024.0 * 1024.0 / 24.0;
        self.around(of, Metric::NetworkBytes, hourly, 1000);
        self.around(of, Metric::DiskOperations, disk_a_second * 3600.0, 10);
    }

    fn machines(&mut self) {
        let none = json!({});
        let idle = self.instance("m5.xlarge", 60, &[], &["idle_instance", "rightsize_instance"], none.clone());
        self.used(&idle, 1.0, 1.0, 0.1);
        // Covered by a commitment, but idle.
        let covered = self.instance("m5.xlarge", 60, &[], &["idle_instance", "rightsize_instance"], none.clone());
        self.used(&covered, 1.0, 1.0, 0.1);
        self.pays(&covered, 0, 100);
        // Busy on the network, or on its disks, or for one hour in a hundred.
        let proxy = self.instance("m5.xlarge", 60, &[], &["rightsize_instance"], none.clone());
        self.used(&proxy, 1.0, 900.0, 0.1);
        let disks = self.instance("m5.xlarge", 60, &[], &["rightsize_instance"], none.clone());
        self.used(&disks, 1.0, 1.0, 80.0);
        let nightly = self.instance("m5.xlarge", 60, &[], &[], none.clone());
        self.used(&nightly, 1.0, 1.0, 0.1);
        self.measure(&nightly, Metric::CpuMaximum, |h, _| Some(if h % 24 == 3 { 96.0 } else { 1.0 }));
        // Younger than the metrics; in an Auto Scaling group; without metrics; with half of them; with an instance store.
        let young = self.instance("m5.xlarge", 5, &[], &["rightsize_instance"], none.clone());
        self.used(&young, 1.0, 1.0, 0.1);
        let grouped = self.instance("m5.xlarge", 60, &[("aws:autoscaling:groupName", "web")], &[], none.clone());
        self.used(&grouped, 1.0, 1.0, 0.1);
        self.instance("m5.xlarge", 60, &[], &[], none.clone());
        let gaps = self.instance("m5.xlarge", 60, &[], &[], none.clone());
        self.measure(&gaps, Metric::CpuMaximum, |h, _| (h % 2 == 0).then_some(1.0));
        self.measure(&gaps, Metric::NetworkBytes, |h, _| (h % 2 == 0).then_some(1.0));
        let store =
            self.instance("m5.xlarge", 60, &[], &["rightsize_instance"], json!({ "root_device": "instance-store" }));
        self.used(&store, 1.0, 1.0, 0.1);
        let stopped = self.instance("m5.xlarge", 60, &[], &[], json!({ "state": "stopped" }));
        self.used(&stopped, 1.0, 1.0, 0.1);
        // Too large; nearly too large; with memory that a smaller one lacks; burstable.
        let large = self.instance("m5.2xlarge", 60, &[], &["rightsize_instance"], none.clone());
        self.used(&large, 25.0, 900.0, 9.0);
        let right = self.instance("m5.2xlarge", 60, &[], &[], none.clone());
        self.used(&right, 45.0, 900.0, 9.0);
        let memory = self.instance("m5.2xlarge", 60, &[], &[], none.clone());
        self.used(&memory, 20.0, 900.0, 9.0);
        self.around(&memory, Metric::MemoryMaximum, 70.0, 3);
        let burst = self.instance("t3.large", 60, &[], &[], none.clone());
        self.used(&burst, 20.0, 900.0, 9.0);
        // Working hours only; working hours and one Saturday.
        let office = |h: usize| {
            // The first hour is a Sunday's first: 2026-11-08.
            let (day, hour) = ((h / 24) % 7, h % 24);
            (1..=5).contains(&day) && (8..18).contains(&hour)
        };
        let workday = self.instance("m5.xlarge", 60, &[], &["schedule"], none.clone());
        self.used(&workday, 1.0, 900.0, 9.0);
        self.measure(&workday, Metric::CpuMaximum, |h, _| Some(if office(h) { 70.0 } else { 1.0 }));
        let saturday = self.instance("m5.xlarge", 60, &[], &[], none.clone());
        self.used(&saturday, 1.0, 900.0, 9.0);
        self.measure(&saturday, Metric::CpuMaximum, |h, _| Some(if office(h) || h / 24 == 6 { 70.0 } else { 1.0 }));
        // A previous generation; one whose successor has different sizes; an instance for Spot, and one outside a group.
        let old = self.instance("m4.large", 400, &[], &["previous_generation"], none.clone());
        self.used(&old, 60.0, 900.0, 9.0);
        let batch = [("aws:autoscaling:groupName", "batch-1"), ("role", "batch")];
        let batch = self.instance("m5.large", 60, &batch, &["spot"], none.clone());
        self.used(&batch, 60.0, 900.0, 9.0);
        let named = self.instance("m5.large", 60, &[("role", "batch")], &[], none.clone());
        self.used(&named, 60.0, 900.0, 9.0);
        let web = self.instance("m5.large", 60, &[("aws:autoscaling:groupName", "web-2")], &[], none);
        self.used(&web, 60.0, 900.0, 9.0);
    }

    fn volume(
        &mut self,
        kind: &str,
        size: u32,
        iops: Option<u32>,
        state: &str,
        age: i32,
        tags: &[(&str, &str)],
        truth: &[&str],
    ) -> Resource {
        let attached = if state == "in-use" { json!(["i-other"]) } else { json!([]) };
        let shape = json!({
            "type": "volume", "state": state, "volume_type": kind, "size_gib": size, "iops": iops, "zone": "eu-west-1a",
            "attached_to": attached, "encrypted": true,
        });
        self.add("vol-", age, tags, shape, truth)
    }

    fn disks(&mut self) {
        let idle = self.volume("gp3", 100, Some(3000), "available", 60, &[], &["unattached_volume"]);
        self.measure(&idle, Metric::DiskOperations, |_, _| None);
        let young = self.volume("gp3", 100, Some(3000), "available", 3, &[], &[]);
        self.measure(&young, Metric::DiskOperations, |_, _| None);
        // Attached for an hour last week.
        let lately = self.volume("gp3", 100, Some(3000), "available", 60, &[], &[]);
        self.measure(&lately, Metric::DiskOperations, |h, _| (h == 200).then_some(4000.0));
        let claim = [("kubernetes.io/created-for/pvc/name", "data")];
        self.volume("gp3", 100, Some(3000), "available", 60, &claim, &[]);
        let both = self.volume("gp2", 500, Some(1500), "available", 60, &[], &["unattached_volume", "gp2_to_gp3"]);
        self.measure(&both, Metric::DiskOperations, |_, _| None);
        self.volume("gp2", 500, Some(1500), "in-use", 60, &[], &["gp2_to_gp3"]);
        // Its throughput costs more than gp3 saves at this size.
        self.volume("gp2", 340, Some(1020), "in-use", 60, &[], &["gp2_to_gp3"]);
        self.volume("gp3", 500, Some(3000), "in-use", 60, &[], &[]);
        let lazy = self.volume("io1", 200, Some(8000), "in-use", 60, &[], &["provisioned_iops"]);
        self.around(&lazy, Metric::DiskOperations, 500.0 * 3600.0, 1000);
        let busy = self.volume("io1", 200, Some(8000), "in-use", 60, &[], &[]);
        self.around(&busy, Metric::DiskOperations, 5000.0 * 3600.0, 1000);
        self.volume("io2", 200, Some(8000), "in-use", 60, &[], &[]);
        let snapshot = |volume: &str, tier: &str| json!({ "type": "snapshot", "state": "completed", "volume": volume, "size_gib": 50, "tier": tier, "description": "" });
        let there = idle.id;
        self.add("snap-", 200, &[], snapshot("vol-gone", "standard"), &["old_snapshot"]);
        self.add("snap-", 20, &[], snapshot("vol-gone", "standard"), &[]);
        self.add("snap-", 200, &[], snapshot(&there, "standard"), &[]);
        self.add("snap-", 200, &[], snapshot("vol-gone", "archive"), &[]);
        self.add("snap-", 200, &[("aws:backup:source-resource", "x")], snapshot("vol-gone", "standard"), &[]);
        let of_image = self.add("snap-", 400, &[], snapshot("vol-gone", "standard"), &[]);
        let image = |name: &str, snapshots: Value, templates: Value| json!({ "type": "image", "state": "available", "name": name, "snapshots": snapshots, "public": false, "templates": templates });
        let family = ["blue", "green", "red"][self.count % 3];
        let name = |n: usize| format!("{family}-2025010{n}");
        self.add("ami-", 400, &[], image(&name(1), json!([of_image.id]), json!([])), &["old_image"]);
        self.add("ami-", 400, &[], image(&name(2), json!([]), json!(["web"])), &[]);
        // The newest image of its name.
        self.add(
            "ami-",
            390 - i32::try_from(self.count % 2).unwrap(),
            &[],
            image(&format!("only{}x", "y".repeat(self.count % 50)), json!([]), json!([])),
            &[],
        );
        self.add("ami-", 10, &[], image(&name(3), json!([]), json!([])), &[]);
        // The region of the newer image alternates: it must be in the same region.
        self.add("ami-", 9, &[], image(&name(4), json!([]), json!([])), &[]);
    }

    fn networks(&mut self) {
        let address =
            |association: Value| json!({ "type": "address", "public_ip": "192.0.2.1", "association": association });
        self.add("eipalloc-", 0, &[], address(Value::Null), &["unused_address"]);
        self.add("eipalloc-", 0, &[], address(json!("eipassoc-1")), &[]);
        let gateway = json!({ "type": "nat_gateway", "state": "available", "vpc": "vpc-1", "subnet": "subnet-1", "addresses": [], "connectivity": "public" });
        let idle = self.add("nat-", 60, &[], gateway.clone(), &["idle_nat_gateway"]);
        self.around(&idle, Metric::ProcessedBytes, 0.0, 0);
        let busy = self.add("nat-", 60, &[], gateway.clone(), &[]);
        self.around(&busy, Metric::ProcessedBytes, 1e9, 1000);
        // A standby: one idle week is not two.
        let young = self.add("nat-", 7, &[], gateway.clone(), &[]);
        self.around(&young, Metric::ProcessedBytes, 0.0, 0);
        self.add("nat-", 60, &[], gateway, &[]);
        let balancer = |targets: u32| {
            json!({ "type": "load_balancer", "state": "active", "name": "web", "kind": "application", "scheme": "internal",
                "subnets": [], "targets": targets })
        };
        let prefix = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/";
        let idle = self.add(prefix, 60, &[], balancer(2), &["idle_load_balancer"]);
        self.measure(&idle, Metric::Requests, |_, _| None);
        let busy = self.add(prefix, 60, &[], balancer(2), &[]);
        self.around(&busy, Metric::Requests, 900.0, 10);
        // One request a week, such as a weekly report.
        let rare = self.add(prefix, 60, &[], balancer(1), &[]);
        self.measure(&rare, Metric::Requests, |h, _| (h % 168 == 9).then_some(1.0));
        let unknown = self.add(prefix, 60, &[], balancer(0), &[]);
        self.metrics.remove(&(unknown.place.clone(), unknown.id.clone()));
    }

    fn database(&mut self, class: &str, state: &str, with: Value, truth: &[&str]) -> Resource {
        let mut shape = json!({
            "type": "database", "state": state, "class": class, "engine": "postgres", "storage_type": "gp3", "size_gib": 100,
            "multi_az": false, "deletion_protection": false,
        });
        for (key, value) in with.as_object().unwrap() {
            shape[key] = value.clone();
        }
        self.add("db-", 90, &[], shape, truth)
    }

    fn databases(&mut self) {
        let none = json!({});
        let idle = self.database("db.m5.large", "available", none.clone(), &["idle_database"]);
        self.around(&idle, Metric::Connections, 0.0, 0);
        self.around(&idle, Metric::CpuMaximum, 3.0, 2);
        let rare = self.database("db.m5.large", "available", none.clone(), &[]);
        self.measure(&rare, Metric::Connections, |h, _| Some(if h % 168 == 9 { 1.0 } else { 0.0 }));
        self.around(&rare, Metric::CpuMaximum, 60.0, 2);
        let copy = self.database("db.m5.large", "available", json!({ "replica_of": "db-1" }), &[]);
        self.around(&copy, Metric::Connections, 0.0, 0);
        self.database("db.m5.large", "stopped", none.clone(), &["idle_database"]);
        let large = self.database("db.m5.2xlarge", "available", none.clone(), &["rightsize_database"]);
        self.around(&large, Metric::Connections, 20.0, 3);
        self.around(&large, Metric::CpuMaximum, 12.0, 2);
        let right = self.database("db.m5.2xlarge", "available", none.clone(), &[]);
        self.around(&right, Metric::Connections, 20.0, 3);
        self.around(&right, Metric::CpuMaximum, 55.0, 2);
        let member = self.database("db.r5.large", "available", json!({ "cluster": "main" }), &[]);
        self.around(&member, Metric::Connections, 0.0, 0);
        let old = self.database("db.m4.large", "available", none, &["previous_generation"]);
        self.around(&old, Metric::Connections, 20.0, 3);
        self.around(&old, Metric::CpuMaximum, 60.0, 2);
    }

    fn functions(&mut self) {
        let shape = |memory: u32, architecture: &str, package: &str, runtime: &str| {
            json!({ "type": "function", "state": "Active", "runtime": runtime, "memory_mib": memory, "architecture": architecture,
                "package": package, "timeout_seconds": 30 })
        };
        let used = |me: &mut Self, of: &Resource, memory: Option<f32>, duration: f32| {
            me.around(of, Metric::Invocations, 100.0, 5);
            me.around(of, Metric::DurationMaximum, duration, 5);
            if let Some(memory) = memory {
                me.around(of, Metric::MemoryMaximum, memory, 1);
            }
            me.pays(of, 200, 0);
        };
        let large = self.add("fn-", 60, &[], shape(2048, "arm64", "Zip", "python3.13"), &["function_memory"]);
        used(self, &large, Some(20.0), 900.0);
        let right = self.add("fn-", 60, &[], shape(2048, "arm64", "Zip", "python3.13"), &[]);
        used(self, &right, Some(72.0), 900.0);
        // It would exceed its timeout with less CPU.
        let slow = self.add("fn-", 60, &[], shape(1024, "arm64", "Zip", "python3.13"), &[]);
        used(self, &slow, Some(20.0), 20_000.0);
        let unmeasured = self.add("fn-", 60, &[], shape(2048, "arm64", "Zip", "python3.13"), &[]);
        used(self, &unmeasured, None, 900.0);
        let x86 = self.add("fn-", 60, &[], shape(512, "x86_64", "Zip", "nodejs22.x"), &["function_architecture"]);
        used(self, &x86, None, 900.0);
        let binary = self.add("fn-", 60, &[], shape(512, "x86_64", "Zip", "provided.al2023"), &[]);
        used(self, &binary, None, 900.0);
        let image = self.add("fn-", 60, &[], shape(512, "x86_64", "Image", ""), &[]);
        used(self, &image, None, 900.0);
        self.add("fn-", 60, &[], shape(512, "x86_64", "Zip", "python3.13"), &[]);
    }

    fn stores(&mut self) {
        let bucket = |rules: Value, uploads: u32, oldest: &str| json!({ "type": "bucket", "lifecycle": rules, "versioning": false, "incomplete_uploads": uploads, "oldest_upload": (!oldest.is_empty()).then_some(oldest) });
        let abort =
            json!([{ "ID": "a", "Status": "Enabled", "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 3 } }]);
        let moves = json!([{ "ID": "m", "Status": "Enabled", "Transitions": 1 }]);
        self.add("bucket-", 90, &[], bucket(json!([]), 12, "2026-10-01T00:00:00Z"), &["incomplete_uploads"]);
        self.add("bucket-", 90, &[], bucket(json!([]), 1, "2026-11-21T00:00:00Z"), &[]);
        self.add("bucket-", 90, &[], bucket(abort, 12, "2026-10-01T00:00:00Z"), &[]);
        self.add("bucket-", 90, &[], bucket(Value::Null, 12, "2026-10-01T00:00:00Z"), &[]);
        let costly = self.add("bucket-", 90, &[], bucket(json!([]), 0, ""), &["bucket_lifecycle"]);
        self.pays(&costly, 400, 0);
        let moved = self.add("bucket-", 90, &[], bucket(moves, 0, ""), &[]);
        self.pays(&moved, 400, 0);
        let logs = |days: Value, gib: u64| json!({ "type": "log_group", "retention_days": days, "stored_bytes": gib << 30, "class": "STANDARD" });
        self.add("/app/", 500, &[], logs(Value::Null, 800), &["log_retention"]);
        self.add("/app/", 500, &[], logs(json!(30), 800), &[]);
        self.add("/app/", 30, &[], logs(Value::Null, 800), &[]);
        self.add("/app/", 500, &[], logs(Value::Null, 0), &[]);
    }

    fn commitments(&mut self) {
        let plan = |id: &str, used: i64, unused: i64, ends: Option<&str>| CommittedUse {
            id: id.to_owned(),
            name: id.to_owned(),
            account: "111122223333".to_owned(),
            currency: Currency::USD,
            days: 30,
            used: Amount::whole(used),
            unused: Amount::whole(unused),
            saved: Amount::whole(used / 3),
            ends: ends.map(|d| d.parse().unwrap()),
        };
        self.commitments = vec![
            plan("sp-full", 900, 10, None),
            plan("sp-half", 500, 400, None),
            plan("sp-ends", 900, 0, Some("2026-12-20")),
            plan("sp-later", 900, 0, Some("2027-12-20")),
        ];
        let of = |service: &str, savings_plan, a_day: &dyn Fn(i32) -> i64| OnDemandUse {
            account: "111122223333".to_owned(),
            service: service.to_owned(),
            savings_plan,
            covered_list: Amount::ZERO,
            currency: Currency::USD,
            days: (0..30).map(|n| (TODAY.parse::<Day>().unwrap().plus(n - 30), Amount::whole(a_day(n)))).collect(),
            pays_percent: Some(70),
        };
        self.on_demand_use = vec![
            of("Amazon Elastic Compute Cloud", true, &|n| 100 + i64::from(n % 7)),
            // Intermittent: there is no steady use.
            of("AWS Lambda", true, &|n| i64::from(n % 3) * 50),
            of("Amazon Relational Database Service", false, &|_| 80),
        ];
        let true_ones = [
            ("unused_commitment", "sp-half"),
            ("expiring_commitment", "sp-ends"),
            ("savings_plan", "Amazon Elastic Compute Cloud"),
            ("reserved_instances", "Amazon Relational Database Service"),
        ];
        self.truth.extend(true_ones.map(|(kind, id)| (kind.to_owned(), id.to_owned())));
    }

    /// An empty track record.
    pub(crate) fn track_record() -> BTreeMap<(String, String), u32> {
        BTreeMap::new()
    }
}
