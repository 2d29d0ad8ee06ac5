//! SQL: read-only queries over the view `charges`, with the limits of queries.

#[cfg(feature = "sql")]
use serde::Deserialize;
use tollgate_identity::Permission;

use crate::answer::Answer;
use crate::call::Call;
use crate::parameter::{Kind, Parameter};
use crate::problem::Problem;
use crate::route::Route;

pub(super) const ROUTES: &[Route] = &[Route::post(
    "/v1/sql",
    "runSql",
    "Query the view `charges` with one SELECT; rows beyond the limit `api-groups` are left out and `truncated` is true",
    Permission::RunSql,
    |call| Box::pin(run(call)),
)
.reading(
    &[Parameter::new("query", Kind::Text, "a single SELECT").required()],
    r#"{"query": "select ServiceName, sum(EffectiveCost) as cost from charges group by 1 order by 2 desc"}"#,
)];

#[cfg(feature = "sql")]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    query: String,
}

#[cfg(feature = "sql")]
async fn run(call: Call) -> Result<Answer, Problem> {
    use tollgate_model::limits::API_GROUPS;
    let Asked { query } = call.json()?;
    let answer = tollgate_pipeline::sql(call.context(), &query).await.map_err(|error| {
        match error.as_query_error().map(Problem::bad_request) {
            Some(problem) => problem,
            None => error.into(),
        }
    })?;
    let mut rows = answer.objects();
    let truncated = answer.truncated || rows.len() > API_GROUPS.size();
    rows.truncate(API_GROUPS.size());
    Answer::of(&serde_json::json!({ "columns": answer.columns, "items": rows, "truncated": truncated }))
}

#[cfg(not(feature = "sql"))]
async fn run(_: Call) -> Result<Answer, Problem> {
    let text = "this server was built without SQL\nhint: a release has it, or `--features full`";
    Err(Problem::new(axum::http::StatusCode::NOT_IMPLEMENTED, "no_sql", text))
}
