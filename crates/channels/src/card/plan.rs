//! The card of a change plan.

use tollgate_model::{PlanChange, PlanRecord, PlanState};

use super::{Button, Card, Tone, instant_text};

pub(super) fn of_plan(change: PlanChange, record: &PlanRecord) -> Card {
    let plan = &record.plan;
    let tone = match record.state {
        PlanState::Proposed => Tone::Warning,
        PlanState::Approved | PlanState::Running | PlanState::Done => Tone::Good,
        PlanState::RolledBack | PlanState::Halted => Tone::Alarm,
        PlanState::Declined | PlanState::Expired => Tone::Neutral,
    };
    let mut card = Card::new(format!("Change plan {}: {}", change.label(), plan.title), tone);
    card.lead.clone_from(&plan.why);
    let saving = plan.saving_per_month.map_or("unknown".to_owned(), |m| format!("{m} a month"));
    let decided: Vec<String> = record
        .decisions
        .iter()
        .map(|d| format!("{} {}", d.who, if d.approves { "approves" } else { "declines" }))
        .collect();
    card.facts = vec![
        ("Saves", saving),
        ("Risk", plan.risk.to_string()),
        ("Requested by", plan.requester.clone()),
        ("Expires", instant_text(plan.expires_at)),
        ("Decisions", if decided.is_empty() { "none yet".to_owned() } else { decided.join(", ") }),
    ];
    if record.state == PlanState::Proposed
        && let Some(missing) = record.missing()
    {
        card.facts.push(("Needs", missing));
    }
    card.list_title = "Steps";
    card.list = plan
        .steps
        .iter()
        .map(|step| {
            let lost = step.change.iter().flat_map(|c| &c.actions).find_map(|a| a.lost.as_ref());
            lost.map_or_else(|| step.what.clone(), |lost| format!("{}; a rollback does not restore {lost}", step.what))
        })
        .collect();
    if plan.rollout.is_some() {
        card.notes.push(format!("tollgate plans show {} lists every call and its rollback", plan.id));
    }
    if let Some(last) = record.progress.last() {
        card.facts.push(("Progress", last.clone()));
    }
    card.notes.extend(record.not_restored.iter().map(|what| format!("not restored: {what}")));
    card.notes.push(format!("{} {}", plan.id, record.hash.get(..16).unwrap_or_default()));
    card.value = format!("{}.{}", plan.id, record.hash);
    if record.state == PlanState::Proposed {
        card.buttons = vec![Button::Approve, Button::Decline];
    }
    card
}
