//! The check run: in progress until there is a verdict, then success or failure. Neutral would let a required check pass.

use serde_json::{Value, json};

use super::client::{GitHub, GitHubError};
use crate::output::{self, Annotation};
use crate::report::{Report, Verdict};

/// Annotations of a request at most. GitHub drops the rest silently.
const BATCH: usize = 50;
/// Annotations of a check run at most; the rest is counted.
const ANNOTATIONS: usize = 400;

/// A check run that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRun {
    id: u64,
    name: String,
    /// Its page.
    pub url: Option<String>,
}

impl CheckRun {
    /// Starts a check run for a commit, or finds the one that was started under the same id. `run` identifies the job.
    ///
    /// # Errors
    ///
    /// When the request fails.
    pub async fn start(github: &GitHub, name: &str, sha: &str, run: &str) -> Result<Self, GitHubError> {
        let body = json!({ "name": name, "head_sha": sha, "status": "in_progress", "external_id": run });
        let made = match github.post(&github.repo("check-runs"), &body).await {
            // It may have been made: then it is there.
            Err(error) if error.ambiguous() => match Self::find(github, name, sha, run).await? {
                Some(found) => found,
                None => github.post(&github.repo("check-runs"), &body).await?,
            },
            other => other?,
        };
        let id = made["id"].as_u64().ok_or_else(|| GitHubError::shape("id of a check run"))?;
        Ok(Self { id, name: name.to_owned(), url: made["html_url"].as_str().map(str::to_owned) })
    }

    async fn find(github: &GitHub, name: &str, sha: &str, run: &str) -> Result<Option<Value>, GitHubError> {
        let path = github.repo(&format!("commits/{sha}/check-runs?check_name={}", super::client::encoded(name)));
        let found = github.get(&path).await?;
        Ok(found["check_runs"].as_array().into_iter().flatten().find(|c| c["external_id"] == run).cloned())
    }

    /// Writes the verdict, with annotations in batches. Annotations that GitHub refuses do not change the verdict; their errors
    /// are returned.
    ///
    /// # Errors
    ///
    /// When the verdict itself cannot be written.
    pub async fn finish(
        &self,
        github: &GitHub,
        report: &Report,
        prefix: &str,
    ) -> Result<Vec<GitHubError>, GitHubError> {
        let all = annotations(report, prefix);
        let (title, summary) = output::check(report, all.len().saturating_sub(ANNOTATIONS));
        let conclusion = match report.verdict {
            Verdict::Passed => "success",
            Verdict::Blocked => "failure",
        };
        let mut failed = Vec::new();
        for batch in all.iter().take(ANNOTATIONS).collect::<Vec<_>>().chunks(BATCH) {
            let output = json!({ "title": title, "summary": summary, "annotations": batch });
            if let Err(error) = github.patch(&self.path(github), &json!({ "name": self.name, "output": output })).await
            {
                failed.push(error);
            }
        }
        let output = json!({ "title": title, "summary": summary });
        self.conclude(github, conclusion, &output).await?;
        Ok(failed)
    }

    /// Writes that there is no verdict, which blocks.
    ///
    /// # Errors
    ///
    /// When the request fails.
    pub async fn fail(&self, github: &GitHub, why: &str) -> Result<(), GitHubError> {
        let output = json!({ "title": "there is no verdict", "summary": output::plain(why) });
        self.conclude(github, "failure", &output).await
    }

    async fn conclude(&self, github: &GitHub, conclusion: &str, output: &Value) -> Result<(), GitHubError> {
        let body = json!({ "name": self.name, "status": "completed", "conclusion": conclusion, "output": output });
        github.patch(&self.path(github), &body).await.map(|_| ())
    }

    fn path(&self, github: &GitHub) -> String {
        github.repo(&format!("check-runs/{}", self.id))
    }
}

/// Returns the annotations of a report, blocking ones first. `prefix` is the folder of the run below the repository.
pub fn annotations(report: &Report, prefix: &str) -> Vec<Value> {
    output::annotations(report).into_iter().map(|a| annotation(&a, prefix)).collect()
}

fn annotation(a: &Annotation, prefix: &str) -> Value {
    let mut out = json!({
        "path": format!("{prefix}{}", a.file.trim_start_matches("./")),
        "start_line": a.line,
        "end_line": a.end_line,
        "annotation_level": if a.blocks { "failure" } else { "warning" },
        "title": a.title,
        "message": a.message,
    });
    // Columns are only taken where both ends are on one line.
    if a.line == a.end_line {
        out["start_column"] = a.column.into();
        out["end_column"] = a.end_column.into();
    }
    out
}
