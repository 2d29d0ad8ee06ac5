//! Finds where a fix is written, and what.

use hcl_edit::Span;
use hcl_edit::expr::{Expression, TraversalOperator};
use hcl_edit::structure::Block;
use std::collections::{BTreeMap, BTreeSet};
use tollgate_policy::TagViolationKind;
use tollgate_terraform::{Located, ModuleStep};

use super::{FixCandidate, edit};
use crate::context::PlanContext;
use crate::finding::{Edit, Finding, FindingId, Fix};
use crate::hcl_text::quoted;
use crate::places::{key_text, literals};
use crate::provider::{ProviderConfiguration, configured, source_block};
use crate::tags::{TagOrigin, TagSyntax};

/// A location in a source file and the change there.
pub(super) enum FixTarget<'s> {
    /// New entries of the map of an expression.
    Entries { at: Located<'s, Expression>, entries: Vec<(String, String)>, of: String },
    /// A new attribute of a block, a map. The block around it, when that is new too.
    Attribute {
        at: Located<'s, Block>,
        inside: Option<&'static str>,
        name: String,
        entries: Vec<(String, String)>,
        of: String,
    },
    /// New blocks with a key and a value each.
    Blocks { at: Located<'s, Block>, name: &'static str, entries: Vec<(String, String)>, of: String },
    /// One edit.
    Edit { file: String, edit: Edit, title: String },
}

impl FixTarget<'_> {
    /// Whether both are at one location, so that they are written together.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        fn at<T: Span>(located: &Located<'_, T>) -> (String, Option<std::ops::Range<usize>>) {
            (located.file.path.clone(), located.node.span())
        }
        match (self, other) {
            (Self::Entries { at: a, .. }, Self::Entries { at: b, .. }) => at(a) == at(b),
            (Self::Attribute { at: a, name: n, .. }, Self::Attribute { at: b, name: m, .. }) => {
                at(a) == at(b) && n == m
            }
            (Self::Blocks { at: a, .. }, Self::Blocks { at: b, .. }) => at(a) == at(b),
            (Self::Edit { file: f, edit: a, .. }, Self::Edit { file: g, edit: b, .. }) => f == g && a == b,
            _ => false,
        }
    }

    /// Adds the entries of another target at the same location.
    pub(super) fn join(&mut self, other: Self) {
        let more = match other {
            Self::Entries { entries, .. } | Self::Attribute { entries, .. } | Self::Blocks { entries, .. } => entries,
            Self::Edit { .. } => Vec::new(),
        };
        if let Self::Entries { entries, .. } | Self::Attribute { entries, .. } | Self::Blocks { entries, .. } = self {
            for entry in more {
                if !entries.iter().any(|(key, _)| *key == entry.0) {
                    entries.push(entry);
                }
            }
            entries.sort();
        }
    }

    /// The change of the file.
    pub(super) fn fix(&self) -> Option<Fix> {
        let named = |entries: &[(String, String)]| {
            entries.iter().map(|(key, value)| format!("{key} = {value:?}")).collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::Entries { at, entries, of } => Some(Fix {
                title: format!("add {} to {of}", named(entries)),
                file: at.file.path.clone(),
                edits: edit::add_entries(at.file, at.node, entries)?,
            }),
            Self::Attribute { at, inside, name, entries, of } => {
                let lines = edit::map_lines(name, entries);
                let lines = match inside {
                    None => lines,
                    Some(block) => {
                        let inner = lines.into_iter().map(|line| format!("  {line}"));
                        [format!("{block} {{")].into_iter().chain(inner).chain(["}".to_owned()]).collect()
                    }
                };
                let lines: Vec<String> =
                    if at.node.body.is_empty() { lines } else { [vec![String::new()], lines].concat() };
                Some(Fix {
                    title: format!("add {} to {of}", named(entries)),
                    file: at.file.path.clone(),
                    edits: vec![edit::add_to_block(at.file, at.node, &lines)?],
                })
            }
            Self::Blocks { at, name, entries, of } => {
                let mut lines = Vec::new();
                for (key, value) in entries {
                    lines.extend([
                        String::new(),
                        format!("{name} {{"),
                        format!("  key                 = {}", quoted(key)),
                        format!("  value               = {}", quoted(value)),
                        "  propagate_at_launch = true".to_owned(),
                        "}".to_owned(),
                    ]);
                }
                Some(Fix {
                    title: format!("add {} to {of}", named(entries)),
                    file: at.file.path.clone(),
                    edits: vec![edit::add_to_block(at.file, at.node, &lines)?],
                })
            }
            Self::Edit { file, edit, title } => {
                Some(Fix { title: title.clone(), file: file.clone(), edits: vec![edit.clone()] })
            }
        }
    }
}

/// Finds where a candidate is fixed, and how; `None` when that would be a guess.
pub(super) fn find_target<'s>(
    case: &FixCandidate<'s>,
    all: &[FixCandidate<'s>],
    findings: &[Finding],
    values: &BTreeMap<String, String>,
) -> Option<FixTarget<'s>> {
    let finding = &findings[case.finding];
    let fault =
        case.policy.judge(&case.effective.tags, case.effective.ignores_case).into_iter().find(|f| f.key == case.key)?;
    match (&fault.kind, finding.id) {
        (TagViolationKind::Missing | TagViolationKind::UnknownKey(_), _) => {
            let entry = (case.key.clone(), value(case, values)?);
            if finding.id == FindingId::TagMissing
                && let Some(target) = defaults(case, all, findings, &entry)
            {
                return Some(target);
            }
            own(case, entry)
        }
        (TagViolationKind::Empty, _) => rewrite(case, &case.key, &value(case, values)?),
        (TagViolationKind::Value { meant, .. }, _) => {
            let set = values.get(&case.key).filter(|v| case.policy.tag(&case.key).is_some_and(|r| r.allows(v)));
            rewrite(case, &case.key, set.or(meant.as_ref())?)
        }
        (TagViolationKind::ValueCase { meant, .. }, _) => rewrite(case, &case.key, meant.as_ref()?),
        (TagViolationKind::KeyCase { found, meant }, _) => rename(case, found, meant.as_ref()?),
        (TagViolationKind::Forbidden, _) => remove(case),
        _ => None,
    }
}

/// Returns the value for a missing tag: the one of the caller, the only allowed one, or the plan's environment. A value of another
/// resource is never taken: a wrong owner is worse than none.
fn value(case: &FixCandidate<'_>, values: &BTreeMap<String, String>) -> Option<String> {
    let rule = case.policy.tag(&case.key)?;
    let fits = |value: &String| allows(case, value);
    if let Some(set) = values.get(&case.key) {
        return Some(set.clone()).filter(fits);
    }
    if let [only] = rule.values.as_slice()
        && !only.0.contains('*')
    {
        return Some(only.0.clone()).filter(fits);
    }
    let about_environment = matches!(case.key.to_lowercase().as_str(), "environment" | "env");
    case.resource.context.environment.clone().filter(|_| about_environment).filter(fits)
}

/// Whether the policy allows a value for the key of a candidate.
fn allows(case: &FixCandidate<'_>, value: &str) -> bool {
    let text = tollgate_expression::Value::text(value);
    let tags = tollgate_expression::Object { entries: [(case.key.clone(), text)].into(), open: None };
    !case.policy.judge(&tags, case.effective.ignores_case).iter().any(|f| f.key == case.key)
}

/// Whether the fix of a candidate only lacks a value, which the caller must choose.
pub(super) fn needs_value(case: &FixCandidate<'_>, values: &BTreeMap<String, String>) -> bool {
    let found = case.policy.judge(&case.effective.tags, case.effective.ignores_case);
    let kind = found.into_iter().find(|f| f.key == case.key).map(|f| f.kind);
    let by_value = matches!(
        kind,
        Some(
            TagViolationKind::Missing
                | TagViolationKind::UnknownKey(_)
                | TagViolationKind::Empty
                | TagViolationKind::Value { meant: None, .. }
        )
    );
    by_value && value(case, values).is_none()
}

/// Returns the values that other resources of the plan have for the key of a candidate, and that the policy allows.
pub(super) fn used_values(case: &FixCandidate<'_>) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for change in case.resource.context.plan.changes.iter().filter(|c| c.stays()) {
        let resource = crate::resource::Resource::read(case.resource.context, change);
        let Some(effective) = crate::tags::effective(&resource) else { continue };
        if let Some(tollgate_expression::Value::Text(text)) = effective.tags.entries.get(&case.key)
            && allows(case, text)
        {
            used.insert(text.clone());
        }
    }
    used
}

/// Targets the defaults of the provider, when they exist or when several resources lack the tag.
fn defaults<'s>(
    case: &FixCandidate<'s>,
    all: &[FixCandidate<'s>],
    findings: &[Finding],
    entry: &(String, String),
) -> Option<FixTarget<'s>> {
    let takes = matches!(case.effective.written, TagSyntax::Map("tags")) && case.resource.provider() == "aws"
        || case.resource.provider().starts_with("google") && has_terraform_labels(case);
    if !takes {
        return None;
    }
    let key_of = |c: &FixCandidate<'s>| match configured(&c.resource) {
        ProviderConfiguration::Found(key, provider) => Some((key, provider)),
        ProviderConfiguration::Absent | ProviderConfiguration::Unknown => None,
    };
    let (key, provider) = key_of(case)?;
    let block = source_block(case.resource.context, provider)?;
    let lacking = all.iter().filter(|c| {
        let same = c.plan == case.plan && c.key == case.key && findings[c.finding].id == FindingId::TagMissing;
        same && key_of(c).is_some_and(|(k, _)| k == key)
    });
    let lacking = lacking.map(|c| &*c.resource.change.address).collect::<BTreeSet<_>>().len();
    let of = format!("the defaults of provider `{key}`, for every resource");
    let entries = vec![entry.clone()];
    if case.resource.provider() == "aws" {
        let nested = block.nested("default_tags").first().copied();
        return match nested.map(|n| n.block) {
            Some(inner) => match inner.attribute("tags") {
                Some(at) => Some(FixTarget::Entries { at, entries, of }),
                None => Some(FixTarget::Attribute { at: inner, inside: None, name: "tags".to_owned(), entries, of }),
            },
            None if lacking > 1 => {
                let name = "tags".to_owned();
                Some(FixTarget::Attribute { at: block, inside: Some("default_tags"), name, entries, of })
            }
            None => None,
        };
    }
    match block.attribute("default_labels") {
        Some(at) => Some(FixTarget::Entries { at, entries, of }),
        None if lacking > 1 => {
            Some(FixTarget::Attribute { at: block, inside: None, name: "default_labels".to_owned(), entries, of })
        }
        None => None,
    }
}

fn has_terraform_labels(case: &FixCandidate<'_>) -> bool {
    case.resource.after.as_object().is_some_and(|o| o.entries.contains_key("terraform_labels"))
}

/// Targets the tags of the resource, or the input of the module that they come from.
fn own<'s>(case: &FixCandidate<'s>, entry: (String, String)) -> Option<FixTarget<'s>> {
    let block = case.resource.block?;
    let sources = case.resource.context.sources?;
    let address = case.resource.address.as_ref()?;
    let entries = vec![entry];
    let of = format!("{}.{}", address.kind, address.name);
    let local = |modules: &[ModuleStep]| sources.module(modules).is_some_and(|m| m.local);
    match case.effective.written {
        TagSyntax::Blocks(name) => {
            local(&address.modules).then_some(FixTarget::Blocks { at: block, name, entries, of })
        }
        TagSyntax::Pairs(_) => None,
        TagSyntax::Map(name) => match block.attribute(name) {
            None => {
                let name = name.to_owned();
                local(&address.modules).then_some(FixTarget::Attribute { at: block, inside: None, name, entries, of })
            }
            Some(at) => through(at, &address.modules, case.resource.context, entries, of),
        },
        TagSyntax::MapIn(inner, name) => {
            let nested = block.nested(inner).first()?.block;
            match nested.attribute(name) {
                None => {
                    let name = name.to_owned();
                    local(&address.modules).then_some(FixTarget::Attribute {
                        at: nested,
                        inside: None,
                        name,
                        entries,
                        of,
                    })
                }
                Some(at) => through(at, &address.modules, case.resource.context, entries, of),
            }
        }
    }
}

/// Follows a map to its definition: `local.tags` to the local, `var.tags` to the module call.
fn through<'s>(
    at: Located<'s, Expression>,
    modules: &[ModuleStep],
    context: &PlanContext<'s>,
    entries: Vec<(String, String)>,
    of: String,
) -> Option<FixTarget<'s>> {
    let sources = context.sources?;
    let module = sources.module(modules)?;
    let call = sources.call(modules);
    if let (Some(variable), Some(call), Some((last, above))) = (named(at.node, "var"), call, modules.split_last()) {
        let of = format!("`{variable}` of module `{}`", last.name);
        return match call.attribute(variable) {
            Some(at) => through(at, above, context, entries, of),
            None => {
                let local = sources.module(above).is_some_and(|m| m.local);
                let name = variable.to_owned();
                local.then_some(FixTarget::Attribute { at: call, inside: None, name, entries, of })
            }
        };
    }
    if !module.local {
        return None;
    }
    if let Expression::Traversal(_) = at.node
        && let Some(name) = named(at.node, "local")
        && let Some(local) = module.local(name)
    {
        return Some(FixTarget::Entries { at: local, entries, of: format!("`local.{name}`") });
    }
    Some(FixTarget::Entries { at, entries, of })
}

/// Returns the name behind `var.` or `local.` of an expression, or of the first argument of `merge`.
fn named<'e>(expression: &'e Expression, root: &str) -> Option<&'e str> {
    match expression {
        Expression::Traversal(traversal) => {
            let is = traversal.expr.as_variable().is_some_and(|v| v.as_str() == root);
            match traversal.operators.as_slice() {
                [only] if is => match only.value() {
                    TraversalOperator::GetAttr(name) => Some(name.as_str()),
                    _ => None,
                },
                _ => None,
            }
        }
        Expression::FuncCall(call) if call.name.name.as_str() == "merge" => {
            call.args.iter().find_map(|argument| named(argument, root))
        }
        Expression::Parenthesis(inner) => named(inner.inner(), root),
        _ => None,
    }
}

/// Locates an entry: its expression and its key.
fn entry<'s>(case: &FixCandidate<'s>, key: &str) -> Option<(Located<'s, Expression>, std::ops::Range<usize>)> {
    let block = case.resource.block?;
    let layer = case.effective.origin(key)?;
    let own = match case.effective.written {
        TagSyntax::Map(name) => block.attribute(name),
        TagSyntax::MapIn(inner, name) => block.nested(inner).first().and_then(|n| n.block.attribute(name)),
        TagSyntax::Blocks(_) | TagSyntax::Pairs(_) => None,
    };
    let at = own.filter(|_| matches!(layer.origin, TagOrigin::Resource(_)))?;
    let object = literals(at.node).into_iter().rev().find(|o| o.iter().any(|(k, _)| key_text(k) == Some(key)))?;
    let (name, _) = object.iter().find(|(k, _)| key_text(k) == Some(key))?;
    Some((at, name.span()?))
}

fn rewrite<'s>(case: &FixCandidate<'s>, key: &str, to: &str) -> Option<FixTarget<'s>> {
    let (at, _) = entry(case, key)?;
    let object = literals(at.node).into_iter().rev().find(|o| o.iter().any(|(k, _)| key_text(k) == Some(key)))?;
    let (_, value) = object.iter().find(|(k, _)| key_text(k) == Some(key))?;
    // What is computed is not overwritten by a constant.
    value.expr().as_str()?;
    let span = value.expr().span()?;
    let edit = Edit::new(at.file, span.start, span.end, quoted(to));
    Some(FixTarget::Edit { file: at.file.path.clone(), edit, title: format!("write {key} = {to:?}") })
}

fn rename<'s>(case: &FixCandidate<'s>, from: &str, to: &str) -> Option<FixTarget<'s>> {
    if case.effective.shown(from) != from {
        return None;
    }
    let (at, span) = entry(case, from)?;
    let edit = Edit::new(at.file, span.start, span.end, edit::key_of(to));
    Some(FixTarget::Edit { file: at.file.path.clone(), edit, title: format!("rename {from} to {to}") })
}

fn remove<'s>(case: &FixCandidate<'s>) -> Option<FixTarget<'s>> {
    let (at, _) = entry(case, &case.key)?;
    let key = &case.key;
    let object = literals(at.node).into_iter().rev().find(|o| o.iter().any(|(k, _)| key_text(k) == Some(key)))?;
    let edit = edit::remove_entry(at.file, object, key)?;
    Some(FixTarget::Edit { file: at.file.path.clone(), edit, title: format!("remove {key}") })
}
