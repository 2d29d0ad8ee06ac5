//! AWS Cost Optimization Hub: recommendations of AWS for all services, where the organization has enrolled.
//!
//! It runs in us-east-1 and answers for every account and region that the caller may see.
//!
//! Source: AWS Cost Optimization Hub API reference, `ListRecommendations`. Read 2026-11-22.

use std::sync::Arc;

use async_trait::async_trait;
use tollgate_model::recommendation::{
    AdviceSource, AdviceSubject, Effort, Evidence, Recommendation, Saving, SavingBasis,
};
use tollgate_model::{AccountRegion, Currency, ResourceType, Risk};

use super::AccountConfigs;
use super::compute_optimizer::{config_of, money};
use super::error::cloud_error;
use crate::{Advisor, CallBudget, CloudError};

/// The region of the service.
const REGION: &str = "us-east-1";

/// Cost Optimization Hub.
pub struct CostOptimizationHub {
    accounts: Arc<dyn AccountConfigs>,
    budget: Arc<CallBudget>,
}

impl CostOptimizationHub {
    /// Creates the advisor. It opens no connection yet.
    pub fn new(accounts: Arc<dyn AccountConfigs>, budget: Arc<CallBudget>) -> Self {
        Self { accounts, budget }
    }
}

#[async_trait]
impl Advisor for CostOptimizationHub {
    fn name(&self) -> &'static str {
        AdviceSource::CostOptimizationHub.as_str()
    }

    async fn recommendations(&self, place: &AccountRegion) -> Result<Vec<Recommendation>, CloudError> {
        let operation = "cost-optimization-hub:ListRecommendations";
        let config = config_of(&*self.accounts, place, REGION.to_owned()).await?;
        let client = aws_sdk_costoptimizationhub::Client::new(&config);
        let mut pages = client.list_recommendations().into_paginator().send();
        let mut out = Vec::new();
        loop {
            self.budget.count(operation, place)?;
            let Some(page) = pages.next().await else { return Ok(out) };
            let page = match page {
                Ok(page) => page,
                // An account that has not enrolled gets a denial.
                Err(error) => match cloud_error(operation, place, &error) {
                    CloudError::Denied { message, .. } if message.to_lowercase().contains("enroll") => return Ok(out),
                    other => return Err(other),
                },
            };
            let more = page.next_token.as_ref().is_some_and(|t| !t.is_empty());
            out.extend(page.items.unwrap_or_default().iter().filter_map(read));
            if !more {
                return Ok(out);
            }
        }
    }
}

fn read(item: &aws_sdk_costoptimizationhub::types::Recommendation) -> Option<Recommendation> {
    let action = item.action_type()?;
    let of = item.current_resource_type().unwrap_or_default();
    let kind = kind(action, of)?;
    let resource_type = match of {
        "Ec2Instance" => Some(ResourceType::Instance),
        "EbsVolume" => Some(ResourceType::Volume),
        "LambdaFunction" => Some(ResourceType::Function),
        "RdsDbInstance" => Some(ResourceType::Database),
        "NatGateway" => Some(ResourceType::NatGateway),
        "ElasticLoadBalancer" => Some(ResourceType::LoadBalancer),
        _ => None,
    };
    let id = item.resource_id().or(item.recommendation_id())?.to_owned();
    let saving = item.estimated_monthly_savings.zip(item.currency_code()).and_then(|(v, c)| money(c, v));
    let saving = match saving {
        Some((amount, currency)) => Saving {
            between: Some((amount, amount)),
            currency,
            basis: SavingBasis::Source,
            covered: None,
            notes: Vec::new(),
        },
        None => Saving::unknown(Currency::UNKNOWN, "Cost Optimization Hub gives no saving"),
    };
    let summary = |t: Option<&str>| t.unwrap_or_default().to_owned();
    Some(Recommendation {
        id: String::new(),
        kind: kind.to_owned(),
        action_type: action.to_owned(),
        subject: AdviceSubject {
            resource_type,
            name: id.clone(),
            id,
            place: AccountRegion { account: summary(item.account_id()), region: summary(item.region()) },
        },
        what: format!(
            "{}: {} -> {}",
            action,
            summary(item.current_resource_summary()),
            summary(item.recommended_resource_summary())
        ),
        evidence: vec![Evidence { what: "source".to_owned(), value: summary(item.source().map(|s| s.as_str())) }],
        cost_per_month: None,
        saving,
        confidence_percent: 75,
        implementation_effort: match item.implementation_effort() {
            Some("VeryLow") => Effort::VeryLow,
            Some("Low") => Effort::Low,
            Some("High") => Effort::High,
            Some("VeryHigh") => Effort::VeryHigh,
            _ => Effort::Medium,
        },
        restart_needed: item.restart_needed.unwrap_or(true),
        rollback_possible: item.rollback_possible.unwrap_or(false),
        risk: if item.rollback_possible == Some(true) { Risk::Medium } else { Risk::High },
        source: AdviceSource::CostOptimizationHub,
        also: Vec::new(),
        instead: None,
        suggested_change: None,
        score: 0,
    })
}

/// Tollgate's kind of the same advice, so that the saving is not counted twice.
fn kind(action: &str, of: &str) -> Option<&'static str> {
    Some(match (action, of) {
        ("Rightsize", "Ec2Instance") => "rightsize_instance",
        ("Rightsize", "RdsDbInstance") => "rightsize_database",
        ("Rightsize", "LambdaFunction") => "function_memory",
        ("Stop" | "Delete", "Ec2Instance") => "idle_instance",
        ("Stop" | "Delete", "RdsDbInstance") => "idle_database",
        ("Delete", "EbsVolume") => "unattached_volume",
        ("Upgrade", "EbsVolume") => "gp2_to_gp3",
        ("Rightsize", "EbsVolume") => "provisioned_iops",
        ("Delete", "NatGateway") => "idle_nat_gateway",
        ("Delete", "ElasticLoadBalancer") => "idle_load_balancer",
        ("Upgrade", "Ec2Instance" | "RdsDbInstance") => "previous_generation",
        ("MigrateToGraviton", "LambdaFunction") => "function_architecture",
        ("PurchaseSavingsPlans", _) => "savings_plan",
        ("PurchaseReservedInstances", _) => "reserved_instances",
        _ => return None,
    })
}
