//! Signed tokens (JWT, RFC 7519): read, verified and never trusted before.
//!
//! The signature is verified by `ring`, the crypto library of TLS. The crate `jsonwebtoken` would bring a second one, or change features
//! of `zeroize`, which every SDK is built on.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use tollgate_model::limits::{TOKEN_BYTES, TOKEN_LEEWAY};

use crate::jwks::KeySet;

/// A token whose parts are read and whose signature is not verified.
pub(crate) struct ReadToken<'t> {
    header: Header,
    claims: Map<String, Value>,
    /// What is signed.
    message: &'t str,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// What a token must say.
pub(crate) struct Expected<'e> {
    pub(crate) issuer: &'e str,
    /// One of these is in `aud`.
    pub(crate) audiences: &'e [String],
    pub(crate) now: Timestamp,
}

/// The verified claims of a token.
pub(crate) struct Claims(pub(crate) Map<String, Value>);

impl<'t> ReadToken<'t> {
    /// Reads the parts of a token.
    pub(crate) fn parse(text: &'t str) -> Result<Self, &'static str> {
        if text.len() > TOKEN_BYTES.size() {
            return Err("it is larger than a token may be");
        }
        let (message, signature) = text.rsplit_once('.').ok_or("it does not have three parts")?;
        let (header, claims) = message.split_once('.').ok_or("it does not have three parts")?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| "a part of it is not base64url");
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| "its header cannot be read")?;
        // What `crit` names must be understood, and Tollgate understands no extension.
        if header.crit.is_some() {
            return Err("its header has critical extensions");
        }
        let claims: Map<String, Value> =
            serde_json::from_slice(&decode(claims)?).map_err(|_| "its claims cannot be read")?;
        Ok(Self { header, claims, message, signature: decode(signature)? })
    }

    /// The issuer that it names, to find the keys. It proves nothing.
    pub(crate) fn unverified_issuer(&self) -> Option<&str> {
        self.claims.get("iss")?.as_str()
    }

    /// The audiences that it names, to find the provider. They prove nothing.
    pub(crate) fn unverified_audiences(&self) -> Vec<&str> {
        audiences(&self.claims)
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// Verifies the signature, the issuer, the audience and the times.
    pub(crate) fn verify(self, keys: &KeySet, expected: &Expected<'_>) -> Result<Claims, &'static str> {
        keys.verify(self.kid(), &self.header.alg, self.message.as_bytes(), &self.signature)?;
        let claims = self.claims;
        if claims.get("iss").and_then(Value::as_str) != Some(expected.issuer) {
            return Err("it is of a different issuer");
        }
        if !audiences(&claims).iter().any(|audience| expected.audiences.iter().any(|wanted| wanted == audience)) {
            return Err("it is for a different audience");
        }
        let leeway = i64::try_from(TOKEN_LEEWAY.value).unwrap_or(0);
        let now = expected.now.as_second();
        let expires = time(&claims, "exp")?.ok_or("it has no `exp`")?;
        if now >= expires.saturating_add(leeway) {
            return Err("it has expired");
        }
        if time(&claims, "nbf")?.is_some_and(|from| now < from.saturating_sub(leeway)) {
            return Err("it is not valid yet");
        }
        if time(&claims, "iat")?.is_some_and(|issued| now < issued.saturating_sub(leeway)) {
            return Err("it was issued in the future");
        }
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
        // OpenID Connect Core, 2: at most 255 characters of ASCII.
        if subject.is_empty() || subject.len() > 255 || subject.chars().any(char::is_control) {
            return Err("it has no valid `sub`");
        }
        Ok(Claims(claims))
    }
}

/// Seconds since 1970, with or without a fraction.
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, &'static str> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let whole = value.as_number().map(ToString::to_string);
    let seconds = whole.and_then(|text| text.split('.').next().and_then(|whole| whole.parse::<i64>().ok()));
    seconds.map(Some).ok_or("a time in it is not a number of seconds")
}

fn audiences(claims: &Map<String, Value>) -> Vec<&str> {
    match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

impl Claims {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    pub(crate) fn audiences(&self) -> Vec<&str> {
        audiences(&self.0)
    }
}
