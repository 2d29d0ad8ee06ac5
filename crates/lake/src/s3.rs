//! The lake on S3.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use object_store::aws::{AmazonS3Builder, AwsCredential};
use object_store::{BackoffConfig, ClientOptions, CredentialProvider, ObjectStore, RetryConfig};

use crate::{Lake, LakeError};

/// Location and credentials of a lake on S3.
#[derive(Clone)]
pub struct S3Place {
    /// The bucket; it holds nothing but the lake.
    pub bucket: String,
    /// The bucket's region.
    pub region: String,
    /// An endpoint instead of AWS's: `http://127.0.0.1:5000`.
    pub endpoint: Option<String>,
    /// Access key, secret key, and the token of a session.
    pub credentials: (String, String, Option<String>),
    /// Keys that expire and are renewed, instead of `credentials`.
    pub rotating: Option<Arc<dyn RotatingKeys>>,
}

/// The keys of a request. `Debug` does not print them.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Keys {
    /// The access key.
    pub access: String,
    /// The secret key.
    pub secret: String,
    /// A session's token.
    pub token: Option<String>,
}

impl fmt::Debug for S3Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("S3Keys")
    }
}

/// A port: keys that expire.
#[async_trait]
pub trait RotatingKeys: fmt::Debug + Send + Sync {
    /// The keys to use now.
    ///
    /// # Errors
    ///
    /// When there are none, with the reason.
    async fn keys(&self) -> Result<S3Keys, String>;
}

/// Rotating keys behind the port of the object store.
#[derive(Debug)]
struct Rotating(Arc<dyn RotatingKeys>);

#[async_trait]
impl CredentialProvider for Rotating {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let keys = self.0.keys().await;
        let S3Keys { access, secret, token } =
            keys.map_err(|why| object_store::Error::Generic { store: "S3", source: why.into() })?;
        Ok(Arc::new(AwsCredential { key_id: access, secret_key: secret, token }))
    }
}

impl fmt::Debug for S3Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{} in {}", self.bucket, self.region)
    }
}

/// The timeout of one request.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Retries of a request, and the time limit of all of them.
const AGAIN: (usize, Duration) = (6, Duration::from_secs(120));

impl S3Place {
    /// The bucket as an object store. No request is sent yet.
    ///
    /// # Errors
    ///
    /// When the location is invalid.
    pub fn open(&self) -> Result<Arc<dyn ObjectStore>, LakeError> {
        let (access, secret, token) = &self.credentials;
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.bucket)
            .with_region(&self.region)
            .with_access_key_id(access)
            .with_secret_access_key(secret)
            .with_client_options(
                ClientOptions::new().with_timeout(TIMEOUT).with_connect_timeout(Duration::from_secs(5)),
            )
            .with_retry(RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: AGAIN.0,
                retry_timeout: AGAIN.1,
            });
        if let Some(token) = token {
            builder = builder.with_token(token);
        }
        if let Some(rotating) = &self.rotating {
            builder = builder.with_credentials(Arc::new(Rotating(Arc::clone(rotating))));
        }
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        Ok(Arc::new(builder.build()?))
    }
}

impl Lake {
    /// A lake in an existing bucket. No request is sent yet.
    ///
    /// # Errors
    ///
    /// When the location is invalid.
    pub fn s3(place: &S3Place) -> Result<Self, LakeError> {
        Ok(Self::on(place.open()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_does_not_show_its_keys() {
        let place = S3Place {
            bucket: "b".into(),
            region: "eu-central-1".into(),
            endpoint: None,
            credentials: ("AKIAEXAMPLE".into(), "a-secret-key".into(), Some("a-token".into())),
            rotating: None,
        };
        assert_eq!(format!("{place:?}"), "s3://b in eu-central-1");
        assert!(!format!("{:?}", Lake::s3(&place).unwrap()).contains("a-secret-key"));
    }
}
