//! Limits on requests per minute of a key or a person, counted in the ledger: they hold across processes.

use std::time::Duration;

use http::StatusCode;
use tollgate_model::limits::{KEY_REQUESTS, PERSON_REQUESTS};

use crate::Refused;
use crate::caller::{Caller, CallerKind, Way};
use crate::identity::Identity;
use crate::secret::sha256_hex;

/// The limit of a caller after a request was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests a minute.
    pub limit: u64,
    /// Requests that are left in this minute.
    pub remaining: u64,
    /// Seconds until the next minute.
    pub reset: u64,
}

impl RateLimit {
    /// Returns the headers of an answer: the draft standard's `RateLimit-Policy` and `RateLimit`, and the older names that clients read.
    pub fn headers(&self) -> [(&'static str, String); 5] {
        let Self { limit, remaining, reset } = self;
        [
            ("ratelimit-policy", format!("\"minute\";q={limit};w=60")),
            ("ratelimit", format!("\"minute\";r={remaining};t={reset}")),
            ("ratelimit-limit", limit.to_string()),
            ("ratelimit-remaining", remaining.to_string()),
            ("ratelimit-reset", reset.to_string()),
        ]
    }
}

impl Identity {
    /// Counts a request of a caller.
    ///
    /// # Errors
    ///
    /// 429 over the limit of the caller, 503 when the ledger does not answer.
    pub async fn count_request(&self, caller: &Caller) -> Result<RateLimit, Refused> {
        let (of_keys, of_people) = self.request_limits;
        let limit = if caller.kind == CallerKind::ServiceAccount { of_keys } else { of_people };
        let second = self.clock.now().as_second();
        let minute = second.div_euclid(60);
        let counted = self.ledger.count_request(&counter(caller), minute).await.map_err(|e| Refused::by_store(&e))?;
        let reset = u64::try_from((minute + 1) * 60 - second).unwrap_or(60);
        if counted > limit {
            let message = format!("{} has made more than {limit} requests in this minute", caller.name);
            let refused = Refused::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message)
                .hint(format!("try again in {reset} s"));
            return Err(Refused { retry_after: Some(Duration::from_secs(reset)), ..refused });
        }
        Ok(RateLimit { limit, remaining: limit - counted, reset })
    }
}

/// The limits of keys and of people, in requests a minute.
pub(crate) const REQUEST_LIMITS: (u64, u64) = (KEY_REQUESTS.value, PERSON_REQUESTS.value);

/// The name of a caller's counter. Two keys of one account have a counter each.
fn counter(caller: &Caller) -> String {
    let of_key = if let Way::Key(id) = &caller.way { id.as_str() } else { "" };
    let name = format!("{}|{}|{}|{of_key}", caller.tenant, caller.kind.as_str(), caller.name);
    sha256_hex(&name).split_off(32)
}
