//! Who acts, and in which role: the actor of every decision, change and audit entry.

use tollgate_policy::Role;

/// A person or program that acts, with the role that it acts in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// A person of the policy file, or a member of a chat: `slack:U012AB3CD`.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The type of the chat in which they act, where they act in one.
    pub chat: Option<String>,
    /// The AWS identity with which they act on the command line, where the store is on AWS; or how the API identified them:
    /// `API, key k3f9a2bc`.
    pub caller: Option<String>,
}

impl Actor {
    /// A user of the command line, who has the credentials of the store, by the name that they give.
    pub fn on_command_line(name: &str) -> Self {
        Self { name: name.to_owned(), role: Role::Admin, chat: None, caller: None }
    }

    /// Tollgate itself.
    pub(crate) fn tollgate() -> Self {
        Self { name: "tollgate".to_owned(), role: Role::Viewer, chat: None, caller: None }
    }

    /// Whether they act in a chat.
    pub const fn in_chat(&self) -> bool {
        self.chat.is_some()
    }

    /// Where they act, as the audit log has it: the type of the chat, the way into the API, or `command line`, with the AWS identity
    /// where it is known.
    pub fn way(&self) -> String {
        match (&self.chat, &self.caller) {
            (Some(chat), _) => chat.clone(),
            (None, Some(caller)) if caller.starts_with("arn:") => format!("command line, {caller}"),
            (None, Some(way)) => way.clone(),
            (None, None) => "command line".to_owned(),
        }
    }

    /// The refusal for an actor who lacks a role.
    pub(crate) fn lacks(&self, role: Role) -> String {
        let (has, needs) = (self.role.as_str(), role.as_str());
        format!("this needs the role {needs}; {} is {has} (role \"{needs}\" in tollgate.hcl)", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audit_log_has_the_way_of_each_actor() {
        let actor = Actor::on_command_line("ann");
        let by = |caller: &str| Actor { caller: Some(caller.to_owned()), ..actor.clone() }.way();
        assert_eq!(actor.way(), "command line");
        assert_eq!(by("arn:aws:sts::1:assumed-role/x/ann"), "command line, arn:aws:sts::1:assumed-role/x/ann");
        assert_eq!(by("API, key k3f9a2bc"), "API, key k3f9a2bc");
        assert_eq!(Actor { chat: Some("slack".to_owned()), ..actor }.way(), "slack");
    }
}
