//! What AWS answers, as the port's errors.

use aws_sdk_ec2::config::http::HttpResponse;
use aws_sdk_ec2::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use tollgate_model::AccountRegion;

use crate::CloudError;

/// Characters of an error that says nothing by name.
const TOLD: usize = 300;

/// An error of an SDK, by the name of what was asked.
pub(super) fn told<E>(operation: &str, place: &AccountRegion, error: &SdkError<E, HttpResponse>) -> CloudError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default();
    let status = error.raw_response().map(|r| r.status().as_u16()).unwrap_or_default();
    let message = match error.message() {
        Some(message) => format!("{code}: {message}"),
        None => DisplayErrorContext(error).to_string().chars().take(TOLD).collect(),
    };
    let (operation, place) = (operation.to_owned(), place.clone());
    let has = |parts: &[&str]| parts.iter().any(|part| code.contains(part));
    match () {
        () if has(&["Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown"]) || status >= 500 => {
            CloudError::Unavailable { operation, place, message }
        }
        // Neither answered with a code: a connection, a timeout, or half an answer.
        () if code.is_empty() && status < 400 => CloudError::Unavailable { operation, place, message },
        () if has(&["NotFound", "NoSuch", "InvalidAMIID.Unavailable"]) || status == 404 => {
            CloudError::NotFound { operation, place, message }
        }
        () if has(&[
            "AccessDenied",
            "UnauthorizedOperation",
            "OptIn",
            "AuthFailure",
            "ExpiredToken",
            "InvalidClientTokenId",
        ]) || status == 403 =>
        {
            CloudError::Denied { operation, place, message }
        }
        () => CloudError::Refused { operation, place, message },
    }
}

/// Whether EC2 says of a call with `DryRun` that it would have made it.
pub(super) fn would<E>(error: &SdkError<E, HttpResponse>) -> bool
where
    E: ProvideErrorMetadata,
{
    error.code() == Some("DryRunOperation")
}
