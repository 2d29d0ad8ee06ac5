//! A resource as its provider describes it: type, state and attachments.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hash::sha256;

/// The prefix of tags that Tollgate sets. They do not count as a change of a resource.
pub const OWN_TAGS: &str = "tollgate:";

/// The type of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceType {
    /// An EC2 instance.
    Instance,
    /// An EBS volume.
    Volume,
    /// An EBS snapshot.
    Snapshot,
    /// A machine image.
    Image,
    /// An Elastic IP address.
    Address,
    /// A NAT gateway.
    NatGateway,
    /// A load balancer.
    LoadBalancer,
    /// An RDS instance.
    Database,
    /// A Lambda function.
    Function,
    /// An S3 bucket.
    Bucket,
    /// A log group.
    LogGroup,
}

impl ResourceType {
    /// Every type, in the order in which they are listed.
    pub const ALL: [Self; 11] = [
        Self::Instance,
        Self::Volume,
        Self::Snapshot,
        Self::Image,
        Self::Address,
        Self::NatGateway,
        Self::LoadBalancer,
        Self::Database,
        Self::Function,
        Self::Bucket,
        Self::LogGroup,
    ];

    /// For people, and in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Volume => "volume",
            Self::Snapshot => "snapshot",
            Self::Image => "image",
            Self::Address => "address",
            Self::NatGateway => "nat_gateway",
            Self::LoadBalancer => "load_balancer",
            Self::Database => "database",
            Self::Function => "function",
            Self::Bucket => "bucket",
            Self::LogGroup => "log_group",
        }
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ResourceType {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|t| t.as_str() == s).ok_or_else(|| format!("`{s}` is not a type of resource"))
    }
}

/// An account and a region.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountRegion {
    /// The account, twelve digits.
    pub account: String,
    /// The region: `eu-central-1`.
    pub region: String,
}

impl fmt::Display for AccountRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.account, self.region)
    }
}

/// A resource as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// The id of the provider: `vol-0a1b…`, a bucket's name, a load balancer's ARN.
    pub id: String,
    /// Its account and region.
    #[serde(flatten)]
    pub place: AccountRegion,
    /// When it was created, where the provider says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Its type and state.
    #[serde(flatten)]
    pub shape: Shape,
}

/// The type and state of a resource. Sizes in GiB, memory in MiB.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
#[expect(missing_docs, reason = "each is the provider's own word, documented there")]
pub enum Shape {
    /// An EC2 instance.
    Instance {
        state: String,
        instance_type: String,
        architecture: String,
        /// `Linux/UNIX`, `Windows`…: what is billed.
        platform: String,
        image: String,
        zone: String,
        /// `spot` or `scheduled`; on-demand without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lifecycle: Option<String>,
        /// `ebs` or `instance-store`: an instance store is lost with a stop.
        root_device: String,
        /// Volumes that hang on it.
        #[serde(default)]
        volumes: Vec<String>,
        /// Whether the API refuses to terminate it; unknown in lists.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        termination_protection: Option<bool>,
        /// Whether the API refuses to stop it; unknown in lists.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stop_protection: Option<bool>,
    },
    /// An EBS volume.
    Volume {
        state: String,
        volume_type: String,
        size_gib: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        iops: Option<u32>,
        /// MiB a second.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        throughput: Option<u32>,
        zone: String,
        #[serde(default)]
        attached_to: Vec<String>,
        encrypted: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        snapshot: Option<String>,
        /// What a change under way makes of it: `gp3`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        becoming: Option<String>,
    },
    /// An EBS snapshot.
    Snapshot {
        state: String,
        volume: String,
        size_gib: u32,
        /// `standard` or `archive`.
        tier: String,
        description: String,
    },
    /// A machine image.
    Image {
        state: String,
        name: String,
        snapshots: Vec<String>,
        public: bool,
        /// Launch templates that name it.
        #[serde(default)]
        templates: Vec<String>,
    },
    /// An Elastic IP address.
    Address {
        public_ip: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        association: Option<String>,
    },
    /// A NAT gateway.
    NatGateway {
        state: String,
        vpc: String,
        subnet: String,
        /// Its addresses, by allocation.
        #[serde(default)]
        addresses: Vec<String>,
        connectivity: String,
    },
    /// A load balancer.
    LoadBalancer {
        state: String,
        name: String,
        /// `application`, `network` or `gateway`.
        kind: String,
        scheme: String,
        subnets: Vec<String>,
        #[serde(default)]
        security_groups: Vec<String>,
        /// Targets that are registered with its groups.
        targets: u32,
        /// Unknown in lists.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deletion_protection: Option<bool>,
    },
    /// An RDS instance.
    Database {
        state: String,
        class: String,
        engine: String,
        storage_type: String,
        size_gib: u32,
        multi_az: bool,
        deletion_protection: bool,
        /// A cluster that it belongs to: it cannot be stopped alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cluster: Option<String>,
        /// What it is a copy of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replica_of: Option<String>,
        /// Its own copies.
        #[serde(default)]
        replicas: Vec<String>,
        /// The class that a change under way makes of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        becoming: Option<String>,
    },
    /// A Lambda function.
    Function {
        state: String,
        runtime: String,
        memory_mib: u32,
        architecture: String,
        /// `Zip` or `Image`.
        package: String,
        timeout_seconds: u32,
    },
    /// An S3 bucket.
    Bucket {
        /// Its rules as the provider has them; `None` when they could not be read.
        lifecycle: Option<Vec<Value>>,
        /// `None` when it could not be read.
        versioning: Option<bool>,
        /// Uploads that were begun and not ended; `None` when they could not be counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        incomplete_uploads: Option<u32>,
        /// When the oldest of them began.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        oldest_upload: Option<Timestamp>,
    },
    /// A log group.
    LogGroup {
        /// Days; `None` keeps for ever.
        retention_days: Option<u32>,
        stored_bytes: u64,
        class: String,
    },
}

impl Resource {
    /// Its type.
    pub fn resource_type(&self) -> ResourceType {
        match self.shape {
            Shape::Instance { .. } => ResourceType::Instance,
            Shape::Volume { .. } => ResourceType::Volume,
            Shape::Snapshot { .. } => ResourceType::Snapshot,
            Shape::Image { .. } => ResourceType::Image,
            Shape::Address { .. } => ResourceType::Address,
            Shape::NatGateway { .. } => ResourceType::NatGateway,
            Shape::LoadBalancer { .. } => ResourceType::LoadBalancer,
            Shape::Database { .. } => ResourceType::Database,
            Shape::Function { .. } => ResourceType::Function,
            Shape::Bucket { .. } => ResourceType::Bucket,
            Shape::LogGroup { .. } => ResourceType::LogGroup,
        }
    }

    /// Its name: the tag `Name`, or its id.
    pub fn name(&self) -> &str {
        self.tags.get("Name").filter(|name| !name.is_empty()).unwrap_or(&self.id)
    }

    /// Its name and its id, for people; only the id where both are the same.
    pub fn label(&self) -> String {
        match self.name() {
            name if name == self.id => self.id.clone(),
            name => format!("{name} ({})", self.id),
        }
    }

    /// Its ARN.
    pub fn arn(&self) -> String {
        let AccountRegion { account, region } = &self.place;
        let id = &self.id;
        match self.resource_type() {
            ResourceType::Instance => format!("arn:aws:ec2:{region}:{account}:instance/{id}"),
            ResourceType::Volume => format!("arn:aws:ec2:{region}:{account}:volume/{id}"),
            ResourceType::Snapshot => format!("arn:aws:ec2:{region}::snapshot/{id}"),
            ResourceType::Image => format!("arn:aws:ec2:{region}::image/{id}"),
            ResourceType::Address => format!("arn:aws:ec2:{region}:{account}:elastic-ip/{id}"),
            ResourceType::NatGateway => format!("arn:aws:ec2:{region}:{account}:natgateway/{id}"),
            ResourceType::LoadBalancer => id.clone(),
            ResourceType::Database => format!("arn:aws:rds:{region}:{account}:db:{id}"),
            ResourceType::Function => format!("arn:aws:lambda:{region}:{account}:function:{id}"),
            ResourceType::Bucket => format!("arn:aws:s3:::{id}"),
            ResourceType::LogGroup => format!("arn:aws:logs:{region}:{account}:log-group:{id}"),
        }
    }

    /// The ids that charges may use for it.
    pub fn charged_as(&self) -> [String; 2] {
        [self.id.clone(), self.arn()]
    }

    /// The resource without facts that change by themselves or by Tollgate: tags of Tollgate, and the size of a log or a bucket.
    fn stable_facts(&self) -> Self {
        let mut out = self.clone();
        out.tags.retain(|key, _| !key.starts_with(OWN_TAGS));
        match &mut out.shape {
            Shape::LogGroup { stored_bytes, .. } => *stored_bytes = 0,
            Shape::Bucket { incomplete_uploads, oldest_upload, .. } => {
                (*incomplete_uploads, *oldest_upload) = (None, None)
            }
            _ => {}
        }
        out
    }

    /// SHA-256 of its state, type, attachments, tags and protection, as canonical JSON. Two reads of an unchanged resource
    /// have the same fingerprint.
    ///
    /// # Errors
    ///
    /// Never for a resource that was read.
    pub fn fingerprint(&self) -> Result<String, serde_json::Error> {
        sha256(&self.stable_facts())
    }

    /// One of its facts, by its name in JSON: `state`, `volume_type`.
    pub fn fact(&self, name: &str) -> Value {
        serde_json::to_value(&self.shape).ok().and_then(|mut v| v.get_mut(name).map(Value::take)).unwrap_or(Value::Null)
    }

    /// The facts that changed, one line each: `volume_type: "gp2" -> "gp3"`.
    pub fn drift(&self, now: &Self) -> Vec<String> {
        let flat = |r: &Self| -> BTreeMap<String, Value> {
            let value = serde_json::to_value(r.stable_facts()).unwrap_or_default();
            let mut out = BTreeMap::new();
            for (key, value) in value.as_object().cloned().unwrap_or_default() {
                match value {
                    Value::Object(tags) => out.extend(tags.into_iter().map(|(tag, v)| (format!("tag {tag}"), v))),
                    other => drop(out.insert(key, other)),
                }
            }
            out
        };
        let (before, after) = (flat(self), flat(now));
        let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let shown = |v: Option<&Value>| v.map_or("nothing".to_owned(), ToString::to_string);
        names
            .into_iter()
            .filter(|name| before.get(*name) != after.get(*name))
            .map(|name| format!("{name}: {} -> {}", shown(before.get(name)), shown(after.get(name))))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume() -> Resource {
        Resource {
            id: "vol-1".to_owned(),
            place: AccountRegion { account: "111122223333".to_owned(), region: "eu-west-1".to_owned() },
            created: None,
            tags: BTreeMap::from([("team".to_owned(), "web".to_owned())]),
            shape: Shape::Volume {
                state: "available".to_owned(),
                volume_type: "gp2".to_owned(),
                size_gib: 100,
                iops: Some(300),
                throughput: None,
                zone: "eu-west-1a".to_owned(),
                attached_to: Vec::new(),
                encrypted: false,
                snapshot: None,
                becoming: None,
            },
        }
    }

    #[test]
    fn own_tags_are_no_change_and_everything_else_is() {
        let seen = volume();
        let mut marked = seen.clone();
        marked.tags.insert("tollgate:delete-after".to_owned(), "2026-12-01".to_owned());
        assert_eq!(seen.fingerprint().unwrap(), marked.fingerprint().unwrap());
        assert!(seen.drift(&marked).is_empty());
        let mut other = seen.clone();
        other.tags.insert("team".to_owned(), "data".to_owned());
        if let Shape::Volume { attached_to, .. } = &mut other.shape {
            attached_to.push("i-1".to_owned());
        }
        assert_ne!(seen.fingerprint().unwrap(), other.fingerprint().unwrap());
        assert_eq!(seen.drift(&other), ["attached_to: [] -> [\"i-1\"]", "tag team: \"web\" -> \"data\""]);
    }

    #[test]
    fn a_resource_reads_back_as_it_was_written() {
        let text = serde_json::to_string(&volume()).unwrap();
        assert!(text.contains(r#""type":"volume""#) && text.contains(r#""account":"111122223333""#), "{text}");
        assert_eq!(serde_json::from_str::<Resource>(&text).unwrap(), volume());
        assert_eq!(volume().fact("volume_type"), "gp2");
        assert_eq!(volume().fact("nothing"), Value::Null);
    }
}
