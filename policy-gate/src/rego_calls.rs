//! The rules and calls of a parsed Rego module.
//!
//! The engine detects a rule that depends on itself, but not a function that calls itself, which would overflow the stack. OPA
//! refuses both when it compiles, and so does the gate.

use std::collections::{BTreeMap, BTreeSet};

use regorus::unstable::{Expr, Literal, Module, NodeRef, Query, Rule, RuleHead};
use tollgate_model::limits::REGO_DEPTH;

/// The package of a module: `data.main`.
pub(crate) fn package(module: &Module) -> String {
    format!("data.{}", path(&module.package.refr).trim_start_matches("data."))
}

/// The names of the rules of a module, functions left out.
pub(crate) fn rules(module: &Module) -> BTreeSet<String> {
    let name = |rule: &NodeRef<Rule>| match &**rule {
        Rule::Spec { head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. }, .. } => Some(first(refr)),
        Rule::Default { refr, args, .. } if args.is_empty() => Some(first(refr)),
        Rule::Spec { .. } | Rule::Default { .. } => None,
    };
    module.policy.iter().filter_map(name).collect()
}

/// Refuses functions that call themselves, directly or through others, and chains of calls beyond the limit.
pub(crate) fn check(modules: &[NodeRef<Module>]) -> Result<(), String> {
    let mut calls: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for module in modules {
        let scope = Scope::of(module);
        for rule in &module.policy {
            let Rule::Spec { head: RuleHead::Func { refr, assign, args, .. }, bodies, .. } = &**rule else { continue };
            let mut found = BTreeSet::new();
            args.iter().for_each(|arg| scope.expression(arg, &mut found));
            if let Some(assign) = assign {
                scope.expression(&assign.value, &mut found);
            }
            for body in bodies {
                if let Some(assign) = &body.assign {
                    scope.expression(&assign.value, &mut found);
                }
                scope.query(&body.query, &mut found);
            }
            calls.entry(format!("{}.{}", scope.package, path(refr))).or_default().extend(found);
        }
    }
    let mut depths = BTreeMap::new();
    for function in calls.keys() {
        let depth = depth(function, &calls, &mut depths, &mut Vec::new())?;
        if depth > REGO_DEPTH.size() {
            return Err(format!("{function} calls functions that call others more often than {REGO_DEPTH}"));
        }
    }
    Ok(())
}

/// How many functions a call of one nests.
fn depth(
    function: &str,
    calls: &BTreeMap<String, BTreeSet<String>>,
    known: &mut BTreeMap<String, usize>,
    on_the_way: &mut Vec<String>,
) -> Result<usize, String> {
    if let Some(depth) = known.get(function) {
        return Ok(*depth);
    }
    if on_the_way.iter().any(|f| f == function) {
        return Err(format!(
            "the function {function} calls itself\nhint: Rego has no recursion; iterate with `some … in`"
        ));
    }
    if on_the_way.len() > REGO_DEPTH.size() {
        return Ok(on_the_way.len());
    }
    on_the_way.push(function.to_owned());
    let mut deepest = 0;
    for called in calls.get(function).into_iter().flatten().filter(|called| calls.contains_key(*called)) {
        deepest = deepest.max(depth(called, calls, known, on_the_way)?);
    }
    on_the_way.pop();
    known.insert(function.to_owned(), deepest + 1);
    Ok(deepest + 1)
}

/// How names of a module are understood.
struct Scope {
    package: String,
    imports: BTreeMap<String, String>,
}

impl Scope {
    fn of(module: &Module) -> Self {
        let imports = module.imports.iter().map(|import| {
            let whole = path(&import.refr);
            let last = whole.rsplit('.').next().unwrap_or_default().to_owned();
            (import.r#as.as_ref().map_or(last, |name| name.text().to_owned()), whole)
        });
        Self { package: package(module), imports: imports.collect() }
    }

    /// The whole name of what is called.
    fn resolve(&self, name: &str) -> String {
        let (head, rest) = name.split_once('.').map_or((name, ""), |(head, rest)| (head, rest));
        match self.imports.get(head) {
            Some(whole) if rest.is_empty() => whole.clone(),
            Some(whole) => format!("{whole}.{rest}"),
            None if head == "data" => name.to_owned(),
            None => format!("{}.{name}", self.package),
        }
    }

    fn query(&self, query: &Query, out: &mut BTreeSet<String>) {
        for statement in &query.stmts {
            for with in &statement.with_mods {
                self.expression(&with.r#as, out);
                // A function that takes the place of another is called by its name.
                out.insert(self.resolve(&path(&with.r#as)));
            }
            match &statement.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn { key, value, collection, .. } => {
                    key.iter().chain([value, collection]).for_each(|e| self.expression(e, out));
                }
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.expression(expr, out),
                Literal::Every { domain, query, .. } => {
                    self.expression(domain, out);
                    self.query(query, out);
                }
            }
        }
    }

    fn expression(&self, expression: &Expr, out: &mut BTreeSet<String>) {
        match expression {
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. }
            | Expr::Var { .. } => {}
            Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().for_each(|e| self.expression(e, out)),
            Expr::Object { fields, .. } => {
                fields.iter().flat_map(|(_, key, value)| [key, value]).for_each(|e| self.expression(e, out));
            }
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.expression(term, out);
                self.query(query, out);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.expression(key, out);
                self.expression(value, out);
                self.query(query, out);
            }
            Expr::Call { fcn, params, .. } => {
                out.insert(self.resolve(&path(fcn)));
                params.iter().for_each(|e| self.expression(e, out));
            }
            Expr::UnaryExpr { expr, .. } => self.expression(expr, out),
            Expr::RefDot { refr, .. } => self.expression(refr, out),
            Expr::RefBrack { refr, index, .. } => {
                self.expression(refr, out);
                self.expression(index, out);
            }
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => {
                self.expression(lhs, out);
                self.expression(rhs, out);
            }
            Expr::Membership { key, value, collection, .. } => {
                key.iter().chain([value, collection]).for_each(|e| self.expression(e, out));
            }
        }
    }
}

/// A reference as it is written, up to its first bracket; `data["a"]` is `data.a`.
fn path(reference: &Expr) -> String {
    match reference {
        Expr::RefDot { refr, field: (span, _), .. } => format!("{}.{}", path(refr), span.text()),
        Expr::RefBrack { refr, index, .. } => match &**index {
            Expr::String { span, .. } | Expr::RawString { span, .. } => {
                format!("{}.{}", path(refr), span.text().trim_matches(['"', '`']))
            }
            _ => path(refr),
        },
        other => other.span().text().to_owned(),
    }
}

/// The first name of a reference: `deny` of `deny.public`.
fn first(reference: &Expr) -> String {
    path(reference).split('.').next().unwrap_or_default().to_owned()
}
