//! Who calls, and what they may do.
//!
//! A request carries an API key, a bearer token of a configured issuer, or the cookie of a session. [`Identity::authenticate`] verifies
//! it and returns a [`Caller`]: a tenant, a name, a role and the charges that the caller may see. The tenant comes from the identity and
//! never from a parameter. People and roles are those of the policy file: the same as in Slack.
//!
//! No answer of a store or of an issuer is permission: a failed check refuses the request. Keys, tokens, session ids and secrets of
//! clients are never in an error, a log line or a `Debug` text.

mod api_key;
mod caller;
mod cookie;
mod identity;
mod issuer;
mod jwks;
mod jwt;
mod keys;
mod origin;
mod permission;
mod rate_limit;
mod refused;
mod roles;
mod secret;
mod session;
mod sign_in;
#[cfg(test)]
mod tests;

pub use api_key::ApiKey;
pub use caller::{Caller, CallerKind, Way};
pub use identity::{Identity, SignInStart, SignedIn};
pub use issuer::{HttpIssuers, IssuerHttp};
pub use keys::{ApiKeys, CreatedKey, KeyState};
pub use origin::check_origin;
pub use permission::{PERMISSIONS, Permission, PermissionRow};
pub use rate_limit::RateLimit;
pub use refused::Refused;
pub use secret::{Randomness, SystemRandomness};
pub use sign_in::CALLBACK_PATH;
pub use tollgate_policy::Role;
