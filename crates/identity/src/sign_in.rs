//! Sign-in of people: the code flow of OpenID Connect with PKCE, on the server.
//!
//! The browser is bound by a cookie, the answer by `state`, the token by `nonce` and the code by the verifier of PKCE (RFC 7636). A
//! sign-in is removed from the ledger before its code is redeemed, so it completes once. The crate `openidconnect` would bring a second
//! crypto library; its part that Tollgate needs is below.

use std::collections::BTreeMap;

use http::{HeaderMap, StatusCode};
use serde_json::Value;
use tollgate_ledger::SignInRecord;
use tollgate_model::limits::SIGN_IN_SECONDS;
use tollgate_policy::IdentityProvider;

use crate::Refused;
use crate::caller::Way;
use crate::cookie::{Cookie, Site};
use crate::identity::{Identity, SignInStart, SignedIn, caller_of};
use crate::issuer::Configuration;
use crate::jwt::{Claims, Expected, ReadToken};
use crate::refused::unavailable_issuer;
use crate::roles::SignedIdentity;
use crate::secret::{random_token, same_secret, sha256_hex, sha256_url};
use crate::session::span;

/// The path to which a provider sends the browser back. The provider's client must have this address as redirect address.
pub const CALLBACK_PATH: &str = "/v1/sign-in/callback";

/// A failed sign-in. The person sees one message for every cause, the log the cause.
fn failed(detail: impl Into<String>) -> Refused {
    Refused::unauthenticated("sign_in_failed", "the sign-in did not succeed")
        .hint("start the sign-in again")
        .detail(detail)
}

impl Identity {
    /// Starts a sign-in with a provider of the policy file; without a name, the only one. `return_to` is a path on this site.
    ///
    /// # Errors
    ///
    /// 400 for an unknown provider or a path of a different site, 503 when the provider or the ledger does not answer.
    pub async fn start_sign_in(&self, provider: Option<&str>, return_to: &str) -> Result<SignInStart, Refused> {
        let site = self.site()?;
        let return_to = local_path(return_to)?;
        let (tenant, provider) = self.sign_in_provider(provider)?;
        let now = self.clock.now();
        let configuration = self.issuer(&provider.issuer).configuration(self.http()?, now).await?;
        let (Some(endpoint), Some(client)) = (&configuration.authorization_endpoint, &provider.client_id) else {
            return Err(unavailable_issuer("its configuration has no authorization endpoint"));
        };
        let random = || random_token(&*self.randomness);
        let (state, nonce, verifier, browser) = (random()?, random()?, random()?, random()?);
        let (redirect, scope) = (redirect_address(site), provider.scopes.join(" "));
        let challenge = sha256_url(&verifier);
        let query = [
            ("response_type", "code"),
            ("client_id", client.as_str()),
            ("redirect_uri", redirect.as_str()),
            ("scope", scope.as_str()),
            ("state", state.as_str()),
            ("nonce", nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let query = serde_urlencoded::to_string(query).map_err(|error| failed(error.to_string()))?;
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        let record =
            SignInRecord { tenant, provider: provider.name, nonce, verifier, browser: sha256_hex(&browser), return_to };
        let saved = self.ledger.put_sign_in(&sha256_hex(&state), &record, now + span(&SIGN_IN_SECONDS)).await;
        saved.map_err(|e| Refused::by_store(&e))?;
        let cookie = site.set(Cookie::SignIn, &browser, SIGN_IN_SECONDS.value);
        Ok(SignInStart { location: format!("{endpoint}{joint}{query}"), cookie })
    }

    /// Completes a sign-in: the provider sent the browser back with this query. Each sign-in completes once.
    ///
    /// # Errors
    ///
    /// 401 when any check of the state, the browser, the code or the token fails, 403 when the person has no access, 503 when the provider
    /// or the ledger does not answer.
    pub async fn finish_sign_in(&self, headers: &HeaderMap, query: &str) -> Result<SignedIn, Refused> {
        let site = self.site()?;
        let answer = read_answer(query)?;
        let state = answer.get("state").ok_or_else(|| failed("the answer has no state"))?;
        let browser =
            site.read(Cookie::SignIn, headers).ok_or_else(|| failed("the browser has no cookie of a sign-in"))?;
        let taken = self.ledger.take_sign_in(&sha256_hex(state)).await.map_err(|e| Refused::by_store(&e))?;
        let sign_in = taken.ok_or_else(|| failed("the state is unknown, expired or already used"))?;
        if !same_secret(&sign_in.browser, &sha256_hex(browser)) {
            return Err(failed("a different browser started the sign-in"));
        }
        let policy = self.policy_of(&sign_in.tenant).ok_or_else(|| failed("the tenant is gone"))?;
        let provider = policy.identities.iter().find(|known| known.name == sign_in.provider);
        let provider = provider.ok_or_else(|| failed("the policy file no longer has the provider"))?;
        if answer.get("iss").is_some_and(|issuer| *issuer != provider.issuer) {
            return Err(failed("a different provider answered"));
        }
        if let Some(error) = answer.get("error") {
            return Err(failed(format!("the provider answered {:?}", error.chars().take(60).collect::<String>())));
        }
        let code = answer.get("code").ok_or_else(|| failed("the answer has no code"))?;
        let claims = self.redeem(site, provider, &sign_in, code).await?;
        let identity = SignedIdentity { provider: &provider.name, claims: &claims.0, signed_in: true };
        let admission = identity.admit(&policy)?;
        let caller = caller_of(&sign_in.tenant, admission, Way::Session(provider.name.clone()));
        let kept = Value::Object(identity.used_claims(&policy));
        self.start_session(site, caller, (Some(provider.name.as_str()), kept), sign_in.return_to).await
    }

    /// Redeems a code for the verified claims of the person.
    async fn redeem(
        &self,
        site: &Site,
        provider: &IdentityProvider,
        sign_in: &SignInRecord,
        code: &str,
    ) -> Result<Claims, Refused> {
        let (issuer, now) = (self.issuer(&provider.issuer), self.clock.now());
        let configuration = issuer.configuration(self.http()?, now).await?;
        let client = provider.client_id.as_deref().ok_or_else(|| failed("the provider has no client any more"))?;
        let token =
            self.request_token(site, provider, &configuration, (client, code, sign_in.verifier.as_str())).await?;
        let read = ReadToken::parse(&token).map_err(failed)?;
        let keys = issuer.keys(read.kid(), self.http()?, now).await?;
        let audiences = [client.to_owned()];
        let expected = Expected { issuer: &provider.issuer, audiences: &audiences, now };
        let claims = read.verify(&keys, &expected).map_err(failed)?;
        // OpenID Connect Core, 3.1.3.7: a token for several audiences, or with a party, is for this client.
        let party = claims.text("azp");
        if party.is_some_and(|party| party != client) || (party.is_none() && claims.audiences().len() > 1) {
            return Err(failed("the token is for a different client"));
        }
        if !claims.text("nonce").is_some_and(|nonce| same_secret(nonce, &sign_in.nonce)) {
            return Err(failed("the token belongs to a different sign-in"));
        }
        Ok(claims)
    }

    /// Asks the token endpoint. Returns the ID token.
    async fn request_token(
        &self,
        site: &Site,
        provider: &IdentityProvider,
        configuration: &Configuration,
        (client, code, verifier): (&str, &str, &str),
    ) -> Result<String, Refused> {
        let endpoint = configuration.token_endpoint.as_deref();
        let endpoint = endpoint.ok_or_else(|| unavailable_issuer("its configuration has no token endpoint"))?;
        let secret = match &provider.client_secret {
            Some(name) => {
                let secret = self.secrets.get(name);
                Some(secret.ok_or_else(|| unavailable_issuer(&format!("the secret {name} is not set")))?.as_str())
            }
            None => None,
        };
        let redirect = redirect_address(site);
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect.as_str()),
            ("code_verifier", verifier),
        ];
        let methods = &configuration.token_endpoint_auth_methods_supported;
        // Basic is the default of the standard; a provider that lists its methods may take the secret in the form only.
        let in_form = !methods.is_empty() && !methods.iter().any(|method| method == "client_secret_basic");
        let (basic_name, basic_secret) = (encoded(client), secret.map(encoded));
        let mut basic = None;
        match &basic_secret {
            Some(encoded) if !in_form => basic = Some((basic_name.as_str(), encoded.as_str())),
            // Some providers refuse a client that is named in the header and in the form.
            _ => form.push(("client_id", client)),
        }
        if let Some(secret) = secret.filter(|_| in_form) {
            form.push(("client_secret", secret));
        }
        let (status, body) =
            self.http()?.post_form(endpoint, &form, basic).await.map_err(|e| unavailable_issuer(&e))?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        match (status, answer.get("id_token").and_then(Value::as_str)) {
            (200, Some(token)) => Ok(token.to_owned()),
            (500.., _) => Err(unavailable_issuer(&format!("its token endpoint answered {status}"))),
            _ => {
                let word = answer.get("error").and_then(Value::as_str).unwrap_or("no ID token");
                Err(failed(format!(
                    "the token endpoint answered {status}, {:?}",
                    word.chars().take(60).collect::<String>()
                )))
            }
        }
    }

    /// The tenant and the provider of a sign-in.
    fn sign_in_provider(&self, name: Option<&str>) -> Result<(String, IdentityProvider), Refused> {
        let tenants = self.tenants();
        let providers = tenants.iter().flat_map(|(tenant, policy)| policy.identities.iter().map(move |p| (tenant, p)));
        let wanted = providers.filter(|(_, provider)| provider.client_id.is_some());
        let mut wanted = wanted.filter(|(_, provider)| name.is_none_or(|name| provider.name == name));
        match (wanted.next(), wanted.next()) {
            (Some((tenant, provider)), None) => Ok((tenant.clone(), provider.clone())),
            (first, _) => {
                let what = if first.is_some() {
                    "several identity providers fit"
                } else {
                    "there is no such identity provider"
                };
                Err(Refused::new(StatusCode::BAD_REQUEST, "provider_unknown", what)
                    .hint("name one that tollgate.hcl has with a client_id: identity \"company\" { … }"))
            }
        }
    }
}

/// A text as a value of a form: RFC 6749, 2.3.1, wants it so in the header too.
fn encoded(text: &str) -> String {
    let pair = serde_urlencoded::to_string([("", text)]).unwrap_or_default();
    pair.strip_prefix('=').unwrap_or_default().to_owned()
}

fn redirect_address(site: &Site) -> String {
    format!("{}{CALLBACK_PATH}", site.address())
}

/// A path on this site: an address of a different site would make the sign-in a redirect to anywhere.
fn local_path(path: &str) -> Result<String, Refused> {
    let is_local = path.starts_with('/')
        && !path.starts_with("//")
        && !path.chars().any(|c| c == '\\' || c.is_control())
        && path.len() <= 2000;
    is_local.then(|| path.to_owned()).ok_or_else(|| {
        Refused::new(StatusCode::BAD_REQUEST, "return_to_invalid", "`return_to` is not a path on this site")
            .hint("write a path that begins with one `/`")
    })
}

/// Reads the query of a provider's answer. A parameter that is there twice is an attack or a fault (RFC 6749, 3.1).
fn read_answer(query: &str) -> Result<BTreeMap<String, String>, Refused> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(query).map_err(|_| failed("the answer cannot be read"))?;
    let mut out = BTreeMap::new();
    for (name, value) in pairs {
        if out.insert(name, value).is_some() {
            return Err(failed("the answer has a parameter twice"));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_returns_to_this_site_only() {
        for path in ["/", "/costs?by=team", "/a//b"] {
            assert_eq!(local_path(path).unwrap(), path);
        }
        for path in [
            "",
            "costs",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/a\r\nb",
            "javascript:alert(1)",
        ] {
            assert_eq!(local_path(path).unwrap_err().code, "return_to_invalid", "{path:?}");
        }
        assert!(local_path(&format!("/{}", "a".repeat(3000))).is_err());
    }

    #[test]
    fn an_answer_has_each_parameter_once() {
        assert_eq!(read_answer("code=a%20b&state=c").unwrap()["code"], "a b");
        assert!(read_answer("state=a&code=b&state=c").is_err());
    }
}
