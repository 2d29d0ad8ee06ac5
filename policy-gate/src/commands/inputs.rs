//! Reads the inputs of a run: plans, sources, the policy and the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tollgate_model::Day;
use tollgate_policy::Policy;
use tollgate_policy_gate::context::{CallerInputs, PlanContext};
use tollgate_policy_gate::cost::PriceInputs;
use tollgate_policy_gate::output::Texts;
use tollgate_policy_gate::rego::Rego;
use tollgate_prices::{Measured, MeasuredUse};
use tollgate_terraform::{PlanText, Sources, TerraformPlan, UnknownInput};

use super::base::ReadFrom;
use super::evaluate::{plan_of, roots};
use super::files;
use super::options::Inputs;

/// The variables with which the AWS provider takes default tags.
const AWS_DEFAULT_TAGS: &str = "TF_AWS_DEFAULT_TAGS_";

/// A plan's text and its sources.
pub(super) struct LoadedPlan {
    pub(super) name: String,
    pub(super) text: PlanText,
    pub(super) sources: Option<Sources>,
    /// The folder of its sources.
    pub(super) folder: Option<PathBuf>,
    /// The paths that patterns of environments are compared with: the plan and the folder of its sources.
    paths: Vec<String>,
    /// The folder of its sources, or its own, from the policy file's.
    stack: String,
    /// What is unknown because there is no plan: the sources were evaluated.
    unknown: Option<Vec<UnknownInput>>,
}

impl LoadedPlan {
    /// Takes the name and the folder of the same configuration elsewhere, so that findings and costs of both are compared.
    pub(super) fn take_names(&mut self, other: &Self) {
        self.name.clone_from(&other.name);
        self.stack.clone_from(&other.stack);
        self.paths.clone_from(&other.paths);
    }
}

/// Everything that a run reads.
pub(super) struct Loaded {
    pub(super) plans: Vec<LoadedPlan>,
    pub(super) policy: Policy,
    pub(super) policy_text: String,
    pub(super) policy_file: PathBuf,
    pub(super) rego: Option<Rego>,
    pub(super) price_inputs: PriceInputs,
    pub(super) caller: CallerInputs,
    pub(super) today: Day,
    /// The region that the command line names.
    pub(super) region: Option<String>,
}

impl Loaded {
    /// Reads the inputs of a command without a verdict. The policy file is optional and read for its prices.
    pub(super) fn for_costs(inputs: &Inputs) -> anyhow::Result<Self> {
        if inputs.config.exists() {
            return Self::read(inputs, &ReadFrom::Folder);
        }
        Self::by(inputs, Policy::without_file(), String::new(), &ReadFrom::Folder)
    }

    pub(super) fn read(inputs: &Inputs, from: &ReadFrom) -> anyhow::Result<Self> {
        let (policy, policy_text) = policy(&inputs.config)?;
        Self::by(inputs, policy, policy_text, from)
    }

    fn by(inputs: &Inputs, policy: Policy, policy_text: String, from: &ReadFrom) -> anyhow::Result<Self> {
        let rego = Rego::read(&folder_of(&inputs.config).join(&policy.gate.rego), &policy.gate)?;
        let mut prices = policy.prices.clone();
        prices.region = inputs.region.clone().or(prices.region);
        let policy = Policy { prices, ..policy };
        let mut price_inputs = price_inputs(&policy, &folder_of(&inputs.config))?;
        if let Some(path) = &inputs.measured {
            price_inputs.measured = measured(path, &from.named_file(path)?)?;
        }
        let asks = !policy.tag_policies.is_empty() || !policy.rules.is_empty() || !policy.budget_policies.is_empty();
        if !asks && rego.is_none() && !policy_text.is_empty() {
            super::print_note(&format!(
                "note: {} has no policy for plans; `policy-gate templates` lists templates",
                inputs.config.display()
            ));
        }
        let plans = plans(inputs)?;
        let aws_default_tags = environment_tags();
        let caller =
            CallerInputs { environment: inputs.environment.clone(), account: inputs.account.clone(), aws_default_tags };
        Ok(Self {
            plans,
            policy,
            policy_text,
            policy_file: inputs.config.clone(),
            rego,
            price_inputs,
            caller,
            today: today()?,
            region: inputs.region.clone(),
        })
    }

    /// Parses the plans.
    pub(super) fn parsed(&self) -> anyhow::Result<Vec<TerraformPlan<'_>>> {
        let parsed = self.plans.iter().map(|p| TerraformPlan::read(&p.text).with_context(|| p.name.clone()));
        parsed.collect()
    }

    /// Returns the context of each plan.
    pub(super) fn contexts<'p>(&'p self, plans: &'p [TerraformPlan<'p>]) -> Vec<(PlanContext<'p>, &'p PlanText)> {
        self.contexts_by(&self.policy, plans)
    }

    /// The same, with the environments of a policy.
    pub(super) fn contexts_by<'p>(
        &'p self,
        policy: &Policy,
        plans: &'p [TerraformPlan<'p>],
    ) -> Vec<(PlanContext<'p>, &'p PlanText)> {
        let both = self.plans.iter().zip(plans);
        both.map(|(loaded, plan)| {
            let of_paths = || {
                let fits = |path: &String| policy.environments.iter().find(|e| e.has_plan(path));
                loaded.paths.iter().find_map(fits).map(|e| e.name.clone())
            };
            let environment = self.caller.environment.clone().or_else(of_paths);
            let mut context =
                PlanContext::new(&loaded.name, &loaded.stack, plan, loaded.sources.as_ref(), &self.caller, environment);
            context.unknown_inputs = loaded.unknown.as_deref();
            (context, &loaded.text)
        })
        .collect()
    }

    /// Returns the texts of all sources, for excerpts.
    pub(super) fn texts(&self) -> Texts<'_> {
        let sources = self.plans.iter().filter_map(|p| p.sources.as_ref());
        let mut out: Texts<'_> = sources.flat_map(Sources::files).map(|f| (f.path.as_str(), f.text.as_str())).collect();
        out.insert(self.policy_file.to_str().unwrap_or_default(), &self.policy_text);
        out
    }

    /// Resolves a path that the policy file names.
    pub(super) fn beside(&self, path: &str) -> PathBuf {
        folder_of(&self.policy_file).join(path)
    }
}

/// Reads the price inputs, with the files beside the policy file.
pub(super) fn price_inputs(policy: &Policy, folder: &Path) -> anyhow::Result<PriceInputs> {
    let mut read = |name: &str| files::read(&folder.join(name)).map_err(|e| format!("{e:#}"));
    Ok(PriceInputs::read(&policy.prices, &policy.rates, &mut read)?)
}

/// Reads the measured use of resources.
fn measured(path: &Path, bytes: &[u8]) -> anyhow::Result<MeasuredUse> {
    let shown = || path.display().to_string();
    let read: Measured = serde_json::from_slice(bytes).with_context(shown)?;
    if read.version != 1 {
        bail!("{}: is version {} of the use of resources; this program reads version 1", shown(), read.version);
    }
    MeasuredUse::of(&read).with_context(|| format!("{}: spans no days, or too many", shown()))
}

/// The folder of a file.
pub(super) fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The policy of a file, with its text.
pub(super) fn policy(path: &Path) -> anyhow::Result<(Policy, String)> {
    let text = files::text(path).map_err(|error| {
        let hint = "`policy-gate templates` lists templates; --config names another file";
        anyhow::anyhow!("{error:#}\nhint: {hint}")
    })?;
    Ok((Policy::parse(&path.to_string_lossy(), &text)?, text))
}

/// Returns the current time: TOLLGATE_NOW or the clock. A GitHub Actions job uses the clock: an earlier step may set any
/// variable, and an earlier day would let expired waivers hold.
#[expect(clippy::disallowed_methods, reason = "the edge of the program reads the clock and the environment")]
pub(super) fn instant() -> anyhow::Result<jiff::Timestamp> {
    let in_job = std::env::var_os("GITHUB_ACTIONS").is_some_and(|v| v == "true");
    match std::env::var("TOLLGATE_NOW") {
        Ok(said) if !in_job => said.parse().context("TOLLGATE_NOW: write 2026-11-21T06:00:00Z"),
        _ => Ok(jiff::Timestamp::now()),
    }
}

/// The same since 1970.
pub(super) fn now() -> anyhow::Result<std::time::Duration> {
    Ok(std::time::Duration::from_secs(u64::try_from(instant()?.as_second())?))
}

/// The day of it.
pub(super) fn today() -> anyhow::Result<Day> {
    Ok(Day::of(instant()?))
}

fn environment_tags() -> BTreeMap<String, String> {
    let named = |(name, value): (OsString, OsString)| {
        Some((name.to_str()?.strip_prefix(AWS_DEFAULT_TAGS)?.to_owned(), value.to_str()?.to_owned()))
    };
    std::env::vars_os().filter_map(named).collect()
}

fn plans(inputs: &Inputs) -> anyhow::Result<Vec<LoadedPlan>> {
    let mut out: Vec<LoadedPlan> = Vec::new();
    for pattern in &inputs.plans {
        if pattern == "-" {
            let text = PlanText::read(files::standard_input()?).context("standard input")?;
            let folder = inputs.source.clone().or_else(|| here(Path::new(".")));
            out.push(loaded("standard input".to_owned(), text, folder, inputs));
            continue;
        }
        if Path::new(pattern).is_dir() {
            for root in roots(Path::new(pattern))? {
                out.push(evaluated(&root, inputs)?);
            }
            continue;
        }
        for path in expanded(pattern)? {
            let name = path.to_string_lossy().replace('\\', "/");
            if out.iter().any(|p| p.name == name) {
                continue;
            }
            let text = PlanText::read(files::plan(&path)?).with_context(|| name.clone())?;
            let folder = inputs.source.clone().or_else(|| here(&folder_of(&path))).or_else(|| here(Path::new(".")));
            out.push(loaded(name, text, folder, inputs));
        }
    }
    Ok(out)
}

fn loaded(name: String, text: PlanText, folder: Option<PathBuf>, inputs: &Inputs) -> LoadedPlan {
    let root = inputs.root.clone().unwrap_or_else(|| folder_of(&inputs.config));
    let stack = stack(&folder.clone().unwrap_or_else(|| folder_of(Path::new(&name))), &root);
    let file = Path::new(&name).file_name().map_or_else(|| "plan.json".into(), |f| f.to_string_lossy());
    let paths = vec![format!("{stack}/{file}"), name.clone()];
    LoadedPlan { name, text, sources: folder.as_deref().map(Sources::read), folder, paths, stack, unknown: None }
}

/// The plan of a folder, evaluated from its sources.
fn evaluated(folder: &Path, inputs: &Inputs) -> anyhow::Result<LoadedPlan> {
    let name = folder.to_string_lossy().replace('\\', "/");
    let plan = plan_of(folder, &inputs.sources).with_context(|| name.clone())?;
    let root = inputs.root.clone().unwrap_or_else(|| folder_of(&inputs.config));
    let stack = stack(folder, &root);
    Ok(LoadedPlan {
        paths: vec![stack.clone(), name.clone()],
        name,
        text: plan.text,
        sources: Some(plan.sources),
        folder: Some(folder.to_owned()),
        stack,
        unknown: Some(plan.unknown),
    })
}

/// Returns the path of a folder relative to another.
fn stack(folder: &Path, from: &Path) -> String {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (folder, from) = (whole(folder), whole(from));
    folder.strip_prefix(&from).unwrap_or(&folder).to_string_lossy().replace('\\', "/")
}

/// Returns a folder if it contains sources.
pub(super) fn here(folder: &Path) -> Option<PathBuf> {
    let is_source = |path: PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|end| name.ends_with(end)) && !name.starts_with('.')
    };
    let found = std::fs::read_dir(folder).ok()?.flatten().any(|entry| is_source(entry.path()));
    found.then(|| folder.to_owned())
}

/// Returns the files of a pattern. A pattern without a match is an error: a gate that judges nothing passes everything.
fn expanded(pattern: &str) -> anyhow::Result<Vec<PathBuf>> {
    if Path::new(pattern).is_file() {
        return Ok(vec![PathBuf::from(pattern)]);
    }
    let paths = glob::glob(pattern).with_context(|| format!("`{pattern}` is not a valid pattern"))?;
    let paths: Vec<PathBuf> = paths.filter_map(Result::ok).filter(|p| p.is_file()).collect();
    if paths.is_empty() {
        bail!("there is no plan `{pattern}`\nhint: write it with `terraform show -json FILE > plan.json`");
    }
    Ok(paths)
}
