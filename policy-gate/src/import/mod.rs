//! Imports policies from other tools, with notes about what is not imported.

pub mod conftest;
pub mod organizations;
