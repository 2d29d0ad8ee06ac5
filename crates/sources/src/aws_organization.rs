//! The accounts of an AWS organization and roles in them, for reading the bills of several accounts.
//!
//! Source: AWS Organizations API reference, `ListAccounts`; AWS STS API reference, `AssumeRole`. Read 2026-11-21.

use aws_sdk_organizations::error::DisplayErrorContext;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::SourceError;

/// An account of the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
}

/// Credentials of an assumed role. `Debug` does not print them.
#[derive(Clone)]
pub struct RoleKeys {
    /// The access key.
    pub access: String,
    /// The secret key.
    pub secret: String,
    /// The session's token.
    pub token: String,
}

impl std::fmt::Debug for RoleKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RoleKeys")
    }
}

/// The active accounts of the organization, by id.
///
/// # Errors
///
/// When AWS refuses or does not answer.
pub async fn accounts(config: &SdkConfig) -> Result<Vec<Account>, SourceError> {
    let service = "Organizations";
    let client = aws_sdk_organizations::Client::new(&config.to_builder().region(Region::new(REGION)).build());
    let mut pages = client.list_accounts().into_paginator().send();
    let mut out = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| match error.as_service_error() {
            Some(_) => SourceError::Refused { service, message: DisplayErrorContext(&error).to_string() },
            None => SourceError::Unavailable { service, message: DisplayErrorContext(&error).to_string() },
        })?;
        for account in page.accounts.unwrap_or_default() {
            // A closed account no longer has Cost Explorer; its history is in the payer's.
            let active = account.status().is_none_or(|s| s.as_str() == "ACTIVE");
            if let (Some(id), true) = (account.id, active) {
                out.push(Account { id, name: account.name });
            }
        }
    }
    out.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(out)
}

/// The account of the credentials.
///
/// # Errors
///
/// When AWS refuses or does not answer.
pub async fn caller(config: &SdkConfig) -> Result<String, SourceError> {
    let service = "STS";
    let answer = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let answer = answer.map_err(|error| {
        let message = DisplayErrorContext(&error).to_string();
        match error.as_service_error() {
            Some(_) => SourceError::Refused { service, message },
            None => SourceError::Unavailable { service, message },
        }
    })?;
    answer.account.ok_or_else(|| SourceError::Refused { service, message: "the answer names no account".to_owned() })
}

/// Assumes a role in an account for an hour. `session` is the run's id, which appears in the account's CloudTrail.
///
/// # Errors
///
/// When the account refuses or AWS does not answer.
pub async fn assume(
    config: &SdkConfig,
    account: &str,
    role: &str,
    external_id: Option<&str>,
    session: &str,
) -> Result<RoleKeys, SourceError> {
    let service = "STS";
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
            let message = format!("{account}: {}", DisplayErrorContext(&error));
            match error.as_service_error() {
                Some(_) => SourceError::Refused { service, message },
                None => SourceError::Unavailable { service, message },
            }
        })?;
    let keys = answer.credentials.ok_or_else(|| SourceError::Refused {
        service,
        message: format!("{account}: the answer has no credentials"),
    })?;
    Ok(RoleKeys { access: keys.access_key_id, secret: keys.secret_access_key, token: keys.session_token })
}

/// The region of the Organizations API.
const REGION: &str = "us-east-1";
/// The longest session name.
const SESSION_LENGTH: usize = 64;
