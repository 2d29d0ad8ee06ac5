//! The clock as a port: every crate gets the current time from its caller.

use jiff::Timestamp;

/// The source of the current time: the system clock in a binary, a fixed instant in a test.
pub trait Clock: Send + Sync {
    /// The current instant.
    fn now(&self) -> Timestamp;
}
