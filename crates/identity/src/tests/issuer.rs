//! An identity provider in memory: it signs with keys that each test generates, and checks what a provider checks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use tollgate_ledger::conformance::TestClock;
use tollgate_model::Clock;

use crate::IssuerHttp;
use crate::secret::sha256_url;

pub(super) struct FakeIssuer {
    address: String,
    clock: Arc<TestClock>,
    key: Mutex<(String, EcdsaKeyPair)>,
    /// The published keys.
    published: Mutex<Vec<Value>>,
    /// What the authorization endpoint was asked, by code.
    asked: Mutex<BTreeMap<String, BTreeMap<String, String>>>,
    /// Changes of the claims of the next ID tokens.
    pub(super) changes: Mutex<Value>,
    /// Changes of the configuration.
    pub(super) configuration: Mutex<Value>,
    /// The next ID token as a whole, instead of a signed one.
    pub(super) forged: Mutex<Option<String>>,
    pub(super) fails: AtomicBool,
    pub(super) reads: AtomicUsize,
    codes: AtomicUsize,
    pub(super) basic: Mutex<Option<(String, String)>>,
}

pub(super) fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn generate() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap()
}

fn jwk(kid: &str, key: &EcdsaKeyPair) -> Value {
    let (x, y) = key.public_key().as_ref()[1..].split_at(32);
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    json!({ "kty": "EC", "crv": "P-256", "use": "sig", "kid": kid, "x": x, "y": y })
}

impl FakeIssuer {
    pub(super) fn new(address: &str, clock: Arc<TestClock>) -> Self {
        let key = generate();
        Self {
            address: address.to_owned(),
            clock,
            published: Mutex::new(vec![jwk("k1", &key)]),
            key: Mutex::new(("k1".to_owned(), key)),
            asked: Mutex::default(),
            changes: Mutex::new(json!({})),
            configuration: Mutex::new(json!({})),
            forged: Mutex::default(),
            fails: AtomicBool::new(false),
            reads: AtomicUsize::new(0),
            codes: AtomicUsize::new(0),
            basic: Mutex::default(),
        }
    }

    /// Signs claims with the current key.
    pub(super) fn sign(&self, claims: &Value) -> String {
        let kid = self.key.lock().unwrap().0.clone();
        self.sign_with(&json!({ "alg": "ES256", "typ": "JWT", "kid": kid }), claims)
    }

    pub(super) fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self.key.lock().unwrap().1.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Changes the signing key. `withdraws` the old one at once.
    pub(super) fn rotate(&self, kid: &str, withdraws: bool) {
        let key = generate();
        let mut published = self.published.lock().unwrap();
        if withdraws {
            published.clear();
        }
        published.push(jwk(kid, &key));
        *self.key.lock().unwrap() = (kid.to_owned(), key);
    }

    pub(super) fn published(&self) -> Vec<Value> {
        self.published.lock().unwrap().clone()
    }

    pub(super) fn publish(&self, keys: Vec<Value>) {
        *self.published.lock().unwrap() = keys;
    }

    /// The person signs in at the address. Returns the query with which the browser comes back.
    pub(super) fn sign_in(&self, location: &str) -> String {
        let (endpoint, query) = location.split_once('?').unwrap();
        assert_eq!(endpoint, format!("{}/authorize", self.address));
        let asked: BTreeMap<String, String> = serde_urlencoded::from_str(query).unwrap();
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["code_challenge_method"], "S256");
        let code = format!("code-{}", self.codes.fetch_add(1, Ordering::SeqCst));
        let state = asked["state"].clone();
        self.asked.lock().unwrap().insert(code.clone(), asked);
        serde_urlencoded::to_string([("code", code), ("state", state), ("iss", self.address.clone())]).unwrap()
    }

    fn changed(mut value: Value, changes: &Value) -> Value {
        for (name, change) in changes.as_object().unwrap() {
            match change {
                Value::Null => drop(value.as_object_mut().unwrap().remove(name)),
                change => value[name] = change.clone(),
            }
        }
        value
    }

    /// The client is named in the header or in the form, never in both.
    fn redeem(&self, form: &BTreeMap<&str, &str>, basic: Option<&str>) -> Option<Value> {
        let in_form = form.get("client_id").copied();
        let client = basic.xor(in_form);
        let asked = self.asked.lock().unwrap().remove(form["code"])?;
        let fits = form["grant_type"] == "authorization_code"
            && form["redirect_uri"] == asked["redirect_uri"]
            && client == Some(asked["client_id"].as_str())
            && sha256_url(form["code_verifier"]) == asked["code_challenge"];
        let now = self.clock.now().as_second();
        let claims = json!({
            "iss": self.address, "aud": asked["client_id"], "sub": "jane-1", "nonce": asked["nonce"], "iat": now, "exp": now + 600,
        });
        fits.then(|| Self::changed(claims, &self.changes.lock().unwrap()))
    }
}

#[async_trait]
impl IssuerHttp for FakeIssuer {
    async fn get(&self, url: &str) -> Result<Vec<u8>, String> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        if self.fails.load(Ordering::SeqCst) {
            return Err("connection refused".to_owned());
        }
        let address = &self.address;
        let answer = match url.strip_prefix(address.as_str()) {
            Some("/.well-known/openid-configuration") => Self::changed(
                json!({
                    "issuer": address,
                    "jwks_uri": format!("{address}/keys"),
                    "authorization_endpoint": format!("{address}/authorize"),
                    "token_endpoint": format!("{address}/token"),
                }),
                &self.configuration.lock().unwrap(),
            ),
            Some("/keys") => json!({ "keys": self.published() }),
            _ => return Err(format!("404 {url}")),
        };
        Ok(answer.to_string().into_bytes())
    }

    async fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Result<(u16, Vec<u8>), String> {
        assert_eq!(url, format!("{}/token", self.address));
        *self.basic.lock().unwrap() = basic.map(|(name, secret)| (name.to_owned(), secret.to_owned()));
        let form: BTreeMap<&str, &str> = form.iter().copied().collect();
        let Some(claims) = self.redeem(&form, basic.map(|(name, _)| name)) else {
            return Ok((400, json!({ "error": "invalid_grant" }).to_string().into_bytes()));
        };
        let forged = self.forged.lock().unwrap().take();
        let token = forged.unwrap_or_else(|| self.sign(&claims));
        Ok((200, json!({ "id_token": token, "access_token": "a", "token_type": "Bearer" }).to_string().into_bytes()))
    }
}
