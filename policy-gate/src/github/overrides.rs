//! Overrides of soft policies: an approving review of the judged commit by a member of a named team, or a command in a comment.
//!
//! `/policy-gate override platform-money 1a2b3c4 the launch is agreed with finance`
//!
//! The command names the commit, so it does not hold for a later one. The author of the pull request cannot override, and an
//! edited comment does not count.

use std::collections::BTreeMap;

use serde_json::Value;
use tollgate_policy::{Enforcement, EnforcementTerms, Policy};

use super::client::{GitHub, GitHubError, encoded};
use super::event::PullRequest;
use crate::conclude::Override;

/// The start of a command.
const COMMAND: &str = "/policy-gate override ";
/// Pages of reviews and comments that are read.
const PAGES: u32 = 10;
/// The length of a reason in characters at most.
const REASON: usize = 300;

/// Returns the command that overrides a policy.
pub fn command_line(policy: &str, sha: &str) -> String {
    format!("{COMMAND}{policy} {} WHY", sha.get(..7).unwrap_or(sha))
}

/// A request for an override, before its author is checked.
struct OverrideRequest {
    who: String,
    policy: Option<String>,
    why: String,
    by: &'static str,
}

/// Returns the soft policies of a policy file, by name, with their terms.
fn soft_policies(policy: &Policy) -> Vec<(&str, &EnforcementTerms)> {
    let tags = policy.tag_policies.iter().map(|p| (p.name.as_str(), &p.terms));
    let rules = policy.rules.iter().map(|p| (p.name.as_str(), &p.terms));
    let budgets = policy.budget_policies.iter().map(|p| (p.name.as_str(), &p.terms));
    tags.chain(rules).chain(budgets).filter(|(_, terms)| terms.enforcement == Enforcement::Soft).collect()
}

/// Finds the overrides of a pull request. `members` reads the teams, perhaps with another token.
///
/// # Errors
///
/// When reviews or comments cannot be read. A team that cannot be read has no members.
pub async fn find_overrides(
    github: &GitHub,
    members: &GitHub,
    policy: &Policy,
    pull: &PullRequest,
) -> Result<(Vec<Override>, Vec<GitHubError>), GitHubError> {
    let soft = soft_policies(policy);
    let (mut out, mut unanswered) = (Vec::new(), Vec::new());
    if soft.is_empty() {
        return Ok((out, unanswered));
    }
    let mut asked = reviews(github, pull).await?;
    asked.extend(commands(github, pull).await?);
    let mut known: BTreeMap<(String, String), bool> = BTreeMap::new();
    for ask in asked {
        for (name, terms) in soft.iter().filter(|(name, _)| ask.policy.as_deref().is_none_or(|p| p == *name)) {
            for team in &terms.override_by {
                let at = (team.clone(), ask.who.clone());
                let member = match known.get(&at) {
                    Some(known) => *known,
                    None => {
                        let is = member(members, team, &ask.who).await;
                        let is = is.unwrap_or_else(|error| {
                            unanswered.push(error);
                            false
                        });
                        known.insert(at, is);
                        is
                    }
                };
                if member {
                    out.push(Override {
                        group: team.clone(),
                        policy: Some((*name).to_owned()),
                        approver: Some(ask.who.clone()),
                        reason: format!("{} ({})", ask.why, ask.by),
                    });
                }
            }
        }
    }
    Ok((out, unanswered))
}

/// Returns the last review of each reviewer, where it approves the judged commit.
async fn reviews(github: &GitHub, pull: &PullRequest) -> Result<Vec<OverrideRequest>, GitHubError> {
    let list = github.pages(&github.repo(&format!("pulls/{}/reviews", pull.number)), &[], PAGES).await?;
    let mut last: BTreeMap<String, &Value> = BTreeMap::new();
    for review in &list {
        let Some(who) = review["user"]["login"].as_str() else { continue };
        // A comment does not withdraw an approval.
        if review["state"] != "COMMENTED" {
            last.insert(who.to_owned(), review);
        }
    }
    let approves = |(who, review): &(String, &Value)| {
        *who != pull.author && review["state"] == "APPROVED" && review["commit_id"] == *pull.head
    };
    let asked = last.into_iter().filter(approves).map(|(who, review)| {
        let why = reason(review["body"].as_str().unwrap_or_default());
        let why = if why.is_empty() { "no reason given".to_owned() } else { why };
        OverrideRequest { who, policy: None, why, by: "approving review" }
    });
    Ok(asked.collect())
}

/// Returns the commands in comments of the pull request.
async fn commands(github: &GitHub, pull: &PullRequest) -> Result<Vec<OverrideRequest>, GitHubError> {
    let list = github.pages(&github.repo(&format!("issues/{}/comments", pull.number)), &[], PAGES).await?;
    let mut out = Vec::new();
    for comment in &list {
        let Some(who) = comment["user"]["login"].as_str() else { continue };
        let edited = comment["created_at"] != comment["updated_at"];
        let bot = comment["user"]["type"] == "Bot";
        if who == pull.author || edited || bot {
            continue;
        }
        for line in comment["body"].as_str().unwrap_or_default().lines() {
            out.extend(command(line, &pull.head).map(|(policy, why)| OverrideRequest {
                who: who.to_owned(),
                policy: Some(policy),
                why,
                by: "command",
            }));
        }
    }
    Ok(out)
}

/// Parses a command for a commit: the policy and the reason, which is required.
fn command(line: &str, head: &str) -> Option<(String, String)> {
    let rest = line.trim().strip_prefix(COMMAND.trim_end())?.strip_prefix(' ')?;
    let mut words = rest.split_whitespace();
    let (policy, commit) = (words.next()?, words.next()?);
    let why = reason(&words.collect::<Vec<_>>().join(" "));
    let names = commit.len() >= 7 && head.starts_with(commit);
    // A command that was copied without a reason does not count.
    (names && !matches!(why.as_str(), "" | "WHY")).then(|| (policy.to_owned(), why))
}

fn reason(text: &str) -> String {
    let one = text.split_whitespace().collect::<Vec<_>>().join(" ");
    one.chars().take(REASON).collect()
}

/// Whether a person is a member of a team of the organization.
async fn member(github: &GitHub, team: &str, who: &str) -> Result<bool, GitHubError> {
    let path = format!("/orgs/{}/teams/{}/memberships/{}", encoded(github.owner()), encoded(team), encoded(who));
    match github.get(&path).await {
        Ok(found) => Ok(found["state"] == "active"),
        Err(error) if error.status() == Some(404) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_policy_commit_and_reason() {
        let head = "1a2b3c4d5e6f";
        let read = |line: &str| command(line, head);
        let expected = Some(("platform-money".to_owned(), "agreed with finance".to_owned()));
        assert_eq!(read("/policy-gate override platform-money 1a2b3c4 agreed  with finance"), expected);
        assert_eq!(read("/policy-gate override platform-money 1a2b3c4"), None);
        assert_eq!(read("/policy-gate override platform-money 9999999 agreed"), None);
        assert_eq!(read("/policy-gate override platform-money 1a2 agreed"), None);
        assert_eq!(read("/policy-gate override platform-money 1a2b3c4 WHY"), None);
        assert_eq!(read("> /policy-gate override platform-money 1a2b3c4 agreed"), None);
        assert_eq!(read("/policy-gate overrides x 1a2b3c4 y"), None);
        assert_eq!(command_line("x", head), "/policy-gate override x 1a2b3c4 WHY");
    }
}
