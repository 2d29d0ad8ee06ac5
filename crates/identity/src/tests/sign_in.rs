//! Sign-in of people: the whole flow, and every answer that must not sign anybody in.

use std::sync::atomic::Ordering;

use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::{CLIENT_SECRET, Rig, browser};
use crate::{CallerKind, Refused, SignInStart, SignedIn, Way};

async fn start(rig: &Rig) -> SignInStart {
    rig.identity.start_sign_in(None, "/costs?by=team").await.unwrap()
}

async fn finish(rig: &Rig, start: &SignInStart, query: &str) -> Result<SignedIn, Refused> {
    rig.identity.finish_sign_in(&browser(&[&start.cookie]), query).await
}

/// A sign-in whose ID token has changed claims.
async fn changed(rig: &Rig, changes: Value) -> Result<SignedIn, Refused> {
    *rig.issuer.changes.lock().unwrap() = changes;
    let started = start(rig).await;
    let query = rig.issuer.sign_in(&started.location);
    finish(rig, &started, &query).await
}

async fn failed(result: Result<SignedIn, Refused>) -> String {
    let refused = result.err().expect("nobody is signed in");
    assert_eq!((refused.status.as_u16(), refused.code), (401, "sign_in_failed"), "{refused:?}");
    assert_eq!(refused.message, "the sign-in did not succeed");
    refused.detail.unwrap()
}

#[tokio::test]
async fn a_person_signs_in_and_is_known_from_then_on() {
    let rig = Rig::new();
    let started = start(&rig).await;
    assert!(
        started.location.contains("code_challenge_method=S256")
            && started.location.contains("scope=openid+email+profile")
    );
    assert!(
        started.cookie.starts_with("__Host-tollgate-signin=")
            && started.cookie.contains("; HttpOnly; SameSite=Lax; Secure")
    );
    let query = rig.issuer.sign_in(&started.location);
    let signed_in = finish(&rig, &started, &query).await.unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!((signed_in.caller.name.as_str(), signed_in.caller.kind), ("jane", CallerKind::Person));
    assert_eq!(signed_in.return_to, "/costs?by=team");
    // The secret travels in the header, encoded as the standard says.
    let encoded = CLIENT_SECRET.replace(':', "%3A").replace('/', "%2F");
    assert_eq!(*rig.issuer.basic.lock().unwrap(), Some(("tollgate".to_owned(), encoded)));
    let cookies: Vec<&str> = signed_in.cookies.iter().map(String::as_str).collect();
    assert!(cookies[1].starts_with("__Host-tollgate-signin=; ") && cookies[1].contains("Max-Age=0"));
    // A different process knows the session too.
    let other = rig.other_process();
    let jane = other.authenticate(&Method::GET, &browser(&cookies[..1])).await.unwrap();
    assert_eq!((jane.name.as_str(), jane.way), ("jane", Way::Session("company".to_owned())));
}

#[tokio::test]
async fn an_answer_that_is_not_of_this_sign_in_is_refused() {
    let rig = Rig::new();
    let started = start(&rig).await;
    let query = rig.issuer.sign_in(&started.location);
    // A different browser, or none: the cookie binds the sign-in.
    let other = start(&rig).await;
    let no_cookie = rig.identity.finish_sign_in(&HeaderMap::new(), &query).await;
    assert!(failed(no_cookie).await.contains("no cookie"));
    assert!(failed(finish(&rig, &other, &query).await).await.contains("different browser"));
    // That attempt has used up the state: nobody tries twice.
    assert!(failed(finish(&rig, &started, &query).await).await.contains("already used"));

    let started = start(&rig).await;
    let query = rig.issuer.sign_in(&started.location);
    let state = query.split('&').find(|pair| pair.starts_with("state=")).unwrap();
    assert!(failed(finish(&rig, &started, &query.replace(state, "state=x")).await).await.contains("unknown"));
    assert!(failed(finish(&rig, &started, &query.replace(state, "a=b")).await).await.contains("no state"));
    assert!(failed(finish(&rig, &started, &format!("{query}&{state}")).await).await.contains("twice"));
    // A replayed answer.
    assert!(finish(&rig, &started, &query).await.is_ok());
    assert!(failed(finish(&rig, &started, &query).await).await.contains("already used"));

    for (from, to, why) in [
        ("iss=https%3A%2F%2Flogin.example.com", "iss=https%3A%2F%2Fevil.example.com", "different provider"),
        ("code=", "error=access_denied&x=", "access_denied"),
        ("code=", "x=", "no code"),
        ("code=code-", "code=other-", "invalid_grant"),
    ] {
        let started = start(&rig).await;
        let query = rig.issuer.sign_in(&started.location);
        assert!(query.contains(from));
        let detail = failed(finish(&rig, &started, &query.replace(from, to)).await).await;
        assert!(detail.contains(why), "{detail}");
    }
    // A code that somebody else's sign-in got: PKCE refuses it at the provider.
    let (mine, theirs) = (start(&rig).await, start(&rig).await);
    let (my_query, their_query) = (rig.issuer.sign_in(&mine.location), rig.issuer.sign_in(&theirs.location));
    let code = |query: &str| query.split('&').next().unwrap().to_owned();
    let injected = my_query.replace(&code(&my_query), &code(&their_query));
    assert!(failed(finish(&rig, &mine, &injected).await).await.contains("invalid_grant"));
    // Too late.
    let started = start(&rig).await;
    let query = rig.issuer.sign_in(&started.location);
    rig.clock.advance(600);
    assert!(failed(finish(&rig, &started, &query).await).await.contains("expired"));
}

#[tokio::test]
async fn an_id_token_with_any_wrong_claim_signs_nobody_in() {
    let rig = Rig::new();
    let now = rig.now();
    for (changes, why) in [
        (json!({ "nonce": "x" }), "different sign-in"),
        (json!({ "nonce": null }), "different sign-in"),
        (json!({ "iss": "https://evil.example.com" }), "different issuer"),
        (json!({ "aud": "other" }), "different audience"),
        (json!({ "aud": ["tollgate", "other"] }), "different client"),
        (json!({ "azp": "other" }), "different client"),
        (json!({ "exp": now - 60 }), "expired"),
        (json!({ "exp": null }), "no `exp`"),
        (json!({ "nbf": now + 61 }), "not valid yet"),
        (json!({ "sub": null }), "no valid `sub`"),
    ] {
        let detail = failed(changed(&rig, changes.clone()).await).await;
        assert!(detail.contains(why), "{changes}: {detail}");
    }
    let both = json!({ "aud": ["tollgate", "other"], "azp": "tollgate" });
    assert!(changed(&rig, both).await.is_ok());
    // Programs and strangers do not sign in.
    for subject in ["ci-1", "stranger"] {
        let refused = changed(&rig, json!({ "sub": subject })).await.err().unwrap();
        assert_eq!((refused.status.as_u16(), refused.code), (403, "not_admitted"));
    }
    let jo = json!({ "sub": "2", "email": "jo@example.com", "email_verified": true });
    assert_eq!(changed(&rig, jo).await.unwrap_or_else(|e| panic!("{e:?}")).caller.name, "jo");
}

#[tokio::test]
async fn a_forged_id_token_signs_nobody_in() {
    let rig = Rig::new();
    let other = Rig::new();
    let forge = |header: Value, nonce: &str, rig: &Rig| {
        let claims = json!({ "iss": "https://login.example.com", "aud": "tollgate", "sub": "jane-1", "nonce": nonce, "exp": rig.now() + 600 });
        rig.issuer.sign_with(&header, &claims)
    };
    for (what, header, by) in [
        ("none", json!({ "alg": "none" }), &rig),
        ("HS256", json!({ "alg": "HS256", "kid": "k1" }), &rig),
        ("a withdrawn key", json!({ "alg": "ES256", "kid": "k0" }), &rig),
        ("a key of somebody else", json!({ "alg": "ES256", "kid": "k1" }), &other),
    ] {
        let started = start(&rig).await;
        let nonce = started.location.split('&').find_map(|pair| pair.strip_prefix("nonce=")).unwrap();
        *rig.issuer.forged.lock().unwrap() = Some(forge(header.clone(), nonce, by));
        let query = rig.issuer.sign_in(&started.location);
        let result = finish(&rig, &started, &query).await;
        assert!(result.is_err(), "{what}");
        failed(result).await;
    }
    // The same token with the right key and header passes: each case above fails for its one cause.
    let started = start(&rig).await;
    let nonce = started.location.split('&').find_map(|pair| pair.strip_prefix("nonce=")).unwrap();
    *rig.issuer.forged.lock().unwrap() = Some(forge(json!({ "alg": "ES256", "kid": "k1" }), nonce, &rig));
    let query = rig.issuer.sign_in(&started.location);
    assert!(finish(&rig, &started, &query).await.is_ok());
}

#[tokio::test]
async fn a_client_names_itself_as_the_provider_wants() {
    // In the form, where the provider takes no other; and a public client has no secret.
    let rig = Rig::new();
    *rig.issuer.configuration.lock().unwrap() =
        json!({ "token_endpoint_auth_methods_supported": ["client_secret_post"] });
    assert!(changed(&rig, json!({})).await.is_ok());
    assert_eq!(*rig.issuer.basic.lock().unwrap(), None);
    let public = Rig::with_policy(&super::POLICY.replace("client_secret = \"OIDC_SECRET\"", ""));
    assert!(changed(&public, json!({})).await.is_ok());
    assert_eq!(*public.issuer.basic.lock().unwrap(), None);
    // A secret that is not set is no public client.
    let unset = Rig::with_policy(&super::POLICY.replace("OIDC_SECRET", "OTHER_SECRET"));
    assert_eq!(changed(&unset, json!({})).await.err().unwrap().code, "issuer_unavailable");
}

#[tokio::test]
async fn people_come_back_to_the_address_of_the_policy() {
    let address = "client_id = \"tollgate\"\n  address = \"https://pages.example.com/\"";
    let rig = Rig::with_policy(&super::POLICY.replace("client_id     = \"tollgate\"", address));
    assert_eq!(rig.identity.address(), Some("https://pages.example.com"));
    let started = start(&rig).await;
    let back = "redirect_uri=https%3A%2F%2Fpages.example.com%2Fv1%2Fsign-in%2Fcallback";
    assert!(started.location.contains(back), "{}", started.location);
    let query = rig.issuer.sign_in(&started.location);
    assert!(finish(&rig, &started, &query).await.is_ok());
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_no_sign_in() {
    let rig = Rig::new();
    rig.issuer.fails.store(true, Ordering::SeqCst);
    assert_eq!(rig.identity.start_sign_in(None, "/").await.err().unwrap().code, "issuer_unavailable");
    rig.issuer.fails.store(false, Ordering::SeqCst);
    assert_eq!(rig.identity.start_sign_in(Some("other"), "/").await.err().unwrap().code, "provider_unknown");
    assert_eq!(rig.identity.start_sign_in(None, "//evil.example").await.err().unwrap().code, "return_to_invalid");
    assert!(rig.identity.start_sign_in(Some("company"), "/").await.is_ok());
}
