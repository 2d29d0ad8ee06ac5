//! The configuration in a plan: providers, resources, and the references of their attributes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use tollgate_expression::Value;

use crate::values::{plain, value};

/// An attribute in the configuration.
#[derive(Clone, Debug, PartialEq)]
pub enum ConfiguredExpression {
    /// A constant.
    Constant(Value),
    /// References, the most specific first.
    References(Vec<String>),
    /// One or more blocks.
    Blocks(Vec<BTreeMap<String, ConfiguredExpression>>),
}

/// A provider's configuration.
#[derive(Debug)]
pub struct ConfiguredProvider {
    /// Its local name: `aws`, unless `required_providers` sets a different one.
    pub name: String,
    /// Its type: the last part of `registry.terraform.io/hashicorp/aws`.
    pub own_name: String,
    /// Its alias.
    pub alias: Option<String>,
    /// The module that configures it: empty for the root.
    pub module: String,
    /// The version constraint: `~> 5.0`.
    pub version: Option<String>,
    /// Its attributes and blocks.
    pub expressions: BTreeMap<String, ConfiguredExpression>,
}

/// A resource's configuration.
#[derive(Debug)]
pub struct ConfiguredResource<'a> {
    /// The key of its provider's configuration: `aws.west`, `module.a:aws`.
    pub provider_key: String,
    expressions: Option<&'a RawValue>,
}

impl ConfiguredResource<'_> {
    /// Returns its attributes. Attributes that are missing are not set.
    pub fn expressions(&self) -> BTreeMap<String, ConfiguredExpression> {
        let parsed = self.expressions.and_then(|raw| serde_json::from_str::<Json>(raw.get()).ok());
        parsed.map(blocks).unwrap_or_default()
    }
}

/// The whole configuration.
#[derive(Debug, Default)]
pub(crate) struct Configuration<'a> {
    pub(crate) providers: BTreeMap<String, ConfiguredProvider>,
    /// By address without instance keys.
    pub(crate) resources: HashMap<String, ConfiguredResource<'a>>,
    /// Sensitive variables of the root.
    pub(crate) sensitive: Vec<String>,
    /// Defaults of the root's variables.
    pub(crate) defaults: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct RawConfiguration<'a> {
    #[serde(default)]
    provider_config: Option<BTreeMap<String, RawProvider>>,
    #[serde(borrow, default)]
    root_module: Option<RawModule<'a>>,
}

#[derive(Deserialize)]
struct RawProvider {
    name: Option<String>,
    full_name: Option<String>,
    alias: Option<String>,
    module_address: Option<String>,
    version_constraint: Option<String>,
    #[serde(default)]
    expressions: Json,
}

#[derive(Default, Deserialize)]
struct RawModule<'a> {
    #[serde(borrow, default)]
    resources: Option<Vec<RawResource<'a>>>,
    #[serde(borrow, default)]
    module_calls: Option<BTreeMap<String, RawCall<'a>>>,
    #[serde(default)]
    variables: Option<BTreeMap<String, RawVariable>>,
}

#[derive(Deserialize)]
struct RawResource<'a> {
    #[serde(borrow, default)]
    mode: Cow<'a, str>,
    #[serde(borrow, rename = "type", default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(default)]
    provider_config_key: Option<String>,
    #[serde(borrow, default)]
    expressions: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawCall<'a> {
    #[serde(borrow, default)]
    module: Option<RawModule<'a>>,
}

#[derive(Deserialize)]
struct RawVariable {
    #[serde(default)]
    sensitive: bool,
    #[serde(default)]
    default: Option<Box<RawValue>>,
}

impl<'a> Configuration<'a> {
    /// # Errors
    ///
    /// When it does not have the documented structure.
    pub(crate) fn read(raw: &'a RawValue) -> Result<Self, serde_json::Error> {
        let parsed: RawConfiguration<'a> = serde_json::from_str(raw.get())?;
        let providers = parsed.provider_config.into_iter().flatten().map(|(key, raw)| {
            let from_key = key.rsplit(':').next().unwrap_or_default().split('.').next().unwrap_or_default().to_owned();
            let name = raw.name.unwrap_or(from_key);
            let own_name = raw.full_name.as_deref().and_then(|f| f.rsplit('/').next()).unwrap_or(&name).to_owned();
            let provider = ConfiguredProvider {
                own_name,
                name,
                alias: raw.alias,
                module: raw.module_address.unwrap_or_default(),
                version: raw.version_constraint,
                expressions: blocks(raw.expressions),
            };
            (key, provider)
        });
        let mut out = Self { providers: providers.collect(), ..Self::default() };
        let root = parsed.root_module.unwrap_or_default();
        for (name, variable) in root.variables.iter().flatten() {
            if variable.sensitive {
                out.sensitive.push(name.clone());
            }
            if let Some(default) = &variable.default {
                out.defaults.insert(name.clone(), value(Some(default), None, None).marked(variable.sensitive));
            }
        }
        out.collect(root, "");
        Ok(out)
    }

    fn collect(&mut self, module: RawModule<'a>, path: &str) {
        for resource in module.resources.into_iter().flatten() {
            let data = if resource.mode == "data" { "data." } else { "" };
            let address = format!("{path}{data}{}.{}", resource.kind, resource.name);
            let provider_key = resource.provider_config_key.unwrap_or_default();
            self.resources.insert(address, ConfiguredResource { provider_key, expressions: resource.expressions });
        }
        for (name, call) in module.module_calls.into_iter().flatten() {
            if let Some(inner) = call.module {
                self.collect(inner, &format!("{path}module.{name}."));
            }
        }
    }
}

/// Converts an object of expressions.
fn blocks(json: Json) -> BTreeMap<String, ConfiguredExpression> {
    let Json::Object(map) = json else { return BTreeMap::new() };
    map.into_iter().map(|(key, json)| (key, expression(json))).collect()
}

fn expression(json: Json) -> ConfiguredExpression {
    match json {
        Json::Array(items) => ConfiguredExpression::Blocks(items.into_iter().map(blocks).collect()),
        Json::Object(mut map) => {
            if let Some(constant) = map.remove("constant_value") {
                return ConfiguredExpression::Constant(plain(constant));
            }
            let references = match map.get("references") {
                Some(Json::Array(list)) => Some(list.iter().filter_map(Json::as_str).map(str::to_owned).collect()),
                _ => None,
            };
            match references {
                Some(list) => ConfiguredExpression::References(list),
                // An expression without references, such as a function of constants, is an empty object.
                None if map.is_empty() => ConfiguredExpression::References(Vec::new()),
                None => ConfiguredExpression::Blocks(vec![blocks(Json::Object(map))]),
            }
        }
        other => ConfiguredExpression::Constant(plain(other)),
    }
}
