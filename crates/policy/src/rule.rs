//! `rule "no-giants" { … }`: a condition over a planned resource.

use std::collections::BTreeSet;

use hcl_edit::expr::{Expression, ForExpr, FuncCall, Traversal, TraversalOperator};
use hcl_edit::visit::{Visit, visit_expr, visit_for_expr, visit_func_call, visit_traversal};
use tollgate_expression::{Blame, Evaluator, FUNCTIONS, Fault, Function, Scope, Value, is_function};

use crate::block::Block;
use crate::diagnostic::suggest;
use crate::document::{Document, span};
use crate::enforcement::Terms;
use crate::selection::Selection;

/// What an expression sees of a resource, with what it is.
pub const FIELDS: &[(&str, &str)] = &[
    ("account", "the cloud account, subscription or project, where it can be told"),
    ("action", "create, update, replace, no-op"),
    ("address", "module.web.aws_instance.this[0]"),
    ("before", "the attributes as they are now; null for a new resource"),
    ("environment", "the environment of the plan, where it can be told"),
    ("module", "module.web, or empty text for the root"),
    ("monthly_change", "what the change adds to its cost a month; below zero when it saves"),
    ("monthly_cost", "what it will cost a month, where that can be told"),
    ("name", "its name in the source"),
    ("provider", "aws, azurerm, google…"),
    ("region", "the region or location, where it can be told"),
    ("tags", "the tags that it will have, defaults of the provider among them"),
    ("type", "aws_instance"),
    ("values", "the attributes as they will be"),
];

/// An expression over a resource that was checked when the file was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// As it was written.
    pub source: String,
    expression: hcl::Expression,
}

/// A policy that is a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name, unique among policies and rules.
    pub name: String,
    /// What it is about.
    pub selection: Selection,
    /// What it does when it is broken.
    pub terms: Terms,
    /// What it is about besides.
    pub when: Option<Condition>,
    /// What must not be.
    pub deny: Option<Condition>,
    /// What must be.
    pub require: Option<Condition>,
    /// What is said, an expression over the resource too.
    pub message: Option<Condition>,
}

/// What a rule says of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It is not about it, or it holds.
    Holds,
    /// It is broken; with what its author says.
    Broken(Option<String>),
    /// That will be known after apply.
    Unknown(Blame),
}

impl Rule {
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        usual: &Terms,
        environments: &[String],
        document: &mut Document<'_>,
    ) -> Self {
        let mut condition = |field, document: &mut Document<'_>| {
            block.expression(field).map(|expression| Condition::read(expression, document))
        };
        let (when, deny) = (condition("when", document), condition("deny", document));
        let (require, message) = (condition("require", document), condition("message", document));
        if deny.is_some() == require.is_some() {
            let hint = Some("write deny = …, what must not be, or require = …, what must be".to_owned());
            let says =
                if deny.is_some() { "says both `deny` and `require`" } else { "says neither `deny` nor `require`" };
            document.report(block.at.clone(), format!("{} {says}", block.title), hint);
        }
        let terms = Terms::read(block, usual, document);
        let selection = Selection::read(block, environments, document);
        Self { name, selection, terms, when, deny, require, message }
    }

    /// What the rule says of a resource, whose names are in the scope.
    ///
    /// # Errors
    ///
    /// When an expression makes no sense for it, such as a comparison of a list with a number.
    pub fn judge(&self, scope: &dyn Scope) -> Result<Judged, Fault> {
        let evaluator = Evaluator::new(scope);
        let truth = |condition: &Condition| -> Result<Result<bool, Blame>, Fault> {
            match evaluator.evaluate(&condition.expression)?.expose().0 {
                Value::Bool(flag) => Ok(Ok(*flag)),
                Value::Null => Ok(Ok(false)),
                Value::Unknown(blame) => Ok(Err(blame.clone())),
                _ => Err(Fault("is neither true nor false".to_owned())),
            }
        };
        let about = self.when.as_ref().map_or(Ok(Ok(true)), &truth)?;
        if about == Ok(false) {
            return Ok(Judged::Holds);
        }
        let denied = match (&self.deny, &self.require) {
            (Some(deny), _) => truth(deny)?,
            (None, Some(require)) => truth(require)?.map(|holds| !holds),
            (None, None) => Ok(false),
        };
        match (about, denied) {
            (_, Ok(false)) => Ok(Judged::Holds),
            (Err(blame), _) | (_, Err(blame)) => Ok(Judged::Unknown(blame)),
            (Ok(_), Ok(true)) => {
                // A message that cannot be made is no reason to let it pass.
                let said = self.message.as_ref().and_then(|m| evaluator.evaluate(&m.expression).ok());
                Ok(Judged::Broken(said.map(|value| value.shown())))
            }
        }
    }
}

impl Condition {
    fn read(expression: &Expression, document: &mut Document<'_>) -> Self {
        let mut names = LoopNames(BTreeSet::new());
        names.visit_expr(expression);
        let mut check = Check { document, loops: names.0, inside: false };
        check.visit_expr(expression);
        Self { source: document.source(expression).to_owned(), expression: expression.clone().into() }
    }
}

/// The names that loops of an expression make.
struct LoopNames(BTreeSet<String>);

impl Visit for LoopNames {
    fn visit_for_expr(&mut self, node: &ForExpr) {
        self.0.extend(node.intro.key_var.as_ref().map(|name| name.as_str().to_owned()));
        self.0.insert(node.intro.value_var.as_str().to_owned());
        visit_for_expr(self, node);
    }
}

/// Reports names and functions that there are not.
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
            let hint = Some("an expression sees `resource`: resource.type, resource.tags, resource.values…".to_owned());
            self.document.report(at, format!("`{name}` is not known here"), hint);
        }
    }
}
