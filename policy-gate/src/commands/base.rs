//! What the base branch has: waivers and the baseline hold from there, so that a change cannot waive itself.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use tollgate_policy::{Policy, Waiver};
use tollgate_policy_gate::baseline::Baseline;
use tollgate_policy_gate::cost::Rates;
use tollgate_policy_gate::rego::Rego;

use super::args::Terms;
use super::inputs::{Loaded, folder_of};

/// The policy as it is on the base branch.
pub(super) struct BasePolicy {
    pub(super) policy: Policy,
    pub(super) rego: Option<Rego>,
    pub(super) rates: Rates,
}

/// What holds besides the policy of the change.
pub(super) struct Held {
    pub(super) waivers: Vec<Waiver>,
    pub(super) baseline: Baseline,
    /// The policy of the base branch, where it is another.
    pub(super) other: Option<BasePolicy>,
}

impl Held {
    /// Reads it: from the base branch, or, where there is none, from the folder as it is.
    pub(super) fn read(loaded: &Loaded, terms: &Terms) -> anyhow::Result<Self> {
        let baseline_path = loaded.beside(&loaded.policy.gate.baseline);
        let Some(reference) = reference(terms) else {
            let baseline = match std::fs::read_to_string(&baseline_path) {
                Ok(text) => Baseline::parse(&text).map_err(|e| anyhow::anyhow!("{}: {e}", baseline_path.display()))?,
                Err(_) => Baseline::default(),
            };
            return Ok(Self { waivers: loaded.policy.waivers.clone(), baseline, other: None });
        };
        let folder = folder_of(&loaded.policy_file);
        let git = Git { folder: &folder, reference: &reference };
        git.check()?;
        let name = loaded.policy_file.file_name().and_then(|n| n.to_str()).unwrap_or("tollgate.hcl");
        let Some(text) = git.file(name)? else {
            // The change brings the policy in: nothing is waived and nothing was loosened.
            return Ok(Self { waivers: Vec::new(), baseline: Baseline::default(), other: None });
        };
        let label = format!("{reference}:{name}");
        let policy = Policy::parse(&label, &text).with_context(|| format!("the policy of {reference}"))?;
        let baseline = match git.file(&policy.gate.baseline)? {
            Some(text) => {
                Baseline::parse(&text).map_err(|e| anyhow::anyhow!("{reference}:{}: {e}", policy.gate.baseline))?
            }
            None => Baseline::default(),
        };
        let rego = git.rego(&policy)?;
        let files = [&policy.prices.book, &policy.prices.usage];
        let files_same = files
            .into_iter()
            .flatten()
            .all(|name| git.bytes(name).ok().flatten() == std::fs::read(folder.join(name)).ok());
        let same = text == loaded.policy_text && rego == git.rego_here(&folder, &policy) && files_same;
        let waivers = policy.waivers.clone();
        let other = if same {
            None
        } else {
            // A change of a price or of a usage file could make itself cheap.
            let mut prices = policy.prices.clone();
            prices.region.clone_from(&loaded.policy.prices.region);
            let mut read = |name: &str| match git.bytes(name) {
                Ok(Some(bytes)) => Ok(bytes),
                Ok(None) => Err(format!("is not in {reference}")),
                Err(error) => Err(format!("{error:#}")),
            };
            // What is measured is the caller's word, not the change's.
            let rates = Rates { measured: loaded.rates.measured.clone(), ..Rates::read(&prices, &mut read)? };
            Some(BasePolicy { rego: Rego::of(rego, &policy.gate)?, rates, policy })
        };
        Ok(Self { waivers, baseline, other })
    }
}

/// The commit to compare with: what the caller says, or the base branch of a pull request on GitHub.
#[allow(clippy::disallowed_methods)] // the edge of the program
fn reference(terms: &Terms) -> Option<String> {
    let of_github = || std::env::var("GITHUB_BASE_REF").ok().filter(|r| !r.is_empty()).map(|r| format!("origin/{r}"));
    terms.base.clone().or_else(of_github)
}

/// A commit of the repository that a folder lies in.
pub(super) struct Git<'g> {
    pub(super) folder: &'g Path,
    pub(super) reference: &'g str,
}

impl Git<'_> {
    fn run(&self, arguments: &[&str]) -> anyhow::Result<std::process::Output> {
        Command::new("git").arg("-C").arg(self.folder).args(arguments).output().context("git cannot be run")
    }

    /// # Errors
    ///
    /// When there is no such commit: without it, nothing could be said of waivers.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let reference = self.reference;
        if reference.starts_with('-') {
            bail!("`{reference}` is no commit");
        }
        let found =
            self.run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{reference}^{{commit}}")])?;
        if !found.status.success() {
            bail!(
                "there is no commit `{reference}`, so waivers cannot be read from it\nhint: fetch it (actions/checkout with \
                 fetch-depth: 0), or name another with --base"
            );
        }
        Ok(())
    }

    /// The text of a file beside the policy file; `None` when the commit has none.
    pub(super) fn file(&self, name: &str) -> anyhow::Result<Option<String>> {
        let Some(bytes) = self.bytes(name)? else { return Ok(None) };
        let text = String::from_utf8(bytes);
        Ok(Some(text.with_context(|| format!("{}:{name} is no UTF-8 text", self.reference))?))
    }

    /// The bytes of a file beside the policy file; `None` when the commit has none.
    fn bytes(&self, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let listed = self.run(&["ls-tree", "--name-only", self.reference, "--", name])?;
        if listed.stdout.is_empty() {
            return Ok(None);
        }
        let shown = self.run(&["show", &format!("{}:./{name}", self.reference)])?;
        if !shown.status.success() {
            bail!("{}:{name} cannot be read from git", self.reference);
        }
        Ok(Some(shown.stdout))
    }

    /// The files of Rego of the commit.
    fn rego(&self, policy: &Policy) -> anyhow::Result<Vec<(String, String)>> {
        let listed = self.run(&["ls-tree", "-r", "--name-only", self.reference, "--", &policy.gate.rego])?;
        let mut out = Vec::new();
        for name in String::from_utf8_lossy(&listed.stdout).lines().filter(|n| Rego::takes(n)) {
            out.extend(self.file(name)?.map(|text| (name.to_owned(), text)));
        }
        Ok(out)
    }

    fn rego_here(&self, folder: &Path, policy: &Policy) -> Vec<(String, String)> {
        let names = Rego::files(&folder.join(&policy.gate.rego));
        let text = |path: std::path::PathBuf| {
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            Some((name, std::fs::read_to_string(&path).ok()?))
        };
        names.into_iter().filter_map(text).collect()
    }
}
