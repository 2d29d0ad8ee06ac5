//! Errors of the AWS SDKs as channel errors: temporary or final.

use aws_sdk_sns::config::http::HttpResponse;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use tollgate_model::text::causes;

use crate::ChannelError;
use crate::text::shortened;

/// Characters of an error without a message of its own.
const CHARACTERS: usize = 300;

/// The error of a call. Throttling means that nothing was done; a server error, a timeout or an unreadable answer leaves it open.
pub(crate) fn channel_error<E>(channel: &'static str, error: &SdkError<E, HttpResponse>) -> ChannelError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default();
    let message = match error.message() {
        Some(message) => format!("{code}: {message}"),
        None => shortened(&causes(error), CHARACTERS),
    };
    let throttled = ["Throttl", "TooManyRequests", "LimitExceeded"].iter().any(|part| code.contains(part));
    let broken = error.raw_response().is_some_and(|r| r.status().is_server_error());
    let open = matches!(error, SdkError::TimeoutError(_) | SdkError::ResponseError(_)) || broken;
    if throttled || open || matches!(error, SdkError::DispatchFailure(_)) {
        return ChannelError::Unavailable { channel, message, retry_after: None, maybe_sent: open && !throttled };
    }
    ChannelError::Refused { channel, message }
}
