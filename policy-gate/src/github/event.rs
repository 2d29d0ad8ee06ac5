//! What a job of GitHub Actions runs for: a pull request, or a commit.

use serde_json::Value;

use super::client::{GitHub, GitHubError};

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// The commit that is judged.
    pub head: String,
    /// Who wants it.
    pub author: String,
}

/// What a job runs for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A pull request that the event holds.
    PullRequest(PullRequest),
    /// A pull request of which the event holds the number.
    Number(u64),
    /// A workflow that ran for a pull request, perhaps of a fork.
    WorkflowRun {
        /// The commit that it ran for.
        head: String,
        /// Whose branch it was.
        owner: String,
        /// Which.
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
    Some(PullRequest { number: value.get("number")?.as_u64()?, head: text(value, "/head/sha")?, author })
}

impl Event {
    /// Reads an event file. `name` and `sha` are what the job is told besides.
    pub fn read(name: &str, event: &Value, sha: &str) -> Self {
        let found = match name {
            "pull_request" | "pull_request_target" | "pull_request_review" => {
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

    /// The commit, and the pull request where there is one. A workflow's word for its pull request is not taken: what a fork runs
    /// may say any number, so the open pull requests of its branch are asked for the commit.
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
