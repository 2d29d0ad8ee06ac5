//! AWS behind the pipeline's ports: one table, one lake, one policy, for a function or for the command line.

use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
pub use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::{RetryConfig, TimeoutConfig};
use jiff::Timestamp;
use tollgate_channels::{Channel, EventBridge, Sns};
use tollgate_lake::{Athena, Lake, S3Place};
use tollgate_ledger::{Clock, DynamoTable, Ledger};
use tollgate_pipeline::{Context, PipelineError, State};
use tollgate_policy::{Policy, PolicyError};
use tollgate_sources::aws_data_export::DataExport;

use crate::Settings;
use crate::settings::{Access, Keys};

/// A request that gets no connection ends after this.
const CONNECT: Duration = Duration::from_secs(3);
/// One attempt ends after this.
const ATTEMPT: Duration = Duration::from_secs(20);
/// All attempts together end after this.
const OPERATION: Duration = Duration::from_secs(60);
/// Attempts of a request, with jitter between them.
const ATTEMPTS: u32 = 4;

/// Why something cannot be had from AWS.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// A use case or a store failed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The policy in effect does not parse: nothing is judged by a policy that nobody can read.
    #[error("the policy in effect cannot be read\n{0}\nhint: `tollgate config push` puts another into effect")]
    Policy(#[from] PolicyError),
    /// A setting is missing.
    #[error("{0} is not set")]
    Missing(&'static str),
}

impl WiringError {
    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Pipeline(error) => error.retryable(),
            Self::Policy(_) | Self::Missing(_) => false,
        }
    }
}

/// The clock of the machine; `TOLLGATE_NOW` sets it for tests.
struct MachineClock(Option<Timestamp>);

impl Clock for MachineClock {
    #[allow(clippy::disallowed_methods)] // here the clock comes in
    fn now(&self) -> Timestamp {
        self.0.unwrap_or_else(Timestamp::now)
    }
}

/// A clock that stands still at an instant, or the machine's.
pub fn clock(fixed: Option<Timestamp>) -> Arc<dyn Clock> {
    Arc::new(MachineClock(fixed))
}

/// What all clients share: no request without a timeout, none that fails for a moment not tried again.
pub fn connect(access: &Access) -> SdkConfig {
    let plain = access.endpoint.as_ref().is_some_and(|e| e.starts_with("http://"));
    let http = aws_smithy_http_client::Builder::new();
    let http = match plain {
        true => http.build_http(),
        false => http.tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https(),
    };
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build();
    let mut config = SdkConfig::builder()
        .region(Region::new(access.region.clone()))
        .credentials_provider(credentials(&access.keys))
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
    if let Some(endpoint) = &access.endpoint {
        config = config.endpoint_url(endpoint);
    }
    config.build()
}

/// AWS, as settings say.
pub struct Aws {
    /// The settings.
    pub settings: Settings,
    /// What all clients share.
    pub config: SdkConfig,
    /// The ledger.
    pub ledger: Ledger,
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
}

impl Aws {
    /// Connects nothing yet: each client does with its first request. `writer` is a name that no other process ever has.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>, writer: &str) -> Self {
        let config = connect(&settings.access);
        let table = DynamoTable::connect(&config, &settings.table, Arc::clone(&clock), writer);
        let ledger = Ledger::new(Arc::new(table), &settings.tenant);
        Self { settings, config, ledger, clock }
    }

    /// The same, as somebody with other keys.
    pub fn config_as(&self, access: &str, secret: &str, token: &str) -> SdkConfig {
        let keys = Keys { access: access.to_owned(), secret: secret.to_owned(), token: Some(token.to_owned()) };
        self.config.to_builder().credentials_provider(credentials(&keys)).build()
    }

    /// State, with the policy in effect now.
    ///
    /// # Errors
    ///
    /// When the ledger fails or the policy does not parse.
    pub async fn state(&self, run: &str) -> Result<State, WiringError> {
        let file = self.ledger.policy_file().await.map_err(PipelineError::from)?;
        let policy = match file {
            Some(file) => Policy::parse("tollgate.hcl", &file.text)?,
            None => Policy::without_file(),
        };
        Ok(State {
            ledger: self.ledger.clone(),
            policy: Arc::new(policy),
            clock: Arc::clone(&self.clock),
            run: run.into(),
        })
    }

    /// State, and the lake beside it.
    ///
    /// # Errors
    ///
    /// Those of [`state`](Self::state), and when no lake is named.
    pub async fn context(&self, run: &str) -> Result<Context, WiringError> {
        let bucket = named("TOLLGATE_LAKE", &self.settings.lake)?;
        let mut lake = Lake::s3(&self.place(bucket)).map_err(PipelineError::from)?;
        if let Some(workgroup) = &self.settings.athena {
            let athena = Athena::new(&self.config, workgroup, &self.settings.athena_database, bucket);
            lake = lake.beyond(self.settings.athena_over, Arc::new(athena));
        }
        Ok(Context { state: self.state(run).await?, lake })
    }

    /// The data export, where settings name one.
    ///
    /// # Errors
    ///
    /// When its place cannot be understood.
    pub fn export(&self) -> Result<Option<DataExport>, WiringError> {
        let Settings { export_bucket, export_folder, .. } = &self.settings;
        if export_bucket.is_empty() {
            return Ok(None);
        }
        let folder = named("TOLLGATE_EXPORT_FOLDER", export_folder)?;
        let store = self.place(export_bucket).open().map_err(PipelineError::from)?;
        Ok(Some(DataExport::new(store, export_bucket, folder)))
    }

    /// Every channel that messages go to.
    ///
    /// # Errors
    ///
    /// When no topic is named.
    pub fn channels(&self) -> Result<Vec<Box<dyn Channel>>, WiringError> {
        let topic = named("TOLLGATE_TOPIC", &self.settings.topic)?;
        Ok(vec![Box::new(Sns::new(&self.config, topic)), Box::new(EventBridge::new(&self.config, &self.settings.bus))])
    }

    fn place(&self, bucket: &str) -> S3Place {
        let Access { region, endpoint, keys } = &self.settings.access;
        S3Place {
            bucket: bucket.to_owned(),
            region: region.clone(),
            endpoint: endpoint.clone(),
            credentials: (keys.access.clone(), keys.secret.clone(), keys.token.clone()),
        }
    }
}

fn named<'a>(name: &'static str, value: &'a str) -> Result<&'a str, WiringError> {
    if value.is_empty() { Err(WiringError::Missing(name)) } else { Ok(value) }
}

fn credentials(keys: &Keys) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(&keys.access, &keys.secret, keys.token.clone(), None, "role"))
}
