//! From a spike to Slack and back, with the real functions on moto: message, press, form, command, approval, audit.

use serde_json::{Value, json};
use tollgate_model::{IncidentState, PlanState};

use crate::account::{Account, company, day, minute, policies, schedule};
use crate::aws::shared;
use crate::fake_slack::{Fails, FakeSlack, TOKEN};
use crate::slack_sdk::{SIGNING_SECRET, SlackSdk, TEAM, command, press, submit};

pub(crate) const POLICY: &str = r#"
channel "finops" {
  type           = "slack"
  to             = "C0123456789"
  team           = "T0123456789"
  token          = "SLACK_TOKEN"
  signing_secret = "SLACK_SIGNING_SECRET"
  charts         = true
}
person "jane" { slack = "U0JANE" }
person "jo"   { email = "jo@example.com" }
role "engineer" { people = ["jane"] }
role "approver" {
  people       = ["jo"]
  slack_groups = ["S0APPROVERS"]
}
"#;

/// 2026-11-22T07:00:00Z, when the spike is announced.
const THEN: i64 = 1_795_330_800;

struct Office {
    account: Account,
    slack: FakeSlack,
    sdk: SlackSdk,
    second: i64,
}

impl Office {
    async fn open() -> Self {
        let sdk = SlackSdk::find();
        let slack = FakeSlack::start().await;
        let mut account = Account::with_policy(Vec::new(), POLICY).await;
        let secrets = aws_sdk_secretsmanager::Client::new(&shared(&account.moto.url));
        let text = json!({ "SLACK_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": SIGNING_SECRET }).to_string();
        let secret = secrets.create_secret().name("tollgate").secret_string(text).send().await.unwrap().arn.unwrap();
        let settings = [
            ("TOLLGATE_SECRET", secret),
            ("TOLLGATE_ENDPOINTS", slack.endpoint()),
            ("TOLLGATE_COST_EXPLORER", "off".to_owned()),
        ];
        account.settings.extend(settings.map(|(k, v)| (k.to_owned(), v)));
        Self { account, slack, sdk, second: THEN }
    }

    /// A request that Slack sends a moment later than the one before, and what it is answered.
    async fn ask(&mut self, body: &str) -> Value {
        self.second += 1;
        let signed = self.sdk.sign(SIGNING_SECRET, self.second, body);
        self.account.lambda.invoke(&self.account.functions["Slack"], &signed.event()).await.unwrap()
    }

    async fn press(&mut self, user: &str, button: &str, value: &str) {
        let body = press(TEAM, user, button, value, &self.slack.reply_to());
        let answer = self.ask(&body).await;
        assert_eq!(answer["statusCode"], 200, "{answer}");
        self.account.settle().await;
    }

    async fn command(&mut self, user: &str, text: &str) -> String {
        let body = command(TEAM, user, text, &self.slack.reply_to());
        assert_eq!(self.ask(&body).await["statusCode"], 200);
        self.account.settle().await;
        self.slack.see(|w| w.answers.last().unwrap()["text"].as_str().unwrap().to_owned())
    }

    fn button(&self, card: usize, name: &str) -> String {
        let wanted = format!("tollgate.{name}");
        self.slack.see(|w| {
            let blocks = w.cards()[card]["blocks"].as_array().unwrap().clone();
            let actions = blocks.iter().find(|b| b["type"] == "actions").unwrap_or_else(|| panic!("{blocks:#?}"));
            let buttons = actions["elements"].as_array().unwrap();
            let found = buttons.iter().find(|b| b["action_id"] == wanted.as_str()).unwrap();
            found["value"].as_str().unwrap().to_owned()
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto, cargo-lambda and slack_sdk: run `cargo xtask test`"]
async fn from_a_spike_to_a_message_a_press_and_the_audit_log() {
    let mut office = Office::open().await;
    let quiet = company("2026-11-19", None);
    let mut period = day("2025-11-01").month();
    while period <= day("2026-11-19").month() {
        office.account.deliver(period, &quiet).await;
        period = period.next();
    }
    office.account.at("2026-11-20T06:00:00Z");
    office.account.twice("Ingest", &schedule(1)).await;
    office.account.settle().await;
    assert_eq!(office.slack.see(|w| w.messages.len()), 0);

    // A quarter more: one card, with a picture, though Slack asks to be left alone first.
    let spike = company("2026-11-21", Some("2026-11-20"));
    office.slack.fail("chat.postMessage", Fails::Limits(20));
    office.account.at("2026-11-22T07:00:00Z");
    office.account.deliver(day("2026-11-21").month(), &spike).await;
    office.account.settle().await;
    assert_eq!(office.slack.see(|w| w.messages.len()), 0, "it waits as long as it was asked to");
    office.account.at("2026-11-22T07:01:00Z");
    office.account.twice("Notify", &minute()).await;
    let card = office.slack.see(|w| {
        assert_eq!(w.messages.len(), 1, "{:#?}", w.messages);
        w.messages[0].clone()
    });
    let text = card["blocks"].to_string();
    for part in ["Amazon Elastic Compute Cloud", "A month, if it continues", "Since", "usage type BoxUsage:m7i.xlarge"]
    {
        assert!(text.contains(part), "{part}: {card:#}");
    }
    assert_eq!(office.sdk.validate(&card["blocks"]), Vec::<String>::new());
    let picture = card["blocks"].as_array().unwrap().iter().find(|b| b["type"] == "image").unwrap();
    office.slack.see(|w| {
        let (bytes, done) = &w.files[picture["slack_file"]["id"].as_str().unwrap()];
        assert!(*done && bytes.starts_with(b"\x89PNG"), "a picture that is there");
    });

    // A person without a role may look, and gets a refusal for the rest; the card stays.
    let id = office.button(0, "acknowledge");
    assert!(id.starts_with("i-") && id.len() == 10, "an id and nothing else: {id}");
    office.press("U0EVE", "acknowledge", &id).await;
    let answer = office.slack.see(|w| w.answers.last().unwrap()["text"].as_str().unwrap().to_owned());
    assert!(answer.contains("this needs the role engineer; slack:U0EVE is viewer"), "{answer}");
    assert_eq!(office.account.ledger.incident(&id).await.unwrap().unwrap().0.state, IncidentState::Open);

    // Jane looks at it: the card is edited, nobody is disturbed. Slack says `ok: false` first, and takes it a minute later.
    office.slack.fail("chat.update", Fails::Says("service_unavailable"));
    office.press("U0JANE", "acknowledge", &id).await;
    assert_eq!(office.slack.see(|w| w.edits), 0);
    office.account.at("2026-11-22T07:02:00Z");
    office.account.twice("Notify", &minute()).await;
    office.slack.see(|w| {
        assert_eq!((w.cards().len(), w.replies().len(), w.edits), (1, 0, 1));
        assert!(w.cards()[0]["blocks"].to_string().contains("acknowledged, assigned to jane"));
        assert!(!w.cards()[0]["blocks"].to_string().contains("tollgate.acknowledge"));
    });

    // She snoozes it by a form, and proposes a fix by another.
    office.press("U0JANE", "snooze", &id).await;
    let view = office.slack.see(|w| w.views[0].clone());
    let choice = json!({ "type": "static_select", "selected_option": { "value": "4h" } });
    let sent = submit(TEAM, "U0JANE", &view, &[("for", choice)]);
    assert_eq!(office.ask(&sent).await["statusCode"], 200);
    office.account.settle().await;
    let until = office.account.ledger.incident(&id).await.unwrap().unwrap().0.snoozed_until;
    assert_eq!(until, Some("2026-11-22T11:02:00Z".parse().unwrap()));
    office.press("U0JANE", "propose", &id).await;
    let view = office.slack.see(|w| w.views[1].clone());
    let typed = |text: &str| json!({ "type": "plain_text_input", "value": text });
    let fields = |steps: &str| {
        vec![
            ("title", typed("Stop the load test's instances")),
            ("steps", typed(steps)),
            ("why", typed("The test is over")),
            ("saving", typed("1,200")),
            ("risk", json!({ "type": "static_select", "selected_option": { "value": "medium" } })),
        ]
    };
    let wrong = submit(TEAM, "U0JANE", &view, &fields(" "));
    let answer = office.ask(&wrong).await;
    assert!(answer["body"].as_str().unwrap().contains("Write at least one step."), "{answer}");
    // Slack takes the plan's message and answers too late; a minute later it is found there, and not sent again.
    office.slack.fail("chat.postMessage", Fails::Late(std::time::Duration::from_secs(12)));
    let right = submit(TEAM, "U0JANE", &view, &fields("stop i-1\nstop i-2"));
    office.ask(&right).await;
    office.account.settle().await;
    office.account.at("2026-11-22T07:03:00Z");
    office.account.twice("Notify", &minute()).await;
    assert_eq!(office.slack.see(|w| w.cards().len()), 2);
    let plan = office.account.ledger.plans(&[PlanState::Proposed]).await.unwrap().remove(0);
    assert_eq!((plan.plan.steps.len(), plan.plan.requester.as_str()), (2, "jane"));
    assert_eq!(plan.plan.saving_per_month.unwrap().to_string(), "1,200.00 USD");
    assert_eq!(plan.plan.incident.as_ref(), Some(&id));

    // Jane may not approve what she asked for; Jo may, known by the address that Slack verified.
    office.slack.workspace.lock().unwrap().emails.insert("U0JO".to_owned(), "Jo@Example.com".to_owned());
    let value = office.button(1, "approve");
    assert_eq!(value, format!("{}.{}", plan.plan.id, plan.hash));
    office.press("U0JANE", "approve", &value).await;
    office.press("U0JO", "approve", &value).await;
    let (record, _) = office.account.ledger.plan(&plan.plan.id).await.unwrap().unwrap();
    assert_eq!((record.state, record.decisions[0].who.as_str()), (PlanState::Approved, "jo"));
    office.press("U0JO", "approve", &value).await;
    let answer = office.slack.see(|w| w.answers.last().unwrap()["text"].as_str().unwrap().to_owned());
    assert!(answer.contains("is approved already by jo"), "{answer}");

    // Commands, and help for a wrong word.
    assert!(office.command("U0EVE", "incidents").await.contains(&id));
    assert!(office.command("U0EVE", &format!("why {id}")).await.contains("What to look at:"));
    assert!(office.command("U0EVE", "incidnets").await.contains("did you mean `incidents`?"));
    let said = office.command("U0JANE", &format!("expected {id} 2026-12-01 a load test")).await;
    assert!(said.contains("is expected through 2026-12-01"), "{said}");
    office.slack.see(|w| assert!(w.cards()[0]["blocks"].to_string().contains("expected through 2026-12-01, by jane")));

    // Everything that was decided is in the log, in order, and the log is whole.
    let log = office.account.ledger.audit_log(20).await.unwrap();
    let mut what: Vec<String> = log.iter().map(|e| format!("{} {}", e.event.actor, e.event.action)).collect();
    what.reverse();
    let expected = [
        "slack:U0EVE refused",
        "jane acknowledged",
        "jane snoozed",
        "jane proposed",
        "jane refused",
        "jo approved",
        "jane expected",
    ];
    assert_eq!(what, expected);
    assert!(office.account.tollgate(&["audit", "verify"]).contains("7 entries, each linked to the one before"));
    let deliveries = office.account.tollgate(&["deliveries"]);
    assert!(deliveries.contains(&format!("{id}#opened")) && deliveries.contains("finops"), "{deliveries}");

    // Nothing secret is in a log.
    for function in office.account.functions.values() {
        let log = function.log.lock().unwrap().iter().map(ToString::to_string).collect::<String>();
        assert!(!log.contains(TOKEN) && !log.contains(SIGNING_SECRET) && !log.contains("a-secret-that-nobody-sees"));
    }
    policies(&office.account.recorders, &["Slack"]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto, cargo-lambda and slack_sdk: run `cargo xtask test`"]
async fn a_request_that_is_not_slacks_is_refused_by_the_function_and_counted() {
    let mut office = Office::open().await;
    office.account.at("2026-11-22T07:00:00Z");
    let body = command(TEAM, "U0JANE", "help", &office.slack.reply_to());
    let forged = office.sdk.sign("another secret", THEN, &body);
    let slack = &office.account.functions["Slack"];
    let answer = office.account.lambda.invoke(slack, &forged.event()).await.unwrap();
    assert_eq!((&answer["statusCode"], &answer["body"]), (&json!(401), &json!("{\"error\":\"refused\"}")));
    let stale = office.sdk.sign(SIGNING_SECRET, THEN - 301, &body);
    assert_eq!(office.account.lambda.invoke(slack, &stale.event()).await.unwrap()["statusCode"], 401);
    let right = office.sdk.sign(SIGNING_SECRET, THEN, &body);
    assert_eq!(office.account.lambda.invoke(slack, &right.event()).await.unwrap()["statusCode"], 200);
    assert_eq!(office.account.lambda.invoke(slack, &right.event()).await.unwrap()["statusCode"], 409);
    assert_eq!(slack.metric("RefusedRequests"), 3);
    office.account.settle().await;
    assert_eq!(office.slack.see(|w| w.answers.len()), 1);
}
