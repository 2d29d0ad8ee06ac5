//! Slack's signature of a request, version 0: HMAC-SHA256 over the raw body, compared in constant time.
//!
//! Source: Slack developer documentation, "Verifying requests from Slack". Read 2026-11-21.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::chat::SignatureError;

/// A request may be this old, or this far ahead of the clock, in seconds.
pub const WINDOW: i64 = 300;

/// The header that holds the second in which a request was signed.
pub const TIMESTAMP: &str = "x-slack-request-timestamp";
/// The header that holds the signature.
pub const SIGNATURE: &str = "x-slack-signature";

/// Checks that a body was signed with a secret, within five minutes of `now`. `timestamp` and `signature` are the values of the
/// headers [`TIMESTAMP`] and [`SIGNATURE`].
///
/// # Errors
///
/// When it was not.
pub fn verify(
    secret: &str,
    timestamp: Option<&str>,
    signature: Option<&str>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), SignatureError> {
    let (Some(timestamp), Some(signature)) = (timestamp, signature) else { return Err(SignatureError::Missing) };
    // An empty secret signs nothing.
    if secret.is_empty() || !timestamp.bytes().all(|b| b.is_ascii_digit()) {
        return Err(SignatureError::Missing);
    }
    let second: i64 = timestamp.parse().map_err(|_| SignatureError::Missing)?;
    let hex = signature.strip_prefix("v0=").ok_or(SignatureError::Missing)?;
    let expected = bytes(hex).ok_or(SignatureError::Missing)?;
    if now.as_second().saturating_sub(second).saturating_abs() > WINDOW {
        return Err(SignatureError::Stale);
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| SignatureError::Missing)?;
    mac.update(format!("v0:{timestamp}:").as_bytes());
    mac.update(body);
    mac.verify_slice(&expected).map_err(|_| SignatureError::Forged)
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    // One spelling only: another spelling of the same signature would pass as another request.
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    digits.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of Slack's documentation.
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const SECOND: i64 = 1_531_420_618;
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const SIGNED: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

    fn check(timestamp: &str, signature: &str, body: &str, now: i64) -> Result<(), SignatureError> {
        let now = Timestamp::from_second(now).unwrap();
        verify(SECRET, Some(timestamp), Some(signature), body.as_bytes(), now)
    }

    #[test]
    fn the_example_of_the_documentation_holds() {
        assert_eq!(check("1531420618", SIGNED, BODY, SECOND), Ok(()));
        assert_eq!(check("1531420618", SIGNED, BODY, SECOND + 300), Ok(()));
        assert_eq!(check("1531420618", SIGNED, BODY, SECOND - 300), Ok(()));
    }

    #[test]
    fn anything_else_is_refused() {
        use SignatureError::{Forged, Missing, Stale};
        assert_eq!(check("1531420618", SIGNED, BODY, SECOND + 301), Err(Stale));
        assert_eq!(check("1531420618", SIGNED, BODY, SECOND - 301), Err(Stale));
        assert_eq!(check("1531420619", SIGNED, BODY, SECOND), Err(Forged));
        assert_eq!(check("1531420618", SIGNED, &BODY[1..], SECOND), Err(Forged));
        assert_eq!(check("1531420618", &SIGNED[..60], BODY, SECOND), Err(Missing));
        assert_eq!(check("1531420618", &SIGNED.replace("v0", "v1"), BODY, SECOND), Err(Missing));
        assert_eq!(check("1531420618", &SIGNED.replace('a', "A"), BODY, SECOND), Err(Missing));
        assert_eq!(check("+1531420618", SIGNED, BODY, SECOND), Err(Missing));
        assert_eq!(check("99999999999999999999", SIGNED, BODY, SECOND), Err(Missing));
        let now = Timestamp::from_second(SECOND).unwrap();
        assert_eq!(verify("", Some("1531420618"), Some(SIGNED), BODY.as_bytes(), now), Err(Missing));
        assert_eq!(verify(SECRET, None, Some(SIGNED), BODY.as_bytes(), now), Err(Missing));
        let other = verify("another", Some("1531420618"), Some(SIGNED), BODY.as_bytes(), now);
        assert_eq!(other, Err(Forged));
    }
}
