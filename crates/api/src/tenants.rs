//! Tenants: the store of each. The tenant of a request is that of its caller, and never a parameter.

use async_trait::async_trait;
use tollgate_pipeline::{Context, State};

use crate::problem::Problem;

/// The store of a tenant, for one request.
#[derive(Clone)]
pub struct TenantStore {
    /// The ledger, the charges, the policy and the time.
    pub context: Context,
    /// The version of the policy in effect: another policy has another version.
    pub policy_version: String,
    /// What cannot be done with the store here.
    pub refusals: StoreRefusals,
}

/// What cannot be done with a store here: the reason, and what to do instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreRefusals {
    /// Why a policy file cannot be put into effect.
    pub push_policy: Option<&'static str>,
    /// Why changes cannot be stopped and resumed.
    pub stop_changes: Option<&'static str>,
}

/// The port of the stores of tenants.
#[async_trait]
pub trait Tenants: Send + Sync {
    /// Opens the store of a tenant. Messages and audit entries of the request carry its id.
    ///
    /// # Errors
    ///
    /// When there is no such tenant, or its store does not answer.
    async fn store(&self, tenant: &str, request: &str) -> Result<TenantStore, Problem>;

    /// Verifies that the stores answer.
    ///
    /// # Errors
    ///
    /// When one does not.
    async fn check(&self) -> Result<(), Problem>;
}

/// The one tenant of a machine.
pub struct OneTenant {
    tenant: String,
    store: TenantStore,
}

impl OneTenant {
    /// The store of a machine, for callers of one tenant.
    pub fn new(tenant: &str, store: TenantStore) -> Self {
        Self { tenant: tenant.to_owned(), store }
    }
}

#[async_trait]
impl Tenants for OneTenant {
    async fn store(&self, tenant: &str, request: &str) -> Result<TenantStore, Problem> {
        if tenant != self.tenant {
            // An identity of another tenant is valid elsewhere, and sees nothing here.
            return Err(Problem::not_found("this server has no store of your tenant"));
        }
        let context = &self.store.context;
        let state = State { run: request.into(), ..context.state.clone() };
        Ok(TenantStore { context: Context { state, ..context.clone() }, ..self.store.clone() })
    }

    async fn check(&self) -> Result<(), Problem> {
        self.store.context.state.ledger.audit_head().await?;
        Ok(())
    }
}
