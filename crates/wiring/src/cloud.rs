//! The AWS adapters of advice and change: the keys for each account, and the timer of plans.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_types::SdkConfig;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;
use tollgate_actions::Executor;
use tollgate_cloud::aws::{AccountConfigs, AwsCloud, ComputeOptimizer, CostOptimizationHub, Schedules, WakeTarget};
use tollgate_cloud::{Advisor, CallBudget, PollingTimer, Timer};
use tollgate_model::{AccountRegion, Clock};
use tollgate_pipeline::{Cloud, State};

use crate::WiringError;
use crate::aws::with_keys;
use crate::http_client::http_client;
use crate::identity::{assume_role, caller};

/// Keys of a role are valid for an hour; they are renewed before.
const KEYS_TTL: SignedDuration = SignedDuration::from_mins(45);

/// The roles in the accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AwsRoles {
    /// The name of the role in every other account.
    pub member: Option<String>,
    /// The external id that the role requires.
    pub external_id: Option<String>,
    /// The ARN of the role with which schedules start and stop instances.
    pub scheduler: String,
    /// The function that wakes plans; without it a process has to poll.
    pub wake: Option<WakeTarget>,
}

/// Configurations for accounts: the caller's own keys for its account, an assumed role for the others.
struct MemberAccounts {
    config: SdkConfig,
    home: String,
    roles: AwsRoles,
    run: String,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<String, (Timestamp, SdkConfig)>>,
}

#[async_trait]
impl AccountConfigs for MemberAccounts {
    async fn config(&self, account: &str) -> Result<SdkConfig, String> {
        if account == self.home {
            return Ok(self.config.clone());
        }
        let Some(role) = &self.roles.member else {
            return Err(format!("{account} is a different account, and TOLLGATE_ACTION_ROLE names no role in it"));
        };
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some((at, config)) = known.get(account)
            && now.duration_since(*at) < KEYS_TTL
        {
            return Ok(config.clone());
        }
        let external_id = self.roles.external_id.as_deref();
        let keys = assume_role(&self.config, account, role, external_id, &self.run).await;
        let keys = keys.map_err(|e| e.to_string())?;
        let config = with_keys(&self.config, &keys);
        known.insert(account.to_owned(), (now, config.clone()));
        Ok(config)
    }
}

/// Connects the ports of advice and change to AWS.
///
/// # Errors
///
/// When STS does not return the account of the keys, or the HTTP client cannot be built.
pub async fn connect_cloud(config: &SdkConfig, roles: AwsRoles, state: &State) -> Result<Cloud, WiringError> {
    let home = AccountRegion {
        account: caller(config).await?.account,
        region: config.region().map(ToString::to_string).unwrap_or_default(),
    };
    let http = http_client().map_err(|e| WiringError::Http(e.to_string()))?;
    let timer: Arc<dyn Timer> = match &roles.wake {
        Some(target) => Arc::new(Schedules::new(config, target.clone())),
        None => Arc::new(PollingTimer),
    };
    let (own, member, at_home) = (roles.scheduler.clone(), roles.member.clone(), home.account.clone());
    // member-actions.yaml creates a role for schedules besides the role for changes.
    let scheduler = move |account: &str| match &member {
        Some(member) if account != at_home => format!("arn:aws:iam::{account}:role/{member}-hours"),
        _ => own.clone(),
    };
    let accounts: Arc<dyn AccountConfigs> = Arc::new(MemberAccounts {
        config: config.clone(),
        home: home.account.clone(),
        roles,
        run: state.run.to_string(),
        clock: Arc::clone(&state.clock),
        known: Mutex::default(),
    });
    let budget = Arc::new(CallBudget::new(state.policy.advice.max_calls));
    let advisors: Vec<Arc<dyn Advisor>> = vec![
        Arc::new(ComputeOptimizer::new(Arc::clone(&accounts), Arc::clone(&budget))),
        Arc::new(CostOptimizationHub::new(Arc::clone(&accounts), Arc::clone(&budget))),
    ];
    let aws = Arc::new(AwsCloud::new(accounts, budget, http, Box::new(scheduler)));
    Ok(Cloud { inventory: aws.clone(), executor: Executor::new(aws), timer, advisors, home })
}
