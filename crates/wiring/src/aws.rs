//! The AWS adapters of the pipeline: one table, one lake and one policy, for a function or the command line.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
pub use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::{RetryConfig, SharedHttpClient, TimeoutConfig};
use jiff::{SignedDuration, Timestamp};
use tollgate_channels::chat::SignatureError;
use tollgate_channels::verify_request;
#[cfg(feature = "athena")]
use tollgate_lake::Athena;
use tollgate_lake::{Lake, RotatingKeys, S3Place};
use tollgate_ledger::{DynamoTable, Ledger};
use tollgate_model::Clock;
use tollgate_model::hash::sha256_of;
use tollgate_pipeline::chat::{ChatRequest, Workspaces};
use tollgate_pipeline::{Cloud, Context, PipelineError, Sender, State};
use tollgate_policy::{Policy, PolicyError};
use tollgate_sources::aws_data_export::DataExport;

use tokio::sync::Mutex;

use crate::Settings;
use crate::cloud::{AwsRoles, connect_cloud};
use crate::http_client::http_client;
use crate::identity::IdentityError;
use crate::senders::{ChannelParts, senders, workspaces};
use crate::settings::{Access, AccessKeys};

/// A request without a connection fails after this time.
const CONNECT: Duration = Duration::from_secs(3);
/// One attempt of a request fails after this time.
const ATTEMPT: Duration = Duration::from_secs(20);
/// All attempts of a request together fail after this time.
const OPERATION: Duration = Duration::from_secs(60);
/// Attempts of a request, with jitter between them.
pub(crate) const ATTEMPTS: u32 = 4;

/// Why the wiring failed.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// A use case or a store failed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The policy in effect does not parse, so nothing is judged by it.
    #[error("the policy in effect cannot be read\n{0}\nhint: `tollgate config push` replaces it")]
    Policy(#[from] PolicyError),
    /// A setting is missing.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// The tokens of channels cannot be read.
    #[error(
        "the secrets of channels cannot be read: {what}\nhint: TOLLGATE_SECRET names a secret that holds a JSON object, by the names of tollgate.hcl"
    )]
    Secrets {
        /// What is wrong.
        what: String,
        /// Whether the same call may succeed later.
        retryable: bool,
    },
    /// STS gave no identity, or no keys of a role.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The machine's certificates cannot be read.
    #[error("no connection can be made: {0}")]
    Http(String),
}

impl WiringError {
    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Pipeline(error) => error.retryable(),
            Self::Secrets { retryable, .. } => *retryable,
            Self::Identity(error) => error.retryable(),
            Self::Policy(_) | Self::Missing(_) | Self::Http(_) => false,
        }
    }
}

/// The clock of the machine, or a fixed instant for tests (`TOLLGATE_NOW`).
struct MachineClock(Option<Timestamp>);

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "the wiring provides the clock")]
    fn now(&self) -> Timestamp {
        self.0.unwrap_or_else(Timestamp::now)
    }
}

/// A clock that always returns `fixed`, or the clock of the machine.
pub fn clock(fixed: Option<Timestamp>) -> Arc<dyn Clock> {
    Arc::new(MachineClock(fixed))
}

/// The HTTP client of all clients. An endpoint without encryption is one of a test.
pub(crate) fn http_client_for(endpoint: Option<&str>) -> SharedHttpClient {
    let http = aws_smithy_http_client::Builder::new();
    match endpoint.is_some_and(|e| e.starts_with("http://")) {
        true => http.build_http(),
        false => http.tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https(),
    }
}

pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build()
}

/// The configuration of all clients: every request has timeouts and is retried after a temporary failure.
pub fn connect(access: &Access) -> SdkConfig {
    let mut config = SdkConfig::builder()
        .region(Region::new(access.region.clone()))
        .credentials_provider(credentials(&access.keys))
        .http_client(http_client_for(access.endpoint.as_deref()))
        .timeout_config(timeouts())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
    if let Some(endpoint) = &access.endpoint {
        config = config.endpoint_url(endpoint);
    }
    config.build()
}

/// AWS, configured by settings.
pub struct Aws {
    /// The settings.
    pub settings: Settings,
    /// The configuration of all clients.
    pub config: SdkConfig,
    /// The ledger.
    pub ledger: Ledger,
    /// The source of the current time.
    pub clock: Arc<dyn Clock>,
    http: OnceLock<reqwest::Client>,
    secrets_manager: aws_sdk_secretsmanager::Client,
    secrets: Mutex<Option<(Timestamp, BTreeMap<String, String>)>>,
    /// Keys for S3 that expire; without them, those of the settings.
    rotating: Option<Arc<dyn RotatingKeys>>,
}

/// Secrets are read again after this time, so that a rotated one takes effect.
const SECRETS_TTL: SignedDuration = SignedDuration::from_mins(5);

impl Aws {
    /// Creates the clients; each connects with its first request. `writer` must be a name that no other process ever has.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>, writer: &str) -> Self {
        let config = connect(&settings.access);
        Self::with_config(settings, config, clock, writer)
    }

    /// As [`new`](Self::new), with a configuration whose keys expire and are renewed.
    #[cfg(feature = "chain")]
    pub fn on_machine(settings: Settings, config: SdkConfig, clock: Arc<dyn Clock>, writer: &str) -> Self {
        let keys = config.credentials_provider().map(|p| crate::chain::ChainKeys::new(p, Arc::clone(&clock)));
        let mut aws = Self::with_config(settings, config, clock, writer);
        aws.rotating = keys.map(|keys| Arc::new(keys) as Arc<dyn RotatingKeys>);
        aws
    }

    fn with_config(settings: Settings, config: SdkConfig, clock: Arc<dyn Clock>, writer: &str) -> Self {
        let table = DynamoTable::connect(&config, &settings.table, Arc::clone(&clock), writer);
        let ledger = Ledger::new(Arc::new(table), &settings.tenant);
        let secrets_manager = aws_sdk_secretsmanager::Client::new(&config);
        Self {
            settings,
            config,
            ledger,
            clock,
            http: OnceLock::new(),
            secrets_manager,
            secrets: Mutex::default(),
            rotating: None,
        }
    }

    /// Returns the same configuration with other keys.
    pub fn config_with(&self, keys: &AccessKeys) -> SdkConfig {
        with_keys(&self.config, keys)
    }

    /// The ports of advice and change, by a policy.
    ///
    /// # Errors
    ///
    /// When STS does not return the account of the keys.
    pub async fn cloud(&self, state: &State) -> Result<Cloud, WiringError> {
        let Settings { action_role, external_id, scheduler_role, wake, .. } = &self.settings;
        let roles = AwsRoles {
            member: action_role.clone(),
            external_id: external_id.clone(),
            scheduler: scheduler_role.clone(),
            wake: wake.clone(),
        };
        connect_cloud(&self.config, roles, state).await
    }

    /// The version of the policy in effect now: another policy has another version.
    ///
    /// # Errors
    ///
    /// When the ledger fails.
    pub async fn policy_version(&self) -> Result<String, WiringError> {
        let file = self.ledger.policy_file().await.map_err(PipelineError::from)?;
        Ok(file.map_or_else(|| "none".to_owned(), |file| sha256_of(file.text.as_bytes())))
    }

    /// A secret of the deployment, by its name; `None` where it has none of this name.
    ///
    /// # Errors
    ///
    /// When the secrets cannot be read.
    pub async fn secret(&self, name: &str) -> Result<Option<String>, WiringError> {
        if self.settings.secret.is_none() {
            return Ok(None);
        }
        Ok(self.all_secrets().await?.get(name).filter(|secret| !secret.is_empty()).cloned())
    }

    /// Reads the state, with the policy in effect now.
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

    /// Reads the state and opens the lake.
    ///
    /// # Errors
    ///
    /// Those of [`state`](Self::state), and when no lake is configured.
    pub async fn context(&self, run: &str) -> Result<Context, WiringError> {
        let bucket = named("TOLLGATE_LAKE", &self.settings.lake)?;
        let lake = Lake::s3(&self.place(bucket)).map_err(PipelineError::from)?;
        #[cfg(feature = "athena")]
        let lake = self.with_athena(lake, bucket);
        Ok(Context { state: self.state(run).await?, lake })
    }

    /// The lake, with Athena for queries over many bytes where settings name a workgroup.
    #[cfg(feature = "athena")]
    fn with_athena(&self, lake: Lake, bucket: &str) -> Lake {
        let Some(workgroup) = &self.settings.athena else { return lake };
        let athena = Athena::new(&self.config, workgroup, &self.settings.athena_database, bucket);
        lake.beyond(self.settings.athena_over, Arc::new(athena))
    }

    /// The data export, if the settings have one.
    ///
    /// # Errors
    ///
    /// When its location is invalid.
    pub fn export(&self) -> Result<Option<DataExport>, WiringError> {
        let Settings { export_bucket, export_folder, .. } = &self.settings;
        if export_bucket.is_empty() {
            return Ok(None);
        }
        let folder = named("TOLLGATE_EXPORT_FOLDER", export_folder)?;
        let store = self.place(export_bucket).open().map_err(PipelineError::from)?;
        Ok(Some(DataExport::new(store, export_bucket, folder)))
    }

    /// The channels of a policy.
    ///
    /// # Errors
    ///
    /// When the secrets that the policy names cannot be read.
    pub async fn senders(&self, policy: &Policy) -> Result<Vec<Sender>, WiringError> {
        let secrets = self.secrets(policy).await?;
        Ok(senders(policy, &self.parts(&|name| secrets.get(name).cloned())?))
    }

    /// The workspaces that may send requests, by a policy.
    ///
    /// # Errors
    ///
    /// When the secrets that the policy names cannot be read.
    pub async fn workspaces(&self, policy: &Policy) -> Result<Workspaces, WiringError> {
        let secrets = self.secrets(policy).await?;
        Ok(workspaces(policy, &self.parts(&|name| secrets.get(name).cloned())?))
    }

    fn parts<'p>(&'p self, secrets: &'p dyn Fn(&str) -> Option<String>) -> Result<ChannelParts<'p>, WiringError> {
        let http = match self.http.get() {
            Some(http) => http,
            None => {
                let http = http_client().map_err(|e| WiringError::Http(e.to_string()))?;
                self.http.get_or_init(|| http)
            }
        };
        let Settings { topic, bus, access, .. } = &self.settings;
        Ok(ChannelParts {
            secrets,
            aws: Ok(&self.config),
            topic: Some(topic.as_str()).filter(|t| !t.is_empty()),
            bus: Some(bus),
            http,
            endpoints: &access.channels,
        })
    }

    /// Whether a request was signed with a secret of this deployment. The secret is read only where time and signature have the form that
    /// a chat gives them, and nothing else is read.
    ///
    /// # Errors
    ///
    /// When the secret cannot be read.
    pub async fn is_signed(&self, request: &ChatRequest<'_>) -> Result<bool, WiringError> {
        let now = self.clock.now();
        // A request that is old, or has no signature at all, is refused whatever the secret is.
        let formed = verify_request("-", request, now) == Err(SignatureError::Forged);
        if !formed || self.settings.secret.is_none() {
            return Ok(false);
        }
        let secrets = self.all_secrets().await?;
        // Every secret is tried, so that the time does not reveal which one signed.
        let signed = |secret: &&String| !secret.is_empty() && verify_request(secret, request, now).is_ok();
        Ok(secrets.values().filter(signed).count() > 0)
    }

    /// Reads the secrets that a policy names. A policy that names none needs none.
    async fn secrets(&self, policy: &Policy) -> Result<BTreeMap<String, String>, WiringError> {
        if policy.secrets().is_empty() {
            return Ok(BTreeMap::new());
        }
        self.all_secrets().await
    }

    /// Reads all secrets of the deployment, from a cache for five minutes.
    async fn all_secrets(&self) -> Result<BTreeMap<String, String>, WiringError> {
        let id = self.settings.secret.as_deref().ok_or(WiringError::Missing("TOLLGATE_SECRET"))?;
        let mut known = self.secrets.lock().await;
        let now = self.clock.now();
        if let Some((read_at, secrets)) = &*known
            && now.duration_since(*read_at) < SECRETS_TTL
        {
            return Ok(secrets.clone());
        }
        let answer = self.secrets_manager.get_secret_value().secret_id(id).send().await.map_err(|error| {
            let retryable = error.as_service_error().is_none_or(|e| e.is_internal_service_error());
            // An error of Secrets Manager contains no secret.
            WiringError::Secrets { what: sdk_message(error.code(), error.message(), &error), retryable }
        })?;
        // The error must not contain the text of the secret.
        let secrets: BTreeMap<String, String> = serde_json::from_str(answer.secret_string().unwrap_or_default())
            .map_err(|_| WiringError::Secrets {
                what: format!("{id} is not a JSON object of strings"),
                retryable: false,
            })?;
        *known = Some((now, secrets.clone()));
        Ok(secrets)
    }

    fn place(&self, bucket: &str) -> S3Place {
        let Access { region, endpoint, keys, .. } = &self.settings.access;
        S3Place {
            bucket: bucket.to_owned(),
            region: region.clone(),
            endpoint: endpoint.clone(),
            credentials: (keys.access.clone(), keys.secret.clone(), keys.token.clone()),
            rotating: self.rotating.clone(),
        }
    }
}

/// Returns the same configuration with other keys.
pub(crate) fn with_keys(config: &SdkConfig, keys: &AccessKeys) -> SdkConfig {
    config.to_builder().credentials_provider(credentials(keys)).build()
}

/// The code and message of an error of AWS; without them, the causes.
pub(crate) fn sdk_message(code: Option<&str>, message: Option<&str>, error: &dyn std::error::Error) -> String {
    match (code, message) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        (None, _) => tollgate_model::text::causes(error),
    }
}

fn named<'a>(name: &'static str, value: &'a str) -> Result<&'a str, WiringError> {
    if value.is_empty() { Err(WiringError::Missing(name)) } else { Ok(value) }
}

fn credentials(keys: &AccessKeys) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(&keys.access, &keys.secret, keys.token.clone(), None, "role"))
}
