//! Vectors as bytes: states are read and written for every series on every day.

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

const SIZE: usize = size_of::<f32>();
/// Values that are written from the stack; more of them, as series of hours have, need an allocation.
const FEW: usize = 128;

pub(super) fn serialize<S: Serializer>(values: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
    let fill = |bytes: &mut [u8]| {
        let (places, _) = bytes.as_chunks_mut::<SIZE>();
        places.iter_mut().zip(values).for_each(|(place, value)| *place = value.to_le_bytes());
    };
    if values.len() > FEW {
        let mut bytes = vec![0; SIZE * values.len()];
        fill(&mut bytes);
        return serializer.serialize_bytes(&bytes);
    }
    let mut bytes = [0; SIZE * FEW];
    fill(&mut bytes);
    serializer.serialize_bytes(&bytes[..SIZE * values.len()])
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
