//! Requests to Cost Explorer: queries, pages and retries.

use std::time::Duration;

use aws_sdk_costexplorer::Client;
use aws_sdk_costexplorer::config::retry::RetryConfig;
use aws_sdk_costexplorer::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_costexplorer::operation::get_cost_and_usage::GetCostAndUsageError;
use aws_sdk_costexplorer::types::{
    DateInterval, Dimension, DimensionValues, Expression, Granularity, GroupDefinition, GroupDefinitionType,
    MetricValue,
};
use backon::{BackoffBuilder, ExponentialBuilder};
use tollgate_model::DayRange;

use super::charges::Row;
use super::{PaidCalls, UsageGrouping};
use crate::SourceError;

/// The metric that becomes BilledCost.
const BILLED: &str = "UnblendedCost";
/// The metric that becomes EffectiveCost.
const EFFECTIVE: &str = "AmortizedCost";
/// Retries of a request that was throttled or not answered.
const RETRIES: usize = 5;
/// The most pages of a query, in case page tokens never end.
const PAGES: usize = 1000;

/// A query.
pub(super) struct Query {
    days: DayRange,
    groups: [(GroupDefinitionType, String); 2],
    filter: Vec<(Dimension, String)>,
}

fn dimension(key: Dimension) -> (GroupDefinitionType, String) {
    (GroupDefinitionType::Dimension, key.as_str().to_owned())
}

impl Query {
    /// The cost of each account by charge type.
    pub(super) fn accounts(days: DayRange) -> Self {
        Self {
            days,
            groups: [dimension(Dimension::LinkedAccount), dimension(Dimension::RecordType)],
            filter: Vec::new(),
        }
    }

    /// One account by service and charge type.
    pub(super) fn services(days: DayRange, account: &str) -> Self {
        let groups = [dimension(Dimension::Service), dimension(Dimension::RecordType)];
        Self { days, groups, filter: vec![(Dimension::LinkedAccount, account.to_owned())] }
    }

    /// One charge type of an account by service and the grouping `split`.
    pub(super) fn split(days: DayRange, account: &str, record_type: &str, split: &UsageGrouping) -> Self {
        let second = match split {
            UsageGrouping::Services => dimension(Dimension::RecordType),
            UsageGrouping::UsageTypes => dimension(Dimension::UsageType),
            UsageGrouping::Tag(key) => (GroupDefinitionType::Tag, key.clone()),
        };
        let filter =
            vec![(Dimension::LinkedAccount, account.to_owned()), (Dimension::RecordType, record_type.to_owned())];
        Self { days, groups: [dimension(Dimension::Service), second], filter }
    }

    fn filter(&self) -> Option<Expression> {
        let one = |(key, value): &(Dimension, String)| {
            let values = DimensionValues::builder().key(key.clone()).values(value).build();
            Expression::builder().dimensions(values).build()
        };
        match self.filter.as_slice() {
            [] => None,
            [only] => Some(one(only)),
            several => Some(Expression::builder().set_and(Some(several.iter().map(one).collect())).build()),
        }
    }
}

/// Reads every row of a query.
pub(super) async fn fetch_rows(client: &Client, query: &Query, calls: &PaidCalls) -> Result<Vec<Row>, SourceError> {
    let (start, end) = (query.days.start.to_string(), query.days.end.to_string());
    let interval = DateInterval::builder().start(start).end(end).build().map_err(|e| refused_error(&e))?;
    let groups =
        query.groups.iter().map(|(kind, key)| GroupDefinition::builder().r#type(kind.clone()).key(key).build());
    let request = client
        .get_cost_and_usage()
        .time_period(interval)
        .granularity(Granularity::Daily)
        .metrics(BILLED)
        .metrics(EFFECTIVE)
        .set_group_by(Some(groups.collect()))
        .set_filter(query.filter());
    let mut out = Vec::new();
    let mut token = None;
    for _ in 0..PAGES {
        let request = request.clone().set_next_page_token(token);
        let mut waits = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(200))
            .with_max_delay(Duration::from_secs(10))
            .with_max_times(RETRIES)
            .with_jitter()
            .build();
        let page = loop {
            calls.spend()?;
            // Every attempt costs money, so the SDK's own retries are off: each attempt is counted here.
            let once = aws_sdk_costexplorer::config::Builder::new().retry_config(RetryConfig::disabled());
            match request.clone().customize().config_override(once).send().await {
                Ok(page) => break page,
                Err(error) if is_transient(&error) => match waits.next() {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => return Err(SourceError::Unavailable { service: SERVICE, message: error_text(&error) }),
                },
                Err(error) => return Err(SourceError::Refused { service: SERVICE, message: error_text(&error) }),
            }
        };
        let names = page.dimension_value_attributes();
        for time in page.results_by_time() {
            let day = time.time_period().map_or("", DateInterval::start);
            let day = day.get(..10).unwrap_or(day).parse().map_err(|_| refused_error(&format!("`{day}` is no day")))?;
            for group in time.groups() {
                let metric = |name: &str| group.metrics().and_then(|m| m.get(name));
                let amount = |m: Option<&MetricValue>| m.and_then(MetricValue::amount).unwrap_or_default().to_owned();
                let [first, second] = group.keys() else {
                    return Err(refused_error(&format!("a group has {} keys, not two", group.keys().len())));
                };
                let name = names.iter().find(|n| n.value() == Some(first.as_str()));
                out.push(Row {
                    day,
                    keys: vec![first.clone(), second.clone()],
                    name: name.and_then(|n| n.attributes()?.get("description").cloned()),
                    billed: amount(metric(BILLED)),
                    effective: amount(metric(EFFECTIVE)),
                    currency: metric(BILLED).and_then(MetricValue::unit).unwrap_or_default().to_owned(),
                    estimated: time.estimated(),
                });
            }
        }
        token = page.next_page_token;
        if token.is_none() {
            return Ok(out);
        }
    }
    Err(refused_error(&format!("an answer has more than {PAGES} pages")))
}

const SERVICE: &str = "Cost Explorer";

/// Whether a retry of the request may succeed. `LimitExceededException` is Cost Explorer's throttling error, although its
/// status is 400.
fn is_transient(error: &SdkError<GetCostAndUsageError>) -> bool {
    match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or_default();
            matches!(code, "LimitExceededException" | "ThrottlingException" | "RequestLimitExceeded")
                || service.raw().status().is_server_error()
                // A truncated answer is a success that cannot be parsed.
                || service.raw().status().is_success()
        }
        _ => false,
    }
}

fn error_text(error: &SdkError<GetCostAndUsageError>) -> String {
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        // Only the chain of causes: the Debug output of the error contains the whole answer.
        (None, _) => {
            let causes = std::iter::successors(Some(error as &dyn std::error::Error), |e| e.source());
            causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
        }
    }
}

fn refused_error(what: &impl ToString) -> SourceError {
    SourceError::Refused { service: SERVICE, message: what.to_string() }
}
