//! An inventory in a file: resources and their use, read without a cloud account. The demo has one. Changes of volume types and of
//! tags are simulated: they change the file. Every other call is refused.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tollgate_model::{AccountRegion, ApiCall, HealthCheck, Hourly, Metric, Resource, ResourceType, Shape};

use crate::{CallOutcome, CloudError, Control, Health, Inventory, MetricRequest};

const SECONDS_AN_HOUR: i64 = 3600;

/// The content of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The account and region that are read when the policy file names none.
    pub home: AccountRegion,
    /// The resources.
    pub resources: Vec<SnapshotResource>,
}

/// A resource with its typical use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotResource {
    /// The resource.
    #[serde(flatten)]
    pub resource: Resource,
    /// Hourly values of each metric, which repeat: one for a constant use, 24 for a daily pattern from midnight UTC on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub usage: BTreeMap<Metric, Vec<f32>>,
}

/// The adapter of a snapshot.
#[derive(Debug, Default)]
pub struct SnapshotCloud {
    snapshot: Mutex<Snapshot>,
    file: Option<PathBuf>,
    reads: AtomicU64,
}

impl SnapshotCloud {
    /// Creates the adapter. Simulated changes are written to `file`.
    pub fn new(snapshot: Snapshot, file: Option<PathBuf>) -> Self {
        Self { snapshot: Mutex::new(snapshot), file, reads: AtomicU64::new(0) }
    }

    /// The snapshot. A panic of another thread leaves it whole: each change is one assignment.
    fn lock(&self) -> MutexGuard<'_, Snapshot> {
        self.snapshot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, place: &AccountRegion, of: ResourceType) -> Vec<SnapshotResource> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let fits = |known: &&SnapshotResource| known.resource.place == *place && known.resource.resource_type() == of;
        self.lock().resources.iter().filter(fits).cloned().collect()
    }

    /// Simulates a call, and writes the file.
    fn change(&self, place: &AccountRegion, call: &ApiCall) -> Result<(), String> {
        let mut snapshot = self.lock();
        let ids = match call.operation.as_str() {
            "ModifyVolume" => call.parameters.get("VolumeId").and_then(Value::as_str).into_iter().collect(),
            "CreateTags" | "DeleteTags" => texts(&call.parameters, "Resources"),
            _ => return Err("an inventory in a file simulates only changes of volume types and of tags".to_owned()),
        };
        for id in ids {
            let known = snapshot.resources.iter_mut().map(|known| &mut known.resource);
            let found = known.into_iter().find(|resource| resource.place == *place && resource.id == id);
            apply(found.ok_or_else(|| format!("there is no resource `{id}`"))?, call);
        }
        let Some(file) = &self.file else { return Ok(()) };
        let text = serde_json::to_string_pretty(&*snapshot).map_err(|error| error.to_string())?;
        // Whole or not at all: an interrupted run leaves the old file.
        let beside = file.with_extension("json.new");
        std::fs::write(&beside, text + "\n").and_then(|()| std::fs::rename(&beside, file)).map_err(|e| e.to_string())
    }
}

fn texts<'p>(parameters: &'p Map<String, Value>, name: &str) -> Vec<&'p str> {
    let list = parameters.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn apply(resource: &mut Resource, call: &ApiCall) {
    let parameters = &call.parameters;
    let number = |name: &str| parameters.get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    match (call.operation.as_str(), &mut resource.shape) {
        ("ModifyVolume", Shape::Volume { volume_type, iops, throughput, .. }) => {
            if let Some(to) = parameters.get("VolumeType").and_then(Value::as_str) {
                to.clone_into(volume_type);
            }
            *iops = number("Iops").or(*iops);
            *throughput = number("Throughput");
        }
        ("CreateTags", _) => {
            for tag in parameters.get("Tags").and_then(Value::as_array).into_iter().flatten() {
                if let (Some(key), Some(value)) = (tag["Key"].as_str(), tag["Value"].as_str()) {
                    resource.tags.insert(key.to_owned(), value.to_owned());
                }
            }
        }
        ("DeleteTags", _) => {
            for key in texts(parameters, "TagKeys") {
                resource.tags.remove(key);
            }
        }
        _ => {}
    }
}

#[async_trait]
impl Inventory for SnapshotCloud {
    async fn list(&self, place: &AccountRegion, of: ResourceType) -> Result<Vec<Resource>, CloudError> {
        Ok(self.of(place, of).into_iter().map(|known| known.resource).collect())
    }

    async fn read(&self, place: &AccountRegion, of: ResourceType, id: &str) -> Result<Option<Resource>, CloudError> {
        Ok(self.of(place, of).into_iter().map(|known| known.resource).find(|resource| resource.id == id))
    }

    async fn created_by_step(
        &self,
        _: &AccountRegion,
        _: ResourceType,
        _: &str,
    ) -> Result<Option<Resource>, CloudError> {
        Ok(None)
    }

    async fn schedule_exists(&self, _: &AccountRegion, _: &str) -> Result<bool, CloudError> {
        Ok(false)
    }

    async fn metrics(
        &self,
        place: &AccountRegion,
        wanted: &[MetricRequest],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Option<Hourly>>, CloudError> {
        let (first, end) = (from.as_second().div_euclid(SECONDS_AN_HOUR), to.as_second().div_euclid(SECONDS_AN_HOUR));
        let measure = |request: &MetricRequest| {
            let known = self.of(place, request.of).into_iter().find(|known| known.resource.id == request.id)?;
            let values = known.usage.get(&request.metric).filter(|values| !values.is_empty())?;
            let value = |hour: i64| {
                let at = usize::try_from(hour.rem_euclid(i64::try_from(values.len()).unwrap_or(1))).unwrap_or(0);
                values.get(at).copied()
            };
            Some(Hourly::new(first, (first..end).map(value)))
        };
        Ok(wanted.iter().map(measure).collect())
    }

    async fn health(&self, _: &AccountRegion, _: &HealthCheck, _: Timestamp) -> Health {
        Health::Unhealthy("an inventory in a file has no health checks".to_owned())
    }

    fn calls(&self) -> BTreeMap<String, u64> {
        [("file:Read".to_owned(), self.reads.load(Ordering::Relaxed))].into()
    }
}

#[async_trait]
impl Control for SnapshotCloud {
    async fn perform(&self, place: &AccountRegion, call: &ApiCall, dry_run: bool) -> Result<CallOutcome, CloudError> {
        if dry_run {
            return Ok(CallOutcome::NotChecked);
        }
        let refused = |message| CloudError::Refused {
            operation: format!("{}:{}", call.service, call.operation),
            place: place.clone(),
            message,
        };
        self.change(place, call).map_err(refused)?;
        Ok(CallOutcome::Done { created: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        let text = r#"{"home": {"account": "410000000101", "region": "us-east-1"}, "resources": [
            {"account": "410000000101", "region": "us-east-1", "id": "vol-1", "type": "volume", "state": "in-use",
             "volume_type": "gp2", "size_gib": 500, "iops": 1500, "zone": "us-east-1a", "attached_to": ["i-1"], "encrypted": true},
            {"account": "410000000101", "region": "us-east-1", "id": "nat-1", "type": "nat_gateway", "state": "available",
             "vpc": "vpc-1", "subnet": "subnet-1", "connectivity": "public", "usage": {"processed_bytes": [0, 5]}}]}"#;
        serde_json::from_str(text).unwrap()
    }

    fn call(operation: &str, parameters: Value) -> ApiCall {
        let parameters = parameters.as_object().unwrap().clone();
        ApiCall { service: "ec2".to_owned(), operation: operation.to_owned(), parameters }
    }

    #[test]
    fn resources_and_their_use_come_from_the_file() {
        let cloud = SnapshotCloud::new(snapshot(), None);
        let home = snapshot().home;
        let wanted = |id: &str, metric| MetricRequest { of: ResourceType::NatGateway, id: id.to_owned(), metric };
        let asked = [wanted("nat-1", Metric::ProcessedBytes), wanted("nat-1", Metric::Requests)];
        let (from, to) = (Timestamp::from_second(7200).unwrap(), Timestamp::from_second(18_000).unwrap());
        futures::executor::block_on(async {
            assert_eq!(cloud.list(&home, ResourceType::Volume).await.unwrap().len(), 1);
            let elsewhere = AccountRegion { region: "eu-west-1".to_owned(), ..home.clone() };
            assert!(cloud.list(&elsewhere, ResourceType::Volume).await.unwrap().is_empty());
            let found = cloud.metrics(&home, &asked, from, to).await.unwrap();
            let values: Vec<_> = found[0].as_ref().unwrap().hours().collect();
            assert_eq!(values, [(2, Some(0.0)), (3, Some(5.0)), (4, Some(0.0))]);
            assert!(found[1].is_none());
        });
    }

    #[test]
    fn a_volume_type_changes_in_the_file_and_every_other_call_is_refused() {
        let home = snapshot().home;
        let file = std::env::temp_dir().join(format!("tollgate-snapshot-{}.json", std::process::id()));
        let cloud = SnapshotCloud::new(snapshot(), Some(file.clone()));
        let modify = call("ModifyVolume", serde_json::json!({"VolumeId": "vol-1", "VolumeType": "gp3", "Iops": 3000}));
        futures::executor::block_on(async {
            assert_eq!(cloud.perform(&home, &modify, true).await.unwrap(), CallOutcome::NotChecked);
            assert!(!file.exists());
            cloud.perform(&home, &modify, false).await.unwrap();
            let delete = call("DeleteVolume", serde_json::json!({"VolumeId": "vol-1"}));
            let refused = cloud.perform(&home, &delete, false).await.unwrap_err().to_string();
            assert!(refused.contains("simulates only changes of volume types and of tags"), "{refused}");
        });
        let written: Snapshot = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        std::fs::remove_file(&file).unwrap();
        assert!(
            matches!(&written.resources[0].resource.shape, Shape::Volume { volume_type, .. } if volume_type == "gp3")
        );
        assert_eq!(written.resources.len(), 2);
    }
}
