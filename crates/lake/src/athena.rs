//! SQL by Amazon Athena, for charges that exceed one function's memory. It takes the same query text as DataFusion.
//!
//! The table `files` (infra/template.yaml) holds every file of every revision. Each query gets a view that names the files
//! that count, so that Athena sees what DataFusion sees: the current revisions and nothing else.
//!
//! Source: Amazon Athena user guide, "Service quotas" and "Getting the file locations for source data in Amazon S3"; API
//! reference, `GetQueryResults`. Read 2026-11-21.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_athena::Client;
use aws_sdk_athena::types::{QueryExecutionContext, QueryExecutionState};
use aws_types::SdkConfig;
use tollgate_model::LaterColumn;

use crate::athena_dialect::in_trino;
use crate::sql::tables::{self, Instants, Supplements};
use crate::sql::{Answer, Cell, SqlEngine};
use crate::{ChargeView, LakeError, part_path};

/// The longest query text, in bytes.
const TEXT: usize = 262_144;
/// Polls of a running query, and the wait between them.
const LOOKS: (u32, Duration) = (240, Duration::from_millis(500));
/// Instants of Athena, where columns of time have no zone.
const INSTANTS: Instants = Instants {
    literal: |at| format!("TIMESTAMP '{}'", at.strftime("%Y-%m-%d %H:%M:%S")),
    unknown: "CAST(NULL AS TIMESTAMP)",
};
/// The table of all files.
const TABLE: &str = "files";

/// Athena over the lake's bucket.
#[derive(Clone, Debug)]
pub struct Athena {
    client: Client,
    workgroup: String,
    database: String,
    bucket: String,
}

impl Athena {
    /// The workgroup that queries run in, and the database that has the table of the lake's files.
    pub fn new(config: &SdkConfig, workgroup: &str, database: &str, bucket: &str) -> Self {
        Self {
            client: Client::new(config),
            workgroup: workgroup.to_owned(),
            database: database.to_owned(),
            bucket: bucket.to_owned(),
        }
    }

    /// The text that is sent: the query, behind a view of the files that count.
    ///
    /// # Errors
    ///
    /// When it is longer than Athena accepts, or the query uses a computed column that Athena cannot compute.
    pub fn text(&self, view: ChargeView<'_>, supplements: &Supplements, query: &str) -> Result<String, LakeError> {
        let files: Vec<String> = view
            .files
            .iter()
            .flat_map(|(revision, parts)| parts.iter().map(|name| part_path(revision, name)))
            .map(|path| format!("'s3://{}/{}'", self.bucket, path.as_ref().replace('\'', "''")))
            .collect();
        let which = if files.is_empty() { "false".to_owned() } else { format!("\"$path\" in ({})", files.join(", ")) };
        let computed = computed_columns(view, query)?;
        let tables: String = tables::named_in(query)
            .map(|dataset| format!(", {} as ({})", dataset.table(), tables::text(dataset, supplements, INSTANTS)))
            .collect();
        let later = later_columns(query, &tables);
        let database = &self.database;
        let view =
            format!("charges as (select *{computed}{later} from \"{database}\".\"{TABLE}\" where {which}){tables}");
        let query = in_trino(query.trim().trim_end_matches(';'));
        let text = match query.get(..5).filter(|word| word.trim_end().eq_ignore_ascii_case("with")) {
            Some(with) => format!("with {view}, {}", query[with.len()..].trim_start()),
            None => format!("with {view} {query}"),
        };
        if text.len() > TEXT {
            return Err(LakeError::Query(format!(
                "the query covers {} files, more than Athena accepts in one query text\nhint: name fewer months",
                files.len()
            )));
        }
        Ok(text)
    }

    async fn run(&self, text: String) -> Result<String, LakeError> {
        let started = self
            .client
            .start_query_execution()
            .query_string(text)
            .work_group(&self.workgroup)
            .query_execution_context(QueryExecutionContext::builder().database(&self.database).build())
            .send()
            .await;
        let id = started.map_err(|e| to_lake_error(&e))?.query_execution_id.unwrap_or_default();
        for _ in 0..LOOKS.0 {
            let found = self
                .client
                .get_query_execution()
                .query_execution_id(&id)
                .send()
                .await
                .map_err(|e| to_lake_error(&e))?;
            let status = found.query_execution.and_then(|q| q.status);
            let reason = || status.as_ref().and_then(|s| s.state_change_reason.clone()).unwrap_or_default();
            match status.as_ref().and_then(|s| s.state.as_ref()) {
                Some(QueryExecutionState::Succeeded) => return Ok(id),
                Some(QueryExecutionState::Failed | QueryExecutionState::Cancelled) => {
                    return Err(LakeError::Query(format!("Athena did not answer the query: {}", reason())));
                }
                _ => tokio::time::sleep(LOOKS.1).await,
            }
        }
        Err(LakeError::Service { service: "Athena", message: format!("query {id} takes too long"), retryable: true })
    }
}

/// The columns of later versions of FOCUS that a query or its tables name, or all of them for `select *`, as the view of DataFusion has
/// them. Athena does not regard the case of names.
fn later_columns(query: &str, tables: &str) -> String {
    let everything = query.replace("(*)", "").contains('*');
    let text = format!("{query} {tables}").to_lowercase();
    let is_named = |column: &LaterColumn| everything || text.contains(&column.name().to_lowercase());
    LaterColumn::ALL.into_iter().filter(is_named).map(later_column).collect()
}

fn later_column(column: LaterColumn) -> String {
    match column.fallback() {
        Some(fallback) => format!(", coalesce({}, {}) as {}", column.stored_name(), fallback.name(), column.name()),
        None => format!(", {} as {}", column.stored_name(), column.name()),
    }
}

/// The computed columns that a query names, or all of them for `select *`, as SQL. A column that SQL cannot express is an error where the
/// query names it, and is left out of `select *`.
fn computed_columns(view: ChargeView<'_>, query: &str) -> Result<String, LakeError> {
    let everything = query.replace("(*)", "").contains('*');
    let all_dimensions = query.contains("dimensions");
    let mut columns = String::new();
    let mut dimensions: Vec<(&str, String)> = Vec::new();
    for column in view.columns {
        let named = query.contains(column.name()) || (all_dimensions && column.dimension().is_some());
        if !named && !everything {
            continue;
        }
        match column.sql() {
            Ok(sql) => {
                columns += &format!(", {sql} as \"{}\"", column.name().replace('"', "\"\""));
                dimensions.extend(column.dimension().map(|key| (key, sql)));
            }
            Err(why) if named => {
                return Err(LakeError::Query(format!(
                    "Athena cannot compute the column `{}`: {why}\nhint: write its expression in tollgate.hcl without it, or query \
                     fewer months, which DataFusion answers",
                    column.name()
                )));
            }
            Err(_) => {}
        }
    }
    if !dimensions.is_empty() && (all_dimensions || everything) {
        let keys: Vec<String> = dimensions.iter().map(|(key, _)| format!("'{}'", key.replace('\'', "''"))).collect();
        let values: Vec<&str> = dimensions.iter().map(|(_, sql)| sql.as_str()).collect();
        columns += &format!(", map(array[{}], array[{}]) as dimensions", keys.join(", "), values.join(", "));
    }
    Ok(columns)
}

#[async_trait]
impl SqlEngine for Athena {
    async fn answer(
        &self,
        view: ChargeView<'_>,
        supplements: &Supplements,
        query: &str,
        rows: usize,
    ) -> Result<Answer, LakeError> {
        let id = self.run(self.text(view, supplements, query)?).await?;
        let mut pages = self.client.get_query_results().query_execution_id(id).into_paginator().send();
        let mut answer = Answer::default();
        let mut kinds: Vec<String> = Vec::new();
        let mut first = true;
        while let Some(page) = pages.next().await {
            let results = page.map_err(|e| to_lake_error(&e))?.result_set;
            let Some(results) = results else { continue };
            let found = results.rows.unwrap_or_default();
            if first && let Some(about) = results.result_set_metadata {
                for column in about.column_info.unwrap_or_default() {
                    answer.columns.push(column.name);
                    kinds.push(column.r#type);
                }
            }
            // The first row of a query's first page is its header.
            for row in found.into_iter().skip(usize::from(first)) {
                let data = row.data.unwrap_or_default();
                let cells = data.into_iter().zip(&kinds).map(|(datum, kind)| cell(datum.var_char_value, kind));
                if answer.rows.len() == rows {
                    answer.truncated = true;
                    return Ok(answer);
                }
                answer.rows.push(cells.collect());
            }
            first = false;
        }
        Ok(answer)
    }
}

/// A value, formatted as DataFusion formats it.
fn cell(text: Option<String>, kind: &str) -> Cell {
    let Some(text) = text else { return Cell::Null };
    match kind {
        "boolean" => Cell::Bool(text == "true"),
        "decimal" if text.contains('.') => Cell::Number(text.trim_end_matches('0').trim_end_matches('.').to_owned()),
        "double" | "float" | "real" if !text.parse::<f64>().is_ok_and(f64::is_finite) => Cell::Text(text),
        "decimal" | "bigint" | "integer" | "smallint" | "tinyint" | "double" | "float" | "real" => Cell::Number(text),
        _ => Cell::Text(text),
    }
}

fn to_lake_error<E>(error: &aws_sdk_athena::error::SdkError<E>) -> LakeError
where
    E: std::error::Error + aws_sdk_athena::error::ProvideErrorMetadata + 'static,
{
    use aws_sdk_athena::error::ProvideErrorMetadata;
    let code = error.code().unwrap_or_default();
    let refused = ["InvalidRequestException", "AccessDeniedException", "MetadataException"].contains(&code);
    let message = match error.message() {
        Some(message) => format!("{code}: {message}"),
        None => tollgate_model::text::causes(error),
    };
    LakeError::Service { service: "Athena", message, retryable: !refused }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_model::hash::ContentHash;
    use tollgate_model::{Revision, SourceId};

    fn athena() -> Athena {
        let config = SdkConfig::builder().region(aws_types::region::Region::new("eu-central-1")).build();
        Athena::new(&config, "tollgate-dev", "tollgate_dev", "lake")
    }

    fn current() -> Vec<(Revision, Vec<String>)> {
        let source = SourceId::from_text("aws-1");
        let revision = Revision { source, period: "2026-11".parse().unwrap(), hash: ContentHash(1) };
        vec![(revision, vec!["r-0000.parquet".to_owned()])]
    }

    #[test]
    fn the_text_is_the_query_behind_a_view_of_the_files_that_count() {
        let view = "with charges as (select * from \"tollgate_dev\".\"files\" where \"$path\" in \
                    ('s3://lake/charges/aws-1/2026-11/00000000000000000000000000000001/r-0000.parquet'))";
        let nothing = Supplements::default();
        let text = |query: &str| athena().text(ChargeView::of_files(&current()), &nothing, query).unwrap();
        assert_eq!(text("select 1 from charges;"), format!("{view} select 1 from charges"));
        assert_eq!(text("WITH x as (select 1) select 2 from x"), format!("{view}, x as (select 1) select 2 from x"));
        assert_eq!(text("withal"), format!("{view} withal"));
        let none = athena().text(ChargeView::of_files(&[]), &nothing, "select 1").unwrap();
        assert!(none.ends_with("where false) select 1"), "{none}");
        assert!(athena().text(ChargeView::of_files(&current()), &nothing, &"x".repeat(300_000)).is_err());
    }

    #[test]
    fn columns_and_tables_of_later_versions_of_focus_are_there_where_a_query_names_them() {
        let nothing = Supplements::default();
        let text = |query: &str| athena().text(ChargeView::of_files(&current()), &nothing, query).unwrap();
        let host = "select *, coalesce(x_HostProviderName, ProviderName) as HostProviderName from";
        assert!(text("select hostprovidername from charges").starts_with(&format!("with charges as ({host}")));
        let all = text("select * from charges");
        assert!(all.contains(", x_AllocatedTags as AllocatedTags, "), "{all}");
        let periods = text("select BillingPeriodStatus from billing_periods");
        assert!(periods.contains("), billing_periods as (SELECT "), "{periods}");
        let details = text("select sum(BilledCost) from invoice_details");
        assert!(
            details.starts_with("with charges as (select *, x_InvoiceDetailId as InvoiceDetailId from"),
            "{details}"
        );
    }

    #[derive(Debug)]
    struct Team(Result<&'static str, &'static str>);

    impl crate::ChargeColumn for Team {
        fn name(&self) -> &str {
            "x_team"
        }
        fn dimension(&self) -> Option<&str> {
            Some("team")
        }
        fn sources(&self) -> &[String] {
            &[]
        }
        fn definition(&self) -> String {
            String::new()
        }
        fn value(&self, _: &[Option<&str>]) -> Option<String> {
            None
        }
        fn sql(&self) -> Result<String, String> {
            self.0.map(str::to_owned).map_err(str::to_owned)
        }
    }

    #[test]
    fn dimensions_that_a_query_names_are_columns_of_the_view() {
        let text = |team: Team, query: &str| {
            let columns: [std::sync::Arc<dyn crate::ChargeColumn>; 1] = [std::sync::Arc::new(team)];
            let nothing = Supplements::default();
            athena().text(ChargeView::new(&[], &columns), &nothing, query).map_err(|e| e.to_string())
        };
        let view = |query: &str| {
            let text = text(Team(Ok("lower(\"X\")")), query).unwrap();
            text.split(" from ").next().unwrap_or_default().to_owned()
        };
        assert_eq!(view("select count(*) from charges"), "with charges as (select *");
        assert_eq!(view("select x_team from charges"), "with charges as (select *, lower(\"X\") as \"x_team\"");
        let both = "with charges as (select *, lower(\"X\") as \"x_team\", map(array['team'], array[lower(\"X\")]) as dimensions";
        assert_eq!(view("select dimensions['team'] from charges"), both);
        assert_eq!(view("select * from charges"), format!("{both}{}", later_columns("*", "")));
        let error = text(Team(Err("SQL has no lists")), "select x_team from charges").unwrap_err();
        assert!(error.contains("Athena cannot compute the column `x_team`: SQL has no lists\nhint: "), "{error}");
        assert!(text(Team(Err("no")), "select * from charges").is_ok());
    }

    #[test]
    fn values_print_as_in_the_other_engine() {
        assert_eq!(cell(Some("1.500000".into()), "decimal"), Cell::Number("1.5".into()));
        assert_eq!(cell(Some("100".into()), "decimal"), Cell::Number("100".into()));
        assert_eq!(cell(Some("NaN".into()), "double"), Cell::Text("NaN".into()));
        assert_eq!(cell(Some("true".into()), "boolean"), Cell::Bool(true));
        assert_eq!(cell(None, "varchar"), Cell::Null);
    }
}
