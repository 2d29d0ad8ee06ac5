//! `channel "finops" { … }`: a destination of messages. Parsing, the names of secrets and the documentation come from [`CHANNEL_TYPES`].

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::block::Block;
use crate::channel_types::{CHANNEL_TYPES, ChannelField, ChannelType, FieldKind};
use crate::diagnostic::suggest;
use crate::document::Document;

/// Recipients of one message that Amazon SES accepts.
const RECIPIENTS: usize = 50;

/// A destination of messages. Its JSON form is flat: `name`, `fallback`, `type` and the fields of the type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// Its name, unique in the file.
    pub name: String,
    /// The channel that gets a message when this one refuses it or does not answer.
    pub fallback: Option<String>,
    /// Its type.
    #[serde(rename = "type", serialize_with = "type_name")]
    pub kind: &'static ChannelType,
    /// The values of the type's fields. A secret field holds the name of a secret, never the secret.
    #[serde(flatten)]
    pub values: BTreeMap<&'static str, FieldValue>,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// Text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
    /// True or false.
    Flag(bool),
}

fn type_name<S: Serializer>(kind: &&'static ChannelType, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name)
}

impl Channel {
    /// The names of the secrets that it needs.
    pub fn secrets(&self) -> Vec<&str> {
        self.secret_fields().map(|(_, secret)| secret).collect()
    }

    /// Its secret fields, each with the name of its secret.
    pub fn secret_fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let secret = self.kind.fields.iter().filter(|f| f.kind == FieldKind::Secret);
        secret.filter_map(|field| match self.values.get(field.name) {
            Some(FieldValue::Text(name)) => Some((field.name, name.as_str())),
            _ => None,
        })
    }

    pub(crate) fn read(name: String, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<Self> {
        let kind = match block.text("type", document) {
            Some((text, at)) => {
                let kind = CHANNEL_TYPES.iter().find(|t| t.name == text);
                if kind.is_none() {
                    let hint = suggest(text, CHANNEL_TYPES.iter().map(|t| t.name));
                    document.report(at, format!("there is no channel of type `{text}`"), hint);
                }
                kind
            }
            None => {
                block.missing("type", "type = \"slack\"", document);
                None
            }
        };
        let fallback = block.text("fallback", document).map(|(text, _)| text.to_owned());
        let kind = kind?;
        let mut values = BTreeMap::new();
        for field in kind.fields {
            values.extend(field.read(block, document).map(|value| (field.name, value)));
        }
        // A field without a value was reported, so the file as a whole is refused.
        Some(Self { name, fallback, kind, values })
    }
}

impl ChannelField {
    /// Reads the field; `None` where it is missing or wrong, which is reported.
    fn read(&self, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<FieldValue> {
        let value = match self.kind {
            FieldKind::Flag => return Some(FieldValue::Flag(block.flag(self.name, document).unwrap_or(false))),
            FieldKind::TextOr(default) => block.text_or(self.name, default, document),
            FieldKind::Text | FieldKind::Secret | FieldKind::Url => {
                let found = block.text(self.name, document);
                block.missing(self.name, &self.example(), document);
                found?.0.to_owned()
            }
            FieldKind::Addresses => return self.read_addresses(block, document),
        };
        let at = block.place(self.name).unwrap_or(block.at.clone());
        if value.trim().is_empty() {
            document.report(at, format!("`{}` of {} is empty", self.name, block.title), None);
            return None;
        }
        if self.kind == FieldKind::Url {
            // Encrypted in transit, or this machine.
            if !value.starts_with("https://") && !value.starts_with("http://127.0.0.1:") {
                document.report(at, format!("`{}` of {} must start with https://", self.name, block.title), None);
                return None;
            }
            return Some(FieldValue::Text(value.trim_end_matches('/').to_owned()));
        }
        Some(FieldValue::Text(value))
    }

    fn read_addresses(&self, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<FieldValue> {
        let list: Vec<String> = block.texts(self.name, document).into_iter().map(|(text, _)| text).collect();
        block.missing(self.name, &self.example(), document);
        let at = block.place(self.name)?;
        if list.is_empty() || list.len() > RECIPIENTS || list.iter().any(|address| !address.contains('@')) {
            let message = format!("`{}` of {} must be 1 to {RECIPIENTS} e-mail addresses", self.name, block.title);
            document.report(at, message, None);
            return None;
        }
        Some(FieldValue::Texts(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    /// A channel of a type, with the examples of its fields.
    fn block_of(kind: &ChannelType) -> String {
        let fields = kind.fields.iter().map(|field| format!("  {}\n", field.example()));
        format!("channel \"a\" {{\n  type = \"{}\"\n{}}}\n", kind.name, fields.collect::<String>())
    }

    #[test]
    fn every_type_is_read_from_its_examples_and_knows_its_secrets() {
        for kind in CHANNEL_TYPES {
            let policy = Policy::parse("t", &block_of(kind)).unwrap_or_else(|e| panic!("{}: {e}", kind.name));
            let [channel] = policy.channels.as_slice() else { panic!("{}", kind.name) };
            assert_eq!((channel.kind, channel.values.len()), (kind, kind.fields.len()));
            let secrets = kind.fields.iter().filter(|f| f.kind == FieldKind::Secret).count();
            assert_eq!(channel.secrets().len(), secrets, "{}", kind.name);
            let json = serde_json::to_value(channel).unwrap();
            assert_eq!((&json["type"], &json["name"]), (&kind.name.into(), &"a".into()));
        }
    }

    #[test]
    fn a_type_that_is_not_in_the_table_is_an_error_with_the_nearest_name() {
        for (wrong, near) in [("webhok", "webhook"), ("Slack", "slack"), ("pager-duty", "pagerduty")] {
            let text =
                format!("channel \"a\" {{\n type = \"{wrong}\"\n url = \"https://example.com\"\n secret = \"S\"\n}}");
            let error = Policy::parse("t", &text).unwrap_err().to_string();
            assert!(error.contains(&format!("there is no channel of type `{wrong}`")), "{error}");
            assert!(error.contains(&format!("did you mean `{near}`?")), "{error}");
        }
        let error = Policy::parse("t", "channel \"a\" {\n type = \"discord\"\n}").unwrap_err().to_string();
        assert!(error.contains("known here: slack, slack-webhook"), "{error}");
    }

    #[test]
    fn a_field_that_is_missing_or_empty_is_an_error() {
        for kind in CHANNEL_TYPES {
            for field in kind.fields.iter().filter(|f| f.is_required()) {
                let missing = block_of(kind).replace(&format!("  {}\n", field.example()), "");
                let error = Policy::parse("t", &missing).unwrap_err().to_string();
                assert!(error.contains(&format!("has no {}\nhint: add {}", field.name, field.example())), "{error}");
                if field.kind != FieldKind::Addresses {
                    let empty = block_of(kind).replace(&field.example(), &format!("{} = \"\"", field.name));
                    let error = Policy::parse("t", &empty).unwrap_err().to_string();
                    assert!(error.contains(&format!("`{}` of channel \"a\" is empty", field.name)), "{error}");
                }
            }
        }
    }

    /// The table of docs/guides/alerts.md. `cargo xtask docs` writes it.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "the variable makes the test write the page")]
    fn the_guide_has_the_table_of_channel_types() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/alerts.md");
        let page = std::fs::read_to_string(&path).unwrap();
        let (start, end) = ("<!-- channel types: written by a test -->\n", "<!-- end of channel types -->");
        let (before, rest) = page.split_once(start).unwrap();
        let (table, after) = rest.split_once(end).unwrap();
        let wanted = crate::channel_types::table();
        if std::env::var_os("TOLLGATE_WRITE_DOCS").is_some() {
            std::fs::write(&path, format!("{before}{start}{wanted}{end}{after}")).unwrap();
            return;
        }
        assert_eq!(table, wanted, "docs/guides/alerts.md differs from CHANNEL_TYPES; run `cargo xtask docs`");
    }
}
