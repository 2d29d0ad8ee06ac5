//! Two tenants in one process: an identity belongs to one of them, whatever a request says.

use std::sync::Arc;

use http::Method;
use proptest::prelude::*;
use serde_json::json;
use tollgate_policy::Policy;

use super::{AUDIENCE, POLICY, Rig, admin, bearer};
use crate::{ApiKeys, Identity, SystemRandomness};

/// The policy of a second tenant, with the same names and the same issuer, and a different audience.
fn other_policy() -> Arc<Policy> {
    let text = POLICY.replace(AUDIENCE, "https://other.example.com/api");
    Arc::new(Policy::parse("tollgate.hcl", &text).unwrap())
}

fn both(rig: &Rig) -> Identity {
    Rig::process(&rig.ledger, &rig.policy, &rig.clock, &rig.issuer).with_tenant("u", other_policy())
}

fn keys_of(rig: &Rig, tenant: &str) -> ApiKeys {
    ApiKeys {
        tenant: tenant.to_owned(),
        policy: other_policy(),
        randomness: Arc::new(SystemRandomness::new()),
        ..rig.keys()
    }
}

#[tokio::test]
async fn the_tenant_is_that_of_the_key_or_of_the_audience() {
    let rig = Rig::new();
    let identity = both(&rig);
    let tenant = |credentials: String| {
        let identity = &identity;
        async move { identity.authenticate(&Method::GET, &bearer(&credentials)).await.map(|c| c.tenant).map_err(|e| e.code) }
    };
    let mine = keys_of(&rig, "t").create(&admin(), "ci", &[], 90).await.unwrap();
    let theirs = keys_of(&rig, "u").create(&admin(), "ci", &[], 90).await.unwrap();
    assert_eq!(tenant(mine.key.reveal().to_owned()).await, Ok("t".to_owned()));
    assert_eq!(tenant(theirs.key.reveal().to_owned()).await, Ok("u".to_owned()));
    let claims = |audience: serde_json::Value| {
        let mut claims = rig.claims("jane-1");
        claims["aud"] = audience;
        rig.issuer.sign(&claims)
    };
    assert_eq!(tenant(claims(json!(AUDIENCE))).await, Ok("t".to_owned()));
    assert_eq!(tenant(claims(json!("https://other.example.com/api"))).await, Ok("u".to_owned()));
    // A token for both is for neither: the tenant would be a guess.
    assert_eq!(tenant(claims(json!([AUDIENCE, "https://other.example.com/api"]))).await, Err("token_invalid"));
    // Both have a provider of this name: which one is a guess too.
    assert_eq!(identity.start_sign_in(None, "/").await.err().unwrap().code, "provider_unknown");
}

#[tokio::test]
async fn an_admin_of_one_tenant_neither_sees_nor_changes_keys_of_another() {
    let rig = Rig::new();
    let (mine, theirs) = (keys_of(&rig, "t"), keys_of(&rig, "u"));
    let key = theirs.create(&admin(), "ci", &[], 90).await.unwrap().key;
    assert!(mine.list().await.unwrap().is_empty());
    assert_eq!(mine.revoke(&admin(), key.id()).await.unwrap_err().code, "key_unknown");
    let rotated = mine.rotate(&admin(), key.id(), jiff::SignedDuration::ZERO).await;
    assert_eq!(rotated.err().unwrap().code, "key_unknown");
    assert_eq!(theirs.list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn callers_of_two_tenants_with_one_name_have_two_counters() {
    let rig = Rig::new();
    let identity = both(&rig).with_request_limits(1, 1);
    for (tenant, policy) in [("t", Arc::clone(&rig.policy)), ("u", other_policy())] {
        let key = ApiKeys { policy, ..keys_of(&rig, tenant) }.create(&admin(), "ci", &[], 90).await.unwrap().key;
        let caller = identity.authenticate(&Method::GET, &bearer(key.reveal())).await.unwrap();
        assert!(identity.count_request(&caller).await.is_ok());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Of any keys and requests, each caller has the tenant in which its key was created.
    #[test]
    fn nobody_changes_tenants(owners in prop::collection::vec(any::<bool>(), 1..6), order in prop::collection::vec(0_usize..6, 1..12)) {
        let rig = Rig::new();
        let identity = both(&rig);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut keys = Vec::new();
            for second in owners {
                let tenant = if second { "u" } else { "t" };
                keys.push((tenant, keys_of(&rig, tenant).create(&admin(), "ci", &[], 90).await.unwrap().key));
            }
            for n in order {
                let (tenant, key) = &keys[n % keys.len()];
                let caller = identity.authenticate(&Method::GET, &bearer(key.reveal())).await.unwrap();
                assert_eq!(caller.tenant, *tenant);
            }
        });
    }
}
