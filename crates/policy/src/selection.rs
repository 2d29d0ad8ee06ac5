//! Which resources a policy is about.

use serde::Serialize;

use crate::block::Block;
use crate::document::Document;
use crate::pattern::{AddressPattern, NamePattern};

/// Which resources a policy is about. What is empty does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Selection {
    /// Types: `aws_*`.
    pub types: Vec<NamePattern>,
    /// Types that are left out.
    pub except_types: Vec<NamePattern>,
    /// Providers: `aws`.
    pub providers: Vec<NamePattern>,
    /// Addresses or modules: `module.web`.
    pub modules: Vec<AddressPattern>,
    /// Cloud accounts, subscriptions or projects.
    pub accounts: Vec<String>,
    /// Environments, by name.
    pub environments: Vec<String>,
}

/// What a selection asks of a resource.
#[derive(Clone, Copy, Debug)]
pub struct Selected<'r> {
    /// Its type.
    pub kind: &'r str,
    /// Its provider.
    pub provider: &'r str,
    /// Its address.
    pub address: &'r str,
    /// Its account, where it is known.
    pub account: Option<&'r str>,
    /// Its environment, where it is known.
    pub environment: Option<&'r str>,
}

impl Selection {
    pub(crate) fn read(block: &mut Block<'_>, environments: &[String], document: &mut Document<'_>) -> Self {
        let mut list = |field, document: &mut Document<'_>| {
            block.texts(field, document).into_iter().map(|(text, _)| text).collect::<Vec<String>>()
        };
        let out = Self {
            types: list("types", document).into_iter().map(NamePattern).collect(),
            except_types: list("except_types", document).into_iter().map(NamePattern).collect(),
            providers: list("providers", document).into_iter().map(NamePattern).collect(),
            modules: list("modules", document).into_iter().map(AddressPattern).collect(),
            accounts: list("accounts", document),
            environments: list("environments", document),
        };
        for name in out.environments.iter().filter(|name| !environments.contains(name)) {
            let at = block.place("environments").unwrap_or(block.at.clone());
            let hint = crate::diagnostic::suggest(name, environments.iter().map(String::as_str))
                .or(Some(format!("add environment \"{name}\" {{ plans = [\"{name}/**\"] }}")));
            document.report(at, format!("{} names `{name}`, which is no environment of this file", block.title), hint);
        }
        out
    }

    /// Whether a resource is meant; `Err` with what would have to be known.
    ///
    /// # Errors
    ///
    /// `account` or `environment`, when it restricts and is not known.
    pub fn matches(&self, resource: &Selected<'_>) -> Result<bool, &'static str> {
        let any = |patterns: &[NamePattern], name: &str| patterns.iter().any(|p| p.matches(name));
        let fits = (self.types.is_empty() || any(&self.types, resource.kind))
            && !any(&self.except_types, resource.kind)
            && (self.providers.is_empty() || any(&self.providers, resource.provider))
            && (self.modules.is_empty() || self.modules.iter().any(|m| m.matches(resource.address)));
        if !fits {
            return Ok(false);
        }
        let mut unknown = None;
        for (wanted, is, what) in
            [(&self.accounts, resource.account, "account"), (&self.environments, resource.environment, "environment")]
        {
            match is {
                _ if wanted.is_empty() => {}
                Some(is) if wanted.iter().any(|w| w == is) => {}
                Some(_) => return Ok(false),
                None => unknown = Some(what),
            }
        }
        unknown.map_or(Ok(true), Err)
    }

    /// Whether a resource may be meant by both. Patterns are compared by their text.
    pub(crate) fn may_overlap(&self, other: &Self) -> bool {
        fn share<T: PartialEq>(a: &[T], b: &[T]) -> bool {
            a.is_empty() || b.is_empty() || a.iter().any(|x| b.contains(x))
        }
        share(&self.types, &other.types)
            && share(&self.providers, &other.providers)
            && share(&self.modules, &other.modules)
            && share(&self.accounts, &other.accounts)
            && share(&self.environments, &other.environments)
    }
}
