//! Who acts: a person of the policy file, an AWS identity or a user of this machine, and never nobody.

use anyhow::{bail, ensure};
use tollgate_model::same_person;
use tollgate_pipeline::{Actor, Context};
use tollgate_policy::{Policy, nearest};

use crate::args::{ActorArgs, Args};
use crate::aws::caller;
use crate::setup::{place, variable};

/// The actor of a command. `--by` names a person; without it the AWS identity of a store on AWS acts, otherwise the user of this machine,
/// and in a container without one again the AWS identity.
pub(crate) async fn actor(args: &Args, actor: &ActorArgs) -> anyhow::Result<Actor> {
    let on_aws = place(args)?.is_some();
    let caller = if on_aws { caller().await } else { None };
    let user = || ["USER", "LOGNAME"].into_iter().find_map(|name| variable(name).filter(|user| !user.is_empty()));
    let name = match (&actor.by, &caller) {
        (Some(by), _) if !by.trim().is_empty() => by.clone(),
        (_, Some(arn)) => arn.clone(),
        (_, None) => match user() {
            Some(user) => user,
            None => self::caller_of_machine().await?,
        },
    };
    let caller = caller.filter(|arn| *arn != name);
    Ok(Actor { caller, ..Actor::on_command_line(&name) })
}

async fn caller_of_machine() -> anyhow::Result<String> {
    let Some(arn) = caller().await else {
        bail!("it is not known who acts: USER is not set\nhint: add --by PERSON, a person of tollgate.hcl")
    };
    Ok(arn)
}

/// The actor of an approval, who is a person of the policy file where it has people.
pub(crate) async fn approver(args: &Args, context: &Context, by: &ActorArgs) -> anyhow::Result<Actor> {
    let actor = actor(args, by).await?;
    if by.by.is_some() {
        check_person(&context.state.policy, &actor.name)?;
    }
    Ok(actor)
}

fn check_person(policy: &Policy, name: &str) -> anyhow::Result<()> {
    let people: Vec<&str> = policy.people.iter().map(|p| p.name.as_str()).collect();
    let hint = match nearest(name, people.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("people: {}; `person \"{name}\" {{ … }}` declares one", people.join(", ")),
    };
    ensure!(
        people.is_empty() || people.iter().any(|person| same_person(person, name)),
        "`{name}` is no person of tollgate.hcl\nhint: {hint}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approver_is_a_person_of_the_file() {
        let policy = Policy::parse("t", "person \"ann\" {\n email = \"ann@example.com\"\n}").unwrap();
        assert!(check_person(&policy, "Ann").is_ok());
        let error = check_person(&policy, "anne").unwrap_err().to_string();
        assert_eq!(error, "`anne` is no person of tollgate.hcl\nhint: did you mean `ann`?");
        let error = check_person(&policy, "somebody").unwrap_err().to_string();
        assert!(error.contains("people: ann; "), "{error}");
        assert!(check_person(&Policy::without_file(), "anyone").is_ok());
    }
}
