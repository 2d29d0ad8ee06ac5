//! `tollgate usage`: measured usage of resources, for the estimates of pull requests.

use anyhow::bail;
use serde_json::json;
use tollgate_model::text::counted;

use crate::args::Args;
use crate::exit::Exit;
use crate::output::{json as print_json, print_note};
use crate::setup::open;

pub(crate) async fn run(args: &Args, days: u32) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let Some(usage) = tollgate_pipeline::usage_of_meters(&context, days).await? else {
        bail!("no charge of AWS has a resource, a meter and a quantity\nhint: include resource ids in the data export");
    };
    let meters = counted(usage.rows.len(), "meter", "meters");
    print_note(&format!("{meters} of resources from {} to {}", usage.from, usage.to));
    print_json(&json!({ "version": 1, "from": usage.from, "to": usage.to, "rows": usage.rows }))?;
    Ok(Exit::Success)
}
