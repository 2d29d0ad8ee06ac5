//! Acceptance: a dry run makes a plan and changes nothing; its approval executes exactly that plan.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use aws_sdk_ec2::types::VolumeType;

use crate::change::Bench;
use crate::fake_slack::{FakeSlack, TOKEN};
use crate::slack_sdk::{SIGNING_SECRET, SlackSdk, TEAM, press};

const POLICY: &str = r#"
channel "finops" {
  type           = "slack"
  to             = "C0FINOPS"
  team           = "T0123456789"
  token          = "SLACK_TOKEN"
  signing_secret = "SLACK_SIGNING_SECRET"
}
person "jane" {
  slack = "U0JANE"
}
person "jo" {
  slack = "U0JO"
}
person "ann" {
  email = "ann@example.com"
}
role "engineer" {
  people = ["jane"]
}
role "approver" {
  people = ["jo"]
}
approval "medium" {
  people = 2
}
advice {
  ask_aws = false
}
remediation {
  accounts          = ["123456789012"]
  max_share_percent = 100
  wait_days         = 0
  soak              = ["0s", "0s", "0s", "0s"]
}
"#;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto and slack_sdk: run `cargo xtask test`"]
async fn a_dry_run_makes_a_plan_and_its_approval_executes_it() {
    let sdk = SlackSdk::find();
    let bench = Bench::with_policy(POLICY).await;
    let slack = FakeSlack::start().await;
    let (now, second) = (bench.now, bench.now.as_second());
    let volume = bench.volume(VolumeType::Gp3, 100).await;
    let command = || {
        let mut command = bench.command(now);
        command.env("TOLLGATE_ENDPOINTS", slack.endpoint()).env("SLACK_TOKEN", TOKEN);
        command.env("SLACK_SIGNING_SECRET", SIGNING_SECRET);
        command
    };
    bench.run(now, &["advise"]);
    let advice = bench.advice("unattached_volume", &volume);

    let mut served = command()
        .args(["serve", "--listen", "127.0.0.1:0", "--every", "1", "--remediate"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(served.stderr.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let url =
        line.split_whitespace().find(|w| w.starts_with("http://")).unwrap().trim_end_matches(';').to_owned() + "/slack";
    std::thread::spawn(move || lines.for_each(drop));
    let until = async |what: &str, look: &dyn Fn(&crate::fake_slack::Workspace) -> Option<serde_json::Value>| {
        for _ in 0..600 {
            if let Some(found) = slack.see(look) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{what} does not come: {:#?}", slack.see(|w| w.messages.clone()));
    };
    let card = |has: &'static str| {
        move |w: &crate::fake_slack::Workspace| {
            w.cards().into_iter().find(|c| c["blocks"].to_string().contains(has)).cloned()
        }
    };

    // The weekly advice is sent with a button. An engineer presses it, and a plan is built: a dry run changes nothing.
    let digest = until("the digest", &card("would save")).await;
    assert!(digest["blocks"].to_string().contains(&advice), "{digest:#}");
    let asked = sdk.sign(SIGNING_SECRET, second, &press(TEAM, "U0JANE", "fix", &advice, &slack.reply_to()));
    assert_eq!(asked.post(&url).await, (200, String::new()));
    let plan = until("the plan", &card("Change plan proposed")).await;
    let text = plan["blocks"].to_string();
    assert!(text.contains("snapshot and delete") && text.contains("2 of 2 approvals"), "{plan:#}");
    let value = text.split("\"value\":\"p-").nth(1).unwrap().split('"').next().unwrap();
    let value = format!("p-{value}");
    let (id, hash) = value.split_once('.').unwrap();
    assert!(bench.described(&volume).await.is_some(), "a plan changes nothing");

    // One approval in the chat is not enough, and another hash is not this plan.
    let other = format!("{id}.{}", "0".repeat(64));
    let wrong = sdk.sign(SIGNING_SECRET, second, &press(TEAM, "U0JO", "approve", &other, &slack.reply_to()));
    assert_eq!(wrong.post(&url).await.0, 200);
    let yes = sdk.sign(SIGNING_SECRET, second, &press(TEAM, "U0JO", "approve", &value, &slack.reply_to()));
    assert_eq!(yes.post(&url).await.0, 200);
    until("the endorsement", &card("1 of 2 approvals")).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(bench.described(&volume).await.is_some(), "one of two is not enough");

    // The second executes it: a snapshot, then the deletion, and nothing else.
    let out = command().args(["plans", "approve", id, hash, "--by", "ann"]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stdout));
    until("the end", &card("Change plan done")).await;
    served.kill().unwrap();
    served.wait().unwrap();
    assert!(bench.described(&volume).await.is_none());
    let changes: Vec<String> =
        bench.gateway.calls().into_iter().filter(|c| c.starts_with("ec2:") && !c.contains("Describe")).collect();
    let asked = |name: &str| format!("ec2:{name} (asked)");
    assert_eq!(
        changes,
        [&asked("CreateSnapshot"), &asked("DeleteVolume"), "ec2:CreateSnapshot", "ec2:DeleteVolume"],
        "what was asked when the plan was made, and what was done once it was approved"
    );
    assert_eq!(bench.run(now, &["audit", "verify"]).1, 0);
}
