//! Secrets are compared in a time that does not depend on where they differ.

/// Whether two secrets are the same.
pub(crate) fn same_secret(one: &str, other: &str) -> bool {
    let differs = one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differs == 0
}
