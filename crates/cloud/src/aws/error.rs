//! Errors of AWS as errors of the port.

use aws_sdk_ec2::config::http::HttpResponse;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use tollgate_model::AccountRegion;
use tollgate_model::text::causes;

use crate::CloudError;

/// Characters that are kept of an error without a message.
const MESSAGE_LENGTH: usize = 300;

/// Converts an error of an SDK. `operation` names the call.
pub(super) fn cloud_error<E>(operation: &str, place: &AccountRegion, error: &SdkError<E, HttpResponse>) -> CloudError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default();
    let status = error.raw_response().map(|r| r.status().as_u16()).unwrap_or_default();
    let message = match error.message() {
        Some(message) => format!("{code}: {message}"),
        None => causes(error).chars().take(MESSAGE_LENGTH).collect(),
    };
    let (operation, place) = (operation.to_owned(), place.clone());
    let has = |parts: &[&str]| parts.iter().any(|part| code.contains(part));
    match () {
        () if has(&["Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown"]) || status >= 500 => {
            CloudError::Unavailable { operation, place, message }
        }
        // No error code and no error status: a connection error, a timeout or half an answer.
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

/// Whether the error is EC2's answer to a `DryRun` call that it would have made.
pub(super) fn is_dry_run_success<E>(error: &SdkError<E, HttpResponse>) -> bool
where
    E: ProvideErrorMetadata,
{
    error.code() == Some("DryRunOperation")
}
