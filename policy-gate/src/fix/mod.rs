//! x
use serde::Serialize;
/// x
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fix {}
