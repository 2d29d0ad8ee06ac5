//! Advice and change on AWS: the real functions, every event twice, a schedule for the stage to come.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tollgate_model::{AdviceState, PlanState};
use tollgate_pipeline::Actor;
use tollgate_pipeline::{DecisionOutcome, State, decide, request_plan};

use crate::account::Account;
use crate::aws::shared;
use crate::template::Template;

const POLICY: &str = r#"
person "ann" {
  email = "ann@example.com"
}
person "bob" {
  email = "bob@example.com"
}
approval "medium" {
  people = 2
}
remediation {
  accounts          = ["123456789012"]
  max_share_percent = 100
  wait_days         = 0
  soak              = ["10m", "10m", "10m", "10m"]
}
"#;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto and cargo-lambda: run `cargo xtask test`"]
async fn advice_is_sent_planned_on_request_and_executed_by_a_schedule_once() {
    let mut account = Account::with_policy(Vec::new(), POLICY).await;
    let config = shared(&account.moto.url);
    let ec2 = aws_sdk_ec2::Client::new(&config);
    let mut volumes = Vec::new();
    for _ in 0..2 {
        let made = ec2.create_volume().availability_zone("us-east-1a").volume_type("gp3".into()).size(100);
        volumes.push(made.send().await.unwrap().volume_id.unwrap());
    }
    let now = Timestamp::now() + SignedDuration::from_hours(20 * 24);
    let more = [
        ("TOLLGATE_SCHEDULER_ROLE", "arn:aws:iam::123456789012:role/hours"),
        ("TOLLGATE_WAKE_FUNCTION", "arn:aws:lambda:us-east-1:123456789012:function:tollgate-dev-remediate:live"),
        ("TOLLGATE_WAKE_ROLE", "arn:aws:iam::123456789012:role/wake"),
    ];
    account.settings.extend(more.map(|(k, v)| (k.to_owned(), v.to_owned())));
    account.at(&now.to_string());

    // One list that fails keeps none of the others.
    account.gateway.fail(Some("rds:DescribeDBInstances"));
    let answer = account.twice("Advise", &json!({ "kind": "schedule" })).await;
    account.gateway.fail(None);
    let advise = &account.functions["Advise"];
    assert!(advise.metric("FailedLooks") >= 1 && advise.metric("Resources") > 0, "{answer}");
    let alerts = account.settle().await;
    let digest = alerts.iter().find(|a| a["Subject"].as_str().unwrap().contains("recommendations would save"));
    assert!(digest.is_some() && alerts.len() == 1, "{alerts:#?}");
    assert!(digest.unwrap()["Message"].as_str().unwrap().contains("snapshot and delete 100 GiB of gp3"), "{digest:?}");

    // Somebody asks for a plan in a chat: who answers there may not look at resources, so it is made here.
    let open = account.ledger.advices(&[AdviceState::Open]).await.unwrap();
    let of = |id: &String| open.iter().map(|(r, _)| &r.advice).find(|a| a.subject.id == *id).unwrap().id.clone();
    let ids: Vec<String> = volumes.iter().map(of).collect();
    let clock = tollgate_ledger::conformance::TestClock::at(now.as_second());
    let policy = tollgate_policy::Policy::parse("t", POLICY).unwrap();
    let state = State { ledger: account.ledger.clone(), policy: policy.into(), clock, run: "chat".into() };
    request_plan(&state, &Actor::on_command_line("rita"), &ids).await.unwrap();
    account.settle().await;
    let plans = account.ledger.plans(&[PlanState::Proposed]).await.unwrap();
    assert_eq!(plans.len(), 1, "requested once, delivered twice, built once: {plans:#?}");
    let (plan, hash) = (plans[0].plan.id.clone(), plans[0].hash.clone());

    // Approved by two, it begins by itself; the next stage waits for a schedule of its own.
    let scheduler = aws_sdk_scheduler::Client::new(&config);
    let there = |volume: &String| {
        let request = ec2.describe_volumes().volume_ids(volume);
        async move { request.send().await.is_ok() }
    };
    let yes = async |who: &str| decide(&state, &Actor::on_command_line(who), &plan, &hash, true).await.unwrap();
    assert!(matches!(yes("ann").await, DecisionOutcome::Endorsed { .. }));
    account.settle().await;
    assert!(there(&volumes[0]).await && there(&volumes[1]).await, "one of two is not enough");
    assert_eq!(yes("bob").await, DecisionOutcome::Approved);
    account.settle().await;
    let left = [there(&volumes[0]).await, there(&volumes[1]).await];
    let log = account.functions["Remediate"].log.lock().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(left.iter().filter(|l| **l).count(), 1, "the canary: {log:#?}");
    let schedules = scheduler.list_schedules().send().await.unwrap().schedules;
    assert_eq!(schedules.len(), 1, "{schedules:#?}");
    assert!(schedules[0].name().unwrap().starts_with(&plan));

    // Too early nothing happens; then the schedule comes, twice.
    let wake = json!({ "plan": plan });
    account.twice("Remediate", &wake).await;
    account.at(&(now + SignedDuration::from_mins(11)).to_string());
    account.twice("Remediate", &wake).await;
    account.at(&(now + SignedDuration::from_mins(22)).to_string());
    let clock =
        Template::read().text(&["Resources", "Remediate", "Properties", "Events", "Schedule", "Properties", "Input"]);
    account.twice("Remediate", &serde_json::from_str::<Value>(&clock).unwrap()).await;
    assert!(!there(&volumes[0]).await && !there(&volumes[1]).await);
    let (record, _) = account.ledger.plan(&plan).await.unwrap().unwrap();
    assert_eq!((record.state, record.not_restored.len()), (PlanState::Done, 0), "{record:#?}");
    let snapshots = ec2.describe_snapshots().owner_ids("self").send().await.unwrap().snapshots.unwrap();
    let taken = snapshots.iter().filter(|s| s.volume_id().is_some_and(|v| volumes.iter().any(|o| o == v))).count();
    assert_eq!(taken, 2, "one each");
    assert!(account.ledger.verify_audit(None).await.unwrap().1.is_empty());

    let template = Template::read();
    for function in ["Advise", "Remediate"] {
        let (seen, allowed) = (account.recorders[function].seen(), template.allowed(function));
        let seen: Vec<&String> = seen.iter().filter(|p| *p != "sts:GetCallerIdentity").collect();
        let wrong: Vec<_> = seen.iter().filter(|p| !allowed.contains(**p)).collect();
        assert!(wrong.is_empty(), "{function} calls what its role does not allow: {wrong:?}");
        let beyond = crate::account::beyond(&account.recorders[function], &template, function);
        assert!(beyond.is_empty(), "{beyond:?}");
    }
}
