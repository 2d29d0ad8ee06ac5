//! `waiver "legacy-db" { … }`: somebody answers for a finding, for a while.

use std::ops::Range;

use serde::Serialize;
use tollgate_model::Day;

use crate::block::Block;
use crate::document::Document;
use crate::pattern::{AddressPattern, NamePattern};

/// That findings are let pass: by whom, why, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiver {
    /// Its name, unique in the file.
    pub name: String,
    /// The policies or rules that it is about.
    pub policies: Vec<String>,
    /// Tag keys that it is about: all when empty.
    pub tags: Vec<String>,
    /// The resources that it is about.
    pub addresses: Vec<AddressPattern>,
    /// The environments that it is about: all when empty.
    pub environments: Vec<String>,
    /// The folders of configurations that it is about, from the policy file's; that folder itself when empty.
    pub folders: Vec<NamePattern>,
    /// Who answers for it.
    pub owner: String,
    /// Who agreed.
    pub approver: String,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Day,
    /// Where it stands: line and column, from 1.
    pub place: (usize, usize),
    /// The bytes of its keyword.
    pub bytes: Range<usize>,
}

impl Waiver {
    /// `known` are the policies and rules of the file. Those of Rego are not known here: `rego` and `rego.NAME` are taken.
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        known: &[String],
        environments: &[String],
        document: &mut Document<'_>,
    ) -> Option<Self> {
        let policies = block.texts("policies", document);
        block.missing("policies", "policies = [\"cost-allocation\"]", document);
        for (policy, at) in &policies {
            if !known.contains(policy) && policy != "rego" && !policy.starts_with("rego.") {
                let hint = crate::diagnostic::suggest(policy, known.iter().map(String::as_str).chain(["rego"]));
                document.report(
                    at.clone(),
                    format!("{} names `{policy}`, which is no policy of this file", block.title),
                    hint,
                );
            }
        }
        let addresses = block.texts("addresses", document);
        block.missing("addresses", "addresses = [\"module.legacy.aws_db_instance.main\"]", document);
        for (address, at) in &addresses {
            if address.chars().all(|c| matches!(c, '*' | '.')) {
                let hint = Some("name the resources; a policy that holds for nothing should be taken away".to_owned());
                document.report(at.clone(), format!("{} lets everything pass", block.title), hint);
            }
        }
        let mut named = Vec::new();
        for (name, at) in block.texts("environments", document) {
            if !environments.contains(&name) {
                let hint = crate::diagnostic::suggest(&name, environments.iter().map(String::as_str));
                document.report(
                    at,
                    format!("{} names `{name}`, which is no environment of this file", block.title),
                    hint,
                );
            }
            named.push(name);
        }
        let folders = block.texts("folders", document);
        for (folder, at) in &folders {
            if folder.is_empty() || folder.chars().all(|c| matches!(c, '*' | '.' | '/')) {
                let hint = Some("name the folder of the configuration, such as envs/prod".to_owned());
                document.report(at.clone(), format!("{} holds in every folder", block.title), hint);
            }
        }
        let folder = |text: String| NamePattern(text.trim_start_matches("./").trim_end_matches('/').to_owned());
        let folders = texts(folders).into_iter().map(folder).collect();
        let tags = block.texts("tags", document).into_iter().map(|(text, _)| text).collect();
        let mut person = |field: &'static str, example: &str, document: &mut Document<'_>| {
            let found = block.text(field, document).map(|(text, _)| text.trim().to_owned());
            block.missing(field, example, document);
            if found.as_deref() == Some("") {
                document.report(block.at.clone(), format!("`{field}` of {} is empty", block.title), None);
            }
            found
        };
        let owner = person("owner", "owner = \"jane\"", document);
        let approver = person("approver", "approver = \"jo\", somebody else than the owner", document);
        let reason = person("reason", "reason = \"replaced in March, TICKET-12\"", document);
        if let (Some(owner), Some(approver)) = (&owner, &approver)
            && owner.eq_ignore_ascii_case(approver)
        {
            let at = block.place("approver").unwrap_or(block.at.clone());
            document.report(
                at,
                format!("{} is approved by its owner", block.title),
                Some("name somebody else".to_owned()),
            );
        }
        let expires = block.day("expires", document);
        block.missing("expires", "expires = \"2027-01-31\"", document);
        Some(Self {
            name,
            policies: texts(policies),
            tags,
            addresses: texts(addresses).into_iter().map(AddressPattern).collect(),
            environments: named,
            folders,
            owner: owner?,
            approver: approver?,
            reason: reason?,
            expires: expires?,
            place: document.place(&block.at),
            bytes: block.at.clone(),
        })
    }

    /// Whether it says the same as another, wherever either stands.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let elsewhere = Self { place: other.place, bytes: other.bytes.clone(), ..self.clone() };
        elsewhere == *other
    }

    /// Whether it is about a policy's finding on a resource of the configuration in `folder`, of a tag where it is one of a tag.
    /// Where it names environments, one that is not known is none of them.
    pub fn covers(
        &self,
        policy: &str,
        address: &str,
        tag: Option<&str>,
        environment: Option<&str>,
        folder: &str,
    ) -> bool {
        self.is_about(policy, environment)
            && self.has_folder(folder)
            && self.addresses.iter().any(|a| a.matches(address))
            && (self.tags.is_empty() || tag.is_some_and(|tag| self.tags.iter().any(|t| t == tag)))
    }

    /// Whether it is about a policy's finding on a whole configuration, whose folder is one of its addresses.
    pub fn covers_configuration(&self, policy: &str, folder: &str, environment: Option<&str>) -> bool {
        self.is_about(policy, environment) && self.tags.is_empty() && self.addresses.iter().any(|a| a.matches(folder))
    }

    /// Whether it holds for the configuration in a folder: two configurations can have resources of one address.
    pub fn has_folder(&self, folder: &str) -> bool {
        let folder = folder.trim_start_matches("./").trim_end_matches('/');
        if self.folders.is_empty() { folder.is_empty() } else { self.folders.iter().any(|f| f.matches(folder)) }
    }

    fn is_about(&self, policy: &str, environment: Option<&str>) -> bool {
        self.policies.iter().any(|p| p == policy || (p == "rego" && policy.starts_with("rego.")))
            && (self.environments.is_empty() || environment.is_some_and(|e| self.environments.iter().any(|n| n == e)))
    }
}

fn texts(list: Vec<(String, Range<usize>)>) -> Vec<String> {
    list.into_iter().map(|(text, _)| text).collect()
}
