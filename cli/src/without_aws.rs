//! The calls of AWS in a program that was built without it: each is an error that says so.

use tollgate_model::{BillingPeriod, Day};
use tollgate_pipeline::{Cloud, Context, State};
use tollgate_sources::CostSource;

use crate::args::Args;
use crate::setup::{Place, not_built};

fn without_aws() -> anyhow::Error {
    not_built("aws", "AWS")
}

/// No identity is known without AWS.
pub(crate) async fn caller() -> Option<String> {
    None
}

pub(crate) async fn cloud(_: &State) -> anyhow::Result<Cloud> {
    Err(without_aws())
}

pub(crate) async fn context(_: &Args, _: &Place) -> anyhow::Result<Context> {
    Err(without_aws())
}

pub(crate) async fn cost_explorer(_: &str, _: BillingPeriod, _: Day, _: u32) -> anyhow::Result<Box<dyn CostSource>> {
    Err(without_aws())
}
