//! The pipeline over DynamoDB and S3: the same answers as over SQLite and a folder.

use std::sync::Arc;

use tollgate_lake::{Lake, S3Place};
use tollgate_ledger::conformance::TestClock;
use tollgate_ledger::{DynamoTable, Ledger};
use tollgate_model::{Day, Opinion};
use tollgate_pipeline::Actor;
use tollgate_pipeline::{
    Context, ImportOutcome, Input, State, detect, forecast_costs, ingest, judge_budgets, record_opinion, sql,
};
use tollgate_policy::Policy;
use tollgate_sources::demo::Demo;

use crate::aws::{create_table, dynamodb};
use crate::servers::{Server, moto};
use crate::support::{NOW, Store, options};

const POLICY: &str = "budget \"all\" {\n  amount = 100000\n  currency = \"USD\"\n}\n";

/// A context over a bucket and a table of their own.
pub(crate) async fn on_aws(server: &Server, name: &str, policy: &str) -> Context {
    reqwest::Client::new().put(format!("{}/{name}", server.url)).send().await.unwrap().error_for_status().unwrap();
    let client = dynamodb(&server.url);
    create_table(&client, name).await;
    let clock = TestClock::at(NOW);
    let state = State {
        ledger: Ledger::new(Arc::new(DynamoTable::new(client, name, clock.clone(), "test")), "test"),
        policy: Arc::new(Policy::parse("test.hcl", policy).unwrap()),
        clock,
        run: "test".into(),
    };
    Context {
        state,
        lake: Lake::s3(&S3Place {
            bucket: name.to_owned(),
            region: "us-east-1".to_owned(),
            endpoint: Some(server.url.clone()),
            credentials: ("test".to_owned(), "test".to_owned(), None),
            rotating: None,
        })
        .unwrap(),
    }
}

/// All results of a run for a demo company, as text.
async fn answers(context: &Context) -> Vec<String> {
    let demo = Demo { seed: 7, start: "2026-06-01".parse::<Day>().unwrap(), days: 172, size: 1 };
    let inputs = || vec![Input { name: "demo".to_owned(), source: Box::new(demo.source()) }];
    let first = ingest(context, inputs(), &options(), Arc::new(|_, _, _| {})).await.unwrap();
    assert!(first.periods.iter().all(|p| p.outcome == ImportOutcome::New));
    let again = ingest(context, inputs(), &options(), Arc::new(|_, _, _| {})).await.unwrap();
    assert!(again.periods.iter().all(|p| p.outcome == ImportOutcome::Unchanged));
    let found = detect(context).await.unwrap();
    let quiet = detect(context).await.unwrap();
    assert!(quiet.new.is_empty() && quiet.changed.is_empty(), "{quiet:#?}");
    let mut out = vec![format!("{:#?}", first.periods), format!("{:#?}", found.new)];
    let open = found.new.iter().find(|i| i.is_live()).expect("the demo has an open incident");
    record_opinion(&context.state, &open.id, Opinion::Expected, None, &Actor::on_command_line("jane"), None)
        .await
        .unwrap();
    out.push(format!("{:#?}", judge_budgets(&context.state).await.unwrap()));
    out.push(format!("{:#?}", forecast_costs(&context.state, &[], 30).await.unwrap()));
    let query = "select ServiceName, sum(EffectiveCost) c, count(*) n from charges group by 1 order by 2 desc limit 9";
    out.push(format!("{:?}", sql(context, query).await.unwrap().rows));
    let state: Vec<_> = context.state.ledger.incidents(&tollgate_model::IncidentState::ALL).await.unwrap();
    out.push(format!("{:#?}", state.into_iter().map(|(incident, _)| incident).collect::<Vec<_>>()));
    out
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn the_same_charges_give_the_same_answers_on_aws_and_on_one_machine() {
    let server = moto();
    let there = answers(&on_aws(&server, "same", POLICY).await).await;
    let here = answers(&Store::with_policy(POLICY).context).await;
    for (there, here) in there.iter().zip(&here) {
        assert_eq!(there, here);
    }
    assert_eq!(there.len(), here.len());
}
