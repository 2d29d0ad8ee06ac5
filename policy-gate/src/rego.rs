//! Rego: `policies/*.rego` by conftest's conventions, with limits on time and size.
//!
//! `deny`, `violation` and `warn`, also with a suffix (`deny_public`), in every package or in those that are named. A rule
//! returns text, or an object with `msg`. `exception` names rules to skip. The input is the plan with its sensitive values
//! masked, and the facts of the gate under `tollgate`.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};
use tollgate_model::limits::{GATE_FILE, REGO_FILES, REGO_FINDINGS};
use tollgate_policy::GateSettings;

use crate::rego_calls;

/// Evaluation steps between two checks of the time limit.
const EVERY: NonZeroU32 = NonZeroU32::new(64).unwrap();

/// Why Rego could not be evaluated. There is no verdict then: nothing passes because its policy could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {message}")]
pub struct RegoError {
    /// The file, or the rule.
    pub file: String,
    /// What is wrong.
    pub message: String,
}

/// Policies of a folder, compiled once.
#[derive(Clone)]
pub struct Rego {
    engine: Engine,
    /// Package and rule: `data.main`, `deny_public`.
    rules: Vec<(String, String)>,
    /// The time limit of all rules together for one plan.
    limit: Duration,
}

/// An answer of a Rego rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegoFinding {
    /// `rego.main.deny_public`.
    pub policy: String,
    /// Whether the rule denies; it warns otherwise.
    pub denies: bool,
    /// The message.
    pub message: String,
    /// The address of a resource, where the answer has one.
    pub address: Option<String>,
}

/// The depth of nested policy folders at most.
const FOLDERS: usize = 8;

const KINDS: [&str; 3] = ["deny", "violation", "warn"];

impl Rego {
    /// Reads a folder without its tests. `None` when it does not exist or contains no policy.
    ///
    /// # Errors
    ///
    /// With the first file that cannot be read.
    pub fn read(folder: &Path, gate: &GateSettings) -> Result<Option<Self>, RegoError> {
        let mut files = Vec::new();
        for path in Self::files(folder) {
            let file = path.display().to_string();
            files.push((file.clone(), text(&path).map_err(|message| RegoError { file, message })?));
        }
        Self::of(files, gate)
    }

    /// Returns the files of a folder that are read, in order.
    pub fn files(folder: &Path) -> Vec<PathBuf> {
        let mut out = Vec::new();
        collect(folder, &mut out, 0);
        out.sort();
        out
    }

    /// Whether a path below the folder is read: not in a hidden or too deep folder, and not a test.
    pub fn takes_path(below: &str) -> bool {
        let parts: Vec<&str> = below.split('/').collect();
        parts.len() <= FOLDERS + 1
            && !parts.iter().any(|part| part.starts_with('.'))
            && parts.last().is_some_and(|name| Self::reads(name))
    }

    /// Whether a file with this name is read.
    pub fn reads(name: &str) -> bool {
        (name.ends_with(".rego") && !name.ends_with("_test.rego")) || name.ends_with(".data.json")
    }

    /// Compiles files, each a name and a text. `None` when no file has a rule that the gate evaluates.
    ///
    /// # Errors
    ///
    /// With the first file that cannot be read, or when there are too many.
    pub fn of(files: Vec<(String, String)>, gate: &GateSettings) -> Result<Option<Self>, RegoError> {
        let fault = |file: &str, message: String| RegoError { file: file.to_owned(), message };
        if files.len() > REGO_FILES.size() {
            return Err(fault(&gate.rego, format!("{} files, more than {REGO_FILES}", files.len())));
        }
        let modules = files.iter().filter(|(name, _)| name.ends_with(".rego")).count();
        let mut engine = Engine::new();
        let limit = Duration::from_millis(gate.rego_milliseconds);
        let mut rules = Vec::new();
        for (name, text) in files {
            if name.ends_with(".json") {
                if text.len() > GATE_FILE.size() {
                    return Err(fault(&name, format!("is larger than {GATE_FILE}")));
                }
                engine.add_data_json(&text).map_err(|error| fault(&name, error_line(&error)))?;
                continue;
            }
            add(&mut engine, &name, &text).map_err(|error| fault(&name, error))?;
        }
        for module in engine.get_modules() {
            let package = rego_calls::package(module);
            let namespace = package.strip_prefix("data.").unwrap_or(&package).to_owned();
            if gate.namespaces.is_empty() || gate.namespaces.contains(&namespace) {
                let names = rego_calls::rules(module).into_iter().filter(|name| is_asked(name));
                rules.extend(names.map(|rule| (package.clone(), rule)));
            }
        }
        rego_calls::check(engine.get_modules()).map_err(|message| fault(&gate.rego, message))?;
        if rules.is_empty() && modules > 0 {
            let message = format!(
                "has {modules} files of Rego and no rule that the gate asks: `deny`, `violation`, `warn`, with or without a suffix{}",
                if gate.namespaces.is_empty() { "" } else { ", in the packages that `namespaces` names" }
            );
            return Err(fault(&gate.rego, message));
        }
        rules.sort();
        rules.dedup();
        Ok((!rules.is_empty()).then_some(Self { engine, rules, limit }))
    }

    /// Evaluates every rule for a plan.
    ///
    /// # Errors
    ///
    /// When a rule fails or takes too long.
    pub fn ask(&self, input: &serde_json::Value) -> Result<Vec<RegoFinding>, RegoError> {
        let mut engine = self.engine.clone();
        let input = Value::from_json_str(&input.to_string())
            .map_err(|error| RegoError { file: "the plan".to_owned(), message: error_line(&error) })?;
        engine.set_input(input);
        let mut out = BTreeSet::new();
        #[expect(clippy::disallowed_methods, reason = "the time limit of untrusted rules is no fact of the report")]
        let begun = Instant::now();
        for (package, rule) in &self.rules {
            let fault = |message| RegoError { file: format!("{package}.{rule}"), message };
            // The timer of the engine restarts with each rule, so each rule gets the remaining time.
            let left = self.limit.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Err(fault(format!("all of Rego takes longer than {} ms", self.limit.as_millis())));
            }
            engine.set_execution_timer_config(ExecutionTimerConfig { limit: left, check_interval: EVERY });
            let eval = |engine: &mut Engine, rule: &str| -> Result<Value, RegoError> {
                let path = format!("{package}.{rule}");
                // A rule without an answer is undefined, which is no fault.
                engine.eval_rule(path).map_err(|error| fault(error_line(&error)))
            };
            let answer = eval(&mut engine, rule)?;
            let kind = KINDS.into_iter().find(|kind| rule.starts_with(kind)).unwrap_or_default();
            let excepted = if self.rules.iter().any(|(p, r)| p == package && r == "exception") {
                read_exceptions(&eval(&mut engine, "exception")?)
            } else {
                BTreeSet::new()
            };
            let short = rule.strip_prefix(kind).unwrap_or_default().trim_start_matches('_').to_owned();
            if kind.is_empty() || excepted.contains(&short) {
                continue;
            }
            let policy = format!("rego.{}.{rule}", package.strip_prefix("data.").unwrap_or(package));
            let items = items(&answer);
            if items.len() > REGO_FINDINGS.size() {
                return Err(fault(format!("gives {} answers, more than {REGO_FINDINGS}", items.len())));
            }
            for item in items {
                let (message, address) = read_item(&item);
                let denies = kind != "warn";
                out.insert(RegoFinding { policy: policy.clone(), denies, message, address });
            }
        }
        Ok(out.into_iter().collect())
    }
}

/// Adds a policy of Rego version 1 or 0: most conftest folders use version 0.
fn add(engine: &mut Engine, name: &str, text: &str) -> Result<(), String> {
    let first = match engine.add_policy(name.to_owned(), text.to_owned()) {
        Ok(_) => return Ok(()),
        Err(error) => error_line(&error),
    };
    engine.set_rego_v0(true);
    let second = engine.add_policy(name.to_owned(), text.to_owned());
    engine.set_rego_v0(false);
    second.map(|_| ()).map_err(|_| first)
}

/// Collects the files of Rego and JSON data below a folder, without hidden folders and tests.
fn collect(folder: &Path, out: &mut Vec<PathBuf>, depth: usize) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|e| e.path()) {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if name.starts_with('.') || depth > FOLDERS {
            continue;
        }
        if path.is_dir() {
            collect(&path, out, depth + 1);
        } else if Rego::reads(name) {
            out.push(path);
        }
    }
}

/// Whether conftest's conventions evaluate a rule with this name.
fn is_asked(name: &str) -> bool {
    KINDS.iter().any(|kind| name == *kind || name.starts_with(&format!("{kind}_"))) || name == "exception"
}

/// Reads the text of a regular file within the size limit.
fn text(path: &Path) -> Result<String, String> {
    let meta = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !meta.is_file() {
        return Err("is not a regular file".to_owned());
    }
    if meta.len() > GATE_FILE.value {
        return Err(format!("is larger than {GATE_FILE}"));
    }
    std::fs::read_to_string(path).map_err(|_| "cannot be read as text".to_owned())
}

/// Returns the answers of a rule: the members of a set, the items of a list, or a single value.
fn items(answer: &Value) -> Vec<Value> {
    match answer {
        Value::Set(set) => set.iter().cloned().collect(),
        Value::Array(items) => items.iter().cloned().collect(),
        Value::Undefined | Value::Null | Value::Bool(false) => Vec::new(),
        // `deny.name contains …` creates an object of sets.
        Value::Object(members)
            if !members.contains_key(&Value::from("msg"))
                && members.values().all(|v| matches!(v, Value::Set(_) | Value::Array(_))) =>
        {
            members.values().flat_map(items).collect()
        }
        one => vec![one.clone()],
    }
}

fn read_item(item: &Value) -> (String, Option<String>) {
    let text = |value: &Value| value.as_string().ok().map(|s| s.to_string());
    let member = |names: &[&str]| {
        let object = item.as_object().ok()?;
        names.iter().find_map(|name| object.get(&Value::from(*name)).and_then(&text))
    };
    let message = text(item).or_else(|| member(&["msg", "message"]));
    let message = message.unwrap_or_else(|| match item {
        Value::Bool(true) => "it is denied".to_owned(),
        other => other.to_json_str().unwrap_or_default(),
    });
    (message, member(&["address", "resource"]))
}

/// Reads the names of rules that `exception` skips, without `deny_`; empty text stands for `deny` itself.
fn read_exceptions(answer: &Value) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for item in items(answer) {
        let names = items(&item);
        out.extend(names.iter().filter_map(|n| n.as_string().ok().map(|s| s.to_string())));
    }
    out
}

/// Returns an error as one line, without the source excerpt of regorus.
fn error_line(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    let found = text.lines().find_map(|line| line.trim().strip_prefix("error: ").map(str::to_owned));
    found.unwrap_or_else(|| text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default().trim().to_owned())
}
