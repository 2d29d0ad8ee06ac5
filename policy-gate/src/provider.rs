//! Finds the provider configuration of a resource, and from it the region, the account and the version.

use hcl_edit::expr::{Expression, ObjectKey};
use tollgate_expression::{UnknownReason, Value};
use tollgate_terraform::{ConfiguredExpression, ConfiguredProvider, ModuleScope, ModuleStep};

use crate::context::PlanContext;
use crate::resource::Resource;

/// The provider configuration of a resource.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ProviderConfiguration<'p> {
    /// This one.
    Found(&'p str, &'p ConfiguredProvider),
    /// None: the provider uses its defaults.
    Absent,
    /// It is unknown which one.
    Unknown,
}

/// Finds the provider configuration of a resource: its own, or the one that is passed to its module.
pub(crate) fn configured<'p>(resource: &Resource<'p>) -> ProviderConfiguration<'p> {
    let Some(key) = resource.configured.map(|c| c.provider_key.as_str()) else { return ProviderConfiguration::Unknown };
    let providers = resource.context.plan.providers();
    let own = |key: &str| providers.get_key_value(key).filter(|(_, provider)| !provider.is_passed_on());
    let mut local = key.rsplit(':').next().unwrap_or(key).to_owned();
    let mut modules: &[ModuleStep] = resource.address.as_ref().map_or(&[], |a| &a.modules);
    let of_module = |modules: &[ModuleStep], local: &str| format!("{}:{local}", path_of(modules));
    if let Some((key, provider)) = own(key).or_else(|| own(&of_module(modules, &local))) {
        return ProviderConfiguration::Found(key, provider);
    }
    while let Some((_, above)) = modules.split_last() {
        match passed(resource.context, modules, &local) {
            Passed::As(name) => local = name,
            Passed::Inherited if local.contains('.') => return ProviderConfiguration::Unknown,
            Passed::Inherited => {}
            // Without sources, a module may be passed any of several configurations.
            Passed::Unknown => {
                let name = local.split('.').next().unwrap_or_default();
                let several = providers.values().filter(|p| p.name == name && p.module.is_empty()).count() > 1;
                if several || local.contains('.') {
                    return ProviderConfiguration::Unknown;
                }
            }
        }
        modules = above;
        // Terraform before 1.1 names a module by its last call alone.
        let candidates = match modules.last() {
            Some(call) => vec![of_module(modules, &local), format!("{}:{local}", call.name)],
            None => vec![local.clone()],
        };
        for candidate in candidates {
            if let Some((key, provider)) = own(&candidate) {
                return ProviderConfiguration::Found(key, provider);
            }
        }
    }
    if local.contains('.') { ProviderConfiguration::Unknown } else { ProviderConfiguration::Absent }
}

/// `module.web.module.db`: the path of a module without instance keys.
fn path_of(modules: &[ModuleStep]) -> String {
    modules.iter().map(|m| format!("module.{}", m.name)).collect::<Vec<_>>().join(".")
}

enum Passed {
    /// Under this name of the calling module.
    As(String),
    /// The one of the same name.
    Inherited,
    /// The module call is not in the sources.
    Unknown,
}

/// Finds the provider that a module call passes: `providers = { aws = aws.west }`.
fn passed(context: &PlanContext<'_>, modules: &[ModuleStep], local: &str) -> Passed {
    let Some(call) = context.sources.and_then(|s| s.call(modules)) else { return Passed::Unknown };
    let Some(map) = call.attribute("providers").and_then(|e| e.node.as_object()) else { return Passed::Inherited };
    for (key, value) in map.iter() {
        let key = match key {
            ObjectKey::Ident(name) => name.as_str().to_owned(),
            ObjectKey::Expression(expression) => reference(expression),
        };
        if key == local {
            return Passed::As(reference(value.expr()));
        }
    }
    Passed::Inherited
}

/// `aws.west` as it is written.
fn reference(expression: &Expression) -> String {
    expression.to_string().trim().to_owned()
}

/// Whether any configuration of a provider sets an attribute.
pub(crate) fn any_sets(context: &PlanContext<'_>, provider: &str, name: &str) -> bool {
    context.plan.providers().values().any(|p| p.own_name == provider && p.expressions.contains_key(name))
}

/// Returns the value of an attribute of a provider configuration, as far as it is known.
pub(crate) fn attribute(context: &PlanContext<'_>, provider: &ConfiguredProvider, name: &str) -> Value {
    match provider.expressions.get(name) {
        None if provider.unreadable => {
            Value::Unknown(UnknownReason::new("a provider configuration that cannot be read"))
        }
        None => Value::Null,
        Some(expression) => known(context, provider, expression, &[name]),
    }
}

/// Evaluates an expression of a provider configuration: a constant, the sources, or the variables of the plan
/// where the expression uses nothing else.
pub(crate) fn known(
    context: &PlanContext<'_>,
    provider: &ConfiguredProvider,
    expression: &ConfiguredExpression,
    path: &[&str],
) -> Value {
    match expression {
        ConfiguredExpression::Constant(value) => value.clone(),
        ConfiguredExpression::References(references) => {
            if let Some(value) = from_sources(context, provider, path) {
                return value;
            }
            let name = references.first().map_or("an expression", String::as_str);
            Value::Unknown(UnknownReason::new(name))
        }
        ConfiguredExpression::Blocks(_) => Value::Unknown(UnknownReason::new("a block")),
    }
}

fn from_sources(context: &PlanContext<'_>, provider: &ConfiguredProvider, path: &[&str]) -> Option<Value> {
    let sources = context.sources?;
    let block = source_block(context, provider)?;
    let found = match path {
        [attribute] => block.attribute(attribute)?.node,
        [inner, attribute] => block.nested(inner).first()?.block.attribute(attribute)?.node,
        _ => return None,
    };
    let scope = ModuleScope::of_module(sources, &context.plan.variables, &modules(provider));
    Some(scope.evaluate(found))
}

/// Finds the block that configures a provider.
pub(crate) fn source_block<'p>(
    context: &PlanContext<'p>,
    provider: &ConfiguredProvider,
) -> Option<tollgate_terraform::Located<'p, hcl_edit::structure::Block>> {
    context.sources?.module(&modules(provider))?.provider(&provider.name, provider.alias.as_deref())
}

/// Returns the module that configures a provider.
pub(crate) fn modules(provider: &ConfiguredProvider) -> Vec<ModuleStep> {
    let names = provider.module.split('.').filter(|part| !part.is_empty() && *part != "module");
    names.map(|name| ModuleStep { name: name.to_owned(), key: None }).collect()
}

/// Returns the account, subscription or project of a resource, where it is known.
pub(crate) fn account(resource: &Resource<'_>) -> Option<String> {
    let context = resource.context;
    if let Some(account) = &context.caller.account {
        return Some(account.clone());
    }
    let provider = match configured(resource) {
        ProviderConfiguration::Found(_, provider) => Some(provider),
        ProviderConfiguration::Absent | ProviderConfiguration::Unknown => None,
    };
    let own = |name: &str| resource.after.member(name).as_text().map(str::to_owned);
    let of_provider = |name: &str| provider.and_then(|p| attribute(context, p, name).as_text().map(str::to_owned));
    match resource.provider() {
        "aws" | "awscc" => {
            let arn = own("arn").or_else(|| resource.before.member("arn").as_text().map(str::to_owned));
            let of_arn = |arn: &str| {
                arn.split(':')
                    .nth(4)
                    .filter(|a| a.len() == 12 && a.bytes().all(|b| b.is_ascii_digit()))
                    .map(str::to_owned)
            };
            let allowed = || match attribute(context, provider?, "allowed_account_ids").as_list() {
                Some([only]) => only.as_text().map(str::to_owned),
                _ => None,
            };
            let assumed = || {
                let block = match provider?.expressions.get("assume_role")? {
                    ConfiguredExpression::Blocks(blocks) => blocks.first()?,
                    _ => return None,
                };
                let role = known(context, provider?, block.get("role_arn")?, &["assume_role", "role_arn"]);
                of_arn(role.as_text()?)
            };
            arn.as_deref().and_then(of_arn).or_else(allowed).or_else(assumed)
        }
        "google" | "google-beta" => own("project").or_else(|| of_provider("project")),
        "azurerm" | "azapi" => of_provider("subscription_id")
            .or_else(|| plain_attribute(context, provider?, "subscription_id", &is_subscription)),
        _ => None,
    }
}

/// Returns an attribute of a provider configuration that is a single variable, if its value has the expected form. The plan does
/// not contain what an expression does with the variable, and the form shows that it does nothing.
pub(crate) fn plain_attribute(
    context: &PlanContext<'_>,
    provider: &ConfiguredProvider,
    name: &str,
    has_form: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let ConfiguredExpression::References(references) = provider.expressions.get(name)? else { return None };
    let value = context.plan.value_if_plain(&provider.module, references)?;
    value.as_text().filter(|text| has_form(text)).map(str::to_owned)
}

/// Whether text has the form of a subscription: 8-4-4-4-12 hexadecimal digits.
fn is_subscription(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let hexadecimal = groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()));
    hexadecimal && groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
}

/// Whether a provider has at least a version; `None` when the version is unknown.
pub(crate) fn at_least(resource: &Resource<'_>, major: u32, minor: u32) -> Option<bool> {
    if let Some(locked) = resource.context.sources.and_then(|s| s.locked().get(&*resource.change.provider_name)) {
        return Some(version(locked)? >= (major, minor));
    }
    let ProviderConfiguration::Found(_, provider) = configured(resource) else { return None };
    bounds(provider.version.as_deref()?, (major, minor))
}

/// Whether every version that a constraint allows reaches a version (`true`), none does (`false`), or some do (`None`).
fn bounds(constraint: &str, wanted: (u32, u32)) -> Option<bool> {
    let mut answer = None;
    for part in constraint.split(',') {
        let part = part.trim();
        let (operator, text) = part.split_at(part.find(|c: char| c.is_ascii_digit())?);
        let said = version(text)?;
        let parts = text.trim().split('.').count();
        match operator.trim() {
            ">=" | ">" if said >= wanted => answer = Some(true),
            "" | "=" => answer = Some(said >= wanted),
            "~>" if said >= wanted => answer = Some(true),
            // `~> 5.1` stays below 6.0, `~> 5.1.2` below 5.2.
            "~>" if (parts >= 3 && said < wanted) || (said.0 < wanted.0) => answer = Some(false),
            "<" if said <= wanted => answer = Some(false),
            "<=" if said < wanted => answer = Some(false),
            _ => {}
        }
    }
    answer
}

fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().split('.');
    Some((parts.next()?.parse().ok()?, parts.next().map_or(Some(0), |p| p.parse().ok())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constraint_says_yes_no_or_nothing() {
        for (constraint, answer) in [
            (">= 5.40.0", Some(true)),
            ("~> 5.39", Some(true)),
            ("~> 5.0", None),
            ("5.29.0", Some(false)),
            ("= 6.1.0", Some(true)),
            ("~> 4.0", Some(false)),
            ("~> 5.38.2", Some(false)),
            (">= 3.0, < 5.0", Some(false)),
            (">= 3.0", None),
            ("nonsense", None),
        ] {
            assert_eq!(bounds(constraint, (5, 39)), answer, "{constraint}");
        }
    }
}
