//! `route "platform" { … }`: who hears of what, where and when.

use serde::Serialize;
use tollgate_model::{IncidentKind, MessageSubject, Severity};

use crate::block::Block;
use crate::budget::{Match, scope};
use crate::channel::Channel;
use crate::channel_types::DefaultRoute;
use crate::document::Document;
use crate::people::{Person, named};

/// Who hears of what. Routes are tried in the order of the file; the first that matches holds, and those after it when it
/// says `continue = true`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Route {
    /// Its name, unique in the file.
    pub name: String,
    /// What it is about: everything when empty.
    pub about: Vec<MessageSubject>,
    /// The least severity of an incident.
    pub severity: Severity,
    /// Kinds of incidents: every kind when empty.
    pub kinds: Vec<IncidentKind>,
    /// What incidents and budgets are about: everything when empty.
    pub scope: Vec<Match>,
    /// Where it goes.
    pub channels: Vec<String>,
    /// Who is named.
    pub people: Vec<String>,
    /// When nobody is disturbed.
    pub quiet: Option<Quiet>,
    /// Once a day, all in one message; else at once.
    pub digest: Option<Daily>,
    /// The most messages of a while; those beyond come together after it.
    pub throttle: Option<Throttle>,
    /// Who hears when nobody acknowledges an incident.
    pub escalate: Option<Escalation>,
    /// Whether routes after it are tried too.
    pub goes_on: bool,
}

/// Hours of the day in which messages wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quiet {
    /// From this minute of the day.
    pub from: u16,
    /// To this one; before `from` when it is past midnight.
    pub to: u16,
    /// Whose day: an IANA time zone.
    pub zone: String,
    /// Incidents of this severity and above come through.
    pub except: Severity,
}

/// A time of each day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Daily {
    /// The minute of the day.
    pub at: u16,
    /// Whose day: an IANA time zone.
    pub zone: String,
}

/// The most messages of a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Throttle {
    /// How many.
    pub at_most: usize,
    /// Seconds.
    pub per: u32,
}

/// Who hears when nobody acknowledges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Escalation {
    /// Seconds after the message.
    pub after: u32,
    /// Where.
    pub channels: Vec<String>,
    /// Who is named.
    pub people: Vec<String>,
}

/// The throttle of a route that names none.
const USUAL_THROTTLE: Throttle = Throttle { at_most: 20, per: 3600 };
const UTC: &str = "UTC";

/// What a route may refer to.
pub(crate) struct Known<'p> {
    pub(crate) dimensions: &'p [String],
    pub(crate) channels: &'p [Channel],
    pub(crate) people: &'p [Person],
}

impl Route {
    /// What holds without any route in the file: pagers hear of high and critical incidents, tickets are made from medium on, and
    /// every other channel hears of everything. `others` are channels that no file names.
    pub fn usual(channels: &[Channel], others: Vec<String>) -> Vec<Self> {
        let of = |wanted: DefaultRoute| -> Vec<String> {
            channels.iter().filter(|c| c.kind.default_route == wanted).map(|c| c.name.clone()).collect()
        };
        let named = |name: &str, channels| Self { name: name.to_owned(), goes_on: true, ..Self::to(channels) };
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

    /// Everything, at once, on some channels.
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
            throttle: Some(USUAL_THROTTLE),
            escalate: None,
            goes_on: false,
        }
    }

    pub(crate) fn read(name: String, block: &mut Block<'_>, known: &Known<'_>, document: &mut Document<'_>) -> Self {
        let severities = Severity::ALL.map(|s| (s.as_str(), s));
        let subjects = MessageSubject::ALL.map(|s| (s.as_str(), s));
        let kinds = IncidentKind::ALL.map(|k| (k.as_str(), k));
        let conditions = block.expression("scope").map(|e| scope(e, &block.title, known.dimensions, document));
        let mut out = Self {
            about: block.words("about", &subjects, document),
            severity: block.word("severity", &severities, document).unwrap_or(Severity::Low),
            kinds: block.words("kind", &kinds, document),
            scope: conditions.unwrap_or_default(),
            people: named(block, "people", known.people, document),
            goes_on: block.flag("continue", document).unwrap_or(false),
            name,
            ..Self::to(channels(block, known.channels, document))
        };
        block.missing("channels", "channels = [\"finops\"]; an empty list sends nowhere", document);
        if let Some(mut quiet) = block.child("quiet", document) {
            let (from, to) = (quiet.time_of_day("from", document), quiet.time_of_day("to", document));
            quiet.missing("from", "from = \"22:00\"", document);
            quiet.missing("to", "to = \"07:00\"", document);
            let (zone, except) = (zone(&mut quiet, document), quiet.word("except", &severities, document));
            if let (Some(from), Some(to)) = (from, to) {
                out.quiet = Some(Quiet { from, to, zone, except: except.unwrap_or(Severity::Critical) });
            }
            quiet.finish(document);
        }
        if let Some(mut digest) = block.child("digest", document) {
            let at = digest.time_of_day("at", document);
            digest.missing("at", "at = \"09:00\"", document);
            let zone = zone(&mut digest, document);
            out.digest = at.map(|at| Daily { at, zone });
            digest.finish(document);
        }
        if let Some(mut throttle) = block.child("throttle", document) {
            let at_most = throttle.whole("at_most", 1..=1000, document).unwrap_or(USUAL_THROTTLE.at_most as u64);
            let per = throttle.time_span("per", document).unwrap_or(USUAL_THROTTLE.per);
            out.throttle = Some(Throttle { at_most: usize::try_from(at_most).unwrap_or(1), per });
            throttle.finish(document);
        }
        if let Some(mut escalate) = block.child("escalate", document) {
            let after = escalate.time_span("after", document);
            escalate.missing("after", "after = \"30m\"", document);
            let channels = channels(&mut escalate, known.channels, document);
            escalate.missing("channels", "channels = [\"pager\"]", document);
            let people = named(&mut escalate, "people", known.people, document);
            out.escalate = after.map(|after| Escalation { after, channels, people });
            escalate.finish(document);
        }
        out
    }
}

fn zone(block: &mut Block<'_>, document: &mut Document<'_>) -> String {
    match block.text("zone", document) {
        None => UTC.to_owned(),
        Some((zone, at)) => {
            if jiff::tz::TimeZone::get(zone).is_err() {
                let hint = Some("write an IANA name, such as \"Europe/Berlin\"".to_owned());
                document.report(at, format!("there is no time zone `{zone}`"), hint);
            }
            zone.to_owned()
        }
    }
}

/// Names of channels of the file.
pub(crate) fn channels(block: &mut Block<'_>, known: &[Channel], document: &mut Document<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for (name, at) in block.texts("channels", document) {
        check_channel(&name, at, &block.title, known, document);
        out.push(name);
    }
    out
}

/// The topic of a deployment, which every policy may name.
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
