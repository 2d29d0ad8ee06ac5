//! The status of budgets from the table of a deployment: the last status of every budget of the policy file.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_types::sdk_config::TimeoutConfig;
use tollgate_ledger::{DynamoTable, Ledger};
use tollgate_model::Clock;
use tollgate_model::budget::BudgetExport;

/// The time limit of a request with all its attempts.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The instant of the run.
#[derive(Debug)]
struct Now(jiff::Timestamp);

impl Clock for Now {
    fn now(&self) -> jiff::Timestamp {
        self.0
    }
}

/// Reads `TABLE` or `TABLE/TENANT`, with the AWS keys and the region of the environment.
#[expect(clippy::disallowed_methods, reason = "the edge of the program reads the clock and the environment")]
pub(super) async fn read(place: &str, budgets: &[String]) -> anyhow::Result<BudgetExport> {
    let (table, tenant) = place.split_once('/').unwrap_or((place, "main"));
    let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let needed = |name: &str| variable(name).with_context(|| format!("{name} is not set"));
    let session = variable("AWS_SESSION_TOKEN");
    let keys = aws_credential_types::Credentials::new(
        needed("AWS_ACCESS_KEY_ID")?,
        needed("AWS_SECRET_ACCESS_KEY")?,
        session,
        None,
        "environment",
    );
    let endpoint = variable("AWS_ENDPOINT_URL");
    let http = aws_smithy_http_client::Builder::new();
    let http = match endpoint.as_ref().is_some_and(|e| e.starts_with("http://")) {
        true => http.build_http(),
        false => http.tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https(),
    };
    let mut config = aws_types::SdkConfig::builder()
        .region(aws_types::region::Region::new(needed("AWS_REGION")?))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .http_client(http)
        .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build());
    config.set_endpoint_url(endpoint);
    let now = super::inputs::instant()?;
    let table = DynamoTable::connect(&config.build(), table, Arc::new(Now(now)), "policy-gate");
    let ledger = Ledger::new(Arc::new(table), tenant);
    let mut found = Vec::new();
    for name in budgets {
        let status =
            ledger.last_budget_status(name).await.with_context(|| format!("budget \"{name}\" in the table"))?;
        found.extend(status);
    }
    if found.is_empty() {
        bail!("the table has no status of any budget of the policy file");
    }
    Ok(BudgetExport { version: 1, generated_at: now, budgets: found, signature: None })
}
