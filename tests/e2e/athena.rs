//! SQL past one function's memory: the same text, answered by Athena as far as moto goes.

use std::sync::Arc;

use serde_json::json;
use tollgate_lake::{Athena, Cell, LakeError};
use tollgate_pipeline::sql;

use crate::aws::{REGION, shared};
use crate::servers::moto;
use crate::support::{Store, focus};

const QUERY: &str = "select ServiceName, sum(EffectiveCost) c from charges group by 1 order by 2 desc";

#[tokio::test]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn a_query_over_more_than_the_limit_goes_to_athena_with_the_same_text_and_comes_back_the_same() {
    let server = moto();
    let mut store = Store::new();
    store
        .ingest_text("a.csv", focus(&[("2026-11-02", "EC2", "12.50", "Usage"), ("2026-11-03", "S3", "0.25", "Usage")]))
        .await
        .unwrap();
    let here = sql(&store.context, QUERY).await.unwrap();

    // moto runs no query: it answers with the prepared result.
    let column = |name: &str, kind: &str| {
        json!({ "CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name, "Type": kind,
                "Precision": 38, "Scale": 24, "Nullable": "UNKNOWN", "CaseSensitive": false })
    };
    let row = |cells: [&str; 2]| json!({ "Data": cells.map(|c| json!({ "VarCharValue": c })) });
    let rows = [row(["ServiceName", "c"]), row(["EC2", "12.500000000000000000000000"]), row(["S3", "0.250000"])];
    let results = json!({ "results": [{ "rows": rows, "column_info": [column("ServiceName", "varchar"), column("c", "decimal")] }],
                          "region": REGION });
    let url = format!("{}/moto-api/static/athena/query-results", server.url);
    let http = reqwest::Client::new();
    http.post(url).body(results.to_string()).send().await.unwrap().error_for_status().unwrap();

    let config = shared(&server.url);
    let athena = Athena::new(&config, "primary", "tollgate_dev", "lake");
    store.context.lake = store.context.lake.clone().beyond(u64::MAX, Arc::new(athena.clone()));
    assert_eq!(sql(&store.context, QUERY).await.unwrap(), here, "below the limit it is answered here");
    store.context.lake = store.context.lake.clone().beyond(0, Arc::new(athena));
    let there = sql(&store.context, QUERY).await.unwrap();
    assert_eq!(there, here);
    assert_eq!(there.rows[0], [Cell::Text("EC2".to_owned()), Cell::Number("12.5".to_owned())]);

    // What was sent is the text, behind a view of the files that count.
    let client = aws_sdk_athena::Client::new(&config);
    let ids = client.list_query_executions().send().await.unwrap().query_execution_ids.unwrap();
    assert_eq!(ids.len(), 1);
    let sent = client.get_query_execution().query_execution_id(&ids[0]).send().await.unwrap();
    let sent = sent.query_execution.unwrap().query.unwrap();
    let parts = store.context.state.ledger.periods().await.unwrap().remove(0).parts;
    assert!(sent.starts_with(
        "with charges as (select * from \"tollgate_dev\".\"files\" where \"$path\" in ('s3://lake/charges/"
    ));
    assert!(sent.contains(&parts[0]) && sent.ends_with(&format!(") {QUERY}")), "{sent}");
}

#[tokio::test]
async fn an_athena_that_cannot_be_reached_may_be_asked_again() {
    let mut store = Store::new();
    store.ingest_text("a.csv", focus(&[("2026-11-02", "EC2", "1", "Usage")])).await.unwrap();
    let config = shared("http://127.0.0.1:9");
    store.context.lake = store.context.lake.clone().beyond(0, Arc::new(Athena::new(&config, "primary", "db", "lake")));
    let error = store
        .context
        .lake
        .query(&tollgate_pipeline::current_parts(&store.context.state, |_| true).await.unwrap(), QUERY)
        .await
        .unwrap_err();
    assert!(matches!(error, LakeError::Service { retryable: true, .. }) && error.retryable(), "{error}");
}
