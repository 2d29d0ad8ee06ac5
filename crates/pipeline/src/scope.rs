//! Scopes of the policy file: which series their conditions select.

use std::collections::BTreeMap;

use tollgate_model::SeriesKey;
use tollgate_model::series::Facet;
use tollgate_policy::{On, ScopeCondition};

use crate::{PipelineError, State};

/// Reads the names of accounts, by id.
///
/// # Errors
///
/// When the ledger fails.
pub(crate) async fn read_account_names(state: &State) -> Result<BTreeMap<String, String>, PipelineError> {
    let periods = state.ledger.periods().await?;
    Ok(periods.into_iter().flat_map(|p| p.account_names).collect())
}

/// Whether a series matches every condition. Accounts match by id or by name.
pub(crate) fn matches_scope(scope: &[ScopeCondition], key: &SeriesKey, names: &BTreeMap<String, String>) -> bool {
    scope.iter().all(|condition| {
        let is = |value: Option<&str>| value.is_some_and(|v| condition.has_value(v));
        match &condition.on {
            On::Facet(Facet::SubAccount) => {
                let id = key.facet(Facet::SubAccount);
                is(id) || is(id.and_then(|id| names.get(id)).map(String::as_str))
            }
            On::Facet(facet) => is(key.facet(*facet)),
            On::Dimension(name) => is(key.dimensions.get(name).map(String::as_str)),
        }
    })
}
