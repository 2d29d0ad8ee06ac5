//! What people say of incidents changes the next run, and is shown.

use tollgate_model::{Day, IncidentState, Opinion};
use tollgate_pipeline::Actor;
use tollgate_pipeline::{PipelineError, acknowledge, detect, record_opinion};

use crate::support::{Store, focus};

/// Cost of a service from 2026-07-01 through `last`: 100 a day and some noise, more by `share` from `since` on.
fn charges(last: &str, changes: &[(&str, f64)]) -> String {
    let (first, last): (Day, Day) = ("2026-07-01".parse().unwrap(), last.parse().unwrap());
    let rows: Vec<(String, String)> = (0..=last - first)
        .map(|i| {
            let day = first.plus(i);
            let share: f64 = changes.iter().filter(|(d, _)| *d == day.to_string()).map(|(_, s)| s).sum();
            let noise = f64::from(i * 7919 % 13 - 6) / 600.0;
            (day.to_string(), format!("{:.2}", 100.0 * (1.0 + share) * (1.0 + noise)))
        })
        .collect();
    focus(&rows.iter().map(|(d, c)| (d.as_str(), "EC2", c.as_str(), "Usage")).collect::<Vec<_>>())
}

async fn import(store: &Store, last: &str, changes: &[(&str, f64)]) {
    store.ingest_text("costs.csv", charges(last, changes)).await.unwrap();
}

#[tokio::test]
async fn an_expected_incident_is_quiet_until_its_day_and_alerts_afterwards() {
    let store = Store::new();
    let test: Vec<(String, f64)> = (0..9).map(|i| (format!("2026-11-{:02}", 11 + i), 0.6)).collect();
    let test: Vec<(&str, f64)> = test.iter().map(|(d, s)| (d.as_str(), *s)).collect();
    import(&store, "2026-11-12", &test).await;
    let found = detect(&store.context).await.unwrap().new;
    assert_eq!(found.len(), 1, "{found:#?}");
    let id = found[0].id.clone();
    let until = Some("2026-11-14".parse().unwrap());
    let jane = Actor::on_command_line("jane");
    let said =
        record_opinion(&store.context.state, &id[..6], Opinion::Expected, until, &jane, Some("load test".into())).await;
    let said = said.unwrap();
    assert_eq!(said.state, IncidentState::Expected);
    assert!(said.explanation().contains("expected through 2026-11-14, by jane: load test"), "{}", said.explanation());

    import(&store, "2026-11-15", &test).await;
    let quiet = detect(&store.context).await.unwrap();
    assert!(quiet.new.is_empty() && quiet.changed.iter().all(|i| !i.is_live()), "{quiet:#?}");

    import(&store, "2026-11-19", &test).await;
    let loud = detect(&store.context).await.unwrap();
    let live: Vec<_> = loud.new.iter().chain(&loud.changed).filter(|i| i.is_live()).collect();
    assert_eq!(live.len(), 1, "{loud:#?}");
    assert_eq!(live[0].start, "2026-11-15".parse().unwrap());
}

#[tokio::test]
async fn what_is_no_anomaly_is_usual_from_then_on_and_more_than_that_is_not() {
    let store = Store::new();
    let spike = ("2026-10-20", 0.5);
    import(&store, "2026-10-21", &[spike]).await;
    let found = detect(&store.context).await.unwrap().new;
    assert_eq!(found.len(), 1, "{found:#?}");
    let jane = Actor::on_command_line("jane");
    record_opinion(&store.context.state, &found[0].id, Opinion::NotAnAnomaly, None, &jane, None).await.unwrap();

    import(&store, "2026-11-11", &[spike, ("2026-11-10", 0.5)]).await;
    let again = detect(&store.context).await.unwrap();
    assert!(again.new.is_empty(), "{again:#?}");

    import(&store, "2026-11-19", &[spike, ("2026-11-10", 0.5), ("2026-11-18", 1.5)]).await;
    let more = detect(&store.context).await.unwrap();
    assert_eq!(more.new.len(), 1, "{more:#?}");
}

#[tokio::test]
async fn an_acknowledged_incident_does_not_alert_again() {
    let store = Store::new();
    import(&store, "2026-11-18", &[("2026-11-17", 0.5)]).await;
    let id = detect(&store.context).await.unwrap().new[0].id.clone();
    let jane = Actor::on_command_line("jane");
    for _ in 0..2 {
        let incident = acknowledge(&store.context.state, &id, &jane).await.unwrap();
        assert_eq!(incident.state, IncidentState::Acknowledged);
        assert_eq!(incident.events.iter().filter(|e| e.what.contains("jane")).count(), 1);
    }
    assert!(detect(&store.context).await.unwrap().new.is_empty());
    let error = acknowledge(&store.context.state, "i-nothing", &jane).await.unwrap_err();
    assert!(matches!(error, PipelineError::NoIncident { several: false, .. }), "{error}");
}
