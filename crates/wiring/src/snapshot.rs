//! An inventory in a file behind the ports of advice and change: no account is needed, and changes are simulated in the file.

use std::path::Path;
use std::sync::Arc;

use tollgate_actions::Executor;
use tollgate_cloud::{PollingTimer, Snapshot, SnapshotCloud};
use tollgate_pipeline::Cloud;

/// Connects the ports to an inventory.
///
/// # Errors
///
/// When the file cannot be read or is not an inventory, with line and column.
pub fn connect_snapshot(file: &Path) -> std::io::Result<Cloud> {
    let snapshot: Snapshot = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let home = snapshot.home.clone();
    let cloud = Arc::new(SnapshotCloud::new(snapshot, Some(file.to_owned())));
    Ok(Cloud {
        inventory: cloud.clone(),
        executor: Executor::new(cloud),
        timer: Arc::new(PollingTimer),
        advisors: Vec::new(),
        home,
    })
}
