//! `tollgate usage`: measured usage of resources, for the estimates of pull requests.

use anyhow::bail;
use serde_json::{Value, json};
use tollgate_lake::Cell;
use tollgate_model::Day;

use crate::args::Args;
use crate::exit::Exit;
use crate::output::{json as print_json, print_note};
use crate::setup::open;

/// Charges with a resource, a meter and a quantity. Estimates understand the meters of AWS.
const OF_RESOURCES: &str = "\"ProviderName\" = 'AWS' AND \"ChargeCategory\" = 'Usage' AND \"ResourceId\" IS NOT NULL \
     AND \"SkuMeter\" IS NOT NULL AND \"ConsumedQuantity\" > 0";

fn text(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Number(text) | Cell::Text(text) => Some(text.clone()),
        Cell::Null | Cell::Bool(_) => None,
    }
}

pub(crate) async fn run(args: &Args, days: u32) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    // The newest day may be incomplete, and later days are unknown: neither counts as a day without usage.
    let newest = format!("SELECT CAST(MAX(\"ChargePeriodStart\") AS DATE) FROM charges WHERE {OF_RESOURCES}");
    let newest = tollgate_pipeline::sql_whole(&context, &newest).await?;
    let newest = newest.rows.first().and_then(|row| text(row.first()?));
    let Some(to) = newest.and_then(|day| day.get(..10)?.parse::<Day>().ok()) else {
        bail!("no charge of AWS has a resource, a meter and a quantity\nhint: include resource ids in the data export");
    };
    let from = to.plus(-i32::try_from(days)?);
    let query = format!(
        "SELECT \"ResourceId\", \"SkuMeter\", SUM(\"ConsumedQuantity\"), CAST(MIN(\"ChargePeriodStart\") AS DATE) FROM charges \
         WHERE {OF_RESOURCES} \
         AND \"ChargePeriodStart\" >= TIMESTAMP '{from}T00:00:00Z' AND \"ChargePeriodStart\" < TIMESTAMP '{to}T00:00:00Z' \
         GROUP BY 1, 2 ORDER BY 1, 2"
    );
    let answer = tollgate_pipeline::sql_whole(&context, &query).await?;
    let rows: Vec<Value> = answer
        .rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [resource, meter, quantity, since] => Some(json!({
                "resource": text(resource)?, "meter": text(meter)?, "quantity": text(quantity)?,
                "since": text(since)?.get(..10)?,
            })),
            _ => None,
        })
        .collect();
    print_note(&format!("{} meters of resources from {from} to {to}", rows.len()));
    print_json(&json!({ "version": 1, "from": from.to_string(), "to": to.to_string(), "rows": rows }))?;
    Ok(Exit::Success)
}
