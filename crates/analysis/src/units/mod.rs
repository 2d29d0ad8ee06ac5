//! Unit economics: a cost divided by a business figure, by day and period, by customer, with its margin, anomalies and forecast.
//!
//! What is unknown stays unknown: a day without a figure has no unit cost, and a day without units has none either. A period whose
//! days are not all known has an interval. Division is exact, or says that it is rounded.

mod anomalies;
mod days;
mod forecast;
mod keys;
mod margin;
mod period;

pub use anomalies::{UnitAnomaly, find_unit_anomalies};
pub use days::{UnitDay, UnknownUnitCost, daily_figures, unit_days};
pub use forecast::{UnitForecast, forecast_unit_cost};
pub use keys::{UnitDistribution, UnitKey, UnitShares, distribution, divide_by_dimension, divide_by_metric};
pub use margin::{UnitMargin, margin_of};
pub use period::{UnitPeriod, combine_period, unit_periods};
