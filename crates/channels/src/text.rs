//! Messages as plain text: a title of one line, and a body.

use std::fmt::Write;

use tollgate_model::Message;

use crate::card::Card;
use crate::chart::sparkline;

pub use crate::card::gap_line;

/// The title of a message: one line.
pub fn title(message: &Message) -> String {
    Card::of(message).title
}

/// The body of a message, line by line.
pub fn body(message: &Message) -> String {
    of_card(&Card::of(message))
}

/// A card without its title, line by line.
pub fn of_card(card: &Card) -> String {
    let mut out = String::new();
    let mut line = |text: std::fmt::Arguments<'_>| {
        // Writing to a string does not fail.
        let _ = writeln!(out, "{text}");
    };
    if !card.lead.is_empty() {
        line(format_args!("{}", card.lead));
    }
    for (name, value) in &card.facts {
        line(format_args!("{name}: {value}"));
    }
    if let Some(chart) = &card.chart {
        line(format_args!("{} since {}", sparkline(&chart.cost_history.amounts), chart.cost_history.first));
    }
    if !card.list.is_empty() && !card.list_title.is_empty() {
        line(format_args!("{}:", card.list_title));
    }
    for item in &card.list {
        line(format_args!("{item}"));
    }
    for (name, address) in &card.links {
        line(format_args!("{name}: {address}"));
    }
    for note in &card.notes {
        line(format_args!("{note}"));
    }
    out
}

/// A text of at most `most` characters; a shortened one ends with the number of characters left out.
pub fn shortened(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let ending = |left: usize| format!("… ({left} characters left out)");
    // The count has no more digits than the text has characters.
    let room = most.saturating_sub(ending(count).chars().count());
    let kept: String = text.chars().take(room).collect();
    let end = ending(count - room);
    kept + &end.chars().take(most - room.min(most)).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_counted() {
        assert_eq!(shortened("short", 10), "short");
        let long = shortened(&"é".repeat(500), 100);
        assert_eq!(long.chars().count(), 100);
        assert!(long.ends_with("… (427 characters left out)"), "{long}");
        assert_eq!(shortened("abcdefgh", 3).chars().count(), 3);
    }
}
