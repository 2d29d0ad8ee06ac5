//! Databases of RDS: classes by engine, storage by kind.

/// Returns the group of engines whose classes cost the same.
pub(super) fn engine(name: &str) -> &str {
    match name {
        "mysql" | "mariadb" => "mysql",
        "aurora" | "aurora-mysql" | "aurora-postgresql" => "aurora",
        other => other,
    }
}

/// Returns the price keys of a class: first of its engine, then of any engine, for sources that do not distinguish them.
pub(super) fn class_keys(engine_name: &str, class: &str) -> Vec<String> {
    let group = engine(engine_name);
    let mut keys = vec![format!("aws/rds/{group}/{class}")];
    if group == "aurora" {
        keys.push(format!("aws/rds_cluster_instance/database-instance-on-demand-{class}"));
    } else {
        keys.push(format!("aws/db_instance/database-instance-on-demand-single-az-{class}"));
    }
    keys
}
