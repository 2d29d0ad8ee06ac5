//! A card: the text of a message in parts, which each channel lays out in its own way.

mod advice;
mod budget;
mod incident;
mod plan;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tollgate_model::money::grouped;
use tollgate_model::series::Scope;
use tollgate_model::text::counted;
use tollgate_model::untrusted;
use tollgate_model::{Amount, Content, CostHistory, Currency, Day, DayRange, Message, ReconciliationGap, Restatement};

use self::advice::of_advice;
use self::budget::of_budget;
use self::incident::of_incident;
use self::plan::of_plan;

/// The urgency of a card, shown as a color.
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

/// An instant to the minute: `2026-11-21 06:30 UTC`.
pub fn instant_text(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
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
