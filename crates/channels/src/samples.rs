//! One message of each kind, for tests and the documentation's pictures.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tollgate_model::anomaly::{BrokenPattern, Direction};
use tollgate_model::budget::{CrossedThreshold, ForecastEnd, ThresholdOn, Variance, VarianceCause};
use tollgate_model::hash::ContentHash;
use tollgate_model::incident::{IncidentEvent, Trend};
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{
    AdviceDigest, AdviceLine, Amount, Basis, BudgetState, BudgetStatus, Cause, ChangePlan, Content, CostHistory,
    Currency, Day, DayRange, Decision, Digest, DigestLine, Heartbeat, Incident, IncidentChange, IncidentKind,
    IncidentState, Message, Money, PlanChange, PlanRecord, PlanState, PlanStep, ReconciliationGap, Restatement,
    Revision, Risk, Severity, SourceId, Totals,
};

fn day(number: i32) -> Day {
    Day::of_second(1_795_219_200).plus(number - 21)
}

fn instant(day_of_month: i32, hour: i64, minute: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(day(day_of_month).first_second() + hour * 3600 + minute * 60)
}

fn message(id: &str, content: Content) -> Message {
    let (at, run) = (instant(21, 6, 0), "schedule-5d20b7e1".to_owned());
    Message { id: id.into(), at, run, content }
}

/// An incident, after a change.
pub fn incident(change: IncidentChange) -> Message {
    let incident = incident_of(change);
    let content = Content::Incident { change, incident: Box::new(incident) };
    message(&format!("i-3f9a2c10#{}", change.label()), content)
}

fn incident_of(change: IncidentChange) -> Incident {
    let state = match change {
        IncidentChange::Resolved => IncidentState::Resolved,
        IncidentChange::Expected => IncidentState::Expected,
        IncidentChange::Acknowledged | IncidentChange::Assigned | IncidentChange::Snoozed => {
            IncidentState::Acknowledged
        }
        _ => IncidentState::Open,
    };
    let scope = [
        (Facet::Provider, Some("AWS".to_owned())),
        (Facet::SubAccount, Some("410000000101".to_owned())),
        (Facet::Service, Some("Amazon Elastic Compute Cloud".to_owned())),
    ];
    let cause = |dimension: &str, value: &str, before, during, share_percent| Cause {
        dimension: dimension.to_owned(),
        value: Some(value.to_owned()),
        before: Amount::whole(before),
        during: Amount::whole(during),
        share_percent,
    };
    let usual =
        [412, 405, 398, 420, 417, 331, 326, 409, 415, 402, 399, 421, 330, 325, 411, 408, 400, 397, 418, 333, 329];
    let late = [410, 404, 401, 418, 331, 327, 612, 655];
    let amounts = usual.into_iter().chain(late).map(Amount::whole).collect();
    Incident {
        id: "i-3f9a2c10".to_owned(),
        scope: Scope(scope.into_iter().collect()),
        parts: Vec::new(),
        kind: IncidentKind::Spike,
        direction: Direction::Up,
        severity: Severity::High,
        state,
        start: day(19),
        last: day(20),
        currency: Currency::USD,
        impact: Amount::whole(455),
        impact_per_day: Amount::whole(227),
        expected_per_day: Amount::whole(406),
        actual_per_day: Amount::whole(633),
        score: 14.2,
        pattern: BrokenPattern::Level,
        usual_per_day: Some((Amount::whole(380), Amount::whole(432))),
        trend: Trend::Growing,
        causes: vec![
            cause("usage type", "EUC1-BoxUsage:m7i.4xlarge", 120, 341, 97),
            cause("tag team", "checkout", 180, 396, 95),
            cause("resource", "arn:aws:ec2:eu-central-1:111111111111:instance/i-0abc & <others>", 0, 96, 42),
        ],
        unranked_dimensions: Vec::new(),
        related: Vec::new(),
        notes: Vec::new(),
        events: vec![IncidentEvent { at: instant(21, 6, 0), what: "found: +227.00 a day USD".to_owned() }],
        dimensions: BTreeMap::from([("team".to_owned(), "checkout".to_owned())]),
        cost_history: Some(CostHistory { first: day(20).plus(-28), amounts }),
        assignee: (state == IncidentState::Acknowledged).then(|| "jane".to_owned()),
        snoozed_until: None,
        reopened: Vec::new(),
        account_names: BTreeMap::from([("410000000101".to_owned(), "larkspur-prod".to_owned())]),
    }
}

/// A budget that crossed thresholds.
pub fn budget() -> Message {
    let cause = |what: &str, planned: i64, actual, incident: Option<&str>| VarianceCause {
        what: what.to_owned(),
        new: planned == 0,
        planned: Amount::whole(planned),
        actual: Amount::whole(actual),
        incident: incident.map(str::to_owned),
    };
    let status = BudgetStatus {
        name: "checkout".to_owned(),
        state: BudgetState::ForecastOver,
        period: DayRange { start: day(1), end: day(31) },
        as_of: day(20),
        currency: Currency::USD,
        amount: Amount::whole(30_000),
        rolled_over: Amount::whole(1_200),
        amended: None,
        parent: Some("all".to_owned()),
        left: Amount::whole(5_400),
        basis: Basis::Effective,
        actual: Amount::whole(24_600),
        forecast: Some(ForecastEnd {
            mean: Amount::whole(36_900),
            low: Amount::whole(35_100),
            high: Amount::whole(38_700),
        }),
        exceed_percent: Some(99),
        pace_percent: Some(123),
        crossed: Vec::new(),
        converted: Vec::new(),
        not_counted: Totals::default(),
        variance: Some(Variance {
            planned: Amount::whole(20_000),
            actual: Amount::whole(24_600),
            causes: vec![
                cause("Amazon Elastic Compute Cloud", 9_000, 12_700, Some("i-3f9a2c10")),
                cause("Amazon Redshift", 0, 1_100, None),
                cause("everything else", 11_000, 10_800, None),
            ],
        }),
        suggested: None,
    };
    let crossed = vec![
        CrossedThreshold { percent: 80, on: ThresholdOn::Actual },
        CrossedThreshold { percent: 100, on: ThresholdOn::Forecast },
    ];
    message("budget-checkout-2026-11-01#80-actual-100-forecast", Content::Budget { crossed, status: Box::new(status) })
}

/// A change plan, after a change.
pub fn plan(change: PlanChange) -> Message {
    let state = match change {
        PlanChange::Proposed | PlanChange::Endorsed => PlanState::Proposed,
        PlanChange::Approved => PlanState::Approved,
        PlanChange::Declined => PlanState::Declined,
        PlanChange::Expired => PlanState::Expired,
        PlanChange::Advanced => PlanState::Running,
        PlanChange::Done => PlanState::Done,
        PlanChange::RolledBack => PlanState::RolledBack,
        PlanChange::Halted => PlanState::Halted,
    };
    let step = |what: &str| PlanStep::manual(what);
    let plan = ChangePlan {
        id: "p-5d20b7e1".to_owned(),
        title: "Stop the load test's instances".to_owned(),
        why: "The test ended on Friday; nothing has used them since.".to_owned(),
        incident: Some("i-3f9a2c10".to_owned()),
        risk: Risk::Medium,
        requester: "jane".to_owned(),
        steps: vec![step("stop i-0abc and i-0def"), step("delete their volumes after a snapshot")],
        saving_per_month: Some(Money::new(Amount::whole(6_810), Currency::USD)),
        rollout: None,
        created_at: instant(21, 6, 10),
        expires_at: instant(24, 6, 10),
    };
    let decision =
        Decision { who: "jo".to_owned(), approves: state != PlanState::Declined, in_chat: true, at: instant(21, 7, 0) };
    let decided = !matches!(state, PlanState::Proposed | PlanState::Expired);
    let (progress, not_restored) = match state {
        PlanState::RolledBack => (
            vec!["canary: 1 of 2 steps done".to_owned(), "alarm checkout-5xx: it is ALARM; rolling back".to_owned()],
            vec!["step 2: vol-0def is restored as vol-0123 with its data".to_owned()],
        ),
        PlanState::Running | PlanState::Done => (vec!["canary: 1 of 2 steps done".to_owned()], Vec::new()),
        _ => (Vec::new(), Vec::new()),
    };
    let hash = plan.hash(1, false).unwrap_or_default();
    let record = PlanRecord {
        plan,
        hash,
        state,
        needs: 1,
        needs_outside_chat: false,
        decisions: decided.then_some(decision).into_iter().collect(),
        progress,
        not_restored,
    };
    message(&format!("p-5d20b7e1#{}", change.as_str()), Content::Plan { change, plan: Box::new(record) })
}

/// The digest of recommendations.
pub fn advice() -> Message {
    let line = |id: &str, what: &str, saving: &str, can_be_planned| AdviceLine {
        id: id.to_owned(),
        what: what.to_owned(),
        saving: saving.to_owned(),
        can_be_planned,
    };
    let digest = AdviceDigest {
        day: day(21),
        open: 37,
        new: 4,
        between: vec![(Currency::USD, Amount::whole(2_140), Amount::whole(2_610))],
        unknown: 3,
        best: vec![
            line("a-1c9e44d0", "stop m5.2xlarge, unused for 14 days (build-7)", "280.32 USD", true),
            line(
                "a-77b0a3f2",
                "move 2000 GiB from gp2 to gp3 with 6000 IOPS and 250 MiB/s (vol-0a1b)",
                "20.00 USD",
                true,
            ),
            line(
                "a-90aa17c4",
                "buy a savings plan for 1.2 USD an hour of Amazon Elastic Compute Cloud",
                "unknown",
                false,
            ),
        ],
        realized: vec![(Currency::USD, Amount::whole(412))],
    };
    message("advice-2026-11-21", Content::Advice(digest))
}

fn revision() -> Revision {
    Revision { source: SourceId::from_text("aws-111111111111"), period: day(1).month(), hash: ContentHash(7) }
}

/// Days that a provider restated.
pub fn restated() -> Message {
    let mut effective = Totals::default();
    // One amount is in range.
    let _ = effective.add(Money::new(Amount::whole(-312), Currency::USD));
    let restatement = Restatement { days: vec![day(3), day(4)], series: 12, effective, ..Restatement::default() };
    message("restated-aws-111111111111-2026-11#7", Content::Restated { revision: revision(), restatement })
}

/// A month that does not reconcile.
pub fn not_reconciled() -> Message {
    let gap = ReconciliationGap {
        account: Some("111111111111".to_owned()),
        service: Some("Amazon Relational Database Service".to_owned()),
        currency: Currency::USD,
        lake: Amount::whole(4_210),
        other: Amount::whole(4_620),
    };
    let Revision { source, period, .. } = revision();
    let against = "Cost Explorer".to_owned();
    let content = Content::NotReconciled { source, period, against, gaps: vec![gap], more: 3 };
    message("reconcile-aws-111111111111-2026-11#1", content)
}

/// The day's heartbeat.
pub fn heartbeat() -> Message {
    let heartbeat = Heartbeat {
        day: day(21),
        open_incidents: 2,
        waiting: 0,
        failed: 0,
        sources: vec![(SourceId::from_text("aws-111111111111"), day(20))],
        audit: Some((41, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned())),
    };
    message("heartbeat-2026-11-21", Content::Heartbeat(heartbeat))
}

/// Several messages in one.
pub fn digest() -> Message {
    let line = |n: u32, severity| DigestLine {
        message: format!("i-{n:08x}#opened").into(),
        severity: Some(severity),
        title: format!("[{severity}] AWS / larkspur-data / Amazon S3, drift of +{n}.00 USD a day since 2026-11-12"),
    };
    let lines = vec![line(34, Severity::Medium), line(12, Severity::Low)];
    message("digest-rest-1", Content::Digest(Digest { route: "rest".to_owned(), lines, more: 0 }))
}

/// One message of each kind for people.
pub fn all() -> Vec<Message> {
    vec![
        incident(IncidentChange::Opened),
        incident(IncidentChange::Acknowledged),
        incident(IncidentChange::Resolved),
        budget(),
        plan(PlanChange::Proposed),
        plan(PlanChange::Approved),
        plan(PlanChange::RolledBack),
        advice(),
        restated(),
        not_reconciled(),
        heartbeat(),
        digest(),
    ]
}

/// A message that is larger than any channel accepts: long names and hundreds of causes.
pub fn enormous() -> Message {
    let long = "x<&>é".repeat(2_000);
    let mut incident = incident_of(IncidentChange::Opened);
    let cause = incident.causes[0].clone();
    incident.causes = (0..400).map(|n| Cause { value: Some(format!("{n} {long}")), ..cause.clone() }).collect();
    incident.scope.0.insert(Facet::Service, Some(long.clone()));
    incident.notes = vec![long.clone()];
    incident.events.push(IncidentEvent { at: instant(21, 6, 0), what: long.clone() });
    incident.dimensions = (0..30).map(|n| (format!("dimension-{n}"), long.clone())).collect();
    message("i-3f9a2c10#opened", Content::Incident { change: IncidentChange::Opened, incident: Box::new(incident) })
}
