//! Bills: what a delivery replaces, what is counted once, what a proof proves, and the charges of many days.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod allocation;
mod cases;
mod commitments;
mod cuts;
mod datasets;
mod deliveries;
mod proofs;
mod published;
mod spread;
mod steps;
mod support;
