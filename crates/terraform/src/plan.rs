//! A plan as `terraform show -json` and `tofu show -json` write it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;
use tollgate_expression::Value;

use crate::address::Address;
use crate::change::ResourceChange;
use crate::configuration::{Configuration, ConfiguredProvider, ConfiguredResource};
use crate::lenient::flag;
use crate::text::{PlanText, SHOW};
use crate::values::value;

/// The versions of the format that are read, as text.
pub const VERSIONS: &str = "0.1 up to, but not including, 2.0";

/// Why a file is refused. Never quotes the file, which may contain secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct PlanError {
    /// What the file is, or what is wrong with it.
    pub message: String,
    /// Line and column, if known.
    pub place: Option<(usize, usize)>,
    /// How to fix it.
    pub hint: String,
}

impl PlanError {
    pub(crate) fn new(message: impl Into<String>, hint: &str) -> Self {
        Self { message: message.into(), place: None, hint: hint.to_owned() }
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(f, "{line}:{column}: ")?;
        }
        write!(f, "{}\nhint: {}", self.message, self.hint)
    }
}

/// A plan.
#[derive(Debug)]
pub struct TerraformPlan<'a> {
    /// The version of its format.
    pub format_version: String,
    /// The version of the program that wrote it.
    pub terraform_version: String,
    /// The changes of each resource and data source, in the plan's order.
    pub changes: Vec<ResourceChange<'a>>,
    /// What changed outside of the configuration since the last apply.
    pub drift: Vec<ResourceChange<'a>>,
    /// Changes that are deferred until other changes are applied.
    pub deferred: Vec<ResourceChange<'a>>,
    /// Whether applying it reaches the configured state; `None` when the plan does not contain it.
    pub complete: Option<bool>,
    /// Whether it can be applied; `None` when the plan does not contain it.
    pub applyable: Option<bool>,
    /// Whether planning failed.
    pub errored: bool,
    /// Values of the root's variables.
    pub variables: BTreeMap<String, Value>,
    pub(crate) configuration: Configuration<'a>,
}

/// The fields of a plan. Only what every verdict needs has to have the documented structure; the rest is read element by element.
#[derive(Deserialize)]
struct RawPlan<'a> {
    format_version: Option<String>,
    #[serde(borrow, default)]
    terraform_version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    resource_changes: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    resource_drift: Option<&'a RawValue>,
    #[serde(borrow, default)]
    deferred_changes: Option<&'a RawValue>,
    #[serde(borrow, default)]
    planned_values: Option<&'a RawValue>,
    #[serde(borrow, default)]
    configuration: Option<&'a RawValue>,
    #[serde(borrow, default)]
    variables: Option<&'a RawValue>,
    #[serde(borrow, default)]
    complete: Option<&'a RawValue>,
    #[serde(borrow, default)]
    applyable: Option<&'a RawValue>,
    #[serde(borrow, default)]
    errored: Option<&'a RawValue>,
    // Fields of other documents.
    #[serde(borrow, default)]
    plan_format_version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    remote_plan_format: Option<&'a RawValue>,
    #[serde(borrow, default)]
    values: Option<&'a RawValue>,
    #[serde(borrow, default)]
    lineage: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "@level")]
    level: Option<&'a RawValue>,
    #[serde(borrow, default)]
    provider_schemas: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawDeferred<'a> {
    #[serde(borrow, default)]
    resource_change: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawVariable<'a> {
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
}

impl<'a> TerraformPlan<'a> {
    /// Reads a plan.
    ///
    /// # Errors
    ///
    /// When the file is not a plan, is truncated, or has an unknown format version.
    pub fn read(text: &'a PlanText) -> Result<Self, PlanError> {
        let (json, lines_before) = text.json();
        // Serde would read an array as the fields in order.
        if !json.trim_start().starts_with('{') {
            return Err(PlanError { place: Some((1, 1)), ..PlanError::new("this is not a JSON object", SHOW) });
        }
        let mut documents = serde_json::Deserializer::from_str(json).into_iter::<RawPlan<'a>>();
        // Text after the document is not part of the plan; a second document may be a plan that is never checked.
        let raw = match documents.next() {
            Some(Ok(raw)) => raw,
            Some(Err(error)) => return Err(unreadable(&error, lines_before)),
            None => return Err(PlanError::new("the file is empty", SHOW)),
        };
        raw.check()?;
        single(json, documents.byte_offset(), lines_before)?;
        // A configuration that cannot be read leaves every provider unknown, as a plan without one does.
        let read = raw.configuration.map(|raw| Configuration::read(raw).ok());
        // Which variables are sensitive is unknown then.
        let all_sensitive = matches!(read, Some(None));
        let configuration = read.flatten().unwrap_or_default();
        let mut variables = configuration.defaults.clone();
        for (name, variable) in crate::lenient::map::<RawVariable<'a>>(raw.variables) {
            let sensitive = all_sensitive || configuration.sensitive.contains(&name);
            variables.insert(name, value(variable.value, None, None).marked(sensitive));
        }
        let errors = ElementPlace { json, lines_before };
        Ok(Self {
            format_version: raw.format_version.unwrap_or_default(),
            terraform_version: crate::lenient::text(raw.terraform_version).unwrap_or_default(),
            changes: raw.resource_changes.map_or(Ok(Vec::new()), |all| resource_changes(&all, &errors))?,
            drift: crate::lenient::list(raw.resource_drift)
                .filter(|d: &ResourceChange<'a>| !d.address.is_empty())
                .collect(),
            deferred: crate::lenient::list(raw.deferred_changes)
                .filter_map(|d: RawDeferred<'a>| crate::lenient::one::<ResourceChange<'a>>(d.resource_change))
                .filter_map(ResourceChange::addressed)
                .collect(),
            complete: flag(raw.complete),
            applyable: flag(raw.applyable),
            errored: flag(raw.errored).unwrap_or(false),
            variables,
            configuration,
        })
    }

    /// Returns the configuration of a resource.
    pub fn configured(&self, address: &Address) -> Option<&ConfiguredResource<'a>> {
        self.configuration.resources.get(&address.configured())
    }

    /// Returns the provider configurations, by key.
    pub fn providers(&self) -> &BTreeMap<String, ConfiguredProvider> {
        &self.configuration.providers
    }

    /// Returns whether the plan contains the configuration.
    pub fn has_configuration(&self) -> bool {
        !self.configuration.resources.is_empty() || !self.configuration.providers.is_empty()
    }
}

/// Refuses a second document after the first, which ends at an offset.
fn single(json: &str, end: usize, lines_before: usize) -> Result<(), PlanError> {
    let rest = json.get(end..).unwrap_or_default();
    let next = rest.trim_start();
    if !next.starts_with(['{', '[']) {
        return Ok(());
    }
    let before = &json[..json.len() - next.len()];
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let place = Some((before.matches('\n').count() + 1 + lines_before, column));
    Err(PlanError { place, ..PlanError::new("a second document begins here", "write each plan to a file of its own") })
}

/// Where the elements of a list are in the file.
struct ElementPlace<'a> {
    json: &'a str,
    lines_before: usize,
}

impl ElementPlace<'_> {
    /// Returns the line and column of the start of an element.
    fn of(&self, element: &RawValue) -> Option<(usize, usize)> {
        let start = (element.get().as_ptr() as usize).checked_sub(self.json.as_ptr() as usize)?;
        let before = self.json.get(..start)?;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Some((before.matches('\n').count() + 1 + self.lines_before, column))
    }
}

/// The mode of an element.
#[derive(Deserialize)]
struct RawMode<'a> {
    #[serde(borrow, default)]
    mode: Cow<'a, str>,
}

/// Reads the resource changes. An element that cannot be read is an error, unless it says that it is no managed resource.
fn resource_changes<'a>(all: &[&'a RawValue], place: &ElementPlace<'a>) -> Result<Vec<ResourceChange<'a>>, PlanError> {
    let mut out = Vec::with_capacity(all.len());
    for element in all {
        let read = serde_json::from_str::<ResourceChange<'a>>(element.get()).ok().and_then(ResourceChange::addressed);
        match read {
            Some(change) => out.push(change),
            None => {
                let mode = serde_json::from_str::<RawMode<'_>>(element.get()).map(|m| m.mode).unwrap_or_default();
                if !matches!(&*mode, "" | "managed") {
                    continue;
                }
                let hint = format!("it is JSON, but not a plan; {SHOW}");
                let error = PlanError::new("the plan does not have the documented structure: a resource change", &hint);
                return Err(PlanError { place: place.of(element), ..error });
            }
        }
    }
    Ok(out)
}

impl RawPlan<'_> {
    fn check(&self) -> Result<(), PlanError> {
        if self.level.is_some() {
            return Err(PlanError::new("this is the log of `terraform plan -json`, not a plan", SHOW));
        }
        if self.lineage.is_some() {
            return Err(PlanError::new("this is a state file, not a plan", SHOW));
        }
        if self.remote_plan_format.is_some() {
            let hint = "it only names a run; download the run's plan as JSON (`json-output`), or plan locally";
            return Err(PlanError::new(
                "this is the saved plan of HCP Terraform or Terraform Enterprise, without its content",
                hint,
            ));
        }
        if self.plan_format_version.is_some() {
            let hint = "it lacks the configuration and the variables; download `json-output` of the run instead of `json-output-redacted`";
            return Err(PlanError::new("this is the redacted plan of HCP Terraform or Terraform Enterprise", hint));
        }
        if self.provider_schemas.is_some() {
            return Err(PlanError::new("these are the schemas of providers, not a plan", SHOW));
        }
        let Some(version) = &self.format_version else {
            return Err(PlanError::new("this is JSON, but it has no `format_version`, so it is not a plan", SHOW));
        };
        let mut parts = version.split('.').map(str::parse::<u32>);
        match (parts.next(), parts.next()) {
            (Some(Ok(0)), Some(Ok(minor))) if minor >= 1 => {}
            (Some(Ok(1)), None | Some(Ok(_))) => {}
            _ => {
                let shown: String = version.chars().filter(|c| c.is_ascii_graphic()).take(20).collect();
                let hint = format!("this program reads {VERSIONS}; update it, or plan with an older Terraform");
                return Err(PlanError::new(format!("the plan has format version {shown}"), &hint));
            }
        }
        if self.resource_changes.is_none() && self.planned_values.is_none() {
            let what = if self.values.is_some() || self.configuration.is_none() {
                "this is a state as JSON, not a plan"
            } else {
                "the plan has neither `resource_changes` nor `planned_values`"
            };
            return Err(PlanError::new(what, SHOW));
        }
        Ok(())
    }
}

fn unreadable(error: &serde_json::Error, lines_before: usize) -> PlanError {
    let out = match error.classify() {
        serde_json::error::Category::Eof => PlanError::new(
            "the file ends in the middle",
            "it was truncated: write it again, and check the free disk space",
        ),
        serde_json::error::Category::Data => {
            let hint = format!("it is JSON, but not a plan; {SHOW}");
            PlanError::new("the plan does not have the documented structure", &hint)
        }
        _ => PlanError::new("this is not JSON", SHOW),
    };
    // The message of serde may quote the file, so it is not used.
    let place = (error.line() > 0).then(|| (error.line() + lines_before, error.column()));
    PlanError { place, ..out }
}
