//! API keys: from creation to revocation.

use std::sync::Arc;

use http::{HeaderMap, Method, header};
use jiff::SignedDuration;
use tollgate_pipeline::{Actor, RowFilter};
use tollgate_policy::Policy;

use super::{POLICY, Rig, admin, bearer};
use crate::{ApiKey, CallerKind, KeyState, Permission, Role, SystemRandomness, Way};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[tokio::test]
async fn a_key_is_its_service_account() {
    let rig = Rig::new();
    let key = rig.key(&[]).await;
    let ci = rig.call(key.reveal()).await.unwrap();
    assert_eq!(
        (ci.tenant.as_str(), ci.name.as_str(), ci.kind, ci.role),
        ("t", "ci", CallerKind::ServiceAccount, Role::Engineer)
    );
    assert_eq!(ci.way, Way::Key(key.id().to_owned()));
    assert_eq!(ci.filter, RowFilter::of(vec!["team=payments".parse().unwrap()]));
    assert!(ci.require(Permission::ReadCosts).is_ok());
    // It sees some charges only: what cannot be narrowed to them is refused.
    assert_eq!(ci.require(Permission::RunSql).unwrap_err().code, "sees_too_little");
    assert_eq!(ci.require(Permission::RunImports).unwrap_err().code, "role_too_low");
    assert!(ci.actor().way().ends_with(&format!("API, key {}", key.id())));
    let entries = rig.ledger.audit_log(10).await.unwrap();
    assert_eq!(
        (entries[0].event.action.as_str(), entries[0].event.subject.as_str()),
        ("created", &*format!("key {}", key.id()))
    );
}

#[tokio::test]
async fn scopes_limit_a_key_and_never_widen_it() {
    let rig = Rig::new();
    let key = rig.key(&[Permission::ReadBudgets]).await;
    let ci = rig.call(key.reveal()).await.unwrap();
    assert_eq!(ci.require(Permission::ReadCosts).unwrap_err().code, "scope_missing");
    let create = |account: &'static str, scopes: Vec<Permission>, days| {
        let keys = rig.keys();
        async move { keys.create(&admin(), account, &scopes, days).await.err().map(|e| e.to_string()).unwrap_or_default() }
    };
    assert!(create("ci", vec![Permission::RunImports], 90).await.contains("beyond its role"));
    assert!(create("ci", vec![Permission::DecidePlans], 90).await.contains("for people only"));
    assert!(create("cj", vec![], 90).await.contains("did you mean `ci`?"));
    assert!(
        create("ci", vec![], 367).await.contains("1 to 366 days") && create("ci", vec![], 0).await.contains("1 to 366")
    );
    let viewer = Actor { role: Role::Approver, ..admin() };
    assert_eq!(rig.keys().create(&viewer, "ci", &[], 90).await.err().unwrap().code, "role_too_low");
    // A scope of a newer version is one that the key does not have.
    let (mut record, version) = rig.ledger.api_key(key.id()).await.unwrap().unwrap();
    record.scopes = vec!["everything:write".to_owned()];
    rig.ledger.record_key_use(&record, version).await.unwrap();
    let ci = rig.call(key.reveal()).await.unwrap();
    assert!(crate::PERMISSIONS.iter().all(|row| ci.require(row.permission).is_err()));
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_shows_nothing() {
    let rig = Rig::new();
    let key = rig.key(&[]).await;
    let unknown = ApiKey::create(&SystemRandomness::new()).unwrap();
    // A valid checksum over the id of a real key: only the secret is wrong.
    let forged = loop {
        let other = ApiKey::create(&SystemRandomness::new()).unwrap();
        let text = other.reveal().replace(other.id(), key.id());
        if let Some(forged) = with_checksum(&text) {
            break forged;
        }
    };
    let mut answers = Vec::new();
    for wrong in [unknown.reveal(), forged.as_str(), &key.reveal()[..48], "tg_live_x", "tg_"] {
        let refused = rig.call(wrong).await.unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.code), (401, "key_invalid"), "{wrong}");
        assert!(!format!("{refused} {refused:?}").contains(wrong) || wrong == "tg_", "{refused:?}");
        answers.push((refused.message, refused.hint));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "an answer shows whether a key exists: {answers:?}");
}

/// The same text with the checksum that fits it, as a forger computes it.
fn with_checksum(text: &str) -> Option<String> {
    let checked = &text[..text.len() - 6];
    let sum = crate::api_key::checksum(checked);
    ApiKey::parse(&format!("{checked}{sum}")).map(|key| key.reveal().to_owned())
}

#[tokio::test]
async fn a_key_ends_when_it_expires_or_is_revoked() {
    let rig = Rig::new();
    let (key, other) = (rig.key(&[]).await, rig.key(&[]).await);
    rig.keys().revoke(&admin(), other.id()).await.unwrap();
    rig.keys().revoke(&admin(), other.id()).await.unwrap();
    assert_eq!(rig.call(other.reveal()).await.unwrap_err().code, "key_revoked");
    rig.clock.advance(90 * 86_400 - 1);
    assert!(rig.call(key.reveal()).await.is_ok());
    rig.clock.advance(1);
    assert_eq!(rig.call(key.reveal()).await.unwrap_err().code, "key_expired");
    assert_eq!(rig.keys().revoke(&admin(), "nothing1").await.unwrap_err().code, "key_unknown");
    let revoked = rig.ledger.audit_log(10).await.unwrap().iter().filter(|e| e.event.action == "revoked").count();
    assert_eq!(revoked, 1);
}

#[tokio::test]
async fn a_rotated_key_overlaps_with_its_successor() {
    let rig = Rig::new();
    let old = rig.key(&[Permission::ReadCosts]).await;
    let new = rig.keys().rotate(&admin(), old.id(), HOUR).await.unwrap();
    assert_eq!(new.record.scopes, ["costs:read"]);
    assert!(rig.call(old.reveal()).await.is_ok() && rig.call(new.key.reveal()).await.is_ok());
    assert_eq!(rig.keys().rotate(&admin(), old.id(), HOUR).await.err().unwrap().code, "key_request_invalid");
    rig.clock.advance(3600);
    assert_eq!(rig.call(old.reveal()).await.unwrap_err().code, "key_expired");
    assert!(rig.call(new.key.reveal()).await.is_ok());
    let states: Vec<_> = rig
        .keys()
        .list()
        .await
        .unwrap()
        .iter()
        .map(|k| KeyState::of(k, tollgate_model::Clock::now(&*rig.clock)))
        .collect();
    assert!(states.contains(&KeyState::Expired) && states.contains(&KeyState::Active));
    // A leaked key is rotated without an overlap.
    let newest = rig.keys().rotate(&admin(), new.key.id(), SignedDuration::ZERO).await.unwrap();
    assert_eq!(rig.call(new.key.reveal()).await.unwrap_err().code, "key_expired");
    assert!(rig.call(newest.key.reveal()).await.is_ok());
}

#[tokio::test]
async fn the_last_use_is_saved_once_a_day() {
    let rig = Rig::new();
    let key = rig.key(&[]).await;
    let used = || async {
        rig.ledger.api_key(key.id()).await.unwrap().map(|(key, version)| (key.last_used, version)).unwrap()
    };
    assert_eq!(used().await, (None, 1));
    rig.call(key.reveal()).await.unwrap();
    rig.call(key.reveal()).await.unwrap();
    assert_eq!(used().await, (Some("2026-11-28".parse().unwrap()), 2));
    rig.clock.advance(86_400);
    rig.call(key.reveal()).await.unwrap();
    assert_eq!(used().await, (Some("2026-11-29".parse().unwrap()), 3));
}

#[tokio::test]
async fn a_key_of_an_account_that_is_gone_is_refused() {
    let rig = Rig::new();
    let key = rig.key(&[]).await;
    let without = POLICY.replace("service_account \"ci\"", "service_account \"cd\"");
    rig.identity.set_policy("t", Arc::new(Policy::parse("t", &without).unwrap()));
    assert_eq!(rig.call(key.reveal()).await.unwrap_err().code, "account_unknown");
    rig.identity.remove_tenant("t");
    assert_eq!(rig.call(key.reveal()).await.unwrap_err().code, "key_invalid");
}

#[tokio::test]
async fn one_request_has_one_identity() {
    let rig = Rig::new();
    let key = rig.key(&[]).await;
    let call = |headers: HeaderMap| {
        let identity = &rig.identity;
        async move { identity.authenticate(&Method::POST, &headers).await.err().map_or("ok", |refused| refused.code) }
    };
    // Programs need no `Origin`.
    assert_eq!(call(bearer(key.reveal())).await, "ok");
    assert_eq!(call(HeaderMap::new()).await, "no_identity");
    let mut twice = bearer(key.reveal());
    twice.append(header::AUTHORIZATION, "Bearer x".parse().unwrap());
    assert_eq!(call(twice).await, "two_identities");
    for wrong in ["", "Bearer", "Bearer ", "Basic dDp0", key.reveal()] {
        let headers = [(header::AUTHORIZATION, wrong.parse().unwrap())].into_iter().collect();
        assert_eq!(call(headers).await, "scheme_unknown", "{wrong}");
    }
    let lower = format!("bearer  {}", key.reveal());
    assert_eq!(call([(header::AUTHORIZATION, lower.parse().unwrap())].into_iter().collect()).await, "ok");
}
