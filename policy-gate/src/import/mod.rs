//! Policies of others: what they say in our words, and what of them cannot be said.

pub mod conftest;
pub mod organizations;
