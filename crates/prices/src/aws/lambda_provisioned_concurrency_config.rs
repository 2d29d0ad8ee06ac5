//! aws_lambda_provisioned_concurrency_config: provisioned memory.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let wanted = r.number("provisioned_concurrent_executions").required()?;
    let function = r.referred("function_name", "aws_lambda_function");
    let memory = function.map_or_else(|| whole(128), |f| f.number("memory_size").known_or(whole(128)));
    let seconds = product(wanted, memory).and_then(|mb| mb.ratio(HOURS * 3600, 1024));
    let seconds = seconds.ok_or_else(|| Unpriced("too much".to_owned()));
    bill.fixed(
        "Kept ready",
        "GB-seconds",
        "aws/lambda_provisioned_concurrency_config/provisioned-concurrency",
        seconds,
    );
    Ok(())
}
