//! What AWS answers, as other channels' answers are read: taken, to be tried again, or refused.

use aws_sdk_sns::config::http::HttpResponse;
use aws_sdk_sns::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use crate::ChannelError;
use crate::text::shortened;

/// Characters of an error that says nothing by name.
const TOLD: usize = 300;

/// An error of an SDK. Throttling says that nothing was done; a server's error, a timeout and an answer that cannot be read leave
/// it open.
pub(crate) fn told<E>(channel: &'static str, error: &SdkError<E, HttpResponse>) -> ChannelError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default();
    let message = match error.message() {
        Some(message) => format!("{code}: {message}"),
        None => shortened(&DisplayErrorContext(error).to_string(), TOLD),
    };
    let throttled = ["Throttl", "TooManyRequests", "LimitExceeded"].iter().any(|part| code.contains(part));
    let broken = error.raw_response().is_some_and(|r| r.status().is_server_error());
    let open = matches!(error, SdkError::TimeoutError(_) | SdkError::ResponseError(_)) || broken;
    if throttled || open || matches!(error, SdkError::DispatchFailure(_)) {
        return ChannelError::Unavailable { channel, message, retry_after: None, maybe_sent: open && !throttled };
    }
    ChannelError::Refused { channel, message }
}
