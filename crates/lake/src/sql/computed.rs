//! Computed columns in DataFusion: a function a column, which computes each combination of values once.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::builder::StringViewBuilder;
use arrow_array::{Array, ArrayRef, StringArray, StringViewArray};
use arrow_schema::DataType;
use datafusion::catalog::TableProvider;
use datafusion::common::{Column as ColumnName, Result, ScalarValue, internal_err};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::functions::core::expr_fn::named_struct;
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlanBuilder, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, cast,
    lit,
};

use crate::ChargeColumn;

/// The column with every dimension: `dimensions['team']`.
const DIMENSIONS: &str = "dimensions";
/// Combinations of values whose results are kept by a column; others are computed again.
const KEPT: usize = 200_000;

/// A table with computed columns behind its own. Without any, the table itself.
pub(super) fn with_columns(
    table: Arc<dyn TableProvider>,
    columns: &[Arc<dyn ChargeColumn>],
) -> Result<Arc<dyn TableProvider>> {
    if columns.is_empty() {
        return Ok(table);
    }
    let schema = table.schema();
    let is_computed = |name: &str| columns.iter().any(|column| column.name() == name) || name == DIMENSIONS;
    let own = schema.fields().iter().filter(|field| !is_computed(field.name())).map(|field| of_name(field.name()));
    let mut out: Vec<Expr> = own.collect();
    let mut dimensions: Vec<Expr> = Vec::new();
    for column in columns {
        // A column that no file has is unknown. Text may be stored as a dictionary.
        let source = |name: &String| match schema.column_with_name(name) {
            Some(_) => cast(of_name(name), DataType::Utf8View),
            None => lit(ScalarValue::Utf8View(None)),
        };
        let function = ScalarUDF::from(ComputedColumn::new(Arc::clone(column)));
        let value = function.call(column.sources().iter().map(source).collect());
        if let Some(key) = column.dimension() {
            dimensions.extend([lit(key), value.clone()]);
        }
        out.push(value.alias(column.name()));
    }
    if !dimensions.is_empty() {
        out.push(named_struct(dimensions).alias(DIMENSIONS));
    }
    let plan = LogicalPlanBuilder::scan("files", provider_as_source(table), None)?.project(out)?.build()?;
    Ok(Arc::new(ViewTable::new(plan, None)))
}

fn of_name(name: &str) -> Expr {
    Expr::Column(ColumnName::new_unqualified(name))
}

/// The values of a row's sources, and of the computed column.
type Known = HashMap<Box<[Option<Box<str>>]>, Option<Arc<str>>>;

#[derive(Debug)]
struct ComputedColumn {
    column: Arc<dyn ChargeColumn>,
    name: String,
    definition: String,
    signature: Signature,
    known: Mutex<Known>,
}

impl ComputedColumn {
    fn new(column: Arc<dyn ChargeColumn>) -> Self {
        let arguments = vec![DataType::Utf8View; column.sources().len()];
        let signature = match arguments.is_empty() {
            true => Signature::nullary(Volatility::Immutable),
            false => Signature::exact(arguments, Volatility::Immutable),
        };
        let (name, definition) = (column.name().to_owned(), column.definition());
        Self { column, name, definition, signature, known: Mutex::default() }
    }

    /// The value for a combination, computed or known.
    fn value(&self, sources: &[Option<&str>]) -> Option<Arc<str>> {
        let key: Box<[Option<Box<str>>]> = sources.iter().map(|text| text.map(Box::from)).collect();
        // A panic while it was held cannot leave it half changed.
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = known().get(&key) {
            return value.clone();
        }
        let value: Option<Arc<str>> = self.column.value(sources).map(Arc::from);
        let mut known = known();
        if known.len() < KEPT {
            known.insert(key, value.clone());
        }
        value
    }
}

impl PartialEq for ComputedColumn {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.definition == other.definition
    }
}

impl Eq for ComputedColumn {}

impl Hash for ComputedColumn {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.definition.hash(state);
    }
}

impl ScalarUDFImpl for ComputedColumn {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let arrays = args.args.into_iter().map(|value| value.into_array(rows)).collect::<Result<Vec<ArrayRef>>>()?;
        let cells = arrays.iter().map(TextCells::of).collect::<Option<Vec<TextCells<'_>>>>();
        let Some(cells) = cells else { return internal_err!("{} needs text", self.name) };
        let mut builder = StringViewBuilder::with_capacity(rows).with_deduplicate_strings();
        // Equal combinations of a batch are looked up by reference.
        let mut seen: HashMap<Vec<Option<&str>>, Option<Arc<str>>> = HashMap::new();
        let mut combination: Vec<Option<&str>> = Vec::with_capacity(cells.len());
        for row in 0..rows {
            combination.clear();
            combination.extend(cells.iter().map(|column| column.get(row)));
            if let Some(value) = seen.get(&combination) {
                builder.append_option(value.as_deref());
                continue;
            }
            let value = self.value(&combination);
            builder.append_option(value.as_deref());
            seen.insert(combination.clone(), value);
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish())))
    }
}

/// Text in either of its forms in memory.
enum TextCells<'a> {
    View(&'a StringViewArray),
    Plain(&'a StringArray),
}

impl<'a> TextCells<'a> {
    fn of(array: &'a ArrayRef) -> Option<Self> {
        let any = array.as_any();
        let view = any.downcast_ref().map(Self::View);
        view.or_else(|| any.downcast_ref().map(Self::Plain))
    }

    fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::View(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Plain(array) => array.is_valid(row).then(|| array.value(row)),
        }
    }
}
