//! The imports of every estimator.

pub(crate) use tollgate_model::Quantity;

pub(crate) use crate::bill::{Bill, HOURS};
pub(crate) use crate::number::{Span, product, whole};
pub(crate) use crate::resource::{EstimateInput, Estimated, Unpriced};
