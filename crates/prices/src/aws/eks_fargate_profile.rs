//! aws_eks_fargate_profile: cores and memory of the pods that run by it.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.used("Cores", "CPU", "aws/eks_fargate_profile/per-vcpu-per-hour", "vcpus", 1);
    bill.used("Memory", "GB", "aws/eks_fargate_profile/per-gb-per-hour", "memory_gb", 2);
    Ok(())
}
