//! `rule "no-giants" { … }`: a condition over a planned resource.

use std::collections::BTreeSet;

use hcl_edit::expr::{Expression, ForExpr, FuncCall, Traversal, TraversalOperator};
use hcl_edit::visit::{Visit, visit_expr, visit_for_expr, visit_func_call, visit_traversal};
use tollgate_expression::{
    EvaluationError, Evaluator, ExpressionScope, FUNCTIONS, Function, UnknownReason, Value, is_function,
};

use crate::block::Block;
use crate::diagnostic::suggest;
use crate::document::{Document, span};
use crate::enforcement::{EnforcementTerms, OnUnknown};
use crate::selection::ResourceSelection;

/// The fields of a resource that an expression reads, each with its description.
pub const FIELDS: &[(&str, &str)] = &[
    ("account", "the cloud account, subscription or project; may be unknown"),
    ("action", "create, update, replace, no-op"),
    ("address", "module.web.aws_instance.this[0]"),
    ("before", "its attributes before the change; null for a new resource"),
    ("environment", "the environment of the plan; may be unknown"),
    ("module", "module.web, or empty text for the root"),
    ("monthly_change", "the change of its monthly cost, negative when the cost decreases; unknown when unpriced"),
    ("monthly_cost", "its monthly cost after the change; unknown when unpriced"),
    ("name", "its name in the source"),
    ("provider", "aws, azurerm, google…"),
    ("region", "the region or location; may be unknown"),
    ("tags", "its tags after the change, including default tags of the provider"),
    ("type", "aws_instance"),
    ("values", "its attributes after the change"),
];

/// An expression over a resource, checked when the file is read.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleCondition {
    /// As it was written.
    pub source: String,
    expression: hcl::Expression,
}

/// A policy that is a condition over a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name, unique among policies and rules.
    pub name: String,
    /// The resources that it applies to.
    pub selection: ResourceSelection,
    /// What it does when it is violated.
    pub terms: EnforcementTerms,
    /// A condition for which resources it applies to.
    pub when: Option<RuleCondition>,
    /// The condition that must not hold.
    pub deny: Option<RuleCondition>,
    /// The condition that must hold.
    pub require: Option<RuleCondition>,
    /// The message, an expression over the resource.
    pub message: Option<RuleCondition>,
}

/// The result of a rule for a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleResult {
    /// The rule does not apply, or it is met.
    Holds,
    /// The rule is violated, with the message of its author.
    Broken(Option<String>),
    /// The result is known after apply.
    Unknown(UnknownReason),
}

impl Rule {
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        unknown: OnUnknown,
        environments: &[String],
        document: &mut Document<'_>,
    ) -> Self {
        let mut condition = |field, document: &mut Document<'_>| {
            block.expression(field).map(|expression| RuleCondition::read(expression, document))
        };
        let (when, deny) = (condition("when", document), condition("deny", document));
        let (require, message) = (condition("require", document), condition("message", document));
        if deny.is_some() == require.is_some() {
            let hint = Some(
                "write deny = …, the condition that must not hold, or require = …, the condition that must hold"
                    .to_owned(),
            );
            let problem =
                if deny.is_some() { "has both `deny` and `require`" } else { "has neither `deny` nor `require`" };
            document.report(block.at.clone(), format!("{} {problem}", block.title), hint);
        }
        let terms = EnforcementTerms::read(block, unknown, document);
        let selection = ResourceSelection::read(block, environments, document);
        Self { name, selection, terms, when, deny, require, message }
    }

    /// Evaluates the rule for the resource whose fields are in the scope.
    ///
    /// # Errors
    ///
    /// When an expression is invalid for it, such as a comparison of a list with a number.
    pub fn judge(&self, scope: &dyn ExpressionScope) -> Result<RuleResult, EvaluationError> {
        let evaluator = Evaluator::new(scope);
        let truth = |condition: &RuleCondition| -> Result<Result<bool, UnknownReason>, EvaluationError> {
            match evaluator.evaluate(&condition.expression)?.expose().0 {
                Value::Bool(flag) => Ok(Ok(*flag)),
                Value::Null => Ok(Ok(false)),
                Value::Unknown(reason) => Ok(Err(reason.clone())),
                _ => Err(EvaluationError("is neither true nor false".to_owned())),
            }
        };
        let applies = self.when.as_ref().map_or(Ok(Ok(true)), &truth)?;
        if applies == Ok(false) {
            return Ok(RuleResult::Holds);
        }
        let denied = match (&self.deny, &self.require) {
            (Some(deny), _) => truth(deny)?,
            (None, Some(require)) => truth(require)?.map(|holds| !holds),
            (None, None) => Ok(false),
        };
        match (applies, denied) {
            (_, Ok(false)) => Ok(RuleResult::Holds),
            (Err(reason), _) | (_, Err(reason)) => Ok(RuleResult::Unknown(reason)),
            (Ok(_), Ok(true)) => {
                // A violation whose message cannot be evaluated is still a violation.
                let message = self.message.as_ref().and_then(|m| evaluator.evaluate(&m.expression).ok());
                Ok(RuleResult::Broken(message.map(|value| value.shown())))
            }
        }
    }
}

impl RuleCondition {
    fn read(expression: &Expression, document: &mut Document<'_>) -> Self {
        let mut names = LoopNames(BTreeSet::new());
        names.visit_expr(expression);
        let mut check = Check { document, loops: names.0, inside: false };
        check.visit_expr(expression);
        Self { source: document.source(expression).to_owned(), expression: expression.clone().into() }
    }
}

/// The names that the loops of an expression define.
struct LoopNames(BTreeSet<String>);

impl Visit for LoopNames {
    fn visit_for_expr(&mut self, node: &ForExpr) {
        self.0.extend(node.intro.key_var.as_ref().map(|name| name.as_str().to_owned()));
        self.0.insert(node.intro.value_var.as_str().to_owned());
        visit_for_expr(self, node);
    }
}

/// Reports names and functions that do not exist.
struct Check<'d, 'a> {
    document: &'d mut Document<'a>,
    loops: BTreeSet<String>,
    /// Inside a traversal that was understood.
    inside: bool,
}

impl Visit for Check<'_, '_> {
    fn visit_traversal(&mut self, node: &Traversal) {
        let Some(root) = node.expr.as_variable() else { return visit_traversal(self, node) };
        let first = node.operators.first().map(|op| match op.value() {
            TraversalOperator::GetAttr(ident) => (ident.as_str().to_owned(), span(ident)),
            TraversalOperator::Index(index) => (index.as_str().unwrap_or_default().to_owned(), span(index)),
            _ => (String::new(), span(&node.expr)),
        });
        if root.as_str() == "resource"
            && let Some((name, at)) = first
            && !FIELDS.iter().any(|(field, _)| *field == name)
        {
            let hint = suggest(&name, FIELDS.iter().map(|(field, _)| *field))
                .map(|hint| format!("{hint} (attributes are at resource.values.{name})"));
            self.document.report(at, format!("a resource has no `{name}`"), hint);
        }
        self.name(root.as_str(), span(&node.expr));
        let outer = std::mem::replace(&mut self.inside, true);
        visit_traversal(self, node);
        self.inside = outer;
    }

    fn visit_func_call(&mut self, node: &FuncCall) {
        let name = node.name.name.as_str();
        if !node.name.namespace.is_empty() || !is_function(name) {
            let hint = suggest(name, FUNCTIONS.iter().map(Function::name));
            self.document.report(span(&node.name.name), format!("there is no function `{name}`"), hint);
        }
        let outer = std::mem::replace(&mut self.inside, false);
        visit_func_call(self, node);
        self.inside = outer;
    }

    fn visit_expr(&mut self, node: &Expression) {
        if let Some(variable) = node.as_variable()
            && !self.inside
        {
            self.name(variable.as_str(), span(node));
        }
        visit_expr(self, node);
    }
}

impl Check<'_, '_> {
    fn name(&mut self, name: &str, at: std::ops::Range<usize>) {
        if name != "resource" && !self.loops.contains(name) {
            let hint =
                Some("an expression reads `resource`: resource.type, resource.tags, resource.values…".to_owned());
            self.document.report(at, format!("`{name}` is not known here"), hint);
        }
    }
}
