//! What a GitHub Actions job runs for: a pull request or a commit.

use serde_json::Value;

use super::client::{GitHub, GitHubError};

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// The commit that is judged.
    pub head: String,
    /// The author.
    pub author: String,
    /// The base that it is merged into.
    pub base: Base,
}

/// What a change is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The commit.
    pub sha: Option<String>,
    /// The branch.
    pub branch: Option<String>,
}

/// The commit id that GitHub uses before the first commit of a branch.
const NOTHING: &str = "0000000000000000000000000000000000000000";

impl Base {
    /// Reads the base of an event of any kind; `None` where the event names neither a base nor the default branch.
    ///
    /// A commit outside of the default branch is compared with the default branch: every pull request of the same commit shows
    /// its check run, and an earlier commit of the same branch must not let it pass.
    pub fn of_event(name: &str, event: &Value) -> Option<Self> {
        if let Some(pull) = event.get("pull_request") {
            return Self::of_pull(pull);
        }
        if name == "merge_group" {
            let branch = text(event, "/merge_group/base_ref").map(|r| r.trim_start_matches("refs/heads/").to_owned());
            return Some(Self { sha: text(event, "/merge_group/base_sha"), branch });
        }
        let default = text(event, "/repository/default_branch")?;
        let pushed = text(event, "/ref").filter(|_| name == "push");
        if pushed.is_some_and(|reference| reference == format!("refs/heads/{default}")) {
            let before = text(event, "/before").filter(|sha| sha != NOTHING);
            return Some(Self { sha: before, branch: Some(default) });
        }
        Some(Self { sha: None, branch: Some(default) })
    }

    fn of_pull(pull: &Value) -> Option<Self> {
        let base = Self { sha: text(pull, "/base/sha"), branch: text(pull, "/base/ref") };
        (base.sha.is_some() || base.branch.is_some()).then_some(base)
    }

    /// Returns the names to look up in a clone, the most reliable first. A branch is that of the remote, never a local branch or tag.
    pub fn candidates(&self) -> Vec<String> {
        let branch = self.branch.as_ref().map(|b| format!("refs/remotes/origin/{b}"));
        self.sha.clone().into_iter().chain(branch).collect()
    }
}

/// What a job runs for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A pull request in the event.
    PullRequest(PullRequest),
    /// A pull request of which the event has the number.
    Number(u64),
    /// A workflow that ran for a pull request, perhaps of a fork.
    WorkflowRun {
        /// The commit that it ran for.
        head: String,
        /// The owner of the branch.
        owner: String,
        /// The branch.
        branch: String,
    },
    /// A commit.
    Commit(String),
}

fn text(value: &Value, path: &str) -> Option<String> {
    value.pointer(path)?.as_str().filter(|t| !t.is_empty()).map(str::to_owned)
}

fn pull_request(value: &Value) -> Option<PullRequest> {
    let author = text(value, "/user/login")?;
    let base = Base::of_pull(value).unwrap_or(Base { sha: None, branch: None });
    Some(PullRequest { number: value.get("number")?.as_u64()?, head: text(value, "/head/sha")?, author, base })
}

impl Event {
    /// Whether an event is about a change that is to be merged.
    pub fn is_of_change(name: &str, event: &Value) -> bool {
        name.starts_with("pull_request")
            || event.get("pull_request").is_some()
            || event.pointer("/issue/pull_request").is_some()
            || matches!(name, "merge_group" | "workflow_run" | "push")
    }

    /// Reads an event file. `name` and `sha` come from the environment of the job.
    pub fn read(name: &str, event: &Value, sha: &str) -> Self {
        let found = match name {
            "pull_request" | "pull_request_target" | "pull_request_review" | "pull_request_review_comment" => {
                event.get("pull_request").and_then(pull_request).map(Self::PullRequest)
            }
            "issue_comment" if event.pointer("/issue/pull_request").is_some() => {
                event.pointer("/issue/number").and_then(Value::as_u64).map(Self::Number)
            }
            "workflow_run" => (|| {
                let run = event.get("workflow_run")?;
                Some(Self::WorkflowRun {
                    head: text(run, "/head_sha")?,
                    owner: text(run, "/head_repository/owner/login")?,
                    branch: text(run, "/head_branch")?,
                })
            })(),
            "merge_group" => text(event, "/merge_group/head_sha").map(Self::Commit),
            _ => None,
        };
        found.unwrap_or_else(|| Self::Commit(sha.to_owned()))
    }

    /// Returns the commit, and the pull request if there is one. The number that a workflow of a fork passes is not trusted, so
    /// the pull request is looked up by branch and commit.
    ///
    /// # Errors
    ///
    /// When GitHub does not answer.
    pub async fn resolve(&self, github: &GitHub) -> Result<(String, Option<PullRequest>), GitHubError> {
        match self {
            Self::PullRequest(pull) => Ok((pull.head.clone(), Some(pull.clone()))),
            Self::Number(number) => {
                let value = github.get(&github.repo(&format!("pulls/{number}"))).await?;
                let pull = pull_request(&value).ok_or_else(|| GitHubError::shape("a pull request"))?;
                Ok((pull.head.clone(), Some(pull)))
            }
            Self::WorkflowRun { head, owner, branch } => {
                let query = [("state", "open"), ("head", &format!("{owner}:{branch}"))];
                let pulls = github.pages(&github.repo("pulls"), &query, 1).await?;
                let found = pulls.iter().filter_map(pull_request).find(|pull| pull.head == *head);
                Ok((head.clone(), found))
            }
            Self::Commit(sha) => Ok((sha.clone(), None)),
        }
    }
}
