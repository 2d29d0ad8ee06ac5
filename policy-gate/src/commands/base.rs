//! Reads waivers, the baseline, policies and prices from the base branch, so that a change cannot pass by its own edits.

use std::path::Path;

use anyhow::{Context, bail};
use tollgate_policy::{Policy, Waiver};
use tollgate_policy_gate::baseline::Baseline;
use tollgate_policy_gate::cost::PriceInputs;
use tollgate_policy_gate::github::{Base, Event};
use tollgate_policy_gate::rego::Rego;

use super::files;
use super::git::{Commit, is_plain, tracked};
use super::inputs::{Loaded, folder_of};
use super::options::JudgeOptions;

/// The policy as it is on the base branch.
pub(super) struct BasePolicy {
    pub(super) policy: Policy,
    pub(super) rego: Option<Rego>,
    pub(super) price_inputs: PriceInputs,
}

/// What decides besides the policy of the change.
pub(super) struct BaseState {
    pub(super) waivers: Vec<Waiver>,
    pub(super) baseline: Baseline,
    /// The policy of the base branch, where it differs.
    pub(super) other: Option<BasePolicy>,
}

/// Where a run reads what the change must not decide.
pub(super) enum ReadFrom {
    /// The current folder: no change is compared.
    Folder,
    /// The base branch of the change.
    Base(Commit),
}

impl ReadFrom {
    /// Finds the base by the command line or by the GitHub Actions job. `asked` is the base of the pull request, where GitHub
    /// was asked. `options` is `None` for a command that has no option for the base.
    ///
    /// # Errors
    ///
    /// When the base is not in this clone, or a job runs for a change with an unknown base.
    pub(super) fn of(config: &Path, options: Option<&JudgeOptions>, asked: Option<&Base>) -> anyhow::Result<Self> {
        let folder = folder_of(config);
        let hint = options.map_or("", |_| ", or name it with --base");
        if let Some(name) = options.and_then(|o| o.base.as_ref()) {
            is_plain(config)?;
            return Ok(Self::Base(Commit::named(&folder, name, "--base")?));
        }
        let of_job;
        let base = match asked {
            Some(base) => base,
            None => {
                of_job = job_base(hint)?;
                match &of_job {
                    Some(base) => base,
                    None => return Ok(Self::Folder),
                }
            }
        };
        is_plain(config)?;
        Ok(Self::Base(Commit::first_of(&folder, &base.candidates(), "the base of the change", hint)?))
    }

    /// Reads a file that the command line names, such as the status of budgets. A file that git tracks is part of the change, so it
    /// is read from the base branch; a file of an earlier job step is read from the folder.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is a file that the change adds.
    pub(super) fn named_file(&self, path: &Path) -> anyhow::Result<Vec<u8>> {
        let shown = || path.display().to_string();
        let Self::Base(commit) = self else { return files::read(path) };
        is_plain(path)?;
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let (folder, Some(name)) = (folder_of(&real), real.file_name().and_then(|n| n.to_str())) else {
            bail!("{}: is not a file name", shown());
        };
        let below = commit.at(&folder);
        match below.bytes(name) {
            Ok(Some(bytes)) => return Ok(bytes),
            Ok(None) => {}
            // Outside of the repository git knows no file.
            Err(_) if !tracked(&folder, name) => {}
            Err(error) => return Err(error),
        }
        if tracked(&folder, name) || tracked(&folder_of(path), &file_name(path)) {
            bail!(
                "{}: is a file of the change, and {} does not have it\nhint: merge it by itself first, or download it in a step of the job",
                shown(),
                commit.name
            );
        }
        files::read(path)
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}

/// Returns the base by the event of the job, without a request to GitHub; `None` outside of a job.
fn job_base(hint: &str) -> anyhow::Result<Option<Base>> {
    let Some(name) = variable("GITHUB_EVENT_NAME") else {
        return Ok(variable("GITHUB_BASE_REF").map(|branch| Base { sha: None, branch: Some(branch) }));
    };
    let event = match variable("GITHUB_EVENT_PATH") {
        Some(path) => {
            let text = std::fs::read(&path).with_context(|| path.clone())?;
            serde_json::from_slice(&text).with_context(|| path.clone())?
        }
        None => serde_json::Value::Null,
    };
    let base = Base::of_event(&name, &event);
    let branch = variable("GITHUB_BASE_REF").or(base.as_ref().and_then(|b| b.branch.clone()));
    let base = Base { sha: base.and_then(|b| b.sha), branch };
    if base.candidates().is_empty() && Event::is_of_change(&name, &event) {
        bail!(
            "the event `{name}` does not name the base of the change, so it is unknown which waivers and policies hold\n\
             hint: use `policy-gate github`, which asks GitHub{hint}"
        );
    }
    Ok(if base.candidates().is_empty() { None } else { Some(base) })
}

#[expect(clippy::disallowed_methods, reason = "the edge of the program reads the clock and the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

impl BaseState {
    /// Reads it from the base branch or, where no change is compared, from the folder.
    pub(super) fn read(loaded: &Loaded, from: &ReadFrom) -> anyhow::Result<Self> {
        let commit = match from {
            ReadFrom::Base(commit) => commit,
            ReadFrom::Folder => {
                let path = loaded.beside(&loaded.policy.gate.baseline);
                let baseline = match path.try_exists() {
                    Ok(true) => {
                        let text = files::text(&path)?;
                        Baseline::parse(&text).map_err(|e| anyhow::anyhow!("{}: {e}", path.display()))?
                    }
                    _ => Baseline::default(),
                };
                return Ok(Self { waivers: loaded.policy.waivers.clone(), baseline, other: None });
            }
        };
        let folder = folder_of(&loaded.policy_file);
        let name = loaded.policy_file.file_name().and_then(|n| n.to_str()).unwrap_or("tollgate.hcl");
        let Some(text) = commit.file(name)? else {
            // The change brings the policy in: nothing is waived and nothing was loosened.
            return Ok(Self { waivers: Vec::new(), baseline: Baseline::default(), other: None });
        };
        let label = format!("{}:{name}", commit.name);
        let policy = Policy::parse(&label, &text).with_context(|| format!("the policy of {}", commit.name))?;
        let baseline = match commit.file(&policy.gate.baseline)? {
            Some(text) => {
                Baseline::parse(&text).map_err(|e| anyhow::anyhow!("{}:{}: {e}", commit.name, policy.gate.baseline))?
            }
            None => Baseline::default(),
        };
        let rego = commit.rego(&policy)?;
        let mut same = text == loaded.policy_text && rego == rego_here(&folder, &policy);
        for name in [&policy.prices.book, &policy.prices.usage].into_iter().flatten() {
            same &= commit.bytes(name)? == files::read(&folder.join(name)).ok();
        }
        let waivers = policy.waivers.clone();
        let other = if same { None } else { Some(BasePolicy::read(loaded, commit, policy, rego)?) };
        Ok(Self { waivers, baseline, other })
    }
}

impl BasePolicy {
    /// A change of a price, a region or a usage file could lower its own cost, so they come from the base branch. The measured use
    /// and the region of the command line come from the workflow.
    fn read(loaded: &Loaded, commit: &Commit, policy: Policy, rego: Vec<(String, String)>) -> anyhow::Result<Self> {
        let mut prices = policy.prices.clone();
        prices.region = loaded.region.clone().or(prices.region);
        let mut read = |name: &str| match commit.bytes(name) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(format!("is not in {}", commit.name)),
            Err(error) => Err(format!("{error:#}")),
        };
        let read = PriceInputs::read(&prices, &policy.rates, &mut read)?;
        let price_inputs = PriceInputs { measured: loaded.price_inputs.measured.clone(), ..read };
        Ok(Self { rego: Rego::of(rego, &policy.gate)?, price_inputs, policy: Policy { prices, ..policy } })
    }
}

/// Returns the files of Rego in the folder, in the form of [`Commit::rego`].
fn rego_here(folder: &Path, policy: &Policy) -> Vec<(String, String)> {
    let names = Rego::files(&folder.join(&policy.gate.rego));
    let text = |path: std::path::PathBuf| {
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        Some((name, files::text(&path).ok()?))
    };
    names.into_iter().filter_map(text).collect()
}
