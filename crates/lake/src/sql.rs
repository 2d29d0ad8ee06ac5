//! SQL over the current revisions: one view, `charges`, by DataFusion.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use async_trait::async_trait;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Operator};
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext, cast};
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use tollgate_model::Revision;

use crate::columns::empty_schema;
use crate::{Lake, LakeError, part_path};

/// One value of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// SQL's NULL: not known.
    Null,
    /// A number, in full, without trailing zeros.
    Number(String),
    /// True or false.
    Bool(bool),
    /// Anything else as text.
    Text(String),
}

/// What a query answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

/// A port: what answers SQL over the view `charges`, which holds the given files of the given revisions and nothing else.
///
/// The same text gives the same answer everywhere. Numbers are exact; a quotient of two decimals is a double here and a
/// decimal in Athena.
#[async_trait]
pub trait SqlEngine: fmt::Debug + Send + Sync {
    /// Answers a query.
    ///
    /// # Errors
    ///
    /// When the query is wrong, with what the engine says of it.
    async fn answer(&self, current: &[(Revision, Vec<String>)], query: &str) -> Result<Answer, LakeError>;
}

impl Lake {
    /// Answers a query: here, by DataFusion, or by the engine for [`beyond`](Self::beyond) where the files are too large.
    /// Only queries are allowed: nothing can be changed or written by SQL.
    ///
    /// # Errors
    ///
    /// When the query is wrong, with what the engine says of it.
    pub async fn sql(&self, current: &[(Revision, Vec<String>)], query: &str) -> Result<Answer, LakeError> {
        if let Some((engine, bytes)) = &self.beyond
            && self.size(current).await? > *bytes
        {
            return engine.answer(current, query).await;
        }
        self.answer(current, query).await
    }

    /// Bytes of files.
    async fn size(&self, current: &[(Revision, Vec<String>)]) -> Result<u64, LakeError> {
        let mut bytes = 0;
        for (revision, parts) in current {
            for name in parts {
                bytes += self.store.head(&part_path(revision, name)).await?.size;
            }
        }
        Ok(bytes)
    }
}

#[async_trait]
impl SqlEngine for Lake {
    async fn answer(&self, current: &[(Revision, Vec<String>)], query: &str) -> Result<Answer, LakeError> {
        let mut stream = self.stream(current, query).await?;
        let columns = stream.schema().fields().iter().map(|f| f.name().clone()).collect();
        let mut answer = Answer { columns, rows: Vec::new() };
        while let Some(batch) = stream.try_next().await.map_err(explain)? {
            append(&mut answer.rows, &batch)?;
        }
        Ok(answer)
    }
}

impl Lake {
    pub(crate) async fn stream(
        &self,
        current: &[(Revision, Vec<String>)],
        query: &str,
    ) -> Result<SendableRecordBatchStream, LakeError> {
        let config = SessionConfig::new()
            .with_information_schema(true)
            // Names in FOCUS are in mixed case and nobody wants to quote them.
            .set_bool("datafusion.sql_parser.enable_ident_normalization", false);
        let context = SessionContext::new_with_config(config);
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
            let empty = MemTable::try_new(empty_schema(), vec![Vec::new()]).map_err(explain)?;
            context.register_table("charges", Arc::new(empty)).map_err(explain)?;
        } else {
            let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
            let config = ListingTableConfig::new_with_multi_paths(files).with_listing_options(options.clone());
            let config = config.clone().with_schema(self.schema(&context, &config, &options).await?);
            context
                .register_table("charges", Arc::new(ListingTable::try_new(config).map_err(explain)?))
                .map_err(explain)?;
        }
        let state = context.state();
        let dialect = state.config_options().sql_parser.dialect;
        let statement = state.sql_to_statement(query, &dialect).map_err(explain)?;
        let plan = state.statement_to_plan(statement).await.map_err(with_names)?;
        let read_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        read_only.verify_plan(&plan).map_err(explain)?;
        let plan = divide_as_doubles(plan).map_err(explain)?;
        context.execute_logical_plan(plan).await.map_err(explain)?.execute_stream().await.map_err(explain)
    }

    /// The columns of all files together: providers' own columns differ from file to file.
    async fn schema(
        &self,
        context: &SessionContext,
        config: &ListingTableConfig,
        options: &ListingOptions,
    ) -> Result<arrow::datatypes::SchemaRef, LakeError> {
        let state = context.state();
        let mut schemas = Vec::new();
        for path in &config.table_paths {
            let schema = options.infer_schema(&state, path).await.map_err(explain)?;
            schemas.push(schema.as_ref().clone());
        }
        Ok(Arc::new(arrow::datatypes::Schema::try_merge(schemas)?))
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
        // A cast must not change what a column is called: what stands above refers to it by name.
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

pub(crate) fn explain(error: DataFusionError) -> LakeError {
    // The first line says it; what follows is DataFusion's own trail.
    let text = error.strip_backtrace();
    let text = text.lines().next().unwrap_or_default();
    LakeError::Query(text.to_owned())
}

/// A column that isn't there is told with the closest that is.
fn with_names(error: DataFusionError) -> LakeError {
    let LakeError::Query(text) = explain(error) else { return LakeError::Query(String::new()) };
    let short = text.split(" Valid fields are").next().unwrap_or(&text).trim_end_matches('.').to_owned();
    LakeError::Query(format!(
        "{short}\nhint: the view is `charges`; `select * from charges limit 1` shows its columns, which are FOCUS 1.2's"
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
                // JSON has no word for what isn't a number.
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
        Amount, Charge, ChargeBatch, ChargeCategory, ChargePeriod, Column, Currency, Day, Money, SourceId,
    };

    use crate::PartSchema;

    async fn lake_with(amounts: &[&str]) -> (Lake, Vec<(Revision, Vec<String>)>) {
        let lake = Lake::in_memory();
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
        let batch = ChargeBatch::from_charges(&rows);
        let schema = PartSchema::of(&batch);
        let mut part = lake.begin_part("run", 0, &schema).await.unwrap();
        let mut encoder = schema.encoder().unwrap();
        encoder.write(&batch).unwrap();
        part.append(encoder.finish().unwrap().unwrap()).await.unwrap();
        let staged = part.finish().await.unwrap();
        let totals = lake.totals(std::slice::from_ref(&staged)).await.unwrap();
        assert_eq!(totals.rows, amounts.len() as u64);
        let revision =
            Revision { source: SourceId::from_text("t"), period: "2026-11".parse().unwrap(), hash: ContentHash(1) };
        let names = lake.publish(&[staged], &revision).await.unwrap();
        (lake, vec![(revision, names)])
    }

    #[tokio::test]
    async fn sums_are_exact_and_quotients_are_possible() {
        let (lake, current) = lake_with(&["0.000000000000000000000001", "99999999999.5"]).await;
        let answer = lake
            .sql(&current, "select sum(BilledCost) as s, sum(BilledCost)/count(*) as q from charges")
            .await
            .unwrap();
        assert_eq!(answer.columns, ["s", "q"]);
        assert_eq!(answer.rows[0][0], Cell::Number("99999999999.500000000000000000000001".into()));
        assert_eq!(answer.rows[0][1], Cell::Number("49999999999.75".into()));
        let share = "select ServiceName, sum(EffectiveCost) / (select sum(BilledCost) from charges) from charges group by ServiceName having sum(BilledCost) * 2 > 1";
        assert_eq!(lake.sql(&current, share).await.unwrap().rows[0][1], Cell::Number("1.0".into()));
    }

    #[tokio::test]
    async fn every_column_can_be_asked_for() {
        let (lake, current) = lake_with(&["1"]).await;
        let answer = lake.sql(&current, "select * from charges").await.unwrap();
        assert_eq!(answer.columns.len(), Column::COUNT + 1);
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
            assert!(lake.sql(&current, query).await.is_err(), "{query}");
        }
        assert!(lake.sql(&current, "select * from '/etc/passwd'").await.is_err());
    }

    #[tokio::test]
    async fn an_empty_lake_answers() {
        let answer =
            Lake::in_memory().sql(&[], "select count(*) as n from charges where ServiceName = 'x'").await.unwrap();
        assert_eq!(answer.rows, [[Cell::Number("0".into())]]);
        let error = Lake::in_memory().sql(&[], "select Servicename from charges").await.unwrap_err().to_string();
        assert!(error.contains("hint: the view is `charges`"), "{error}");
    }
}
