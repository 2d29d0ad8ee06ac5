//! Lists: pages follow each other without a gap, and a cursor is of its list.

use serde_json::Value;
use tollgate_model::Incident;

use super::support::Served;

/// More incidents, which differ by their days.
async fn add_incidents(served: &Served, count: usize) {
    let ledger = &served.context("alpha").state.ledger;
    let (known, _) = ledger.incidents(&tollgate_model::IncidentState::ALL).await.unwrap().remove(0);
    for number in 0..count {
        let start = known.start.plus(-1 - i32::try_from(number / 3).unwrap());
        let incident = Incident { id: format!("i-{number:08x}"), start, ..known.clone() };
        ledger.put_incident(&incident, None, None).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_without_a_gap() {
    let served = Served::start().await;
    add_incidents(&served, 25).await;
    let all = served.read("/v1/incidents?limit=1000").await;
    let ids = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((ids(&all).len(), &all["next_cursor"]), (26, &Value::Null));
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = served.read(&format!("/v1/incidents?limit=7{cursor}")).await;
        found.extend(ids(&page));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, ids(&all));
    // The newest days are first.
    let days: Vec<&str> = all["items"].as_array().unwrap().iter().map(|item| item["start"].as_str().unwrap()).collect();
    assert!(days.windows(2).all(|pair| pair[0] >= pair[1]), "{days:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_of_its_list_and_caller() {
    let served = Served::start().await;
    add_incidents(&served, 5).await;
    let page = served.read("/v1/incidents?limit=2&state=open").await;
    let cursor = page["next_cursor"].as_str().unwrap();
    for (path, caller) in [
        (format!("/v1/incidents?limit=2&cursor={cursor}"), "alpha/admin"),
        (format!("/v1/incidents?limit=2&state=open&cursor={cursor}x"), "alpha/admin"),
        (format!("/v1/incidents?limit=2&state=open&cursor={cursor}"), "beta/admin"),
        (format!("/v1/imports?cursor={cursor}"), "alpha/admin"),
    ] {
        let got = served.get(&path, caller).await;
        assert!(got.status == 400 && got.text.contains("the cursor is not of this list"), "{path} {caller}: {got:?}");
    }
    let same = served.get(&format!("/v1/incidents?limit=3&state=open&cursor={cursor}"), "alpha/admin").await;
    assert_eq!(same.status, 200, "a page may have another size: {same:?}");
}
