//! A card: the text of a message in parts, which each channel lays out in its own way.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tollgate_model::budget::percent;
use tollgate_model::incident::FLAPPING;
use tollgate_model::money::grouped;
use tollgate_model::series::{Facet, Scope};
use tollgate_model::text::counted;
use tollgate_model::untrusted;
use tollgate_model::{
    AdviceDigest, Amount, BudgetState, BudgetStatus, Content, CostHistory, Currency, Day, DayRange, Incident,
    IncidentChange, IncidentState, Message, PlanChange, PlanRecord, PlanState, ReconciliationGap, Restatement,
    Severity,
};

/// The urgency of a card, shown as a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// People should act now.
    Alarm,
    /// People should look at it.
    Warning,
    /// It is over, or expected.
    Good,
    /// Neither.
    Neutral,
}

/// A button of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Button {
    /// Acknowledges the incident.
    Acknowledge,
    /// Marks the incident as expected, through a day.
    Expected,
    /// Snoozes the incident.
    Snooze,
    /// Assigns the incident.
    Assign,
    /// Proposes a change plan that fixes the incident.
    Propose,
    /// Approves a plan.
    Approve,
    /// Declines a plan.
    Decline,
    /// Requests a plan that follows recommendations.
    Fix,
}

impl Button {
    /// Every button.
    pub const ALL: [Self; 8] = [
        Self::Acknowledge,
        Self::Expected,
        Self::Snooze,
        Self::Assign,
        Self::Propose,
        Self::Approve,
        Self::Decline,
        Self::Fix,
    ];

    /// Its name in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Expected => "expected",
            Self::Snooze => "snooze",
            Self::Assign => "assign",
            Self::Propose => "propose",
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::Fix => "fix",
        }
    }

    /// The button with a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|button| button.as_str() == name)
    }

    /// Whether a press opens a form.
    pub const fn opens_form(self) -> bool {
        match self {
            Self::Expected | Self::Snooze | Self::Assign | Self::Propose => true,
            Self::Acknowledge | Self::Approve | Self::Decline | Self::Fix => false,
        }
    }

    /// Its label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Acknowledge => "Acknowledge",
            Self::Expected => "Expected…",
            Self::Snooze => "Snooze…",
            Self::Assign => "Assign…",
            Self::Propose => "Propose a fix…",
            Self::Approve => "Approve",
            Self::Decline => "Decline",
            Self::Fix => "Propose a fix",
        }
    }
}

/// A chart of daily costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// The amounts.
    pub cost_history: CostHistory,
    /// The days of the incident.
    pub marked: DayRange,
    /// Their currency.
    pub currency: Currency,
}

/// The text of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// What happened, in a line.
    pub title: String,
    /// Its urgency.
    pub tone: Tone,
    /// Why, in a sentence or two.
    pub lead: String,
    /// Names with values, the important ones first.
    pub facts: Vec<(&'static str, String)>,
    /// The title of the list.
    pub list_title: &'static str,
    /// Causes, gaps or steps, the important ones first.
    pub list: Vec<String>,
    /// Small print.
    pub notes: Vec<String>,
    /// A small chart.
    pub chart: Option<Chart>,
    /// Links: text and address.
    pub links: Vec<(&'static str, String)>,
    /// Its buttons.
    pub buttons: Vec<Button>,
    /// The value of its buttons: an opaque id, and a hash where something is approved.
    pub value: String,
}

impl Card {
    fn new(title: String, tone: Tone) -> Self {
        Self {
            title,
            tone,
            lead: String::new(),
            facts: Vec::new(),
            list_title: "",
            list: Vec::new(),
            notes: Vec::new(),
            chart: None,
            links: Vec::new(),
            buttons: Vec::new(),
            value: String::new(),
        }
    }

    /// The card of a message.
    pub fn of(message: &Message) -> Self {
        let mut card = match &message.content {
            Content::Incident { change, incident } => of_incident(*change, incident),
            Content::Budget { status, crossed } => {
                let crossed = crossed.iter().map(|c| format!("{} crossed {} %", c.on.label(), c.percent));
                of_budget(status, crossed.collect())
            }
            Content::Restated { revision, restatement } => {
                let days = counted(restatement.days.len(), "day", "days");
                let changes = changes(restatement);
                let mut card = Self::new(
                    format!("Restated: {} changed {days} of {} by {changes}", revision.source, revision.period),
                    Tone::Neutral,
                );
                "The provider restated days that were reported before. This is not an anomaly."
                    .clone_into(&mut card.lead);
                if let (Some(first), Some(last)) = (restatement.days.first(), restatement.days.last()) {
                    card.facts.push(("Days", format!("{first} to {last}")));
                }
                card.facts.push(("Series", restatement.series.to_string()));
                card.facts.push(("Effective cost", changes));
                card
            }
            Content::NotReconciled { source, period, gaps, more, against } => {
                let mut card = Self::new(format!("{source} {period} does not reconcile with {against}"), Tone::Warning);
                card.list_title = "Gaps";
                card.list = gaps.iter().map(|gap| gap_line(gap, against)).collect();
                if *more > 0 {
                    card.notes.push(format!("and {more} more; `tollgate reconcile` lists them"));
                }
                card
            }
            Content::Plan { change, plan } => of_plan(*change, plan),
            Content::Advice(digest) => of_advice(digest),
            Content::PlanDue { plan } => Self::new(format!("{plan} can continue"), Tone::Neutral),
            Content::Heartbeat(heartbeat) => {
                let mut card = Self::new(format!("Tollgate heartbeat: {}", heartbeat.day), Tone::Neutral);
                card.facts = vec![
                    ("Open incidents", heartbeat.open_incidents.to_string()),
                    ("Deliveries waiting", heartbeat.waiting.to_string()),
                    ("Deliveries failed", heartbeat.failed.to_string()),
                ];
                if heartbeat.failed > 0 {
                    card.tone = Tone::Warning;
                }
                card.list_title = "Charges through";
                card.list = heartbeat.sources.iter().map(|(source, day)| format!("{source}: {day}")).collect();
                if let Some((number, hash)) = &heartbeat.audit {
                    // The hash outside of the table proves later whether the log was cut.
                    card.notes.push(format!("audit log: {number} entries, the last is {hash}"));
                }
                card
            }
            Content::Digest(digest) => {
                let count = digest.lines.len() as u64 + digest.more;
                let mut card = Self::new(format!("{count} messages of route {}", digest.route), Tone::Neutral);
                card.list = digest.lines.iter().map(|line| line.title.clone()).collect();
                if digest.more > 0 {
                    card.notes.push(format!("and {} more; `tollgate deliveries` lists them", digest.more));
                }
                card
            }
            Content::RevisionsCurrent { revisions } => {
                let mut card = Self::new(format!("{} revisions became current", revisions.len()), Tone::Neutral);
                card.list = revisions.iter().map(ToString::to_string).collect();
                card
            }
        };
        card.notes.push(format!("run {}", message.run));
        card.plain()
    }

    /// Text of bills and people in it is plain: no address is a link, and no character controls a terminal. Each channel escapes its own
    /// markup as well.
    fn plain(mut self) -> Self {
        let texts = [&mut self.title, &mut self.lead].into_iter().chain(&mut self.list).chain(&mut self.notes);
        for text in texts.chain(self.facts.iter_mut().map(|(_, value)| value)) {
            *text = untrusted::plain(text);
        }
        self
    }
}

fn of_incident(change: IncidentChange, incident: &Incident) -> Card {
    let what = match change {
        IncidentChange::Opened
        | IncidentChange::Grew
        | IncidentChange::Acknowledged
        | IncidentChange::Assigned
        | IncidentChange::Snoozed => "",
        IncidentChange::Raised => "raised: ",
        IncidentChange::Reopened => "reopened: ",
        IncidentChange::Resolved => "resolved: ",
        IncidentChange::Expected => "expected: ",
        IncidentChange::Unanswered => "not acknowledged: ",
        IncidentChange::Reminded => "still open: ",
    };
    let title = format!(
        "[{}] {what}{}, {} of {} a day since {}",
        incident.severity,
        scope_text(&incident.scope),
        incident.kind.label(),
        signed(incident.impact_per_day, incident.currency),
        incident.start
    );
    let tone = match (incident.state, incident.severity) {
        (IncidentState::Resolved | IncidentState::Expected, _) => Tone::Good,
        (_, Severity::Critical | Severity::High) => Tone::Alarm,
        (_, Severity::Medium | Severity::Low) => Tone::Warning,
    };
    let mut card = Card::new(title, tone);
    card.lead = incident.explanation();
    let share =
        percent(incident.impact_per_day, incident.expected_per_day).map_or(String::new(), |p| format!(" ({p:+} %)"));
    card.facts = vec![
        ("A day", format!("{}{share}", signed(incident.impact_per_day, incident.currency))),
        ("A month, if it continues", signed(incident.impact_per_month(), incident.currency)),
        ("So far", signed(incident.impact, incident.currency)),
        ("Since", format!("{}, {}", incident.start, incident.trend.label())),
        ("State", state(incident)),
    ];
    if !incident.dimensions.is_empty() {
        let owners: Vec<String> = incident.dimensions.iter().map(|(name, value)| format!("{name} {value}")).collect();
        card.facts.push(("Owner", owners.join(", ")));
    }
    card.list_title = "Causes";
    card.list = incident
        .causes
        .iter()
        .map(|cause| {
            format!(
                "{} % {} {}: {} -> {} a day",
                cause.share_percent,
                cause.dimension,
                cause.value.as_deref().unwrap_or("(not set)"),
                grouped(cause.before, 2),
                grouped(cause.during, 2)
            )
        })
        .collect();
    if let Some(last) = incident.events.last() {
        card.notes.push(last.what.clone());
    }
    if incident.reopened.len() >= FLAPPING {
        card.notes.push(format!("reopened {} times", incident.reopened.len()));
    }
    card.notes.push(format!("tollgate incidents show {}", incident.id));
    card.chart = incident.cost_history.clone().filter(|t| t.amounts.len() > 1).map(|cost_history| Chart {
        cost_history,
        marked: DayRange { start: incident.start, end: incident.last.plus(1) },
        currency: incident.currency,
    });
    card.links.extend(console(&incident.scope));
    card.value.clone_from(&incident.id);
    card.buttons = match incident.state {
        IncidentState::Open => {
            vec![Button::Acknowledge, Button::Expected, Button::Snooze, Button::Assign, Button::Propose]
        }
        IncidentState::Acknowledged => vec![Button::Expected, Button::Snooze, Button::Assign, Button::Propose],
        IncidentState::Resolved | IncidentState::Expected => Vec::new(),
    };
    card
}

fn state(incident: &Incident) -> String {
    let mut out = incident.state.to_string();
    if let Some(who) = &incident.assignee {
        out += &format!(", assigned to {who}");
    }
    if let Some(until) = incident.snoozed_until.filter(|_| incident.is_live()) {
        out += &format!(", snoozed until {}", instant_text(until));
    }
    out
}

/// An instant to the minute: `2026-11-21 06:30 UTC`.
pub fn instant_text(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// The page on which a provider shows its costs.
fn console(scope: &Scope) -> Option<(&'static str, String)> {
    let provider = scope.0.get(&Facet::Provider)?.as_deref()?.to_lowercase();
    let address = match provider.as_str() {
        p if p.contains("amazon") || p.contains("aws") => {
            "https://console.aws.amazon.com/costmanagement/home#/cost-explorer"
        }
        p if p.contains("azure") || p.contains("microsoft") => {
            "https://portal.azure.com/#view/Microsoft_Azure_CostManagement/Menu/~/costanalysis"
        }
        p if p.contains("google") || p.contains("gcp") => "https://console.cloud.google.com/billing/linkedaccount",
        _ => return None,
    };
    Some(("Costs in the provider's console", address.to_owned()))
}

fn of_budget(status: &BudgetStatus, crossed: Vec<String>) -> Card {
    let money = |amount: Amount| format!("{} {}", grouped(amount, 0), status.currency);
    let title = format!(
        "Budget {} is {}: {} of {}",
        status.name,
        status.state.label(),
        grouped(status.actual, 0),
        money(status.amount)
    );
    let tone = match status.state {
        BudgetState::Over => Tone::Alarm,
        BudgetState::ForecastOver | BudgetState::Warning => Tone::Warning,
        BudgetState::OnTrack => Tone::Good,
        BudgetState::Unknown => Tone::Neutral,
    };
    let mut card = Card::new(title, tone);
    card.lead = crossed.join("; ");
    let spent = percent(status.actual, status.amount).map_or("unknown".to_owned(), |p| format!("{p} %"));
    card.facts.push(("Spent", format!("{} ({spent}) by {}", money(status.actual), status.as_of)));
    card.facts.push(("Period", format!("{} to {}", status.period.start, status.period.end.plus(-1))));
    if let Some(end) = status.forecast {
        let (low, high) = (grouped(end.low, 0), grouped(end.high, 0));
        card.facts.push(("Forecast", format!("{}, between {low} and {high}", money(end.mean))));
    }
    if let Some(pace) = status.pace_percent {
        card.facts.push(("Pace", format!("{pace} % of the plan to date")));
    }
    card.facts.push(("Left", money(status.left)));
    if let Some(parent) = &status.parent {
        card.facts.push(("Parent budget", parent.clone()));
    }
    if let Some(variance) = &status.variance {
        card.list_title = "Cost drivers";
        let shown = variance.causes.iter().filter(|c| !c.difference().round(0).is_zero());
        card.list = shown
            .map(|c| {
                let incident = c.incident.as_ref().map_or(String::new(), |id| format!(" ({id})"));
                format!(
                    "{} {}: {} instead of {}{incident}",
                    signed(c.difference().round(0), status.currency),
                    c.label(),
                    grouped(c.actual, 0),
                    grouped(c.planned, 0)
                )
            })
            .collect();
    }
    if let Some(amended) = &status.amended {
        card.notes.push(format!("amended on {} by {}", amended.on, amended.author));
    }
    for c in &status.converted {
        card.notes.push(format!("{} counted as {}", c.charged, money(c.counted)));
    }
    for other in status.not_counted.iter() {
        card.notes.push(format!("not counted: {other}; no exchange rate is known"));
    }
    card
}

fn of_plan(change: PlanChange, record: &PlanRecord) -> Card {
    let plan = &record.plan;
    let tone = match record.state {
        PlanState::Proposed => Tone::Warning,
        PlanState::Approved | PlanState::Running | PlanState::Done => Tone::Good,
        PlanState::RolledBack | PlanState::Halted => Tone::Alarm,
        PlanState::Declined | PlanState::Expired => Tone::Neutral,
    };
    let mut card = Card::new(format!("Change plan {}: {}", change.label(), plan.title), tone);
    card.lead.clone_from(&plan.why);
    let saving = plan.saving_per_month.map_or("unknown".to_owned(), |m| format!("{m} a month"));
    let decided: Vec<String> = record
        .decisions
        .iter()
        .map(|d| format!("{} {}", d.who, if d.approves { "approves" } else { "declines" }))
        .collect();
    card.facts = vec![
        ("Saves", saving),
        ("Risk", plan.risk.to_string()),
        ("Requested by", plan.requester.clone()),
        ("Expires", instant_text(plan.expires_at)),
        ("Decisions", if decided.is_empty() { "none yet".to_owned() } else { decided.join(", ") }),
    ];
    if record.state == PlanState::Proposed
        && let Some(missing) = record.missing()
    {
        card.facts.push(("Needs", missing));
    }
    card.list_title = "Steps";
    card.list = plan
        .steps
        .iter()
        .map(|step| {
            let lost = step.change.iter().flat_map(|c| &c.actions).find_map(|a| a.lost.as_ref());
            lost.map_or_else(|| step.what.clone(), |lost| format!("{}; a rollback does not restore {lost}", step.what))
        })
        .collect();
    if plan.rollout.is_some() {
        card.notes.push(format!("tollgate plans show {} lists every call and its rollback", plan.id));
    }
    if let Some(last) = record.progress.last() {
        card.facts.push(("Progress", last.clone()));
    }
    card.notes.extend(record.not_restored.iter().map(|what| format!("not restored: {what}")));
    card.notes.push(format!("{} {}", plan.id, record.hash.get(..16).unwrap_or_default()));
    card.value = format!("{}.{}", plan.id, record.hash);
    if record.state == PlanState::Proposed {
        card.buttons = vec![Button::Approve, Button::Decline];
    }
    card
}

/// Recommendations that one press requests a plan for.
const FIXED: usize = 5;

fn of_advice(digest: &AdviceDigest) -> Card {
    let sums: Vec<String> = digest
        .between
        .iter()
        .map(|(currency, low, high)| format!("{} to {} {currency}", grouped(*low, 0), grouped(*high, 0)))
        .collect();
    let sums = if sums.is_empty() { "an unknown amount".to_owned() } else { sums.join(", ") };
    let mut card = Card::new(format!("{} recommendations would save {sums} a month", digest.open), Tone::Neutral);
    card.facts = vec![("Open", digest.open.to_string()), ("New this week", digest.new.to_string())];
    if digest.unknown > 0 {
        card.facts.push(("Saving unknown", digest.unknown.to_string()));
    }
    for (currency, amount) in &digest.realized {
        card.facts.push(("Realized, a month", format!("{} {currency}", grouped(*amount, currency.minor_places()))));
    }
    card.list_title = "Largest savings";
    card.list = digest.best.iter().map(|line| format!("{}: {}, {}", line.saving, line.what, line.id)).collect();
    card.notes.push("tollgate advise".to_owned());
    let ids: Vec<&str> = digest.best.iter().filter(|l| l.can_be_planned).take(FIXED).map(|l| l.id.as_str()).collect();
    if !ids.is_empty() {
        card.value = ids.join(",");
        card.buttons = vec![Button::Fix];
        card.notes.push(format!("the button plans {}", ids.join(", ")));
    }
    card
}

/// A gap between the lake and another source, in a line.
pub fn gap_line(gap: &ReconciliationGap, against: &str) -> String {
    format!(
        "{} {}: {} in the lake, {} in {against}, {}",
        gap.account.as_deref().unwrap_or("(no account)"),
        gap.service.as_deref().unwrap_or("all services"),
        grouped(gap.lake, 2),
        grouped(gap.other, 2),
        signed(gap.difference(), gap.currency)
    )
}

fn signed(amount: Amount, currency: Currency) -> String {
    let sign = if amount.is_negative() { "" } else { "+" };
    format!("{sign}{} {currency}", grouped(amount, currency.minor_places()))
}

fn changes(restatement: &Restatement) -> String {
    let parts: Vec<String> = restatement.effective.iter().map(|m| signed(m.amount, m.currency)).collect();
    if parts.is_empty() { "zero in total".to_owned() } else { parts.join(", ") }
}

/// A scope in a line: `AWS / 111111111111 / Amazon EC2`.
pub fn scope_text(scope: &Scope) -> String {
    let parts: Vec<&str> = scope.0.values().map(|v| v.as_deref().unwrap_or("(not set)")).collect();
    if parts.is_empty() { "everything".to_owned() } else { parts.join(" / ") }
}

/// The day of an amount of a cost history.
pub(crate) fn day_of(chart: &Chart, index: usize) -> Day {
    chart.cost_history.first.plus(i32::try_from(index).unwrap_or(0))
}
