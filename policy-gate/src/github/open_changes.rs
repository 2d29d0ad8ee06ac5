//! The cost that other open pull requests add to budgets, from the comments of this gate.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tollgate_model::{Amount, Money};

use tollgate_model::limits::OPEN_CHANGES;

use super::client::{GitHub, GitHubError};
use super::comment::{Marker, read_data};
use crate::cost::{OpenChange, OpenChanges};
use crate::report::Report;

/// Pages of open pull requests, and of recent comments, a hundred each.
const PAGES: u32 = 10;

/// Reads the changes of the other open pull requests that are not drafts.
///
/// # Errors
///
/// When they cannot be read.
pub async fn read_open_changes(github: &GitHub, marker: &Marker, own: Option<u64>) -> Result<OpenChanges, GitHubError> {
    let pulls = github.pages(&github.repo("pulls"), &[("state", "open")], PAGES + 1).await?;
    let open: BTreeSet<u64> = pulls
        .iter()
        .filter(|p| p["draft"] != Value::Bool(true))
        .filter_map(|p| p["number"].as_u64())
        .filter(|n| Some(*n) != own)
        .collect();
    if open.is_empty() {
        return Ok(OpenChanges::default());
    }
    if pulls.len() > OPEN_CHANGES.size() {
        return Err(GitHubError::Limit(&OPEN_CHANGES));
    }
    let mut query = vec![("sort", "updated"), ("direction", "desc")];
    // A pull request has no comment from before it was opened.
    let opened: Option<Vec<&str>> = pulls.iter().map(|p| p["created_at"].as_str()).collect();
    let first = opened.and_then(|all| all.into_iter().min());
    query.extend(first.map(|first| ("since", first)));
    let mut comments = github.pages(&github.repo("issues/comments"), &query, PAGES).await?;
    if comments.len() >= 100 * PAGES as usize {
        // In a busy repository the comments on older pull requests are not among the newest.
        for number in &open {
            let path = github.repo(&format!("issues/{number}/comments"));
            let mut own = github.pages(&path, &[], PAGES).await?;
            own.reverse();
            comments.extend(own);
        }
    }
    let mut found: BTreeMap<u64, OpenChange> = BTreeMap::new();
    for comment in comments.iter().filter(|c| marker.is(c)) {
        let number = comment["issue_url"].as_str().and_then(|u| u.rsplit('/').next()?.parse().ok());
        let Some(number) = number.filter(|n| open.contains(n)) else { continue };
        if let Some(change) = read_data(comment) {
            // The newest comes first.
            found.entry(number).or_insert(OpenChange { name: format!("#{number}"), ..change });
        }
    }
    Ok(OpenChanges(found.into_values().collect()))
}

/// Returns what this change adds to budgets, for the gates of other pull requests. A saving is left out: others cannot use it
/// before it is real.
pub fn own_change(report: &Report, name: &str) -> OpenChange {
    let mut budgets: BTreeMap<String, Money> = BTreeMap::new();
    for impact in report.budgets.iter().filter(|s| s.change > Amount::ZERO) {
        let money = Money::new(impact.monthly, impact.currency);
        // Policies about different parts of one budget: the largest of them.
        let known = budgets.entry(impact.name.clone()).or_insert(money);
        known.amount = known.amount.max(money.amount);
    }
    OpenChange { name: name.to_owned(), budgets }
}
