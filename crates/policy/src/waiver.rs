//! `waiver "legacy-db" { … }`: findings that may pass until a date, with an owner.

use std::ops::Range;

use serde::Serialize;
use tollgate_model::Day;
use tollgate_model::pattern::Pattern;

use crate::block::Block;
use crate::document::Document;
use crate::pattern::AddressPattern;

/// Findings that may pass, with the owner, the reason and the last day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiver {
    /// Its name, unique in the file.
    pub name: String,
    /// The policies or rules that it covers.
    pub policies: Vec<String>,
    /// The tag keys that it covers: all when empty.
    pub tags: Vec<String>,
    /// The resources that it covers.
    pub addresses: Vec<AddressPattern>,
    /// The environments that it covers: all when empty.
    pub environments: Vec<String>,
    /// The folders of configurations that it covers, relative to the policy file; the policy file's own folder when empty.
    pub folders: Vec<Pattern>,
    /// The person who is responsible.
    pub owner: String,
    /// The person who approved it.
    pub approver: String,
    /// The reason.
    pub reason: String,
    /// The last day on which it is in effect.
    pub expires: Day,
    /// Its place in the file: line and column, from 1.
    pub place: (usize, usize),
    /// The bytes of its keyword.
    pub bytes: Range<usize>,
}

impl Waiver {
    /// `known` are the policies and rules of the file. Rego policies are not known here: `rego` and `rego.NAME` are accepted.
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        known: &[String],
        environments: &[String],
        document: &mut Document<'_>,
    ) -> Option<Self> {
        let policies = read_policies(block, known, document);
        let addresses = read_addresses(block, document);
        let environments = read_environments(block, environments, document);
        let folders = read_folders(block, document);
        let tags = block.list("tags", document);
        let mut person = |field: &'static str, example: &str, document: &mut Document<'_>| {
            let found = block.text(field, document).map(|(text, _)| text.trim().to_owned());
            block.missing(field, example, document);
            if found.as_deref() == Some("") {
                document.report(block.at.clone(), format!("`{field}` of {} is empty", block.title), None);
            }
            found
        };
        let owner = person("owner", "owner = \"jane\"", document);
        let approver = person("approver", "approver = \"jo\", a person other than the owner", document);
        let reason = person("reason", "reason = \"replaced in March, TICKET-12\"", document);
        if let (Some(owner), Some(approver)) = (&owner, &approver)
            && owner.eq_ignore_ascii_case(approver)
        {
            let at = block.place("approver").unwrap_or(block.at.clone());
            document.report(
                at,
                format!("{} is approved by its owner", block.title),
                Some("name a different person".to_owned()),
            );
        }
        let expires = block.day("expires", document);
        block.missing("expires", "expires = \"2027-01-31\"", document);
        Some(Self {
            name,
            policies,
            tags,
            addresses,
            environments,
            folders,
            owner: owner?,
            approver: approver?,
            reason: reason?,
            expires: expires?,
            place: document.place(&block.at),
            bytes: block.at.clone(),
        })
    }

    /// Returns whether both have the same terms, wherever they are in their files.
    pub fn has_same_terms_as(&self, other: &Self) -> bool {
        let elsewhere = Self { place: other.place, bytes: other.bytes.clone(), ..self.clone() };
        elsewhere == *other
    }

    /// Returns whether it covers a policy's finding on a resource of the configuration in `folder`; of a tag, when the finding is
    /// about one. An unknown environment is none of those that it names.
    pub fn covers(
        &self,
        policy: &str,
        address: &str,
        tag: Option<&str>,
        environment: Option<&str>,
        folder: &str,
    ) -> bool {
        self.has_policy(policy, environment)
            && self.has_folder(folder)
            && self.addresses.iter().any(|a| a.matches(address))
            && (self.tags.is_empty() || tag.is_some_and(|tag| self.tags.iter().any(|t| t == tag)))
    }

    /// Returns whether it covers a policy's finding on a whole configuration, whose folder is one of its addresses.
    pub fn covers_configuration(&self, policy: &str, folder: &str, environment: Option<&str>) -> bool {
        self.has_policy(policy, environment) && self.tags.is_empty() && self.addresses.iter().any(|a| a.matches(folder))
    }

    /// Returns whether it covers the configuration in a folder: two configurations can have resources with the same address.
    pub fn has_folder(&self, folder: &str) -> bool {
        let folder = folder.trim_start_matches("./").trim_end_matches('/');
        if self.folders.is_empty() { folder.is_empty() } else { self.folders.iter().any(|f| f.matches(folder)) }
    }

    fn has_policy(&self, policy: &str, environment: Option<&str>) -> bool {
        self.policies.iter().any(|p| p == policy || (p == "rego" && policy.starts_with("rego.")))
            && (self.environments.is_empty() || environment.is_some_and(|e| self.environments.iter().any(|n| n == e)))
    }
}

fn read_policies(block: &mut Block<'_>, known: &[String], document: &mut Document<'_>) -> Vec<String> {
    let policies = block.texts("policies", document);
    block.missing("policies", "policies = [\"cost-allocation\"]", document);
    for (policy, at) in &policies {
        if !known.contains(policy) && policy != "rego" && !policy.starts_with("rego.") {
            let hint = crate::diagnostic::suggest(policy, known.iter().map(String::as_str).chain(["rego"]));
            let message = format!("{} names `{policy}`, which is no policy of this file", block.title);
            document.report(at.clone(), message, hint);
        }
    }
    policies.into_iter().map(|(text, _)| text).collect()
}

fn read_addresses(block: &mut Block<'_>, document: &mut Document<'_>) -> Vec<AddressPattern> {
    let addresses = block.texts("addresses", document);
    block.missing("addresses", "addresses = [\"module.legacy.aws_db_instance.main\"]", document);
    for (address, at) in &addresses {
        if address.chars().all(|c| matches!(c, '*' | '.' | '[' | ']')) {
            let hint = Some("name the resources; remove a policy that should apply to nothing".to_owned());
            document.report(at.clone(), format!("{} covers every resource", block.title), hint);
        }
    }
    addresses.into_iter().map(|(text, _)| AddressPattern(text)).collect()
}

fn read_environments(block: &mut Block<'_>, known: &[String], document: &mut Document<'_>) -> Vec<String> {
    let environments = block.texts("environments", document);
    for (name, at) in &environments {
        if !known.contains(name) {
            let hint = crate::diagnostic::suggest(name, known.iter().map(String::as_str));
            let message = format!("{} names `{name}`, which is no environment of this file", block.title);
            document.report(at.clone(), message, hint);
        }
    }
    environments.into_iter().map(|(text, _)| text).collect()
}

fn read_folders(block: &mut Block<'_>, document: &mut Document<'_>) -> Vec<Pattern> {
    let folders = block.texts("folders", document);
    for (folder, at) in &folders {
        if folder.is_empty() || folder.chars().all(|c| matches!(c, '*' | '.' | '/')) {
            let hint = Some("name the folder of the configuration, such as envs/prod".to_owned());
            document.report(at.clone(), format!("{} covers every folder", block.title), hint);
        }
    }
    let trimmed = |text: &str| Pattern(text.trim_start_matches("./").trim_end_matches('/').to_owned());
    folders.iter().map(|(text, _)| trimmed(text)).collect()
}
