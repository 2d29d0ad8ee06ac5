//! `cargo xtask bench functions`: cold start, invokes, memory and size of each function, over moto.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::run::{run, target, workspace};
use crate::runtime_api::RuntimeApi;
use crate::tools;

/// A function and its limits.
struct Function {
    name: &'static str,
    /// The size of its zip, in MiB.
    zip: u64,
    /// The time to start, in milliseconds.
    init: u64,
    /// Whether it is invoked. The others would read an inventory that moto does not have.
    invoked: bool,
}

const fn function(name: &'static str, init: u64, invoked: bool) -> Function {
    Function { name, zip: 15, init, invoked }
}

const FUNCTIONS: [Function; 7] = [
    function("ingest", 150, true),
    function("detect", 150, true),
    function("budgets", 60, true),
    function("notify", 60, true),
    function("slack", 60, true),
    function("advise", 150, false),
    function("remediate", 150, false),
];
/// Cold starts, of which the median is reported.
const STARTS: usize = 11;
/// The tenant that is measured: accounts, services and days.
const TENANT: (usize, usize, i64) = (100, 100, 31);
const TABLE: &str = "bench";
const LAKE: &str = "bench-lake";
const BILLS: &str = "bench-bills";

struct Stopped(Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Measurements of a function.
struct Measured {
    init: Duration,
    /// The first and the second invocation.
    invocations: Option<(Duration, Duration)>,
    resident: u64,
    zip: u64,
    datafusion: bool,
}

pub(crate) fn bench(built: bool) -> anyhow::Result<()> {
    if !built {
        build()?;
    }
    let moto = match tools::moto_server()? {
        Ok(path) => path,
        Err(why) => bail!("moto cannot be used: {why}"),
    };
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut server = Command::new(moto);
    server.args(["--host", "127.0.0.1", "--port", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    let _server = Stopped(server.spawn()?);
    let url = format!("http://127.0.0.1:{port}");
    for _ in 0..200 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    seed(&url)?;

    println!(
        "\n| function | init ms (aim) | first invoke ms | warm invoke ms | resident MiB (aim 128) | zip MiB (aim) | DataFusion |"
    );
    println!("|---|---|---|---|---|---|---|");
    let milliseconds = |time: Duration| format!("{:.0}", time.as_secs_f64() * 1e3);
    for Function { name, zip, init, invoked } in FUNCTIONS {
        let m = measure(&target().join(format!("lambda/{name}/bootstrap")), name, invoked, &url)?;
        let none = || ("-".to_owned(), "-".to_owned());
        let (first, warm) = m.invocations.map_or_else(none, |(first, warm)| (milliseconds(first), milliseconds(warm)));
        println!(
            "| {name} | {:.1} ({init}) | {first} | {warm} | {} | {:.1} ({zip}) | {} |",
            m.init.as_secs_f64() * 1e3,
            m.resident >> 20,
            m.zip as f64 / f64::from(1 << 20),
            if m.datafusion { "linked" } else { "not linked" }
        );
    }
    println!(
        "\nInit: from start to the first request for an event, the median of {STARTS}. Invokes: with moto's time. Resident: the peak. \
         A tenant of {} series over {} days.",
        TENANT.0 * TENANT.1,
        TENANT.2
    );
    Ok(())
}

/// Builds the functions as `sam build` does, and the command line that imports.
fn build() -> anyhow::Result<()> {
    println!("building the functions as `sam build` does");
    let (cargo_lambda, path) = tools::cargo_lambda_with_path()?;
    for Function { name, .. } in FUNCTIONS {
        let mut build = Command::new(&cargo_lambda);
        run(build.args(["lambda", "build", "--release", "--package", &format!("tollgate-{name}")]).env("PATH", &path))?;
    }
    // Any build of the command line can import.
    if !target().join("debug/tollgate").exists() {
        run(workspace("test").args(["--no-run", "--quiet"]))?;
    }
    Ok(())
}

/// Creates the table and the buckets, and imports a tenant's charges by the command line.
fn seed(url: &str) -> anyhow::Result<()> {
    let key = |name: &str, kind: &str| format!(r#"{{"AttributeName":"{name}","KeyType":"{kind}"}}"#);
    let text = |name: &str| format!(r#"{{"AttributeName":"{name}","AttributeType":"S"}}"#);
    let table = format!(
        r#"{{"TableName":"{TABLE}","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{}],"KeySchema":[{},{}],
        "GlobalSecondaryIndexes":[{{"IndexName":"index1","KeySchema":[{},{}],"Projection":{{"ProjectionType":"ALL"}}}}]}}"#,
        ["pk", "sk", "i1pk", "i1sk"].map(text).join(","),
        key("pk", "HASH"),
        key("sk", "RANGE"),
        key("i1pk", "HASH"),
        key("i1sk", "RANGE")
    );
    let made = folder()?;
    // moto reads the region of a signature and does not verify it.
    let signed = "Authorization: AWS4-HMAC-SHA256 Credential=bench/20261122/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";
    curl(&[
        "-H",
        signed,
        "-X",
        "POST",
        "-H",
        "X-Amz-Target: DynamoDB_20120810.CreateTable",
        "-H",
        "Content-Type: application/x-amz-json-1.0",
        "-d",
        &table,
        url,
    ])?;
    for bucket in [LAKE, BILLS] {
        curl(&["-X", "PUT", "-H", "Content-Type: application/octet-stream", &format!("{url}/{bucket}")])?;
    }
    println!("seeding {} series over {} days", TENANT.0 * TENANT.1, TENANT.2);
    let bill = made.join("bill.csv");
    write_bill(&bill)?;
    run(Command::new(target().join("debug/tollgate"))
        .envs(environment(url))
        .args(["--store", &format!("aws://{TABLE}/{LAKE}"), "ingest"])
        .arg(&bill)
        .stdout(Stdio::null()))?;
    // One small export, for ingest to read.
    let small = "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName\n\
                 1,1,9,USD,2026-11-01,2026-12-01,2026-11-02,2026-11-03,Usage,AWS,EC2\n";
    put(url, &made, "cur/data/BILLING_PERIOD=2026-11/cur-00001.csv", small)?;
    let manifest = format!(r#"{{"dataFiles":["s3://{BILLS}/cur/data/BILLING_PERIOD=2026-11/cur-00001.csv"]}}"#);
    put(url, &made, "cur/metadata/BILLING_PERIOD=2026-11/cur-Manifest.json", &manifest)
}

fn put(url: &str, folder: &Path, key: &str, text: &str) -> anyhow::Result<()> {
    let file = folder.join("object");
    std::fs::write(&file, text)?;
    let file = file.display().to_string();
    curl(&["-T", &file, "-H", "Content-Type: application/octet-stream", &format!("{url}/{BILLS}/{key}")])
}

fn folder() -> anyhow::Result<PathBuf> {
    let folder = target().join("bench");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn curl(args: &[&str]) -> anyhow::Result<()> {
    run(Command::new("curl")
        .args(["--silent", "--show-error", "--fail", "--max-time", "60", "--output", "/dev/null"])
        .args(args))
}

/// A bill without anomalies: every account uses every service every day.
fn write_bill(path: &Path) -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
    writeln!(
        out,
        "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,\
         ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,SubAccountId"
    )?;
    let date = |day: i64| {
        // 2026-10-22 and the days after it, by the lengths of its months.
        let (mut month, mut rest) = (10, day + 21);
        for length in [31, 30, 31] {
            if rest < length {
                break;
            }
            (month, rest) = (month + 1, rest - length);
        }
        (month, format!("2026-{month:02}-{:02}", rest + 1))
    };
    for day in 0..TENANT.2 {
        let ((month, from), (_, to)) = (date(day), date(day + 1));
        for account in 0..TENANT.0 {
            for service in 0..TENANT.1 {
                let cents = 1000 + (account * 37 + service * 11 + usize::try_from(day)? * 7) % 40;
                writeln!(
                    out,
                    "{}.{:02},{}.{:02},1,USD,2026-{month:02}-01,2026-{:02}-01,{from},{to},Usage,AWS,service {service},{account:012}",
                    cents / 100,
                    cents % 100,
                    cents / 100,
                    cents % 100,
                    month + 1
                )?;
            }
        }
    }
    Ok(out.flush()?)
}

fn environment(url: &str) -> Vec<(&'static str, String)> {
    let all = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "bench"),
        ("AWS_SECRET_ACCESS_KEY", "bench"),
        ("AWS_ENDPOINT_URL", url),
        ("TOLLGATE_NOW", "2026-11-22T06:00:00Z"),
        ("TOLLGATE_TABLE", TABLE),
        ("TOLLGATE_LAKE", LAKE),
        ("TOLLGATE_TOPIC", "arn:aws:sns:us-east-1:123456789012:bench"),
        ("TOLLGATE_EXPORT_BUCKET", BILLS),
        ("TOLLGATE_EXPORT_FOLDER", "cur"),
    ];
    all.map(|(name, value)| (name, value.to_owned())).into()
}

fn start(binary: &Path, api: &RuntimeApi, url: &str) -> anyhow::Result<Stopped> {
    let child = Command::new(binary)
        .env_clear()
        .envs(environment(url))
        .env("AWS_LAMBDA_RUNTIME_API", format!("http://{}", api.address()?))
        .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "bench")
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("{}", binary.display()))?;
    Ok(Stopped(child))
}

fn measure(binary: &Path, name: &str, invoked: bool, url: &str) -> anyhow::Result<Measured> {
    let mut inits = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let api = RuntimeApi::start()?;
        let begun = Instant::now();
        let _function = start(binary, &api, url)?;
        api.next()?;
        inits.push(begun.elapsed());
    }
    inits.sort();
    let api = RuntimeApi::start()?;
    let function = start(binary, &api, url)?;
    let event = if ["notify", "slack"].contains(&name) { r#"{"Records":[]}"# } else { "{}" };
    let waiting = api.next()?;
    let invocations = if invoked {
        let (first, waiting) = waiting.invoke(&api, "1", event)?;
        Some((first, waiting.invoke(&api, "2", event)?.0))
    } else {
        None
    };
    let status = std::fs::read_to_string(format!("/proc/{}/status", function.0.id()))?;
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let resident = peak.trim().trim_end_matches(" kB").parse::<u64>()? << 10;
    let zip = folder()?.join(format!("{name}.zip"));
    let python = tools::python(8).context("it needs Python to zip")?;
    let script =
        "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED).write(sys.argv[2], 'bootstrap')";
    run(Command::new(python).args(["-c", script]).arg(&zip).arg(binary))?;
    let bytes = std::fs::read(binary)?;
    let datafusion = bytes.windows(15).any(|w| w == b"datafusion-sql-");
    Ok(Measured { init: inits[STARTS / 2], invocations, resident, zip: std::fs::metadata(zip)?.len(), datafusion })
}
