//! `person "jane" { … }` and `role "approver" { … }`: people and their permissions.

use serde::Serialize;
use tollgate_model::query::CostFilter;
use tollgate_model::same_person;

use crate::access::{ClaimValue, IdentityProvider, KnownCallers, Subject, read_claims, read_sees, read_subjects};
use crate::block::Block;
use crate::document::Document;

/// The chat whose member ids the file contains.
const SLACK: &str = "slack";

/// A person whom messages mention and who approves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Their name, unique in the file.
    pub name: String,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Their member id in Slack.
    pub slack: Option<String>,
    /// Their subjects in tokens of identity providers.
    pub subjects: Vec<Subject>,
    /// The charges that they may see, beside what their role may see: all of these conditions hold.
    pub sees: Vec<CostFilter>,
}

impl Person {
    /// Returns their member id in a chat, by the type of the chat.
    pub fn id_in(&self, chat: &str) -> Option<&str> {
        self.slack.as_deref().filter(|_| chat == SLACK)
    }

    /// Returns whether both are one person: by name, by member id, by e-mail address or by subject.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        let same = |a: &Option<String>, b: &Option<String>| {
            a.as_ref().zip(b.as_ref()).is_some_and(|(a, b)| a.trim().eq_ignore_ascii_case(b.trim()))
        };
        same_person(&self.name, &other.name)
            || same(&self.slack, &other.slack)
            || same(&self.email, &other.email)
            || self.subjects.iter().any(|subject| other.subjects.contains(subject))
    }

    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        (dimensions, providers): (&[String], &[IdentityProvider]),
        document: &mut Document<'_>,
    ) -> Self {
        let mut text = |field, document: &mut Document<'_>| block.text(field, document).map(|(t, _)| t.to_owned());
        let (email, slack) = (text("email", document), text("slack", document));
        let sets_subjects = block.place("subjects").is_some();
        let subjects = read_subjects(block, providers, document);
        let sees = read_sees(block, dimensions, Role::Viewer, document);
        if email.is_none() && slack.is_none() && !sets_subjects {
            let hint = "add slack = \"U012AB3CD\" or email = \"jane@example.com\"";
            document.report(
                block.at.clone(),
                format!("{} has no member id, e-mail address or subject", block.title),
                Some(hint.to_owned()),
            );
        }
        Self { name, email, slack, subjects, sees }
    }
}

/// The permissions of a person. Each role includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Views incidents and budgets.
    Viewer,
    /// Acknowledges, snoozes and assigns incidents, gives feedback, proposes plans.
    Engineer,
    /// Approves and declines change plans.
    Approver,
    /// Everything.
    Admin,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Engineer, Self::Approver, Self::Admin];

    /// Returns the spelling of the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Engineer => "engineer",
            Self::Approver => "approver",
            Self::Admin => "admin",
        }
    }
}

/// The members of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleGrant {
    /// The role.
    pub role: Role,
    /// People of the file.
    pub people: Vec<String>,
    /// Member ids in Slack; `*` is everybody of the workspace.
    pub slack_users: Vec<String>,
    /// User groups in Slack, by id.
    pub slack_groups: Vec<String>,
    /// E-mail addresses, as verified by Slack or by an identity provider.
    pub emails: Vec<String>,
    /// Claims of tokens, groups among them.
    pub claims: Vec<ClaimValue>,
    /// The charges that the members may see: all of these conditions hold.
    pub sees: Vec<CostFilter>,
    /// The name of the `members` block; `None` for the members of the role itself.
    pub members: Option<String>,
}

impl RoleGrant {
    /// Member ids in a chat, by the chat's type; `*` is every full member.
    pub fn users_in(&self, chat: &str) -> &[String] {
        if chat == SLACK { &self.slack_users } else { &[] }
    }

    /// User groups in a chat, by the chat's type.
    pub fn groups_in(&self, chat: &str) -> &[String] {
        if chat == SLACK { &self.slack_groups } else { &[] }
    }

    /// Reads the members of a role, and those of the `members` blocks in it.
    pub(crate) fn read(
        name: &str,
        block: &mut Block<'_>,
        known: &KnownCallers<'_>,
        document: &mut Document<'_>,
    ) -> Vec<Self> {
        let role = Role::ALL.into_iter().find(|r| r.as_str() == name);
        if role.is_none() {
            let hint = crate::diagnostic::suggest(name, Role::ALL.map(Role::as_str));
            document.report(block.at.clone(), format!("there is no role `{name}`"), hint);
        }
        let of_role = role.unwrap_or(Role::Viewer);
        let mut out = vec![Self::read_members(of_role, None, block, known, document)];
        for (members, mut inner) in block.named_children("members", document) {
            if out.iter().any(|grant| grant.members.as_ref() == Some(&members)) {
                let hint = Some("rename one".to_owned());
                document.report(inner.at.clone(), format!("{} is there twice", inner.title), hint);
            }
            out.push(Self::read_members(of_role, Some(members), &mut inner, known, document));
            inner.finish(document);
        }
        if role.is_some() { out } else { Vec::new() }
    }

    fn read_members(
        role: Role,
        members: Option<String>,
        block: &mut Block<'_>,
        known: &KnownCallers<'_>,
        document: &mut Document<'_>,
    ) -> Self {
        let out = Self {
            role,
            slack_users: block.list("slack_users", document),
            slack_groups: block.list("slack_groups", document),
            emails: block.list("emails", document),
            people: read_people(block, "people", known.people, document),
            claims: read_claims(block, known.providers, document),
            sees: read_sees(block, known.dimensions, role, document),
            members,
        };
        if role >= Role::Approver && out.slack_users.iter().any(|u| u == "*") {
            document.report(
                block.at.clone(),
                format!("{} cannot be for everybody", block.title),
                Some("name its people, groups or e-mail addresses".to_owned()),
            );
        }
        out
    }
}

/// Reads names of people of the file.
pub(crate) fn read_people(
    block: &mut Block<'_>,
    field: &'static str,
    people: &[Person],
    document: &mut Document<'_>,
) -> Vec<String> {
    let mut out = Vec::new();
    for (name, at) in block.texts(field, document) {
        if people.iter().any(|p| p.name == name) {
            out.push(name);
        } else {
            let known = people.iter().map(|p| p.name.as_str());
            let hint = crate::diagnostic::suggest(&name, known)
                .or(Some(format!("add person \"{name}\" {{ slack = \"U012AB3CD\" }}")));
            document.report(at, format!("{} names `{name}`, which is no person of this file", block.title), hint);
        }
    }
    out
}
