//! The public keys of an issuer (JWK Set, RFC 7517), and which algorithms each of them verifies.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;
use tollgate_model::limits::TOKEN_KEYS;

/// The keys of an issuer.
#[derive(Debug, Default)]
pub(crate) struct KeySet(Vec<PublicKey>);

#[derive(Debug)]
struct PublicKey {
    kid: Option<String>,
    /// The algorithm that the issuer states for the key.
    alg: Option<String>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// A point of P-256, uncompressed.
    P256(Vec<u8>),
    /// A point of P-384, uncompressed.
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a document. Keys of kinds that Tollgate does not know, keys for encryption and symmetric keys are left out.
    pub(crate) fn parse(document: &[u8]) -> Result<Self, String> {
        let set: Jwks =
            serde_json::from_slice(document).map_err(|error| format!("the keys cannot be read: {error}"))?;
        if set.keys.len() > TOKEN_KEYS.size() {
            return Err(format!("the issuer has {} keys, more than {TOKEN_KEYS}", set.keys.len()));
        }
        let keys = set.keys.into_iter().filter_map(|key| PublicKey::read(serde_json::from_value(key).ok()?));
        Ok(Self(keys.collect()))
    }

    /// Whether a key with this id is there.
    pub(crate) fn has(&self, kid: &str) -> bool {
        self.0.iter().any(|key| key.kid.as_deref() == Some(kid))
    }

    /// Verifies a signature. The key decides which algorithms are possible; the header of the token only chooses among them. A token
    /// without a key id needs an issuer with one key.
    pub(crate) fn verify(
        &self,
        kid: Option<&str>,
        alg: &str,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), &'static str> {
        let candidates: Vec<&PublicKey> = match kid {
            Some(kid) => self.0.iter().filter(|key| key.kid.as_deref() == Some(kid)).collect(),
            None if self.0.len() == 1 => self.0.iter().collect(),
            None => return Err("the token names no key, and the issuer has several"),
        };
        if candidates.is_empty() {
            return Err("the issuer has no such key");
        }
        let mut allowed = candidates.into_iter().filter(|key| key.allows(alg)).peekable();
        if allowed.peek().is_none() {
            return Err("the key does not verify this algorithm");
        }
        let verified = allowed.any(|key| key.verify(alg, message, signature));
        verified.then_some(()).ok_or("the signature is not that of the key")
    }
}

impl PublicKey {
    fn read(jwk: Jwk) -> Option<Self> {
        let signs = jwk.used_for.as_deref().is_none_or(|used| used == "sig")
            && jwk.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        let bytes = |field: &Option<String>| URL_SAFE_NO_PAD.decode(field.as_deref()?).ok();
        let point = |size: usize| {
            let (x, y) = (bytes(&jwk.x)?, bytes(&jwk.y)?);
            (x.len() == size && y.len() == size).then(|| [&[4_u8][..], &x, &y].concat())
        };
        let material = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => Material::Rsa { n: bytes(&jwk.n)?, e: bytes(&jwk.e)? },
            ("EC", Some("P-256")) => Material::P256(point(32)?),
            ("EC", Some("P-384")) => Material::P384(point(48)?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(bytes(&jwk.x)?),
            _ => return None,
        };
        signs.then_some(Self { kid: jwk.kid, alg: jwk.alg, material })
    }

    fn allows(&self, alg: &str) -> bool {
        let possible: &[&str] = match self.material {
            Material::Rsa { .. } => &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
            Material::P256(_) => &["ES256"],
            Material::P384(_) => &["ES384"],
            Material::Ed25519(_) => &["EdDSA", "Ed25519"],
        };
        possible.contains(&alg) && self.alg.as_deref().is_none_or(|stated| stated == alg)
    }

    fn verify(&self, alg: &str, message: &[u8], signature: &[u8]) -> bool {
        let point = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
        };
        match &self.material {
            Material::Rsa { n, e } => rsa_parameters(alg).is_some_and(|parameters| {
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok()
            }),
            Material::P256(key) => point(&signature::ECDSA_P256_SHA256_FIXED, key),
            Material::P384(key) => point(&signature::ECDSA_P384_SHA384_FIXED, key),
            Material::Ed25519(key) => point(&signature::ED25519, key),
        }
    }
}

/// The parameters of an algorithm with RSA; keys below 2048 bits are refused by each.
fn rsa_parameters(alg: &str) -> Option<&'static RsaParameters> {
    Some(match alg {
        "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
        "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
        "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
        "PS256" => &signature::RSA_PSS_2048_8192_SHA256,
        "PS384" => &signature::RSA_PSS_2048_8192_SHA384,
        "PS512" => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}
