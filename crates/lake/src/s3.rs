//! The lake on S3.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

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
        };
        assert_eq!(format!("{place:?}"), "s3://b in eu-central-1");
        assert!(!format!("{:?}", Lake::s3(&place).unwrap()).contains("a-secret-key"));
    }
}
