//! Forecasts: what months and the year will cost, and how accurate forecasts were.

use tollgate_identity::Permission;
use tollgate_model::Day;
use tollgate_pipeline::{CostGrouping, CostView, ForecastUntil, forecast_accuracy};

use crate::answer::Answer;
use crate::call::Call;
use crate::parameter::{Kind, Parameter};
use crate::problem::Problem;
use crate::route::Route;

/// The longest forecast, in days.
const LONGEST: i32 = 731;

pub(super) const ROUTES: &[Route] = &[
    Route::get(
        "/v1/forecasts",
        "getForecasts",
        "What this month, the next months and the year will cost",
        Permission::ReadForecasts,
        |call| Box::pin(forecasts(call)),
    )
    .taking(&[
        Parameter::new(
            "by",
            Kind::Text,
            "total, provider, account, service, region, a dimension of tollgate.hcl, or tag:KEY; provider without it",
        ),
        Parameter::new("to", Kind::Day, "the last day, within two years"),
        Parameter::new("year", Kind::Flag, "the whole year instead, calendar or fiscal"),
        Parameter::new(
            "currency",
            Kind::Text,
            "a currency code to convert into, by the exchange rates of tollgate.hcl",
        ),
    ])
    .answering("forecast")
    .by_revisions(),
    Route::get(
        "/v1/forecasts/accuracy",
        "getForecastAccuracy",
        "How accurate forecasts were: those of earlier runs against actual cost, and back-tests",
        Permission::ReadForecasts,
        |call| Box::pin(accuracy(call)),
    )
    .taking(&[Parameter::new(
        "by",
        Kind::Choice(&["total", "provider", "account", "service", "region"]),
        "provider without it",
    )])
    .answering("forecast-accuracy"),
];

fn grouping(call: &Call) -> Result<CostGrouping, Problem> {
    call.query
        .text("by")
        .unwrap_or("provider")
        .parse()
        .map_err(|error: String| Problem::bad_request(format!("`by`: {error}")))
}

async fn forecasts(call: Call) -> Result<Answer, Problem> {
    let until = match (call.query.flag("year"), call.query.value::<Day>("to")?) {
        (true, Some(_)) => {
            return Err(Problem::bad_request("`year` and `to` exclude each other\nhint: send one of them"));
        }
        (true, None) => ForecastUntil::Year,
        (false, None) => ForecastUntil::Quarter,
        (false, Some(day)) => {
            let (today, last) = (call.today(), call.today().plus(LONGEST));
            if day < today || day > last {
                let text = format!("`to` is not between today, {today}, and {last}\nhint: /v1/costs has the past");
                return Err(Problem::bad_request(text));
            }
            ForecastUntil::Day(day)
        }
    };
    let view = CostView::load(call.context(), &grouping(&call)?, call.query.value("currency")?).await?;
    Answer::of(&view.forecast(until))
}

async fn accuracy(call: Call) -> Result<Answer, Problem> {
    let facets = grouping(&call)?.kept_facets().map_err(Problem::bad_request)?;
    Answer::of(&forecast_accuracy(call.state(), facets).await?)
}
