//! `approval "high" { … }`: the approvals that a change plan of a risk class requires.

use serde::Serialize;
use tollgate_model::Risk;

use crate::block::Block;
use crate::document::Document;

/// The approvals that a plan of a risk class requires before it is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ApprovalRequirement {
    /// The risk class.
    pub risk: Risk,
    /// How many people must approve.
    pub people: usize,
    /// Whether the requester may be one of the approvers.
    pub requester_may: bool,
    /// Whether approvals from a chat suffice.
    pub chat_alone: bool,
    /// Seconds after which the plan can no longer be approved.
    pub expires: u32,
}

const DAY: u32 = 86_400;

impl ApprovalRequirement {
    /// Returns the defaults: one person for low risk, a person other than the requester for medium risk, and two people for high
    /// risk, one of them outside of the chat.
    pub const fn default_for(risk: Risk) -> Self {
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
        let Self { people, requester_may, chat_alone, expires, .. } = Self::default_for(risk);
        let out = Self {
            risk,
            people: block.whole_or("people", 1..=10, people, document),
            requester_may: block.flag_or("requester_may", requester_may, document),
            chat_alone: block.flag_or("chat_alone", chat_alone, document),
            expires: block.time_span_or("expires", expires, document),
        };
        if risk == Risk::High && out.chat_alone {
            let at = block.place("chat_alone").unwrap_or(block.at.clone());
            let hint = Some("remove `chat_alone`; one approval comes from `tollgate plans approve`".to_owned());
            document.report(at, "high risk cannot be approved from a chat alone", hint);
        }
        Some(out)
    }
}
