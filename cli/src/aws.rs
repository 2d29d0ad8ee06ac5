//! AWS for the command line, with settings from the environment.

use std::sync::Arc;

use anyhow::Context as _;
use tollgate_model::text::counted;
use tollgate_model::{BillingPeriod, Clock, Day};
use tollgate_pipeline::{Cloud, Context, State};
use tollgate_sources::CostSource;
use tollgate_sources::cost_explorer::{self, PaidCalls, PeriodRequest, UsageGrouping, read_period};
use tollgate_wiring::aws::SdkConfig;
use tollgate_wiring::chain::connect_machine;
use tollgate_wiring::cloud::AwsRoles;
use tollgate_wiring::settings::AccessKeys;
use tollgate_wiring::{Access, Aws, Endpoints, Settings};

use crate::args::Args;
use crate::output::print_note;
use crate::setup::{Place, SystemClock, policy, variable};

/// The name of command-line runs in messages and logs.
const RUN: &str = "command-line";

/// The AWS configuration of this machine, by the default chain of the SDK.
pub(crate) async fn config() -> anyhow::Result<SdkConfig> {
    let endpoint = variable("AWS_ENDPOINT_URL").filter(|url| !url.is_empty());
    Ok(connect_machine(endpoint.as_deref()).await?)
}

/// The AWS identity whose keys this machine has; `None` without keys, or when STS does not answer.
pub(crate) async fn caller() -> Option<String> {
    let config = config().await.ok()?;
    tollgate_wiring::identity::caller(&config).await.ok().map(|caller| caller.arn)
}

/// AWS for advice and change, configured from the environment.
pub(crate) async fn cloud(state: &State) -> anyhow::Result<Cloud> {
    let config = config().await?;
    let set = |name: &str| variable(name).filter(|v| !v.is_empty());
    let roles = AwsRoles {
        member: set("TOLLGATE_ACTION_ROLE"),
        external_id: set("TOLLGATE_EXTERNAL_ID"),
        scheduler: set("TOLLGATE_SCHEDULER_ROLE").unwrap_or_default(),
        wake: None,
    };
    Ok(tollgate_wiring::cloud::connect_cloud(&config, roles, state).await?)
}

/// Opens a store on AWS.
pub(crate) async fn context(args: &Args, place: &Place) -> anyhow::Result<Context> {
    let config = config().await?;
    let access = Access {
        region: config.region().map(ToString::to_string).unwrap_or_default(),
        endpoint: variable("AWS_ENDPOINT_URL").filter(|url| !url.is_empty()),
        channels: Endpoints::read(variable("TOLLGATE_ENDPOINTS").as_deref()),
        keys: AccessKeys::default(),
    };
    let region = access.region.clone();
    let environment = |name: &str| match name {
        "TOLLGATE_TABLE" => Some(place.table.clone()),
        "TOLLGATE_LAKE" => Some(place.lake.clone()),
        _ => variable(name),
    };
    let settings = Settings::read_with(&environment, access)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let run = format!("{RUN}-{}-{}", clock.now().as_millisecond(), std::process::id());
    let aws = Aws::on_machine(settings, config, clock, &run);
    // The first request to the table: an error names the place, which a message of AWS does not.
    let opened = aws.context(&run).await;
    let mut context = opened.with_context(|| format!("the store aws://{}/{} in {region}", place.table, place.lake))?;
    // A file named on the command line applies to this command only.
    if args.config.is_some() {
        context.state.policy = Arc::new(policy(args)?.0);
    }
    Ok(context)
}

/// The costs of a month from Cost Explorer, by account and service. Each request is paid and counted.
pub(crate) async fn cost_explorer(
    account: &str,
    period: BillingPeriod,
    today: Day,
    paid_calls: u32,
) -> anyhow::Result<Box<dyn CostSource>> {
    let calls = PaidCalls::new(paid_calls);
    let client = cost_explorer::connect(&config().await?);
    let request = PeriodRequest { billing_account: account, period, today, split: &UsageGrouping::Services };
    let read = read_period(&client, &request, &calls).await;
    let requests = counted(u64::from(calls.spent()), "request", "requests");
    print_note(&format!("{requests} to Cost Explorer, USD {}", calls.cost()));
    Ok(Box::new(read?))
}
