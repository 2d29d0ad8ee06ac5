//! The card of a digest of recommendations.

use tollgate_model::AdviceDigest;
use tollgate_model::money::grouped;

use super::{Button, Card, Tone};

/// Recommendations that one press requests a plan for.
const FIXED: usize = 5;

pub(super) fn of_advice(digest: &AdviceDigest) -> Card {
    let sums: Vec<String> = digest
        .between
        .iter()
        .map(|(currency, low, high)| format!("{} to {} {currency}", grouped(*low, 0), grouped(*high, 0)))
        .collect();
    let sums = if sums.is_empty() { "an unknown amount".to_owned() } else { sums.join(", ") };
    let mut card = Card::new(format!("{} recommendations would save {sums} a month", digest.open), Tone::Neutral);
    card.facts = vec![("Open", digest.open.to_string()), ("New this week", digest.new.to_string())];
    if digest.unknown > 0 {
        card.facts.push(("Saving unknown", digest.unknown.to_string()));
    }
    for (currency, amount) in &digest.realized {
        card.facts.push(("Realized, a month", format!("{} {currency}", grouped(*amount, currency.minor_places()))));
    }
    card.list_title = "Largest savings";
    card.list = digest.best.iter().map(|line| format!("{}: {}, {}", line.saving, line.what, line.id)).collect();
    card.notes.push("tollgate advise".to_owned());
    let ids: Vec<&str> = digest.best.iter().filter(|l| l.can_be_planned).take(FIXED).map(|l| l.id.as_str()).collect();
    if !ids.is_empty() {
        card.value = ids.join(",");
        card.buttons = vec![Button::Fix];
        card.notes.push(format!("can be planned by the button or `tollgate plan`: {}", ids.join(", ")));
    }
    card
}
