//! The tag of an answer that depends on the charges, the policy and the day: made of the revisions that count, before anything is asked.

use std::fmt::Write as _;

use crate::answer::content_tag;
use crate::call::Call;
use crate::problem::Problem;

/// The tag of the answer to a question.
pub(crate) async fn revisions_tag(call: &Call) -> Result<String, Problem> {
    let path: Vec<&str> = call.path.iter().map(|(_, value)| value.as_str()).collect();
    let mut text = format!(
        "{}|{}|{}|{:?}|{:?}|{}|{}",
        call.caller.tenant,
        call.route.operation,
        call.query.canonical(),
        path,
        call.caller.filter,
        call.store.policy_version,
        call.today(),
    );
    for current in call.state().ledger.periods().await? {
        let (revision, delivery) = (&current.revision, &current.delivery);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "|{} {} {} {delivery} {} {:?}",
            revision.source, revision.period, revision.hash, current.imported_at, current.dimensions
        );
    }
    Ok(content_tag(text.as_bytes()))
}
