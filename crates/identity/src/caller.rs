//! The caller of a request: who, in which tenant, with which role, and what they see.

use std::collections::BTreeSet;
use std::fmt;

use http::StatusCode;
use tollgate_pipeline::{Actor, RowFilter};
use tollgate_policy::Role;

use crate::{Permission, Refused};

/// What a caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// A person who signed in, or whose token an issuer signed.
    Person,
    /// A program with an API key or a token of its own.
    ServiceAccount,
    /// The user of the machine on which `tollgate serve` runs.
    LocalOwner,
}

impl CallerKind {
    /// Returns the spelling in JSON and in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::ServiceAccount => "service_account",
            Self::LocalOwner => "local_owner",
        }
    }
}

/// How a caller was identified.
///
/// Displayed as the audit log has it, without any secret: `API, key k3f9a2bc`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// A session after a sign-in with an identity provider, by the provider's name in the policy file.
    Session(String),
    /// A session after the one-time link of `tollgate serve`.
    LocalLink,
    /// An API key, by its public id.
    Key(String),
    /// A bearer token of an identity provider, by the provider's name in the policy file.
    Token(String),
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(provider) => write!(f, "page, signed in with {provider}"),
            Self::LocalLink => f.write_str("page, one-time link"),
            Self::Key(id) => write!(f, "API, key {id}"),
            Self::Token(provider) => write!(f, "API, token of {provider}"),
        }
    }
}

/// The caller of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The tenant, from the identity and never from a parameter.
    pub tenant: String,
    /// A person of the policy file, the name of a service account, or `PROVIDER:SUBJECT` for somebody whom the policy file does not name.
    pub name: String,
    /// What the caller is.
    pub kind: CallerKind,
    /// The role.
    pub role: Role,
    /// The permissions that an API key is limited to; `None` for all permissions of the role.
    pub scopes: Option<BTreeSet<Permission>>,
    /// The charges that the caller may see.
    pub filter: RowFilter,
    /// How the caller was identified.
    pub way: Way,
}

impl Caller {
    /// Returns whether the caller may see every charge.
    pub fn sees_everything(&self) -> bool {
        self.filter == RowFilter::everything()
    }

    /// Verifies a permission.
    ///
    /// # Errors
    ///
    /// 403 when the role is too low, when the scopes of the key do not include the permission, when the permission is for people only, or
    /// when the caller sees only some charges and the answer cannot be narrowed to them.
    pub fn require(&self, permission: Permission) -> Result<(), Refused> {
        let row = permission.row();
        let (name, scope) = (&self.name, row.scope);
        if self.role < row.role {
            let (has, needs) = (self.role.as_str(), row.role.as_str());
            return Err(Refused::new(
                StatusCode::FORBIDDEN,
                "role_too_low",
                format!("`{scope}` needs the role {needs}; {name} is {has}"),
            )
            .hint(format!("role \"{needs}\" in tollgate.hcl names who has it")));
        }
        if self.scopes.as_ref().is_some_and(|scopes| !scopes.contains(&permission)) {
            return Err(Refused::new(
                StatusCode::FORBIDDEN,
                "scope_missing",
                format!("the API key of {name} does not have the scope `{scope}`"),
            )
            .hint(format!("create a key with --scope {scope}")));
        }
        if row.people_only && self.kind == CallerKind::ServiceAccount {
            return Err(Refused::new(
                StatusCode::FORBIDDEN,
                "people_only",
                format!("`{scope}` is for people; {name} is a service account"),
            )
            .hint("a person decides on the page, in the chat or on the command line"));
        }
        if !row.narrows && !self.sees_everything() {
            return Err(Refused::new(
                StatusCode::FORBIDDEN,
                "sees_too_little",
                format!("`{scope}` cannot be narrowed to the charges that {name} may see"),
            )
            .hint("`sees` in tollgate.hcl limits the charges of this role, person or key"));
        }
        Ok(())
    }

    /// Returns the actor of decisions, changes and audit entries.
    pub fn actor(&self) -> Actor {
        Actor { caller: Some(self.way.to_string()), role: self.role, ..Actor::on_command_line(&self.name) }
    }
}
