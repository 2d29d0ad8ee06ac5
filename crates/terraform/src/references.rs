//! Follows references through the variables and outputs of modules, by the configuration in a plan.

use std::collections::BTreeSet;

use hcl_edit::expr::Expression;
use hcl_edit::visit::{Visit, visit_expr};
use tollgate_expression::Value;

use crate::TerraformPlan;
use crate::address::{ModuleStep, module_path};
use crate::configuration::ConfiguredExpression;

/// The longest chain of variables and outputs.
const DEPTH: usize = 32;

/// A reference to a resource, with the module that it stands in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlannedReference {
    /// The module without instance keys: `module.web.module.db`; empty for the root.
    pub module: String,
    /// The reference: `aws_launch_template.web.id`.
    pub text: String,
}

/// A reference of a module, taken apart.
enum Target<'t> {
    /// A variable, with the rest of the steps.
    Variable(&'t str, &'t str),
    /// An output of a module that is called here.
    Output(&'t str, &'t str),
    /// A name that has no meaning outside of its block or file.
    Local,
    /// A resource or data source.
    Resource,
}

impl TerraformPlan<'_> {
    /// Returns the resources that references of a module lead to, through variables and outputs, in order.
    pub fn follow(&self, modules: &[ModuleStep], references: &[String]) -> Vec<PlannedReference> {
        let mut out = Vec::new();
        let mut seen = BTreeSet::new();
        for text in references {
            let from = PlannedReference { module: module_path(modules), text: text.clone() };
            self.follow_one(from, 0, &mut seen, &mut out);
        }
        out
    }

    fn follow_one(
        &self,
        from: PlannedReference,
        depth: usize,
        seen: &mut BTreeSet<PlannedReference>,
        out: &mut Vec<PlannedReference>,
    ) {
        if depth > DEPTH || !seen.insert(from.clone()) {
            return;
        }
        let (module, names) = match target(&from.text) {
            Target::Resource => return out.push(from),
            Target::Local => return,
            Target::Variable(name, _) => match self.argument(&from.module, name) {
                Some((parent, ConfiguredExpression::References(names))) => (parent.to_owned(), names),
                _ => return,
            },
            Target::Output(call, output) => {
                let child = if from.module.is_empty() {
                    format!("module.{call}")
                } else {
                    format!("{}.module.{call}", from.module)
                };
                match self.configuration.modules.get(&child).and_then(|m| m.output(output)) {
                    Some(ConfiguredExpression::References(names)) => (child, names),
                    _ => return,
                }
            }
        };
        for text in names {
            let next = PlannedReference { module: module.clone(), text: text.clone() };
            self.follow_one(next, depth + 1, seen, out);
        }
    }

    /// Returns the argument that a module call passes for a variable, with the calling module.
    fn argument<'m>(&self, module: &'m str, name: &str) -> Option<(&'m str, &ConfiguredExpression)> {
        let at = module.rfind("module.")?;
        let passed = self.configuration.modules.get(module)?.argument(name)?;
        Some((module[..at].trim_end_matches('.'), passed))
    }

    /// Returns the value that an expression of a module has if it is nothing but these references: that of a variable of the root,
    /// of an argument or of a default. The plan does not contain what else the expression does, so the caller has to verify that
    /// the value makes sense.
    pub fn value_if_plain(&self, module: &str, references: &[String]) -> Option<Value> {
        self.plain_value(module, references, 0)
    }

    fn plain_value(&self, module: &str, references: &[String], depth: usize) -> Option<Value> {
        // The most specific reference is first, followed by what it is a part of.
        let first = references.first().filter(|_| depth <= DEPTH)?;
        if !references.iter().all(|part| first.starts_with(part.as_str())) {
            return None;
        }
        let Target::Variable(name, steps) = target(first) else { return None };
        let whole = if module.is_empty() {
            self.variables.get(name)?.clone()
        } else {
            match self.argument(module, name) {
                Some((_, ConfiguredExpression::Constant(value))) => value.clone(),
                Some((parent, ConfiguredExpression::References(names))) => {
                    self.plain_value(parent, names, depth + 1)?
                }
                Some((_, ConfiguredExpression::Blocks(_))) => return None,
                None => self.configuration.modules.get(module)?.default_of(name)?.clone(),
            }
        };
        Some(inside(whole, steps))
    }
}

/// Takes a reference apart.
fn target(text: &str) -> Target<'_> {
    let (first, rest) = text.split_once('.').unwrap_or((text, ""));
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let name = &rest[..end];
    match first {
        "var" if !name.is_empty() => Target::Variable(name, &rest[end..]),
        "module" => {
            // An instance key may contain any character, a dot among them.
            let after = match rest[end..].strip_prefix('[') {
                Some(key) if key.starts_with('"') => key.find("\"]").map_or("", |at| &key[at + 2..]),
                Some(key) => key.find(']').map_or("", |at| &key[at + 1..]),
                None => &rest[end..],
            };
            let output = after.strip_prefix('.').unwrap_or_default();
            let output = &output[..output.find(['.', '[']).unwrap_or(output.len())];
            if output.is_empty() { Target::Local } else { Target::Output(name, output) }
        }
        "local" | "each" | "count" | "self" | "path" | "terraform" | "tofu" | "var" => Target::Local,
        _ => Target::Resource,
    }
}

/// Follows the steps of a reference into a value: `.network.region`, `["eu"]`, `[0]`.
fn inside(value: Value, steps: &str) -> Value {
    let mut value = value;
    let mut rest = steps;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            value = value.member(&after[..end]);
            rest = &after[end..];
        } else if let Some((key, after)) = rest.strip_prefix("[\"").and_then(|r| r.split_once("\"]")) {
            value = value.member(key);
            rest = after;
        } else if let Some((index, after)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
            value = index.parse().map_or(Value::Null, |index| value.item(index));
            rest = after;
        } else {
            return Value::Null;
        }
    }
    value
}

/// Returns the references of an expression in the sources, as a plan writes them.
pub fn references_of(expression: &Expression) -> Vec<String> {
    struct Collector(Vec<String>);
    impl Visit for Collector {
        fn visit_expr(&mut self, node: &Expression) {
            if let Expression::Traversal(traversal) = node
                && matches!(traversal.expr, Expression::Variable(_))
            {
                self.0.push(node.to_string().split_whitespace().collect());
            }
            visit_expr(self, node);
        }
    }
    let mut found = Collector(Vec::new());
    found.visit_expr(expression);
    found.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PlanText;

    fn steps(names: &[&str]) -> Vec<ModuleStep> {
        names.iter().map(|name| ModuleStep { name: (*name).to_owned(), key: None }).collect()
    }

    const PLAN: &str = r#"{
        "format_version": "1.2", "resource_changes": [], "variables": {"region": {"value": "sa-east-1"}, "site": {"value": {"eu": ["eu-west-1"]}}},
        "configuration": {"root_module": {"module_calls": {
            "template": {"module": {"outputs": {"id": {"expression": {"references": ["aws_launch_template.l.id", "aws_launch_template.l"]}}}}},
            "group": {
                "expressions": {
                    "template": {"references": ["module.template.id", "module.template"]},
                    "region": {"references": ["var.region"]},
                    "zone": {"constant_value": "eu-north-1"},
                    "loop": {"references": ["module.group.again"]}
                },
                "module": {
                    "variables": {"fallback": {"default": "us-west-1"}},
                    "outputs": {"again": {"expression": {"references": ["var.loop"]}}},
                    "module_calls": {"inner": {"expressions": {"template": {"references": ["var.template"]}, "region": {"references": ["var.region"]}}, "module": {}}}
                }
            }
        }}}
    }"#;

    #[test]
    fn references_lead_through_variables_and_outputs() {
        let text = PlanText::read(PLAN.into()).unwrap();
        let plan = TerraformPlan::read(&text).unwrap();
        let inner = steps(&["group", "inner"]);
        let found = plan.follow(&inner, &["var.template".to_owned()]);
        let shown: Vec<String> = found.iter().map(|r| format!("{}: {}", r.module, r.text)).collect();
        assert_eq!(shown, ["module.template: aws_launch_template.l.id", "module.template: aws_launch_template.l"]);
        assert!(plan.follow(&steps(&["group"]), &["var.loop".to_owned()]).is_empty());
    }

    #[test]
    fn a_variable_alone_has_the_value_that_is_passed() {
        let text = PlanText::read(PLAN.into()).unwrap();
        let plan = TerraformPlan::read(&text).unwrap();
        let value = |module: &str, references: &[&str]| {
            let names: Vec<String> = references.iter().map(|r| (*r).to_owned()).collect();
            plan.value_if_plain(module, &names).and_then(|v| v.as_text().map(str::to_owned))
        };
        assert_eq!(value("module.group.module.inner", &["var.region"]).as_deref(), Some("sa-east-1"));
        assert_eq!(value("module.group", &["var.zone"]).as_deref(), Some("eu-north-1"));
        assert_eq!(value("module.group", &["var.fallback"]).as_deref(), Some("us-west-1"));
        assert_eq!(value("", &["var.site[\"eu\"][0]", "var.site[\"eu\"]", "var.site"]).as_deref(), Some("eu-west-1"));
        assert_eq!(value("", &["var.region", "var.site"]), None);
        assert_eq!(value("", &["local.region"]), None);
    }
}
