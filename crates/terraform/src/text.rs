//! Decodes a plan file: UTF-16, byte order marks, and the output of CI wrappers around the JSON.

use crate::PlanError;

/// The largest plan that is read.
const LIMIT: usize = 1 << 30;

/// The text of a plan file.
pub struct PlanText(String);

impl PlanText {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    ///
    /// When the file is a binary plan, empty, or not text.
    pub fn read(bytes: Vec<u8>) -> Result<Self, PlanError> {
        if bytes.len() > LIMIT {
            let hint = "split the configuration; at most 1 GiB is read";
            return Err(PlanError::new(format!("the file has {} MiB", bytes.len() >> 20), hint));
        }
        if bytes.starts_with(b"PK\x03\x04") {
            return Err(PlanError::new("this is a binary plan", SHOW));
        }
        let text = match encoding_rs::Encoding::for_bom(&bytes) {
            Some((encoding, length)) if encoding != encoding_rs::UTF_8 => {
                encoding.decode_without_bom_handling(&bytes[length..]).0.into_owned()
            }
            Some((_, length)) => utf8(bytes[length..].to_vec())?,
            // PowerShell writes UTF-16; some tools remove the byte order mark.
            None if bytes.get(..2) == Some(b"{\0") => encoding_rs::UTF_16LE.decode(&bytes).0.into_owned(),
            None if bytes.get(..2) == Some(b"\0{") => encoding_rs::UTF_16BE.decode(&bytes).0.into_owned(),
            None => utf8(bytes)?,
        };
        if text.trim().is_empty() {
            return Err(PlanError::new("the file is empty", SHOW));
        }
        Ok(Self(text))
    }

    /// Parses the whole plan as JSON.
    pub fn parse(&self) -> Option<serde_json::Value> {
        serde_json::Deserializer::from_str(self.json().0).into_iter().next()?.ok()
    }

    /// Returns the JSON, and the number of lines before it.
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

/// How to convert a plan to JSON.
pub(crate) const SHOW: &str = "write it with `terraform show -json FILE > plan.json`, or `tofu show -json`";

fn utf8(bytes: Vec<u8>) -> Result<String, PlanError> {
    String::from_utf8(bytes).map_err(|_| PlanError::new("this is neither UTF-8 nor UTF-16 text", SHOW))
}
