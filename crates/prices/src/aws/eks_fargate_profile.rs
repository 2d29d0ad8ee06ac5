//! aws_eks_fargate_profile: cores and memory of its pods.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Cores", "CPU", "aws/eks_fargate_profile/per-vcpu-per-hour", "vcpus", 1);
    bill.usage("Memory", "GB", "aws/eks_fargate_profile/per-gb-per-hour", "memory_gb", 2);
    Ok(())
}
