//! AWS behind the ports of advice and change: which account is asked as whom, and who wakes a plan.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_types::SdkConfig;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;
use tollgate_actions::Executor;
use tollgate_cloud::aws::{Accounts, AwsCloud, ComputeOptimizer, CostOptimizationHub, Schedules, WakeTarget};
use tollgate_cloud::{Advisor, CallBudget, Polled, Timer};
use tollgate_model::{AccountRegion, Clock};
use tollgate_pipeline::{Cloud, PipelineError, State};
use tollgate_sources::aws_organization;

use crate::WiringError;
use crate::aws::as_role;

/// Keys of a role hold for an hour; they are asked for again before.
const KEYS_HOLD: SignedDuration = SignedDuration::from_mins(45);

/// The role that is assumed in each account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// A role of every other account, by its name.
    pub member: Option<String>,
    /// What it asks whoever assumes it for.
    pub external_id: Option<String>,
    /// Who starts and stops instances by schedule: a role's ARN.
    pub scheduler: String,
    /// What wakes a plan; without it whoever looks again and again finds it.
    pub wake: Option<WakeTarget>,
}

/// The caller's own account as itself, and others by a role.
struct Members {
    config: SdkConfig,
    home: String,
    roles: Roles,
    run: String,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<String, (Timestamp, SdkConfig)>>,
}

#[async_trait]
impl Accounts for Members {
    async fn config(&self, account: &str) -> Result<SdkConfig, String> {
        if account == self.home {
            return Ok(self.config.clone());
        }
        let Some(role) = &self.roles.member else {
            return Err(format!("{account} is another account, and TOLLGATE_ACTION_ROLE names no role of it"));
        };
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some((at, config)) = known.get(account)
            && now.duration_since(*at) < KEYS_HOLD
        {
            return Ok(config.clone());
        }
        let external_id = self.roles.external_id.as_deref();
        let keys = aws_organization::assume(&self.config, account, role, external_id, &self.run).await;
        let keys = keys.map_err(|e| e.to_string())?;
        let config = as_role(&self.config, &keys.access, &keys.secret, &keys.token);
        known.insert(account.to_owned(), (now, config.clone()));
        Ok(config)
    }
}

/// AWS, for advice and for change.
///
/// # Errors
///
/// When nobody says which account the keys belong to, or no connection can be made.
pub async fn cloud(config: &SdkConfig, roles: Roles, state: &State) -> Result<Cloud, WiringError> {
    let home = AccountRegion {
        account: aws_organization::caller(config).await.map_err(PipelineError::from)?,
        region: config.region().map(ToString::to_string).unwrap_or_default(),
    };
    let http = tollgate_channels::http::client().map_err(|e| WiringError::Http(e.to_string()))?;
    let timer: Arc<dyn Timer> = match &roles.wake {
        Some(target) => Arc::new(Schedules::new(config, target.clone())),
        None => Arc::new(Polled),
    };
    let (own, member, at_home) = (roles.scheduler.clone(), roles.member.clone(), home.account.clone());
    // member-actions.yaml makes the role of the schedules beside the one that changes.
    let scheduler = move |account: &str| match &member {
        Some(member) if account != at_home => format!("arn:aws:iam::{account}:role/{member}-hours"),
        _ => own.clone(),
    };
    let accounts: Arc<dyn Accounts> = Arc::new(Members {
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
