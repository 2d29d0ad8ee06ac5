//! aws_mq_broker: instances by the hour, by engine and mode.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let engine = r.text("engine_type").required()?;
    let class = r.text("host_instance_type").required()?;
    let mode = r.text("deployment_mode").known_or("SINGLE_INSTANCE".to_owned()).to_lowercase().replace('_', "-");
    let key = format!("aws/mq_broker/instance-usage-{}-{class}-{mode}", engine.to_lowercase());
    bill.hourly(&format!("Broker, {engine}, {class}, {}", mode.replace('-', " ")), &key, 1);
    let kind =
        r.text("storage_type").known_or(if engine == "RabbitMQ" { "ebs" } else { "efs" }.to_owned()).to_lowercase();
    bill.usage(
        "Storage",
        "GB",
        &format!("aws/mq_broker/storage-{}-{kind}", engine.to_lowercase()),
        "storage_size_gb",
        20,
    );
    Ok(())
}
