//! The names that the expressions of a module may use, with their values from the plan and the sources.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use hcl_edit::expr::Expression;
use hcl_edit::structure::Block;
use tollgate_expression::{
    EvaluationError, Evaluator, ExpressionScope, Object, ReferenceStep, Resolution, UnknownReason, Value,
    reference_text,
};

use crate::address::{Address, InstanceKey, ModuleStep};
use crate::evaluated::instances::{self, Instances};
use crate::functions::{self, Files};
use crate::source::{Located, SourceModule, Sources};
use crate::variables::converted;

/// The deepest chain of names: a local of a variable of a local.
const DEPTH: u32 = 48;
/// The largest value of an expression: bytes of text, and 16 for each item.
const LARGEST: usize = 1 << 20;
/// The most instances of a resource that is referred to as a whole.
const WHOLE: usize = 500;
/// The most names that the evaluation of one expression may look up.
const NAMES: u32 = 20_000;

#[derive(Default)]
struct Spent {
    depth: Cell<u32>,
    names: Cell<u32>,
}

/// What an evaluation without a plan knows besides the sources. With a plan, the plan contains what follows from it.
#[derive(Debug, Default)]
pub(crate) struct Evaluation {
    /// The workspace: `default`.
    pub(crate) workspace: String,
    /// Values of variables and locals that are known already, by module instance and name.
    values: RefCell<BTreeMap<String, Value>>,
}

impl Evaluation {
    /// Starts an evaluation in a workspace.
    pub(crate) fn new(workspace: &str) -> Self {
        Self { workspace: workspace.to_owned(), values: RefCell::default() }
    }
}

/// The names of one instance of a module.
pub struct ModuleScope<'s> {
    sources: &'s Sources,
    /// Values of the root's variables.
    variables: &'s BTreeMap<String, Value>,
    modules: Vec<ModuleStep>,
    /// The instance of the resource or module call whose expressions are read, with its `for_each`.
    key: Option<InstanceKey>,
    for_each: Option<&'s Expression>,
    spent: Rc<Spent>,
    evaluation: Option<&'s Evaluation>,
}

impl<'s> ModuleScope<'s> {
    /// Returns the names visible in a module instance, outside of its resources.
    pub fn of_module(sources: &'s Sources, variables: &'s BTreeMap<String, Value>, modules: &[ModuleStep]) -> Self {
        let modules = modules.to_vec();
        Self { sources, variables, modules, key: None, for_each: None, spent: Rc::default(), evaluation: None }
    }

    /// The same for an evaluation without a plan: declared types hold, and references to arguments of resources are followed.
    pub(crate) fn without_plan(self, evaluation: &'s Evaluation) -> Self {
        Self { evaluation: Some(evaluation), ..self }
    }

    /// The same inside of an instance of a block that has `for_each` or `count`.
    pub(crate) fn at(&self, key: Option<InstanceKey>, for_each: Option<&'s Expression>) -> Self {
        self.beside(self.modules.clone(), key, for_each)
    }

    /// Returns the names visible in the expressions of a resource.
    pub fn of_resource(sources: &'s Sources, variables: &'s BTreeMap<String, Value>, address: &Address) -> Self {
        let for_each = sources.resource(address).and_then(|block| block.attribute("for_each")).map(|e| e.node);
        Self { key: address.key.clone(), for_each, ..Self::of_module(sources, variables, &address.modules) }
    }

    /// Returns the names visible in an instance of a block of a module that has `for_each`: a provider of OpenTofu.
    pub fn of_instance(
        sources: &'s Sources,
        variables: &'s BTreeMap<String, Value>,
        modules: &[ModuleStep],
        key: &str,
        for_each: &'s Expression,
    ) -> Self {
        let key = Some(InstanceKey::Text(key.to_owned()));
        Self { key, for_each: Some(for_each), ..Self::of_module(sources, variables, modules) }
    }

    /// Returns the value of an expression. An expression that cannot be evaluated is unknown.
    pub fn evaluate(&self, expression: &Expression) -> Value {
        self.evaluate_in(self, expression)
    }

    /// The same with the names of a scope around this one.
    pub(crate) fn evaluate_in(&self, scope: &dyn ExpressionScope, expression: &Expression) -> Value {
        if self.spent.depth.get() >= DEPTH || self.spent.names.get() >= NAMES {
            return Value::Unknown(UnknownReason::new("a chain of too many names"));
        }
        self.spent.depth.set(self.spent.depth.get() + 1);
        let value = Evaluator::new(scope)
            .evaluate(&expression.clone().into())
            .unwrap_or_else(|fault| Value::Unknown(UnknownReason::new(&format!("an expression: {fault}"))));
        self.spent.depth.set(self.spent.depth.get() - 1);
        // Forty names of which each is twice the one before would fill every memory.
        let mut room = LARGEST;
        if fits(&value, &mut room) { value } else { Value::Unknown(UnknownReason::new("a value that is too large")) }
    }

    fn module(&self) -> Option<&'s SourceModule> {
        self.sources.module(&self.modules)
    }

    fn beside(&self, modules: Vec<ModuleStep>, key: Option<InstanceKey>, for_each: Option<&'s Expression>) -> Self {
        let Self { sources, variables, spent, evaluation, .. } = self;
        Self { sources, variables, modules, key, for_each, spent: spent.clone(), evaluation: *evaluation }
    }

    /// Returns a value of this module, evaluated once in an evaluation without a plan.
    fn once(&self, name: &str, evaluate: impl FnOnce() -> Value) -> Value {
        let Some(evaluation) = self.evaluation else { return evaluate() };
        let path: String = self.modules.iter().map(|m| format!("{}{}.", m.name, shown_key(m.key.as_ref()))).collect();
        let name = format!("{path}{name}");
        if let Some(known) = evaluation.values.borrow().get(&name) {
            return known.clone();
        }
        // A name that is needed for its own value is a circle: Terraform refuses it.
        let circle = Value::Unknown(UnknownReason::new("a value that refers to itself"));
        evaluation.values.borrow_mut().insert(name.clone(), circle);
        let value = evaluate();
        evaluation.values.borrow_mut().insert(name, value.clone());
        value
    }

    fn variable(&self, name: &str) -> Value {
        let reason = || Value::Unknown(UnknownReason::new(&format!("var.{name}")));
        let declared = self.module().and_then(|m| m.block("variable", &[name]));
        let sensitive = declared.and_then(|b| b.attribute("sensitive")).and_then(|e| e.node.as_bool()).unwrap_or(false);
        let given = match self.modules.split_last() {
            None => self.variables.get(name).cloned(),
            Some((last, above)) => self.sources.call(&self.modules).and_then(|call| {
                let for_each = call.attribute("for_each").map(|e| e.node);
                let scope = self.beside(above.to_vec(), last.key.clone(), for_each);
                Some(scope.evaluate(call.attribute(name)?.node))
            }),
        };
        let nullable = declared.and_then(|b| b.attribute("nullable")).and_then(|e| e.node.as_bool()).unwrap_or(true);
        let given = given.filter(|value| nullable || !value.is_null());
        let value = given.unwrap_or_else(|| match declared.and_then(|b| b.attribute("default")) {
            Some(default) => self.evaluate(default.node),
            None => reason(),
        });
        // The values of a plan have their declared types already.
        let kind = self.evaluation.and(declared).and_then(|b| b.attribute("type"));
        kind.map_or_else(|| value.clone(), |kind| converted(value.clone(), kind.node)).marked(sensitive)
    }

    /// Returns the folder of this module as `path.module` names it, and `path.root`: relative to the root folder.
    fn path(&self, name: &str) -> Option<Value> {
        let root = self.sources.root().filter(|_| self.evaluation.is_some())?;
        let folder = match name {
            "module" => self.module()?.folder.as_path(),
            "root" => root,
            "cwd" => return Some(Value::text(root.canonicalize().ok()?.to_string_lossy())),
            _ => return None,
        };
        let relative = match folder.strip_prefix(root) {
            Ok(inside) => inside.to_owned(),
            Err(_) => folder.canonicalize().ok()?,
        };
        let text = relative.to_string_lossy().replace('\\', "/");
        Some(Value::Text(if text.is_empty() { ".".to_owned() } else { text }))
    }

    /// Returns an argument of a resource of this module, and the number of steps that name it. What the provider computes is unknown.
    fn argument(&self, kind: &str, steps: &[ReferenceStep]) -> Option<(Value, usize)> {
        self.evaluation?;
        let ReferenceStep::Key(name) = steps.first()? else { return None };
        let block = self.module()?.block("resource", &[kind, name])?;
        let for_each = block.attribute("for_each").map(|e| e.node);
        let repeated = for_each.is_some() || block.attribute("count").is_some();
        let key = match (repeated, steps.get(1)) {
            (_, None) | (true, Some(ReferenceStep::Splat)) => {
                let all = || self.all_instances(&format!("{kind}.{name}"), block);
                return Some((self.once(&format!("{kind}.{name}"), all), 1));
            }
            (false, _) => None,
            (true, Some(ReferenceStep::Index(index))) => Some(InstanceKey::Index(*index as u64)),
            (true, Some(ReferenceStep::Key(key))) => Some(InstanceKey::Text(key.clone())),
            (true, _) => return None,
        };
        let taken = 1 + usize::from(key.is_some());
        let ReferenceStep::Key(argument) = steps.get(taken)? else { return None };
        let value = self.at(key, for_each).evaluate(block.attribute(argument)?.node);
        Some((value, taken + 1))
    }

    /// Returns a resource as a whole: one object, a list by `count`, or an object by `for_each`. What the provider computes is unknown, so
    /// the number of instances is what such a value is good for, and the arguments that are set.
    fn all_instances(&self, name: &str, block: Located<'_, Block>) -> Value {
        let for_each = block.attribute("for_each").map(|e| e.node);
        let object = |key: Option<InstanceKey>| {
            let reason = UnknownReason::new(&format!("{name}{}", shown_key(key.as_ref())));
            let scope = self.at(key, for_each);
            let set = block.node.body.attributes().filter(|a| !["count", "for_each"].contains(&a.key.as_str()));
            let entries = set.map(|a| (a.key.as_str().to_owned(), scope.evaluate(&a.value))).collect();
            Value::Object(Object { entries, open: Some(reason) })
        };
        match instances::of(block, self, WHOLE) {
            Instances::One => object(None),
            Instances::Keys(keys) if for_each.is_none() => {
                Value::List(keys.into_iter().map(|k| object(Some(k))).collect())
            }
            Instances::Keys(keys) => {
                let entries = keys.into_iter().filter_map(|key| match &key {
                    InstanceKey::Text(text) => Some((text.clone(), object(Some(key)))),
                    InstanceKey::Index(_) => None,
                });
                Value::Object(Object { entries: entries.collect(), open: None })
            }
            Instances::TooMany => Value::Unknown(UnknownReason::new(name)),
            Instances::Unknown(reason) => Value::Unknown(reason),
        }
    }

    /// Returns an output of a module that is called here, and the number of steps that name it.
    fn output(&self, steps: &[ReferenceStep]) -> Option<(Value, usize)> {
        let ReferenceStep::Key(name) = steps.first()? else { return None };
        let mut modules = self.modules.clone();
        let call = self.module()?.block("module", &[name])?;
        let repeated = call.attribute("count").is_some() || call.attribute("for_each").is_some();
        let key = match (repeated, steps.get(1)?) {
            (false, _) => None,
            (true, ReferenceStep::Index(index)) => Some(InstanceKey::Index(*index as u64)),
            (true, ReferenceStep::Key(key)) => Some(InstanceKey::Text(key.clone())),
            (true, _) => return None,
        };
        let taken = 1 + usize::from(key.is_some());
        modules.push(ModuleStep { name: name.clone(), key });
        let ReferenceStep::Key(output) = steps.get(taken)? else { return None };
        let block = self.sources.module(&modules)?.block("output", &[output])?;
        let value = self.beside(modules, None, None).evaluate(block.attribute("value")?.node);
        let sensitive = block.attribute("sensitive").and_then(|e| e.node.as_bool()).unwrap_or(false);
        Some((value.marked(sensitive), taken + 1))
    }
}

impl ExpressionScope for ModuleScope<'_> {
    fn resolve(&self, name: &str, steps: &[ReferenceStep]) -> Resolution<'_> {
        self.spent.names.set(self.spent.names.get() + 1);
        let first = match steps.first() {
            Some(ReferenceStep::Key(key)) => key.as_str(),
            _ => "",
        };
        let known = match (name, first) {
            ("var", variable) if !variable.is_empty() => {
                Some((self.once(&format!("var.{variable}"), || self.variable(variable)), 1))
            }
            ("local", local) => {
                let found = self.module().and_then(|m| m.local(local));
                // A local stands outside of every block, so it sees no instance.
                let value = |e: Located<'_, Expression>| self.at(None, None).evaluate(e.node);
                found.map(|e| (self.once(&format!("local.{local}"), || value(e)), 1))
            }
            ("path", path) => self.path(path).map(|value| (value, 1)),
            ("terraform" | "tofu", "workspace") => self.evaluation.map(|e| (Value::text(&e.workspace), 1)),
            ("each", "key") => match &self.key {
                Some(InstanceKey::Text(key)) => Some((Value::text(key), 1)),
                _ => None,
            },
            ("each", "value") => match (&self.key, self.for_each) {
                (Some(InstanceKey::Text(key)), Some(for_each)) => {
                    // `for_each` is evaluated outside of its instances.
                    let all = self.beside(self.modules.clone(), None, None).evaluate(for_each);
                    let of_a_set = all.as_list().is_some();
                    Some((if of_a_set { Value::text(key) } else { all.member(key) }, 1))
                }
                _ => None,
            },
            ("count", "index") => match self.key {
                Some(InstanceKey::Index(index)) => Some((Value::Number(index.into()), 1)),
                _ => None,
            },
            ("module", _) => self.output(steps),
            ("data" | "self" | "each" | "count" | "var", _) => None,
            (kind, _) => self.argument(kind, steps),
        };
        match known {
            Some((value, taken)) => Resolution::Value(Cow::Owned(value), taken),
            None => {
                let reason = UnknownReason::new(&reference_text(name, steps));
                Resolution::Value(Cow::Owned(Value::Unknown(reason)), steps.len())
            }
        }
    }

    fn has_function(&self, name: &str) -> bool {
        functions::is_function(name)
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, EvaluationError>> {
        functions::call(name, arguments, &Files { sources: self.sources })
    }
}

/// Whether a value has room; takes what it needs.
fn fits(value: &Value, room: &mut usize) -> bool {
    let own = 16 + if let Value::Text(text) = value { text.len() } else { 0 };
    let Some(left) = room.checked_sub(own) else { return false };
    *room = left;
    match value {
        Value::Sensitive(inner) => fits(inner, room),
        Value::List(items) => items.iter().all(|item| fits(item, room)),
        Value::Object(object) => object.entries.values().all(|entry| fits(entry, room)),
        _ => true,
    }
}

fn shown_key(key: Option<&InstanceKey>) -> String {
    key.map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(files: &[(&str, &str)], address: &str, attribute: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let sources = Sources::read(folder.path());
        assert!(sources.errors.is_empty(), "{:?}", sources.errors);
        let address = Address::parse(address).unwrap();
        let variables = [("team".to_owned(), Value::text("web"))].into();
        let scope = ModuleScope::of_resource(&sources, &variables, &address);
        let value = scope.evaluate(sources.resource(&address).unwrap().attribute(attribute).unwrap().node);
        value.unknown().map_or_else(|| value.shown(), |reason| format!("unknown: {reason}"))
    }

    #[test]
    fn names_are_followed_through_locals_variables_modules_and_outputs() {
        let root = r#"
            variable "team" {}
            locals { all = merge({ team = var.team }, local.more) }
            locals { more = { env = "prod" } }
            module "names" { source = "./names" }
            module "web" {
              source   = "./web"
              for_each = { eu = "Europe", us = "America" }
              tags     = merge(local.all, { place = each.value, name = module.names.name })
            }
        "#;
        let web = "variable \"tags\" {}\nresource \"aws_lb\" \"this\" {\n  count = 2\n  tags = merge(var.tags, { n = \"${count.index}\" })\n}\n";
        let names = "output \"name\" {\n  value = upper(\"shop\")\n}\n";
        let files = [("main.tf", root), ("web/main.tf", web), ("names/main.tf", names)];
        assert_eq!(
            value(&files, "module.web[\"us\"].aws_lb.this[1]", "tags"),
            "{env = prod, n = 1, name = SHOP, place = America, team = web}"
        );
    }

    #[test]
    fn what_cannot_be_followed_is_named() {
        let text = "resource \"aws_lb\" \"a\" {\n  x = var.nowhere\n  y = aws_vpc.main.id\n  z = local.loop\n}\nlocals { loop = local.loop }\n";
        let of = |attribute| value(&[("main.tf", text)], "aws_lb.a", attribute);
        assert_eq!(of("x"), "unknown: var.nowhere");
        assert_eq!(of("y"), "unknown: aws_vpc.main.id");
        assert_eq!(of("z"), "unknown: a chain of too many names");
    }

    #[test]
    fn what_init_fetched_is_read_and_is_not_ours_to_change() {
        let manifest = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"web","Source":"registry","Dir":".terraform/modules/web"}]}"#;
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join(".terraform/modules/web")).unwrap();
        std::fs::write(folder.path().join(".terraform/modules/modules.json"), manifest).unwrap();
        std::fs::write(folder.path().join("main.tf"), "module \"web\" {\n  source = \"acme/web/aws\"\n}\n").unwrap();
        let inner = "resource \"aws_lb\" \"this\" {\n  dynamic \"tag\" {\n    for_each = {}\n    content {}\n  }\n}\n";
        std::fs::write(folder.path().join(".terraform/modules/web/main.tf"), inner).unwrap();
        let sources = Sources::read(folder.path());
        let address = Address::parse("module.web.aws_lb.this").unwrap();
        assert!(!sources.module(&address.modules).unwrap().local);
        let block = sources.resource(&address).unwrap();
        assert_eq!(block.head().line, 1);
        assert_eq!(block.nested("tag")[0].place().line, 2);
    }
}
