//! The configuration in a plan: providers, resources, and the references of their attributes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use tollgate_expression::Value;

use crate::lenient::{list, map, one};
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
    /// Whether the plan contains it in a form that cannot be read: any attribute may be set.
    pub unreadable: bool,
}

impl ConfiguredProvider {
    /// Returns whether it only passes on the configuration of the calling module. Terraform before 1.1 lists the
    /// `required_providers` of a module so, and every version the empty `provider` block of one.
    pub fn is_passed_on(&self) -> bool {
        !self.module.is_empty() && self.expressions.is_empty() && !self.unreadable
    }
}

/// A resource's configuration.
#[derive(Debug)]
pub struct ConfiguredResource<'a> {
    /// The key of its provider's configuration: `aws.west`, `module.a:aws`.
    pub provider_key: String,
    expressions: Option<&'a RawValue>,
    for_each: Option<&'a RawValue>,
}

impl ConfiguredResource<'_> {
    /// Returns its attributes. Attributes that are missing are not set.
    pub fn expressions(&self) -> BTreeMap<String, ConfiguredExpression> {
        expressions(self.expressions)
    }

    /// Returns the references of `for_each`.
    pub fn for_each(&self) -> Vec<String> {
        match one::<Json>(self.for_each).map(expression) {
            Some(ConfiguredExpression::References(names)) => names,
            _ => Vec::new(),
        }
    }
}

/// A module of the configuration, as far as references lead through it. Its parts are parsed once, when a reference first leads
/// through them: hundreds of resources may refer to the same hundred variables.
#[derive(Debug, Default)]
pub(crate) struct ConfiguredModule<'a> {
    raw_arguments: Option<&'a RawValue>,
    raw_outputs: Option<&'a RawValue>,
    variables: Option<&'a RawValue>,
    arguments: OnceLock<BTreeMap<String, ConfiguredExpression>>,
    outputs: OnceLock<BTreeMap<String, ConfiguredExpression>>,
    defaults: OnceLock<BTreeMap<String, Value>>,
}

impl ConfiguredModule<'_> {
    /// Returns an argument of the call.
    pub(crate) fn argument(&self, name: &str) -> Option<&ConfiguredExpression> {
        self.arguments.get_or_init(|| expressions(self.raw_arguments)).get(name)
    }

    /// Returns the expression of an output.
    pub(crate) fn output(&self, name: &str) -> Option<&ConfiguredExpression> {
        let outputs = || map::<RawOutput>(self.raw_outputs).map(|(name, o)| (name, expression(o.expression))).collect();
        self.outputs.get_or_init(outputs).get(name)
    }

    /// Returns the default value of a variable.
    pub(crate) fn default_of(&self, name: &str) -> Option<&Value> {
        let defaults = || {
            let with_default = map::<RawVariable<'_>>(self.variables).filter_map(|(name, variable)| {
                Some((name, value(Some(variable.default?), None, None).marked(variable.sensitive)))
            });
            with_default.collect()
        };
        self.defaults.get_or_init(defaults).get(name)
    }
}

/// The whole configuration.
#[derive(Debug, Default)]
pub(crate) struct Configuration<'a> {
    pub(crate) providers: BTreeMap<String, ConfiguredProvider>,
    /// By address without instance keys.
    pub(crate) resources: HashMap<String, ConfiguredResource<'a>>,
    /// By path without instance keys: `module.web.module.db`.
    pub(crate) modules: HashMap<String, ConfiguredModule<'a>>,
    /// Sensitive variables of the root.
    pub(crate) sensitive: Vec<String>,
    /// Defaults of the root's variables.
    pub(crate) defaults: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct RawConfiguration<'a> {
    #[serde(borrow, default)]
    provider_config: Option<&'a RawValue>,
    #[serde(borrow, default)]
    root_module: Option<RawModule<'a>>,
}

#[derive(Default, Deserialize)]
struct RawProvider<'a> {
    name: Option<String>,
    full_name: Option<String>,
    alias: Option<String>,
    module_address: Option<String>,
    version_constraint: Option<String>,
    #[serde(borrow, default)]
    expressions: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct RawModule<'a> {
    #[serde(borrow, default)]
    resources: Option<&'a RawValue>,
    #[serde(borrow, default)]
    module_calls: Option<BTreeMap<String, RawCall<'a>>>,
    #[serde(borrow, default)]
    variables: Option<&'a RawValue>,
    #[serde(borrow, default)]
    outputs: Option<&'a RawValue>,
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
    #[serde(borrow, default)]
    for_each_expression: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawCall<'a> {
    #[serde(borrow, default)]
    expressions: Option<&'a RawValue>,
    #[serde(borrow, default)]
    module: Option<RawModule<'a>>,
}

#[derive(Deserialize)]
struct RawOutput {
    #[serde(default)]
    expression: Json,
}

#[derive(Deserialize)]
struct RawVariable<'a> {
    #[serde(default)]
    sensitive: bool,
    #[serde(borrow, default)]
    default: Option<&'a RawValue>,
}

impl<'a> Configuration<'a> {
    /// Reads what has the documented structure. A resource without it has no known configuration, and a provider without it is
    /// marked.
    ///
    /// # Errors
    ///
    /// When the tree of modules does not have the documented structure.
    pub(crate) fn read(raw: &'a RawValue) -> Result<Self, serde_json::Error> {
        let parsed: RawConfiguration<'a> = serde_json::from_str(raw.get())?;
        let mut out = Self::default();
        for (key, raw) in map::<&RawValue>(parsed.provider_config) {
            let provider = provider(&key, raw);
            out.providers.insert(key, provider);
        }
        let root = parsed.root_module.unwrap_or_default();
        for (name, raw) in map::<&RawValue>(root.variables) {
            let Some(variable) = one::<RawVariable<'a>>(Some(raw)) else {
                // Whether it is sensitive is unknown.
                out.sensitive.push(name);
                continue;
            };
            if variable.sensitive {
                out.sensitive.push(name.clone());
            }
            if let Some(default) = variable.default {
                out.defaults.insert(name, value(Some(default), None, None).marked(variable.sensitive));
            }
        }
        out.collect(root, "", None);
        Ok(out)
    }

    fn collect(&mut self, module: RawModule<'a>, path: &str, arguments: Option<&'a RawValue>) {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
        for resource in list::<RawResource<'a>>(module.resources) {
            let data = if resource.mode == "data" { "data." } else { "" };
            let address = format!("{prefix}{data}{}.{}", resource.kind, resource.name);
            let provider_key = resource.provider_config_key.unwrap_or_default();
            let (expressions, for_each) = (resource.expressions, resource.for_each_expression);
            self.resources.insert(address, ConfiguredResource { provider_key, expressions, for_each });
        }
        let own = ConfiguredModule {
            raw_arguments: arguments,
            raw_outputs: module.outputs,
            variables: module.variables,
            ..ConfiguredModule::default()
        };
        self.modules.insert(path.to_owned(), own);
        for (name, call) in module.module_calls.into_iter().flatten() {
            if let Some(inner) = call.module {
                self.collect(inner, &format!("{prefix}module.{name}"), call.expressions);
            }
        }
    }
}

/// Reads a provider configuration. One without the documented structure is marked as such.
fn provider(key: &str, raw: &RawValue) -> ConfiguredProvider {
    let from_key = key.rsplit(':').next().unwrap_or_default().split('.').next().unwrap_or_default().to_owned();
    let read = one::<RawProvider<'_>>(Some(raw));
    let mut unreadable = read.is_none();
    let read = read.unwrap_or_default();
    let attributes = match read.expressions {
        None => BTreeMap::new(),
        Some(raw) => match one::<Json>(Some(raw)) {
            Some(json) => blocks(json),
            None => {
                unreadable = true;
                BTreeMap::new()
            }
        },
    };
    let name = read.name.unwrap_or(from_key);
    ConfiguredProvider {
        own_name: read.full_name.as_deref().and_then(|f| f.rsplit('/').next()).unwrap_or(&name).to_owned(),
        name,
        alias: read.alias,
        module: read.module_address.unwrap_or_default(),
        version: read.version_constraint,
        expressions: attributes,
        unreadable,
    }
}

/// Reads an object of expressions.
fn expressions(raw: Option<&RawValue>) -> BTreeMap<String, ConfiguredExpression> {
    one::<Json>(raw).map(blocks).unwrap_or_default()
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
