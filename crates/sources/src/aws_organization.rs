//! The accounts of an AWS organization, for reading the bills of several accounts.
//!
//! Source: AWS Organizations API reference, `ListAccounts`. Read 2026-11-21.

use aws_sdk_organizations::error::ProvideErrorMetadata;
use aws_types::SdkConfig;
use aws_types::region::Region;
use tollgate_model::text::causes;

use crate::SourceError;

/// An account of the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
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
        let page = page.map_err(|error| {
            let message = match (error.code(), error.message()) {
                (Some(code), Some(message)) => format!("{code}: {message}"),
                _ => causes(&error),
            };
            match error.as_service_error() {
                Some(_) => SourceError::Refused { service, message },
                None => SourceError::Unavailable { service, message },
            }
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

/// Where Organizations is.
const REGION: &str = "us-east-1";
