//! The tagging API: tags of everything of a type in few calls.
//!
//! Source: Resource Groups Tagging API reference, `GetResources`. Read 2026-11-22.

use std::collections::BTreeMap;

use super::Clients;
use super::error::told;
use crate::CloudError;

/// Tags by ARN of what has any, of one type: `lambda:function`.
pub(super) async fn of(
    clients: &Clients,
    kind: &str,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, CloudError> {
    let operation = "tag:GetResources";
    let mut pages = clients.tagging.get_resources().resource_type_filters(kind).into_paginator().send();
    let mut out = BTreeMap::new();
    loop {
        clients.count(operation)?;
        let Some(page) = pages.next().await else { break };
        let page = page.map_err(|e| told(operation, &clients.place, &e))?;
        let more = page.pagination_token.as_ref().is_some_and(|t| !t.is_empty());
        for found in page.resource_tag_mapping_list.unwrap_or_default() {
            let tags = found.tags.unwrap_or_default().into_iter().map(|t| (t.key, t.value));
            out.extend(found.resource_arn.map(|arn| (arn.trim_end_matches(":*").to_owned(), tags.collect())));
        }
        if !more {
            break;
        }
    }
    Ok(out)
}
