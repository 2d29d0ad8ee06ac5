//! Members of user groups, cached for a minute, so that many presses stay within Slack's rate limit.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::ChannelError;

/// How long an answer is cached. A member who is removed from a group keeps its role until then.
const LIFETIME: Duration = Duration::from_secs(60);
/// Groups that are cached; policies name a few.
const GROUPS: usize = 100;

type Known = HashMap<[Arc<str>; 3], (Instant, Arc<[String]>)>;

/// By address, token and group. A function builds its client for each request; the cache outlives it.
static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

/// The members of a group as of a minute ago at most. An error is not cached.
pub(super) async fn members(
    key: [Arc<str>; 3],
    ask: impl Future<Output = Result<Vec<String>, ChannelError>>,
) -> Result<Arc<[String]>, ChannelError> {
    let mut known = KNOWN.lock().await;
    let now = Instant::now();
    known.retain(|_, (at, _)| now.duration_since(*at) < LIFETIME);
    if let Some((_, members)) = known.get(&key) {
        return Ok(Arc::clone(members));
    }
    // The lock is held, so that of many simultaneous requests one calls Slack.
    let members: Arc<[String]> = ask.await?.into();
    if known.len() < GROUPS {
        known.insert(key, (now, Arc::clone(&members)));
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_group_is_requested_once_and_an_error_is_not_cached() {
        let key = |group: &str| ["https://a.example".into(), "t".into(), group.into()];
        let refused = || ChannelError::Refused { channel: "slack", message: String::new() };
        assert!(members(key("S1"), async { Err(refused()) }).await.is_err());
        assert_eq!(*members(key("S1"), async { Ok(vec!["U1".to_owned()]) }).await.unwrap(), ["U1".to_owned()]);
        assert_eq!(*members(key("S1"), async { Err(refused()) }).await.unwrap(), ["U1".to_owned()]);
        assert!(members(key("S2"), async { Err(refused()) }).await.is_err());
    }
}
