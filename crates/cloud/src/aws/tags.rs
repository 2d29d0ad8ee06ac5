//! The tagging API: tags of all resources of a type in few calls.
//!
//! Source: Resource Groups Tagging API reference, `GetResources`. Read 2026-11-22.

use std::collections::BTreeMap;

use super::Clients;
use crate::CloudError;

/// Returns the tags of the tagged resources of a type, by ARN. A type is `lambda:function`.
pub(super) async fn tags_by_arn(
    clients: &Clients,
    kind: &str,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, CloudError> {
    let operation = "tag:GetResources";
    let request = clients.tagging.get_resources().resource_type_filters(kind);
    let mut out = BTreeMap::new();
    for found in pages!(clients, operation, request, pagination_token, resource_tag_mapping_list) {
        let tags = found.tags.unwrap_or_default().into_iter().map(|t| (t.key, t.value));
        out.extend(found.resource_arn.map(|arn| (arn.trim_end_matches(":*").to_owned(), tags.collect())));
    }
    Ok(out)
}
