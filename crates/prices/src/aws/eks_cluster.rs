//! aws_eks_cluster: the control plane by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.hourly("Cluster", "aws/eks_cluster/eks-cluster", 1);
    Ok(())
}
