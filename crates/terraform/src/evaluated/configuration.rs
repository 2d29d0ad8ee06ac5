//! The `configuration` of the document: providers, modules, and the references of arguments.

use std::collections::BTreeMap;

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body, Structure};
use hcl_edit::visit::{Visit, visit_func_call};
use serde_json::{Map, Value as Json, json};

use super::block;
use super::modules::Walk;
use crate::address::{ModuleStep, module_path};
use crate::references::references_of;
use crate::source::{Located, SourceModule, Sources};
use crate::variables::key_text;

/// Writes the configuration.
pub(super) fn of(sources: &Sources, walk: &Walk<'_>) -> Json {
    let mut providers = Map::new();
    let root = module(sources, walk, &[], &mut providers);
    json!({ "provider_config": providers, "root_module": root })
}

fn module(sources: &Sources, walk: &Walk<'_>, modules: &[ModuleStep], providers: &mut Map<String, Json>) -> Json {
    let Some(source) = sources.module(modules) else { return json!({}) };
    let path = module_path(modules);
    for block in source.blocks("provider") {
        if let Some((key, provider)) = provider(source, walk, modules, block) {
            providers.entry(key).or_insert(provider);
        }
    }
    let both = source.blocks("resource").map(|b| (b, "managed")).chain(source.blocks("data").map(|b| (b, "data")));
    let resources: Vec<Json> = both.filter_map(|(block, mode)| resource(&path, block, mode)).collect();
    let calls = source.blocks("module").filter_map(|call| {
        let name = call.node.labels.first()?.as_str().to_owned();
        let inner = [modules, &[ModuleStep { name: name.clone(), key: None }]].concat();
        let mut out = json!({ "expressions": expressions(&call.node.body, &["source", "version", "providers", "count", "for_each", "depends_on"]) });
        if sources.module(&inner).is_some() {
            out["module"] = module(sources, walk, &inner, providers);
        }
        Some((name, out))
    });
    let calls: BTreeMap<String, Json> = calls.collect();
    json!({ "resources": resources, "module_calls": calls, "variables": variables(source), "outputs": outputs(source) })
}

fn resource(module: &str, block: Located<'_, Block>, mode: &str) -> Option<Json> {
    let mut labels = block.node.labels.iter().map(|label| label.as_str());
    let (kind, name) = (labels.next()?, labels.next()?);
    let local = local_provider(block, kind);
    let key = if module.is_empty() { local } else { format!("{module}:{local}") };
    let mut out = json!({
        "mode": mode,
        "type": kind,
        "name": name,
        "provider_config_key": key,
        "expressions": expressions(&block.node.body, &["provider", "count", "for_each", "depends_on"]),
    });
    if let Some(for_each) = block.attribute("for_each") {
        out["for_each_expression"] = expression(for_each.node);
    }
    Some(out)
}

/// The provider of a resource as its module names it: `aws`, `aws.west`.
fn local_provider(block: Located<'_, Block>, kind: &str) -> String {
    let named = block.attribute("provider").map(|e| match e.node.as_str() {
        // Terraform before 0.12 wrote it as text.
        Some(text) => text.to_owned(),
        None => e.node.to_string().trim().to_owned(),
    });
    named.unwrap_or_else(|| kind.split('_').next().unwrap_or(kind).to_owned())
}

/// The full name of a resource's provider: `registry.terraform.io/hashicorp/aws`.
pub(super) fn full_name(sources: &Sources, modules: &[ModuleStep], block: Located<'_, Block>, kind: &str) -> String {
    let local = local_provider(block, kind);
    let name = local.split('.').next().unwrap_or(&local);
    let required = sources.module(modules).and_then(|module| required(module, name));
    registry(required.and_then(|(source, _)| source).as_deref(), name)
}

fn registry(source: Option<&str>, name: &str) -> String {
    match source {
        None => format!("registry.terraform.io/hashicorp/{name}"),
        Some(source) if source.matches('/').count() >= 2 => source.to_owned(),
        Some(source) => format!("registry.terraform.io/{source}"),
    }
}

/// The source and the version that `required_providers` of a module states for a provider.
fn required(module: &SourceModule, name: &str) -> Option<(Option<String>, Option<String>)> {
    module.blocks("terraform").find_map(|block| {
        let all = block.node.body.blocks().find(|inner| inner.ident.as_str() == "required_providers")?;
        let value = &all.body.get_attribute(name)?.value;
        if let Some(version) = value.as_str() {
            return Some((None, Some(version.to_owned())));
        }
        let text = |wanted: &str| {
            let found = value.as_object()?.iter().find(|(key, _)| key_text(key).as_deref() == Some(wanted))?;
            found.1.expr().as_str().map(str::to_owned)
        };
        Some((text("source"), text("version")))
    })
}

fn provider(
    source: &SourceModule,
    walk: &Walk<'_>,
    modules: &[ModuleStep],
    block: Located<'_, Block>,
) -> Option<(String, Json)> {
    let name = block.node.labels.first()?.as_str();
    let alias = block.attribute("alias").and_then(|e| e.node.as_str().map(str::to_owned));
    let required = required(source, name).unwrap_or_default();
    let local = alias.as_ref().map_or_else(|| name.to_owned(), |alias| format!("{name}.{alias}"));
    let path = module_path(modules);
    let mut written = expressions(&block.node.body, &["alias", "version", "for_each"]);
    if let Some(tags) = dynamic_tags(walk, modules, block) {
        written["default_tags"] = tags;
    }
    let mut out = json!({ "name": name, "full_name": registry(required.0.as_deref(), name), "expressions": written });
    let version = required.1.or_else(|| block.attribute("version").and_then(|e| e.node.as_str().map(str::to_owned)));
    for (key, value) in [
        ("alias", alias),
        ("version_constraint", version),
        ("module_address", (!path.is_empty()).then(|| path.clone())),
    ] {
        if let Some(value) = value {
            out[key] = json!(value);
        }
    }
    Some((if path.is_empty() { local } else { format!("{path}:{local}") }, out))
}

/// The default tags of a `dynamic "default_tags"` block, as far as they are known. A plan leaves them out.
fn dynamic_tags(walk: &Walk<'_>, modules: &[ModuleStep], block: Located<'_, Block>) -> Option<Json> {
    let mut dynamic = block.node.body.blocks().filter(|inner| inner.ident.as_str() == "dynamic");
    dynamic.find(|inner| inner.labels.first().is_some_and(|label| label.as_str() == "default_tags"))?;
    let made = block::arguments(&block.node.body, &walk.scope(modules), &mut |_, _| {});
    let is_known = made.unknown.get("default_tags").is_none() && made.sensitive.get("default_tags").is_none();
    let tags = made.after.filter(|_| is_known)?.get("default_tags")?.as_array()?.clone();
    Some(tags.into_iter().map(|inner| json!({ "tags": { "constant_value": inner["tags"] } })).collect())
}

fn variables(module: &SourceModule) -> BTreeMap<String, Json> {
    let of_block = |block: Located<'_, Block>| {
        let mut out = json!({});
        if block.attribute("sensitive").and_then(|e| e.node.as_bool()) == Some(true) {
            out["sensitive"] = json!(true);
        }
        if let Some(Json::Object(default)) = block.attribute("default").map(|e| expression(e.node)) {
            out["default"] = default.get("constant_value").cloned().unwrap_or(Json::Null);
        }
        Some((block.node.labels.first()?.as_str().to_owned(), out))
    };
    module.blocks("variable").filter_map(of_block).collect()
}

fn outputs(module: &SourceModule) -> BTreeMap<String, Json> {
    let of_block = |block: Located<'_, Block>| {
        let value = block.attribute("value").map(|e| expression(e.node)).unwrap_or_else(|| json!({}));
        Some((block.node.labels.first()?.as_str().to_owned(), json!({ "expression": value })))
    };
    module.blocks("output").filter_map(of_block).collect()
}

/// The expressions of a body. A plan leaves `dynamic` blocks out.
fn expressions(body: &Body, skipped: &[&str]) -> Json {
    let mut out: Map<String, Json> = Map::new();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) if !skipped.contains(&attribute.key.as_str()) => {
                out.insert(attribute.key.as_str().to_owned(), expression(&attribute.value));
            }
            Structure::Block(block)
                if !["dynamic", "lifecycle", "connection", "provisioner"].contains(&block.ident.as_str()) =>
            {
                let inner = expressions(&block.body, &[]);
                match out.entry(block.ident.as_str().to_owned()).or_insert_with(|| json!([])) {
                    Json::Array(all) => all.push(inner),
                    other => *other = inner,
                }
            }
            _ => {}
        }
    }
    Json::Object(out)
}

/// An expression: its constant, or its references, the most specific first, each followed by what it is a part of.
fn expression(node: &Expression) -> Json {
    let references = references_of(node);
    if references.is_empty() {
        return match constant(node) {
            Some(value) => json!({ "constant_value": value }),
            None => json!({}),
        };
    }
    let mut out: Vec<String> = Vec::new();
    for reference in references {
        for text in parts(&reference) {
            if !out.contains(&text) {
                out.push(text);
            }
        }
    }
    json!({ "references": out })
}

/// A reference and what it is a part of: `aws_vpc.a.id` and `aws_vpc.a`.
fn parts(reference: &str) -> Vec<String> {
    let first = reference.split('.').next().unwrap_or_default();
    let least = if first == "data" { 2 } else { 1 };
    let mut out = vec![reference.to_owned()];
    let mut text = reference;
    while let Some(at) = text.rfind(['.', '[']) {
        text = &text[..at];
        // A key may contain a dot: what is before it is no reference.
        let is_whole = text.matches('"').count().is_multiple_of(2);
        if text.matches('.').count() < least {
            break;
        }
        if is_whole {
            out.push(text.to_owned());
        }
    }
    out
}

/// The value of an expression without references and calls.
fn constant(node: &Expression) -> Option<Json> {
    struct Calls(bool);
    impl Visit for Calls {
        fn visit_func_call(&mut self, node: &hcl_edit::expr::FuncCall) {
            self.0 = true;
            visit_func_call(self, node);
        }
    }
    let mut calls = Calls(false);
    calls.visit_expr(node);
    if calls.0 {
        return None;
    }
    let value = crate::variables::plain_value(node)?;
    Some(crate::functions::json(&value))
}
