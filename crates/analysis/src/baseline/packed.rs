//! Vectors of single precision as bytes: states are read and written for every series on every day.

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

const SIZE: usize = size_of::<f32>();

pub(super) fn serialize<S: Serializer>(values: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    serializer.serialize_bytes(&bytes)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
    deserializer.deserialize_bytes(Packed)
}

struct Packed;

impl Visitor<'_> for Packed {
    type Value = Vec<f32>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bytes of values in single precision")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        let (values, rest) = bytes.as_chunks::<SIZE>();
        if rest.is_empty() {
            Ok(values.iter().map(|value| f32::from_le_bytes(*value)).collect())
        } else {
            Err(E::invalid_length(bytes.len(), &self))
        }
    }
}
