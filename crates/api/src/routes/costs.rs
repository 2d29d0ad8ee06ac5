//! Costs: the questions of `tollgate costs`, as parameters or as a body. The row filter of the caller is part of every question.

use tollgate_identity::Permission;
use tollgate_model::limits::API_GROUPS;
use tollgate_model::query::{CostField, CostQuery};
use tollgate_pipeline::{CostOptions, answer_costs, explain_change, find_untagged, settle_period};

use crate::answer::Answer;
use crate::call::Call;
use crate::parameter::{Kind, Parameter};
use crate::problem::Problem;
use crate::route::Route;

const BY: Parameter = Parameter::new(
    "by",
    Kind::Text,
    "at most three groupings, separated by commas: provider, billing_account, account, service, region, kind, a dimension of tollgate.hcl, tag:KEY, resource, meter, or a text column of FOCUS; `total` for none",
);
const PERIOD: Parameter = Parameter::new(
    "period",
    Kind::Text,
    "2026-10, 2026-Q3, last-month, last-30-days, month-to-date, 2026-08..2026-10; month-to-date without it",
);
const FILTER: Parameter = Parameter::new(
    "filter",
    Kind::Text,
    "a condition such as account=prod, service=Amazon*, team!=research or tag:owner=; all must hold",
)
.repeated();
const METRIC: Parameter = Parameter::new(
    "metric",
    Kind::Choice(&["effective", "amortized", "billed", "list", "contracted"]),
    "the cost that is summed",
);
const TOP: Parameter =
    Parameter::new("top", Kind::Number(1, API_GROUPS.value), "groups that are listed; the others are one row");
const CURRENCY: Parameter = Parameter::new(
    "currency",
    Kind::Text,
    "a currency code to convert into, `keep`, or `policy` as tollgate.hcl has it",
);
const VIEW: Parameter = Parameter::new("view", Kind::Text, "a view of tollgate.hcl to start from");
const COMPARE: Parameter =
    Parameter::new("compare", Kind::Text, "with what the period is compared: previous, previous-year, or a period");
const GRANULARITY: Parameter = Parameter::new(
    "granularity",
    Kind::Choice(&["total", "hour", "day", "week", "month", "quarter", "year", "fiscal-quarter", "fiscal-year"]),
    "the buckets of time",
);
const ORDER: Parameter =
    Parameter::new("order", Kind::Choice(&["amount", "change", "name"]), "the order of the groups");
const OF: Parameter =
    Parameter::new("of", Kind::Text, "a dimension or tag:KEY; every dimension of tollgate.hcl without it").repeated();

/// The fields of a question as a body.
const QUESTION: &[Parameter] = &[
    METRIC,
    PERIOD,
    COMPARE,
    GRANULARITY,
    Parameter::new("group_by", Kind::Text, "at most three groupings").repeated(),
    Parameter::new("filters", Kind::Text, "conditions, which all must hold").repeated(),
    ORDER,
    TOP,
    CURRENCY,
];

const EXAMPLE: &str =
    r#"{"period": "last-month", "group_by": ["service"], "filters": ["account=*"], "compare": "previous", "top": 10}"#;

pub(super) const ROUTES: &[Route] = &[
    Route::get("/v1/costs", "getCosts", "Costs of a period by anything", Permission::ReadCosts, |call| {
        Box::pin(costs(call))
    })
    .taking(&[BY, PERIOD, FILTER, METRIC, TOP, CURRENCY, VIEW, COMPARE, GRANULARITY, ORDER])
    .answering("costs")
    .by_revisions(),
    Route::post("/v1/costs", "askCosts", "The same question as a body", Permission::ReadCosts, |call| {
        Box::pin(ask(call))
    })
    .reading(QUESTION, EXAMPLE)
    .answering("costs"),
    Route::get(
        "/v1/costs/why",
        "explainCosts",
        "Why a cost changed: new, gone, usage, mix and price, which add up to the change",
        Permission::ReadCosts,
        |call| Box::pin(why(call)),
    )
    .taking(&[BY, PERIOD, FILTER, METRIC, TOP, CURRENCY, VIEW, COMPARE])
    .answering("costs-why")
    .by_revisions(),
    Route::get(
        "/v1/costs/untagged",
        "findUntaggedCosts",
        "Cost without a value of a dimension or tag, and where it is",
        Permission::ReadCosts,
        |call| Box::pin(untagged(call)),
    )
    .taking(&[OF, BY, PERIOD, FILTER, METRIC, TOP, CURRENCY, VIEW])
    .answering("costs-untagged")
    .by_revisions(),
];

fn options(call: &Call) -> Result<CostOptions, Problem> {
    let query = &call.query;
    Ok(CostOptions {
        view: query.text("view").map(str::to_owned),
        by: query.value("by")?,
        period: query.value("period")?,
        filters: query.values("filter")?,
        metric: query.value("metric")?,
        top: query.value("top")?,
        currency: query.value("currency")?,
        compare: query.value("compare")?,
        granularity: query.value("granularity")?,
        order: query.value("order")?,
    })
}

/// The query, verified, over the newest month with charges where no parameter names a period and the current month has none yet. The
/// answer has the period that was taken.
async fn settled(call: &Call, options: &CostOptions, query: CostQuery) -> Result<CostQuery, Problem> {
    check(call, &query)?;
    Ok(settle_period(call.context(), options, query, &call.caller.filter).await?.0)
}

async fn costs(call: Call) -> Result<Answer, Problem> {
    let options = options(&call)?;
    let query = settled(&call, &options, options.query(&call.state().policy)?).await?;
    answer(&call, query).await
}

async fn ask(call: Call) -> Result<Answer, Problem> {
    let query: CostQuery = call.json()?;
    answer(&call, query).await
}

/// The answer to a question, with at most [`API_GROUPS`] groups.
async fn answer(call: &Call, mut query: CostQuery) -> Result<Answer, Problem> {
    check(call, &query)?;
    let most = u32::try_from(API_GROUPS.value).unwrap_or(u32::MAX);
    query.top = Some(query.top.map_or(most, |top| top.clamp(1, most)));
    let costs = answer_costs(call.context(), &query, &call.caller.filter).await?;
    let truncated = costs.rows.iter().any(|row| row.other.is_some());
    match Answer::of(&costs)? {
        Answer::Document(mut document) => {
            document.insert("truncated".to_owned(), truncated.into());
            Ok(Answer::Document(document))
        }
        other => Ok(other),
    }
}

/// Verifies a question without a store, so that its errors are those of the request.
fn check(call: &Call, query: &CostQuery) -> Result<(), Problem> {
    let dimensions: Vec<&str> = call.state().policy.dimensions.iter().map(|d| d.name.as_str()).collect();
    query.check(&dimensions).map_err(|error| Problem::bad_request(error.to_string()))
}

async fn why(call: Call) -> Result<Answer, Problem> {
    let options = options(&call)?;
    let query = settled(&call, &options, options.comparing_query(&call.state().policy)?).await?;
    Answer::of(&explain_change(call.context(), &query, &call.caller.filter).await?)
}

async fn untagged(call: Call) -> Result<Answer, Problem> {
    let options = options(&call)?;
    let query = settled(&call, &options, options.untagged_query(&call.state().policy)?).await?;
    let of: Vec<CostField> = call.query.values("of")?;
    Answer::of(&find_untagged(call.context(), &query, &of, &call.caller.filter).await?)
}
