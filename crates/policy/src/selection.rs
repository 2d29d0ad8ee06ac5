//! The resources that a policy applies to.

use serde::Serialize;
use tollgate_model::pattern::Pattern;

use crate::block::Block;
use crate::document::Document;
use crate::pattern::AddressPattern;

/// The resources that a policy applies to. An empty list does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ResourceSelection {
    /// Types: `aws_*`.
    pub types: Vec<Pattern>,
    /// Types that are excluded.
    pub except_types: Vec<Pattern>,
    /// Providers: `aws`.
    pub providers: Vec<Pattern>,
    /// Addresses or modules: `module.web`.
    pub modules: Vec<AddressPattern>,
    /// Cloud accounts, subscriptions or projects.
    pub accounts: Vec<String>,
    /// Environments, by name.
    pub environments: Vec<String>,
}

/// The properties of a resource that a selection compares.
#[derive(Clone, Copy, Debug)]
pub struct SelectedResource<'r> {
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

impl ResourceSelection {
    pub(crate) fn read(block: &mut Block<'_>, environments: &[String], document: &mut Document<'_>) -> Self {
        let out = Self {
            types: block.list("types", document).into_iter().map(Pattern).collect(),
            except_types: block.list("except_types", document).into_iter().map(Pattern).collect(),
            providers: block.list("providers", document).into_iter().map(Pattern).collect(),
            modules: block.list("modules", document).into_iter().map(AddressPattern).collect(),
            accounts: block.list("accounts", document),
            environments: block.list("environments", document),
        };
        for name in out.environments.iter().filter(|name| !environments.contains(name)) {
            let at = block.place("environments").unwrap_or(block.at.clone());
            let hint = crate::diagnostic::suggest(name, environments.iter().map(String::as_str))
                .or(Some(format!("add environment \"{name}\" {{ plans = [\"{name}/**\"] }}")));
            document.report(at, format!("{} names `{name}`, which is no environment of this file", block.title), hint);
        }
        out
    }

    /// Returns whether a resource is selected; `Err` with the property that is unknown.
    ///
    /// # Errors
    ///
    /// With `account` or `environment`, when the selection restricts it and it is unknown.
    pub fn matches(&self, resource: &SelectedResource<'_>) -> Result<bool, &'static str> {
        let any = |patterns: &[Pattern], name: &str| patterns.iter().any(|p| p.matches(name));
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

    /// Returns whether both may select the same resource. Patterns are compared by their text.
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
