//! Databases of RDS: classes by engine, storage by kind.

/// The group of an engine whose classes cost the same.
pub(super) fn engine(name: &str) -> &str {
    match name {
        "mysql" | "mariadb" => "mysql",
        "aurora" | "aurora-mysql" | "aurora-postgresql" => "aurora",
        other => other,
    }
}

/// The keys of a class, the surest first: of its engine, then of any, where the source does not tell engines apart.
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
