//! AWS identity: the account of the caller's keys, and keys of roles in other accounts.
//!
//! Source: AWS STS API reference, `GetCallerIdentity`, `AssumeRole`. Read 2026-11-21.

use aws_sdk_sts::error::ProvideErrorMetadata;
use aws_types::SdkConfig;

use crate::aws::sdk_message;
use crate::settings::AccessKeys;

/// The longest session name that STS accepts.
const SESSION_LENGTH: usize = 64;

/// Why STS gave no identity and no keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// STS did not answer, after every retry.
    #[error("STS did not answer: {0}\nhint: nothing was changed; the next run asks again")]
    Unavailable(String),
    /// STS refused, or its answer lacks what was asked for.
    #[error("STS refused: {0}\nhint: check the role's permissions and the region; nothing was changed")]
    Refused(String),
}

impl IdentityError {
    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Refused(_) => false,
        }
    }
}

/// Whose keys call AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account: twelve digits.
    pub account: String,
    /// The user or the session of a role: `arn:aws:iam::111111111111:user/jane`.
    pub arn: String,
}

/// Returns the caller that the keys belong to.
///
/// # Errors
///
/// When STS refuses or does not answer.
pub async fn caller(config: &SdkConfig) -> Result<Caller, IdentityError> {
    let answer = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let answer = answer.map_err(|error| {
        let message = sdk_message(error.code(), error.message(), &error);
        match error.as_service_error() {
            Some(_) => IdentityError::Refused(message),
            None => IdentityError::Unavailable(message),
        }
    })?;
    let missing = |what: &str| IdentityError::Refused(format!("the answer names no {what}"));
    Ok(Caller {
        account: answer.account.ok_or_else(|| missing("account"))?,
        arn: answer.arn.ok_or_else(|| missing("user or role"))?,
    })
}

/// Assumes a role of an account for an hour. `session` is the run's id: the account's CloudTrail shows it.
///
/// # Errors
///
/// When the account refuses or STS does not answer.
pub async fn assume_role(
    config: &SdkConfig,
    account: &str,
    role: &str,
    external_id: Option<&str>,
    session: &str,
) -> Result<AccessKeys, IdentityError> {
    let session: String =
        session.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(SESSION_LENGTH).collect();
    let answer = aws_sdk_sts::Client::new(config)
        .assume_role()
        .role_arn(format!("arn:aws:iam::{account}:role/{role}"))
        .role_session_name(session)
        .set_external_id(external_id.map(str::to_owned))
        .send()
        .await
        .map_err(|error| {
            let message = format!("{account}: {}", sdk_message(error.code(), error.message(), &error));
            match error.as_service_error() {
                Some(_) => IdentityError::Refused(message),
                None => IdentityError::Unavailable(message),
            }
        })?;
    let keys = answer
        .credentials
        .ok_or_else(|| IdentityError::Refused(format!("{account}: the answer has no credentials")))?;
    Ok(AccessKeys { access: keys.access_key_id, secret: keys.secret_access_key, token: Some(keys.session_token) })
}
