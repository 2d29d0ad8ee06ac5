//! From a verified identity to a caller: the person or service account of the policy file, the role, and the charges that are seen.

use http::StatusCode;
use serde_json::{Map, Value};
use tollgate_model::query::CostFilter;
use tollgate_pipeline::RowFilter;
use tollgate_policy::{ClaimValue, Person, Policy, Role, RoleGrant, ServiceAccount};

use crate::Refused;
use crate::caller::CallerKind;

/// An identity that a provider signed.
#[derive(Clone, Copy)]
pub(crate) struct SignedIdentity<'i> {
    /// The provider's name in the policy file.
    pub(crate) provider: &'i str,
    pub(crate) claims: &'i Map<String, Value>,
    /// Whether a person signed in, instead of a program that sent a token.
    pub(crate) signed_in: bool,
}

/// What a caller is and may see.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Admission {
    pub(crate) name: String,
    pub(crate) kind: CallerKind,
    pub(crate) role: Role,
    pub(crate) filter: RowFilter,
}

impl SignedIdentity<'_> {
    fn subject(&self) -> &str {
        self.claims.get("sub").and_then(Value::as_str).unwrap_or_default()
    }

    /// The e-mail address, if the provider verified it. Without `email_verified`, an address may be that of somebody else.
    fn email(&self) -> Option<&str> {
        let verified = self.claims.get("email_verified").is_some_and(|v| v == true || v == "true");
        self.claims.get("email").and_then(Value::as_str).filter(|_| verified)
    }

    fn has(&self, wanted: &ClaimValue) -> bool {
        let text = |value: &Value| match value {
            Value::String(text) => *text == wanted.value,
            Value::Bool(flag) => wanted.value.parse() == Ok(*flag),
            Value::Number(number) => number.to_string() == wanted.value,
            _ => false,
        };
        wanted.provider == self.provider
            && match self.claims.get(&wanted.claim) {
                Some(Value::Array(list)) => list.iter().any(text),
                Some(one) => text(one),
                None => false,
            }
    }

    fn is_subject_of(&self, subjects: &[tollgate_policy::Subject]) -> bool {
        subjects.iter().any(|s| s.provider == self.provider && s.subject == self.subject())
    }

    /// The person of the policy file: by subject, or by a verified address where the file has no subject of this provider for them.
    fn person<'p>(&self, policy: &'p Policy) -> Option<&'p Person> {
        let by_email = |person: &&Person| {
            let has_subject = person.subjects.iter().any(|s| s.provider == self.provider);
            let same = person.email.as_deref().zip(self.email()).is_some_and(|(a, b)| same_address(a, b));
            !has_subject && same
        };
        let by_subject = policy.people.iter().find(|person| self.is_subject_of(&person.subjects));
        by_subject.or_else(|| policy.people.iter().find(by_email))
    }

    /// Admits the identity as a caller.
    ///
    /// # Errors
    ///
    /// 403 when the policy file neither names it nor gives it a role.
    pub(crate) fn admit(&self, policy: &Policy) -> Result<Admission, Refused> {
        if let Some(account) = policy.service_accounts.iter().find(|account| self.is_subject_of(&account.subjects)) {
            return match self.signed_in {
                true => Err(not_admitted("a service account does not sign in")),
                false => Ok(admit_account(account)),
            };
        }
        let person = self.person(policy);
        let grants: Vec<&RoleGrant> = policy.roles.iter().filter(|grant| self.is_member(grant, person)).collect();
        if person.is_none() && grants.is_empty() {
            return Err(not_admitted("tollgate.hcl neither names this identity nor gives it a role"));
        }
        let role = grants.iter().map(|grant| grant.role).max().unwrap_or(Role::Viewer);
        let of_role: Vec<&[CostFilter]> =
            grants.iter().filter(|grant| grant.role == role).map(|grant| grant.sees.as_slice()).collect();
        let mut sees = merge(&of_role);
        sees.extend(person.iter().flat_map(|person| person.sees.iter().cloned()));
        let name = person.map_or_else(|| format!("{}:{}", self.provider, self.subject()), |person| person.name.clone());
        let kind = if person.is_some() || self.signed_in { CallerKind::Person } else { CallerKind::ServiceAccount };
        Ok(Admission { name, kind, role, filter: RowFilter::of(sees) })
    }

    fn is_member(&self, grant: &RoleGrant, person: Option<&Person>) -> bool {
        person.is_some_and(|person| grant.people.contains(&person.name))
            || self.email().is_some_and(|email| grant.emails.iter().any(|known| same_address(known, email)))
            || grant.claims.iter().any(|claim| self.has(claim))
    }

    /// The claims that people and roles of a policy use: what a session keeps.
    pub(crate) fn used_claims(&self, policy: &Policy) -> Map<String, Value> {
        let of_roles = policy.roles.iter().flat_map(|grant| &grant.claims);
        let names = of_roles.filter(|claim| claim.provider == self.provider).map(|claim| claim.claim.as_str());
        let names: Vec<&str> = names.chain(["sub", "email", "email_verified"]).collect();
        let used = self.claims.iter().filter(|(name, _)| names.contains(&name.as_str()));
        used.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// A service account has the role and the charges of its block.
pub(crate) fn admit_account(account: &ServiceAccount) -> Admission {
    Admission {
        name: account.name.clone(),
        kind: CallerKind::ServiceAccount,
        role: account.role,
        filter: RowFilter::of(account.sees.clone()),
    }
}

fn not_admitted(detail: &str) -> Refused {
    Refused::new(StatusCode::FORBIDDEN, "not_admitted", "this identity has no access to Tollgate")
        .hint("a person, a service_account or a role of tollgate.hcl names who has access")
        .detail(detail)
}

fn same_address(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// What a member of several `members` blocks of one role sees: everything, if one of them sees everything; the values of all, where each
/// has one condition on the same field; otherwise only what every one of them sees.
fn merge(grants: &[&[CostFilter]]) -> Vec<CostFilter> {
    if grants.iter().any(|sees| sees.is_empty()) {
        return Vec::new();
    }
    if let [[first], rest @ ..] = grants
        && !first.excludes
        && rest.iter().all(|sees| matches!(sees, [one] if one.field == first.field && !one.excludes))
    {
        let mut merged = first.clone();
        let values = rest.iter().flat_map(|sees| sees.iter()).flat_map(|filter| filter.values.iter().cloned());
        values.for_each(|value| {
            if !merged.values.contains(&value) {
                merged.values.push(value);
            }
        });
        return vec![merged];
    }
    grants.concat()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const POLICY: &str = r#"
dimension "team" { value = charge.tags.team }
identity "company" {
  issuer    = "https://login.example.com"
  client_id = "tollgate"
}
identity "partner" {
  issuer    = "https://partner.example.com"
  client_id = "tollgate"
}
person "jane" {
  email    = "jane@example.com"
  subjects = ["company:00u1"]
}
person "jo" {
  email = "jo@example.com"
  sees  = ["account=1*"]
}
service_account "ci" {
  role     = "engineer"
  owner    = "jane"
  subjects = ["company:0oa1"]
  sees     = ["team=payments"]
}
role "viewer" {
  members "payments" {
    groups = ["company:payments"]
    sees   = ["team=payments"]
  }
  members "search" {
    groups = ["company:search"]
    sees   = ["team=search"]
  }
  members "dublin" {
    claims = ["company:office=dublin"]
    sees   = ["region=eu-west-1"]
  }
  members "finance" { claims = ["company:finance=true"] }
}
role "approver" {
  people = ["jane"]
  emails = ["ann@example.com"]
}
"#;

    fn admit(provider: &str, signed_in: bool, claims: Value) -> Result<Admission, Refused> {
        let policy = Policy::parse("t", POLICY).unwrap();
        let Value::Object(claims) = claims else { panic!("{claims}") };
        SignedIdentity { provider, claims: &claims, signed_in }.admit(&policy)
    }

    fn sees(claims: Value) -> String {
        format!("{:?}", admit("company", true, claims).unwrap().filter)
    }

    fn filter(conditions: &[&str]) -> RowFilter {
        RowFilter::of(conditions.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn a_person_is_found_by_subject_or_by_a_verified_address() {
        let jane = admit("company", true, json!({ "sub": "00u1" })).unwrap();
        assert_eq!((jane.name.as_str(), jane.role, jane.kind), ("jane", Role::Approver, CallerKind::Person));
        let jo = json!({ "sub": "x", "email": "JO@example.com", "email_verified": true });
        let jo = admit("partner", true, jo).unwrap();
        assert_eq!((jo.name.as_str(), jo.role, jo.filter), ("jo", Role::Viewer, filter(&["account=1*"])));
        // Somebody else's account with Jane's address, at the provider where her subject is known; and addresses nobody verified.
        for claims in [
            json!({ "sub": "00u2", "email": "jane@example.com", "email_verified": true }),
            json!({ "sub": "x", "email": "jo@example.com", "email_verified": false }),
            json!({ "sub": "x", "email": "jo@example.com" }),
            json!({ "sub": "x", "email": "ann@example.com" }),
            json!({ "sub": "x", "email": ["jo@example.com"], "email_verified": true }),
            json!({ "sub": "x", "name": "jane" }),
            json!({ "sub": "jane" }),
            json!({ "sub": "x", "groups": "company:payments" }),
            json!({ "sub": "x", "groups": { "payments": true } }),
        ] {
            assert_eq!(admit("company", true, claims.clone()).unwrap_err().code, "not_admitted", "{claims}");
        }
        // A subject and a group are those of one provider.
        assert!(admit("partner", true, json!({ "sub": "00u1" })).is_err());
        assert!(admit("partner", true, json!({ "sub": "x", "groups": ["payments"] })).is_err());
    }

    #[test]
    fn a_program_is_no_person() {
        let ci = admit("company", false, json!({ "sub": "0oa1", "groups": ["search"] })).unwrap();
        assert_eq!((ci.name.as_str(), ci.role, ci.kind), ("ci", Role::Engineer, CallerKind::ServiceAccount));
        assert_eq!(ci.filter, filter(&["team=payments"]));
        assert!(admit("company", true, json!({ "sub": "0oa1" })).is_err());
        let unnamed = admit("company", false, json!({ "sub": "0oa2", "finance": true })).unwrap();
        assert_eq!((unnamed.name.as_str(), unnamed.kind), ("company:0oa2", CallerKind::ServiceAccount));
    }

    #[test]
    fn members_of_several_blocks_see_no_more_than_the_file_says() {
        let groups = |groups: &[&str]| json!({ "sub": "x", "groups": groups });
        assert_eq!(sees(groups(&["payments"])), format!("{:?}", filter(&["team=payments"])));
        assert_eq!(sees(groups(&["payments", "search"])), format!("{:?}", filter(&["team=payments,search"])));
        let both = json!({ "sub": "x", "groups": ["payments"], "office": "dublin" });
        assert_eq!(sees(both), format!("{:?}", filter(&["team=payments", "region=eu-west-1"])));
        let finance = json!({ "sub": "x", "groups": ["payments"], "finance": true });
        assert_eq!(sees(finance), format!("{:?}", RowFilter::everything()));
    }

    #[test]
    fn a_session_keeps_only_the_claims_that_the_file_uses() {
        let policy = Policy::parse("t", POLICY).unwrap();
        let Value::Object(claims) = json!({ "sub": "1", "groups": ["a"], "phone": "1", "office": "x" }) else {
            panic!()
        };
        let identity = SignedIdentity { provider: "company", claims: &claims, signed_in: true };
        let kept: Vec<String> = identity.used_claims(&policy).keys().cloned().collect();
        assert_eq!(kept, ["sub", "groups", "office"]);
    }
}
