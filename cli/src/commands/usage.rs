//! `tollgate usage`: how much resources were used, for the estimates of pull requests.

use std::process::ExitCode;

use serde_json::{Value, json};
use tollgate_lake::Cell;
use tollgate_model::Day;

use crate::args::Args;
use crate::output::{json as print_json, note};
use crate::setup::open;

pub(crate) async fn run(args: &Args, days: u32) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    let to = Day::of_second(context.clock.now().as_second());
    let from = to.plus(-i32::try_from(days)?);
    let query = format!(
        "SELECT \"ResourceId\", \"SkuMeter\", SUM(\"ConsumedQuantity\") FROM charges \
         WHERE \"ChargeCategory\" = 'Usage' AND \"ResourceId\" IS NOT NULL AND \"SkuMeter\" IS NOT NULL AND \"ConsumedQuantity\" > 0 \
         AND \"ChargePeriodStart\" >= TIMESTAMP '{from}T00:00:00Z' AND \"ChargePeriodStart\" < TIMESTAMP '{to}T00:00:00Z' \
         GROUP BY 1, 2 ORDER BY 1, 2"
    );
    let answer = tollgate_pipeline::sql(&context, &query).await?;
    let text = |cell: &Cell| match cell {
        Cell::Number(text) | Cell::Text(text) => Some(text.clone()),
        Cell::Null | Cell::Bool(_) => None,
    };
    let rows: Vec<Value> = answer
        .rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [resource, meter, quantity] => {
                Some(json!({ "resource": text(resource)?, "meter": text(meter)?, "quantity": text(quantity)? }))
            }
            _ => None,
        })
        .collect();
    note(&format!("{} meters of resources from {from} to {to}", rows.len()));
    print_json(&json!({ "version": 1, "from": from.to_string(), "to": to.to_string(), "rows": rows }))?;
    Ok(ExitCode::SUCCESS)
}
