//! The console: messages as text, for a person who watches. Nothing is edited.

use std::io::Write;
use std::sync::Mutex;

use async_trait::async_trait;
use tollgate_model::Message;
use tollgate_model::untrusted;

use crate::connect::{ChannelSettings, ConnectError, ConnectParts};
use crate::{Channel, ChannelError, Envelope, Receipt, text};

const KIND: &str = "console";

/// A stream that people read.
pub struct Console(Mutex<Box<dyn Write + Send>>);

impl Console {
    /// Writes to a stream.
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        Self(Mutex::new(out))
    }
}

/// Makes the channel. It has no settings.
pub(crate) fn connect(_: &ChannelSettings, _: &ConnectParts<'_>) -> Result<Box<dyn Channel>, ConnectError> {
    Ok(Box::new(Console::new(Box::new(std::io::stderr()))))
}

#[async_trait]
impl Channel for Console {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn accepts(&self, message: &Message) -> bool {
        message.is_for_people() && !message.is_quiet()
    }

    async fn send(&self, envelope: &Envelope<'_>) -> Result<Receipt, ChannelError> {
        let message = envelope.message;
        let note = envelope.note.map_or(String::new(), |note| format!("{}\n", untrusted::plain(note)));
        let text = untrusted::terminal(&format!("{note}{}\n{}\n", text::title(message), text::body(message)));
        let written =
            self.0.lock().map_err(|e| e.to_string()).and_then(|mut out| {
                out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| e.to_string())
            });
        written.map_err(|message| ChannelError::Refused { channel: KIND, message })?;
        Ok(Receipt { id: message.id.to_string(), thread: None })
    }
}
