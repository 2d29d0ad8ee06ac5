//! The policy that the demo writes beside its charges.

pub(crate) const TEXT: &str = include_str!("demo_policy.hcl");
