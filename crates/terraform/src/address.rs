//! Addresses: `module.web["eu"].aws_instance.this[0]`, parsed.

use std::fmt;

/// The key of an instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstanceKey {
    /// Of `count`.
    Index(u64),
    /// Of `for_each`.
    Text(String),
}

/// A module call on the way to a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleStep {
    /// The call's name.
    pub name: String,
    /// Its instance.
    pub key: Option<InstanceKey>,
}

/// Where a resource is in the tree of modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The modules from the root to the resource.
    pub modules: Vec<ModuleStep>,
    /// Whether it is a data source.
    pub data: bool,
    /// `aws_instance`.
    pub kind: String,
    /// Its name in the source.
    pub name: String,
    /// Its instance.
    pub key: Option<InstanceKey>,
}

impl Address {
    /// Parses an address; `None` when it is invalid.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts: Vec<ModuleStep> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let name = rest[..end].to_owned();
            if name.is_empty() {
                return None;
            }
            rest = &rest[end..];
            let mut key = None;
            // The instances of a deferred resource are unknown.
            if let Some(after) = rest.strip_prefix("[*]") {
                rest = after;
            } else if let Some(inside) = rest.strip_prefix('[') {
                let (found, length) = read_key(inside)?;
                key = Some(found);
                rest = inside[length..].strip_prefix(']')?;
            }
            match rest.strip_prefix('.') {
                Some("") => return None,
                Some(after) => rest = after,
                None if rest.is_empty() => {}
                None => return None,
            }
            parts.push(ModuleStep { name, key });
        }
        let mut parts = parts.into_iter().peekable();
        let mut modules = Vec::new();
        while parts.next_if(|p| p.name == "module" && p.key.is_none()).is_some() {
            modules.push(parts.next()?);
        }
        let data = parts.next_if(|p| p.name == "data" && p.key.is_none()).is_some();
        let kind = parts.next().filter(|p| p.key.is_none())?.name;
        let last = parts.next()?;
        if parts.next().is_some() {
            return None;
        }
        Some(Self { modules, data, kind, name: last.name, key: last.key })
    }

    /// Returns the address without instance keys, as configurations name it: `module.web.aws_instance.this`.
    pub fn configured(&self) -> String {
        let mut out = module_path(&self.modules);
        if !out.is_empty() {
            out.push('.');
        }
        if self.data {
            out.push_str("data.");
        }
        out + &self.kind + "." + &self.name
    }
}

/// Returns `module.web.module.db`, without instance keys; empty for the root.
pub(crate) fn module_path(modules: &[ModuleStep]) -> String {
    modules.iter().map(|m| format!("module.{}", m.name)).collect::<Vec<_>>().join(".")
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Text(text) => write!(f, "[{text:?}]"),
        }
    }
}

/// Parses a key; returns it with the length of its text.
fn read_key(text: &str) -> Option<(InstanceKey, usize)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut out = String::new();
        let mut escaped = false;
        for (at, c) in quoted.char_indices() {
            match (escaped, c) {
                (true, 'n') => out.push('\n'),
                (true, 't') => out.push('\t'),
                (true, 'r') => out.push('\r'),
                (true, c) => out.push(c),
                (false, '\\') => {
                    escaped = true;
                    continue;
                }
                (false, '"') => return Some((InstanceKey::Text(out), at + 2)),
                (false, c) => out.push(c),
            }
            escaped = false;
        }
        return None;
    }
    let end = text.find(']')?;
    Some((InstanceKey::Index(text[..end].parse().ok()?), end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_is_taken_apart_whatever_its_keys_hold() {
        let address = Address::parse(r#"module.a["x.y]\"z"].module.b[2].data.aws_ami.this["k"]"#).unwrap();
        assert_eq!(address.modules[0].key, Some(InstanceKey::Text("x.y]\"z".to_owned())));
        assert_eq!(address.modules[1].key, Some(InstanceKey::Index(2)));
        assert!(address.data);
        assert_eq!(address.configured(), "module.a.module.b.data.aws_ami.this");
        assert_eq!(Address::parse("module.a[*].aws_subnet.each[*]").unwrap().configured(), "module.a.aws_subnet.each");
        // A resource may have the name of a keyword.
        assert_eq!(Address::parse("aws_vpc.module").unwrap().name, "module");
        for wrong in ["", "a", "a.", "a..b", "a.b[", "a.b[x]", "a.b.c", "module.a", "a[0].b"] {
            assert_eq!(Address::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(module|data|a|\\.|\\[|\\]|\"|\\\\|0|\u{e9}){0,20}") {
            let _ = Address::parse(&text);
        }
    }
}
