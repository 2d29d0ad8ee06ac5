//! Reads a usage file, and verifies its sections, types, figures, values and regions.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use tollgate_model::Quantity;

use super::error::{UsageError, UsageFault};
use super::known::{FigureForm, KnownFigure, known_figures, known_types};
use super::{Figure, Usage, UsageEntry};
use crate::regions::{is_region, nearest_region};

/// The deepest nesting of figures.
const DEPTH: usize = 4;
const BY_ADDRESS: &str = "resource_usage";
const BY_TYPE: &str = "resource_type_default_usage";

/// A part of the file. Of a key that occurs twice, both are kept, in order.
enum Node {
    Map(Vec<(String, Node)>),
    Number(String),
    Text(String),
    Nothing,
    List,
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct NodeVisitor;
        impl<'de> Visitor<'de> for NodeVisitor {
            type Value = Node;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a usage figure")
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
                Ok(Node::Text(flag.to_string()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
                Ok(Node::Number(number.to_string()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
                Ok(Node::Number(number.to_string()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
                Ok(Node::Number(number.to_string()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Node, E> {
                // YAML 1.1, which infracost reads, separates digits: `100_000`.
                let digits: String = text.chars().filter(|c| *c != '_').collect();
                let is_number = text.contains('_') && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
                Ok(if is_number { Node::Number(digits) } else { Node::Text(text.to_owned()) })
            }

            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::Nothing)
            }

            fn visit_none<E>(self) -> Result<Node, E> {
                Ok(Node::Nothing)
            }

            fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Node, D::Error> {
                Node::deserialize(from)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
                while items.next_element::<Node>()?.is_some() {}
                Ok(Node::List)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
                let mut out = Vec::new();
                while let Some((key, value)) = entries.next_entry::<Node, Node>()? {
                    let key = match key {
                        Node::Text(text) | Node::Number(text) => text,
                        Node::Nothing | Node::Map(_) | Node::List => String::new(),
                    };
                    match (key.as_str(), value) {
                        // A merge: what the map has itself comes after it, and holds.
                        ("<<", Node::Map(merged)) => {
                            out.splice(0..0, merged);
                        }
                        (_, value) => out.push((key, value)),
                    }
                }
                Ok(Node::Map(out))
            }
        }
        from.deserialize_any(NodeVisitor)
    }
}

/// Reads a file.
pub(super) fn read(text: &str) -> Result<Usage, UsageError> {
    let root: Node = yaml_serde::from_str(text)
        .map_err(|error| UsageError::one(error.location().map(|l| l.line()), format!("is not YAML: {error}"), ""))?;
    let sections = match root {
        Node::Map(sections) => sections,
        Node::Nothing => Vec::new(),
        _ => {
            return Err(UsageError::one(
                Some(1),
                "is no usage file".to_owned(),
                "its sections are `resource_usage` and `resource_type_default_usage`",
            ));
        }
    };
    let mut reader = Reader { text, faults: Vec::new(), usage: Usage::default(), position: 0 };
    for (name, section) in sections {
        reader.section(&name, section);
    }
    if reader.faults.is_empty() { Ok(reader.usage) } else { Err(UsageError(reader.faults)) }
}

struct Reader<'t> {
    text: &'t str,
    faults: Vec<UsageFault>,
    usage: Usage,
    position: usize,
}

impl Reader<'_> {
    fn section(&mut self, name: &str, section: Node) {
        match (name, section) {
            ("version", _) => {}
            // Anchors stand in sections of their own.
            (_, _) if name.starts_with("x-") || name.starts_with('.') => {}
            (BY_ADDRESS | BY_TYPE, Node::Map(entries)) => {
                for (entry, figures) in entries {
                    self.entry(name, &entry, figures);
                }
            }
            (BY_ADDRESS | BY_TYPE, Node::Nothing) => {}
            (BY_ADDRESS | BY_TYPE, _) => {
                self.fault(&[name], format!("`{name}` is no list of names with their figures"), String::new());
            }
            _ => {
                let hint = suggestion(name, [BY_ADDRESS, BY_TYPE, "version"].into_iter());
                self.fault(&[name], format!("`{name}` is no section of a usage file"), hint);
            }
        }
    }

    fn entry(&mut self, section: &str, name: &str, figures: Node) {
        let path = [section, name];
        let kind = if section == BY_TYPE { Some(name) } else { kind_of(name) };
        let Some(kind) = kind else {
            let hint = "write an address as the plan does: `module.web[*].aws_lambda_function.f`".to_owned();
            return self.fault(&path, format!("`{name}` is no address of a resource"), hint);
        };
        let known = known_figures(kind);
        // A type without figures in the format may still exist.
        let exists = known.is_some() || crate::estimate::is_known(kind);
        if !exists && let Some(nearest) = nearest(kind, known_types()) {
            return self.fault(&path, format!("no type `{kind}` is known"), format!("did you mean `{nearest}`?"));
        }
        let mut entry = UsageEntry { position: self.position, ..UsageEntry::default() };
        self.position += 1;
        match figures {
            Node::Nothing => {}
            Node::Map(items) => {
                for (key, value) in items {
                    self.figure(&path, kind, known, key, value, 0, &mut entry);
                }
            }
            Node::Number(_) | Node::Text(_) | Node::List => {
                self.fault(&path, format!("`{name}` has no figures by name"), String::new());
            }
        }
        if section == BY_TYPE {
            self.usage.by_kind.insert(name.to_owned(), entry);
        } else {
            self.usage.insert(name.to_owned(), entry);
        }
    }

    fn figure(
        &mut self,
        path: &[&str],
        kind: &str,
        known: Option<&'static [KnownFigure]>,
        key: String,
        value: Node,
        depth: usize,
        into: &mut UsageEntry,
    ) {
        let last = key.rsplit('.').next().unwrap_or(&key).to_owned();
        let path: Vec<&str> = path.iter().copied().chain([last.as_str()]).collect();
        let figure = match value {
            Node::Nothing => {
                self.known(&path, kind, known, &key, true);
                return;
            }
            Node::Map(items) if depth < DEPTH => {
                for (name, inner) in items {
                    self.figure(&path, kind, known, format!("{key}.{name}"), inner, depth + 1, into);
                }
                return;
            }
            Node::Map(_) => return self.fault(&path, format!("`{key}` nests too deep"), String::new()),
            Node::List => return self.fault(&path, format!("`{key}` is a list, not a figure"), String::new()),
            Node::Number(text) => match text.parse::<Quantity>().ok().filter(|q| *q >= Quantity::ZERO) {
                Some(number) => Figure::Number(number),
                None => {
                    return self.fault(&path, format!("`{key}` is not a number of zero or more"), String::new());
                }
            },
            Node::Text(text) => Figure::Text(text),
        };
        let Some(of) = self.known(&path, kind, known, &key, false) else { return };
        let read_as = of.map_or(key.as_str(), |of| if of.read_as == of.name { key.as_str() } else { of.read_as });
        if let Some(of) = of
            && let Some((message, hint)) = misfit(of, &key, &figure)
        {
            return self.fault(&path, message, hint);
        }
        into.figures.insert(read_as.to_owned(), figure);
    }

    /// Finds a figure in the table. `None` when it is a fault; `Some(None)` when the format has no figures for the type.
    fn known(
        &mut self,
        path: &[&str],
        kind: &str,
        known: Option<&'static [KnownFigure]>,
        key: &str,
        is_group: bool,
    ) -> Option<Option<&'static KnownFigure>> {
        let Some(known) = known else { return Some(None) };
        let group = format!("{key}.");
        if let Some(found) = known.iter().find(|f| f.is(key) || (is_group && f.name.starts_with(&group))) {
            return Some(Some(found));
        }
        let hint = suggestion(key, known.iter().map(|f| f.name));
        self.fault(path, format!("`{key}` is no usage of {kind}"), hint);
        None
    }

    fn fault(&mut self, path: &[&str], message: String, hint: String) {
        self.faults.push(UsageFault { line: line_of(self.text, path), message, hint });
    }
}

/// Returns what is wrong with the value of a figure, and a hint.
fn misfit(of: &KnownFigure, key: &str, figure: &Figure) -> Option<(String, String)> {
    if let Some(region) = of.region(key) {
        let name = region.replace('_', "-");
        // `europe_north1` is `europe-north1`.
        if !is_region(&name) {
            let hint =
                nearest_region(&name).map_or(String::new(), |r| format!("did you mean `{}`?", r.replace('-', "_")));
            return Some((format!("`{region}` is no region"), hint));
        }
    }
    match (of.form, figure) {
        (FigureForm::Number, Figure::Text(text)) => {
            Some((format!("`{key}` is `{text}`, not a number of zero or more"), String::new()))
        }
        (FigureForm::OneOf(values), figure) => {
            let text = match figure {
                Figure::Text(text) => text.clone(),
                Figure::Number(number) => number.to_string(),
            };
            let mut all = values.split('|');
            if all.clone().any(|value| value.eq_ignore_ascii_case(&text)) {
                return None;
            }
            let listed = all.by_ref().map(|v| format!("`{v}`")).collect::<Vec<_>>().join(", ");
            Some((format!("`{key}` is `{text}`"), format!("it is one of {listed}")))
        }
        (FigureForm::Region, Figure::Text(region)) if is_region(region) => None,
        (FigureForm::Region, Figure::Text(region)) => {
            let hint = nearest_region(region).map_or(String::new(), |r| format!("did you mean `{r}`?"));
            Some((format!("`{region}` is no region"), hint))
        }
        (FigureForm::Region, Figure::Number(_)) => Some((format!("`{key}` is no region"), String::new())),
        _ => None,
    }
}

/// Returns the type in an address or a pattern of addresses: the last part with an underscore that a name follows. `*` may stand for
/// any module.
fn kind_of(name: &str) -> Option<&str> {
    let mut parts: Vec<&str> = Vec::new();
    let (mut start, mut is_key) = (0, false);
    for (at, c) in name.char_indices() {
        match c {
            '[' => is_key = true,
            ']' => is_key = false,
            // A key of an instance may contain dots.
            '.' if !is_key => {
                parts.push(&name[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    let has_name = start < name.len();
    let is_kind = |part: &&str| {
        part.contains('_') && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    parts.into_iter().rfind(is_kind).filter(|_| has_name)
}

/// Returns a hint with the nearest name, or all names when they are few.
fn suggestion<'n>(name: &str, all: impl Iterator<Item = &'n str> + Clone) -> String {
    if let Some(nearest) = nearest(name, all.clone()) {
        return format!("did you mean `{nearest}`?");
    }
    let names: Vec<String> = all.take(9).map(|n| format!("`{n}`")).collect();
    if names.len() < 9 { format!("it is one of {}", names.join(", ")) } else { String::new() }
}

/// Returns the nearest name, if any is close: a typing error, or the same words in another order.
fn nearest<'n>(name: &str, all: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let words = |text: &str| {
        let mut words: Vec<String> = text.split(['_', '.']).map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    let own = words(name);
    let last = |text: &'n str| text.rsplit('.').next().unwrap_or(text);
    let scored = all.filter_map(|known| {
        let distance = strsim::damerau_levenshtein(name, known).min(strsim::damerau_levenshtein(name, last(known)));
        let same_words = words(known) == own;
        let close = distance <= (known.len() / 6).max(2);
        (same_words || close).then_some((if same_words { 0 } else { distance }, known))
    });
    scored.min().map(|(_, known)| known)
}

/// Returns the line of the last part of a path of keys.
fn line_of(text: &str, path: &[&str]) -> Option<usize> {
    let mut found = None;
    let mut from = 0;
    for key in path {
        let position = text.lines().enumerate().skip(from).find(|(_, line)| {
            let line = line.trim_start();
            let bare = line.trim_start_matches(['"', '\'']);
            bare.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'']).starts_with(':'))
        });
        let Some((n, _)) = position else { break };
        found = Some(n + 1);
        from = n + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::Usage;

    fn error(text: &str) -> String {
        Usage::read(text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_unknown_is_named_with_its_line_and_the_nearest_name() {
        let text = "version: 0.1\nresource_usage:\n  aws_lambda_function.f:\n    monthly_request: 1\n    request_duration_ms: 1\n  aws_cloudfront_distribution.d:\n    monthly_https_requests:\n      usa: 5\n";
        assert_eq!(
            error(text),
            "line 4: `monthly_request` is no usage of aws_lambda_function\nhint: did you mean `monthly_requests`?\nline 8: `monthly_https_requests.usa` is no usage of aws_cloudfront_distribution\nhint: did you mean `monthly_https_requests.us`?"
        );
        assert_eq!(
            error("resource_usages:\n  a.b: {}\n"),
            "line 1: `resource_usages` is no section of a usage file\nhint: did you mean `resource_usage`?"
        );
        assert_eq!(
            error("resource_type_default_usage:\n  aws_lamda_function:\n    monthly_requests: 1\n"),
            "line 2: no type `aws_lamda_function` is known\nhint: did you mean `aws_lambda_function`?"
        );
        assert_eq!(
            error("resource_usage:\n  lambda:\n    monthly_requests: 1\n"),
            "line 2: `lambda` is no address of a resource\nhint: write an address as the plan does: `module.web[*].aws_lambda_function.f`"
        );
    }

    #[test]
    fn the_type_of_an_address_is_its_last_type() {
        for (name, kind) in [
            ("aws_lambda_function.f", Some("aws_lambda_function")),
            ("module.my_site[\"a.b_c\"].aws_sqs_queue.my_queue[*]", Some("aws_sqs_queue")),
            ("*.aws_sqs_queue.*", Some("aws_sqs_queue")),
            ("google_storage_bucket.my.bucket", Some("google_storage_bucket")),
            ("aws_sqs_queue", None),
            ("aws_sqs_queue.", None),
            ("queue", None),
        ] {
            assert_eq!(super::kind_of(name), kind, "{name}");
        }
    }

    #[test]
    fn a_region_or_value_that_is_none_is_named() {
        let transfer = |region: &str| format!("resource_usage:\n  aws_data_transfer.t:\n    region: {region}\n");
        assert!(Usage::read(&transfer("us-east-1")).is_ok());
        assert_eq!(error(&transfer("us-east-9")), "line 3: `us-east-9` is no region\nhint: did you mean `us-east-1`?");
        let text = "resource_usage:\n  google_artifact_registry_repository.r:\n    monthly_egress_data_transfer_gb:\n      europe_north9: 1\n";
        assert_eq!(error(text), "line 4: `europe_north9` is no region\nhint: did you mean `europe_north1`?");
        let text = "resource_usage:\n  aws_instance.i:\n    operating_system: window\n";
        assert_eq!(
            error(text),
            "line 3: `operating_system` is `window`\nhint: it is one of `linux`, `windows`, `suse`, `rhel`"
        );
    }

    #[test]
    fn an_invalid_figure_is_an_error() {
        let text = "resource_usage:\n  aws_lambda_function.b:\n    monthly_requests: -1\n";
        assert_eq!(error(text), "line 3: `monthly_requests` is not a number of zero or more");
        let text = "resource_usage:\n  aws_lambda_function.b:\n    monthly_requests: many\n";
        assert_eq!(error(text), "line 3: `monthly_requests` is `many`, not a number of zero or more");
        assert!(Usage::read("a: [").is_err());
        assert_eq!(Usage::read("").unwrap(), Usage::default());
    }

    #[test]
    fn a_type_without_figures_in_the_format_is_no_error() {
        assert!(Usage::read("resource_usage:\n  aws_quantum_device.d:\n    monthly_shots: 3\n").is_ok());
        assert!(Usage::read("resource_usage:\n  aws_lambda_function.f:\n    # monthly_requests: 1\n").is_ok());
        let digits = "resource_usage:\n  aws_lambda_function.f:\n    monthly_requests: 1_000_000\n";
        assert!(Usage::read(digits).is_ok());
    }
}
