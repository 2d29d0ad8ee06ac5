//! `route "platform" { … }`: which messages go to which channels, and when.

use serde::Serialize;
use tollgate_model::{IncidentKind, MessageSubject, Severity};

use crate::block::Block;
use crate::channel::Channel;
use crate::channel_types::DefaultRoute;
use crate::document::Document;
use crate::people::{Person, read_people};
use crate::scope::{ScopeCondition, read_scope};

/// The delivery of messages. Routes are tried in the order of the file. The first that matches is used, and those after it when
/// it sets `continue = true`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Route {
    /// Its name, unique in the file.
    pub name: String,
    /// The subjects of messages: all when empty.
    pub about: Vec<MessageSubject>,
    /// The lowest severity of an incident.
    pub severity: Severity,
    /// Kinds of incidents: all when empty.
    pub kinds: Vec<IncidentKind>,
    /// The scope of incidents and budgets: everything when empty.
    pub scope: Vec<ScopeCondition>,
    /// The channels.
    pub channels: Vec<String>,
    /// The people mentioned.
    pub people: Vec<String>,
    /// Hours in which messages wait.
    pub quiet: Option<QuietHours>,
    /// Once a day, all in one message; otherwise at once.
    pub digest: Option<DigestSchedule>,
    /// The most messages in a time span; later ones are combined into one message after it.
    pub throttle: Option<Throttle>,
    /// The recipients when nobody acknowledges an incident.
    pub escalate: Option<Escalation>,
    /// Whether later routes are tried too.
    pub continues: bool,
}

/// Hours of the day in which messages wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuietHours {
    /// From this minute of the day.
    pub from: u16,
    /// To this one; smaller than `from` when the hours cross midnight.
    pub to: u16,
    /// An IANA time zone.
    pub zone: String,
    /// Incidents of this severity and above are sent at once.
    pub except: Severity,
}

/// The time of a daily digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DigestSchedule {
    /// The minute of the day.
    pub at: u16,
    /// An IANA time zone.
    pub zone: String,
}

/// The most messages in a time span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Throttle {
    /// The number of messages.
    pub at_most: usize,
    /// The time span in seconds.
    pub per: u32,
}

/// The recipients when nobody acknowledges an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Escalation {
    /// Seconds after the message.
    pub after: u32,
    /// The channels.
    pub channels: Vec<String>,
    /// The people mentioned.
    pub people: Vec<String>,
}

/// The default throttle of a route.
const DEFAULT_THROTTLE: Throttle = Throttle { at_most: 20, per: 3600 };
const UTC: &str = "UTC";

/// The names that routes and budgets may refer to.
pub(crate) struct KnownNames<'p> {
    pub(crate) dimensions: &'p [String],
    pub(crate) channels: &'p [Channel],
    pub(crate) people: &'p [Person],
}

impl Route {
    /// Returns the routes when the file has none: pagers get high and critical incidents, tickets are created from medium severity
    /// on, and all other channels get everything. `others` are channels that the file does not name.
    pub fn defaults(channels: &[Channel], others: Vec<String>) -> Vec<Self> {
        let of = |wanted: DefaultRoute| -> Vec<String> {
            channels.iter().filter(|c| c.kind.default_route == wanted).map(|c| c.name.clone()).collect()
        };
        let named = |name: &str, channels| Self { name: name.to_owned(), continues: true, ..Self::to(channels) };
        let pagers = Self {
            about: vec![MessageSubject::Incident],
            severity: Severity::High,
            ..named("default for pagers", of(DefaultRoute::Pagers))
        };
        let tickets = Self {
            about: vec![MessageSubject::Incident, MessageSubject::Budget, MessageSubject::Reconciliation],
            severity: Severity::Medium,
            ..named("default for tickets", of(DefaultRoute::Tickets))
        };
        let rest = of(DefaultRoute::Everything).into_iter().chain(others).collect();
        let all = [pagers, tickets, named("default", rest)];
        all.into_iter().filter(|route| !route.channels.is_empty()).collect()
    }

    /// Returns a route that sends everything at once.
    fn to(channels: Vec<String>) -> Self {
        Self {
            name: String::new(),
            about: Vec::new(),
            severity: Severity::Low,
            kinds: Vec::new(),
            scope: Vec::new(),
            channels,
            people: Vec::new(),
            quiet: None,
            digest: None,
            throttle: Some(DEFAULT_THROTTLE),
            escalate: None,
            continues: false,
        }
    }

    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        known: &KnownNames<'_>,
        document: &mut Document<'_>,
    ) -> Self {
        let severities = Severity::ALL.map(|s| (s.as_str(), s));
        let subjects = MessageSubject::ALL.map(|s| (s.as_str(), s));
        let kinds = IncidentKind::ALL.map(|k| (k.as_str(), k));
        let mut out = Self {
            about: block.words("about", &subjects, document),
            severity: block.word_or("severity", &severities, Severity::Low, document),
            kinds: block.words("kind", &kinds, document),
            scope: read_scope(block, known.dimensions, document),
            people: read_people(block, "people", known.people, document),
            continues: block.flag_or("continue", false, document),
            name,
            ..Self::to(read_channels(block, known.channels, document))
        };
        block.missing("channels", "channels = [\"finops\"]; an empty list sends nowhere", document);
        if let Some(mut quiet) = block.child("quiet", document) {
            let (from, to) = (quiet.time_of_day("from", document), quiet.time_of_day("to", document));
            quiet.missing("from", "from = \"22:00\"", document);
            quiet.missing("to", "to = \"07:00\"", document);
            let (zone, except) =
                (read_zone(&mut quiet, document), quiet.word_or("except", &severities, Severity::Critical, document));
            if let (Some(from), Some(to)) = (from, to) {
                out.quiet = Some(QuietHours { from, to, zone, except });
            }
            quiet.finish(document);
        }
        if let Some(mut digest) = block.child("digest", document) {
            let at = digest.time_of_day("at", document);
            digest.missing("at", "at = \"09:00\"", document);
            let zone = read_zone(&mut digest, document);
            out.digest = at.map(|at| DigestSchedule { at, zone });
            digest.finish(document);
        }
        let mut throttle = block.child_or_absent("throttle", document);
        out.throttle = Some(Throttle {
            at_most: throttle.whole_or("at_most", 1..=1000, DEFAULT_THROTTLE.at_most, document),
            per: throttle.time_span_or("per", DEFAULT_THROTTLE.per, document),
        });
        throttle.finish(document);
        if let Some(mut escalate) = block.child("escalate", document) {
            let after = escalate.time_span("after", document);
            escalate.missing("after", "after = \"30m\"", document);
            let channels = read_channels(&mut escalate, known.channels, document);
            escalate.missing("channels", "channels = [\"pager\"]", document);
            let people = read_people(&mut escalate, "people", known.people, document);
            out.escalate = after.map(|after| Escalation { after, channels, people });
            escalate.finish(document);
        }
        out
    }
}

fn read_zone(block: &mut Block<'_>, document: &mut Document<'_>) -> String {
    let zone = block.text_or("zone", UTC, document);
    if jiff::tz::TimeZone::get(&zone).is_err() {
        let at = block.place("zone").unwrap_or(block.at.clone());
        let hint = Some("write an IANA name, such as \"Europe/Berlin\"".to_owned());
        document.report(at, format!("there is no time zone `{zone}`"), hint);
    }
    zone
}

/// Reads names of channels of the file.
pub(crate) fn read_channels(block: &mut Block<'_>, known: &[Channel], document: &mut Document<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for (name, at) in block.texts("channels", document) {
        check_channel(&name, at, &block.title, known, document);
        out.push(name);
    }
    out
}

/// The name of the SNS topic of a deployment, which every policy may use.
pub const TOPIC: &str = "topic";

pub(crate) fn check_channel(
    name: &str,
    at: std::ops::Range<usize>,
    title: &str,
    known: &[Channel],
    document: &mut Document<'_>,
) {
    if name != TOPIC && !known.iter().any(|c| c.name == name) {
        let hint = crate::diagnostic::suggest(name, known.iter().map(|c| c.name.as_str()).chain([TOPIC]));
        document.report(at, format!("{title} names `{name}`, which is no channel of this file"), hint);
    }
}
