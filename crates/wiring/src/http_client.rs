//! The HTTP client of a process: channels without an SDK and health checks of addresses share it.

use std::time::Duration;

/// A request that gets no connection ends after this.
const CONNECT: Duration = Duration::from_secs(3);
/// A request ends after this.
const REQUEST: Duration = Duration::from_secs(10);

/// Builds the client. It follows no redirect.
///
/// # Errors
///
/// When the machine's certificates cannot be read.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .timeout(REQUEST)
        // A signed body or a token must not reach another address than the one it was sent to.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("tollgate/", env!("CARGO_PKG_VERSION")))
        .build()
}
