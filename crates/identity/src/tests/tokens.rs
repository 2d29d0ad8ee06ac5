//! Bearer tokens: what is accepted, and every way of being wrong.

use std::sync::atomic::Ordering;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::issuer::part;
use super::{AUDIENCE, Rig};
use crate::jwks::KeySet;
use crate::jwt::ReadToken;
use crate::{CallerKind, Refused, Role, Way};

async fn refused(rig: &Rig, token: &str) -> Refused {
    rig.call(token).await.unwrap_err()
}

/// The claims with one of them changed; `null` removes it.
fn with(rig: &Rig, name: &str, value: Value) -> Value {
    let mut claims = rig.claims("jane-1");
    match value {
        Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    claims
}

#[tokio::test]
async fn a_token_identifies_its_subject_in_its_tenant() {
    let rig = Rig::new();
    let jane = rig.call(&rig.issuer.sign(&rig.claims("jane-1"))).await.unwrap();
    assert_eq!(
        (jane.tenant.as_str(), jane.name.as_str(), jane.kind, jane.role),
        ("t", "jane", CallerKind::Person, Role::Approver)
    );
    assert_eq!(jane.way, Way::Token("company".to_owned()));
    let ci = rig.call(&rig.issuer.sign(&rig.claims("ci-1"))).await.unwrap();
    assert_eq!((ci.name.as_str(), ci.kind, ci.role), ("ci", CallerKind::ServiceAccount, Role::Engineer));
    let several = with(&rig, "aud", json!(["other", AUDIENCE]));
    assert!(rig.call(&rig.issuer.sign(&several)).await.is_ok());
    let stranger = refused(&rig, &rig.issuer.sign(&rig.claims("stranger"))).await;
    assert_eq!((stranger.status.as_u16(), stranger.code), (403, "not_admitted"));
}

/// With the sign-in's, the twelve negative cases and more.
#[tokio::test]
async fn every_wrong_token_is_refused() {
    let rig = Rig::new();
    let now = rig.now();
    let sign = |claims: Value| rig.issuer.sign(&claims);
    let good = sign(rig.claims("jane-1"));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, claims) = message.split_once('.').unwrap();
    let other = Rig::new();
    let key = rig.issuer.published()[0].to_string();
    let hs256 = {
        // The classic confusion: the public key as the secret of an HMAC.
        let message = format!("{}.{claims}", part(&json!({ "alg": "HS256", "kid": "k1" })));
        let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key.as_bytes());
        let tag = ring::hmac::sign(&secret, message.as_bytes());
        format!("{message}.{}", base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, tag))
    };
    let header_with = |header: Value| rig.issuer.sign_with(&header, &rig.claims("jane-1"));
    let cases = [
        ("a different issuer", sign(with(&rig, "iss", json!("https://evil.example.com")))),
        ("the issuer with a slash", sign(with(&rig, "iss", json!("https://login.example.com/")))),
        ("no issuer", sign(with(&rig, "iss", Value::Null))),
        ("a different audience", sign(with(&rig, "aud", json!("https://other.example.com")))),
        ("the client of the sign-in as audience", sign(with(&rig, "aud", json!("tollgate")))),
        ("no audience", sign(with(&rig, "aud", Value::Null))),
        ("expired", sign(with(&rig, "exp", json!(now - 60)))),
        ("no expiry", sign(with(&rig, "exp", Value::Null))),
        ("an expiry that is a text", sign(with(&rig, "exp", json!("9999999999")))),
        ("not valid yet", sign(with(&rig, "nbf", json!(now + 61)))),
        ("issued in the future", sign(with(&rig, "iat", json!(now + 61)))),
        ("no subject", sign(with(&rig, "sub", Value::Null))),
        ("an empty subject", sign(with(&rig, "sub", json!("")))),
        ("a long subject", sign(with(&rig, "sub", json!("x".repeat(256))))),
        ("alg none", format!("{}.{claims}.", part(&json!({ "alg": "none" })))),
        (
            "alg none with a key and the signature",
            format!("{}.{claims}.{signature}", part(&json!({ "alg": "none", "kid": "k1" }))),
        ),
        ("HS256 with the public key", hs256),
        ("an algorithm of a different kind of key", header_with(json!({ "alg": "RS256", "kid": "k1" }))),
        ("an unknown key", header_with(json!({ "alg": "ES256", "kid": "k9" }))),
        ("critical extensions", header_with(json!({ "alg": "ES256", "kid": "k1", "crit": ["b64"], "b64": false }))),
        (
            "its own key in the header",
            other
                .issuer
                .sign_with(&json!({ "alg": "ES256", "jwk": other.issuer.published()[0] }), &rig.claims("jane-1")),
        ),
        ("the key of somebody else with the same id", other.issuer.sign(&rig.claims("jane-1"))),
        ("changed claims", format!("{header}.{}.{signature}", part(&rig.claims("ci-1")))),
        ("no signature", format!("{message}.")),
        ("half a signature", format!("{message}.{}", &signature[..43])),
        ("two parts", message.to_owned()),
        ("four parts", format!("{good}.")),
        ("padding", format!("{good}=")),
        ("too long", format!("{message}.{}", "A".repeat(17 << 10))),
        ("nothing", ".".to_owned()),
    ];
    for (what, token) in &cases {
        let refused = refused(&rig, token).await;
        assert_eq!((refused.status.as_u16(), refused.code), (401, "token_invalid"), "{what}: {refused:?}");
        assert!(refused.www_authenticate().unwrap().contains("error=\"invalid_token\""), "{what}");
        let shown = format!("{refused} {refused:?}");
        let shows_token = token.len() > 1 && shown.contains(token.as_str());
        assert!(!shows_token && !shown.contains(signature), "{what}: {shown}");
    }
    assert!(cases.len() >= 12);
    assert!(rig.call(&good).await.is_ok());
}

#[tokio::test]
async fn clocks_may_differ_by_a_minute_and_no_more() {
    let rig = Rig::new();
    let now = rig.now();
    for (name, value) in [("exp", now - 59), ("nbf", now + 60), ("iat", now + 60)] {
        assert!(rig.call(&rig.issuer.sign(&with(&rig, name, json!(value)))).await.is_ok(), "{name}");
    }
    assert!(rig.call(&rig.issuer.sign(&with(&rig, "exp", json!(1_795_867_800.5)))).await.is_ok());
}

#[tokio::test]
async fn a_new_key_is_read_once_and_a_withdrawn_key_ends() {
    let rig = Rig::new();
    let reads = || rig.issuer.reads.load(Ordering::SeqCst);
    let old = rig.issuer.sign(&with(&rig, "exp", json!(rig.now() + 90_000)));
    rig.call(&old).await.unwrap();
    assert_eq!(reads(), 2, "the configuration and the keys");
    rig.issuer.rotate("k2", true);
    // Within the cool-down, an unknown key is refused without a request.
    let new = rig.issuer.sign(&with(&rig, "exp", json!(rig.now() + 90_000)));
    assert_eq!(refused(&rig, &new).await.code, "token_invalid");
    assert_eq!(reads(), 2);
    rig.clock.advance(60);
    rig.call(&new).await.unwrap();
    assert_eq!(reads(), 3);
    assert_eq!(refused(&rig, &old).await.code, "token_invalid");
    // Invented key ids do not turn into requests.
    rig.clock.advance(60);
    for n in 0..50 {
        let invented = rig.issuer.sign_with(&json!({ "alg": "ES256", "kid": format!("x{n}") }), &rig.claims("jane-1"));
        assert_eq!(refused(&rig, &invented).await.code, "token_invalid");
    }
    assert_eq!(reads(), 4);
    // A key that is withdrawn without a new one ends within a quarter of an hour.
    rig.issuer.publish(Vec::new());
    rig.clock.advance(15 * 60);
    assert_eq!(refused(&rig, &new).await.code, "token_invalid");
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_permits_nothing_new() {
    let rig = Rig::new();
    rig.issuer.fails.store(true, Ordering::SeqCst);
    let token = rig.issuer.sign(&with(&rig, "exp", json!(rig.now() + 90_000)));
    let down = refused(&rig, &token).await;
    assert_eq!((down.status.as_u16(), down.code), (503, "issuer_unavailable"));
    assert!(down.retry_after.is_some());
    rig.issuer.fails.store(false, Ordering::SeqCst);
    rig.clock.advance(60);
    rig.call(&token).await.unwrap();
    // Known keys outlast a short outage, and not a long one.
    rig.issuer.fails.store(true, Ordering::SeqCst);
    rig.clock.advance(3600);
    rig.call(&token).await.unwrap();
    rig.clock.advance(4 * 3600);
    assert_eq!(refused(&rig, &token).await.code, "issuer_unavailable");
}

#[tokio::test]
async fn a_configuration_of_somebody_else_is_refused() {
    for changes in [
        json!({ "issuer": "https://evil.example.com" }),
        json!({ "issuer": "https://login.example.com/" }),
        json!({ "jwks_uri": "http://login.example.com/keys" }),
        json!({ "token_endpoint": "http://login.example.com/token" }),
        json!({ "jwks_uri": null }),
    ] {
        let rig = Rig::new();
        *rig.issuer.configuration.lock().unwrap() = changes.clone();
        let token = rig.issuer.sign(&rig.claims("jane-1"));
        assert_eq!(refused(&rig, &token).await.code, "issuer_unavailable", "{changes}");
    }
}

#[test]
fn rsa_is_verified_as_in_the_standard_and_only_with_its_own_algorithms() {
    // RFC 7515, appendix A.2.
    let n = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    // In two parts, as scanners of secrets take the whole for a token in use.
    let claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let header = "eyJhbGciOiJSUzI1NiJ9";
    let message = format!("{header}.{claims}");
    let signature = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature).unwrap();
    let keys = |more: Value| {
        let mut key = json!({ "kty": "RSA", "n": n, "e": "AQAB" });
        key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        KeySet::parse(json!({ "keys": [key] }).to_string().as_bytes()).unwrap()
    };
    let verify = |keys: &KeySet, alg| keys.verify(None, alg, message.as_bytes(), &signature).is_ok();
    let plain = keys(json!({}));
    assert!(verify(&plain, "RS256"));
    for alg in ["RS384", "RS512", "PS256", "ES256", "HS256", "none", "rs256", ""] {
        assert!(!verify(&plain, alg), "{alg}");
    }
    assert!(verify(&keys(json!({ "alg": "RS256", "use": "sig", "key_ops": ["verify"] })), "RS256"));
    for more in
        [json!({ "alg": "PS256" }), json!({ "use": "enc" }), json!({ "key_ops": ["encrypt"] }), json!({ "e": "Aw" })]
    {
        assert!(!verify(&keys(more.clone()), "RS256"), "{more}");
    }
    assert!(plain.verify(None, "RS256", b"x", &signature).is_err());
}

#[test]
fn keys_that_are_none_are_left_out() {
    let set = |keys: Value| KeySet::parse(json!({ "keys": keys }).to_string().as_bytes());
    let odd = json!([
        { "kty": "oct", "k": "c2VjcmV0", "kid": "a" },
        { "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "a" },
        { "kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA", "kid": "a" },
        { "kty": "RSA", "n": "!", "e": "AQAB", "kid": "a" },
        { "kid": "a" }, 1, null,
    ]);
    assert!(!set(odd).unwrap().has("a"));
    assert!(set(json!(vec![json!({}); 101])).unwrap_err().contains("token-keys"));
    assert!(KeySet::parse(b"[]").is_err() && KeySet::parse(b"").is_err());
}

proptest! {
    #[test]
    fn no_text_panics_and_none_is_a_token(text in "\\PC{0,200}", dots in "[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}") {
        for text in [text, dots] {
            if let Ok(token) = ReadToken::parse(&text) {
                prop_assert!(token.unverified_issuer().is_none());
            }
        }
    }
}
