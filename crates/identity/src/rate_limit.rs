//! Limits on requests per minute of a key or a person.

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
