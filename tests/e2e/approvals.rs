//! Approvals: of exactly what was shown, only by people with the permission; and a log that shows when it was changed.

use std::sync::Arc;

use tollgate_ledger::conformance::TestClock;
use tollgate_ledger::{Key, Ledger, SqliteTable};
use tollgate_model::{Content, PlanChange, PlanRecord, PlanState, PlanStep, Risk};
use tollgate_pipeline::Actor;
use tollgate_pipeline::{DecisionOutcome, Proposal, State, decide, deliver_due, propose};
use tollgate_policy::{Policy, Role};

use crate::support::NOW;

/// Everybody who decides; `eve` and members of the chat that are numbers are nobody of the file.
const PEOPLE: &str = r#"
person "ann" {
  slack = "U0ANN"
}
person "bob" {
  slack = "U0BOB"
}
person "cleo" {
  email = "cleo@example.com"
}
person "rita" {
  email = "rita@example.com"
}
"#;

struct Case {
    state: State,
    clock: Arc<TestClock>,
    _folder: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::at(NOW);
        let table = SqliteTable::open(&folder.path().join("ledger.db"), clock.clone()).unwrap();
        let state = State {
            ledger: Ledger::new(Arc::new(table), "test"),
            policy: Arc::new(Policy::parse("tollgate.hcl", PEOPLE).unwrap()),
            clock: clock.clone(),
            run: "test".into(),
        };
        Self { state, clock, _folder: folder }
    }

    async fn plan(&self, risk: Risk) -> PlanRecord {
        let proposal = Proposal {
            title: "Delete three unattached volumes".to_owned(),
            why: "Nobody has read them for ninety days".to_owned(),
            steps: vec![PlanStep::manual("delete vol-1")],
            risk,
            saving_per_month: None,
            incident: None,
            rollout: None,
            request: format!("{risk}"),
        };
        propose(&self.state, &actor("rita", Role::Engineer), proposal).await.unwrap()
    }

    async fn decide(&self, who: &Actor, plan: &PlanRecord, approves: bool) -> DecisionOutcome {
        decide(&self.state, who, &plan.plan.id, &plan.hash, approves).await.unwrap()
    }

    async fn changes(&self) -> Vec<PlanChange> {
        let of = |content: Content| match content {
            Content::Plan { change, .. } => Some(change),
            _ => None,
        };
        let mut all = self.state.ledger.outbox().await.unwrap();
        // All are of one instant here.
        all.sort_by(|(_, a), (_, b)| b.id.cmp(&a.id));
        all.into_iter().filter_map(|(_, m)| of(m.content)).collect()
    }
}

fn actor(name: &str, role: Role) -> Actor {
    Actor { name: name.to_owned(), role, chat: Some("slack".to_owned()), caller: None }
}

fn approver(name: &str) -> Actor {
    actor(name, Role::Approver)
}

fn refusal(decided: &DecisionOutcome) -> &str {
    match decided {
        DecisionOutcome::Refused { why } => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_presses_at_the_same_time_give_one_approval() {
    let case = Case::new();
    let plan = case.plan(Risk::Low).await;
    let presses: Vec<_> = (0..10_000)
        .map(|i| {
            let (state, id, hash) = (case.state.clone(), plan.plan.id.clone(), plan.hash.clone());
            tokio::spawn(async move { decide(&state, &approver(&format!("slack:U{i}")), &id, &hash, true).await })
        })
        .collect();
    let mut approved = 0;
    for press in presses {
        match press.await.unwrap().unwrap() {
            DecisionOutcome::Approved => approved += 1,
            DecisionOutcome::Refused { why } => assert!(why.contains("approved already by slack:U"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(approved, 1);
    let (record, _) = case.state.ledger.plan(&plan.plan.id).await.unwrap().unwrap();
    assert_eq!((record.state, record.decisions.len()), (PlanState::Approved, 1));
    assert_eq!(case.changes().await, [PlanChange::Proposed, PlanChange::Approved]);
    let log = case.state.ledger.audit_log(10).await.unwrap();
    let what: Vec<&str> = log.iter().map(|e| e.event.action.as_str()).collect();
    assert_eq!(what, ["approved", "proposed"]);
    assert_eq!(case.state.ledger.verify_audit(None).await.unwrap(), (2, Vec::new()));
}

#[tokio::test]
async fn only_what_was_shown_can_be_approved_and_only_in_time() {
    let case = Case::new();
    let plan = case.plan(Risk::Low).await;
    let with = async |hash: &str| decide(&case.state, &approver("ann"), &plan.plan.id, hash, true).await.unwrap();
    for wrong in ["", "0", &"0".repeat(64), &plan.hash[..15], &plan.hash[1..]] {
        assert!(refusal(&with(wrong).await).contains("has changed since it was shown"), "{wrong}");
    }
    // What lies in the store is not what was proposed.
    let (mut record, version) = case.state.ledger.plan(&plan.plan.id).await.unwrap().unwrap();
    record.plan.steps[0].what = "delete everything".to_owned();
    case.state.ledger.transaction().plan(&record, Some(version)).unwrap().save().await.unwrap();
    assert!(refusal(&with(&plan.hash).await).contains("is not what was proposed"));
    let forged = record.computed_hash().unwrap();
    assert!(refusal(&with(&forged).await).contains("is not what was proposed"));

    let plan = case.plan(Risk::Medium).await;
    case.clock.advance(3 * 86_400);
    assert!(refusal(&case.decide(&approver("ann"), &plan, true).await).contains("expired at"));
    let (record, _) = case.state.ledger.plan(&plan.plan.id).await.unwrap().unwrap();
    assert_eq!((record.state, record.decisions.len()), (PlanState::Expired, 0));
}

#[tokio::test]
async fn nobody_s_answer_is_a_no() {
    let case = Case::new();
    let plan = case.plan(Risk::High).await;
    case.clock.advance(86_400 - 1);
    deliver_due(&case.state, &[]).await.unwrap();
    assert_eq!(case.state.ledger.plans(&[PlanState::Proposed]).await.unwrap().len(), 1);
    case.clock.advance(1);
    deliver_due(&case.state, &[]).await.unwrap();
    assert_eq!(case.state.ledger.plans(&[PlanState::Expired]).await.unwrap()[0].plan.id, plan.plan.id);
    assert!(refusal(&case.decide(&approver("ann"), &plan, true).await).contains("is expired already"));
    // The next round reported its end.
    deliver_due(&case.state, &[]).await.unwrap();
    assert_eq!(case.state.ledger.deliveries_of(&format!("{}#expired", plan.plan.id)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_may_decide_depends_on_role_and_risk() {
    let case = Case::new();
    let low = case.plan(Risk::Low).await;
    for role in [Role::Viewer, Role::Engineer] {
        let decided = case.decide(&actor("eve", role), &low, true).await;
        assert!(refusal(&decided).contains("needs the role approver"), "{decided:?}");
        assert!(matches!(case.decide(&actor("eve", role), &low, false).await, DecisionOutcome::Refused { .. }));
    }
    assert_eq!(
        case.decide(&approver("rita"), &low, true).await,
        DecisionOutcome::Approved,
        "low risk, by who asked for it"
    );

    let medium = case.plan(Risk::Medium).await;
    let decided = case.decide(&approver("rita"), &medium, true).await;
    assert!(refusal(&decided).contains("you requested it"), "{decided:?}");
    assert_eq!(case.decide(&approver("ann"), &medium, true).await, DecisionOutcome::Approved);

    // High: two people, one of them outside of chat; neither is the requester.
    let high = case.plan(Risk::High).await;
    let missing = |decided: DecisionOutcome| match decided {
        DecisionOutcome::Endorsed { missing } => missing,
        other => panic!("{other:?}"),
    };
    let first = missing(case.decide(&approver("ann"), &high, true).await);
    assert!(first.contains("1 of 2 approvals, one of them by `tollgate plans approve`"), "{first}");
    assert!(refusal(&case.decide(&approver("ann"), &high, true).await).contains("already approved it"));
    let second = missing(case.decide(&approver("bob"), &high, true).await);
    assert!(second.contains("outside of the chat"), "{second}");
    assert!(refusal(&case.decide(&Actor::on_command_line("ann"), &high, true).await).contains("different person"));
    assert!(refusal(&case.decide(&Actor::on_command_line("rita"), &high, true).await).contains("you requested it"));
    assert_eq!(case.decide(&Actor::on_command_line("cleo"), &high, true).await, DecisionOutcome::Approved);

    // One no is enough, and refusals of those who may not are kept, the same one once a day.
    let log = case.state.ledger.audit_log(100).await.unwrap();
    assert_eq!(log.iter().filter(|e| e.event.action == "refused" && e.event.actor == "eve").count(), 2);
    assert!(case.state.ledger.verify_audit(None).await.unwrap().1.is_empty());
}

#[tokio::test]
async fn one_no_ends_a_plan() {
    let case = Case::new();
    let plan = case.plan(Risk::High).await;
    case.decide(&approver("ann"), &plan, true).await;
    assert_eq!(case.decide(&approver("bob"), &plan, false).await, DecisionOutcome::Declined);
    let late = case.decide(&Actor::on_command_line("cleo"), &plan, true).await;
    assert_eq!(refusal(&late), format!("`{}` is declined already by ann, bob", plan.plan.id));
}

/// One person counts once, however the name is written, and who is nobody of the file does not count where several must agree.
#[tokio::test]
async fn two_people_are_two_people() {
    let case = Case::new();
    let plan = case.plan(Risk::High).await;
    for rita in ["Rita", " rita", "RITA ", "ri\u{200b}ta"] {
        let decided = case.decide(&Actor::on_command_line(rita), &plan, true).await;
        assert!(refusal(&decided).contains("you requested it"), "{rita:?}: {decided:?}");
    }
    for nobody in ["jane2", "", "slack:U0GROUP"] {
        let decided = case.decide(&Actor::on_command_line(nobody), &plan, true).await;
        assert!(refusal(&decided).contains("is not a person of tollgate.hcl"), "{nobody:?}: {decided:?}");
        let decided = case.decide(&approver("slack:U0GROUP"), &plan, true).await;
        assert!(refusal(&decided).contains("is not a person of tollgate.hcl"), "{decided:?}");
    }
    assert!(matches!(case.decide(&approver("ann"), &plan, true).await, DecisionOutcome::Endorsed { .. }));
    for ann in ["Ann", "ann ", "ANN"] {
        assert!(
            matches!(case.decide(&Actor::on_command_line(ann), &plan, true).await, DecisionOutcome::Refused { .. }),
            "{ann:?}"
        );
    }
    assert_eq!(case.decide(&Actor::on_command_line("Bob "), &plan, true).await, DecisionOutcome::Approved);
    let (record, _) = case.state.ledger.plan(&plan.plan.id).await.unwrap().unwrap();
    assert_eq!(record.decisions.iter().map(|d| d.who.as_str()).collect::<Vec<_>>(), ["ann", "bob"]);
}

/// Write access to the table does not lower what an approval requires.
#[tokio::test]
async fn what_an_approval_takes_is_approved_too() {
    let case = Case::new();
    let plan = case.plan(Risk::High).await;
    let (mut record, version) = case.state.ledger.plan(&plan.plan.id).await.unwrap().unwrap();
    (record.needs, record.needs_outside_chat) = (1, false);
    case.state.ledger.transaction().plan(&record, Some(version)).unwrap().save().await.unwrap();
    let decided = case.decide(&approver("ann"), &plan, true).await;
    assert!(refusal(&decided).contains("is not what was proposed"), "{decided:?}");
}

#[tokio::test]
async fn the_same_request_twice_is_one_plan() {
    let case = Case::new();
    let (one, two) = (case.plan(Risk::Low).await, case.plan(Risk::Low).await);
    assert_eq!(one, two);
    assert_eq!(case.state.ledger.audit_log(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_entry_that_was_touched_on_the_disk_is_found() {
    let case = Case::new();
    for risk in [Risk::Low, Risk::Medium, Risk::High] {
        case.plan(risk).await;
    }
    let table = case.state.ledger.table();
    let day = "test#AUDIT#2026-11-21";
    let item = table.get(&Key::new(day, "000000000002")).await.unwrap().unwrap();
    let mut changed = item.clone();
    changed.body["actor"] = "somebody else".into();
    table.put_all(vec![changed]).await.unwrap();
    let (count, broken) = case.state.ledger.verify_audit(None).await.unwrap();
    assert_eq!((count, broken[0].number), (3, 3), "{broken:?}");
    table.put_all(vec![item.clone()]).await.unwrap();
    assert!(case.state.ledger.verify_audit(None).await.unwrap().1.is_empty());
    table.delete_all(vec![item.key]).await.unwrap();
    let (_, broken) = case.state.ledger.verify_audit(None).await.unwrap();
    assert_eq!((broken[0].number, broken[0].what.as_str()), (2, "is missing"));
}
