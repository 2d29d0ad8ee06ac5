//! aws_eks_cluster: the control plane by the hour; a version in extended support costs more.

use crate::prelude::*;

/// The newest version whose standard support has ended (EKS User Guide, release calendar, 2026-08).
const EXTENDED: i64 = 31;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let minor = r.text("version").optional().ok().flatten().and_then(|v| v.strip_prefix("1.")?.parse::<i64>().ok());
    let ends = r.text("upgrade_policy.support_type").known_or(String::new()) == "STANDARD";
    match minor {
        Some(minor) if minor <= EXTENDED && !ends => {
            bill.hourly(
                &format!("Cluster, 1.{minor} in extended support"),
                "aws/eks_cluster/eks-cluster-extended-support",
                1,
            );
        }
        _ => bill.hourly("Cluster", "aws/eks_cluster/eks-cluster", 1),
    }
    Ok(())
}
