//! Sessions: their two limits, their revocation, the policy of each request, and pages of other sites.

use std::sync::Arc;

use http::{HeaderMap, Method};
use tollgate_policy::Policy;

use super::{POLICY, Rig, browser};
use crate::{CallerKind, Identity, Role, Way};

async fn session(rig: &Rig) -> HeaderMap {
    let started = rig.identity.start_sign_in(None, "/").await.unwrap();
    let query = rig.issuer.sign_in(&started.location);
    let signed_in = rig.identity.finish_sign_in(&browser(&[&started.cookie]), &query).await;
    browser(&[&signed_in.unwrap_or_else(|e| panic!("{e:?}")).cookies[0]])
}

async fn code(identity: &Identity, headers: &HeaderMap) -> &'static str {
    identity.authenticate(&Method::GET, headers).await.err().map_or("ok", |refused| refused.code)
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_in_any_case_after_a_week() {
    let rig = Rig::new();
    let headers = session(&rig).await;
    rig.clock.advance(8 * 3600 - 1);
    assert_eq!(code(&rig.identity, &headers).await, "ok");
    rig.clock.advance(8 * 3600);
    assert_eq!(code(&rig.identity, &headers).await, "session_ended");

    let headers = session(&rig).await;
    // 23 times 7 hours and 6 more are an hour less than the week.
    for _ in 0..23 {
        rig.clock.advance(7 * 3600);
        assert_eq!(code(&rig.identity, &headers).await, "ok");
    }
    rig.clock.advance(6 * 3600);
    assert_eq!(code(&rig.identity, &headers).await, "ok");
    rig.clock.advance(3600);
    assert_eq!(code(&rig.identity, &headers).await, "session_ended");
}

#[tokio::test]
async fn a_session_that_was_ended_is_refused_at_once() {
    let rig = Rig::new();
    let (one, other) = (session(&rig).await, session(&rig).await);
    assert_ne!(one, other);
    // Signing out by a link of a different site does nothing.
    assert_eq!(rig.identity.sign_out(&Method::GET, &one).await.unwrap_err().code, "cross_site");
    assert_eq!(code(&rig.identity, &one).await, "ok");
    let mut own = one.clone();
    own.insert("sec-fetch-site", "same-origin".parse().unwrap());
    assert!(rig.identity.sign_out(&Method::POST, &own).await.unwrap().contains("Max-Age=0"));
    assert_eq!(code(&rig.identity, &one).await, "session_ended");
    assert_eq!(code(&rig.identity, &other).await, "ok");
    assert_eq!(rig.identity.end_sessions_of("other", "jane").await.unwrap(), 0);
    assert_eq!(rig.identity.end_sessions_of("t", "jane").await.unwrap(), 1);
    assert_eq!(code(&rig.identity, &other).await, "session_ended");
}

#[tokio::test]
async fn the_policy_decides_anew_with_each_request() {
    let rig = Rig::new();
    let headers = session(&rig).await;
    let role = || async {
        let call = rig.identity.authenticate(&Method::GET, &headers).await;
        call.map(|caller| caller.role).map_err(|refused| refused.code)
    };
    let put = |text: &str| rig.identity.set_policy("t", Arc::new(Policy::parse("t", text).unwrap()));
    assert_eq!(role().await, Ok(Role::Approver));
    put(&POLICY.replace("people = [\"jane\", \"jo\"]", "people = [\"jo\"]"));
    assert_eq!(role().await, Ok(Role::Viewer));
    put(&POLICY.replace("subjects = [\"company:jane-1\"]", "slack = \"U1\""));
    assert_eq!(role().await, Err("not_admitted"));
    put("");
    assert_eq!(role().await, Err("session_ended"));
    put(POLICY);
    assert_eq!(role().await, Ok(Role::Approver));
    rig.identity.remove_tenant("t");
    assert_eq!(role().await, Err("session_ended"));
}

#[tokio::test]
async fn pages_of_other_sites_change_nothing_with_a_session() {
    let rig = Rig::new();
    let mut headers = session(&rig).await;
    let post = |headers: HeaderMap| {
        let identity = &rig.identity;
        async move { identity.authenticate(&Method::POST, &headers).await.err().map_or("ok", |refused| refused.code) }
    };
    assert_eq!(post(headers.clone()).await, "cross_site");
    headers.insert("origin", "https://evil.example".parse().unwrap());
    assert_eq!(post(headers.clone()).await, "cross_site");
    headers.insert("origin", super::SITE.parse().unwrap());
    assert_eq!(post(headers.clone()).await, "ok");
    headers.insert("sec-fetch-site", "same-site".parse().unwrap());
    assert_eq!(post(headers).await, "cross_site");
}

#[tokio::test]
async fn ids_of_sessions_are_neither_guessed_nor_stored() {
    let rig = Rig::new();
    let headers = session(&rig).await;
    let cookie = headers.get("cookie").unwrap().to_str().unwrap().to_owned();
    let id = cookie.split_once('=').unwrap().1;
    let stored = format!("{:?}", rig.ledger.sessions().await.unwrap());
    assert!(!stored.contains(id) && stored.contains("jane"));
    // What is stored opens nothing.
    let hash = rig.ledger.sessions().await.unwrap()[0].hash.clone();
    for wrong in [&hash[..43], &hash, &id[..42], &id.to_lowercase(), ""] {
        let headers = browser(&[&format!("__Host-tollgate={wrong}")]);
        assert!(matches!(code(&rig.identity, &headers).await, "session_ended" | "no_identity"), "{wrong}");
    }
}

#[tokio::test]
async fn the_one_time_link_opens_once_and_only_where_it_was_made() {
    let rig = Rig::with_policy("");
    let link = rig.identity.create_local_link("jane").await.unwrap();
    assert_eq!(rig.other_process().open_local_link(&link).await.err().unwrap().code, "link_invalid");
    assert_eq!(rig.identity.open_local_link("x").await.err().unwrap().code, "link_invalid");
    let opened = rig.identity.open_local_link(&link).await.unwrap_or_else(|e| panic!("{e:?}"));
    let owner = opened.caller;
    assert_eq!((owner.name.as_str(), owner.kind, owner.role), ("jane", CallerKind::LocalOwner, Role::Admin));
    assert_eq!(owner.way, Way::LocalLink);
    assert_eq!(rig.identity.open_local_link(&link).await.err().unwrap().code, "link_invalid");
    let headers = browser(&[&opened.cookies[0]]);
    assert_eq!(code(&rig.identity, &headers).await, "ok");
    // A process that made no link, such as a function on AWS, has no local owners.
    assert_eq!(code(&rig.other_process(), &headers).await, "session_ended");
    let late = rig.identity.create_local_link("jane").await.unwrap();
    rig.clock.advance(300);
    assert_eq!(rig.identity.open_local_link(&late).await.err().unwrap().code, "link_invalid");
}
