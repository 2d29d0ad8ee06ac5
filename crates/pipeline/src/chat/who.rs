//! Who somebody is, and what they may do: by the policy file, and by what the chat has verified.

use tollgate_channels::Chat;
use tollgate_policy::{Person, Policy, Role};

/// Somebody who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// A person of the policy file, or `slack:U012AB3CD`.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they do it in a chat.
    pub in_chat: bool,
}

impl Actor {
    /// Whoever has the keys of the store, by the name that they give: the command line.
    pub fn on_command_line(name: &str) -> Self {
        Self { name: name.to_owned(), role: Role::Admin, in_chat: false }
    }

    /// Tollgate itself.
    pub(crate) fn tollgate() -> Self {
        Self { name: "tollgate".to_owned(), role: Role::Viewer, in_chat: false }
    }

    /// By which way they do it, as the audit log has it.
    pub const fn way(&self) -> &'static str {
        if self.in_chat { "slack" } else { "command line" }
    }

    /// What to say to somebody who may not.
    pub(crate) fn lacks(&self, role: Role) -> String {
        let (has, needs) = (self.role.as_str(), role.as_str());
        format!("this needs the role {needs}; {} is {has} (role \"{needs}\" in tollgate.hcl)", self.name)
    }

    /// A member of the chat's workspace. Whoever has no role is a viewer; a group or an address that the chat does not tell gives
    /// none. `"*"` is every full member, guests left out.
    pub async fn in_chat(policy: &Policy, chat: &dyn Chat, user: &str) -> Self {
        let by_slack = policy.people.iter().find(|p| p.slack.as_deref() == Some(user));
        let wants_email = policy.roles.iter().any(|r| !r.emails.is_empty())
            || policy.people.iter().any(|p| p.email.is_some() && p.slack.is_none());
        let email = match by_slack {
            // Whom the file names by id is known; their address in the chat is not asked for again.
            Some(_) => None,
            None if wants_email => chat.email_of(user).await.ok().flatten(),
            None => None,
        };
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        let by_email = |p: &&Person| {
            p.slack.is_none() && matches!((&p.email, &email), (Some(theirs), Some(email)) if same(theirs, email))
        };
        let person = by_slack.or_else(|| policy.people.iter().find(by_email));
        let mut role = Role::Viewer;
        for grant in policy.roles.iter().filter(|g| g.role > Role::Viewer) {
            if role >= grant.role {
                continue;
            }
            let named = grant.slack_users.iter().any(|u| u == user)
                || person.is_some_and(|p| grant.people.contains(&p.name))
                || email.as_ref().is_some_and(|email| grant.emails.iter().any(|e| same(e, email)));
            let mut has = named;
            if !has && grant.slack_users.iter().any(|u| u == "*") {
                has = chat.is_full_member(user).await.unwrap_or(false);
            }
            for group in &grant.slack_groups {
                has = has || chat.is_in_group(user, group).await.unwrap_or(false);
            }
            if has {
                role = role.max(grant.role);
            }
        }
        let name = person.map_or_else(|| format!("slack:{user}"), |p| p.name.clone());
        Self { name, role, in_chat: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use tollgate_channels::ChannelError;
    use tollgate_channels::chat::Form;

    /// A workspace in which U2 is jo@example.com, U3 is in the group S1 and U5 is a guest. Groups other than S1 cannot be read.
    struct Workspace;

    #[async_trait]
    impl Chat for Workspace {
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
        let actor = Actor::in_chat(&policy, &Workspace, user).await;
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
        // A group that cannot be read gives nobody anything.
        assert_eq!(who("role \"approver\" { slack_groups = [\"S9\"] }", "U3").await.1, Role::Viewer);
    }
}
