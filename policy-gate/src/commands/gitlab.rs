//! `policy-gate gitlab`: the verdict on a merge request.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use tollgate_policy_gate::github::Base;
use tollgate_policy_gate::gitlab::{GitLab, GitLabError, NoteMarker, NoteOutcome};
use tollgate_policy_gate::output::{self, Format, render};
use tollgate_policy_gate::report::Verdict;

use super::base::{BaseState, ReadFrom};
use super::budgets::variable;
use super::check::{caller_overrides, judge, offer_fixes};
use super::inputs::Loaded;
use super::options::{GitlabArgs, Inputs, JudgeOptions};
use super::{budgets, exit, print_note, print_report, runtime, write_whole};

/// The environment of a job.
struct Job {
    api: String,
    project: String,
    /// The merge request; `None` in a pipeline of a branch.
    merge_request: Option<u64>,
    base: Option<Base>,
    token: Option<String>,
}

impl Job {
    fn read() -> anyhow::Result<Self> {
        let hint = "this command runs in a job of GitLab CI/CD";
        let given = |name: &str| variable(name, hint).ok();
        let branch = given("CI_MERGE_REQUEST_TARGET_BRANCH_NAME").or_else(|| given("CI_DEFAULT_BRANCH"));
        let sha = given("CI_MERGE_REQUEST_DIFF_BASE_SHA");
        Ok(Self {
            api: variable("CI_API_V4_URL", hint)?,
            project: variable("CI_PROJECT_ID", hint)?,
            merge_request: given("CI_MERGE_REQUEST_IID").and_then(|number| number.parse().ok()),
            base: (branch.is_some() || sha.is_some()).then_some(Base { sha, branch }),
            token: given("TOLLGATE_GITLAB_TOKEN").or_else(|| given("GITLAB_TOKEN")),
        })
    }
}

pub(super) fn run(inputs: &Inputs, options: &JudgeOptions, args: &GitlabArgs) -> anyhow::Result<ExitCode> {
    let job = Job::read()?;
    let unknown = Base { sha: None, branch: None };
    let from = ReadFrom::of(&inputs.config, Some(options), Some(job.base.as_ref().unwrap_or(&unknown)))?;
    let loaded = Loaded::read(inputs, &from)?;
    let plans = loaded.parsed()?;
    let base_state = BaseState::read(&loaded, &from)?;
    let budgets = budgets::read(options, &loaded.policy, &from)?;
    let mut report = judge(&loaded, &plans, &base_state, &caller_overrides(options, &loaded.policy), &budgets)?;
    offer_fixes(&mut report, &loaded, &loaded.contexts(&plans), &BTreeMap::new());
    print_report(&render(&report, Format::Text, &loaded.texts(), false));
    let none = output::Texts::new();
    for (path, format) in [(&args.code_quality, Format::CodeQuality), (&args.report, Format::Json)] {
        if let Some(path) = path {
            write_whole(path, &render(&report, format, &none, false))?;
        }
    }
    if !args.no_note {
        let markdown = output::markdown(&report, output::COMMENT_ROOM);
        match (job.merge_request, job.token.as_deref()) {
            (None, _) => print_note("note: this pipeline is of no merge request, so no note is written"),
            (Some(_), None) => print_note(
                "warning: no note is written, because TOLLGATE_GITLAB_TOKEN is not set; it needs the scope `api`, as a project access \
                 token has it",
            ),
            (Some(number), Some(token)) => {
                let written = runtime()?.block_on(write_note(&job, number, token, &args.note_name, &markdown));
                if let Err(error) = written {
                    print_note(&format!("warning: the note could not be written: {error}"));
                }
            }
        }
    }
    Ok(exit(report.verdict == Verdict::Blocked))
}

async fn write_note(
    job: &Job,
    number: u64,
    token: &str,
    name: &str,
    markdown: &str,
) -> Result<NoteOutcome, GitLabError> {
    let pause = variable("TOLLGATE_RETRY_MILLISECONDS", "").ok().and_then(|ms| ms.parse().ok()).unwrap_or(1000);
    let gitlab = GitLab::new(&job.api, &job.project, token, Duration::from_millis(pause))?;
    let marker = NoteMarker::of(&gitlab, name).await?;
    NoteOutcome::write(&gitlab, &marker, number, markdown).await
}
