//! azurerm_synapse_workspace: the serverless pool, pipelines and data flows by a usage file.

use crate::prelude::*;

/// The meters: name, unit, key, figure, and the default.
const METERS: [(&str, &str, &str, &str, i64); 9] = [
    ("Serverless SQL pool", "TB", "serverless-sql-pool-size", "serverless_sql_pool_size_tb", 1),
    (
        "Pipeline runs",
        "1k activity runs",
        "data-pipeline-azure-hosted-activity-runs",
        "azure_hosted_activity_runs",
        1000,
    ),
    ("Data integration units", "DIU-hours", "data-pipeline-azure-hosted-data-integration-units", "diu_hrs", 0),
    (
        "Integration runtime",
        "hours",
        "data-pipeline-azure-hosted-integration-runtime",
        "azure_hosted_integration_runtime_hrs",
        0,
    ),
    (
        "External integration runtime",
        "hours",
        "data-pipeline-azure-hosted-external-integration-runtime",
        "azure_hosted_external_integration_runtime_hrs",
        0,
    ),
    (
        "Runs, self-hosted",
        "1k activity runs",
        "data-pipeline-self-hosted-activity-runs",
        "self_hosted_activity_runs",
        0,
    ),
    (
        "Data movement, self-hosted",
        "hours",
        "data-pipeline-self-hosted-data-movement",
        "self_hosted_data_movement_hrs",
        0,
    ),
    (
        "Integration runtime, self-hosted",
        "hours",
        "data-pipeline-self-hosted-integration-runtime",
        "self_hosted_integration_runtime_hrs",
        0,
    ),
    (
        "External runtime, self-hosted",
        "hours",
        "data-pipeline-self-hosted-external-integration-runtime",
        "self_hosted_external_integration_runtime_hrs",
        0,
    ),
];

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    for kind in ["basic", "standard"] {
        let figure = |part: String| bill.known_usage(&part).map(|(n, _)| n);
        let (Some(hours), Some(cores)) =
            (figure(format!("monthly_dataflow_{kind}_hours")), figure(format!("dataflow_{kind}_vcores")))
        else {
            continue;
        };
        let instances = figure(format!("dataflow_{kind}_instances")).unwrap_or_else(|| whole(1));
        let used = product(hours, cores).and_then(|n| product(n, instances)).map(Span::exactly);
        let used = used.ok_or_else(|| Unpriced("is out of range".to_owned()));
        let sku = format!("azure/synapse_workspace/data-flow-{kind}");
        bill.usage_quantity(
            &format!("Data flow, {kind}"),
            "vCore-hours",
            &sku,
            used,
            crate::usage::QuantityOrigin::File,
        );
    }
    for (name, unit, words, figure, usual) in METERS {
        let sku = format!("azure/synapse_workspace/{words}");
        if usual > 0 {
            bill.usage(name, unit, &sku, figure, usual);
        } else {
            bill.known(name, unit, &sku, figure);
        }
    }
    Ok(())
}
