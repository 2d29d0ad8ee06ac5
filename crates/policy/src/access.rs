//! `identity "company" { … }` and `service_account "ci" { … }`: who may call the API beside the people of the file, and what callers see.

use std::ops::Range;

use serde::Serialize;
use tollgate_model::query::CostFilter;
use tollgate_model::same_person;

use crate::block::Block;
use crate::document::Document;
use crate::people::{Person, read_people};
use crate::view::{read_list, report};
use crate::{Role, RoleGrant};

/// An identity provider: it signs people in, and signs the bearer tokens of programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdentityProvider {
    /// Its name, unique in the file.
    pub name: String,
    /// The exact value of `iss` of its tokens; `/.well-known/openid-configuration` below it is its configuration.
    pub issuer: String,
    /// The address of Tollgate's pages, to which it sends people back; `None` for the address that the process listens on.
    pub address: Option<String>,
    /// The client with which people sign in; `None` when they do not sign in with it.
    pub client_id: Option<String>,
    /// The name of the client's secret; `None` for a public client.
    pub client_secret: Option<String>,
    /// The audiences of the bearer tokens that are accepted; empty when none are.
    pub audiences: Vec<String>,
    /// The scopes of a sign-in.
    pub scopes: Vec<String>,
    /// The claim that lists groups.
    pub groups_claim: String,
}

/// A program that calls the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceAccount {
    /// Its name, unique in the file and different from those of people.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// The person who answers for it.
    pub owner: Option<String>,
    /// Its subjects in tokens.
    pub subjects: Vec<Subject>,
    /// The charges that it may see: all of these conditions hold.
    pub sees: Vec<CostFilter>,
}

/// Somebody in the tokens of a provider: `company:00u1abcd`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// The provider's name.
    pub provider: String,
    /// The value of `sub`.
    pub subject: String,
}

/// A claim of a provider's tokens: `company:department=finance`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimValue {
    /// The provider's name.
    pub provider: String,
    /// The claim.
    pub claim: String,
    /// Its value, or one of its values.
    pub value: String,
}

/// The scopes of a sign-in.
const SCOPES: [&str; 3] = ["openid", "email", "profile"];
/// The claim that lists groups.
const GROUPS: &str = "groups";

impl IdentityProvider {
    pub(crate) fn read(name: String, block: &mut Block<'_>, document: &mut Document<'_>) -> Self {
        let issuer = block.text("issuer", document);
        block.missing("issuer", "issuer = \"https://login.example.com\"", document);
        if let Some((text, at)) = &issuer {
            check_issuer(text, at.clone(), document);
        }
        let address = block.text("address", document);
        if let Some((text, at)) = &address {
            check_address(text, at.clone(), document);
        }
        let address = address.map(|(text, _)| text.trim_end_matches('/').to_owned());
        let mut text = |field, document: &mut Document<'_>| block.text(field, document).map(|(t, _)| t.to_owned());
        let (client_id, client_secret) = (text("client_id", document), text("client_secret", document));
        let audiences = block.list("audiences", document);
        if client_id.is_none() && audiences.is_empty() {
            let hint = "add client_id for the sign-in of people, or audiences for bearer tokens";
            document.report(
                block.at.clone(),
                format!("{} accepts neither people nor tokens", block.title),
                Some(hint.to_owned()),
            );
        }
        let scopes = block.texts_or("scopes", SCOPES.map(str::to_owned).into(), document);
        if !scopes.iter().any(|scope| scope == "openid") {
            let at = block.place("scopes").unwrap_or_else(|| block.at.clone());
            let hint = Some("without it, the provider signs no identity".to_owned());
            document.report(at, format!("`scopes` of {} need `openid`", block.title), hint);
        }
        let groups_claim = block.text("groups_claim", document).map_or(GROUPS, |(text, _)| text).to_owned();
        block.set_default("groups_claim", format!("{GROUPS:?}"));
        let issuer = issuer.map(|(text, _)| text.to_owned()).unwrap_or_default();
        Self { name, issuer, address, client_id, client_secret, audiences, scopes, groups_claim }
    }
}

/// A provider is asked over TLS, except on this machine.
fn check_issuer(text: &str, at: Range<usize>, document: &mut Document<'_>) {
    if host_of(text).is_none() {
        let hint = Some("write the `issuer` of its configuration, such as \"https://login.example.com\"".to_owned());
        document.report(at, format!("`{text}` is not the https address of an issuer"), hint);
    }
}

/// Cookies and the way back from a provider need TLS, except on this machine.
fn check_address(text: &str, at: Range<usize>, document: &mut Document<'_>) {
    if host_of(text).is_none_or(|host| host.trim_end_matches('/').contains('/')) {
        let hint = Some("write an address without a path, such as \"https://tollgate.example.com\"".to_owned());
        document.report(at, format!("`{text}` is not the https address of a site"), hint);
    }
}

/// The host and the path of an address with TLS, or of this machine.
fn host_of(text: &str) -> Option<&str> {
    let host = text.strip_prefix("https://").or_else(|| {
        let host = text.strip_prefix("http://")?;
        let name = host.split('/').next().unwrap_or_default();
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let name = name.rsplit_once(':').filter(|(_, port)| is_digits(port)).map_or(name, |(name, _)| name);
        matches!(name, "localhost" | "127.0.0.1" | "[::1]").then_some(host)
    });
    host.filter(|host| !host.is_empty() && !host.starts_with('/') && !host.contains(['?', '#', '@', ' ', '\\']))
}

impl ServiceAccount {
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        known: &KnownCallers<'_>,
        document: &mut Document<'_>,
    ) -> Self {
        if known.people.iter().any(|person| same_person(&person.name, &name)) {
            let hint = Some("the audit log names both the same: choose another name".to_owned());
            document.report(block.at.clone(), format!("{} has the name of a person", block.title), hint);
        }
        let roles = Role::ALL.map(|role| (role.as_str(), role));
        let role = block.word_or("role", &roles, Role::Viewer, document);
        let owners = read_people(block, "owner", known.people, document);
        if owners.len() > 1 {
            let at = block.place("owner").unwrap_or_else(|| block.at.clone());
            document.report(at, format!("{} has several owners", block.title), Some("name one person".to_owned()));
        }
        block.missing("owner", "owner = \"jane\", the person who answers for it", document);
        let subjects = read_subjects(block, known.providers, document);
        let sees = read_sees(block, known.dimensions, role, document);
        Self { name, role, owner: owners.into_iter().next(), subjects, sees }
    }
}

/// The names that callers may refer to.
pub(crate) struct KnownCallers<'p> {
    pub(crate) dimensions: &'p [String],
    pub(crate) providers: &'p [IdentityProvider],
    pub(crate) people: &'p [Person],
}

/// Reads subjects: `company:00u1abcd`.
pub(crate) fn read_subjects(
    block: &mut Block<'_>,
    providers: &[IdentityProvider],
    document: &mut Document<'_>,
) -> Vec<Subject> {
    let texts = block.texts("subjects", document);
    let subjects = texts.into_iter().filter_map(|(text, at)| {
        let (provider, subject) = of_provider(&text, at, "00u1abcd", block, providers, document)?;
        Some(Subject { provider, subject })
    });
    subjects.collect()
}

/// Reads the members of a role by groups and claims: `company:finops`, `company:department=finance`.
pub(crate) fn read_claims(
    block: &mut Block<'_>,
    providers: &[IdentityProvider],
    document: &mut Document<'_>,
) -> Vec<ClaimValue> {
    let mut out = Vec::new();
    for (text, at) in block.texts("groups", document) {
        if let Some((provider, value)) = of_provider(&text, at, "finops", block, providers, document) {
            let claim =
                providers.iter().find(|p| p.name == provider).map_or(GROUPS, |p| p.groups_claim.as_str()).to_owned();
            out.push(ClaimValue { provider, claim, value });
        }
    }
    for (text, at) in block.texts("claims", document) {
        let example = "department=finance";
        let Some((provider, rest)) = of_provider(&text, at.clone(), example, block, providers, document) else {
            continue;
        };
        match rest.split_once('=') {
            Some((claim, value)) if !claim.is_empty() && !value.is_empty() => {
                out.push(ClaimValue { provider, claim: claim.to_owned(), value: value.to_owned() });
            }
            _ => {
                let hint = Some(format!("write \"{provider}:{example}\""));
                document.report(at, format!("`{text}` of {} has no value of a claim", block.title), hint);
            }
        }
    }
    out
}

/// Splits `company:finops` at its first colon and verifies the provider.
fn of_provider(
    text: &str,
    at: Range<usize>,
    example: &str,
    block: &Block<'_>,
    providers: &[IdentityProvider],
    document: &mut Document<'_>,
) -> Option<(String, String)> {
    let name = providers.first().map_or("company", |provider| provider.name.as_str());
    let Some((provider, rest)) = text.split_once(':').filter(|(_, rest)| !rest.is_empty()) else {
        let hint = Some(format!("write \"{name}:{example}\", with the name of an identity provider"));
        document.report(at, format!("`{text}` of {} names no identity provider", block.title), hint);
        return None;
    };
    if !providers.iter().any(|known| known.name == provider) {
        let known = providers.iter().map(|known| known.name.as_str());
        let hint = crate::diagnostic::suggest(provider, known)
            .or_else(|| Some(format!("add identity \"{provider}\" {{ issuer = \"https://login.example.com\" }}")));
        document.report(
            at,
            format!("{} names `{provider}`, which is no identity provider of this file", block.title),
            hint,
        );
        return None;
    }
    Some((provider.to_owned(), rest.to_owned()))
}

/// Reads what a caller may see.
pub(crate) fn read_sees(
    block: &mut Block<'_>,
    dimensions: &[String],
    role: Role,
    document: &mut Document<'_>,
) -> Vec<CostFilter> {
    let known: Vec<&str> = dimensions.iter().map(String::as_str).collect();
    let filters = read_list::<CostFilter>(block, "sees", document);
    for (filter, at) in &filters {
        report(filter.field.check(&known), at, block, document);
    }
    if let Some((_, at)) = filters.first().filter(|_| role == Role::Admin) {
        report_admin(at.clone(), &block.title, document);
    }
    filters.into_iter().map(|(filter, _)| filter).collect()
}

fn report_admin(at: Range<usize>, title: &str, document: &mut Document<'_>) {
    let hint = Some("an admin can change this file, so `sees` would not hold: use a lower role".to_owned());
    document.report(at, format!("{title} is an admin and cannot be limited to some charges"), hint);
}

/// Refuses a subject that a person or another service account has already.
pub(crate) fn check_subjects(
    account: &ServiceAccount,
    people: &[Person],
    accounts: &[ServiceAccount],
    block: &Block<'_>,
    document: &mut Document<'_>,
) {
    let of_people = people.iter().map(|person| ("person", &person.name, &person.subjects));
    let of_accounts = accounts.iter().map(|other| ("service_account", &other.name, &other.subjects));
    for (kind, name, subjects) in of_people.chain(of_accounts) {
        for Subject { provider, subject } in account.subjects.iter().filter(|subject| subjects.contains(subject)) {
            let message = format!("`{provider}:{subject}` is a subject of {kind} \"{name}\" already");
            document.report(block.at.clone(), message, Some("one subject is one caller".to_owned()));
        }
    }
}

/// Refuses `sees` for people whom a role makes admins.
pub(crate) fn check_admins(people: &[(Person, Range<usize>)], roles: &[RoleGrant], document: &mut Document<'_>) {
    let admins = roles.iter().filter(|grant| grant.role == Role::Admin);
    let admins: Vec<&String> = admins.flat_map(|grant| &grant.people).collect();
    for (person, at) in people.iter().filter(|(person, _)| !person.sees.is_empty() && admins.contains(&&person.name)) {
        report_admin(at.clone(), &format!("person \"{}\"", person.name), document);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    const COMPANY: &str =
        "identity \"company\" {\n issuer = \"https://login.example.com\"\n client_id = \"tollgate\"\n}\n";

    /// The same block, open for one more attribute.
    const COMPANY_OPEN: &str =
        "identity \"company\" {\n issuer = \"https://login.example.com\"\n client_id = \"tollgate\"\n";

    fn errors(text: &str) -> String {
        Policy::parse("tollgate.hcl", &format!("{COMPANY}{text}")).unwrap_err().to_string()
    }

    #[test]
    fn providers_accounts_people_and_roles_are_read() {
        let text = r#"
dimension "team" { value = charge.tags.team }
identity "company" {
  issuer    = "https://login.example.com/realms/a"
  audiences = ["https://tollgate.example.com"]
  address   = "https://tollgate.example.com/"
  groups_claim = "roles"
}
person "jane" {
  subjects = ["company:00u1"]
  sees     = ["team=payments,search", "account=1*"]
}
service_account "ci" {
  role     = "engineer"
  owner    = "jane"
  subjects = "company:0oa1"
  sees     = "team=payments"
}
role "viewer" {
  groups = ["company:finops"]
  members "payments" {
    groups = ["company:payments:eu"]
    claims = ["company:department=finance"]
    sees   = ["team=payments"]
  }
}
"#;
        let policy = Policy::parse("t", text).unwrap();
        let provider = &policy.identities[0];
        assert_eq!((provider.client_id.as_deref(), provider.groups_claim.as_str()), (None, "roles"));
        assert_eq!(provider.scopes, ["openid", "email", "profile"]);
        assert_eq!(provider.address.as_deref(), Some("https://tollgate.example.com"));
        assert_eq!(policy.people[0].subjects[0].subject, "00u1");
        assert_eq!(policy.people[0].sees.len(), 2);
        let account = &policy.service_accounts[0];
        assert_eq!((account.role, account.owner.as_deref()), (Role::Engineer, Some("jane")));
        let [all, payments] = policy.roles.as_slice() else { panic!("{:?}", policy.roles) };
        assert!(all.sees.is_empty() && all.members.is_none());
        assert_eq!(payments.members.as_deref(), Some("payments"));
        assert_eq!(payments.sees, [CostFilter::equal("team".parse().unwrap(), "payments")]);
        let claims: Vec<_> = payments.claims.iter().map(|c| (c.claim.as_str(), c.value.as_str())).collect();
        assert_eq!(claims, [("roles", "payments:eu"), ("department", "finance")]);
    }

    #[test]
    fn every_error_of_callers_has_its_place_and_a_hint() {
        let text = r#"
identity "plain" { issuer = "http://login.example.com" }
identity "again" {
  issuer = "https://login.example.com"
  audiences = ["a"]
  scopes = ["email"]
}
person "jane" { subjects = ["00u1"] }
person "jo" {
  subjects = ["compny:00u1"]
  sees     = ["teem=payments"]
}
person "ann" {
  email = "ann@example.com"
  sees  = ["account=1"]
}
role "admin" { people = ["ann"] }
role "engineer" {
  claims = ["company:department"]
  members "all" { sees = ["account"] }
}
service_account "jane" { role = "owner" }
service_account "ci" {
  owner = "jane"
  role  = "admin"
  sees  = ["account=1"]
}
"#;
        insta::assert_snapshot!(errors(text));
    }

    #[test]
    fn one_subject_is_one_caller() {
        let text = "person \"a\" { subjects = [\"company:1\"] }\nperson \"b\" { subjects = [\"company:1\"] }";
        assert!(errors(text).contains("person \"b\" is \"a\" again"), "{}", errors(text));
        let text = "person \"a\" { subjects = [\"company:1\"] }\nservice_account \"ci\" {\n owner = \"a\"\n subjects = [\"company:1\"]\n}";
        assert!(errors(text).contains("`company:1` is a subject of person \"a\" already"), "{}", errors(text));
    }

    #[test]
    fn an_address_of_pages_is_a_site_with_tls() {
        let parse = |address: &str| Policy::parse("t", &format!("{COMPANY_OPEN} address = \"{address}\"\n}}"));
        for address in ["https://a.example.com", "https://a.example.com:8443/", "http://127.0.0.1:8080"] {
            assert!(parse(address).is_ok(), "{address}");
        }
        for address in ["http://a.example.com", "https://a.example.com/x", "a.example.com", "https://a@b", ""] {
            let error = parse(address).unwrap_err().to_string();
            assert!(error.contains("is not the https address of a site"), "{address}");
        }
    }

    #[test]
    fn an_issuer_is_asked_over_tls_except_on_this_machine() {
        let parse = |issuer: &str| {
            Policy::parse("t", &format!("identity \"a\" {{\n issuer = \"{issuer}\"\n client_id = \"c\"\n}}"))
        };
        for issuer in [
            "https://a.example.com",
            "https://a.example.com/t/v2.0",
            "http://localhost:8080",
            "http://[::1]:80",
            "http://127.0.0.1:1/a",
        ] {
            assert!(parse(issuer).is_ok(), "{issuer}");
        }
        for issuer in [
            "http://a.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.evil.example",
            "https://",
            "https:///a",
            "https://a@b",
            "https://a?b",
            "https://a#b",
            "ftp://a",
            "http://localhost@evil.example",
        ] {
            assert!(parse(issuer).is_err(), "{issuer}");
        }
    }
}
