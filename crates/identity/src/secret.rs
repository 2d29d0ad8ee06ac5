//! Random values, their hashes and their comparison.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq;

use crate::Refused;

/// The source of random bytes: the system's in a binary, a fixed sequence in a test.
pub trait Randomness: Send + Sync {
    /// Fills a buffer with unpredictable bytes.
    ///
    /// # Errors
    ///
    /// When the system has none. Nothing is created then.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Refused>;
}

/// The random bytes of the operating system.
#[derive(Debug)]
pub struct SystemRandomness(SystemRandom);

impl SystemRandomness {
    /// The generator of the operating system.
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Default for SystemRandomness {
    fn default() -> Self {
        Self::new()
    }
}

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Refused> {
        self.0.fill(bytes).map_err(|_| {
            Refused::new(StatusCode::SERVICE_UNAVAILABLE, "no_randomness", "the system has no random numbers")
        })
    }
}

/// The bytes of a session id, a state, a nonce and a verifier: 256 bits.
const TOKEN: usize = 32;

/// An unpredictable text of 43 characters that may stand in addresses and cookies.
pub(crate) fn random_token(randomness: &dyn Randomness) -> Result<String, Refused> {
    let mut bytes = [0; TOKEN];
    randomness.fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The SHA-256 of a text, in hexadecimal digits.
pub(crate) fn sha256_hex(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 of a text as PKCE sends it.
pub(crate) fn sha256_url(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

/// Compares in a time that depends on the lengths only.
pub(crate) fn same_secret(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_random_and_hashes_are_those_of_the_standard() {
        let randomness = SystemRandomness::new();
        let (one, other) = (random_token(&randomness).unwrap(), random_token(&randomness).unwrap());
        assert!(one.len() == 43 && one != other);
        assert!(same_secret(&one, &one) && !same_secret(&one, &other) && !same_secret(&one, &one[1..]));
        // FIPS 180-4, "abc"; RFC 7636, appendix B.
        assert!(sha256_hex("abc").starts_with("ba7816bf8f01cfea"));
        let challenge = sha256_url("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
