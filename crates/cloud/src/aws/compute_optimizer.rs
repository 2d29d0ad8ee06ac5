//! AWS Compute Optimizer: rightsizing of instances, where the account has enrolled.
//!
//! Source: AWS Compute Optimizer API reference, `GetEC2InstanceRecommendations`. Read 2026-11-22.

use std::sync::Arc;

use async_trait::async_trait;
use aws_types::SdkConfig;
use aws_types::region::Region;
use serde_json::{Map, Value};
use tollgate_model::recommendation::{
    AdviceSource, AdviceSubject, Effort, Evidence, Recommendation, Saving, SavingBasis, SuggestedChange,
};
use tollgate_model::{AccountRegion, Amount, Currency, ResourceType, Risk};

use super::AccountConfigs;
use super::error::cloud_error;
use crate::{Advisor, CallBudget, CloudError};

/// Compute Optimizer, by place.
pub struct ComputeOptimizer {
    accounts: Arc<dyn AccountConfigs>,
    budget: Arc<CallBudget>,
}

impl ComputeOptimizer {
    /// Creates the advisor. It opens no connection yet.
    pub fn new(accounts: Arc<dyn AccountConfigs>, budget: Arc<CallBudget>) -> Self {
        Self { accounts, budget }
    }

    async fn client(&self, place: &AccountRegion) -> Result<aws_sdk_computeoptimizer::Client, CloudError> {
        let config = config_of(&*self.accounts, place, place.region.clone()).await?;
        Ok(aws_sdk_computeoptimizer::Client::new(&config))
    }
}

/// The configuration for an account and a region.
pub(super) async fn config_of(
    accounts: &dyn AccountConfigs,
    place: &AccountRegion,
    region: String,
) -> Result<SdkConfig, CloudError> {
    let config = accounts.config(&place.account).await.map_err(|message| CloudError::Denied {
        operation: "sts:AssumeRole".to_owned(),
        place: place.clone(),
        message,
    })?;
    Ok(config.to_builder().region(Region::new(region)).build())
}

#[async_trait]
impl Advisor for ComputeOptimizer {
    fn name(&self) -> &'static str {
        AdviceSource::ComputeOptimizer.as_str()
    }

    async fn recommendations(&self, place: &AccountRegion) -> Result<Vec<Recommendation>, CloudError> {
        let operation = "compute-optimizer:GetEC2InstanceRecommendations";
        let client = self.client(place).await?;
        let mut out = Vec::new();
        let mut next = None;
        loop {
            self.budget.count(operation, place)?;
            let answer = match client.get_ec2_instance_recommendations().set_next_token(next).send().await {
                Ok(answer) => answer,
                Err(error) if error.as_service_error().is_some_and(|e| e.is_opt_in_required_exception()) => {
                    return Ok(out);
                }
                Err(error) => return Err(cloud_error(operation, place, &error)),
            };
            for found in answer.instance_recommendations.unwrap_or_default() {
                out.extend(read(&found, place));
            }
            next = answer.next_token.filter(|t| !t.is_empty());
            if next.is_none() {
                return Ok(out);
            }
        }
    }
}

fn read(
    found: &aws_sdk_computeoptimizer::types::InstanceRecommendation,
    place: &AccountRegion,
) -> Option<Recommendation> {
    // Under-provisioned instances cost more afterwards, which is no saving.
    if found.finding.as_ref()?.as_str() != "OVER_PROVISIONED" {
        return None;
    }
    let id = found.instance_arn()?.rsplit('/').next()?.to_owned();
    let best = found.recommendation_options().iter().min_by_key(|o| o.rank)?;
    let (from, to) = (found.current_instance_type()?, best.instance_type()?);
    let saved = best.savings_opportunity_after_discounts.as_ref();
    let after = saved
        .and_then(|s| s.estimated_monthly_savings.as_ref())
        .and_then(|s| money(s.currency.as_ref()?.as_str(), s.value));
    let list = best.savings_opportunity.as_ref().and_then(|s| s.estimated_monthly_savings.as_ref());
    let list = list.and_then(|s| money(s.currency.as_ref()?.as_str(), s.value));
    let saving = match after.or(list) {
        Some((amount, currency)) => Saving {
            between: Some((amount, amount)),
            currency,
            basis: SavingBasis::Source,
            covered: None,
            notes: Vec::new(),
        },
        None => Saving::unknown(Currency::UNKNOWN, "Compute Optimizer gives no saving"),
    };
    let reasons = found.finding_reason_codes().iter().map(|r| r.as_str()).collect::<Vec<_>>().join(", ");
    Some(Recommendation {
        id: String::new(),
        kind: "rightsize_instance".to_owned(),
        action_type: "Rightsize".to_owned(),
        subject: AdviceSubject {
            resource_type: Some(ResourceType::Instance),
            name: found.instance_name().filter(|n| !n.is_empty()).unwrap_or(&id).to_owned(),
            id,
            place: place.clone(),
        },
        what: format!("resize from {from} to {to}"),
        evidence: vec![Evidence { what: "Compute Optimizer's reasons".to_owned(), value: reasons }],
        saving,
        cost_per_month: None,
        confidence_percent: match best.migration_effort.as_ref().map(|e| e.as_str()) {
            Some("VeryLow") => 90,
            Some("Low") => 80,
            _ => 65,
        },
        implementation_effort: Effort::Medium,
        restart_needed: true,
        rollback_possible: true,
        risk: Risk::Medium,
        source: AdviceSource::ComputeOptimizer,
        also: Vec::new(),
        instead: None,
        suggested_change: Some(SuggestedChange {
            kind: "resize_instance".to_owned(),
            with: Map::from_iter([("instance_type".to_owned(), Value::from(to))]),
        }),
        score: 0,
    })
}

/// Converts a float of an SDK to the shortest decimal that has its value.
pub(super) fn money(currency: &str, value: f64) -> Option<(Amount, Currency)> {
    Some((Amount::from_shortest(value).ok()?, currency.parse().ok()?))
}
