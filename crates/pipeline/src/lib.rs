//! The use cases: ingest, detect, judge budgets, notify, decide, forecast, reconcile, export. They know ports only; a binary chooses the
//! adapters.

mod abandoned;
mod actor;
mod advise;
mod aggregate;
mod allocations;
mod approvals;
mod audit;
mod budget_coverage;
mod budgets;
mod causes;
mod change_plans;
mod charges;
pub mod chat;
mod commitment_report;
mod commitments;
mod compare;
mod cost_options;
mod cost_view;
mod costs;
mod cube;
mod datasets;
mod deliveries;
mod detect;
pub mod efficiency;
mod error;
mod feedback;
mod forecasts;
mod heartbeat;
mod imports;
mod incident_life;
mod ingest;
mod list_prices;
mod newest_month;
mod notify;
mod parallel;
mod plan_life;
mod plan_requests;
mod policy_push;
mod reconcile;
mod remediate;
mod resort;
mod resource_report;
mod routing;
mod savings;
mod scope;
mod scope_check;
mod shadow;
mod spend;
mod spread;
mod state;
mod statements;
mod status;
mod store_check;
mod track_record;
pub mod units;
mod usage;
mod view;
pub mod whatif;

pub use actor::Actor;
pub use advise::{AdviseReport, advise, dismiss};
pub use allocations::{
    AllocationDifference, AllocationFinding, CloseOutcome, InvoiceTotal, MonthAllocation, MonthComparison,
    PublishReport, PublishedAllocations, PublishedMonth, ValueTotal, allocate_month, allocation_plan, approve_month,
    backtest, check_allocations, close_month, compare_closed, export_allocated, publish_allocations, read_allocation,
};
pub use approvals::{DecisionOutcome, Proposal, decide, propose};
pub use audit::{VerifiedAudit, verify_audit};
pub use budget_coverage::{BudgetCost, BudgetCoverage, CurrencyCoverage, UncoveredCost, budget_coverage};
pub use budgets::{BUDGET_STATUS, export_budgets, judge_budgets, publish_budgets, read_last_budgets};
pub use change_plans::{BuiltPlan, PlanInput, plan_change};
pub use commitment_report::{CommitmentLine, CommitmentReport, CoverageBasis, CoverageLine, commitment_report};
pub use compare::{ComparedRow, Comparison, ReferenceCosts, compare, report_gaps};
pub use cost_options::{CostOptions, settle_period};
pub use cost_view::{CostForecast, CostGroup, CostGrouping, CostView, DailyCost, ForecastUntil, PeriodForecast};
pub use costs::{
    ChangeDriver, ChangeEffect, ChangeOfCost, CostChange, GroupChange, RowFilter, TagCoverage, UntaggedCosts,
    answer_costs, explain_change, find_untagged,
};
pub use datasets::{DatasetFile, DatasetReport, DatasetRolledBack, keep_datasets, separate_datasets};
pub use deliveries::{newest_deliveries, retry_deliveries};
pub use detect::{DetectReport, LateDays, LearningSource, detect};
pub use error::PipelineError;
pub use feedback::{acknowledge, assign, record_opinion, snooze};
pub use forecasts::{ForecastAccuracy, GOOD_ACCURACY, ScoredForecasts, daily_costs, forecast_accuracy, forecast_costs};
pub use imports::{ImportRollback, ImportedDelivery, RollbackStep, RolledBack, list_imports, roll_back_import};
pub use incident_life::find_incident;
pub use ingest::{
    FileReport, ImportOutcome, IngestOptions, IngestReport, Input, LeftOut, PeriodReport, Progress, announce_revisions,
    ingest, open_files,
};
pub use newest_month::newest_month;
pub use notify::{DeliveryReport, deliver_due, deliver_message};
pub use parallel::READER_THREAD;
pub use plan_requests::{fulfil_plan_requests, request_plan};
pub use policy_push::{PushedPolicy, check_policy, push_policy};
pub use reconcile::{Invoice, ReconcileReport, ReconcileRow, ReconcileStated, ReconcileVerdict, reconcile};
pub use remediate::{PlanProgress, Polling, remediate, resume, stop_all};
pub use resort::apply_dimensions;
pub use resource_report::{
    IncidentRelation, ResourceAdvice, ResourceDay, ResourceFound, ResourceIncident, ResourceMeter, ResourceReport,
    ResourceTotal, resource_report,
};
pub use routing::{DeliveryPlan, PlannedDelivery, Sender, UNROUTED, plan_deliveries};
pub use savings::{SavingsLine, SavingsReport, measure_savings, read_savings};
pub use scope_check::{UnmatchedScope, find_unmatched_scopes};
pub use shadow::{Shadow, compare_detection};
pub use state::{Cloud, Context, State};
pub use statements::{
    HeatMap, HeatMapRow, JournalAccounts, JournalLine, SectionTotal, Statement, StatementDocument, StatementLine,
    StatementSection, StatementSet, StatementTotal, heat_map, journal, roll_up, statements,
};
pub use status::{Freshness, Status, read_freshness, read_status};
pub use store_check::{StoreCheck, StoreFault, StoreFaultKind, check_store};
pub use tollgate_analysis::{METHOD_VERSION, ShadowDifference, ShadowReport};
pub use usage::{MeterUse, UsageOfMeters, usage_of_meters};
#[cfg(feature = "sql")]
pub use view::sql;
pub use view::{current_parts, export_focus};

#[cfg(test)]
mod tests {
    use super::*;

    /// Lambda's runtime moves a handler's future between threads.
    #[test]
    fn use_cases_can_run_on_any_thread() {
        fn is_send<F: Send>(_: impl Fn() -> F) {}
        fn given<T>() -> T {
            panic!("this test checks types only")
        }
        is_send(|| detect(given()));
        is_send(|| judge_budgets(given()));
        is_send(|| answer_costs(given(), given(), given()));
        is_send(|| explain_change(given(), given(), given()));
        is_send(|| ingest(given(), given(), given(), given()));
        is_send(|| close_month(given(), given(), given(), given()));
        is_send(|| statements(given(), given(), given()));
        is_send(|| deliver_due(given(), given()));
        is_send(|| deliver_message(given(), given(), given()));
        is_send(|| advise(given(), given()));
        is_send(|| remediate(given(), given(), given(), given()));
        is_send(|| chat::receive_request(given(), given(), given()));
        is_send(|| chat::perform_request(given(), given(), given()));
    }
}
