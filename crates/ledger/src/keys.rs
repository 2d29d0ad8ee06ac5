//! The keys of all items. Every partition key starts with the tenant.

use jiff::Timestamp;
use tollgate_model::hash::ContentHash;
use tollgate_model::{AdviceState, BillingPeriod, Day, IncidentState, PlanState, Revision, SourceId};

use crate::Key;
use crate::outbox::stamp;

/// The keys of one tenant.
#[derive(Clone, Debug)]
pub struct Keys {
    tenant: String,
}

impl Keys {
    /// The keys of a tenant.
    pub fn of(tenant: &str) -> Self {
        Self { tenant: tenant.to_owned() }
    }

    /// The tenant whose keys they are.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    fn pk(&self, rest: std::fmt::Arguments<'_>) -> String {
        format!("{}#{rest}", self.tenant)
    }

    /// The partition of all series of a revision.
    pub fn series(&self, revision: &Revision) -> String {
        let Revision { source, period, hash } = revision;
        self.pk(format_args!("COST#{source}#{period}#{hash}"))
    }

    /// The pointer to the current revision of a delivery of a billing period. The first delivery has no name.
    pub fn current(&self, source: &SourceId, period: BillingPeriod, delivery: &str) -> Key {
        let name = if delivery.is_empty() { "CURRENT".to_owned() } else { format!("CURRENT#{delivery}") };
        Key::new(self.pk(format_args!("PERIOD#{source}#{period}")), name)
    }

    /// The item whose version every change of a billing period increases: two imports cannot change it at the same time.
    pub fn period_changes(&self, source: &SourceId, period: BillingPeriod) -> Key {
        Key::new(self.pk(format_args!("PERIOD#{source}#{period}")), "CHANGES")
    }

    /// The coverage of a revision, in parts.
    pub fn coverage(&self, revision: &Revision) -> String {
        let Revision { source, period, hash } = revision;
        self.pk(format_args!("COVERAGE#{source}#{period}#{hash}"))
    }

    /// All pointers, in index 1.
    pub fn periods_index(&self) -> String {
        self.pk(format_args!("PERIODS"))
    }

    /// The record of a revision that became current, by time.
    pub fn history(&self, revision: &Revision, delivery: &str, at: Timestamp) -> Key {
        let Revision { source, period, hash } = revision;
        let name = format!("REVISION#{}#{delivery}#{hash}", stamp(at));
        Key::new(self.pk(format_args!("PERIOD#{source}#{period}")), name)
    }

    /// The last judged day of a source.
    pub fn watermark(&self, source: &SourceId) -> Key {
        Key::new(self.pk(format_args!("WATERMARK#{source}")), "META")
    }

    /// An incident.
    pub fn incident(&self, id: &str) -> Key {
        Key::new(self.pk(format_args!("INCIDENT#{id}")), "META")
    }

    /// Incidents of a state by first day, in index 1.
    pub fn incidents_index(&self, state: IncidentState) -> String {
        self.pk(format_args!("INCIDENTS#{state}"))
    }

    /// Feedback on incidents, oldest first.
    pub fn feedback(&self) -> String {
        self.pk(format_args!("FEEDBACK"))
    }

    /// Saved baselines, in chunks.
    pub fn baselines(&self) -> String {
        self.pk(format_args!("BASELINES"))
    }

    /// Forecasts of earlier runs, by the last day with known cost.
    pub fn forecasts(&self) -> String {
        self.pk(format_args!("FORECASTS"))
    }

    /// The status of a budget on a day.
    pub fn budget_status(&self, name: &str, day: Day) -> Key {
        Key::new(self.pk(format_args!("BUDGET#{name}")), format!("STATUS#{day}"))
    }

    /// Reported thresholds of a budget in the period that starts on a day.
    pub fn alerted_thresholds(&self, name: &str, start: Day) -> Key {
        Key::new(self.pk(format_args!("BUDGET#{name}")), format!("ALERTED#{start}"))
    }

    /// Current revisions that are not announced yet.
    pub fn unannounced(&self) -> String {
        self.pk(format_args!("UNANNOUNCED"))
    }

    /// Messages that wait to be routed.
    pub fn outbox(&self, shard: u32) -> String {
        self.pk(format_args!("OUTBOX#{shard}"))
    }

    /// The delivery of a message on a channel.
    pub fn delivery(&self, message: &str, channel: &str) -> Key {
        Key::new(self.pk(format_args!("DELIVERY#{message}")), channel)
    }

    /// Waiting deliveries by due time, in index 1.
    pub fn due(&self) -> String {
        self.pk(format_args!("DUE"))
    }

    /// Deliveries that ended in a month by time, in index 1.
    pub fn deliveries(&self, month: &str) -> String {
        self.pk(format_args!("DELIVERIES#{month}"))
    }

    /// The state of a thread on a channel.
    pub fn thread(&self, thread: &str, channel: &str) -> Key {
        Key::new(self.pk(format_args!("THREAD#{thread}")), channel)
    }

    /// Messages that a route sent, by time.
    pub fn routed(&self, route: &str) -> String {
        self.pk(format_args!("ROUTED#{route}"))
    }

    /// Scheduled checks, by time.
    pub fn checks(&self) -> String {
        self.pk(format_args!("CHECKS"))
    }

    /// A change plan.
    pub fn plan(&self, id: &str) -> Key {
        Key::new(self.pk(format_args!("PLAN#{id}")), "META")
    }

    /// Plans of a state by creation time, in index 1.
    pub fn plans_index(&self, state: PlanState) -> String {
        self.pk(format_args!("PLANS#{}", state.as_str()))
    }

    /// The progress of a plan.
    pub fn execution(&self, id: &str) -> Key {
        Key::new(self.pk(format_args!("PLAN#{id}")), "EXECUTION")
    }

    /// The progress of a step of a plan.
    pub fn step(&self, id: &str, step: usize) -> Key {
        Key::new(self.pk(format_args!("PLAN#{id}")), format!("STEP#{step:04}"))
    }

    /// The halt of all changes.
    pub fn halt(&self) -> Key {
        Key::new(self.pk(format_args!("HALT")), "META")
    }

    /// Open requests for plans.
    pub fn requests(&self) -> String {
        self.pk(format_args!("REQUESTS"))
    }

    /// A recommendation.
    pub fn advice(&self, id: &str) -> Key {
        Key::new(self.pk(format_args!("ADVICE#{id}")), "META")
    }

    /// Recommendations of a state by id, in index 1.
    pub fn advice_index(&self, state: AdviceState) -> String {
        self.pk(format_args!("ADVICES#{state}"))
    }

    /// The number of resources by type, account and region at the last search for recommendations.
    pub fn resource_counts(&self) -> Key {
        Key::new(self.pk(format_args!("RESOURCES")), "META")
    }

    /// The closed allocation of a month: its record, and its costs in parts.
    pub fn allocation(&self, dimension: &str, period: BillingPeriod) -> String {
        self.pk(format_args!("ALLOCATION#{dimension}#{period}"))
    }

    /// All closed months by dimension and period, in index 1.
    pub fn allocations_index(&self) -> String {
        self.pk(format_args!("ALLOCATIONS"))
    }

    /// Measured savings, by plan and step.
    pub fn realized(&self) -> String {
        self.pk(format_args!("REALIZED"))
    }

    /// The last entry of the audit log.
    pub fn audit_head(&self) -> Key {
        Key::new(self.pk(format_args!("AUDIT")), "HEAD")
    }

    /// Entries of the audit log of a day.
    pub fn audit_day(&self, day: Day) -> String {
        self.pk(format_args!("AUDIT#{day}"))
    }

    /// All entries of the audit log by number, in index 1.
    pub fn audit_index(&self) -> String {
        self.pk(format_args!("AUDIT"))
    }

    /// The nonce of an accepted request.
    pub fn nonce(&self, nonce: &str) -> Key {
        Key::new(self.pk(format_args!("NONCE#{nonce}")), "META")
    }

    /// Accepted requests that are not performed yet, by time.
    pub fn inbox(&self) -> String {
        self.pk(format_args!("INBOX"))
    }

    /// The last run of each function.
    pub fn runs(&self) -> String {
        self.pk(format_args!("RUNS"))
    }

    /// The version of the manifest of an export that was read.
    pub fn export(&self, manifest: &str) -> Key {
        Key::new(self.pk(format_args!("EXPORT#{manifest}")), "META")
    }

    /// The day on which a month of a source was last compared with another source.
    pub fn comparison(&self, source: &SourceId, period: BillingPeriod) -> Key {
        Key::new(self.pk(format_args!("COMPARISON#{source}#{period}")), "META")
    }

    /// A business metric: the pointers to its current months, and its revisions.
    pub fn metric(&self, name: &str) -> String {
        self.pk(format_args!("METRIC#{name}"))
    }

    /// The pointer to the current figures of a month of a metric.
    pub fn metric_month(&self, name: &str, month: BillingPeriod) -> Key {
        Key::new(self.metric(name), format!("MONTH#{month}"))
    }

    /// The record of a revision of a month of a metric that became current, by time.
    pub fn metric_revision(&self, name: &str, month: BillingPeriod, revision: ContentHash, at: Timestamp) -> Key {
        Key::new(self.metric(name), format!("REVISION#{}#{month}#{revision}", stamp(at)))
    }

    /// The figures of a revision of a month of a metric.
    pub fn metric_figures(&self, name: &str, month: BillingPeriod, revision: ContentHash) -> String {
        self.pk(format_args!("METRIC#{name}#{month}#{revision}"))
    }

    /// An API key by its public id.
    pub fn api_key(&self, id: &str) -> Key {
        Key::new(self.pk(format_args!("KEY#{id}")), "META")
    }

    /// All API keys by account, in index 1.
    pub fn api_keys_index(&self) -> String {
        self.pk(format_args!("KEYS"))
    }

    /// A session by the hash of its id.
    pub fn session(&self, hash: &str) -> Key {
        Key::new(self.pk(format_args!("SESSION#{hash}")), "META")
    }

    /// All sessions by person, in index 1.
    pub fn sessions_index(&self) -> String {
        self.pk(format_args!("SESSIONS"))
    }

    /// A sign-in under way by the hash of its state.
    pub fn sign_in(&self, state_hash: &str) -> Key {
        Key::new(self.pk(format_args!("SIGNIN#{state_hash}")), "META")
    }

    /// A one-time link by the hash of its secret.
    pub fn local_link(&self, hash: &str) -> Key {
        Key::new(self.pk(format_args!("LINK#{hash}")), "META")
    }

    /// The number of requests of a caller in a minute since 1970.
    pub fn requests_in_minute(&self, caller: &str, minute: i64) -> Key {
        Key::new(self.pk(format_args!("RATE#{caller}")), minute.to_string())
    }

    /// The policy file in effect.
    pub fn policy(&self) -> Key {
        Key::new(self.pk(format_args!("POLICY")), "CURRENT")
    }
}
