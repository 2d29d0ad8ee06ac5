//! Files of imports that were killed.

use crate::State;

/// Seconds after which a file that no revision counts belongs to an import that was killed: longer than any import takes.
const ABANDONED_AFTER: i64 = 2 * 86_400;

/// Files that do not count and were written before this second belong to an import that was killed.
pub(crate) fn abandoned_before(state: &State) -> i64 {
    state.clock.now().as_second() - ABANDONED_AFTER
}
