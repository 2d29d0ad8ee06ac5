//! `approval "high" { … }`: what a change plan of a risk class needs.

use serde::Serialize;
use tollgate_model::Risk;

use crate::block::Block;
use crate::document::Document;

/// What a plan of a risk class needs before it is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// The class.
    pub risk: Risk,
    /// How many people must approve.
    pub people: usize,
    /// Whether whoever asks for it may be one of them.
    pub requester_may: bool,
    /// Whether approvals from a chat are enough.
    pub chat_alone: bool,
    /// Seconds after which nobody may approve it any more.
    pub expires: u32,
}

const DAY: u32 = 86_400;

impl Approval {
    /// What holds where the file says nothing: one person for low, another than the requester from medium on, two for high and
    /// one of them outside of the chat.
    pub const fn usual(risk: Risk) -> Self {
        match risk {
            Risk::Low => Self { risk, people: 1, requester_may: true, chat_alone: true, expires: 7 * DAY },
            Risk::Medium => Self { risk, people: 1, requester_may: false, chat_alone: true, expires: 3 * DAY },
            Risk::High => Self { risk, people: 2, requester_may: false, chat_alone: false, expires: DAY },
        }
    }

    pub(crate) fn read(name: &str, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<Self> {
        let Ok(risk) = name.parse::<Risk>() else {
            let hint = crate::diagnostic::suggest(name, Risk::ALL.map(Risk::as_str));
            document.report(block.at.clone(), format!("there is no risk class `{name}`"), hint);
            return None;
        };
        let usual = Self::usual(risk);
        let out = Self {
            risk,
            people: block.whole("people", 1..=10, document).map_or(usual.people, |n| usize::try_from(n).unwrap_or(10)),
            requester_may: block.flag("requester_may", document).unwrap_or(usual.requester_may),
            chat_alone: block.flag("chat_alone", document).unwrap_or(usual.chat_alone),
            expires: block.time_span("expires", document).unwrap_or(usual.expires),
        };
        if risk == Risk::High && out.chat_alone {
            let at = block.place("chat_alone").unwrap_or(block.at.clone());
            let hint = Some("take `chat_alone` away; one approval comes by `tollgate plans approve`".to_owned());
            document.report(at, "high risk cannot be approved from a chat alone", hint);
        }
        Some(out)
    }
}
