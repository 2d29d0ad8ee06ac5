//! An identity provider as Tollgate asks it: its configuration, its keys and its token endpoint.

use std::sync::Arc;

use async_trait::async_trait;
use futures::lock::Mutex;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tollgate_model::limits::ISSUER_ANSWER;

use crate::Refused;
use crate::jwks::KeySet;
use crate::refused::unavailable_issuer;

/// The port: requests to identity providers. An error names no secret.
#[async_trait]
pub trait IssuerHttp: Send + Sync {
    /// Reads an address. Returns the body of a 200.
    async fn get(&self, url: &str) -> Result<Vec<u8>, String>;

    /// Sends a form, with the client's name and secret as HTTP basic authentication where they are given. Returns status and body.
    async fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Result<(u16, Vec<u8>), String>;
}

/// Requests over HTTP.
pub struct HttpIssuers(reqwest::Client);

impl HttpIssuers {
    /// Uses a client that follows no redirect and has timeouts.
    pub fn new(client: reqwest::Client) -> Self {
        Self(client)
    }
}

#[async_trait]
impl IssuerHttp for HttpIssuers {
    async fn get(&self, url: &str) -> Result<Vec<u8>, String> {
        match send(self.0.get(url)).await? {
            (200, body) => Ok(body),
            (status, _) => Err(format!("status {status}")),
        }
    }

    async fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Result<(u16, Vec<u8>), String> {
        let body = serde_urlencoded::to_string(form).map_err(|error| error.to_string())?;
        let mut request = self.0.post(url).header("content-type", "application/x-www-form-urlencoded").body(body);
        if let Some((name, secret)) = basic {
            request = request.basic_auth(name, Some(secret));
        }
        send(request.header("accept", "application/json")).await
    }
}

async fn send(request: reqwest::RequestBuilder) -> Result<(u16, Vec<u8>), String> {
    let failed = |error: reqwest::Error| error.without_url().to_string();
    let mut response = request.send().await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > ISSUER_ANSWER.size() {
            return Err(format!("the answer exceeds {ISSUER_ANSWER}"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((response.status().as_u16(), body))
}

/// The configuration of a provider: OpenID Connect Discovery 1.0.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Configuration {
    pub(crate) issuer: String,
    pub(crate) jwks_uri: String,
    pub(crate) authorization_endpoint: Option<String>,
    pub(crate) token_endpoint: Option<String>,
    #[serde(default)]
    pub(crate) token_endpoint_auth_methods_supported: Vec<String>,
}

/// The configuration and the keys of one provider, kept between requests.
pub(crate) struct Issuer {
    address: String,
    state: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    configuration: Option<(Arc<Configuration>, Timestamp)>,
    keys: Option<(Arc<KeySet>, Timestamp)>,
    /// The last attempt to read the keys.
    tried: Option<Timestamp>,
}

/// After this time, configuration and keys are read again: a key that the issuer withdrew is refused from then on.
const FRESH: SignedDuration = SignedDuration::from_mins(15);
/// Keys that cannot be read again are used for this long.
const STALE: SignedDuration = SignedDuration::from_hours(4);
/// The shortest time between two reads of the keys: tokens with invented key ids do not turn into requests.
const COOL_DOWN: SignedDuration = SignedDuration::from_secs(60);

impl Issuer {
    pub(crate) fn new(address: &str) -> Self {
        Self { address: address.to_owned(), state: Mutex::new(Kept::default()) }
    }

    /// The configuration.
    pub(crate) async fn configuration(
        &self,
        http: &dyn IssuerHttp,
        now: Timestamp,
    ) -> Result<Arc<Configuration>, Refused> {
        self.configure(&mut *self.state.lock().await, http, now).await
    }

    async fn configure(
        &self,
        kept: &mut Kept,
        http: &dyn IssuerHttp,
        now: Timestamp,
    ) -> Result<Arc<Configuration>, Refused> {
        if let Some((configuration, read)) = &kept.configuration
            && now.duration_since(*read) < FRESH
        {
            return Ok(Arc::clone(configuration));
        }
        match read_configuration(&self.address, http).await {
            Ok(configuration) => {
                let configuration = Arc::new(configuration);
                kept.configuration = Some((Arc::clone(&configuration), now));
                Ok(configuration)
            }
            Err(error) => match &kept.configuration {
                Some((configuration, read)) if now.duration_since(*read) < STALE => Ok(Arc::clone(configuration)),
                _ => Err(unavailable_issuer(&error)),
            },
        }
    }

    /// The keys. They are read again when they are old, or when they lack `kid` and were not read within the cool-down.
    pub(crate) async fn keys(
        &self,
        kid: Option<&str>,
        http: &dyn IssuerHttp,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, Refused> {
        // One request at a time reads the keys; the others wait for it.
        let mut kept = self.state.lock().await;
        let age = kept.keys.as_ref().map(|(_, read)| now.duration_since(*read));
        let is_known = kept.keys.as_ref().is_some_and(|(keys, _)| kid.is_none_or(|kid| keys.has(kid)));
        let is_fresh = age.is_some_and(|age| age < FRESH);
        let cooled = kept.tried.is_none_or(|tried| now.duration_since(tried) >= COOL_DOWN);
        if cooled && !(is_fresh && is_known) {
            kept.tried = Some(now);
            let read = match self.configure(&mut kept, http, now).await {
                Ok(configuration) => read_keys(&configuration, http).await,
                Err(refused) => Err(refused.detail.unwrap_or(refused.message)),
            };
            match read {
                Ok(keys) => kept.keys = Some((Arc::new(keys), now)),
                Err(error) if age.is_none_or(|age| age >= STALE) => return Err(unavailable_issuer(&error)),
                Err(_) => {}
            }
        }
        match &kept.keys {
            Some((keys, read)) if now.duration_since(*read) < STALE => Ok(Arc::clone(keys)),
            _ => Err(unavailable_issuer("its keys could not be read")),
        }
    }
}

async fn read_configuration(address: &str, http: &dyn IssuerHttp) -> Result<Configuration, String> {
    let url = format!("{}/.well-known/openid-configuration", address.trim_end_matches('/'));
    let body = http.get(&url).await.map_err(|error| format!("its configuration: {error}"))?;
    let read: Configuration =
        serde_json::from_slice(&body).map_err(|error| format!("its configuration cannot be read: {error}"))?;
    // OpenID Connect Discovery, 4.3: exactly the configured issuer, or the configuration is that of somebody else.
    if read.issuer != address {
        return Err("its configuration names a different issuer".to_owned());
    }
    let endpoints = [Some(&read.jwks_uri), read.authorization_endpoint.as_ref(), read.token_endpoint.as_ref()];
    // An issuer of this machine is one of a test.
    let is_local = address.starts_with("http://");
    if endpoints.into_iter().flatten().any(|url| !url.starts_with("https://") && !is_local) {
        return Err("its configuration names an address without TLS".to_owned());
    }
    Ok(read)
}

async fn read_keys(configuration: &Configuration, http: &dyn IssuerHttp) -> Result<KeySet, String> {
    let body = http.get(&configuration.jwks_uri).await.map_err(|error| format!("its keys: {error}"))?;
    KeySet::parse(&body)
}
