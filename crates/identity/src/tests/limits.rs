//! Limits on requests: they hold across processes, and end with the minute.

use tollgate_ledger::ApiKeyRecord;
use tollgate_model::limits::{API_KEYS, KEY_REQUESTS, PERSON_REQUESTS};

use super::{Rig, admin};
use crate::{Caller, Identity, RateLimit, Refused};

async fn count(identity: &Identity, caller: &Caller) -> Result<RateLimit, Refused> {
    identity.count_request(caller).await
}

#[tokio::test]
async fn requests_of_all_processes_count_together_until_the_minute_ends() {
    let rig = Rig::new();
    let one = Rig::process(&rig.ledger, &rig.policy, &rig.clock, &rig.issuer).with_request_limits(3, 2);
    let other = Rig::process(&rig.ledger, &rig.policy, &rig.clock, &rig.issuer).with_request_limits(3, 2);
    let key = rig.key(&[]).await;
    let caller = rig.call(key.reveal()).await.unwrap();
    rig.clock.advance(20);
    assert_eq!(count(&one, &caller).await.unwrap(), RateLimit { limit: 3, remaining: 2, reset: 40 });
    assert_eq!(count(&other, &caller).await.unwrap().remaining, 1);
    assert_eq!(count(&one, &caller).await.unwrap().remaining, 0);
    for identity in [&one, &other] {
        let refused = count(identity, &caller).await.unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.code), (429, "too_many_requests"));
        assert_eq!(refused.retry_after.unwrap().as_secs(), 40);
    }
    // A different key has a counter of its own, and a person another limit.
    let second = rig.call(rig.key(&[]).await.reveal()).await.unwrap();
    assert_eq!(count(&one, &second).await.unwrap().remaining, 2);
    let person = rig.call(&rig.issuer.sign(&rig.claims("jane-1"))).await.unwrap();
    assert_eq!(count(&one, &person).await.unwrap(), RateLimit { limit: 2, remaining: 1, reset: 40 });
    rig.clock.advance(40);
    assert_eq!(count(&other, &caller).await.unwrap(), RateLimit { limit: 3, remaining: 2, reset: 60 });
}

#[tokio::test]
async fn the_limits_are_those_of_the_reference() {
    let rig = Rig::new();
    let program = rig.call(rig.key(&[]).await.reveal()).await.unwrap();
    let person = rig.call(&rig.issuer.sign(&rig.claims("jane-1"))).await.unwrap();
    assert_eq!(count(&rig.identity, &program).await.unwrap().limit, KEY_REQUESTS.value);
    assert_eq!(count(&rig.identity, &person).await.unwrap().limit, PERSON_REQUESTS.value);
}

#[tokio::test]
async fn concurrent_requests_never_exceed_the_limit() {
    let rig = Rig::new();
    let identity = Rig::process(&rig.ledger, &rig.policy, &rig.clock, &rig.issuer).with_request_limits(10, 10);
    let caller = rig.call(rig.key(&[]).await.reveal()).await.unwrap();
    let all = futures::future::join_all((0..25).map(|_| identity.count_request(&caller))).await;
    assert_eq!(all.iter().filter(|result| result.is_ok()).count(), 10);
}

#[test]
fn an_answer_has_the_headers_of_the_limit() {
    let headers = RateLimit { limit: 600, remaining: 599, reset: 7 }.headers();
    let line = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str()).unwrap();
    assert_eq!(line("ratelimit-policy"), "\"minute\";q=600;w=60");
    assert_eq!(line("ratelimit"), "\"minute\";r=599;t=7");
    assert_eq!((line("ratelimit-limit"), line("ratelimit-remaining"), line("ratelimit-reset")), ("600", "599", "7"));
}

#[tokio::test]
async fn a_tenant_has_at_most_as_many_keys_as_the_limit() {
    let rig = Rig::new();
    let key = rig.key(&[]).await;
    let (record, _) = rig.ledger.api_key(key.id()).await.unwrap().unwrap();
    let event = rig.ledger.audit_log(1).await.unwrap()[0].event.clone();
    let copies = |from: u64, to: u64| {
        (from..to).map(|n| ApiKeyRecord { id: format!("copy{n:04}"), ..record.clone() }).collect::<Vec<_>>()
    };
    for first in (1..API_KEYS.value - 1).step_by(90) {
        let copies = copies(first, (first + 90).min(API_KEYS.value - 1));
        let writes: Vec<_> = copies.iter().map(|key| (key, None)).collect();
        rig.ledger.put_api_keys(&writes, &event).await.unwrap();
    }
    rig.key(&[]).await;
    let refused = rig.keys().create(&admin(), "ci", &[], 90).await.err().unwrap();
    assert!(refused.to_string().contains("there are 1,000 keys already"), "{refused}");
}
