//! Routing: who hears of what, when and why; and what keeps it from being too much.

use std::sync::Arc;

use tollgate_channels::samples;
use tollgate_ledger::DeliveryState;
use tollgate_model::{Content, Incident, IncidentChange, Message};
use tollgate_pipeline::Actor;
use tollgate_pipeline::{DeliveryPlan, Sender, State, acknowledge, deliver_due, detect, plan_deliveries, snooze};
use tollgate_policy::Policy;

use crate::support::{Store, focus};

const CHANNELS: &str = r#"
channel "finops" {
  type = "teams"
  url  = "A"
}
channel "pager" {
  type        = "pagerduty"
  routing_key = "B"
}
person "jane" { email = "jane@example.com" }
"#;

/// A channel of a kind that is never sent to.
struct Unsent(&'static str);

#[async_trait::async_trait]
impl tollgate_channels::Channel for Unsent {
    fn kind(&self) -> &'static str {
        self.0
    }
    fn accepts(&self, message: &Message) -> bool {
        message.is_for_people()
    }
    async fn send(
        &self,
        envelope: &tollgate_channels::Envelope<'_>,
    ) -> Result<tollgate_channels::Receipt, tollgate_channels::ChannelError> {
        Ok(tollgate_channels::Receipt { id: envelope.message.id.to_string(), thread: Some("t".to_owned()) })
    }
}

fn senders() -> Vec<Sender> {
    ["finops", "pager"]
        .map(|name| Sender {
            name: name.to_owned(),
            fallback: None,
            unconfigured: None,
            channel: Box::new(Unsent("test")),
        })
        .into()
}

fn store(routes: &str) -> Store {
    Store::with_policy(&format!("{CHANNELS}{routes}detection {{ provisional_days = 0 }}\n"))
}

async fn planned(store: &Store, message: &Message) -> DeliveryPlan {
    plan_deliveries(&store.context.state, message, &senders()).await.unwrap()
}

fn where_and_why(plan: &DeliveryPlan) -> Vec<(String, String)> {
    plan.deliveries.iter().map(|h| (h.channel.clone(), h.why.clone())).collect()
}

#[tokio::test]
async fn the_first_route_that_matches_holds_and_says_why() {
    let store = store(
        r#"
dimension "team" { value = charge.tags.team }
budget "checkout" {
  amount   = 1
  currency = "USD"
  scope    = { team = "checkout" }
}
route "elsewhere" {
  scope    = { team = "research" }
  channels = ["pager"]
}
route "graver" {
  severity = "critical"
  channels = ["pager"]
}
route "checkout" {
  about    = ["incident", "budget"]
  kind     = ["spike"]
  scope    = { team = "checkout", service = ["Amazon Elastic Compute Cloud"] }
  channels = ["finops"]
  people   = ["jane"]
  continue = true
}
route "teams" {
  scope    = { team = "checkout" }
  channels = ["finops", "pager"]
}
route "rest" {
  channels = ["finops"]
}
"#,
    );
    let opened = planned(&store, &samples::incident(IncidentChange::Opened)).await;
    let verdicts: Vec<&str> = opened.routes.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(
        verdicts,
        [
            "no: its team is none of research",
            "no: the incident is high, below critical",
            "incident, high, spike, team checkout, service Amazon Elastic Compute Cloud",
            "incident, high, spike, team checkout",
            "no: an earlier route matched",
        ]
    );
    let deliveries = where_and_why(&opened);
    assert_eq!(deliveries.len(), 2);
    assert!(
        deliveries[0].0 == "finops" && deliveries[0].1.ends_with("Elastic Compute Cloud; at once"),
        "{deliveries:?}"
    );
    assert_eq!(opened.deliveries[0].people, ["jane"]);
    // A budget is about what all of its scope is about; a service is none of this one's.
    let budget = planned(&store, &samples::budget()).await;
    assert_eq!(budget.deliveries[0].route, "teams");
    // A route that asks for a severity is about incidents.
    let restated = planned(&store, &samples::restated()).await;
    assert_eq!(restated.deliveries[0].route, "rest");
}

#[tokio::test]
async fn without_routes_pagers_hear_of_what_is_grave_and_others_of_everything() {
    let store = store("");
    let channels = async |message: &Message| -> Vec<String> {
        planned(&store, message).await.deliveries.into_iter().map(|h| h.channel).collect()
    };
    let mut low = samples::incident(IncidentChange::Opened);
    let graver = channels(&low).await;
    assert_eq!(graver, ["pager", "finops"]);
    if let Content::Incident { incident, .. } = &mut low.content {
        incident.severity = tollgate_model::Severity::Medium;
    }
    assert_eq!(channels(&low).await, ["finops"]);
    assert_eq!(channels(&samples::budget()).await, ["finops"]);
    assert_eq!(channels(&samples::heartbeat()).await, ["finops"]);
}

#[tokio::test]
async fn a_budgets_own_escalation_goes_before_routes() {
    let store = store(
        r#"
budget "checkout" {
  amount   = 1
  currency = "USD"
  escalation {
    at       = 80
    channels = ["pager"]
    people   = ["jane"]
  }
}
route "all" { channels = ["finops"] }
"#,
    );
    let plan = planned(&store, &samples::budget()).await;
    assert_eq!((plan.deliveries.len(), plan.deliveries[0].channel.as_str()), (1, "pager"));
    assert!(
        plan.deliveries[0].why.contains("escalation of its budget at 80 %") && plan.deliveries[0].people == ["jane"]
    );
}

#[tokio::test]
async fn quiet_hours_and_digests_put_off_what_can_wait() {
    let quiet = |except: &str| {
        format!(
            "route \"night\" {{\n channels = [\"finops\"]\n quiet {{\n from = \"22:00\"\n to = \"07:00\"\n zone = \
             \"Europe/Berlin\"\n except = \"{except}\"\n }}\n}}\n"
        )
    };
    // It is 2026-11-21T00:00Z: one in the morning in Berlin.
    let message = samples::incident(IncidentChange::Opened);
    let waits = planned(&store(&quiet("critical")), &message).await;
    assert_eq!(waits.deliveries[0].due.to_string(), "2026-11-21T06:00:00Z");
    let wakes = planned(&store(&quiet("high")), &message).await;
    assert_eq!(wakes.deliveries[0].due.to_string(), "2026-11-21T00:00:00Z");
    // What only changes a card disturbs nobody.
    let edit = planned(&store(&quiet("critical")), &samples::incident(IncidentChange::Acknowledged)).await;
    assert_eq!(edit.deliveries[0].due.to_string(), "2026-11-21T00:00:00Z");
    let digest = store("route \"d\" {\n channels = [\"finops\"]\n digest { at = \"09:00\" }\n}\n");
    let digest = planned(&digest, &message).await;
    assert!(digest.deliveries[0].in_digest && digest.deliveries[0].due.to_string() == "2026-11-21T09:00:00Z");
}

fn incident(message: &Message) -> Incident {
    match &message.content {
        Content::Incident { incident, .. } => (**incident).clone(),
        other => panic!("{other:?}"),
    }
}

fn flapping(store: &Store, change: IncidentChange, times: usize) -> Message {
    let mut message = samples::incident(change);
    let mut incident = incident(&message);
    incident.reopened = vec![store.context.state.clock.now(); times];
    message.content = Content::Incident { change, incident: Box::new(incident) };
    message
}

#[tokio::test]
async fn a_flapping_series_is_damped_and_says_so() {
    let store = store("");
    let held = async |change, times| {
        let plan = planned(&store, &flapping(&store, change, times)).await;
        (plan.deliveries[0].held.clone(), plan.deliveries[0].note.clone())
    };
    assert_eq!(held(IncidentChange::Reopened, 2).await, (None, None));
    let (last, note) = held(IncidentChange::Reopened, 3).await;
    assert!(last.is_none() && note.unwrap().contains("it was reopened 3 times in a week"));
    for (change, times) in [(IncidentChange::Reopened, 4), (IncidentChange::Resolved, 3), (IncidentChange::Opened, 5)] {
        assert!(held(change, times).await.0.unwrap().starts_with("flapping: it was reopened"), "{change:?}");
    }
    // A more severe one is still sent.
    assert_eq!(held(IncidentChange::Raised, 9).await.0, None);
}

/// Cost of a service through a day of November, with days that cost something else.
fn november(days: u32, others: &[(u32, &str)]) -> String {
    let cost = |d: u32| others.iter().find(|(o, _)| *o == d).map_or("100", |(_, c)| *c);
    let october = (1..=31).map(|d| (format!("2026-10-{d:02}"), "100"));
    let rows: Vec<(String, &str)> = october.chain((1..=days).map(|d| (format!("2026-11-{d:02}"), cost(d)))).collect();
    focus(&rows.iter().map(|(d, c)| (d.as_str(), "EC2", *c, "Usage")).collect::<Vec<_>>())
}

#[tokio::test]
async fn detection_counts_how_often_a_series_comes_back() {
    let store = store("");
    store.ingest_text("c.csv", november(2, &[])).await.unwrap();
    detect(&store.context).await.unwrap();
    let mut spikes: Vec<(u32, &str)> = Vec::new();
    let mut most = 0;
    // Days and amounts without a pattern: what repeats is learned.
    for (day, cost) in [(3, "400"), (6, "900"), (11, "300"), (16, "2000")] {
        spikes.push((day, cost));
        for through in [day, day + 2] {
            store.ingest_text("c.csv", november(through, &spikes)).await.unwrap();
            let report = detect(&store.context).await.unwrap();
            most = report.new.iter().chain(&report.changed).map(|i| i.reopened.len()).max().unwrap_or(most);
        }
    }
    assert_eq!(most, 3, "the fourth of one scope in two weeks is the third that came back");
}

#[tokio::test]
async fn nobody_hears_of_what_is_snoozed_until_its_time_and_who_does_not_answer_is_escalated() {
    let store = store(
        "route \"all\" {\n channels = [\"finops\"]\n escalate {\n after = \"30m\"\n channels = [\"pager\"]\n people = \
         [\"jane\"]\n }\n}\n",
    );
    store.ingest_text("c.csv", november(18, &[])).await.unwrap();
    detect(&store.context).await.unwrap();
    store.ingest_text("c.csv", november(19, &[(19, "300")])).await.unwrap();
    let id = detect(&store.context).await.unwrap().new.remove(0).id;
    let state = |seconds: i64| State {
        clock: tollgate_ledger::conformance::TestClock::at(crate::support::NOW + seconds),
        ..store.context.state.clone()
    };
    let sent = async |seconds: i64| -> Vec<(String, String)> {
        let sent = deliver_due(&state(seconds), &senders()).await.unwrap().sent;
        sent.into_iter().map(|(m, c, _)| (m, c)).filter(|(m, _)| m.starts_with("i-")).collect()
    };
    assert_eq!(sent(0).await, [(format!("{id}#opened"), "finops".to_owned())]);
    assert_eq!(sent(1790).await, []);
    assert_eq!(sent(1800).await, [(format!("{id}#unanswered-opened"), "pager".to_owned())]);
    assert_eq!(sent(3600).await, []);

    let jane = Actor::on_command_line("jane");
    snooze(&state(3600), &id, state(7200).clock.now(), &jane).await.unwrap();
    // Graver, while it is snoozed: held back, and kept that it was.
    store.ingest_text("c.csv", november(20, &[(19, "300"), (20, "60000")])).await.unwrap();
    detect(&store.context).await.unwrap();
    let quiet: Vec<_> = sent(3700).await.into_iter().filter(|(m, _)| m.contains("#raised")).collect();
    assert_eq!(quiet, []);
    let month = store.context.state.ledger.deliveries("2026-11", 50).await.unwrap();
    let held =
        month.iter().filter(|d| matches!(&d.state, DeliveryState::Held { why, .. } if why.starts_with("snoozed")));
    assert_eq!(held.count(), 1, "{month:#?}");
    let reminded = sent(7200).await;
    assert_eq!(reminded.len(), 1);
    assert!(reminded[0].0.starts_with(&format!("{id}#reminded")), "{reminded:?}");

    // An incident acknowledged in time does not escalate.
    let other = Store::with_policy(&format!(
        "{CHANNELS}route \"all\" {{\n channels = [\"finops\"]\n escalate {{\n after = \"30m\"\n channels = [\"pager\"]\n \
         }}\n}}\ndetection {{ provisional_days = 0 }}\n"
    ));
    other.ingest_text("c.csv", november(18, &[])).await.unwrap();
    detect(&other.context).await.unwrap();
    other.ingest_text("c.csv", november(19, &[(19, "300")])).await.unwrap();
    let id = detect(&other.context).await.unwrap().new.remove(0).id;
    deliver_due(&other.context.state, &senders()).await.unwrap();
    acknowledge(&other.context.state, &id, &jane).await.unwrap();
    let later = State {
        clock: tollgate_ledger::conformance::TestClock::at(crate::support::NOW + 1800),
        ..other.context.state.clone()
    };
    let sent = deliver_due(&later, &senders()).await.unwrap().sent;
    assert!(sent.iter().all(|(m, ..)| !m.contains("unanswered")), "{sent:?}");
}

#[tokio::test]
async fn a_heartbeat_comes_once_a_day_and_carries_the_end_of_the_audit_log() {
    let store = store("");
    store.ingest_text("c.csv", november(2, &[])).await.unwrap();
    let at = |seconds: i64| State {
        clock: tollgate_ledger::conformance::TestClock::at(crate::support::NOW + seconds),
        policy: Arc::new(Policy::parse("t", CHANNELS).unwrap()),
        ..store.context.state.clone()
    };
    for (seconds, count) in [(0, 0), (8 * 3600, 1), (9 * 3600, 0), (32 * 3600, 1)] {
        let sent = deliver_due(&at(seconds), &senders()).await.unwrap().sent;
        let beats = sent.iter().filter(|(m, ..)| m.starts_with("heartbeat-")).count();
        assert_eq!(beats, count, "{seconds}: {sent:?}");
    }
}
