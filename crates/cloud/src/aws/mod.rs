//! The AWS adapter of the ports: clients by place, one file a service.

/// Reads all pages of a list. Each page counts as a call, and an error of one page is an error of the list.
macro_rules! pages {
    ($clients:expr, $operation:expr, $request:expr, $token:ident, $of:ident) => {{
        let mut pages = $request.into_paginator().send();
        let mut out = Vec::new();
        loop {
            $clients.count($operation)?;
            let Some(page) = pages.next().await else { break };
            let page = page.map_err(|e| $crate::aws::error::cloud_error($operation, &$clients.place, &e))?;
            let more = page.$token.as_ref().is_some_and(|t| !t.is_empty());
            out.extend(page.$of.unwrap_or_default());
            if !more {
                break;
            }
        }
        out
    }};
}

mod buckets;
mod compute_optimizer;
mod control;
mod cost_optimization_hub;
mod databases;
mod ec2;
mod error;
mod functions;
mod health;
mod load_balancers;
mod logs;
mod metrics;
mod parameters;
mod tags;
mod timer;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::RetryConfig;
use futures::lock::Mutex;
use jiff::Timestamp;
use tollgate_model::{AccountRegion, ApiCall, HealthCheck, Hourly, Resource, ResourceType};

pub use compute_optimizer::ComputeOptimizer;
pub use cost_optimization_hub::CostOptimizationHub;
pub use timer::{Schedules, WakeTarget};

use crate::{CallBudget, CallOutcome, CloudError, Control, Health, Inventory, MetricRequest};

/// A port: the configuration, with keys, for an account.
#[async_trait]
pub trait AccountConfigs: Send + Sync {
    /// Returns a configuration with keys that may read an account, and change it. Errors say why there are none.
    async fn config(&self, account: &str) -> Result<SdkConfig, String>;
}

/// The same keys for every account.
pub struct SingleAccount(pub SdkConfig);

#[async_trait]
impl AccountConfigs for SingleAccount {
    async fn config(&self, _: &str) -> Result<SdkConfig, String> {
        Ok(self.0.clone())
    }
}

/// Returns the ARN of the role that schedules of an account start and stop instances with.
pub type RoleOf = Box<dyn Fn(&str) -> String + Send + Sync>;

/// AWS, with clients by place.
pub struct AwsCloud {
    accounts: Arc<dyn AccountConfigs>,
    budget: Arc<CallBudget>,
    http: reqwest::Client,
    scheduler_role: RoleOf,
    clients: Mutex<HashMap<AccountRegion, Arc<Clients>>>,
}

/// Clients of one place. Clients that change something never retry by themselves: whether an unanswered call took effect is
/// checked first.
struct Clients {
    place: AccountRegion,
    budget: Arc<CallBudget>,
    ec2: aws_sdk_ec2::Client,
    rds: aws_sdk_rds::Client,
    elb: aws_sdk_elasticloadbalancingv2::Client,
    lambda: aws_sdk_lambda::Client,
    s3: aws_sdk_s3::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    tagging: aws_sdk_resourcegroupstagging::Client,
    scheduler: aws_sdk_scheduler::Client,
}

impl Clients {
    fn new(config: &SdkConfig, place: &AccountRegion, budget: Arc<CallBudget>) -> Self {
        // Bucket names with dots match no certificate as host names, so they go into the path.
        let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
        Self {
            place: place.clone(),
            budget,
            ec2: aws_sdk_ec2::Client::new(config),
            rds: aws_sdk_rds::Client::new(config),
            elb: aws_sdk_elasticloadbalancingv2::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            tagging: aws_sdk_resourcegroupstagging::Client::new(config),
            scheduler: aws_sdk_scheduler::Client::new(config),
        }
    }

    /// Counts a call before it is made.
    fn count(&self, operation: &str) -> Result<(), CloudError> {
        self.budget.count(operation, &self.place)
    }
}

impl AwsCloud {
    /// Creates the adapter. It opens no connection yet. `http` requests the addresses of health checks; `scheduler_role` returns the role
    /// of schedules.
    pub fn new(
        accounts: Arc<dyn AccountConfigs>,
        budget: Arc<CallBudget>,
        http: reqwest::Client,
        scheduler_role: RoleOf,
    ) -> Self {
        Self { accounts, budget, http, scheduler_role, clients: Mutex::default() }
    }

    async fn config(&self, place: &AccountRegion) -> Result<SdkConfig, CloudError> {
        let config = self.accounts.config(&place.account).await.map_err(|message| CloudError::Denied {
            operation: "sts:AssumeRole".to_owned(),
            place: place.clone(),
            message,
        })?;
        Ok(config.to_builder().region(Region::new(place.region.clone())).build())
    }

    async fn clients(&self, place: &AccountRegion) -> Result<Arc<Clients>, CloudError> {
        let mut known = self.clients.lock().await;
        if let Some(clients) = known.get(place) {
            return Ok(Arc::clone(clients));
        }
        let clients = Arc::new(Clients::new(&self.config(place).await?, place, Arc::clone(&self.budget)));
        known.insert(place.clone(), Arc::clone(&clients));
        Ok(clients)
    }
}

#[async_trait]
impl Inventory for AwsCloud {
    async fn list(&self, place: &AccountRegion, of: ResourceType) -> Result<Vec<Resource>, CloudError> {
        let clients = self.clients(place).await?;
        match of {
            ResourceType::Instance => ec2::instances(&clients, &[], &[]).await,
            ResourceType::Volume => ec2::volumes(&clients, &[], &[]).await,
            ResourceType::Snapshot => ec2::snapshots(&clients, &[], &[]).await,
            ResourceType::Image => ec2::images(&clients, &[]).await,
            ResourceType::Address => ec2::addresses(&clients, &[], &[]).await,
            ResourceType::NatGateway => ec2::nat_gateways(&clients, &[]).await,
            ResourceType::LoadBalancer => load_balancers::list(&clients).await,
            ResourceType::Database => databases::list(&clients, None).await,
            ResourceType::Function => functions::list(&clients).await,
            ResourceType::Bucket => buckets::list(&clients).await,
            ResourceType::LogGroup => logs::list(&clients, None).await,
        }
    }

    async fn read(&self, place: &AccountRegion, of: ResourceType, id: &str) -> Result<Option<Resource>, CloudError> {
        let clients = self.clients(place).await?;
        let ids = [id.to_owned()];
        let found = match of {
            ResourceType::Instance => ec2::instance(&clients, id).await,
            ResourceType::Volume => ec2::volume(&clients, id).await,
            ResourceType::Snapshot => ec2::snapshots(&clients, &ids, &[]).await,
            ResourceType::Image => ec2::images(&clients, &ids).await,
            ResourceType::Address => ec2::addresses(&clients, &ids, &[]).await,
            ResourceType::NatGateway => ec2::nat_gateways(&clients, &ids).await,
            ResourceType::LoadBalancer => load_balancers::one(&clients, id).await,
            ResourceType::Database => databases::list(&clients, Some(id)).await,
            ResourceType::Function => functions::one(&clients, id).await,
            ResourceType::Bucket => buckets::one(&clients, id).await,
            ResourceType::LogGroup => logs::list(&clients, Some(id)).await,
        };
        match found {
            Ok(found) => Ok(found.into_iter().next().filter(|r| !is_gone(r))),
            Err(CloudError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn created_by_step(
        &self,
        place: &AccountRegion,
        of: ResourceType,
        step: &str,
    ) -> Result<Option<Resource>, CloudError> {
        let clients = self.clients(place).await?;
        let tagged = [ec2::tagged(crate::STEP_TAG, step)];
        let found = match of {
            ResourceType::Volume => ec2::volumes(&clients, &[], &tagged).await?,
            ResourceType::Snapshot => ec2::snapshots(&clients, &[], &tagged).await?,
            ResourceType::Address => ec2::addresses(&clients, &[], &tagged).await?,
            _ => {
                let message = format!("no step creates a {of}");
                return Err(CloudError::Refused {
                    operation: "created_by_step".to_owned(),
                    place: place.clone(),
                    message,
                });
            }
        };
        Ok(found.into_iter().find(|r| !is_gone(r)))
    }

    async fn schedule_exists(&self, place: &AccountRegion, name: &str) -> Result<bool, CloudError> {
        control::schedule_exists(&*self.clients(place).await?, name).await
    }

    async fn metrics(
        &self,
        place: &AccountRegion,
        wanted: &[MetricRequest],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Option<Hourly>>, CloudError> {
        metrics::hourly(&*self.clients(place).await?, wanted, from, to).await
    }

    async fn health(&self, place: &AccountRegion, check: &HealthCheck, now: Timestamp) -> Health {
        let place = match check {
            HealthCheck::Alarm { place: Some(place), .. } => place,
            _ => place,
        };
        match self.clients(place).await {
            Ok(clients) => health::check(&clients, &self.http, check, now).await,
            Err(error) => Health::Unhealthy(format!("{check}: not checked: {error}")),
        }
    }

    fn calls(&self) -> BTreeMap<String, u64> {
        self.budget.made()
    }
}

#[async_trait]
impl Control for AwsCloud {
    async fn perform(&self, place: &AccountRegion, call: &ApiCall, dry_run: bool) -> Result<CallOutcome, CloudError> {
        let config = self.config(place).await?;
        let once = config.to_builder().retry_config(RetryConfig::disabled()).build();
        let clients = Clients::new(&once, place, Arc::clone(&self.budget));
        control::perform(&clients, call, &(self.scheduler_role)(&place.account), dry_run).await
    }
}

/// An instant of an SDK; `None` when it is outside the calendar.
fn instant(at: aws_sdk_ec2::primitives::DateTime) -> Option<Timestamp> {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}

/// Whether a resource was deleted: some lists keep it for a while.
fn is_gone(resource: &Resource) -> bool {
    let state = resource.fact("state");
    ["terminated", "shutting-down", "deleted", "deleting", "deregistered"].iter().any(|gone| state == *gone)
}
