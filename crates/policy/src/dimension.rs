//! `dimension "team" { … }`: an HCL expression over a charge.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hcl::eval::{Context, Evaluate, FuncArgs, FuncDef, ParamType};
use hcl::{Map, Value};
use hcl_edit::expr::{Expression, FuncCall, Traversal, TraversalOperator};
use hcl_edit::visit::{Visit, visit_expr, visit_func_call, visit_traversal};
use tollgate_model::batch::NULL;
use tollgate_model::focus::ColumnType;
use tollgate_model::{ChargeBatch, Column, TextColumn};

use crate::block::Block;
use crate::diagnostic::suggest;
use crate::document::{Document, span};

/// A way to group charges: by team, environment or product.
#[derive(Clone, Debug, PartialEq)]
pub struct Dimension {
    /// Its name, unique in the file.
    pub name: String,
    /// The value of charges for which the expression has none.
    pub default: String,
    /// The source of the expression.
    pub source: String,
    expression: hcl::Expression,
    columns: Vec<Source>,
    /// Keys of tags that the expression reads: null where a charge lacks them.
    keys: Vec<String>,
}

/// A column of a charge that an expression reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Focus(Column),
    Extra(String),
}

/// The default value of a dimension.
const UNALLOCATED: &str = "unallocated";

impl Dimension {
    /// The dimension of a tag: the value of its key, or `default`.
    pub fn of_tag(key: &str, default: &str) -> Self {
        let charge = hcl::expr::Variable::unchecked("charge");
        let value = hcl::expr::Traversal::builder(charge).attr("tags").index(key).build();
        Self {
            name: format!("tag:{key}"),
            default: default.to_owned(),
            source: format!("charge.tags[{key:?}]"),
            expression: value.into(),
            columns: vec![Source::Focus(Column::Tags)],
            keys: vec![key.to_owned()],
        }
    }

    /// The columns of FOCUS that its expression reads.
    pub fn columns(&self) -> impl Iterator<Item = Column> {
        self.columns.iter().filter_map(|source| match source {
            Source::Focus(column) => Some(*column),
            Source::Extra(_) => None,
        })
    }

    /// The columns of the provider's own that its expression reads.
    pub fn extras(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter_map(|source| match source {
            Source::Focus(_) => None,
            Source::Extra(name) => Some(name.as_str()),
        })
    }

    /// The names of all columns that its expression reads.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|source| match source {
            Source::Focus(column) => column.name(),
            Source::Extra(name) => name,
        })
    }

    /// The same value as an expression of SQL over the columns of charges, for engines that cannot call Tollgate. Errors with the part
    /// of the expression that SQL cannot express.
    pub fn sql(&self) -> Result<String, String> {
        crate::dimension_sql::sql(&self.expression, &self.default)
    }

    /// The keys of tags that its expression reads.
    pub fn tag_keys(&self) -> &[String] {
        &self.keys
    }

    pub(crate) fn read(name: String, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<Self> {
        let value = block.expression("value");
        let default = block.text_or("default", UNALLOCATED, document);
        let Some(value) = value else {
            let hint = Some(format!("add value = charge.tags.{name}"));
            document.report(block.at.clone(), format!("{} has no value", block.title), hint);
            return None;
        };
        let mut references = References { columns: BTreeSet::new(), keys: BTreeSet::new(), document, inside: false };
        references.visit_expr(value);
        let (columns, keys) = (references.columns.into_iter().collect(), references.keys.into_iter().collect());
        let source = document.source(value).to_owned();
        Some(Self { name, default, source, expression: value.clone().into(), columns, keys })
    }
}

/// Returns `service_name` for ServiceName.
pub(crate) fn snake(column: Column) -> String {
    let mut out = String::new();
    for c in column.name().chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

pub(crate) fn readable() -> impl Iterator<Item = Column> {
    Column::ALL.iter().copied().filter(|c| c.column_type() == ColumnType::Text)
}

struct References<'d, 'a> {
    columns: BTreeSet<Source>,
    keys: BTreeSet<String>,
    document: &'d mut Document<'a>,
    /// Inside a traversal that was understood.
    inside: bool,
}

const FUNCTIONS: [&str; 5] = ["lower", "upper", "coalesce", "starts_with", "contains"];

impl Visit for References<'_, '_> {
    fn visit_traversal(&mut self, node: &Traversal) {
        let Some(root) = node.expr.as_variable() else { return visit_traversal(self, node) };
        if root.as_str() != "charge" {
            let hint = Some("an expression reads `charge` only".to_owned());
            self.document.report(span(&node.expr), format!("`{}` is not known here", root.as_str()), hint);
            return;
        }
        let step = |op: &TraversalOperator| match op {
            TraversalOperator::GetAttr(ident) => Some((ident.as_str().to_owned(), span(ident))),
            TraversalOperator::Index(index) => index.as_str().map(|s| (s.to_owned(), span(index))),
            _ => None,
        };
        let named = node.operators.first().and_then(|op| step(op.value()));
        self.keys.extend(node.operators.get(1).and_then(|op| step(op.value())).map(|(key, _)| key));
        let Some((name, at)) = named else {
            self.document.report(
                span(&node.expr),
                "`charge` must be followed by one of its columns",
                Some("write charge.service_name or charge.tags.team".to_owned()),
            );
            return;
        };
        if name.starts_with("x_") {
            self.columns.insert(Source::Extra(name));
        } else if let Some(column) = readable().find(|c| snake(*c) == name) {
            self.columns.insert(Source::Focus(column));
        } else {
            let known: Vec<String> = readable().map(snake).collect();
            let hint = suggest(&name, known.iter().map(String::as_str));
            self.document.report(at, format!("a charge has no `{name}`"), hint);
        }
        let outer = std::mem::replace(&mut self.inside, true);
        visit_traversal(self, node);
        self.inside = outer;
    }

    fn visit_func_call(&mut self, node: &FuncCall) {
        let name = node.name.name.as_str();
        if !node.name.namespace.is_empty() || !FUNCTIONS.contains(&name) {
            self.document.report(
                span(&node.name.name),
                format!("there is no function `{name}`"),
                suggest(name, FUNCTIONS),
            );
        }
        visit_func_call(self, node);
    }

    fn visit_expr(&mut self, node: &Expression) {
        if let Expression::ForExpr(for_expr) = node {
            self.document.report(span(for_expr.as_ref()), "`for` is not supported here", None);
            return;
        }
        if let Some(variable) = node.as_variable()
            && !self.inside
        {
            let hint = Some("an expression reads `charge` and its columns, such as charge.tags.team".to_owned());
            self.document.report(span(node), format!("`{}` is not known here", variable.as_str()), hint);
        }
        visit_expr(self, node);
    }
}

/// Evaluates dimensions over batches of charges. Combinations of values repeat, so each is evaluated once.
pub struct DimensionEvaluator<'p> {
    dimensions: &'p [Dimension],
    context: Context<'static>,
}

impl<'p> DimensionEvaluator<'p> {
    /// Creates an evaluator for the dimensions of a policy.
    pub fn new(dimensions: &'p [Dimension]) -> Self {
        let mut context = Context::new();
        let one = || FuncDef::builder().param(ParamType::Any);
        context.declare_func("lower", one().build(|args| Ok(map_text(&args, str::to_lowercase))));
        context.declare_func("upper", one().build(|args| Ok(map_text(&args, str::to_uppercase))));
        context.declare_func(
            "coalesce",
            FuncDef::builder().variadic_param(ParamType::Any).build(|args| {
                Ok(args.iter().find(|v| !v.is_null() && v.as_str() != Some("")).cloned().unwrap_or(Value::Null))
            }),
        );
        context.declare_func(
            "starts_with",
            FuncDef::builder()
                .params([ParamType::Any, ParamType::String])
                .build(|args| Ok(two(&args, |text, start| text.starts_with(start)))),
        );
        context.declare_func(
            "contains",
            FuncDef::builder()
                .params([ParamType::Any, ParamType::String])
                .build(|args| Ok(two(&args, |text, part| text.contains(part)))),
        );
        Self { dimensions, context }
    }

    /// Returns the value of each dimension for each row, in the order of the policy. A dimension has its default where its
    /// expression has no value, or a value that is not text, number or boolean.
    pub fn evaluate(&self, batch: &ChargeBatch) -> Vec<TextColumn> {
        self.dimensions.iter().map(|dimension| self.column(dimension, batch)).collect()
    }

    fn column(&self, dimension: &Dimension, batch: &ChargeBatch) -> TextColumn {
        let columns: Vec<(&Source, Option<&TextColumn>)> = dimension
            .columns
            .iter()
            .map(|s| {
                let values = match s {
                    Source::Focus(column) => batch.text(*column),
                    Source::Extra(name) => batch.extra().get(name),
                };
                (s, values)
            })
            .collect();
        let mut out = TextColumn::default();
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut keys = Vec::with_capacity(columns.len());
        for row in 0..batch.rows() {
            keys.clear();
            keys.extend(columns.iter().map(|(_, values)| values.map_or(NULL, |v| v.keys()[row])));
            if let Some(key) = known.get(&keys) {
                out.push_key(*key);
                continue;
            }
            let values: Vec<Option<&str>> = columns.iter().map(|(_, values)| values.and_then(|v| v.get(row))).collect();
            let value = self.value(dimension, &values);
            let key = out.intern(value.as_deref().unwrap_or(&dimension.default));
            known.insert(keys.clone(), key);
            out.push_key(key);
        }
        out
    }

    /// Returns the value of a dimension for a charge, from the text of each column that it reads, in the order of
    /// [`Dimension::column_names`]; its default where the expression has none.
    pub fn value_of(&self, dimension: &Dimension, columns: &[Option<&str>]) -> String {
        self.value(dimension, columns).unwrap_or_else(|| dimension.default.clone())
    }

    fn value(&self, dimension: &Dimension, columns: &[Option<&str>]) -> Option<String> {
        let mut charge: Map<String, Value> = Map::new();
        for (source, text) in dimension.columns.iter().zip(columns) {
            let text = *text;
            let (name, value) = match source {
                Source::Focus(column @ (Column::Tags | Column::SkuPriceDetails)) => {
                    (snake(*column), object(text, &dimension.keys))
                }
                Source::Focus(column) => (snake(*column), text.map_or(Value::Null, Value::from)),
                Source::Extra(name) => (name.clone(), text.map_or(Value::Null, Value::from)),
            };
            charge.insert(name, value);
        }
        let mut context = self.context.clone();
        context.declare_var("charge", Value::from(charge));
        // An error is a tag that this charge lacks: columns and functions were checked when the file was read.
        match dimension.expression.evaluate(&context) {
            Ok(Value::String(text)) if !text.is_empty() => Some(text),
            Ok(Value::Number(number)) => Some(number.to_string()),
            Ok(Value::Bool(flag)) => Some(flag.to_string()),
            _ => None,
        }
    }
}

/// Parses a JSON object, with null for each key that it lacks.
fn object(json: Option<&str>, keys: &[String]) -> Value {
    let parsed =
        json.and_then(|j| serde_json::from_str::<BTreeMap<String, serde_json::Value>>(j).ok()).unwrap_or_default();
    let mut map: Map<String, Value> = keys.iter().map(|k| (k.clone(), Value::Null)).collect();
    map.extend(parsed.into_iter().filter_map(|(k, v)| Some((k, hcl::value::to_value(v).ok()?))));
    Value::Object(map)
}

fn map_text(args: &FuncArgs, f: impl Fn(&str) -> String) -> Value {
    match args.first() {
        Some(Value::String(text)) => Value::from(f(text)),
        Some(other) => other.clone(),
        None => Value::Null,
    }
}

fn two(args: &FuncArgs, f: impl Fn(&str, &str) -> bool) -> Value {
    match (args.first().and_then(Value::as_str), args.get(1).and_then(Value::as_str)) {
        (Some(text), Some(part)) => Value::from(f(text, part)),
        _ => Value::from(false),
    }
}

#[cfg(test)]
mod tests {
    use crate::{DimensionEvaluator, Policy};
    use tollgate_model::{Amount, Charge, ChargeBatch, ChargeCategory, ChargePeriod, Column, Currency, Day, Money};

    fn values(expression: &str, tags: &[Option<&str>]) -> Vec<String> {
        let text = format!("dimension \"team\" {{ value = {expression} }}");
        let policy = Policy::parse("t.hcl", &text).unwrap();
        let day = ChargePeriod::of_day(Day::EPOCH);
        let charges: Vec<Charge> = tags
            .iter()
            .map(|json| {
                let charge = Charge::new(ChargeCategory::Usage, Money::new(Amount::ZERO, Currency::USD), day, day);
                let charge = charge.with(Column::ServiceName, "Amazon S3");
                match json {
                    Some(json) => charge.with(Column::Tags, *json),
                    None => charge,
                }
            })
            .collect();
        let column =
            DimensionEvaluator::new(&policy.dimensions).evaluate(&ChargeBatch::from_charges(&charges)).remove(0);
        (0..charges.len()).map(|row| column.get(row).unwrap().to_owned()).collect()
    }

    #[test]
    fn a_tag_or_its_default() {
        let tags =
            [Some(r#"{"team":"web"}"#), Some(r#"{"Team":"Ops"}"#), None, Some("not json"), Some(r#"{"team":""}"#)];
        assert_eq!(
            values("charge.tags.team", &tags),
            ["web", "unallocated", "unallocated", "unallocated", "unallocated"]
        );
        assert_eq!(values("lower(coalesce(charge.tags.team, charge.tags[\"Team\"]))", &tags)[1], "ops");
    }

    #[test]
    fn the_dimension_of_a_tag_reads_any_key() {
        let day = ChargePeriod::of_day(Day::EPOCH);
        let charge = Charge::new(ChargeCategory::Usage, Money::new(Amount::ZERO, Currency::USD), day, day);
        for key in ["team", "kubernetes.io/cluster", "a \"b\" ${c}"] {
            let tags = serde_json::json!({ key: "web" }).to_string();
            let charges = [charge.clone().with(Column::Tags, tags.as_str()), charge.clone()];
            let dimensions = [crate::Dimension::of_tag(key, "(no tag)")];
            let column = DimensionEvaluator::new(&dimensions).evaluate(&ChargeBatch::from_charges(&charges)).remove(0);
            assert_eq!((column.get(0), column.get(1)), (Some("web"), Some("(no tag)")), "{key}");
        }
    }

    #[test]
    fn conditions_and_templates() {
        let tags = [Some(r#"{"env":"prod","n":true}"#), None];
        assert_eq!(values("charge.tags.env == \"prod\" ? \"live\" : \"other\"", &tags), ["live", "other"]);
        assert_eq!(values("\"${charge.service_name}/x\"", &tags), ["Amazon S3/x", "Amazon S3/x"]);
        assert_eq!(values("starts_with(charge.service_name, \"Amazon\")", &tags), ["true", "true"]);
        assert_eq!(values("charge.tags.n", &tags), ["true", "unallocated"]);
        assert_eq!(values("charge.x_missing", &tags), ["unallocated", "unallocated"]);
    }
}
