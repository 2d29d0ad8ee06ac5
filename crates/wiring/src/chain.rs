//! The credentials of a person's machine: the default chain of the SDK, which reads the environment, profiles, SSO sessions, web identity
//! tokens, containers and instances. Functions have the keys of their role in the environment and need none of it.

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::BehaviorVersion;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_types::SdkConfig;
use aws_types::sdk_config::RetryConfig;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;
use tollgate_lake::{RotatingKeys, S3Keys};
use tollgate_model::Clock;
use tollgate_model::text::causes;

use crate::aws::{ATTEMPTS, http_client_for, timeouts};

/// Why there is no AWS configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// Nothing names a region.
    #[error("no AWS region is set\nhint: set AWS_REGION, or `region` in the profile of ~/.aws/config")]
    Region,
    /// No source of the chain has credentials, or the one that is configured failed.
    #[error(
        "no AWS credentials were found: {0}\nhint: set AWS_PROFILE and sign in (`aws sso login`), or set AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY"
    )]
    Credentials(String),
}

/// The AWS configuration of this machine. Keys that expire are renewed.
///
/// # Errors
///
/// When the chain has no region or no credentials.
pub async fn connect_machine(endpoint: Option<&str>) -> Result<SdkConfig, ChainError> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client_for(endpoint))
        .timeout_config(timeouts())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
    if let Some(endpoint) = endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    let config = loader.load().await;
    if config.region().is_none() {
        return Err(ChainError::Region);
    }
    let Some(provider) = config.credentials_provider() else {
        return Err(ChainError::Credentials("the chain is empty".to_owned()));
    };
    provider.provide_credentials().await.map_err(|error| ChainError::Credentials(causes(&error)))?;
    Ok(config)
}

/// How long before their end keys are renewed.
const EARLY: SignedDuration = SignedDuration::from_mins(5);
/// How long keys without an end are kept: a profile may change.
const KEPT: SignedDuration = SignedDuration::from_mins(15);

/// The keys of the chain for S3, which has a client of its own.
pub(crate) struct ChainKeys {
    provider: SharedCredentialsProvider,
    clock: Arc<dyn Clock>,
    known: Mutex<Option<(Timestamp, S3Keys)>>,
}

impl ChainKeys {
    pub(crate) fn new(provider: SharedCredentialsProvider, clock: Arc<dyn Clock>) -> Self {
        Self { provider, clock, known: Mutex::default() }
    }
}

impl std::fmt::Debug for ChainKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChainKeys")
    }
}

#[async_trait]
impl RotatingKeys for ChainKeys {
    async fn keys(&self) -> Result<S3Keys, String> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some((until, keys)) = &*known
            && now < *until
        {
            return Ok(keys.clone());
        }
        let found = self.provider.provide_credentials().await.map_err(|error| causes(&error))?;
        let ends = found.expiry().and_then(|end| Timestamp::try_from(end).ok());
        let until = ends.map_or(now + KEPT, |end| end - EARLY);
        let keys = S3Keys {
            access: found.access_key_id().to_owned(),
            secret: found.secret_access_key().to_owned(),
            token: found.session_token().map(str::to_owned),
        };
        *known = Some((until, keys.clone()));
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use aws_credential_types::Credentials;
    use aws_credential_types::provider::future;

    use super::*;

    #[derive(Debug)]
    struct Hands(std::sync::Mutex<Timestamp>);

    impl Clock for Hands {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    #[derive(Debug)]
    struct Counted(AtomicU32);

    impl ProvideCredentials for Counted {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let number = self.0.fetch_add(1, Ordering::SeqCst);
            let end: Timestamp = "2026-11-21T01:00:00Z".parse().unwrap();
            let credentials = Credentials::new(
                format!("AKIA{number}"),
                "secret",
                None,
                Some(std::time::UNIX_EPOCH + std::time::Duration::from_secs(u64::try_from(end.as_second()).unwrap())),
                "test",
            );
            future::ProvideCredentials::ready(Ok(credentials))
        }
    }

    #[tokio::test]
    async fn keys_are_renewed_before_they_end_and_never_shown() {
        let clock = Arc::new(Hands(std::sync::Mutex::new("2026-11-21T00:00:00Z".parse().unwrap())));
        let advance = |minutes| *clock.0.lock().unwrap() += SignedDuration::from_mins(minutes);
        let keys = ChainKeys::new(SharedCredentialsProvider::new(Counted(AtomicU32::new(0))), clock.clone());
        assert_eq!(keys.keys().await.unwrap().access, "AKIA0");
        advance(54);
        assert_eq!(keys.keys().await.unwrap().access, "AKIA0");
        advance(2);
        assert_eq!(keys.keys().await.unwrap().access, "AKIA1");
        assert!(!format!("{keys:?} {:?}", keys.keys().await.unwrap()).contains("secret"));
    }
}
