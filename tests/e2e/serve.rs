//! `tollgate serve`: the same on one machine: message, press, command, audit; and a process that is killed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::fake_slack::{Fails, FakeSlack, TOKEN};
use crate::slack_sdk::{SIGNING_SECRET, SlackSdk, TEAM, command, press};
use crate::support::{binary, focus};

/// 2026-11-20T06:00:00Z.
const NOW: i64 = 1_795_154_400;

struct Desk {
    folder: tempfile::TempDir,
    slack: FakeSlack,
}

/// A server that ends with the value.
struct Served {
    process: Child,
    url: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Desk {
    /// A store with an incident of yesterday, and Slack in its policy.
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let policy = super::slack::POLICY.replace("charts         = true", "") + "detection { provisional_days = 0 }\n";
        std::fs::create_dir_all(folder.path().join("store")).unwrap();
        std::fs::write(folder.path().join("store/tollgate.hcl"), policy).unwrap();
        Self { folder, slack: FakeSlack::start().await }
    }

    fn command(&self, now: &str) -> Command {
        let mut command = Command::new(binary());
        command
            .arg("--store")
            .arg(self.folder.path().join("store"))
            .env_clear()
            .env("TOLLGATE_NOW", now)
            .env("TOLLGATE_ENDPOINTS", self.slack.endpoint())
            .env("SLACK_TOKEN", TOKEN)
            .env("SLACK_SIGNING_SECRET", SIGNING_SECRET);
        command
    }

    fn run(&self, now: &str, args: &[&str]) -> String {
        let out = self.command(now).args(args).output().unwrap();
        String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
    }

    /// Charges of two months, the last day at another cost.
    fn charges(&self, last_day: u32, last: &str) -> String {
        let october = (1..=31).map(|d| (format!("2026-10-{d:02}"), "100"));
        let november = (1..=last_day).map(|d| (format!("2026-11-{d:02}"), if d == last_day { last } else { "100" }));
        let rows: Vec<(String, &str)> = october.chain(november).collect();
        let path = self.folder.path().join("costs.csv");
        std::fs::write(&path, focus(&rows.iter().map(|(d, c)| (d.as_str(), "EC2", *c, "Usage")).collect::<Vec<_>>()))
            .unwrap();
        path.display().to_string()
    }

    fn serve(&self, now: &str) -> Served {
        let mut process = self
            .command(now)
            .args(["serve", "--listen", "127.0.0.1:0", "--every", "1"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let line = lines.next().unwrap().unwrap();
        let url = line.split_whitespace().find(|w| w.starts_with("http://")).unwrap().trim_end_matches(';').to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Served { process, url }
    }

    async fn until<T>(&self, what: &str, look: impl Fn(&crate::fake_slack::Workspace) -> Option<T>) -> T {
        for _ in 0..400 {
            if let Some(found) = self.slack.see(&look) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{what} does not come: {:#?}", self.slack.see(|w| w.messages.clone()));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs slack_sdk: run `cargo xtask test`"]
async fn on_one_machine_a_spike_alerts_is_pressed_and_audited() {
    let sdk = SlackSdk::find();
    let desk = Desk::open().await;
    let (before, now) = ("2026-11-19T06:00:00Z", "2026-11-20T06:00:00Z");
    desk.run(before, &["run", &desk.charges(18, "100")]);
    desk.run(now, &["ingest", &desk.charges(19, "125")]);
    // The serving process sends what a scheduled run found.
    let store = desk.folder.path().join("store");
    let hidden = store.join("tollgate.away");
    std::fs::rename(store.join("tollgate.hcl"), &hidden).unwrap();
    std::fs::write(store.join("tollgate.hcl"), "detection { provisional_days = 0 }").unwrap();
    desk.run(now, &["run"]);
    std::fs::rename(&hidden, store.join("tollgate.hcl")).unwrap();
    let served = desk.serve(now);
    let card = desk.until("the card", |w| w.cards().first().map(|c| (*c).clone())).await;
    assert!(card["text"].as_str().unwrap().contains("EC2"), "{card:#}");
    let id = card["blocks"].to_string();
    let id = id.split("tollgate incidents show ").nth(1).unwrap()[..10].to_owned();
    let routes = desk.run(now, &["routes", "test", &id]);
    assert!(routes.contains("finops") && routes.contains("at once"), "{routes}");

    let ack = sdk.sign(SIGNING_SECRET, NOW, &press(TEAM, "U0JANE", "acknowledge", &id, &desk.slack.reply_to()));
    let url = format!("{}/slack", served.url);
    assert_eq!(ack.post(&url).await, (200, String::new()));
    desk.until("the edit", |w| w.cards()[0]["blocks"].to_string().contains("assigned to jane").then_some(())).await;
    assert_eq!(ack.post(&url).await.0, 409);
    let forged = sdk.sign("another", NOW, &press(TEAM, "U0JANE", "acknowledge", &id, ""));
    assert_eq!(forged.post(&url).await.0, 401);
    let mut large = sdk.sign(SIGNING_SECRET, NOW, "x");
    large.body = "x".repeat(tollgate_model::limits::SERVE_BODY.size() + 1);
    assert_eq!(large.post(&url).await.0, 413);
    let help = sdk.sign(SIGNING_SECRET, NOW, &command(TEAM, "U0EVE", "budget", &desk.slack.reply_to()));
    assert_eq!(help.post(&url).await.0, 200);
    desk.until("the answer", |w| w.answers.last().map(|_| ())).await;
    drop(served);

    let verified = desk.run(now, &["audit", "verify"]);
    assert!(verified.contains("1 entry,"), "{verified}");
    let log = desk.run(now, &["audit", "log"]);
    assert!(log.contains("jane") && log.contains("acknowledged") && log.contains("slack"), "{log}");
    let deliveries = desk.run(now, &["deliveries"]);
    assert!(deliveries.contains("#opened") && deliveries.contains("#acknowledged") && !deliveries.contains(TOKEN));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_while_slack_answers_sends_nothing_twice() {
    let desk = Desk::open().await;
    desk.run("2026-11-19T06:00:00Z", &["run", &desk.charges(18, "100")]);
    // Slack takes the message and answers too late for the one who sent it.
    desk.slack.fail("chat.postMessage", Fails::Late(Duration::from_secs(30)));
    let path = desk.charges(19, "125");
    let mut child = desk
        .command("2026-11-20T06:00:00Z")
        .args(["run", &path])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    desk.until("the message", |w| (!w.messages.is_empty()).then_some(())).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let waiting = desk.run("2026-11-20T06:00:30Z", &["deliveries"]);
    assert!(waiting.contains("waiting"), "{waiting}");
    let later = desk.run("2026-11-20T06:05:00Z", &["notify"]);
    assert!(later.contains("1 sent"), "{later}");
    desk.slack.see(|w| {
        assert_eq!(w.messages.len(), 1, "{:#?}", w.messages);
        assert!(w.requests.iter().any(|r| r == "conversations.history"));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_slack_refuses_is_reported_by_the_fallback_channel() {
    let desk = Desk::open().await;
    let policy = desk.folder.path().join("store/tollgate.hcl");
    let text = std::fs::read_to_string(&policy).unwrap();
    let text = text.replace("token          = \"SLACK_TOKEN\"", "token = \"ANOTHER\"\n  fallback = \"second\"");
    let second = "channel \"second\" {\n type = \"slack\"\n to = \"C2\"\n team = \"T2\"\n token = \"SLACK_TOKEN\"\n signing_secret = \"S\"\n}\n\
         route \"one\" {\n channels = [\"finops\"]\n}\n";
    std::fs::write(&policy, text + second).unwrap();
    desk.run("2026-11-19T06:00:00Z", &["run", &desk.charges(18, "100")]);
    desk.run("2026-11-20T06:00:00Z", &["run", &desk.charges(19, "125")]);
    desk.slack.see(|w| {
        assert_eq!(w.messages.len(), 1, "{:#?}", w.messages);
        let text = w.messages[0]["blocks"].to_string();
        assert!(text.contains("finops failed: channel \\\"finops\\\" cannot send: ANOTHER ("), "{text}");
    });
    let failed = desk.run("2026-11-20T06:00:00Z", &["deliveries", "--failed"]);
    assert!(failed.contains("failed") && failed.contains("ANOTHER"), "{failed}");
}
