//! A stored request of a chat is performed and answered. Performing it twice has the effect of once.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tollgate_channels::Chat;
use tollgate_channels::card::{Button, Card, instant_text, scope_text};
use tollgate_channels::chat::{InboundAction, SnoozeLength, UserRequest};
use tollgate_channels::text;
use tollgate_ledger::{Key, LedgerError};
use tollgate_model::money::grouped;
use tollgate_model::{Content, IncidentChange, IncidentState, Money, Opinion, PlanStep, Risk};
use tollgate_policy::Role;

use super::who::{member_name, person_with_id};
use super::{ChatCommand, HELP, Workspaces};
use crate::Actor;
use crate::approvals::{DecisionOutcome, Proposal, decide, propose};
use crate::feedback::{acknowledge, assign, record_opinion, snooze};
use crate::incident_life::find_incident;
use crate::plan_requests::request_plan;
use crate::{PipelineError, State, read_last_budgets};

/// Incidents and budgets that an answer lists.
const LISTED: usize = 15;
/// Steps of a plan that a person writes.
const STEPS: usize = 20;

/// What a request is performed on.
struct Session<'s> {
    state: &'s State,
    chat: &'s dyn Chat,
    actor: &'s Actor,
    /// The key of the stored request, which makes what it creates the same when it is performed again.
    request: &'s str,
}

/// Performs a stored request, answers it and deletes it. Returns the answer; `None` where the request was performed before.
///
/// # Errors
///
/// When the ledger fails, and the request should be tried again. A refusal is an answer, not an error.
pub async fn perform_request(
    state: &State,
    workspaces: &Workspaces,
    key: &Key,
) -> Result<Option<String>, PipelineError> {
    let Some(body) = state.ledger.open_request(key).await? else { return Ok(None) };
    let request: UserRequest = serde_json::from_value(body).map_err(|e| LedgerError::Failed(e.to_string()))?;
    let Some(chat) = workspaces.find(&request.workspace) else {
        state.ledger.finish_request(key).await?;
        return Ok(None);
    };
    let actor = Actor::in_workspace(&state.policy, chat, &request.user).await;
    let session = Session { state, chat, actor: &actor, request: &key.sk };
    let answer = match session.perform(&request.action).await {
        Ok(answer) => answer,
        Err(error) if error.retryable() => return Err(error),
        // The answer has what a person can correct; other errors are for the log.
        Err(PipelineError::Refused(why) | PipelineError::NotFound(why) | PipelineError::Forbidden(why)) => {
            format!("Not done: {why}")
        }
        Err(error @ PipelineError::NoIncident { .. }) => format!("Not done: {}", first_line(&error)),
        Err(error) => {
            state.ledger.finish_request(key).await?;
            return Err(error);
        }
    };
    if let (Some(reply_to), false) = (&request.reply_to, answer.is_empty()) {
        // An answer that does not arrive is no reason to perform the request again.
        let _ = chat.answer(reply_to, &answer).await;
    }
    state.ledger.finish_request(key).await?;
    Ok(Some(answer))
}

fn first_line(error: &PipelineError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

fn refused(what: &str) -> PipelineError {
    PipelineError::Refused(what.to_owned())
}

impl Session<'_> {
    /// Performs an action and returns the answer; empty where the message itself shows the result.
    async fn perform(&self, action: &InboundAction) -> Result<String, PipelineError> {
        match action {
            InboundAction::Press { button, value, .. } => self.press(*button, value).await,
            InboundAction::Form { button, value, fields } => self.submit(*button, value, fields).await,
            InboundAction::UnknownButton { name } => Err(PipelineError::Refused(format!(
                "the button `{name}` is of another version of Tollgate; type `/tollgate help`"
            ))),
            InboundAction::Command { text } => self.run(ChatCommand::read(text)).await,
        }
    }

    async fn press(&self, button: Button, value: &str) -> Result<String, PipelineError> {
        let Self { state, actor, .. } = *self;
        match button {
            Button::Acknowledge => {
                acknowledge(state, value, actor).await?;
                Ok(String::new())
            }
            Button::Approve | Button::Decline => {
                let (plan, hash) = value.split_once('.').ok_or_else(|| refused("the button names no plan"))?;
                Ok(decision_text(decide(state, actor, plan, hash, button == Button::Approve).await?))
            }
            Button::Expected | Button::Snooze => Ok(format!(
                "The form could not be opened. Type a command instead: `/tollgate expected {value} 2026-12-01 reason` or \
                 `/tollgate snooze {value} 4h`"
            )),
            Button::Fix => {
                let advice: Vec<String> = value.split(',').map(str::to_owned).collect();
                self.request_plan(&advice).await
            }
            Button::Assign | Button::Propose => Ok("The form could not be opened. Please press again.".to_owned()),
        }
    }

    async fn submit(
        &self,
        button: Button,
        value: &str,
        fields: &BTreeMap<String, String>,
    ) -> Result<String, PipelineError> {
        let Self { state, chat, actor, .. } = *self;
        let get = |name: &str| fields.get(name).map(|t| t.trim().to_owned()).unwrap_or_default();
        match button {
            Button::Expected => {
                let until = get("until").parse().map_err(|_| refused("the form has no day"))?;
                let reason = Some(get("reason")).filter(|r| !r.is_empty());
                record_opinion(state, value, Opinion::Expected, Some(until), actor, reason).await?;
                Ok(String::new())
            }
            Button::Snooze => {
                let length = SnoozeLength::find(&get("for")).ok_or_else(|| refused("the form has no length"))?;
                self.snooze(value, length.seconds).await
            }
            Button::Assign => {
                let user = get("who");
                let person = person_with_id(&state.policy, chat, &user);
                let name = person.map_or_else(|| member_name(chat, &user), |p| p.name.clone());
                assign(state, value, &name, actor).await?;
                Ok(String::new())
            }
            Button::Propose => self.propose(value, &get).await,
            Button::Acknowledge | Button::Approve | Button::Decline | Button::Fix => {
                Err(refused("this button has no form"))
            }
        }
    }

    async fn propose(&self, incident: &str, get: &impl Fn(&str) -> String) -> Result<String, PipelineError> {
        let (incident, _) = find_incident(self.state, incident).await?;
        let steps: Vec<PlanStep> =
            get("steps").lines().map(str::trim).filter(|l| !l.is_empty()).map(PlanStep::manual).collect();
        if steps.is_empty() || steps.len() > STEPS {
            return Err(refused("a plan has 1 to 20 steps"));
        }
        let risk: Risk = get("risk").parse().map_err(PipelineError::Refused)?;
        let saving = get("saving").replace([',', '_'], "");
        let saving_per_month = saving.parse().ok().map(|amount| Money::new(amount, incident.currency));
        let proposal = Proposal {
            title: get("title"),
            why: get("why"),
            steps,
            risk,
            saving_per_month,
            incident: Some(incident.id),
            request: self.request.to_owned(),
            rollout: None,
        };
        let record = propose(self.state, self.actor, proposal).await?;
        Ok(format!("Proposed as `{}`. It needs: {}.", record.plan.id, record.missing().unwrap_or_default()))
    }

    async fn snooze(&self, incident: &str, seconds: i64) -> Result<String, PipelineError> {
        let until: Timestamp = self.state.clock.now() + SignedDuration::from_secs(seconds);
        let incident = snooze(self.state, incident, until, self.actor).await?;
        Ok(format!("`{}` is snoozed until {}.", incident.id, instant_text(until)))
    }

    async fn request_plan(&self, advice: &[String]) -> Result<String, PipelineError> {
        request_plan(self.state, self.actor, advice).await?;
        Ok(format!("A plan for {} is being prepared; it will be posted here.", advice.join(", ")))
    }

    async fn run(&self, command: ChatCommand) -> Result<String, PipelineError> {
        let Self { state, actor, .. } = *self;
        if actor.role < Role::Viewer {
            return Err(PipelineError::Forbidden(actor.lacks(Role::Viewer)));
        }
        match command {
            ChatCommand::Help { wrong } => Ok(wrong.map_or(String::new(), |w| format!("{w}\n")) + HELP),
            ChatCommand::Incidents => list_incidents(state).await,
            ChatCommand::Why { incident } => explain_incident(state, &incident).await,
            ChatCommand::Ack { incident } => {
                let incident = acknowledge(state, &incident, actor).await?;
                Ok(format!("`{}` is {}.", incident.id, incident.state))
            }
            ChatCommand::Expected { incident, until, reason } => {
                let opinion = Opinion::Expected;
                let incident = record_opinion(state, &incident, opinion, Some(until), actor, Some(reason)).await?;
                Ok(format!("`{}` is expected through {until}.", incident.id))
            }
            ChatCommand::Snooze { incident, seconds } => self.snooze(&incident, seconds).await,
            ChatCommand::Approve { plan, hash } => {
                let decided = decide(state, actor, &plan, &hash, true).await?;
                let approved = decided == DecisionOutcome::Approved;
                Ok(if approved { format!("`{plan}` is approved.") } else { decision_text(decided) })
            }
            ChatCommand::Plan { advice } => self.request_plan(&advice).await,
            ChatCommand::Budget { name } => list_budgets(state, name.as_deref()).await,
        }
    }
}

/// The answer to a decision; empty where the card shows it.
fn decision_text(decided: DecisionOutcome) -> String {
    match decided {
        DecisionOutcome::Approved | DecisionOutcome::Declined => String::new(),
        DecisionOutcome::Endorsed { missing } => format!("Your approval counts. Still missing: {missing}."),
        DecisionOutcome::Refused { why } => format!("Not done: {why}"),
    }
}

async fn explain_incident(state: &State, incident: &str) -> Result<String, PipelineError> {
    let (incident, _) = find_incident(state, incident).await?;
    let change = match incident.state {
        IncidentState::Resolved => IncidentChange::Resolved,
        IncidentState::Expected => IncidentChange::Expected,
        IncidentState::Open | IncidentState::Acknowledged => IncidentChange::Opened,
    };
    let playbook: Vec<String> = incident.kind.playbook().iter().map(|step| format!("• {step}")).collect();
    let message = state.message("", Content::Incident { change, incident: Box::new(incident) });
    let card = Card { notes: Vec::new(), ..Card::of(&message) };
    Ok(format!("*{}*\n{}\nWhat to look at:\n{}", card.title, text::of_card(&card), playbook.join("\n")))
}

async fn list_incidents(state: &State) -> Result<String, PipelineError> {
    let mut open = state.ledger.incidents(&[IncidentState::Open, IncidentState::Acknowledged]).await?;
    if open.is_empty() {
        return Ok("No incident is open.".to_owned());
    }
    open.sort_by_key(|(i, _)| (std::cmp::Reverse(i.severity), i.start));
    let mut lines: Vec<String> = open
        .iter()
        .take(LISTED)
        .map(|(i, _)| {
            let sign = if i.impact_per_day.is_negative() { "" } else { "+" };
            format!(
                "`{}` [{}] {}, {sign}{} {} a day since {}, {}",
                i.id,
                i.severity,
                scope_text(&i.with_account_names(&i.scope)),
                grouped(i.impact_per_day, 2),
                i.currency,
                i.start,
                i.state
            )
        })
        .collect();
    if open.len() > LISTED {
        lines.push(format!("and {} more", open.len() - LISTED));
    }
    Ok(lines.join("\n"))
}

async fn list_budgets(state: &State, name: Option<&str>) -> Result<String, PipelineError> {
    let all = read_last_budgets(state).await?;
    let found: Vec<_> = all.into_iter().filter(|s| name.is_none_or(|n| s.name == n)).collect();
    if found.is_empty() {
        let known: Vec<&str> = state.policy.budgets.iter().map(|b| b.name.as_str()).collect();
        return Ok(match name {
            Some(name) => format!("There is no budget `{name}`. Known: {}", known.join(", ")),
            None => "No budget has been evaluated yet.".to_owned(),
        });
    }
    let lines = found.into_iter().take(LISTED).map(|status| {
        let share = tollgate_model::budget::percent(status.actual, status.amount);
        format!(
            "*{}* {}: spent {} of {} {} ({}), complete through {}, {} left",
            status.name,
            status.sentence(),
            grouped(status.actual, 0),
            grouped(status.amount, 0),
            status.currency,
            share.map_or("?".to_owned(), |p| format!("{p} %")),
            status.as_of,
            grouped(status.left, 0)
        )
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}
