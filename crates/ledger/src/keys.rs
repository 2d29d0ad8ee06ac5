//! Where each thing is kept. A tenant leads every partition key.

use tollgate_model::{AdviceState, BillingPeriod, Day, IncidentState, PlanState, Revision, SourceId};

use crate::Key;

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

    fn pk(&self, rest: std::fmt::Arguments<'_>) -> String {
        format!("{}#{rest}", self.tenant)
    }

    /// The partition of all series of a revision.
    pub fn series(&self, revision: &Revision) -> String {
        let Revision { source, period, hash } = revision;
        self.pk(format_args!("COST#{source}#{period}#{hash}"))
    }

    /// The pointer to a billing period's current revision.
    pub fn current(&self, source: &SourceId, period: BillingPeriod) -> Key {
        Key::new(self.pk(format_args!("PERIOD#{source}#{period}")), "CURRENT")
    }

    /// Where all pointers are found, in index 1.
    pub fn periods_index(&self) -> String {
        self.pk(format_args!("PERIODS"))
    }

    /// The record that a revision became current, by time.
    pub fn history(&self, source: &SourceId, period: BillingPeriod, at: &str) -> Key {
        Key::new(self.pk(format_args!("PERIOD#{source}#{period}")), format!("REVISION#{at}"))
    }

    /// How far detection has judged a source.
    pub fn watermark(&self, source: &SourceId) -> Key {
        Key::new(self.pk(format_args!("WATERMARK#{source}")), "META")
    }

    /// An incident.
    pub fn incident(&self, id: &str) -> Key {
        Key::new(self.pk(format_args!("INCIDENT#{id}")), "META")
    }

    /// Where incidents of a state are found by their first day, in index 1.
    pub fn incidents_index(&self, state: IncidentState) -> String {
        self.pk(format_args!("INCIDENTS#{state}"))
    }

    /// Where what people said of incidents is kept, oldest first.
    pub fn feedback(&self) -> String {
        self.pk(format_args!("FEEDBACK"))
    }

    /// Where learned habits are kept, in chunks.
    pub fn baselines(&self) -> String {
        self.pk(format_args!("BASELINES"))
    }

    /// How a budget stood on a day.
    pub fn budget_status(&self, name: &str, day: Day) -> Key {
        Key::new(self.pk(format_args!("BUDGET#{name}")), format!("STATUS#{day}"))
    }

    /// Which thresholds of a budget were told in the period that starts on a day.
    pub fn alerted_thresholds(&self, name: &str, start: Day) -> Key {
        Key::new(self.pk(format_args!("BUDGET#{name}")), format!("ALERTED#{start}"))
    }

    /// Revisions that became current and that nobody was told of yet.
    pub fn unannounced(&self) -> String {
        self.pk(format_args!("UNANNOUNCED"))
    }

    /// Messages that wait to be sent.
    pub fn outbox(&self, shard: u32) -> String {
        self.pk(format_args!("OUTBOX#{shard}"))
    }

    /// What became of a message on a channel.
    pub fn delivery(&self, message: &str, channel: &str) -> Key {
        Key::new(self.pk(format_args!("DELIVERY#{message}")), channel)
    }

    /// Where deliveries that wait are found by when they are due, in index 1.
    pub fn due(&self) -> String {
        self.pk(format_args!("DUE"))
    }

    /// Where deliveries that ended in a month are found by when, in index 1.
    pub fn deliveries(&self, month: &str) -> String {
        self.pk(format_args!("DELIVERIES#{month}"))
    }

    /// What a channel keeps of a thread.
    pub fn thread(&self, thread: &str, channel: &str) -> Key {
        Key::new(self.pk(format_args!("THREAD#{thread}")), channel)
    }

    /// Messages that a route sent on, by when.
    pub fn routed(&self, route: &str) -> String {
        self.pk(format_args!("ROUTED#{route}"))
    }

    /// What is to be looked at later, by when.
    pub fn checks(&self) -> String {
        self.pk(format_args!("CHECKS"))
    }

    /// A change plan.
    pub fn plan(&self, id: &str) -> Key {
        Key::new(self.pk(format_args!("PLAN#{id}")), "META")
    }

    /// Where plans of a state are found by when they were made, in index 1.
    pub fn plans_index(&self, state: PlanState) -> String {
        self.pk(format_args!("PLANS#{}", state.as_str()))
    }

    /// How far a plan is.
    pub fn execution(&self, id: &str) -> Key {
        Key::new(self.pk(format_args!("PLAN#{id}")), "EXECUTION")
    }

    /// How far a step of a plan is.
    pub fn step(&self, id: &str, step: usize) -> Key {
        Key::new(self.pk(format_args!("PLAN#{id}")), format!("STEP#{step:04}"))
    }

    /// Whether everything stands still.
    pub fn halt(&self) -> Key {
        Key::new(self.pk(format_args!("HALT")), "META")
    }

    /// Plans that somebody asked for and that are not made yet.
    pub fn requests(&self) -> String {
        self.pk(format_args!("REQUESTS"))
    }

    /// A recommendation.
    pub fn advice(&self, id: &str) -> Key {
        Key::new(self.pk(format_args!("ADVICE#{id}")), "META")
    }

    /// Where recommendations of a state are found by their id, in index 1.
    pub fn advice_index(&self, state: AdviceState) -> String {
        self.pk(format_args!("ADVICES#{state}"))
    }

    /// How many resources there were of each type and place when advice was looked for last.
    pub fn resource_counts(&self) -> Key {
        Key::new(self.pk(format_args!("RESOURCES")), "META")
    }

    /// What came of changes, by plan and step.
    pub fn realized(&self) -> String {
        self.pk(format_args!("REALIZED"))
    }

    /// The end of the audit log.
    pub fn audit_head(&self) -> Key {
        Key::new(self.pk(format_args!("AUDIT")), "HEAD")
    }

    /// Entries of the audit log of a day.
    pub fn audit_day(&self, day: &str) -> String {
        self.pk(format_args!("AUDIT#{day}"))
    }

    /// Where all entries of the audit log are found by their number, in index 1.
    pub fn audit_index(&self) -> String {
        self.pk(format_args!("AUDIT"))
    }

    /// A request that was taken.
    pub fn nonce(&self, nonce: &str) -> Key {
        Key::new(self.pk(format_args!("NONCE#{nonce}")), "META")
    }

    /// What was asked for and is not done, by when.
    pub fn inbox(&self) -> String {
        self.pk(format_args!("INBOX"))
    }

    /// The last run of each function.
    pub fn runs(&self) -> String {
        self.pk(format_args!("RUNS"))
    }

    /// Which version of an export's manifest was read.
    pub fn export(&self, manifest: &str) -> Key {
        Key::new(self.pk(format_args!("EXPORT#{manifest}")), "META")
    }

    /// When a month of a feed was compared with another account of it.
    pub fn comparison(&self, source: &SourceId, period: BillingPeriod) -> Key {
        Key::new(self.pk(format_args!("COMPARISON#{source}#{period}")), "META")
    }

    /// The policy file in effect.
    pub fn policy(&self) -> Key {
        Key::new(self.pk(format_args!("POLICY")), "CURRENT")
    }
}
