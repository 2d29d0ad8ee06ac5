//! Who somebody is and what they may do: by the policy file, and by what the chat has verified.

use tollgate_channels::Chat;
use tollgate_policy::{Person, Policy, Role};

use crate::Actor;

impl Actor {
    /// A member of a chat's workspace. A member without a role is a viewer. A group or an address that the chat does not disclose gives no
    /// role. `"*"` is every full member, without guests.
    pub async fn in_workspace(policy: &Policy, chat: &dyn Chat, user: &str) -> Self {
        let by_id = person_with_id(policy, chat, user);
        let wants_email = policy.roles.iter().any(|r| !r.emails.is_empty())
            || policy.people.iter().any(|p| p.email.is_some() && p.id_in(chat.kind()).is_none());
        let email = match by_id {
            // The file names this person by id, so their address in the chat is not needed.
            Some(_) => None,
            None if wants_email => chat.email_of(user).await.ok().flatten(),
            None => None,
        };
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        let by_email = |p: &&Person| {
            p.id_in(chat.kind()).is_none()
                && matches!((&p.email, &email), (Some(theirs), Some(email)) if same(theirs, email))
        };
        let person = by_id.or_else(|| policy.people.iter().find(by_email));
        let mut role = Role::Viewer;
        for grant in policy.roles.iter().filter(|g| g.role > Role::Viewer) {
            if role >= grant.role {
                continue;
            }
            let users = grant.users_in(chat.kind());
            let mut has = users.iter().any(|u| u == user)
                || person.is_some_and(|p| grant.people.contains(&p.name))
                || email.as_ref().is_some_and(|email| grant.emails.iter().any(|e| same(e, email)));
            if !has && users.iter().any(|u| u == "*") {
                has = chat.is_full_member(user).await.unwrap_or(false);
            }
            for group in grant.groups_in(chat.kind()) {
                has = has || chat.is_in_group(user, group).await.unwrap_or(false);
            }
            if has {
                role = role.max(grant.role);
            }
        }
        let name = person.map_or_else(|| member_name(chat, user), |p| p.name.clone());
        Self { name, role, chat: Some(chat.kind().to_owned()), caller: None }
    }
}

/// The person of the policy file with a member id.
pub(super) fn person_with_id<'p>(policy: &'p Policy, chat: &dyn Chat, user: &str) -> Option<&'p Person> {
    policy.people.iter().find(|p| p.id_in(chat.kind()) == Some(user))
}

/// The name of a member who is not in the policy file.
pub(super) fn member_name(chat: &dyn Chat, user: &str) -> String {
    format!("{}:{user}", chat.kind())
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use jiff::Timestamp;
    use tollgate_channels::ChannelError;
    use tollgate_channels::chat::{ChatRequest, Form, Inbound, Refusal};

    /// A workspace in which U2 is jo@example.com, U3 is in the group S1 and U5 is a guest. Groups other than S1 cannot be read.
    struct Workspace;

    #[async_trait]
    impl Chat for Workspace {
        fn kind(&self) -> &'static str {
            "slack"
        }
        fn workspace(&self) -> &str {
            "T1"
        }
        fn open(&self, _: &ChatRequest<'_>, _: Timestamp) -> Result<Inbound, Refusal> {
            Err(Refusal::Unreadable("this workspace receives nothing".to_owned()))
        }
        async fn open_form(&self, _: &str, _: &Form) -> Result<(), ChannelError> {
            Ok(())
        }
        async fn answer(&self, _: &str, _: &str) -> Result<(), ChannelError> {
            Ok(())
        }
        async fn email_of(&self, user: &str) -> Result<Option<String>, ChannelError> {
            Ok((user == "U2").then(|| "Jo@example.com".to_owned()))
        }
        async fn is_in_group(&self, user: &str, group: &str) -> Result<bool, ChannelError> {
            match group {
                "S1" => Ok(user == "U3"),
                _ => Err(ChannelError::Refused { channel: "slack", message: "missing_scope".to_owned() }),
            }
        }
        async fn is_full_member(&self, user: &str) -> Result<bool, ChannelError> {
            Ok(user != "U5")
        }
    }

    async fn who(policy: &str, user: &str) -> (String, Role) {
        let policy = Policy::parse("t", policy).unwrap();
        let actor = Actor::in_workspace(&policy, &Workspace, user).await;
        (actor.name, actor.role)
    }

    const POLICY: &str = r#"
person "jane" { slack = "U1" }
person "jo"   { email = "jo@example.com" }
role "engineer" { slack_users = ["*"] }
role "approver" {
  people       = ["jane", "jo"]
  slack_groups = ["S0", "S1"]
}
role "admin" { emails = ["JO@EXAMPLE.COM"] }
"#;

    #[tokio::test]
    async fn roles_come_by_id_by_group_and_by_verified_address() {
        assert_eq!(who(POLICY, "U1").await, ("jane".to_owned(), Role::Approver));
        assert_eq!(who(POLICY, "U2").await, ("jo".to_owned(), Role::Admin));
        assert_eq!(who(POLICY, "U3").await, ("slack:U3".to_owned(), Role::Approver));
        assert_eq!(who(POLICY, "U4").await, ("slack:U4".to_owned(), Role::Engineer));
        assert_eq!(who(POLICY, "U5").await, ("slack:U5".to_owned(), Role::Viewer));
    }

    #[tokio::test]
    async fn without_roles_everybody_may_look_and_nobody_may_act() {
        assert_eq!(who("", "U1").await, ("slack:U1".to_owned(), Role::Viewer));
        // A group that cannot be read gives nobody a role.
        assert_eq!(who("role \"approver\" { slack_groups = [\"S9\"] }", "U3").await.1, Role::Viewer);
    }
}
