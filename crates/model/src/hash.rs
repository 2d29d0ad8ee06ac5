//! Hashes: of the content of a revision, of plans and audit entries, and short ids.
//!
//! The hash of a revision is the sum of its rows' hashes, so that it does not depend on the order of rows or on how they
//! are cut into files: providers reorder rows between two exports of the same charges. It detects different content; it does
//! not withstand forgery.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

/// The hash of one column's value, to be folded into a row's hash.
pub fn value_hash(column: &str, value: &[u8]) -> u128 {
    xxh3_128_with_seed(value, xxh3_64_with_seed(column.as_bytes(), 0))
}

/// The hash of any bytes.
pub fn bytes_hash(bytes: &[u8]) -> u128 {
    xxh3_128_with_seed(bytes, 0)
}

/// A hash that is spread evenly again, so that the sum of hashes changes when two rows exchange values of a column.
pub const fn spread(hash: u128) -> u128 {
    let high = (hash >> 64) as u64;
    let low = hash as u64;
    let a = (low ^ 0x9e37_79b9_7f4a_7c15) as u128 * ((high | 1) ^ 0xbf58_476d_1ce4_e5b8) as u128;
    let b = (high ^ 0x94d0_49bb_1331_11eb) as u128 * ((low | 1) ^ 0xd6e8_feb8_6659_fd92) as u128;
    a ^ b.rotate_left(61) ^ hash
}

/// SHA-256 of a noun as canonical JSON, as 64 hexadecimal digits: keys sorted, no blanks, so that it is the same wherever it is
/// computed. It withstands forgery: approvals and the audit log are bound by it.
pub fn sha256(noun: &impl Serialize) -> Result<String, serde_json::Error> {
    let text = sorted(serde_json::to_value(noun)?).to_string();
    Ok(sha256_of(text.as_bytes()))
}

/// SHA-256 of bytes, as 64 hexadecimal digits.
pub fn sha256_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// HMAC-SHA256 of a text, as 64 hexadecimal digits: only who has the key can compute it.
pub fn keyed_hash(key: &[u8], text: &str) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(text.as_bytes());
    hex(&mac.finalize().into_bytes())
}

/// Whether a text has this keyed hash, in a time that does not depend on where they differ.
pub fn has_keyed_hash(key: &[u8], text: &str, hash: &str) -> bool {
    let known = keyed_hash(key, text);
    let differs = known.bytes().zip(hash.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    !known.is_empty() && known.len() == hash.len() && differs == 0
}

/// Bytes as lowercase hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String does not fail
        text
    })
}

/// A short id: a prefix and the first 32 bits of the hash of a text, as `i-3f9a2c10`. The same for the same text.
pub fn short_id(prefix: &str, text: &str) -> String {
    format!("{prefix}-{:08x}", (bytes_hash(text.as_bytes()) >> 96) as u32)
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<String, Value> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// A 128-bit content hash, printed as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub u128);

impl ContentHash {
    /// Takes one row in.
    pub fn add_row(&mut self, row: u128) {
        self.0 = self.0.wrapping_add(spread(row));
    }

    /// Takes the rows of another in.
    pub fn merge(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }

    /// Takes rows out that were taken in before.
    pub fn remove(&mut self, other: Self) {
        self.0 = self.0.wrapping_sub(other.0);
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for ContentHash {
    type Err = std::num::ParseIntError;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(s, 16).map(Self)
    }
}

impl Serialize for ContentHash {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}
