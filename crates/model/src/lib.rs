//! The types of the domain. Every other crate works on them.
//!
//! A [`Charge`] is one FOCUS 1.2 row, [`Money`] an exact amount with its currency, a [`Day`] a calendar day in the
//! provider's billing time zone. Nothing here reads a clock, a file or the network, and no float touches an amount.

#![deny(clippy::float_arithmetic)]

pub mod allocation;
pub mod anomaly;
pub mod audit;
pub mod batch;
pub mod budget;
pub mod business_metric;
pub mod change;
pub mod charge;
pub mod clock;
pub mod coverage;
pub mod csv;
pub mod digest;
pub mod document;
pub mod entity;
pub mod exchange_rate;
pub mod execution;
pub mod feedback;
pub mod focus;
mod focus_datasets;
mod focus_versions;
pub mod forecast;
pub mod hash;
pub mod incident;
pub mod incident_kind;
pub mod limits;
pub mod message;
pub mod message_id;
pub mod metric;
pub mod money;
pub mod pattern;
pub mod period;
pub mod plan;
pub mod price;
pub mod provider;
pub mod query;
pub mod recommendation;
pub mod resource;
pub mod revision;
pub mod rollout;
pub mod series;
pub mod text;
pub mod time_span;
pub mod unit_cost;
pub mod untrusted;

pub use allocation::{
    AllocatedCost, AllocationCycle, AllocationMethod, AllocationPlan, AllocationRule, AllocationStep, ConditionField,
    ShareOfCost, SharedCharges, SourceCondition, UnallocatedReason, WeightPeriod, WithoutWeights,
};
pub use anomaly::{Anomaly, Direction};
pub use audit::{AuditEntry, AuditEvent};
pub use batch::{ChargeBatch, DecimalColumn, TextColumn, TimeColumn};
pub use budget::{BudgetCalendar, BudgetPeriod, BudgetState, BudgetStatus};
pub use business_metric::{
    MetricCombination, MetricFigures, MetricInterval, MetricMonth, MetricRestatement, MetricTime, MissingFigure,
};
pub use change::{Action, ApiCall, Change, Effect, Fact, VerifiedCall};
pub use charge::{Charge, ChargeCategory, ChargeClass, ChargeKind, Tags};
pub use clock::Clock;
pub use coverage::{CostView, Coverage};
pub use digest::{AdviceDigest, AdviceLine, Digest, DigestLine, Heartbeat};
pub use entity::{Entity, EntityTable};
pub use exchange_rate::{ExchangeRate, ExchangeRates};
pub use execution::{CallRecord, Execution, StepRecord, StepState};
pub use feedback::{Feedback, Opinion};
pub use focus::Column;
pub use focus_datasets::{DatasetRow, FocusDataset};
pub use focus_versions::{FocusVersion, LaterColumn};
pub use forecast::{Forecast, ForecastDay, StoredForecast, StoredForecasts};
pub use incident::{Cause, CostHistory, Incident, IncidentKind, IncidentState, Severity};
pub use limits::Limit;
pub use message::{Content, IncidentChange, Message, MessageSubject, PlanChange, ReconciliationGap};
pub use message_id::MessageId;
pub use metric::{Hourly, Metric, Metrics};
pub use money::{Amount, Currency, Fixed, Money, MoneyError, Quantity, Totals};
pub use period::{BillingPeriod, ChargePeriod, Day, DayRange, PeriodError};
pub use plan::{ChangePlan, Decision, PlanRecord, PlanState, PlanStep, Risk, same_person};
pub use price::{Discount, OwnPrice};
pub use recommendation::{
    AdviceEvent, AdviceRecord, AdviceSource, AdviceState, Effort, Evidence, RealizedSaving, Recommendation, Saving,
    SavingBasis, SuggestedChange,
};
pub use resource::{AccountRegion, Resource, ResourceType, Shape};
pub use revision::{PeriodTotals, Restatement, Revision, SourceId, StatedCost, StatedDifference};
pub use rollout::{HealthCheck, Rollback, Rollout, Stage, Window};
pub use series::{Basis, DailySeries, SeriesKey};
pub use unit_cost::UnitCost;
