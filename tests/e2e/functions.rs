//! Tollgate on AWS, end to end: the scenarios of ingest, detection, alerts and member accounts.

use std::time::Instant;

use object_store::ObjectStoreExt;
use serde_json::{Value, json};
use tollgate_model::{Amount, BillingPeriod, IncidentState};

use crate::account::{Account, EC2, FOLDER, PAYER, POLICY, company, day, minute, policies, schedule, titles};
use crate::aws::shared;
use crate::template::Template;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto and cargo-lambda: run `cargo xtask test`"]
async fn a_damaged_delivery_changes_nothing_and_is_counted() {
    let mut account = Account::open(Vec::new()).await;
    account.at("2026-11-20T06:00:00Z");
    let period: BillingPeriod = "2026-10".parse().unwrap();
    account.deliver_file(period, "good.parquet", crate::faults::good_parquet()).await;
    account.settle().await;
    let source = tollgate_model::SourceId::of_account(Some("AWS"), Some("123456789012"));
    let before = account.ledger.current_period(&source, period).await.unwrap().unwrap().0;
    assert_eq!(before.totals.rows, 40);
    account.deliver_file(period, "bad.parquet", crate::faults::damaged_parquet()).await;
    account.settle().await;
    let after = account.ledger.current_period(&source, period).await.unwrap().unwrap().0;
    assert_eq!(after, before);
    let run = account.ledger.runs().await.unwrap().into_iter().find(|r| r.function == "ingest").unwrap();
    assert_eq!(run.counts.get("FailedSources"), Some(&1), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto and cargo-lambda: run `cargo xtask test`"]
async fn a_spike_alerts_once_and_a_restated_day_is_reported_as_restated() {
    let quiet = company("2026-11-19", None);
    let mut account = Account::open(quiet.clone()).await;

    // Thirteen months are there when it is deployed; the first schedule reads them all, and none of it is news.
    let mut period = day("2025-11-01").month();
    while period <= day("2026-11-19").month() {
        account.deliver(period, &quiet).await;
        period = period.next();
    }
    assert_eq!(account.receive("Ingest").await.len(), 13, "an event an export");
    account.at("2026-11-20T06:00:00Z");
    let answer = account.twice("Ingest", &schedule(1)).await;
    assert_eq!((&answer["run"], &answer["revisions"]), (&json!("schedule-e1"), &json!(13)), "{answer}");
    assert_eq!(answer["counts"]["Rows"], json!(quiet.len()), "{answer}");
    let alerts = account.settle().await;
    assert_eq!(
        titles(&alerts),
        ["Budget everything crossed a threshold: spent 11,570 of 20,000 USD (57 %)"],
        "{alerts:#?}"
    );
    let ingest = &account.functions["Ingest"];
    assert_eq!(
        (ingest.metric("FreshnessHours"), ingest.metric("FailedSources"), ingest.metric("NotReconciled")),
        (12, 0, 0)
    );
    assert_eq!(ingest.metric("PaidCalls") as usize, account.costs.requests());

    // A quarter more in one service, in an export that arrives.
    let spike = company("2026-11-21", Some("2026-11-20"));
    let arrived = Instant::now();
    account.at("2026-11-22T07:00:00Z");
    account.deliver(day("2026-11-21").month(), &spike).await;
    let alerts = account.settle().await;
    println!("from an export's arrival to the alert, every event sent twice, debug builds: {:.1?}", arrived.elapsed());
    let messages: Vec<&Value> =
        alerts.iter().filter(|a| !a["Subject"].as_str().unwrap().starts_with("Budget")).collect();
    assert_eq!(messages.len(), 1, "{alerts:#?}");
    let text = messages[0]["Message"].as_str().unwrap();
    for part in [
        EC2,
        "since 2026-11-20",
        "USD a month if it continues",
        "% usage type BoxUsage:m7i.xlarge",
        "tollgate incidents show i-",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let run = messages[0]["MessageAttributes"]["run"]["Value"].as_str().unwrap();
    for function in ["Ingest", "Detect", "Budgets"] {
        assert!(account.functions[function].runs().iter().any(|r| r == run), "{function} does not log run {run}");
    }

    // The same from a laptop, over the deployment's own table and lake.
    let status = account.tollgate(&["status"]);
    for part in ["ingest", "detect", "budgets", "notify", "aws-111111111111", "2026-11-21", "No problems."] {
        assert!(status.contains(part), "{part}: {status}");
    }
    assert!(account.tollgate(&["incidents"]).contains(EC2));
    by_profile(&account);
    account.costs.state.lock().unwrap().costs.clone_from(&spike);
    let reconciled = account.tollgate(&["reconcile", "--cost-explorer", PAYER]);
    for part in [
        "requests to Cost Explorer, USD 0.0",
        "2026-11 against Cost Explorer, through 2026-11-20",
        "All comparisons are within their tolerance.",
    ] {
        assert!(reconciled.contains(part), "{part}: {reconciled}");
    }
    let policy = std::env::temp_dir().join(format!("tollgate-policy-{}.hcl", std::process::id()));
    std::fs::write(&policy, format!("{POLICY}\ndetection {{\n  min_impact = 7\n}}\n")).unwrap();
    let pushed = account.tollgate(&["config", "push", policy.to_str().unwrap(), "--by", "jane"]);
    assert!(pushed.contains("is in effect: 1 budget,"), "{pushed}");
    assert!(account.tollgate(&["config", "show"]).contains("detection.min_impact"));
    std::fs::write(&policy, "budget \"everything\" {}").unwrap();
    let refused = account.tollgate(&["config", "push", policy.to_str().unwrap()]);
    assert!(refused.contains("has no amount"), "{refused}");
    assert_eq!(account.ledger.policy_file().await.unwrap().unwrap().by, "jane");
    std::fs::remove_file(policy).unwrap();

    // The same export again: nothing.
    account.deliver(day("2026-11-21").month(), &spike).await;
    assert_eq!(account.settle().await, Vec::<Value>::new());

    // The provider corrects a day that was imported long ago.
    let mut restated = spike.clone();
    let corrected = restated.iter_mut().find(|c| c.day == day("2026-11-03") && c.service != EC2).unwrap();
    corrected.amortized = Amount::whole(500);
    corrected.unblended = Amount::whole(500);
    account.deliver(day("2026-11-21").month(), &restated).await;
    let alerts = account.settle().await;
    let subjects = titles(&alerts);
    assert!(
        subjects.len() == 1 && subjects[0].starts_with("Restated: aws-111111111111 changed 1 day of 2026-11 by +"),
        "{subjects:?}"
    );
    let all = account.ledger.incidents(&IncidentState::ALL).await.unwrap();
    assert_eq!(all.len(), 1, "{all:#?}");

    // Cost Explorer and the export disagree about one service.
    {
        let mut state = account.costs.state.lock().unwrap();
        state.costs.clone_from(&restated);
        for cost in state.costs.iter_mut().filter(|c| c.service.contains("Relational") && c.account == PAYER) {
            cost.unblended = cost.unblended.saturating_add(Amount::whole(40));
        }
    }
    account.twice("Ingest", &schedule(2)).await;
    // Once a day is enough: each look is paid for.
    let asked = account.costs.requests();
    account.twice("Ingest", &schedule(3)).await;
    assert_eq!(account.costs.requests(), asked);
    let alerts = account.settle().await;
    assert_eq!(titles(&alerts), ["aws-111111111111 2026-11 does not reconcile with Cost Explorer"], "{alerts:#?}");
    assert!(alerts[0]["Message"].as_str().unwrap().contains("111111111111 Amazon Relational Database Service: "));

    // A part that is missing changes nothing.
    let before = account.ledger.periods().await.unwrap();
    account.deliver(day("2026-11-21").month(), &quiet).await;
    let part = format!("{FOLDER}/data/BILLING_PERIOD=2026-11/cur-00002.csv.gz");
    account.bills.delete(&part.into()).await.unwrap();
    assert_eq!(account.settle().await, Vec::<Value>::new());
    assert_eq!(account.ledger.periods().await.unwrap(), before);
    let log = account.functions["Ingest"].log.lock().unwrap().clone();
    let why = log.iter().find(|l| l["message"] == "an export was not read; nothing of it changed").unwrap();
    assert!(why["error"].as_str().unwrap().contains("cur-00002.csv.gz"), "{why}");

    let text = log.iter().map(ToString::to_string).collect::<String>();
    assert!(!text.contains("a-secret-that-nobody-sees"));
    policies(&account.recorders, &["Ingest", "Detect", "Budgets", "Notify"]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto and cargo-lambda: run `cargo xtask test`"]
async fn a_message_waits_for_its_channel_and_is_sent_once() {
    let mut account = Account::open(Vec::new()).await;
    account.at("2026-11-20T06:00:00Z");
    let restatement = tollgate_model::Restatement { days: vec![day("2026-11-01")], ..Default::default() };
    let revision = tollgate_model::Revision {
        source: tollgate_model::SourceId::from_text("aws-1"),
        period: day("2026-11-01").month(),
        hash: tollgate_model::hash::ContentHash(1),
    };
    let message = tollgate_model::Message {
        id: "restated-aws-1-2026-11#1".into(),
        at: "2026-11-20T05:59:00Z".parse().unwrap(),
        run: "a-run".to_owned(),
        content: tollgate_model::Content::Restated { revision, restatement },
    };
    account.ledger.put_message(&message).await.unwrap();
    let records = account.stream().await;
    let event = json!({ "Records": records });

    // A channel that fails: the delivery waits, and the stream continues.
    account.recorders["Notify"].fail(Some("sns:Publish"));
    let answer = account.lambda.invoke(&account.functions["Notify"], &event).await.unwrap();
    assert_eq!(answer["batchItemFailures"], json!([]), "{answer}");
    assert_eq!(account.functions["Notify"].metric("FailedDeliveries"), 1);
    assert!(account.ledger.outbox().await.unwrap().is_empty());
    let delivery = account.ledger.delivery(message.id.as_str(), "topic").await.unwrap().unwrap();
    assert!(delivery.state.label() == "waiting" && delivery.error.is_some(), "{delivery:?}");

    // The minute comes too early, and then in time.
    account.recorders["Notify"].fail(None);
    account.twice("Notify", &minute()).await;
    assert_eq!(account.receive("alerts").await.len(), 0);
    account.at("2026-11-20T06:02:00Z");
    account.twice("Notify", &minute()).await;
    assert_eq!(account.receive("alerts").await.len(), 1);
    let delivery = account.ledger.delivery(message.id.as_str(), "topic").await.unwrap().unwrap();
    assert_eq!((delivery.state.label(), delivery.attempts), ("sent", 2));

    // A table that fails: the failed records are reported to Lambda, which retries them.
    account
        .ledger
        .put_message(&tollgate_model::Message { id: "restated-aws-2-2026-11#1".into(), ..message })
        .await
        .unwrap();
    let records = account.stream().await;
    account.recorders["Notify"].fail(Some("dynamodb:DeleteItem"));
    let event = json!({ "Records": records });
    let answer = account.lambda.invoke(&account.functions["Notify"], &event).await.unwrap();
    let numbers: Vec<_> =
        records.iter().map(|r| json!({ "itemIdentifier": r["dynamodb"]["SequenceNumber"] })).collect();
    assert!(!numbers.is_empty());
    assert_eq!(answer["batchItemFailures"], json!(numbers), "{answer}");
    account.recorders["Notify"].fail(None);
    account.twice("Notify", &event).await;
    assert_eq!(account.receive("alerts").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto and cargo-lambda: run `cargo xtask test`"]
async fn a_member_account_that_refuses_does_not_stop_the_rest() {
    let mut costs = company("2026-11-19", None);
    costs.retain(|c| c.day >= day("2026-11-01"));
    let spent = costs.iter().map(|c| c.amortized).fold(Amount::ZERO, Amount::saturating_add);
    let mut account = Account::open(costs).await;
    let organizations = aws_sdk_organizations::Client::new(&shared(&account.moto.url));
    organizations.create_organization().send().await.unwrap();
    for name in ["one", "two"] {
        organizations.create_account().account_name(name).email(format!("{name}@example.com")).send().await.unwrap();
    }
    let settings = [
        ("TOLLGATE_COST_EXPLORER", "feed"),
        ("TOLLGATE_MEMBER_ROLE", "tollgate-member"),
        ("TOLLGATE_EXTERNAL_ID", "an-external-id-of-ours"),
        ("TOLLGATE_EXPORT_BUCKET", ""),
        ("TOLLGATE_HISTORY_MONTHS", "1"),
        ("TOLLGATE_PAID_CALLS", "40"),
    ];
    account.settings.extend(settings.map(|(k, v)| (k.to_owned(), v.to_owned())));
    account.costs.fail(crate::fake_cost_explorer::Fails::DeniesOnce);
    account.at("2026-11-20T06:00:00Z");
    let event = schedule(1);
    let answer = account.lambda.invoke(&account.functions["Ingest"], &event).await.unwrap();
    // The organization's own account and two members: one refused, two read. Both answer with the same charges, which count once.
    let ingest = &account.functions["Ingest"];
    assert_eq!((&answer["revisions"], ingest.metric("FailedSources")), (&json!(1), 1), "{answer}");
    assert_eq!(ingest.metric("PaidCalls") as usize, account.costs.requests());
    for current in account.ledger.periods().await.unwrap() {
        assert_eq!(current.totals.effective_lake.get(tollgate_model::Currency::USD), spent);
    }
    let seen = account.recorders["Ingest"].seen();
    let allowed = Template::read().allowed("Ingest");
    for needed in ["organizations:ListAccounts", "sts:AssumeRole", "ce:GetCostAndUsage"] {
        assert!(seen.contains(needed) && allowed.contains(needed), "{needed}");
    }
    assert!(seen.is_subset(&allowed), "{:?}", seen.difference(&allowed));
    let log = account.functions["Ingest"].log.lock().unwrap().iter().map(ToString::to_string).collect::<String>();
    assert!(!log.contains("an-external-id-of-ours") && log.contains("paid requests"));

    // A budget of paid calls that is used up ends the run well, and says so.
    account.settings.insert("TOLLGATE_PAID_CALLS".to_owned(), "2".to_owned());
    account.at("2026-11-20T12:00:00Z");
    account.lambda.invoke(&account.functions["Ingest"], &schedule(2)).await.unwrap();
    assert_eq!(account.functions["Ingest"].metric("PaidCalls"), 2);
    let log = account.functions["Ingest"].log.lock().unwrap().iter().map(ToString::to_string).collect::<String>();
    assert!(log.contains("the limit of 2 paid requests is reached"), "{log}");
}

/// A profile of the AWS configuration is enough for the command line; without any credentials the error says how to get them.
fn by_profile(account: &Account) {
    let home = tempfile::tempdir().unwrap();
    let (config, keys) = (home.path().join("config"), home.path().join("credentials"));
    std::fs::write(&config, "[profile finops]\nregion = us-east-1\n").unwrap();
    std::fs::write(&keys, "[finops]\naws_access_key_id = test\naws_secret_access_key = test\n").unwrap();
    let files = [
        ("AWS_CONFIG_FILE", config.to_str().unwrap()),
        ("AWS_SHARED_CREDENTIALS_FILE", keys.to_str().unwrap()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    let status = account.tollgate_with(files.into_iter().chain([("AWS_PROFILE", "finops")]), &["status"]);
    assert!(status.contains("No problems."), "{status}");
    let none = account.tollgate_with(files, &["status"]);
    assert!(none.contains("no AWS region is set") && none.contains("AWS_REGION"), "{none}");
    let none = account.tollgate_with(files.into_iter().chain([("AWS_REGION", "us-east-1")]), &["status"]);
    assert!(none.contains("no AWS credentials were found") && none.contains("AWS_PROFILE"), "{none}");
}
