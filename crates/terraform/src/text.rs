//! The bytes of a plan file as text: UTF-16, byte order marks and what CI wrappers print around the JSON.

use crate::Refused;

/// The largest plan that is read.
const LIMIT: usize = 1 << 30;

/// The text of a plan file, without what stands around its JSON.
pub struct PlanText(String);

impl PlanText {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    ///
    /// When they are something else: a binary plan, nothing, no text.
    pub fn read(bytes: Vec<u8>) -> Result<Self, Refused> {
        if bytes.len() > LIMIT {
            let hint = "split the configuration; at most 1 GiB is read";
            return Err(Refused::new(format!("the file has {} MiB", bytes.len() >> 20), hint));
        }
        if bytes.starts_with(b"PK\x03\x04") {
            return Err(Refused::new("this is a binary plan", SHOW));
        }
        let text = match encoding_rs::Encoding::for_bom(&bytes) {
            Some((encoding, length)) if encoding != encoding_rs::UTF_8 => {
                encoding.decode_without_bom_handling(&bytes[length..]).0.into_owned()
            }
            Some((_, length)) => utf8(bytes[length..].to_vec())?,
            // PowerShell writes UTF-16; some tools take the mark away.
            None if bytes.get(..2) == Some(b"{\0") => encoding_rs::UTF_16LE.decode(&bytes).0.into_owned(),
            None if bytes.get(..2) == Some(b"\0{") => encoding_rs::UTF_16BE.decode(&bytes).0.into_owned(),
            None => utf8(bytes)?,
        };
        if text.trim().is_empty() {
            return Err(Refused::new("the file is empty", SHOW));
        }
        Ok(Self(text))
    }

    /// The whole plan as JSON, for those who ask for all of it.
    pub fn parse(&self) -> Option<serde_json::Value> {
        serde_json::Deserializer::from_str(self.json().0).into_iter().next()?.ok()
    }

    /// The JSON and, where lines stand before it, how many.
    pub(crate) fn json(&self) -> (&str, usize) {
        let text = self.0.as_str();
        if text.trim_start().starts_with('{') {
            return (text, 0);
        }
        // The wrapper of setup-terraform writes the command before the output and its own notes after it.
        let mut at = 0;
        for (line, content) in text.split_inclusive('\n').enumerate() {
            if content.trim_start().starts_with('{') {
                return (&text[at..], line);
            }
            at += content.len();
        }
        (text, 0)
    }
}

/// How a plan becomes JSON.
pub(crate) const SHOW: &str = "write it with `terraform show -json FILE > plan.json`, or `tofu show -json`";

fn utf8(bytes: Vec<u8>) -> Result<String, Refused> {
    String::from_utf8(bytes).map_err(|_| Refused::new("this is neither UTF-8 nor UTF-16 text", SHOW))
}
