//! What every estimator needs.

pub(crate) use tollgate_model::Quantity;

pub(crate) use crate::bill::{Bill, HOURS};
pub(crate) use crate::number::{Span, product, whole};
pub(crate) use crate::resource::{Resource, Told, Untold, one};
