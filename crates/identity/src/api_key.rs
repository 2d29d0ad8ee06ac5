//! The text of an API key: `tg_live_<id>_<secret>`.
//!
//! The id has 8 characters and is public. The secret has 26 random characters of base 62, 154 bits, and the CRC-32 of everything before it
//! in 6 more, so that scanners of repositories find keys without false alarms and a mistyped key is refused without a request to the store.

use std::fmt;

use crate::Refused;
use crate::secret::{Randomness, sha256_hex};

const PREFIX: &str = "tg_live_";
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID: usize = 8;
const RANDOM: usize = 26;
const CHECKSUM: usize = 6;

/// An API key with its secret. It is shown once, when it is created; `Debug` shows its id only.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    text: String,
}

impl ApiKey {
    /// Creates a key.
    ///
    /// # Errors
    ///
    /// When the system has no random numbers.
    pub(crate) fn create(randomness: &dyn Randomness) -> Result<Self, Refused> {
        let id = random_digits(ID, randomness)?;
        let random = random_digits(RANDOM, randomness)?;
        let checked = format!("{PREFIX}{id}_{random}");
        let text = format!("{checked}{}", checksum(&checked));
        Ok(Self { text })
    }

    /// Reads a key; `None` when it is not one, or is mistyped.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let is_digits = |text: &str| text.bytes().all(|byte| DIGITS.contains(&byte));
        let has_form = id.len() == ID && secret.len() == RANDOM + CHECKSUM && is_digits(id) && is_digits(secret);
        let (checked, given) = text.split_at_checked(text.len().checked_sub(CHECKSUM)?)?;
        (has_form && checksum(checked) == given).then(|| Self { text: text.to_owned() })
    }

    /// Returns the public id.
    pub fn id(&self) -> &str {
        self.text.get(PREFIX.len()..PREFIX.len() + ID).unwrap_or_default()
    }

    /// Returns the whole key, to show it to the person who created it.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Returns what the ledger stores.
    pub(crate) fn hash(&self) -> String {
        sha256_hex(&self.text)
    }

    /// Whether a text of a header is meant as an API key, even a mistyped one.
    pub(crate) fn is_meant(text: &str) -> bool {
        text.starts_with("tg_")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({PREFIX}{}_…)", self.id())
    }
}

/// Digits of base 62, each with the same probability.
fn random_digits(count: usize, randomness: &dyn Randomness) -> Result<String, Refused> {
    let mut out = String::with_capacity(count);
    while out.len() < count {
        let mut bytes = [0; 64];
        randomness.fill(&mut bytes)?;
        // 248 is four times 62: larger bytes would make the first digits likelier.
        let digits = bytes.iter().filter(|byte| **byte < 248).map(|byte| char::from(DIGITS[usize::from(byte % 62)]));
        out.extend(digits.take(count - out.len()));
    }
    Ok(out)
}

/// The CRC-32 of a text in digits of base 62.
pub(crate) fn checksum(text: &str) -> String {
    let mut rest = crc32(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    digits.map(char::from).iter().collect()
}

/// CRC-32 as of zlib (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::secret::SystemRandomness;

    #[test]
    fn a_key_is_read_back_and_shows_its_id_only() {
        let key = ApiKey::create(&SystemRandomness::new()).unwrap();
        assert_eq!(key.reveal().len(), 8 + 8 + 1 + 32);
        assert_eq!(ApiKey::parse(key.reveal()), Some(key.clone()));
        assert_eq!(format!("{key:?}"), format!("ApiKey(tg_live_{}_…)", key.id()));
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn every_mistyped_character_is_noticed() {
        let key = ApiKey::create(&SystemRandomness::new()).unwrap();
        for at in 0..key.reveal().len() {
            let mut bytes = key.reveal().as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
            assert_eq!(ApiKey::parse(std::str::from_utf8(&bytes).unwrap()), None, "{at}");
        }
        for wrong in
            ["", "tg_live_", "tg_live__", &key.reveal()[1..], &key.reveal()[..48], &format!("{} ", key.reveal())]
        {
            assert_eq!(ApiKey::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_key_by_accident_and_none_panics(text in "(tg_live_)?\\PC{0,60}") {
            prop_assert_eq!(ApiKey::parse(&text), None);
        }
    }
}
