//! RDS: instances.
//!
//! Source: Amazon RDS API reference, `DescribeDBInstances`. Read 2026-11-22.

use tollgate_model::{Resource, Shape};

use super::{Clients, instant};
use crate::CloudError;

const OPERATION: &str = "rds:DescribeDBInstances";

/// Every database, or one.
pub(super) async fn list(clients: &Clients, id: Option<&str>) -> Result<Vec<Resource>, CloudError> {
    let request = clients.rds.describe_db_instances().set_db_instance_identifier(id.map(str::to_owned));
    let found = pages!(clients, OPERATION, request, marker, db_instances);
    Ok(found
        .into_iter()
        .filter_map(|d| {
            let tags = d.tag_list.unwrap_or_default().into_iter();
            Some(Resource {
                place: clients.place.clone(),
                created: d.instance_create_time.and_then(instant),
                tags: tags.filter_map(|t| Some((t.key?, t.value.unwrap_or_default()))).collect(),
                shape: Shape::Database {
                    state: d.db_instance_status.unwrap_or_default(),
                    class: d.db_instance_class.unwrap_or_default(),
                    engine: d.engine.unwrap_or_default(),
                    storage_type: d.storage_type.unwrap_or_default(),
                    size_gib: d.allocated_storage.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
                    multi_az: d.multi_az.unwrap_or(false),
                    deletion_protection: d.deletion_protection.unwrap_or(false),
                    cluster: d.db_cluster_identifier.filter(|c| !c.is_empty()),
                    replica_of: d.read_replica_source_db_instance_identifier.filter(|c| !c.is_empty()),
                    replicas: d.read_replica_db_instance_identifiers.unwrap_or_default(),
                    becoming: d.pending_modified_values.and_then(|p| p.db_instance_class).filter(|c| !c.is_empty()),
                },
                id: d.db_instance_identifier?,
            })
        })
        .collect())
}
