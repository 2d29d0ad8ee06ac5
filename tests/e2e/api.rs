//! The API of `tollgate serve` over the demo: its answers are those of the command line, and nobody reads them without an identity.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::binary;

const NOW: &str = "2026-11-21T06:00:00Z";

/// A question as the API and as the command line asks it.
const QUESTIONS: &[(&str, &str)] = &[
    ("/v1/costs?period=2026-10", "costs --period 2026-10"),
    (
        "/v1/costs?period=2026-10&by=account,team&compare=previous&granularity=week&top=5",
        "costs --period 2026-10 --by account,team --compare previous --granularity week --top 5",
    ),
    (
        "/v1/costs?period=month-to-date&by=tag:owner&metric=list&order=name",
        "costs --period month-to-date --by tag:owner --metric list --order name",
    ),
    (
        "/v1/costs?period=2026-10&by=total&filter=team=checkout&currency=keep",
        "costs --period 2026-10 --by total --filter team=checkout --currency keep",
    ),
    ("/v1/costs/why?period=2026-10&top=3", "costs why --period 2026-10 --top 3"),
    ("/v1/costs/untagged?period=2026-10&top=3", "costs untagged --period 2026-10 --top 3"),
    ("/v1/incidents?limit=1000", "incidents"),
    ("/v1/incidents/i-805711dc", "incidents show i-805711dc"),
    ("/v1/budgets", "budgets export"),
    ("/v1/budgets/checkout", "budgets show checkout"),
    ("/v1/budget-coverage", "budgets coverage"),
    ("/v1/forecasts?by=service", "forecast --by service"),
    ("/v1/forecasts?by=team&year=true", "forecast --by team --year"),
    ("/v1/recommendations?limit=1000", "advise list"),
    ("/v1/recommendations/a-934e5e89", "advise show a-934e5e89"),
    ("/v1/plans?limit=1000", "plans"),
    ("/v1/plans/p-f84796b1", "plans show p-f84796b1"),
    ("/v1/statements", "statement --all"),
    ("/v1/statements/checkout", "statement --team checkout"),
    ("/v1/allocations?of=checkout", "allocation show --of checkout"),
    ("/v1/allocations/check", "allocation check"),
    ("/v1/resources/955daa87", "resources show 955daa87"),
    ("/v1/usage", "usage"),
    ("/v1/commitments", "commitments"),
    ("/v1/savings", "savings"),
    ("/v1/units", "units"),
    ("/v1/units/cost-per-order?period=2026-10", "units cost-per-order --period 2026-10"),
    ("/v1/efficiency", "efficiency"),
    ("/v1/imports?limit=1000", "imports"),
    ("/v1/status", "status"),
    ("/v1/audit", "audit log"),
    ("/v1/audit/verify", "audit verify"),
    ("/v1/policy", "config show"),
];

/// A server that ends with the value.
struct Served {
    process: Child,
    address: String,
    link: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn tollgate(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(binary());
    command.args(arguments.split(' ')).current_dir(folder).env_clear();
    command.env("TOLLGATE_NOW", NOW).env("TOLLGATE_STORE", "tollgate-demo").env("USER", "jane");
    command
}

/// The document that the command line prints.
fn printed(folder: &Path, arguments: &str) -> Value {
    let out = tollgate(folder, arguments).args(["--format", "json"]).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{arguments}: {error}: {text}{}", String::from_utf8_lossy(&out.stderr)))
}

fn serve(folder: &Path) -> Served {
    let mut command = tollgate(folder, "serve --listen 127.0.0.1:0 --every 3600");
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
    let listening = lines.find(|line| line.starts_with("listening on ")).unwrap();
    let address = listening.trim_start_matches("listening on ").split(';').next().unwrap().to_owned();
    let about = |line: &String| line.starts_with("sign in as ") || line.starts_with("there is no link");
    let signing_in = lines.find(about).unwrap();
    let link = signing_in.split_once("works once: ").map(|(_, link)| link.to_owned());
    // Somebody reads what the server logs, or it would wait.
    std::thread::spawn(move || lines.for_each(drop));
    Served { process, address, link: link.expect("a link to sign in") }
}

/// A document without what only a list of the API has, and in an order that both have.
fn comparable(mut document: Value) -> Value {
    if let Some(members) = document.as_object_mut() {
        members.remove("next_cursor");
        members.remove("truncated");
        if let Some(items) = members.get_mut("items").and_then(Value::as_array_mut) {
            items.sort_by_key(ToString::to_string);
        }
    }
    document
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_of_serve_answers_as_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    assert!(tollgate(folder.path(), "demo").output().unwrap().status.success());
    let served = serve(folder.path());
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = |path: &str| format!("{}{path}", served.address);
    let health = http.get(url("/v1/health")).send().await.unwrap();
    assert_eq!(health.status(), 200);
    assert_eq!(http.get(url("/v1/costs")).send().await.unwrap().status(), 401);

    let signed_in = http.get(&served.link).send().await.unwrap();
    assert_eq!(signed_in.status(), 303, "{signed_in:?}");
    let cookies: Vec<String> = signed_in
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned())
        .collect();
    let cookie = cookies.join("; ");
    assert_eq!(http.get(&served.link).send().await.unwrap().status(), 401, "the link works twice");

    let mut differ = Vec::new();
    for (path, command) in QUESTIONS {
        let response = http.get(url(path)).header("cookie", &cookie).send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert_eq!(status, 200, "{path}: {text}");
        let answered: Value = serde_json::from_str(&text).unwrap();
        if comparable(answered) != comparable(printed(folder.path(), command)) {
            differ.push(*path);
        }
    }
    assert!(differ.is_empty(), "answers of the API that the command line does not print: {differ:?}");

    let sql = http.post(url("/v1/sql")).header("cookie", &cookie).header("origin", &served.address);
    let sql = sql.header("content-type", "application/json").body(r#"{"query": "select count(*) as n from charges"}"#);
    let answered: Value = serde_json::from_str(&sql.send().await.unwrap().text().await.unwrap()).unwrap();
    let printed = Command::new(binary())
        .args(["sql", "select count(*) as n from charges", "--format", "json"])
        .current_dir(folder.path())
        .env_clear()
        .envs([("TOLLGATE_NOW", NOW), ("TOLLGATE_STORE", "tollgate-demo")])
        .output()
        .unwrap();
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(answered["items"], printed["items"], "{answered}");
    // A page of another site cannot change anything with the session of the browser.
    let forged = http.post(url("/v1/incidents/i-805711dc/acknowledge")).header("cookie", &cookie);
    let forged =
        forged.header("origin", "https://evil.example.com").header("content-type", "application/json").body("{}");
    assert_eq!(forged.send().await.unwrap().status(), 403);
}
