//! A Slack workspace as a chat: requests are opened by its signing secret and answered by its app.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use tollgate_model::Day;
use tollgate_model::hash::bytes_hash;

use super::inbound::{self, Payload};
use super::{Api, KIND, signature};
use crate::ChannelError;
use crate::chat::{Chat, ChatRequest, Form, Inbound, Refusal, SignatureError};

/// A workspace with the secret that signs its requests.
pub struct SlackWorkspace {
    api: Api,
    team: String,
    signing_secret: String,
}

impl SlackWorkspace {
    /// The workspace with an id, by an app in it.
    pub fn new(api: Api, team: impl Into<String>, signing_secret: impl Into<String>) -> Self {
        Self { api, team: team.into(), signing_secret: signing_secret.into() }
    }
}

/// Checks that a request was signed with a secret, within five minutes of `now`.
///
/// # Errors
///
/// When it was not.
pub(crate) fn verify_request(secret: &str, request: &ChatRequest<'_>, now: Timestamp) -> Result<(), SignatureError> {
    let (timestamp, signature) = (request.header(signature::TIMESTAMP), request.header(signature::SIGNATURE));
    signature::verify(secret, timestamp, signature, request.body, now)
}

#[async_trait]
impl Chat for SlackWorkspace {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn workspace(&self) -> &str {
        &self.team
    }

    fn open(&self, request: &ChatRequest<'_>, now: Timestamp) -> Result<Inbound, Refusal> {
        if request.body.len() > inbound::LARGEST {
            return Err(Refusal::TooLarge { size: request.body.len(), limit: inbound::LARGEST });
        }
        verify_request(&self.signing_secret, request, now)?;
        let today = Day::of(now).to_string();
        let read = inbound::read(request.body, &today).map_err(|e| Refusal::Unreadable(e.to_string()))?;
        let request_of_user = match read {
            Payload::Request(request) => request,
            Payload::InvalidForm(errors) => return Ok(Inbound::Reply(inbound::form_errors(&errors))),
            Payload::Nothing => return Ok(Inbound::Reply(Value::from(""))),
        };
        if request_of_user.workspace != self.team {
            return Err(Refusal::OtherWorkspace(request_of_user.workspace));
        }
        // The signature covers body and second: a replayed request has the same.
        let signature = request.header(signature::SIGNATURE).unwrap_or_default();
        let id = format!("{:032x}", bytes_hash(signature.as_bytes()));
        Ok(Inbound::Request { id, request: request_of_user })
    }

    async fn open_form(&self, trigger: &str, form: &Form) -> Result<(), ChannelError> {
        self.api.open_form(trigger, form).await
    }

    async fn answer(&self, reply_to: &str, text: &str) -> Result<(), ChannelError> {
        let body = json!({ "response_type": "ephemeral", "replace_original": false, "text": text });
        self.api.respond(reply_to, &body).await
    }

    async fn email_of(&self, user: &str) -> Result<Option<String>, ChannelError> {
        self.api.email_of(user).await
    }

    async fn is_in_group(&self, user: &str, group: &str) -> Result<bool, ChannelError> {
        self.api.is_in_group(user, group).await
    }

    async fn is_full_member(&self, user: &str) -> Result<bool, ChannelError> {
        self.api.is_full_member(user).await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hmac::{Hmac, KeyInit, Mac};
    use sha2::Sha256;

    use super::*;

    const NOW: i64 = 1_795_219_200;

    fn workspace(team: &str) -> SlackWorkspace {
        SlackWorkspace::new(Api::new(reqwest::Client::new(), "xoxb", None), team, "secret")
    }

    fn open(workspace: &SlackWorkspace, signed: &[u8], sent: &[u8]) -> Result<Inbound, Refusal> {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
        mac.update(format!("v0:{NOW}:").as_bytes());
        mac.update(signed);
        let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let headers = BTreeMap::from([
            (signature::TIMESTAMP.to_owned(), NOW.to_string()),
            (signature::SIGNATURE.to_owned(), format!("v0={hex}")),
        ]);
        workspace.open(&ChatRequest { headers: &headers, body: sent }, Timestamp::from_second(NOW).unwrap())
    }

    #[test]
    fn the_size_and_the_signature_are_checked_before_the_body_is_read() {
        let body = b"team_id=T1&user_id=U1&command=%2Ftollgate&text=help";
        let Inbound::Request { id, request } = open(&workspace("T1"), body, body).unwrap() else { panic!() };
        assert_eq!((id.len(), request.workspace.as_str(), request.user.as_str()), (32, "T1", "U1"));
        let Inbound::Request { id: again, .. } = open(&workspace("T1"), body, body).unwrap() else { panic!() };
        assert_eq!(id, again, "a replayed request has the same id");
        // A body that cannot be read is not read unless it was signed.
        assert_eq!(open(&workspace("T1"), body, b"payload=%7B"), Err(SignatureError::Forged.into()));
        let large = vec![b'x'; inbound::LARGEST + 1];
        let refused = open(&workspace("T1"), &large, &large).unwrap_err();
        assert_eq!((refused.status(), refused.was_signed()), (413, false));
        let refused = open(&workspace("T1"), b"payload=%7B", b"payload=%7B").unwrap_err();
        assert_eq!((refused.status(), refused.was_signed()), (400, true));
        let refused = open(&workspace("T2"), body, body).unwrap_err();
        assert_eq!((refused.status(), refused.was_signed()), (403, true));
    }
}
