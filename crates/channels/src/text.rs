//! Messages as plain text: a title of one line, and what stands beneath it.

use std::fmt::Write;

use tollgate_model::budget::{ThresholdOn, percent};
use tollgate_model::money::grouped;
use tollgate_model::series::Scope;
use tollgate_model::{Amount, BudgetStatus, Content, Currency, Gap, Incident, IncidentChange, Message, Restatement};

/// What happened, in a line.
pub fn title(message: &Message) -> String {
    match &message.content {
        Content::Incident { change, incident } => incident_title(*change, incident),
        Content::Budget { status, .. } => format!(
            "Budget {} is {}: {} of {} {}",
            status.name,
            status.state.label(),
            grouped(status.actual, 0),
            grouped(status.amount, 0),
            status.currency
        ),
        Content::Restated { revision, restatement } => format!(
            "Restated: {} changed {} of {} by {}",
            revision.source,
            days(restatement.days.len()),
            revision.period,
            changes(restatement)
        ),
        Content::NotReconciled { source, period, against, .. } => {
            format!("{source} {period} does not reconcile with {against}")
        }
        Content::RevisionsCurrent { revisions } => format!("{} revisions became current", revisions.len()),
    }
}

fn incident_title(change: IncidentChange, incident: &Incident) -> String {
    let what = match change {
        IncidentChange::Opened => "",
        IncidentChange::Raised => "raised: ",
        IncidentChange::Reopened => "open again: ",
        IncidentChange::Resolved => "resolved: ",
    };
    format!(
        "[{}] {what}{}, {} of {} a day since {}",
        incident.severity,
        named(&incident.scope),
        incident.kind.label(),
        money(incident.impact_a_day, incident.currency),
        incident.start
    )
}

/// What is known of it, line by line.
pub fn body(message: &Message) -> String {
    let mut out = String::new();
    match &message.content {
        Content::Incident { incident, .. } => incident_body(&mut out, incident),
        Content::Budget { status, crossed } => {
            for c in crossed {
                let on = match c.on {
                    ThresholdOn::Actual => "what was spent",
                    ThresholdOn::Forecast => "the forecast",
                };
                line(&mut out, format_args!("{on} crossed {} %", c.percent));
            }
            budget_body(&mut out, status);
        }
        Content::Restated { restatement, .. } => {
            if let (Some(first), Some(last)) = (restatement.days.first(), restatement.days.last()) {
                line(
                    &mut out,
                    format_args!(
                        "days {first} to {last}, {} series, effective {}",
                        restatement.series,
                        changes(restatement)
                    ),
                );
            }
            line(&mut out, format_args!("The provider corrected days that had been told. This is no anomaly."));
        }
        Content::NotReconciled { gaps, more, against, .. } => {
            for gap in gaps {
                line(&mut out, format_args!("{}", gap_line(gap, against)));
            }
            if *more > 0 {
                line(&mut out, format_args!("and {more} more; `tollgate reconcile` lists them"));
            }
        }
        Content::RevisionsCurrent { revisions } => {
            for revision in revisions {
                line(&mut out, format_args!("{revision}"));
            }
        }
    }
    line(&mut out, format_args!("run {}", message.run));
    out
}

fn incident_body(out: &mut String, incident: &Incident) {
    line(out, format_args!("{}", incident.explanation()));
    line(
        out,
        format_args!(
            "{} in all so far, {} a month if it goes on; {}",
            money(incident.impact, incident.currency),
            money(incident.impact_a_month(), incident.currency),
            incident.course.label()
        ),
    );
    for cause in &incident.causes {
        line(
            out,
            format_args!(
                "{} % {} {}: {} -> {} a day",
                cause.share_percent,
                cause.dimension,
                cause.value.as_deref().unwrap_or("(not said)"),
                grouped(cause.before, 2),
                grouped(cause.during, 2)
            ),
        );
    }
    if let Some(last) = incident.events.last() {
        line(out, format_args!("{}", last.what));
    }
    line(out, format_args!("tollgate incidents show {}", incident.id));
}

fn budget_body(out: &mut String, status: &BudgetStatus) {
    let spent = percent(status.actual, status.amount).map_or("unknown".to_owned(), |p| format!("{p} %"));
    line(out, format_args!("{spent} spent by {} of the period from {}", status.as_of, status.period.start));
    if let Some(end) = status.forecast {
        line(
            out,
            format_args!(
                "forecast {}, between {} and {} {}",
                grouped(end.mean, 0),
                grouped(end.low, 0),
                grouped(end.high, 0),
                status.currency
            ),
        );
    }
    for other in status.not_counted.iter() {
        line(out, format_args!("not counted: {} {}", grouped(other.amount, 2), other.currency));
    }
}

/// A gap between two accounts of one sum, in a line.
pub fn gap_line(gap: &Gap, against: &str) -> String {
    format!(
        "{} {}: {} in the lake, {} in {against}, {}",
        gap.account.as_deref().unwrap_or("(no account)"),
        gap.service.as_deref().unwrap_or("all services"),
        grouped(gap.lake, 2),
        grouped(gap.other, 2),
        money(gap.difference(), gap.currency)
    )
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{text}");
}

fn money(amount: Amount, currency: Currency) -> String {
    let sign = if amount.is_negative() { "" } else { "+" };
    format!("{sign}{} {currency}", grouped(amount, currency.minor_places()))
}

fn changes(restatement: &Restatement) -> String {
    let parts: Vec<String> = restatement.effective.iter().map(|m| money(m.amount, m.currency)).collect();
    if parts.is_empty() { "nothing in all".to_owned() } else { parts.join(", ") }
}

fn days(count: usize) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

fn named(scope: &Scope) -> String {
    let parts: Vec<&str> = scope.0.values().map(|v| v.as_deref().unwrap_or("(not said)")).collect();
    if parts.is_empty() { "everything".to_owned() } else { parts.join(" / ") }
}
