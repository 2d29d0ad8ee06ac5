//! `policy-gate github`: the verdict on a pull request.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::json;
use tollgate_model::text::counted;
use tollgate_policy_gate::cost::{Budgets, OpenChange};
use tollgate_policy_gate::github::{
    Base, CheckRun, CommentOutcome, Event, GitHub, GitHubError, Marker, PullRequest, command_line, find_overrides,
    output_file, own_change, read_open_changes, summary, write_suggestions,
};
use tollgate_policy_gate::judge::Override;
use tollgate_policy_gate::outcome::Outcome;
use tollgate_policy_gate::output::{self, Format, render};
use tollgate_policy_gate::report::{Report, Verdict};

use super::base::{BaseState, ReadFrom};
use super::check::{caller_overrides, judge, offer_fixes};
use super::inputs::Loaded;
use super::options::{GithubArgs, Inputs, JudgeOptions};
use super::{budgets, exit, print_commands, print_note, print_report, runtime, write_whole};

/// The environment of a job.
struct Job {
    repository: String,
    api: String,
    token: String,
    team_token: Option<String>,
    event: Event,
    /// The base by the event, for a commit without a pull request.
    base: Option<Base>,
    run: String,
    /// The folder of the run below that of the repository, with `/` at its end.
    prefix: String,
}

#[expect(clippy::disallowed_methods, reason = "the edge of the program reads the clock and the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

impl Job {
    fn read(root: Option<&Path>) -> anyhow::Result<Self> {
        let needed = |name: &str| {
            variable(name)
                .with_context(|| format!("{name} is not set\nhint: this command runs in a job of GitHub Actions"))
        };
        let name = needed("GITHUB_EVENT_NAME")?;
        let path = needed("GITHUB_EVENT_PATH")?;
        let event = std::fs::read(&path).with_context(|| path.clone())?;
        let event: serde_json::Value = serde_json::from_slice(&event).with_context(|| path.clone())?;
        let token = variable("GITHUB_TOKEN")
            .context("GITHUB_TOKEN is not set\nhint: env: GITHUB_TOKEN: ${{ github.token }}")?;
        Ok(Self {
            repository: needed("GITHUB_REPOSITORY")?,
            api: variable("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned()),
            token,
            team_token: variable("TOLLGATE_TEAM_TOKEN"),
            base: Base::of_event(&name, &event),
            event: Event::read(&name, &event, &needed("GITHUB_SHA")?),
            run: format!(
                "{}/{}",
                variable("GITHUB_RUN_ID").unwrap_or_default(),
                variable("GITHUB_RUN_ATTEMPT").unwrap_or_default()
            ),
            prefix: prefix(root)?,
        })
    }

    fn github(&self, token: &str) -> anyhow::Result<GitHub> {
        let pause = variable("TOLLGATE_RETRY_MILLISECONDS").and_then(|ms| ms.parse().ok()).unwrap_or(1000);
        Ok(GitHub::new(&self.api, &self.repository, token, Duration::from_millis(pause), seconds)?)
    }
}

/// Returns the seconds since 1970, the unit of rate limits.
#[expect(clippy::disallowed_methods, reason = "the edge of the program reads the clock and the environment")]
fn seconds() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default()
}

/// The folder of the run below the one that stands for the repository.
fn prefix(root: Option<&Path>) -> anyhow::Result<String> {
    let root = root.map(Path::to_owned).or_else(|| variable("GITHUB_WORKSPACE").map(PathBuf::from));
    let Some(root) = root else { return Ok(String::new()) };
    let (root, here) = (root.canonicalize().unwrap_or(root), std::env::current_dir()?);
    let below = here.canonicalize().unwrap_or(here);
    let below = below.strip_prefix(&root).map(|p| p.to_string_lossy().replace('\\', "/")).unwrap_or_default();
    Ok(if below.is_empty() { String::new() } else { format!("{below}/") })
}

pub(super) fn run(inputs: &Inputs, options: &JudgeOptions, args: &GithubArgs) -> anyhow::Result<ExitCode> {
    let job = Job::read(inputs.root.as_deref())?;
    runtime()?.block_on(run_gate(&job, inputs, options, args))
}

async fn run_gate(job: &Job, inputs: &Inputs, options: &JudgeOptions, args: &GithubArgs) -> anyhow::Result<ExitCode> {
    let github = job.github(&job.token)?;
    let (sha, pull) =
        job.event.resolve(&github).await.context("GitHub does not return the pull request of this job")?;
    let base = pull.as_ref().map(|pull| pull.base.clone()).or_else(|| job.base.clone());
    // From here on the pull request shows that there is no verdict yet.
    let check = CheckRun::start(&github, &args.check_name, &sha, &job.run).await;
    let judged = judge_pull_request(job, &github, pull.as_ref(), base.as_ref(), inputs, options, args).await;
    let check = match check {
        Ok(check) => Some(check),
        Err(error) => {
            warn("there is no check run; the result of the job decides", &error);
            None
        }
    };
    match judged {
        Ok((report, marker)) => {
            write_verdict(job, &github, pull.as_ref(), check.as_ref(), &report, marker.as_ref(), args).await?;
            Ok(exit(report.0.verdict == Verdict::Blocked))
        }
        Err(error) => {
            if let Some(check) = &check
                && let Err(error) = check.fail(&github, &format!("{error:#}")).await
            {
                warn("the check run has no verdict", &error);
            }
            Err(error)
        }
    }
}

/// A report with what is needed to write it.
type Judged = (Report, Loaded, Vec<Override>);

async fn judge_pull_request(
    job: &Job,
    github: &GitHub,
    pull: Option<&PullRequest>,
    base: Option<&Base>,
    inputs: &Inputs,
    options: &JudgeOptions,
    args: &GithubArgs,
) -> anyhow::Result<(Judged, Option<Marker>)> {
    // Also a commit without a pull request gets a check run that a pull request of the same commit would show.
    let unknown = Base { sha: None, branch: None };
    let from = ReadFrom::of(&inputs.config, Some(options), Some(base.unwrap_or(&unknown)))?;
    let loaded = Loaded::read(inputs, &from)?;
    let plans = loaded.parsed()?;
    let base_state = BaseState::read(&loaded, &from)?;
    // It asks by itself, and waits: a thread of its own keeps both apart.
    let mut money: Budgets =
        std::thread::scope(|scope| match scope.spawn(|| budgets::read(options, &loaded.policy, &from)).join() {
            Ok(read) => read,
            Err(_) => bail!("an internal error; there is no verdict"),
        })?;
    let asks = loaded.policy.budget_policies.iter().any(|p| p.budget.is_some()) && options.open_changes.is_none();
    let marker = match Marker::of(github, &args.check_name).await {
        Ok(marker) => Some(marker),
        Err(error) if asks => return Err(error).context("GitHub does not return the other open pull requests"),
        Err(error) => {
            warn("no comment is written, because the author of the token is unknown", &error);
            None
        }
    };
    if let Some(marker) = marker.as_ref().filter(|_| asks) {
        money.open = read_open_changes(github, marker, pull.map(|p| p.number))
            .await
            .context("GitHub does not return the other open pull requests")?;
    }
    let mut let_pass = caller_overrides(options, &loaded.policy);
    let mut report = judge(&loaded, &plans, &base_state, &let_pass, &money)?;
    if let Some(pull) = pull
        && report.verdict == Verdict::Blocked
    {
        // The base branch decides who may override what.
        let policy = base_state.other.as_ref().map_or(&loaded.policy, |other| &other.policy);
        let members = job.github(job.team_token.as_deref().unwrap_or(&job.token))?;
        match find_overrides(github, &members, policy, pull).await {
            Ok((found, unanswered)) => {
                for error in unanswered.iter().take(1) {
                    warn(
                        "team members cannot be read, so nobody is one; set TOLLGATE_TEAM_TOKEN to a token that may read them",
                        error,
                    );
                }
                if !found.is_empty() {
                    let_pass.extend(found);
                    report = judge(&loaded, &plans, &base_state, &let_pass, &money)?;
                }
            }
            Err(error) => warn("reviews and comments cannot be read, so nothing is overridden", &error),
        }
    }
    let contexts = loaded.contexts(&plans);
    offer_fixes(&mut report, &loaded, &contexts, &BTreeMap::new());
    Ok(((report, loaded, let_pass), marker))
}

async fn write_verdict(
    job: &Job,
    github: &GitHub,
    pull: Option<&PullRequest>,
    check: Option<&CheckRun>,
    judged: &Judged,
    marker: Option<&Marker>,
    args: &GithubArgs,
) -> anyhow::Result<()> {
    let (report, loaded, let_pass) = judged;
    let texts = loaded.texts();
    print_untrusted(&render(report, Format::Text, &texts, false));
    // Without a check run, annotations are the log's.
    if check.is_none() {
        print_commands(&render(report, Format::Github, &texts, false));
    }
    write_files(report, args, check)?;
    append_audit(report, let_pass, args, pull)?;
    if let Some(check) = check {
        match check.finish(github, report, &job.prefix).await {
            Ok(failed) => failed.iter().take(1).for_each(|error| warn("some annotations could not be written", error)),
            Err(error) => warn("the check run has no verdict", &error),
        }
    }
    let (Some(pull), Some(marker)) = (pull, marker) else { return Ok(()) };
    if !args.no_comment {
        let change: OpenChange = own_change(report, &format!("#{}", pull.number));
        let markdown =
            output::markdown(report, output::COMMENT_ROOM) + &override_hints(report, &loaded.policy, &pull.head);
        match CommentOutcome::write(github, marker, pull.number, &markdown, &change).await {
            Ok(_) => {}
            Err(error) => warn("the comment could not be written", &error),
        }
    }
    if !args.no_suggestions {
        match write_suggestions(github, marker, pull, report, &texts, &job.prefix).await {
            Ok((0, _)) => {}
            Ok((made, _)) => print_note(&counted(made, "suggestion was written", "suggestions were written")),
            Err(error) => warn("suggestions could not be written", &error),
        }
    }
    Ok(())
}

/// Prints untrusted text to the log of a job: the runner ignores commands until it reads a word that only this run knows.
fn print_untrusted(text: &str) {
    let word = random_word();
    print_commands(&format!("::stop-commands::{word}\n"));
    // The verdict is ours, and comes last.
    let (findings, verdict) = text.trim_end().rsplit_once('\n').unwrap_or(("", text.trim_end()));
    print_report(&format!("{findings}\n"));
    print_commands(&format!("::{word}::\n"));
    print_report(&format!("{verdict}\n"));
}

/// Returns a word that nobody can guess.
#[expect(clippy::disallowed_methods, reason = "the edge of the program reads the clock and the environment")]
fn random_word() -> String {
    use std::hash::{BuildHasher, Hasher};
    let random = || std::collections::hash_map::RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

/// Explains how to override the soft policies that block.
fn override_hints(report: &Report, policy: &tollgate_policy::Policy, head: &str) -> String {
    let tags = policy.tag_policies.iter().map(|p| (&p.name, &p.terms));
    let rules = policy.rules.iter().map(|p| (&p.name, &p.terms));
    let budgets = policy.budget_policies.iter().map(|p| (&p.name, &p.terms));
    let mut out = String::new();
    for (name, terms) in tags.chain(rules).chain(budgets) {
        let blocks = report.findings.iter().any(|f| f.outcome.blocks() && f.policy.as_ref() == Some(name));
        if !blocks || terms.enforcement != tollgate_policy::Enforcement::Soft {
            continue;
        }
        out += &format!(
            "\n\"{}\" can be overridden by a member of {}: an approving review, or the comment\n\n```\n{}\n```\n",
            output::plain(name),
            output::plain(&terms.override_by.join(", ")),
            command_line(name, head),
        );
    }
    out
}

/// Writes the files that later steps read.
fn write_files(report: &Report, args: &GithubArgs, check: Option<&CheckRun>) -> anyhow::Result<()> {
    let none = output::Texts::new();
    for (path, format) in [(&args.sarif, Format::Sarif), (&args.report, Format::Json)] {
        if let Some(path) = path {
            write_whole(path, &render(report, format, &none, false))?;
        }
    }
    let cost = report.plans.iter().fold(tollgate_prices::Span::default(), |sum, p| p.cost.change.plus(sum));
    let (changing, priced) = report.plans.iter().fold((0, 0), |(c, t), p| (c + p.cost.changing, t + p.cost.priced));
    let shown = |path: &Option<std::path::PathBuf>| path.as_ref().map_or(String::new(), |p| p.display().to_string());
    let verdict = if report.verdict == Verdict::Blocked { "blocked" } else { "passed" };
    let values = [
        ("verdict", verdict.to_owned()),
        ("blocks", report.counts.blocks.to_string()),
        ("warns", report.counts.warns.to_string()),
        ("monthly-change", cost.likely.round(2).to_string()),
        ("monthly-change-low", cost.low.round(2).to_string()),
        ("monthly-change-high", cost.high.round(2).to_string()),
        ("resources-changing", changing.to_string()),
        ("resources-priced", priced.to_string()),
        ("sarif", shown(&args.sarif)),
        ("report", shown(&args.report)),
        ("check-url", check.and_then(|c| c.url.clone()).unwrap_or_default()),
    ];
    append("GITHUB_OUTPUT", &output_file(&values))?;
    append("GITHUB_STEP_SUMMARY", &summary(report))
}

fn append(variable_name: &str, text: &str) -> anyhow::Result<()> {
    let Some(path) = variable(variable_name) else { return Ok(()) };
    let file = std::fs::OpenOptions::new().append(true).create(true).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).with_context(|| path.clone())
}

/// Appends the overrides that were used to the audit file, with approver and reason.
fn append_audit(
    report: &Report,
    let_pass: &[Override],
    args: &GithubArgs,
    pull: Option<&PullRequest>,
) -> anyhow::Result<()> {
    let Some(path) = &args.audit else { return Ok(()) };
    let mut lines = String::new();
    for o in let_pass {
        let passed: Vec<&str> = report
            .findings
            .iter()
            .filter(|f| matches!(f.outcome, Outcome::Overridden { .. }))
            .filter(|f| o.policy.is_none() || f.policy == o.policy)
            .map(|f| f.fingerprint.as_str())
            .collect();
        if passed.is_empty() {
            continue;
        }
        let entry = json!({
            "at": super::inputs::instant()?.to_string(), "override": o, "findings": passed,
            "pull_request": pull.map(|p| p.number), "commit": pull.map(|p| p.head.clone()),
        });
        lines += &format!("{entry}\n");
    }
    if lines.is_empty() {
        return Ok(());
    }
    let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(lines.as_bytes())).with_context(|| path.display().to_string())
}

fn warn(what: &str, error: &GitHubError) {
    print_note(&format!("warning: {what}: {error}"));
}
