//! The id of a message: a thread and an event in it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The id of a message: `i-3f9a2c10#opened` is the event `opened` of the thread `i-3f9a2c10`.
///
/// The same fact has the same id, however often it is detected: an id is sent once. Messages of one thread are shown together.
/// A message without a thread of its own, such as a digest, is the only one of its thread and has no event.
///
/// # Parsing and printing
///
/// The thread ends at the last `#`: names of threads may contain one, events never do.
///
/// ```
/// use tollgate_model::MessageId;
/// let id = MessageId::new("i-3f9a2c10", "raised-high");
/// assert_eq!(id.to_string(), "i-3f9a2c10#raised-high");
/// assert_eq!(MessageId::from("i-3f9a2c10#raised-high"), id);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct MessageId {
    text: String,
    /// The length of the thread in bytes.
    thread: usize,
}

impl MessageId {
    /// The id of an event of a thread. A `#` in the event becomes `-`.
    pub fn new(thread: &str, event: &str) -> Self {
        Self { text: format!("{thread}#{}", event.replace('#', "-")), thread: thread.len() }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What the messages of one thread have in common: an incident, a budget with its period, a restated month.
    pub fn thread(&self) -> &str {
        self.text.get(..self.thread).unwrap_or(&self.text)
    }

    /// The event in the thread; empty where the id has none.
    pub fn event(&self) -> &str {
        self.text.get(self.thread + 1..).unwrap_or_default()
    }
}

impl From<String> for MessageId {
    fn from(text: String) -> Self {
        let thread = text.rfind('#').unwrap_or(text.len());
        Self { text, thread }
    }
}

impl From<&str> for MessageId {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<MessageId> for String {
    fn from(id: MessageId) -> Self {
        id.text
    }
}

impl FromStr for MessageId {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::from(text))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        for (thread, event) in [("i-3f9a2c10", "opened"), ("budget-a#b-2026-11-01", "80-actual"), ("t", "")] {
            let id = MessageId::new(thread, event);
            let read: MessageId = serde_json::from_str(&serde_json::to_string(&id).unwrap()).unwrap();
            assert_eq!(read, id);
            assert_eq!((read.thread(), read.event()), (thread, event));
        }
        assert_eq!(MessageId::new("t", "a#b").event(), "a-b");
    }

    #[test]
    fn an_id_without_an_event_is_its_own_thread() {
        let id = MessageId::from("digest-default-1");
        assert_eq!((id.thread(), id.event(), id.as_str()), ("digest-default-1", "", "digest-default-1"));
    }
}
