//! Decisions on change plans by callers of the API: the rules of Slack, by the same decision core.

use std::sync::Arc;

use serde_json::json;
use tollgate_model::{PlanRecord, PlanStep, Risk};
use tollgate_pipeline::{DecisionOutcome, Proposal, State, decide, propose};

use super::Rig;
use crate::{Caller, Permission};

fn state(rig: &Rig) -> State {
    State { ledger: rig.ledger.clone(), policy: Arc::clone(&rig.policy), clock: rig.clock.clone(), run: "r".into() }
}

async fn caller(rig: &Rig, subject: &str) -> Caller {
    rig.call(&rig.issuer.sign(&rig.claims(subject))).await.unwrap()
}

async fn jo(rig: &Rig) -> Caller {
    let mut claims = rig.claims("2");
    (claims["email"], claims["email_verified"]) = (json!("jo@example.com"), json!(true));
    rig.call(&rig.issuer.sign(&claims)).await.unwrap()
}

async fn proposed(rig: &Rig, by: &Caller, risk: Risk) -> PlanRecord {
    let proposal = Proposal {
        title: "Stop an idle instance".to_owned(),
        why: String::new(),
        steps: vec![PlanStep::manual("stop it")],
        risk,
        saving_per_month: None,
        incident: None,
        rollout: None,
        request: format!("{risk:?}"),
    };
    propose(&state(rig), &by.actor(), proposal).await.unwrap()
}

async fn approve(rig: &Rig, by: &Caller, plan: &PlanRecord) -> DecisionOutcome {
    decide(&state(rig), &by.actor(), &plan.plan.id, &plan.hash, true).await.unwrap()
}

#[tokio::test]
async fn the_requester_may_not_approve_and_high_risk_needs_two_people() {
    let rig = Rig::new();
    let (ci, jane, jo) = (caller(&rig, "ci-1").await, caller(&rig, "jane-1").await, jo(&rig).await);
    let own = proposed(&rig, &jane, Risk::Medium).await;
    assert!(
        matches!(approve(&rig, &jane, &own).await, DecisionOutcome::Refused { why } if why.contains("you requested it"))
    );
    assert_eq!(approve(&rig, &jo, &own).await, DecisionOutcome::Approved);

    let high = proposed(&rig, &ci, Risk::High).await;
    assert!(matches!(approve(&rig, &jane, &high).await, DecisionOutcome::Endorsed { .. }));
    assert!(matches!(approve(&rig, &jane, &high).await, DecisionOutcome::Refused { .. }));
    assert_eq!(approve(&rig, &jo, &high).await, DecisionOutcome::Approved);
    let log = rig.ledger.audit_log(100).await.unwrap();
    let approved = log.iter().find(|entry| entry.event.action == "approved").unwrap();
    assert_eq!(approved.event.actor, "jo");
    assert!(approved.event.via.contains("API, token of company"), "{}", approved.event.via);
}

#[tokio::test]
async fn a_decision_is_bound_to_the_hash_and_made_by_people() {
    let rig = Rig::new();
    let (ci, jane) = (caller(&rig, "ci-1").await, caller(&rig, "jane-1").await);
    let plan = proposed(&rig, &ci, Risk::Low).await;
    let stale = decide(&state(&rig), &jane.actor(), &plan.plan.id, &"0".repeat(64), true).await.unwrap();
    assert!(matches!(stale, DecisionOutcome::Refused { why } if why.contains("hash")));
    // A program never decides: by the table of permissions, and by the core even where its role would do.
    assert!(ci.require(Permission::DecidePlans).is_err());
    let mut strong = ci.clone();
    strong.role = crate::Role::Admin;
    assert_eq!(strong.require(Permission::DecidePlans).unwrap_err().code, "people_only");
    assert!(matches!(approve(&rig, &strong, &plan).await, DecisionOutcome::Refused { .. }));
    assert_eq!(approve(&rig, &jane, &plan).await, DecisionOutcome::Approved);
}
