//! AWS behind the pipeline's ports: one table, one lake, one policy, for a function or for the command line.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_secretsmanager::error::DisplayErrorContext;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
pub use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::{RetryConfig, TimeoutConfig};
use jiff::{SignedDuration, Timestamp};
use tollgate_channels::chat::SignatureError;
use tollgate_channels::verify_request;
#[cfg(feature = "athena")]
use tollgate_lake::Athena;
use tollgate_lake::{Lake, S3Place};
use tollgate_ledger::{DynamoTable, Ledger};
use tollgate_model::Clock;
use tollgate_pipeline::chat::{ChatRequest, Workspaces};
use tollgate_pipeline::{Cloud, Context, PipelineError, Sender, State};
use tollgate_policy::{Policy, PolicyError};
use tollgate_sources::aws_data_export::DataExport;

use tokio::sync::Mutex;

use crate::Settings;
use crate::cloud::{Roles, cloud};
use crate::senders::{ChannelParts, senders, workspaces};
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
            Self::Policy(_) | Self::Missing(_) | Self::Http(_) => false,
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
    http: OnceLock<reqwest::Client>,
    secrets_manager: aws_sdk_secretsmanager::Client,
    secrets: Mutex<Option<(Timestamp, BTreeMap<String, String>)>>,
}

/// Tokens of channels are asked for again after this, so that one that was changed is found.
const SECRETS_HOLD: SignedDuration = SignedDuration::from_mins(5);

impl Aws {
    /// Connects nothing yet: each client does with its first request. `writer` is a name that no other process ever has.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>, writer: &str) -> Self {
        let config = connect(&settings.access);
        let table = DynamoTable::connect(&config, &settings.table, Arc::clone(&clock), writer);
        let ledger = Ledger::new(Arc::new(table), &settings.tenant);
        let secrets_manager = aws_sdk_secretsmanager::Client::new(&config);
        Self { settings, config, ledger, clock, http: OnceLock::new(), secrets_manager, secrets: Mutex::default() }
    }

    /// The same, as somebody with other keys.
    pub fn config_as(&self, access: &str, secret: &str, token: &str) -> SdkConfig {
        as_role(&self.config, access, secret, token)
    }

    /// AWS for advice and for change, by a policy.
    ///
    /// # Errors
    ///
    /// When nobody says which account the keys belong to.
    pub async fn cloud(&self, state: &State) -> Result<Cloud, WiringError> {
        let Settings { action_role, external_id, scheduler_role, wake, .. } = &self.settings;
        let roles = Roles {
            member: action_role.clone(),
            external_id: external_id.clone(),
            scheduler: scheduler_role.clone(),
            wake: wake.clone(),
        };
        cloud(&self.config, roles, state).await
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

    /// Every channel that messages go to, by a policy.
    ///
    /// # Errors
    ///
    /// When the secrets that the policy names cannot be read.
    pub async fn senders(&self, policy: &Policy) -> Result<Vec<Sender>, WiringError> {
        let secrets = self.secrets(policy).await?;
        Ok(senders(policy, &self.parts(&|name| secrets.get(name).cloned())?))
    }

    /// Every workspace that may ask, by a policy.
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
                let http = tollgate_channels::http::client().map_err(|e| WiringError::Http(e.to_string()))?;
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

    /// What the deployment's secret has of what a policy names. A policy that names no secret needs none.
    async fn secrets(&self, policy: &Policy) -> Result<BTreeMap<String, String>, WiringError> {
        if policy.secrets().is_empty() {
            return Ok(BTreeMap::new());
        }
        self.all_secrets().await
    }

    /// What the deployment's secret has, asked for again after five minutes.
    async fn all_secrets(&self) -> Result<BTreeMap<String, String>, WiringError> {
        let id = self.settings.secret.as_deref().ok_or(WiringError::Missing("TOLLGATE_SECRET"))?;
        let mut known = self.secrets.lock().await;
        let now = self.clock.now();
        if let Some((read_at, secrets)) = &*known
            && now.duration_since(*read_at) < SECRETS_HOLD
        {
            return Ok(secrets.clone());
        }
        let answer = self.secrets_manager.get_secret_value().secret_id(id).send().await.map_err(|error| {
            let retryable = error.as_service_error().is_none_or(|e| e.is_internal_service_error());
            // What Secrets Manager says of a failure holds no secret.
            WiringError::Secrets { what: DisplayErrorContext(&error).to_string(), retryable }
        })?;
        // A fault of the text itself is told without the text.
        let secrets: BTreeMap<String, String> = serde_json::from_str(answer.secret_string().unwrap_or_default())
            .map_err(|_| WiringError::Secrets { what: format!("{id} is no JSON object of texts"), retryable: false })?;
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
        }
    }
}

/// The same, as somebody with other keys.
pub(crate) fn as_role(config: &SdkConfig, access: &str, secret: &str, token: &str) -> SdkConfig {
    let keys = Keys { access: access.to_owned(), secret: secret.to_owned(), token: Some(token.to_owned()) };
    config.to_builder().credentials_provider(credentials(&keys)).build()
}

fn named<'a>(name: &'static str, value: &'a str) -> Result<&'a str, WiringError> {
    if value.is_empty() { Err(WiringError::Missing(name)) } else { Ok(value) }
}

fn credentials(keys: &Keys) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(&keys.access, &keys.secret, keys.token.clone(), None, "role"))
}
