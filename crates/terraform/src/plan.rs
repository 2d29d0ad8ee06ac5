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
    configuration: Configuration<'a>,
}

#[derive(Deserialize)]
struct RawPlan<'a> {
    format_version: Option<String>,
    terraform_version: Option<String>,
    #[serde(borrow, default)]
    resource_changes: Option<Vec<ResourceChange<'a>>>,
    #[serde(borrow, default)]
    resource_drift: Option<Vec<ResourceChange<'a>>>,
    #[serde(borrow, default)]
    deferred_changes: Option<Vec<RawDeferred<'a>>>,
    #[serde(borrow, default)]
    planned_values: Option<&'a RawValue>,
    #[serde(borrow, default)]
    configuration: Option<&'a RawValue>,
    #[serde(borrow, default)]
    variables: Option<BTreeMap<Cow<'a, str>, RawVariable<'a>>>,
    complete: Option<bool>,
    applyable: Option<bool>,
    errored: Option<bool>,
    // Fields of other documents.
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
    resource_change: Option<ResourceChange<'a>>,
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
        // Text after the first document is not part of the plan.
        let raw = match documents.next() {
            Some(Ok(raw)) => raw,
            Some(Err(error)) => return Err(unreadable(&error, lines_before)),
            None => return Err(PlanError::new("the file is empty", SHOW)),
        };
        raw.check()?;
        let configuration = match raw.configuration {
            Some(raw) => Configuration::read(raw).map_err(|_| {
                PlanError::new(
                    "the plan's `configuration` does not have the documented structure",
                    "plan with another version",
                )
            })?,
            None => Configuration::default(),
        };
        let mut variables = configuration.defaults.clone();
        for (name, variable) in raw.variables.into_iter().flatten() {
            let sensitive = configuration.sensitive.iter().any(|s| *s == name);
            variables.insert(name.into_owned(), value(variable.value, None, None).marked(sensitive));
        }
        Ok(Self {
            format_version: raw.format_version.unwrap_or_default(),
            terraform_version: raw.terraform_version.unwrap_or_default(),
            changes: raw.resource_changes.unwrap_or_default(),
            drift: raw.resource_drift.unwrap_or_default(),
            deferred: raw.deferred_changes.into_iter().flatten().filter_map(|d| d.resource_change).collect(),
            complete: raw.complete,
            applyable: raw.applyable,
            errored: raw.errored.unwrap_or(false),
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

impl RawPlan<'_> {
    fn check(&self) -> Result<(), PlanError> {
        if self.level.is_some() {
            return Err(PlanError::new("this is the log of `terraform plan -json`, not a plan", SHOW));
        }
        if self.lineage.is_some() {
            return Err(PlanError::new("this is a state file, not a plan", SHOW));
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
