//! Budgets reach the gate: the status that a deployment publishes on S3, and the one that `tollgate serve` answers with.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tollgate_pipeline::{ingest, publish_budgets};

use crate::on_aws::on_aws;
use crate::servers::moto;
use crate::support::{binary, focus, gate_binary, options};

/// A budget whose forecast leaves no room for the change of the gate's own fixture.
const POLICY: &str = "\
budget \"platform\" {
  amount   = 3100
  currency = \"USD\"
}
budget_policy \"money\" {
  budget = \"platform\"
}
";

/// Charges of two months and a half, 100 a day.
fn charges() -> String {
    let days = |month: u32, last: u32| (1..=last).map(move |day| format!("2026-{month:02}-{day:02}"));
    let all: Vec<String> = days(9, 30).chain(days(10, 31)).chain(days(11, 20)).collect();
    focus(&all.iter().map(|day| (day.as_str(), "EC2", "100", "Usage")).collect::<Vec<_>>())
}

/// Checks the change of the gate's acceptance scenario in a folder of its own.
fn check(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let fixture = crate::template::root().join("policy-gate/tests/pull-request/before");
    for name in ["plan.json", "main.tf"] {
        std::fs::copy(fixture.join(name), folder.join(name)).unwrap();
    }
    std::fs::write(folder.join("tollgate.hcl"), POLICY).unwrap();
    Command::new(gate_binary())
        .args(["check", "plan.json"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("TOLLGATE_NOW", "2026-11-21T06:00:00Z")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn text(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn the_published_status_reaches_the_gate_by_s3() {
    let server = moto();
    let context = on_aws(&server, "gate-lake", POLICY).await;
    let folder = tempfile::tempdir().unwrap();
    let keys = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "a-secret-that-nobody-sees"),
        ("AWS_SESSION_TOKEN", "of-the-role"),
        ("AWS_ENDPOINT_URL", server.url.as_str()),
    ];
    let at = ["--budgets", "s3://gate-lake/published/budgets.json"];
    // Nothing is published yet: no verdict, and the keys are not shown.
    let out = check(folder.path(), &at, &keys);
    assert_eq!(out.status.code(), Some(2), "{}", text(&out));
    assert!(text(&out).contains("the status of budgets cannot be read from s3://gate-lake"), "{}", text(&out));
    assert!(!text(&out).contains("a-secret-that-nobody-sees"));

    let file = folder.path().join("charges.csv");
    std::fs::write(&file, charges()).unwrap();
    let inputs = tollgate_pipeline::open_files(&[file], &options().read).unwrap();
    ingest(&context, inputs, &options(), std::sync::Arc::new(|_, _, _| {})).await.unwrap();
    let published = publish_budgets(&context).await.unwrap();
    assert_eq!(published.budgets.len(), 1);
    let out = check(folder.path(), &at, &keys);
    assert_eq!(out.status.code(), Some(1), "{}", text(&out));
    assert!(text(&out).contains("budget \"platform\" is crossed"), "{}", text(&out));

    // Without keys, or by an address that is none, there is no verdict and a hint.
    for (arguments, variables, part) in [
        (&at[..], &keys[..1], "AWS_ACCESS_KEY_ID is not set"),
        (&["--budgets", "s3://gate-lake"], &keys[..], "is not the address of an object"),
        (&["--budgets", "s3://gate-lake/../x?y"], &keys[..], "is not the address of an object"),
    ] {
        let out = check(folder.path(), arguments, variables);
        assert!(out.status.code() == Some(2) && text(&out).contains(part), "{}", text(&out));
    }
}

struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a server. Returns it with its address.
fn serve(command: &mut Command) -> (Served, String) {
    let mut served = Served(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(served.0.stderr.take().unwrap()).lines();
    let line = lines.find(|line| line.as_ref().is_ok_and(|l| l.starts_with("listening on "))).unwrap().unwrap();
    // Somebody reads what the server logs, or it would wait.
    std::thread::spawn(move || lines.for_each(drop));
    (served, line.trim_start_matches("listening on ").split(';').next().unwrap().to_owned())
}

/// Only callers with the token read the budgets of `tollgate serve`.
#[test]
fn a_served_status_reaches_the_gate_by_its_token() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    std::fs::create_dir_all(&store).unwrap();
    std::fs::write(store.join("tollgate.hcl"), POLICY).unwrap();
    std::fs::write(folder.path().join("charges.csv"), charges()).unwrap();
    let tollgate = |arguments: &[&str]| {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(folder.path()).env_clear();
        command.env("TOLLGATE_NOW", "2026-11-21T06:00:00Z").env("TOLLGATE_STORE", &store);
        command
    };
    let out = tollgate(&["ingest", "charges.csv"]).output().unwrap();
    assert!(out.status.success(), "{}", text(&out));
    // Without a channel and without a token the API is served, and nobody reads the budgets without an identity.
    let unset = serve(&mut tollgate(&["serve", "--listen", "127.0.0.1:0"]));
    let out = check(
        folder.path(),
        &["--budgets", &format!("{}/v1/budgets", unset.1), "--budgets-auth", "token"],
        &[("TOLLGATE_BUDGETS_TOKEN", "a-token")],
    );
    assert!(out.status.code() == Some(2) && text(&out).contains("answered 401"), "{}", text(&out));
    drop(unset);

    let mut command = tollgate(&["serve", "--listen", "127.0.0.1:0"]);
    let (_served, address) = serve(command.env("TOLLGATE_BUDGETS_TOKEN", "a-token"));
    let url = format!("{address}/v1/budgets");
    let gate = |token: &str| {
        let arguments = ["--budgets", &url, "--budgets-auth", "token"];
        check(folder.path(), &arguments, &[("TOLLGATE_BUDGETS_TOKEN", token)])
    };
    let out = gate("a-token");
    assert!(out.status.code() == Some(1) && text(&out).contains("budget \"platform\" is crossed"), "{}", text(&out));
    for wrong in ["another", "a-toke", "a-token2"] {
        let out = gate(wrong);
        assert!(out.status.code() == Some(2) && text(&out).contains("answered 401"), "{}", text(&out));
    }
    // A signed status is verified by the key, and an unsigned or changed one is refused.
    let export = |key: &str| {
        let mut command = tollgate(&["budgets", "export", "--output", "signed.json"]);
        command.env("TOLLGATE_BUDGETS_KEY", key).output().unwrap()
    };
    for (key, code) in [("k", 1), ("", 2)] {
        assert!(export(key).status.success());
        let out = check(folder.path(), &["--budgets", "signed.json"], &[("TOLLGATE_BUDGETS_KEY", "k")]);
        assert_eq!(out.status.code(), Some(code), "{}", text(&out));
    }
    assert!(export("k").status.success());
    let path = folder.path().join("signed.json");
    let forged = std::fs::read_to_string(&path).unwrap().replace("\"3100\"", "\"9100\"");
    std::fs::write(&path, forged).unwrap();
    let out = check(folder.path(), &["--budgets", "signed.json"], &[("TOLLGATE_BUDGETS_KEY", "k")]);
    assert!(out.status.code() == Some(2) && text(&out).contains("has no valid signature"), "{}", text(&out));

    let out = check(folder.path(), &["--budgets", &url], &[]);
    assert_eq!(out.status.code(), Some(2), "{}", text(&out));
}
