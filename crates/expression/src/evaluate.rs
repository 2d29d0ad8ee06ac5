//! Evaluates an expression as far as its values are known.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use hcl::Expression;
use hcl::eval::{Context, Evaluate};
use hcl::expr::{
    BinaryOp, BinaryOperator, Conditional, ForExpr, FuncCall, ObjectKey, Operation, TemplateExpr, Traversal,
    TraversalOperator, UnaryOperator,
};
use hcl::template::{Directive, Element, Template};
use regex::Regex;

use crate::functions;
use crate::{Object, UnknownReason, Value};

/// The deepest nesting that is evaluated.
const DEPTH: u32 = 100;
/// The most steps of one evaluation: a loop over a plan's largest list has room, a loop of loops has not.
const STEPS: u32 = 500_000;
/// The largest compiled pattern, in bytes.
const PATTERN: usize = 1 << 20;

/// Why an expression has no value. Never contains a value, which might be sensitive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluationError(pub String);

impl fmt::Display for EvaluationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EvaluationError {}

/// A step of a reference after its name.
#[derive(Clone, Debug, PartialEq)]
pub enum ReferenceStep {
    /// `.name` or `["name"]`.
    Key(String),
    /// `[0]`.
    Index(usize),
    /// `[*]` or `.*`.
    Splat,
    /// `[…]` with an unknown key.
    Unknown(UnknownReason),
}

/// Returns a reference as it is written in HCL.
pub fn reference_text(name: &str, steps: &[ReferenceStep]) -> String {
    let mut out = name.to_owned();
    for step in steps {
        match step {
            ReferenceStep::Key(key) => {
                let plain = key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
                out += &if plain { format!(".{key}") } else { format!("[{key:?}]") };
            }
            ReferenceStep::Index(index) => out += &format!("[{index}]"),
            ReferenceStep::Splat => out += "[*]",
            ReferenceStep::Unknown(reason) => out += &format!("[{reason}]"),
        }
    }
    out
}

/// The result of looking up a reference in a scope.
pub enum Resolution<'s> {
    /// A value, and the number of steps that were followed.
    Value(Cow<'s, Value>, usize),
    /// The name does not exist.
    Nothing,
}

/// The names that an expression may use.
pub trait ExpressionScope {
    /// Looks up a name that is followed by steps.
    fn resolve(&self, name: &str, steps: &[ReferenceStep]) -> Resolution<'_>;

    /// Calls a function that only this scope has, with known arguments; `None` when it has none of this name.
    fn call(&self, _name: &str, _arguments: &[Value]) -> Option<Result<Value, EvaluationError>> {
        None
    }

    /// Returns whether the scope has a function of its own with this name.
    fn has_function(&self, _name: &str) -> bool {
        false
    }
}

/// Evaluates expressions in a scope. Patterns are compiled once.
pub struct Evaluator<'s> {
    scope: &'s dyn ExpressionScope,
    locals: RefCell<Vec<(String, Value)>>,
    steps: Cell<u32>,
    depth: Cell<u32>,
    patterns: RefCell<HashMap<String, Regex>>,
}

type Answer = Result<Value, EvaluationError>;

impl<'s> Evaluator<'s> {
    /// Creates an evaluator for a scope.
    pub fn new(scope: &'s dyn ExpressionScope) -> Self {
        Self {
            scope,
            locals: RefCell::default(),
            steps: Cell::new(0),
            depth: Cell::new(0),
            patterns: RefCell::default(),
        }
    }

    /// Returns the value of an expression, as far as it is known.
    ///
    /// # Errors
    ///
    /// When the expression is invalid: an unknown name or function, an operator with operands of the wrong type, too many steps.
    pub fn evaluate(&self, expression: &Expression) -> Answer {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > STEPS {
            return Err(EvaluationError(format!("takes more than {STEPS} steps")));
        }
        if self.depth.get() >= DEPTH {
            return Err(EvaluationError(format!("nests deeper than {DEPTH} levels")));
        }
        self.depth.set(self.depth.get() + 1);
        let out = self.expression(expression);
        self.depth.set(self.depth.get() - 1);
        out
    }

    fn expression(&self, expression: &Expression) -> Answer {
        match expression {
            Expression::Array(items) => {
                Ok(Value::List(items.iter().map(|item| self.evaluate(item)).collect::<Result<_, _>>()?))
            }
            Expression::Object(object) => {
                let mut out = Object::default();
                for (key, value) in object.iter() {
                    let key = match key {
                        ObjectKey::Expression(Expression::Variable(name)) => Value::text(name.as_str()),
                        ObjectKey::Expression(expression) => self.evaluate(expression)?,
                        plain => Value::text(plain.to_string()),
                    };
                    put(&mut out, &key, self.evaluate(value)?)?;
                }
                Ok(Value::Object(out))
            }
            Expression::TemplateExpr(template) => self.template_expression(template),
            Expression::Variable(name) => self.reference(name.as_str(), &[]),
            Expression::Traversal(traversal) => self.traversal(traversal),
            Expression::FuncCall(call) => self.call(call),
            Expression::Parenthesis(inner) => self.evaluate(inner),
            Expression::Conditional(conditional) => self.conditional(conditional),
            Expression::Operation(operation) => self.operation(operation),
            Expression::ForExpr(for_expr) => self.for_expr(for_expr),
            scalar => Ok(Value::from(hcl::Value::from(scalar.clone()))),
        }
    }

    fn traversal(&self, traversal: &Traversal) -> Answer {
        let mut steps = Vec::with_capacity(traversal.operators.len());
        let mut hidden = false;
        for operator in &traversal.operators {
            steps.push(match operator {
                TraversalOperator::GetAttr(name) => ReferenceStep::Key(name.as_str().to_owned()),
                TraversalOperator::LegacyIndex(index) => {
                    ReferenceStep::Index(usize::try_from(*index).unwrap_or(usize::MAX))
                }
                TraversalOperator::AttrSplat | TraversalOperator::FullSplat => ReferenceStep::Splat,
                TraversalOperator::Index(index) => match self.index(index, &mut hidden)? {
                    Value::Text(key) => ReferenceStep::Key(key),
                    Value::Number(number) => match number.as_u64().and_then(|n| usize::try_from(n).ok()) {
                        Some(index) => ReferenceStep::Index(index),
                        None => return Err(EvaluationError("an index must be a whole number".to_owned())),
                    },
                    Value::Unknown(reason) => ReferenceStep::Unknown(reason),
                    _ => return Err(EvaluationError("an index must be text or a whole number".to_owned())),
                },
            });
        }
        let found = match &traversal.expr {
            Expression::Variable(name) => self.reference(name.as_str(), &steps),
            other => Ok(follow(&self.evaluate(other)?, &steps)),
        };
        if !hidden {
            return found;
        }
        // The reason of an unknown value contains the reference, and so the index.
        match found {
            Ok(value) if value.unknown().is_some() => Ok(Value::Unknown(UnknownReason::new("a sensitive index"))),
            Ok(value) => Ok(value.marked(true)),
            Err(_) => Err(EvaluationError("the value at a sensitive index is unknown".to_owned())),
        }
    }

    fn index(&self, expression: &Expression, hidden: &mut bool) -> Answer {
        let value = self.evaluate(expression)?;
        let (known, sensitive) = value.expose();
        *hidden |= sensitive;
        Ok(known.clone())
    }

    fn reference(&self, name: &str, steps: &[ReferenceStep]) -> Answer {
        if let Some((_, value)) = self.locals.borrow().iter().rev().find(|(n, _)| n == name) {
            return Ok(follow(value, steps));
        }
        match self.scope.resolve(name, steps) {
            Resolution::Value(value, taken) => Ok(follow(&value, &steps[taken.min(steps.len())..])),
            Resolution::Nothing => Err(EvaluationError(format!("`{}` is not known here", reference_text(name, steps)))),
        }
    }

    fn conditional(&self, conditional: &Conditional) -> Answer {
        let condition = self.evaluate(&conditional.cond_expr)?;
        match condition.expose().0 {
            Value::Bool(true) => self.evaluate(&conditional.true_expr),
            Value::Bool(false) => self.evaluate(&conditional.false_expr),
            Value::Unknown(reason) => {
                let (yes, no) = (self.evaluate(&conditional.true_expr)?, self.evaluate(&conditional.false_expr)?);
                Ok(either(yes, no, reason))
            }
            _ => Err(EvaluationError("a condition must be true or false".to_owned())),
        }
    }

    fn operation(&self, operation: &Operation) -> Answer {
        match operation {
            Operation::Unary(unary) => {
                let value = self.evaluate(&unary.expr)?;
                match (value.expose(), unary.operator) {
                    ((Value::Unknown(_), _), _) => Ok(value),
                    ((Value::Bool(flag), _), UnaryOperator::Not) => Ok(Value::Bool(!flag)),
                    ((Value::Null, _), UnaryOperator::Not) => {
                        Err(EvaluationError("`!` needs true or false, not null".to_owned()))
                    }
                    ((known, sensitive), operator) => {
                        let plain = hcl::expr::UnaryOp::new(operator, known.to_hcl());
                        Ok(plainly(&Operation::Unary(plain))?.marked(sensitive))
                    }
                }
            }
            Operation::Binary(binary) => self.binary(binary),
        }
    }

    fn binary(&self, binary: &BinaryOp) -> Answer {
        if let BinaryOperator::And | BinaryOperator::Or = binary.operator {
            return self.and_or(binary);
        }
        let (left, right) = (self.evaluate(&binary.lhs_expr)?, self.evaluate(&binary.rhs_expr)?);
        if let Some(reason) = left.unknown().or(right.unknown()) {
            // Known parts may already differ.
            let differ = matches!(binary.operator, BinaryOperator::Eq | BinaryOperator::NotEq) && differ(&left, &right);
            return Ok(match binary.operator {
                BinaryOperator::Eq if differ => Value::Bool(false),
                BinaryOperator::NotEq if differ => Value::Bool(true),
                _ => Value::Unknown(reason.clone()),
            });
        }
        let sensitive = left.is_sensitive() || right.is_sensitive();
        let (l, r) = (left.to_hcl(), right.to_hcl());
        match binary.operator {
            BinaryOperator::Eq => return Ok(Value::Bool(equal(&l, &r))),
            BinaryOperator::NotEq => return Ok(Value::Bool(!equal(&l, &r))),
            _ => {}
        }
        if l.is_null() || r.is_null() {
            return match binary.operator {
                // A comparison with null is false: a size that is not set is not too large.
                BinaryOperator::Less | BinaryOperator::LessEq | BinaryOperator::Greater | BinaryOperator::GreaterEq => {
                    Ok(Value::Bool(false))
                }
                _ => Err(EvaluationError("an operator has a null operand".to_owned())),
            };
        }
        let (l, r) = (number(l), number(r));
        let made = Operation::Binary(BinaryOp::new(l, binary.operator, r));
        let compares = matches!(plainly(&made)?, Value::Bool(_));
        Ok(plainly(&made)?.marked(sensitive && !compares))
    }

    /// `false && x` is false and `true || x` is true, also when `x` is unknown.
    fn and_or(&self, binary: &BinaryOp) -> Answer {
        let decides = binary.operator == BinaryOperator::Or;
        let left = self.evaluate(&binary.lhs_expr)?;
        let truth = |value: &Value| match value.expose().0 {
            Value::Bool(flag) => Ok(Some(*flag)),
            Value::Unknown(_) => Ok(None),
            _ => Err(EvaluationError("`&&` and `||` need conditions".to_owned())),
        };
        if truth(&left)? == Some(decides) {
            return Ok(Value::Bool(decides));
        }
        let right = self.evaluate(&binary.rhs_expr)?;
        Ok(match (truth(&left)?, truth(&right)?) {
            (_, Some(flag)) if flag == decides => Value::Bool(decides),
            (Some(_), Some(flag)) => Value::Bool(flag),
            (None, _) => left,
            (_, None) => right,
        })
    }

    fn for_expr(&self, for_expr: &ForExpr) -> Answer {
        let collection = self.evaluate(&for_expr.collection_expr)?;
        let (known, sensitive) = collection.expose();
        let (items, open): (Vec<(Value, Value)>, Option<UnknownReason>) = match known {
            Value::List(items) => {
                (items.iter().enumerate().map(|(i, v)| (Value::Number(i.into()), v.clone())).collect(), None)
            }
            Value::Object(object) => {
                (object.entries.iter().map(|(k, v)| (Value::text(k), v.clone())).collect(), object.open.clone())
            }
            Value::Unknown(reason) => return Ok(Value::Unknown(reason.clone())),
            Value::Null => (Vec::new(), None),
            _ => return Err(EvaluationError("`for` iterates over a list or an object".to_owned())),
        };
        let named = self.locals.borrow().len();
        let out = self.for_items(for_expr, items, open);
        self.locals.borrow_mut().truncate(named);
        Ok(out?.marked(sensitive))
    }

    fn for_items(&self, for_expr: &ForExpr, items: Vec<(Value, Value)>, open: Option<UnknownReason>) -> Answer {
        let named = self.locals.borrow().len();
        let mut object = Object { entries: BTreeMap::new(), open: open.clone() };
        let mut list = Vec::new();
        for (key, value) in items {
            {
                let mut locals = self.locals.borrow_mut();
                locals.truncate(named);
                locals.extend(for_expr.key_var.as_ref().map(|name| (name.as_str().to_owned(), key)));
                locals.push((for_expr.value_var.as_str().to_owned(), value));
            }
            let kept = for_expr.cond_expr.as_ref().map_or(Ok(Value::Bool(true)), |c| self.evaluate(c))?;
            match kept.expose().0 {
                Value::Bool(false) => continue,
                Value::Bool(true) => {}
                // When it is unknown whether an item is included, the number of items is unknown.
                Value::Unknown(reason) => return Ok(Value::Unknown(reason.clone())),
                _ => return Err(EvaluationError("`if` of a `for` must be true or false".to_owned())),
            }
            let value = self.evaluate(&for_expr.value_expr)?;
            match &for_expr.key_expr {
                None => list.push(value),
                Some(key) => {
                    let key = self.evaluate(key)?;
                    let Some(name) = key.as_text().filter(|_| for_expr.grouping) else {
                        put(&mut object, &key, value)?;
                        continue;
                    };
                    let group = object.entries.entry(name.to_owned()).or_insert(Value::List(Vec::new()));
                    if let Value::List(items) = group {
                        items.push(value);
                    }
                }
            }
        }
        Ok(match (&for_expr.key_expr, open) {
            (Some(_), _) => Value::Object(object),
            (None, Some(reason)) => Value::Unknown(reason),
            (None, None) => Value::List(list),
        })
    }

    fn template_expression(&self, expression: &TemplateExpr) -> Answer {
        let mut template =
            Template::from_expr(expression).map_err(|_| EvaluationError("the template cannot be read".to_owned()))?;
        if let ([Element::Interpolation(only)], TemplateExpr::QuotedString(_)) = (template.elements(), expression) {
            return self.evaluate(&only.expr);
        }
        let mut sensitive = false;
        if let Some(reason) = self.fill(&mut template, &mut sensitive)? {
            return Ok(Value::Unknown(reason));
        }
        let text =
            template.evaluate(&Context::new()).map_err(|_| EvaluationError("the template has no text".to_owned()))?;
        Ok(Value::Text(text).marked(sensitive))
    }

    /// Replaces the interpolations of a template by their values. Returns the reason when one is unknown.
    fn fill(&self, template: &mut Template, sensitive: &mut bool) -> Result<Option<UnknownReason>, EvaluationError> {
        for element in template.elements_mut() {
            match element {
                Element::Literal(_) => {}
                Element::Interpolation(interpolation) => {
                    let value = self.evaluate(&interpolation.expr)?;
                    if let Some(reason) = value.unknown() {
                        return Ok(Some(reason.clone()));
                    }
                    *sensitive |= value.is_sensitive();
                    interpolation.expr = match value.to_hcl() {
                        hcl::Value::Null => return Err(EvaluationError("a template cannot hold null".to_owned())),
                        hcl::Value::Array(_) | hcl::Value::Object(_) => {
                            return Err(EvaluationError("a template holds text, numbers and flags".to_owned()));
                        }
                        scalar => scalar.into(),
                    };
                }
                Element::Directive(directive) => match directive.as_mut() {
                    Directive::If(branch) => {
                        let condition = self.evaluate(&branch.cond_expr)?;
                        let Value::Bool(flag) = condition.expose().0 else {
                            return match condition.unknown() {
                                Some(reason) => Ok(Some(reason.clone())),
                                None => Err(EvaluationError("a condition must be true or false".to_owned())),
                            };
                        };
                        branch.cond_expr = Expression::Bool(*flag);
                        let chosen =
                            if *flag { Some(&mut branch.true_template) } else { branch.false_template.as_mut() };
                        if let Some(chosen) = chosen
                            && let Some(reason) = self.fill(chosen, sensitive)?
                        {
                            return Ok(Some(reason));
                        }
                    }
                    Directive::For(_) => return Ok(Some(UnknownReason::new("a `%{ for }` directive"))),
                },
            }
        }
        Ok(None)
    }

    fn call(&self, call: &FuncCall) -> Answer {
        let name = call.name.name.as_str();
        let own = !call.name.is_namespaced() && self.scope.has_function(name);
        if call.name.is_namespaced() || !(own || functions::is_function(name)) {
            return Err(EvaluationError(format!("there is no function `{name}`")));
        }
        // These evaluate their arguments one by one, and not all of them.
        match name {
            "try" => {
                for argument in &call.args {
                    match self.evaluate(argument) {
                        Ok(Value::Null) | Err(_) => {}
                        Ok(value) => return Ok(value),
                    }
                }
                return Ok(Value::Null);
            }
            "can" => {
                let found = call.args.iter().all(|argument| matches!(self.evaluate(argument), Ok(v) if !v.is_null()));
                return Ok(Value::Bool(found));
            }
            _ => {}
        }
        let mut arguments = Vec::with_capacity(call.args.len());
        for (index, argument) in call.args.iter().enumerate() {
            let value = self.evaluate(argument)?;
            if call.expand_final && index + 1 == call.args.len() {
                match value.expose().0 {
                    Value::List(items) => arguments.extend(items.iter().cloned()),
                    Value::Unknown(_) => return Ok(value),
                    _ => return Err(EvaluationError("`...` must follow a list".to_owned())),
                }
            } else {
                arguments.push(value);
            }
        }
        if !own {
            return functions::call(name, &arguments, self);
        }
        if let Some(reason) = arguments.iter().find_map(Value::unknown) {
            return Ok(Value::Unknown(reason.clone()));
        }
        let sensitive = arguments.iter().any(Value::is_sensitive);
        let plain: Vec<Value> = arguments.iter().map(|a| Value::from(a.to_hcl())).collect();
        match self.scope.call(name, &plain) {
            Some(answer) => Ok(answer?.marked(sensitive)),
            None => Err(EvaluationError(format!("`{name}` cannot be called here"))),
        }
    }

    /// Returns a compiled pattern.
    pub(crate) fn pattern(&self, pattern: &str) -> Result<Regex, EvaluationError> {
        if let Some(known) = self.patterns.borrow().get(pattern) {
            return Ok(known.clone());
        }
        let regex = regex::RegexBuilder::new(pattern).size_limit(PATTERN).build();
        let regex = regex.map_err(|_| EvaluationError("the pattern cannot be read".to_owned()))?;
        self.patterns.borrow_mut().insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    }
}

/// Follows steps from a value.
fn follow(value: &Value, steps: &[ReferenceStep]) -> Value {
    let Some((step, rest)) = steps.split_first() else { return value.clone() };
    match step {
        ReferenceStep::Key(key) => match value.expose() {
            // Members are borrowed where they can be: a resource is large.
            (Value::Object(object), false) => match object.entries.get(key) {
                Some(member) => follow(member, rest),
                None => follow(&value.member(key), rest),
            },
            _ => follow(&value.member(key), rest),
        },
        // A number is the key of a map as its text.
        ReferenceStep::Index(index) if value.as_object().is_some() => follow(&value.member(&index.to_string()), rest),
        ReferenceStep::Index(index) => follow(&value.item(*index), rest),
        ReferenceStep::Unknown(reason) => Value::Unknown(reason.clone()),
        ReferenceStep::Splat => {
            let (known, sensitive) = value.expose();
            let out = match known {
                Value::List(items) => Value::List(items.iter().map(|item| follow(item, rest)).collect()),
                Value::Null => Value::List(Vec::new()),
                Value::Unknown(_) => known.clone(),
                one => Value::List(vec![follow(one, rest)]),
            };
            out.marked(sensitive)
        }
    }
}

/// Adds a value under a key, which may be unknown.
fn put(object: &mut Object, key: &Value, value: Value) -> Result<(), EvaluationError> {
    match key {
        // Keys are shown even where values are masked.
        Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Sensitive(_) => {
            object.entries.insert(key.shown(), value);
        }
        Value::Unknown(reason) => {
            object.merge(Object { entries: BTreeMap::new(), open: Some(reason.clone()) });
        }
        _ => return Err(EvaluationError("a key must be text".to_owned())),
    }
    Ok(())
}

/// Merges two values of which one applies, and it is unknown which.
fn either(yes: Value, no: Value, reason: &UnknownReason) -> Value {
    if yes == no {
        return yes;
    }
    match (yes, no) {
        (Value::Object(yes), Value::Object(no)) => {
            let mut out = Object { entries: BTreeMap::new(), open: Some(reason.clone()) };
            let same_keys = yes.entries.keys().eq(no.entries.keys());
            if same_keys && yes.open.is_none() && no.open.is_none() {
                out.open = None;
            }
            for (key, value) in yes.entries {
                if let Some(other) = no.entries.get(&key) {
                    out.entries.insert(key, either(value, other.clone(), reason));
                }
            }
            Value::Object(out)
        }
        _ => Value::Unknown(reason.clone()),
    }
}

/// Returns whether two values differ, whatever their unknown parts are.
fn differ(left: &Value, right: &Value) -> bool {
    match (left.expose().0, right.expose().0) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => false,
        (Value::List(a), Value::List(b)) => a.len() != b.len() || a.iter().zip(b).any(|(a, b)| differ(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            let lacks =
                |a: &Object, b: &Object| b.open.is_none() && a.entries.keys().any(|k| !b.entries.contains_key(k));
            lacks(a, b)
                || lacks(b, a)
                || a.entries.iter().any(|(k, v)| b.entries.get(k).is_some_and(|other| differ(v, other)))
        }
        (a, b) => a.unknown().is_none() && b.unknown().is_none() && !equal(&a.to_hcl(), &b.to_hcl()),
    }
}

/// Terraform writes numbers as text in some places and as numbers in others.
fn equal(left: &hcl::Value, right: &hcl::Value) -> bool {
    match (left, right) {
        (hcl::Value::Number(a), hcl::Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (hcl::Value::Number(n), hcl::Value::String(t)) | (hcl::Value::String(t), hcl::Value::Number(n)) => {
            n.to_string() == *t
        }
        (hcl::Value::Bool(flag), hcl::Value::String(t)) | (hcl::Value::String(t), hcl::Value::Bool(flag)) => {
            flag.to_string() == *t
        }
        _ => left == right,
    }
}

/// Converts text that is a number to a number.
fn number(value: hcl::Value) -> hcl::Value {
    match &value {
        hcl::Value::String(text) => functions::parse_number(text).map_or(value, hcl::Value::Number),
        _ => value,
    }
}

/// Evaluates an operation between known values with hcl-rs.
fn plainly(operation: &Operation) -> Answer {
    operation
        .evaluate(&Context::new())
        .map(Value::from)
        .map_err(|_| EvaluationError("an operator has operands of the wrong type".to_owned()))
}
