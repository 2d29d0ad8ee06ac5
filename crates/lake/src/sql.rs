//! SQL over the current revisions: the view `charges`, by DataFusion.

mod charges_view;
mod computed;
mod date_functions;
mod json_functions;
mod json_path;
mod names;
mod operators;
pub(crate) mod rewrite;
pub(crate) mod tables;

#[cfg(test)]
mod focus_tests;

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::{Array, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::DataType;
use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::common::SchemaError;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::error::DataFusionError;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::{SendableRecordBatchStream, SessionState, SessionStateBuilder};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Operator};
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext, cast};
use datafusion::sql::parser::Statement;
use futures::{FutureExt, TryStreamExt};
use object_store::ObjectStoreExt;
use serde_json::{Map, Value};
use tollgate_model::limits::{SQL_ROWS, SQL_SECONDS};
use tollgate_model::{FocusDataset, Revision};

use crate::columns::empty_schema;
use crate::sql::tables::Supplements;
use crate::{ChargeView, Lake, LakeError, part_path, sql_limits};

/// The view of charges.
const CHARGES: &str = "charges";

/// One value of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// SQL's NULL: unknown.
    Null,
    /// A number, in full, without trailing zeros.
    Number(String),
    /// True or false.
    Bool(bool),
    /// Anything else as text.
    Text(String),
}

/// The result of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// Whether there were more rows than the limit.
    pub truncated: bool,
}

impl Answer {
    /// The rows as JSON objects by column. Numbers are strings where a reader of JSON may round them: money is exact.
    pub fn objects(&self) -> Vec<Map<String, Value>> {
        let object = |row: &Vec<Cell>| self.columns.iter().cloned().zip(row.iter().map(cell_value)).collect();
        self.rows.iter().map(object).collect()
    }
}

/// Digits that every reader of JSON keeps.
const EXACT_DIGITS: usize = 15;

fn cell_value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(flag) => Value::Bool(*flag),
        Cell::Number(text) if text.len() <= EXACT_DIGITS && !text.contains('.') => {
            text.parse::<i64>().map_or_else(|_| Value::from(text.as_str()), Value::from)
        }
        Cell::Number(text) | Cell::Text(text) => Value::from(text.as_str()),
    }
}

/// The port of a query engine over the view `charges`, which holds the given files of the given revisions and nothing else, and over
/// the tables beside it.
///
/// The same text gives the same answer in every engine. Numbers are exact; a quotient of two decimals is a double in
/// DataFusion and a decimal in Athena.
#[async_trait]
pub trait SqlEngine: fmt::Debug + Send + Sync {
    /// Answers a query with at most `rows` rows.
    ///
    /// # Errors
    ///
    /// When the query is invalid; the error carries the engine's message.
    async fn answer(
        &self,
        view: ChargeView<'_>,
        supplements: &Supplements,
        query: &str,
        rows: usize,
    ) -> Result<Answer, LakeError>;
}

impl Lake {
    /// Answers a user's query: by DataFusion, or by the engine set with [`beyond`](Self::beyond) where the files are
    /// too large. Only queries are allowed: SQL can change and write nothing. An answer has at most
    /// [`SQL_ROWS`] rows and states whether there were more.
    ///
    /// # Errors
    ///
    /// When the query is invalid (with the engine's message) or exceeds a limit (which is named).
    pub async fn query(&self, current: &[(Revision, Vec<String>)], query: &str) -> Result<Answer, LakeError> {
        self.query_view(ChargeView::of_files(current), query).await
    }

    /// As [`query`](Self::query), over a view with computed columns.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query).
    pub async fn query_view(&self, view: ChargeView<'_>, query: &str) -> Result<Answer, LakeError> {
        sql_limits::check(query)?;
        self.ask_engine(view, query, SQL_ROWS.size()).await
    }

    /// Answers a query of Tollgate itself with at most `rows` rows, within the limits of time and memory. Its text is not limited. It names
    /// the columns of charges that it reads.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query).
    pub async fn ask(&self, view: ChargeView<'_>, query: &str, rows: usize) -> Result<Answer, LakeError> {
        self.ask_engine(ChargeView { named_only: true, ..view }, query, rows).await
    }

    async fn ask_engine(&self, view: ChargeView<'_>, query: &str, rows: usize) -> Result<Answer, LakeError> {
        let limit = Duration::from_secs(SQL_SECONDS.value);
        if let Some(engine) = self.engine_for(view).await? {
            return sql_limits::in_time(limit, engine.answer(view, &self.supplements, query, rows)).await?;
        }
        let (lake, files, columns) = (self.clone(), view.files.to_vec(), view.columns.to_vec());
        let named_only = view.named_only;
        let query = query.to_owned();
        let answer = async move {
            let view = ChargeView { files: &files, columns: &columns, named_only };
            lake.answer_here(view, &query, rows).await
        };
        sql_limits::in_time(limit, sql_limits::on_own_threads(answer)).await?
    }

    /// The other engine, if the files are too large for DataFusion.
    async fn engine_for(&self, view: ChargeView<'_>) -> Result<Option<&dyn SqlEngine>, LakeError> {
        match &self.beyond {
            Some((engine, bytes)) if self.size(view).await? > *bytes => Ok(Some(&**engine)),
            _ => Ok(None),
        }
    }

    async fn answer_here(&self, view: ChargeView<'_>, query: &str, rows: usize) -> Result<Answer, LakeError> {
        let answer = AssertUnwindSafe(self.answer(view, &self.supplements, query, rows)).catch_unwind();
        // A damaged file of the lake can make its reader panic.
        answer.await.unwrap_or_else(|_| Err(sql_limits::stopped()))
    }

    /// Bytes of files.
    async fn size(&self, view: ChargeView<'_>) -> Result<u64, LakeError> {
        let mut bytes = 0;
        for (revision, parts) in view.files {
            for name in parts {
                bytes += self.store.head(&part_path(revision, name)).await?.size;
            }
        }
        Ok(bytes)
    }
}

#[async_trait]
impl SqlEngine for Lake {
    async fn answer(
        &self,
        view: ChargeView<'_>,
        supplements: &Supplements,
        query: &str,
        rows: usize,
    ) -> Result<Answer, LakeError> {
        let mut stream = self.stream(view, supplements, query).await?;
        let columns = stream.schema().fields().iter().map(|f| f.name().clone()).collect();
        let mut answer = Answer { columns, rows: Vec::new(), truncated: false };
        while let Some(batch) = stream.try_next().await.map_err(explain)? {
            let room = rows - answer.rows.len();
            append(&mut answer.rows, &batch.slice(0, batch.num_rows().min(room)))?;
            if batch.num_rows() > room {
                answer.truncated = true;
                break;
            }
        }
        Ok(answer)
    }
}

impl Lake {
    /// The batches of an answer.
    async fn stream(
        &self,
        view: ChargeView<'_>,
        supplements: &Supplements,
        query: &str,
    ) -> Result<SendableRecordBatchStream, LakeError> {
        let context = session().map_err(explain)?;
        let files = self.files(&context, view.files).await?;
        // A name that is no part of the text is no column of the query.
        let is_source = |name: &str| view.columns.iter().any(|column| column.sources().iter().any(|s| s == name));
        let is_wanted = |name: &str| !view.named_only || query.contains(name) || is_source(name);
        let charges = charges_view::charges(&context, files, is_wanted).map_err(explain)?;
        let charges = computed::with_columns(charges, view.columns).map_err(explain)?;
        context.register_table(CHARGES, charges).map_err(explain)?;
        for dataset in tables::named_in(query) {
            let text = tables::text(dataset, supplements, tables::WITH_ZONE);
            let view = context.sql(&text).await.map_err(explain)?.into_view();
            context.register_table(dataset.table(), view).map_err(explain)?;
        }
        let state = context.state();
        let dialect = state.config_options().sql_parser.dialect;
        let mut statement = state.sql_to_statement(query, &dialect).map_err(explain)?;
        rewrite::rewrite(&mut statement);
        let mut known = FocusDataset::ALL.map(FocusDataset::table).to_vec();
        known.push(CHARGES);
        names::replace_tables(&mut statement, &known);
        let plan = plan(&state, statement).await.map_err(with_names)?;
        let read_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        read_only.verify_plan(&plan).map_err(explain)?;
        // Types of expressions are right after the analysis only: a CASE has that of its first value before.
        let options = state.config_options();
        let plan = state.analyzer().execute_and_check(plan, options, |_, _| {}).map_err(with_names)?;
        let plan = divide_as_doubles(plan).map_err(explain)?;
        context.execute_logical_plan(plan).await.map_err(explain)?.execute_stream().await.map_err(explain)
    }

    /// The table of the given files, with every column that one of them has.
    async fn files(
        &self,
        context: &SessionContext,
        current: &[(Revision, Vec<String>)],
    ) -> Result<Arc<dyn TableProvider>, LakeError> {
        let url = ObjectStoreUrl::parse("lake://charges").map_err(explain)?;
        context.register_object_store(url.as_ref(), Arc::clone(&self.store));
        let files: Vec<ListingTableUrl> = current
            .iter()
            .flat_map(|(revision, parts)| {
                parts.iter().map(|name| format!("{}{}", url.as_str(), part_path(revision, name)))
            })
            .map(ListingTableUrl::parse)
            .collect::<Result<_, _>>()
            .map_err(explain)?;
        if files.is_empty() {
            return Ok(Arc::new(MemTable::try_new(empty_schema(), vec![Vec::new()]).map_err(explain)?));
        }
        let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
        let config = ListingTableConfig::new_with_multi_paths(files).with_listing_options(options.clone());
        let config = config.clone().with_schema(self.schema(context, &config, &options).await?);
        Ok(Arc::new(ListingTable::try_new(config).map_err(explain)?))
    }

    /// The union of all files' columns: providers' own columns differ between files.
    async fn schema(
        &self,
        context: &SessionContext,
        config: &ListingTableConfig,
        options: &ListingOptions,
    ) -> Result<arrow_schema::SchemaRef, LakeError> {
        let state = context.state();
        let mut schemas = Vec::new();
        for path in &config.table_paths {
            let schema = options.infer_schema(&state, path).await.map_err(explain)?;
            schemas.push(schema.as_ref().clone());
        }
        Ok(Arc::new(arrow_schema::Schema::try_merge(schemas)?))
    }
}

/// The engine with the functions and operators of this lake.
fn session() -> Result<SessionContext, DataFusionError> {
    let config = SessionConfig::new()
        .with_information_schema(true)
        // FOCUS names are in mixed case; without this option users would have to quote them.
        .set_bool("datafusion.sql_parser.enable_ident_normalization", false)
        .set_bool("datafusion.execution.enable_recursive_ctes", false);
    let mut builder =
        SessionStateBuilder::new().with_config(config).with_runtime_env(sql_limits::runtime()?).with_default_features();
    // The first planner that knows an operator plans it.
    builder.expr_planners().get_or_insert_default().insert(0, Arc::new(operators::JsonOperators));
    let context = SessionContext::new_with_state(builder.build());
    sql_limits::without_unbounded_functions(&context);
    for function in date_functions::all().into_iter().chain(json_functions::all()) {
        context.register_udf(function);
    }
    Ok(context)
}

/// Plans a statement. A column that does not exist may be one that differs from it in case.
async fn plan(state: &SessionState, mut statement: Statement) -> Result<LogicalPlan, DataFusionError> {
    loop {
        match state.statement_to_plan(statement.clone()).await {
            Err(error) if names::replace_missing_column(&mut statement, &error) => {}
            planned => return planned,
        }
    }
}

/// Divides decimals as doubles: with 24 places kept exactly, a quotient of two sums would leave SQL's 38 digits.
fn divide_as_doubles(plan: LogicalPlan) -> Result<LogicalPlan, DataFusionError> {
    let done = plan.transform_up(|node| {
        let inputs: Vec<_> = node.inputs().into_iter().cloned().collect();
        let names = node.schema().clone();
        let rewritten = node.map_expressions(|expression| {
            expression.transform_up(|e| match e {
                Expr::BinaryExpr(mut binary) if matches!(binary.op, Operator::Divide | Operator::Multiply) => {
                    for side in [&mut binary.left, &mut binary.right] {
                        let decimal = inputs.iter().any(|input| {
                            matches!(
                                side.get_type(input.schema()),
                                Ok(DataType::Decimal128(..) | DataType::Decimal256(..))
                            )
                        });
                        if decimal {
                            let inner = std::mem::take(side.as_mut());
                            **side = cast(inner, DataType::Float64);
                        }
                    }
                    Ok(Transformed::yes(Expr::BinaryExpr(binary)))
                }
                other => Ok(Transformed::no(other)),
            })
        })?;
        // A cast must not change a column's name: the plan above refers to it by name.
        if !rewritten.transformed {
            return Ok(rewritten);
        }
        let plan = rewritten.data;
        let plan = match plan {
            LogicalPlan::Projection(mut projection) => {
                for (expression, (qualifier, field)) in projection.expr.iter_mut().zip(names.iter()) {
                    let (new_qualifier, new_name) = expression.qualified_name();
                    if new_name != *field.name() {
                        let inner = std::mem::take(expression);
                        *expression = inner.alias_qualified(new_qualifier.or(qualifier.cloned()), field.name());
                    }
                }
                LogicalPlan::Projection(projection).recompute_schema()?
            }
            other => other.recompute_schema()?,
        };
        Ok(Transformed::yes(plan))
    })?;
    Ok(done.data)
}

fn explain(error: DataFusionError) -> LakeError {
    // The first line is the message, or the name of a step with its cause behind it; DataFusion's backtrace follows.
    let text = error.strip_backtrace();
    let cause = text.rsplit("caused by\n").next().unwrap_or(&text);
    let mut line = cause.lines().next().unwrap_or_default();
    while let Some(rest) = STEPS.iter().find_map(|step| line.strip_prefix(step)) {
        line = rest;
    }
    LakeError::Query(line.to_owned())
}

/// Names of the engine's steps, which DataFusion puts before a message.
const STEPS: [&str; 5] =
    ["Error during planning: ", "Schema error: ", "Arrow error: ", "Execution error: ", "External error: "];

/// The column of the view that is nearest to the one that a query names and that does not exist.
fn nearest_column(error: &DataFusionError) -> Option<String> {
    let DataFusionError::SchemaError(error, _) = error.find_root() else { return None };
    let SchemaError::FieldNotFound { field, valid_fields } = &**error else { return None };
    let name = field.name.to_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(&name, &known.to_lowercase());
    let closest = valid_fields.iter().map(|column| (distance(&column.name), &column.name)).min();
    closest.filter(|(distance, known)| *distance <= 1 + known.len() / 3).map(|(_, known)| known.clone())
}

/// An error about an unknown column suggests the closest column.
fn with_names(error: DataFusionError) -> LakeError {
    let near = nearest_column(&error);
    let LakeError::Query(text) = explain(error) else { return LakeError::Query(String::new()) };
    let short = text.split(" Valid fields are").next().unwrap_or(&text).trim_end_matches('.').to_owned();
    let near = near.map_or(String::new(), |column| format!(" its nearest column is `{column}`;"));
    LakeError::Query(format!(
        "{short}\nhint: the view is `charges`;{near} `select * from charges limit 1` shows its columns, which are those of FOCUS 1.2 to 1.4"
    ))
}

fn append(rows: &mut Vec<Vec<Cell>>, batch: &RecordBatch) -> Result<(), LakeError> {
    let options = FormatOptions::new().with_display_error(true).with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%SZ"));
    let formatters =
        batch.columns().iter().map(|c| ArrayFormatter::try_new(c.as_ref(), &options)).collect::<Result<Vec<_>, _>>()?;
    for row in 0..batch.num_rows() {
        let cells = batch.columns().iter().zip(&formatters).map(|(column, formatter)| {
            if column.is_null(row) {
                return Cell::Null;
            }
            let text = formatter.value(row).to_string();
            match column.data_type() {
                DataType::Boolean => Cell::Bool(text == "true"),
                DataType::Decimal128(..) | DataType::Decimal256(..) if text.contains('.') => {
                    Cell::Number(text.trim_end_matches('0').trim_end_matches('.').to_owned())
                }
                // JSON has no NaN and no infinity.
                DataType::Float64 | DataType::Float32 if !text.parse::<f64>().is_ok_and(f64::is_finite) => {
                    Cell::Text(text)
                }
                t if t.is_numeric() => Cell::Number(text),
                _ => Cell::Text(text),
            }
        });
        rows.push(cells.collect());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_model::hash::ContentHash;
    use tollgate_model::{
        Amount, Charge, ChargeBatch, ChargeCategory, ChargePeriod, Column, Currency, Day, LaterColumn, Money, SourceId,
    };

    use crate::PartSchema;

    async fn lake_with(amounts: &[&str]) -> (Lake, Vec<(Revision, Vec<String>)>) {
        let day = ChargePeriod::of_day("2026-11-01".parse::<Day>().unwrap());
        let rows: Vec<Charge> = amounts
            .iter()
            .map(|a| {
                let billed = Money::new(a.parse::<Amount>().unwrap(), Currency::USD);
                let mut charge = Charge::new(ChargeCategory::Usage, billed, day, day).with(Column::ServiceName, "EC2");
                charge.extra.insert("x_Own".into(), "mine".into());
                charge
            })
            .collect();
        lake_of(&rows).await
    }

    /// A lake with the given charges, and the files that count.
    pub(in crate::sql) async fn lake_of(rows: &[Charge]) -> (Lake, Vec<(Revision, Vec<String>)>) {
        let lake = Lake::in_memory();
        let batch = ChargeBatch::from_charges(rows);
        let schema = PartSchema::of(&batch);
        let mut part = lake.begin_part("run", 0, &schema).await.unwrap();
        let mut encoder = schema.encoder().unwrap();
        encoder.write(&batch).unwrap();
        part.append(encoder.finish().unwrap().unwrap()).await.unwrap();
        let staged = part.finish().await.unwrap();
        let totals = lake.totals(std::slice::from_ref(&staged)).await.unwrap();
        assert_eq!(totals.rows, rows.len() as u64);
        let revision =
            Revision { source: SourceId::from_text("t"), period: "2026-11".parse().unwrap(), hash: ContentHash(1) };
        let names = lake.publish(&[staged], &revision).await.unwrap();
        (lake, vec![(revision, names)])
    }

    #[tokio::test]
    async fn sums_are_exact_and_quotients_are_possible() {
        let (lake, current) = lake_with(&["0.000000000000000000000001", "99999999999.5"]).await;
        let answer = lake
            .query(&current, "select sum(BilledCost) as s, sum(BilledCost)/count(*) as q from charges")
            .await
            .unwrap();
        assert_eq!(answer.columns, ["s", "q"]);
        assert_eq!(answer.rows[0][0], Cell::Number("99999999999.500000000000000000000001".into()));
        assert_eq!(answer.rows[0][1], Cell::Number("49999999999.75".into()));
        let share = "select ServiceName, sum(EffectiveCost) / (select sum(BilledCost) from charges) from charges group by ServiceName having sum(BilledCost) * 2 > 1";
        assert_eq!(lake.query(&current, share).await.unwrap().rows[0][1], Cell::Number("1.0".into()));
    }

    #[tokio::test]
    async fn every_column_can_be_asked_for() {
        let (lake, current) = lake_with(&["1"]).await;
        let answer = lake.query(&current, "select * from charges").await.unwrap();
        assert_eq!(answer.columns.len(), Column::COUNT + LaterColumn::ALL.len() + 1);
        let at = |name: &str| &answer.rows[0][answer.columns.iter().position(|c| c == name).unwrap()];
        assert_eq!(at("x_Own"), &Cell::Text("mine".into()));
        assert_eq!(at("ChargePeriodStart"), &Cell::Text("2026-11-01T00:00:00Z".into()));
        assert_eq!(at("Tags"), &Cell::Null);
    }

    #[tokio::test]
    async fn nothing_can_be_changed_by_sql() {
        let (lake, current) = lake_with(&["1"]).await;
        for query in [
            "drop table charges",
            "create table x as select 1",
            "copy charges to '/tmp/x.csv'",
            "set a.b = 1",
            "create external table x stored as csv location '/etc/passwd'",
        ] {
            assert!(lake.query(&current, query).await.is_err(), "{query}");
        }
        assert!(lake.query(&current, "select * from '/etc/passwd'").await.is_err());
    }

    /// With the stack of the command line's threads; those of tests are smaller.
    #[test]
    fn a_query_that_goes_beyond_a_limit_gets_an_error_that_names_it() {
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(queries_beyond_limits());
        };
        std::thread::Builder::new().stack_size(8 << 20).spawn(run).unwrap().join().unwrap();
    }

    #[tokio::test]
    async fn a_query_that_only_computes_ends_by_its_limit() {
        let (lake, current) = lake_with(&["1"]).await;
        let many = "(select value as v from generate_series(1, 40000))";
        let query = format!("select count(*) from {many} a, {many} b where a.v * b.v = -1");
        let ended = sql_limits::in_time(Duration::from_millis(200), lake.query(&current, &query)).await;
        assert!(ended.is_err_and(|e| e.to_string().contains("sql-seconds")));
    }

    async fn queries_beyond_limits() {
        let (lake, current) = lake_with(&["1"]).await;
        let terms = |count: usize| format!("select {}1", "1+".repeat(count));
        let nested = format!("select {}1{}", "(".repeat(600), ")".repeat(600));
        let unions = vec!["select 1"; 600].join(" union all ");
        for (query, limit) in [
            (format!("select '{}'", "x".repeat(70_000)), "sql-text"),
            (format!("select 1 where 1 in ({}1)", "1,".repeat(6_000)), "sql-tokens"),
            (terms(101), "sql-depth"),
            (terms(4_000), "sql-depth"),
            (terms(20_000), "sql-tokens"),
            (nested, "sql-depth"),
            (unions, "sql-depth"),
        ] {
            let error = lake.query(&current, &query).await.unwrap_err().to_string();
            assert!(error.contains(limit), "{limit}: {error}");
        }
        let sum = lake.query(&current, &terms(99)).await.unwrap();
        assert_eq!(sum.rows, [[Cell::Number("100".into())]]);
        // A long list is not deep, and a report with many parts is not either.
        let list = format!("select count(*) from charges where ServiceName in ({}'x')", "'y', ".repeat(2_000));
        assert!(lake.query(&current, &list).await.is_ok());
        let cases: Vec<String> =
            (0..60).map(|n| format!("case when BilledCost > {n} and ServiceName = 'a' then 1 else 0 end")).collect();
        assert!(lake.query(&current, &format!("select {} from charges", cases.join(", "))).await.is_ok());
        let deep = format!("select {} from charges", vec!["BilledCost"; 99].join(" + "));
        assert!(lake.query(&current, &deep).await.is_ok());
        let recursive = "with recursive n as (select 1 as i union all select i + 1 from n) select count(*) from n";
        assert!(lake.query(&current, recursive).await.is_err());
        for query in ["select repeat('x', 2000000000)", "select range(1, 9000000000)", "select lpad('x', 2000000000)"] {
            assert!(lake.query(&current, query).await.is_err(), "{query}");
        }
    }

    #[tokio::test]
    async fn an_answer_with_too_many_rows_says_so() {
        let (lake, current) = lake_with(&["1"]).await;
        let rows = |n: u64| format!("select value from generate_series(1, {n})");
        let most = SQL_ROWS.value;
        let whole = lake.query(&current, &rows(most)).await.unwrap();
        assert_eq!((whole.rows.len() as u64, whole.truncated), (most, false));
        let cut = lake.query(&current, &rows(most + 1)).await.unwrap();
        assert_eq!((cut.rows.len() as u64, cut.truncated), (most, true));
        let endless = lake.query(&current, &rows(2_000_000_000)).await.unwrap();
        assert!(endless.truncated);
    }

    #[tokio::test]
    async fn an_empty_lake_answers() {
        let answer =
            Lake::in_memory().query(&[], "select count(*) as n from charges where ServiceName = 'x'").await.unwrap();
        assert_eq!(answer.rows, [[Cell::Number("0".into())]]);
        assert!(Lake::in_memory().query(&[], "select Servicename from charges").await.is_ok());
        let error = Lake::in_memory().query(&[], "select ServicesName from charges").await.unwrap_err().to_string();
        assert!(!error.contains("Schema error"), "{error}");
        assert!(error.contains("hint: the view is `charges`; its nearest column is `ServiceName`;"), "{error}");
        let error = Lake::in_memory().query(&[], "select nope from charges").await.unwrap_err().to_string();
        assert!(error.contains("hint: the view is `charges`; `select"), "{error}");
    }
}
