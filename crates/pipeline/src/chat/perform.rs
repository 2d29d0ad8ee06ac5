//! What somebody asked for in a chat is done, and whoever asked is answered. Doing it twice does it once.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tollgate_channels::card::{Button, Card, minute, named};
use tollgate_channels::chat::{Asked, Inbound};
use tollgate_channels::text;
use tollgate_ledger::{Key, LedgerError};
use tollgate_model::money::grouped;
use tollgate_model::{Content, IncidentChange, IncidentState, Money, Opinion, PlanStep, Risk};
use tollgate_policy::Role;

use super::{Actor, Command, Door, HELP};
use crate::approvals::{Decided, Proposal, decide, propose};
use crate::change_plans::ask_for_plan;
use crate::feedback::{acknowledge, assign, find, say_of_incident, snooze};
use crate::{PipelineError, State, last_budgets};

/// Incidents that are listed.
const LISTED: usize = 15;
/// Steps of a plan that somebody wrote.
const STEPS: usize = 20;

/// Does what was asked for, answers, and forgets it. Nothing happens when it is done already.
///
/// # Errors
///
/// When the ledger fails, and it should be tried again. That something may not be done is an answer, not an error.
pub async fn perform(state: &State, door: &Door, key: &Key) -> Result<Option<String>, PipelineError> {
    let Some(body) = state.ledger.open_request(key).await? else { return Ok(None) };
    let inbound: Inbound = serde_json::from_value(body).map_err(|e| LedgerError::Failed(e.to_string()))?;
    let Some(chat) = door.chat(&inbound.team) else {
        state.ledger.finish_request(key).await?;
        return Ok(None);
    };
    let actor = Actor::in_chat(&state.policy, chat, &inbound.user).await;
    let answer = match asked(state, &actor, &inbound.asked, &key.sk).await {
        Ok(answer) => answer,
        Err(error) if error.retryable() => return Err(error),
        // What a person can mend is told to them; what they cannot is in the log.
        Err(PipelineError::Refused(why)) => format!("Not done: {why}"),
        Err(error @ PipelineError::NoIncident { .. }) => format!("Not done: {}", first_line(&error)),
        Err(error) => {
            state.ledger.finish_request(key).await?;
            return Err(error);
        }
    };
    if let (Some(reply_to), false) = (&inbound.reply_to, answer.is_empty()) {
        // An answer that does not arrive is no reason to do the thing again.
        let _ = chat.answer(reply_to, &answer).await;
    }
    state.ledger.finish_request(key).await?;
    Ok(Some(answer))
}

fn first_line(error: &PipelineError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

/// Does it, and returns what to answer; empty where the message itself shows it.
async fn asked(state: &State, actor: &Actor, asked: &Asked, request: &str) -> Result<String, PipelineError> {
    match asked {
        Asked::Press { button, value, .. } => press(state, actor, button, value).await,
        Asked::Form { button, value, fields } => form(state, actor, button, value, fields, request).await,
        Asked::Command { text } => command(state, actor, Command::read(text)).await,
    }
}

fn button_of(name: &str) -> Result<Button, PipelineError> {
    let found = Button::ALL.into_iter().find(|b| b.name() == name);
    found.ok_or_else(|| PipelineError::Refused("this button is not known any more".to_owned()))
}

async fn press(state: &State, actor: &Actor, name: &str, value: &str) -> Result<String, PipelineError> {
    match button_of(name)? {
        Button::Acknowledge => {
            acknowledge(state, value, actor).await?;
            Ok(String::new())
        }
        button @ (Button::Approve | Button::Decline) => {
            let Some((plan, hash)) = value.split_once('.') else {
                return Err(PipelineError::Refused("the button carries no plan".to_owned()));
            };
            Ok(told(decide(state, actor, plan, hash, button == Button::Approve).await?))
        }
        Button::Expected | Button::Snooze => Ok(format!(
            "The form could not be opened. Type it instead: `/tollgate expected {value} 2026-12-01 why` or `/tollgate \
             snooze {value} 4h`"
        )),
        Button::Fix => {
            let advice: Vec<String> = value.split(',').map(str::to_owned).collect();
            ask_for_plan(state, actor, &advice).await?;
            Ok(format!("A plan for {} is being made; it will be told here.", advice.join(", ")))
        }
        Button::Assign | Button::Propose => Ok("The form could not be opened. Please press again.".to_owned()),
    }
}

fn told(decided: Decided) -> String {
    match decided {
        // The card shows it.
        Decided::Approved | Decided::Declined => String::new(),
        Decided::Endorsed { missing } => format!("Your approval counts. Still missing: {missing}."),
        Decided::Refused { why } => format!("Not done: {why}"),
    }
}

async fn form(
    state: &State,
    actor: &Actor,
    name: &str,
    value: &str,
    fields: &BTreeMap<String, String>,
    request: &str,
) -> Result<String, PipelineError> {
    let get = |name: &str| fields.get(name).map(|t| t.trim().to_owned()).unwrap_or_default();
    let refused = |what: &str| PipelineError::Refused(what.to_owned());
    match button_of(name)? {
        Button::Expected => {
            let until = get("until").parse().map_err(|_| refused("the form names no day"))?;
            let reason = Some(get("reason")).filter(|r| !r.is_empty());
            say_of_incident(state, value, Opinion::Expected, Some(until), actor, reason).await?;
            Ok(String::new())
        }
        Button::Snooze => {
            let seconds = match get("for").as_str() {
                "4h" => 4 * 3600,
                "1d" => 86_400,
                "3d" => 3 * 86_400,
                "7d" => 7 * 86_400,
                _ => return Err(refused("the form names no time")),
            };
            quiet(state, actor, value, seconds).await
        }
        Button::Assign => {
            let user = get("who");
            let known = state.policy.people.iter().find(|p| p.slack.as_deref() == Some(user.as_str()));
            let name = known.map_or_else(|| format!("slack:{user}"), |p| p.name.clone());
            assign(state, value, &name, actor).await?;
            Ok(String::new())
        }
        Button::Propose => {
            let (incident, _) = find(state, value).await?;
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
                request: request.to_owned(),
                rollout: None,
            };
            let record = propose(state, actor, proposal).await?;
            Ok(format!("Proposed as `{}`. It waits for: {}.", record.plan.id, record.missing().unwrap_or_default()))
        }
        Button::Acknowledge | Button::Approve | Button::Decline | Button::Fix => {
            Err(refused("this button has no form"))
        }
    }
}

async fn quiet(state: &State, actor: &Actor, incident: &str, seconds: i64) -> Result<String, PipelineError> {
    let until: Timestamp = state.clock.now() + SignedDuration::from_secs(seconds);
    let incident = snooze(state, incident, until, actor).await?;
    Ok(format!("`{}` is quiet until {}.", incident.id, minute(&until.to_string())))
}

async fn command(state: &State, actor: &Actor, command: Command) -> Result<String, PipelineError> {
    if actor.role < Role::Viewer {
        return Err(PipelineError::Refused(actor.lacks(Role::Viewer)));
    }
    match command {
        Command::Help { wrong } => Ok(wrong.map_or(String::new(), |w| format!("{w}\n")) + HELP),
        Command::Incidents => incidents(state).await,
        Command::Why { incident } => {
            let (incident, _) = find(state, &incident).await?;
            let change = match incident.state {
                IncidentState::Resolved => IncidentChange::Resolved,
                IncidentState::Expected => IncidentChange::Expected,
                IncidentState::Open | IncidentState::Acknowledged => IncidentChange::Opened,
            };
            let playbook: Vec<String> = incident.kind.playbook().iter().map(|step| format!("• {step}")).collect();
            let message = state.message(String::new(), Content::Incident { change, incident: Box::new(incident) });
            let card = Card { notes: Vec::new(), ..Card::of(&message) };
            Ok(format!("*{}*\n{}\nWhat to look at:\n{}", card.title, text::of_card(&card), playbook.join("\n")))
        }
        Command::Ack { incident } => {
            let incident = acknowledge(state, &incident, actor).await?;
            Ok(format!("`{}` is {}.", incident.id, incident.state))
        }
        Command::Expected { incident, until, reason } => {
            let opinion = Opinion::Expected;
            let incident = say_of_incident(state, &incident, opinion, Some(until), actor, Some(reason)).await?;
            Ok(format!("`{}` is expected through {until}.", incident.id))
        }
        Command::Snooze { incident, seconds } => quiet(state, actor, &incident, seconds).await,
        Command::Approve { plan, hash } => {
            let decided = decide(state, actor, &plan, &hash, true).await?;
            let approved = decided == Decided::Approved;
            Ok(if approved { format!("`{plan}` is approved.") } else { told(decided) })
        }
        Command::Plan { advice } => {
            ask_for_plan(state, actor, &advice).await?;
            Ok(format!("A plan for {} is being made; it will be told here.", advice.join(", ")))
        }
        Command::Budget { name } => budget(state, name.as_deref()).await,
    }
}

async fn incidents(state: &State) -> Result<String, PipelineError> {
    let mut live = state.ledger.incidents(&[IncidentState::Open, IncidentState::Acknowledged]).await?;
    if live.is_empty() {
        return Ok("No incident is open.".to_owned());
    }
    live.sort_by_key(|(i, _)| (std::cmp::Reverse(i.severity), i.start));
    let mut lines: Vec<String> = live
        .iter()
        .take(LISTED)
        .map(|(i, _)| {
            let sign = if i.impact_per_day.is_negative() { "" } else { "+" };
            format!(
                "`{}` [{}] {}, {sign}{} {} a day since {}, {}",
                i.id,
                i.severity,
                named(&i.scope),
                grouped(i.impact_per_day, 2),
                i.currency,
                i.start,
                i.state
            )
        })
        .collect();
    if live.len() > LISTED {
        lines.push(format!("and {} more", live.len() - LISTED));
    }
    Ok(lines.join("\n"))
}

async fn budget(state: &State, name: Option<&str>) -> Result<String, PipelineError> {
    let all = last_budgets(state).await?;
    let found: Vec<_> = all.into_iter().filter(|s| name.is_none_or(|n| s.name == n)).collect();
    if found.is_empty() {
        let known: Vec<&str> = state.policy.budgets.iter().map(|b| b.name.as_str()).collect();
        return Ok(match name {
            Some(name) => format!("There is no budget `{name}`. Known: {}", known.join(", ")),
            None => "No budget has been judged yet.".to_owned(),
        });
    }
    let lines = found.into_iter().take(LISTED).map(|status| {
        let share = tollgate_model::budget::percent(status.actual, status.amount);
        format!(
            "*{}* is {}: {} of {} {} ({}) by {}, {} left",
            status.name,
            status.state.label(),
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
