//! The commands after `/tollgate`, parsed without doing anything.

use tollgate_model::Day;

/// A command after `/tollgate`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatCommand {
    /// Lists the incidents that are not closed.
    Incidents,
    /// Explains an incident.
    Why {
        /// Its id, or the start of it.
        incident: String,
    },
    /// Acknowledges an incident.
    Ack {
        /// Its id, or the start of it.
        incident: String,
    },
    /// Marks an incident as expected, through a day.
    Expected {
        /// Its id, or the start of it.
        incident: String,
        /// The last day.
        until: Day,
        /// Why.
        reason: String,
    },
    /// Snoozes an incident.
    Snooze {
        /// Its id, or the start of it.
        incident: String,
        /// For how long, in seconds.
        seconds: i64,
    },
    /// Approves a plan.
    Approve {
        /// Its id.
        plan: String,
        /// The hash that was shown, or its first sixteen digits.
        hash: String,
    },
    /// Requests a plan that follows recommendations.
    Plan {
        /// Ids of recommendations.
        advice: Vec<String>,
    },
    /// Shows budgets.
    Budget {
        /// One of them; every one without.
        name: Option<String>,
    },
    /// Lists the commands.
    Help {
        /// The error of what was typed, where there is one.
        wrong: Option<String>,
    },
}

/// The list of commands.
pub const HELP: &str = "\
`/tollgate incidents` — list incidents that are not closed
`/tollgate why i-3f9a2c10` — explain one
`/tollgate ack i-3f9a2c10` — acknowledge it
`/tollgate expected i-3f9a2c10 2026-12-01 load test` — mark it as expected through that day
`/tollgate snooze i-3f9a2c10 4h` — snooze it: `30m`, `4h`, `2d`
`/tollgate plan a-1c9e44d0` — request a plan that follows a recommendation
`/tollgate approve p-5d20b7e1 9f86d081884c7d65` — approve the plan with this hash
`/tollgate budget platform` — show a budget; without a name, all of them";

const WORDS: [&str; 9] = ["incidents", "why", "ack", "expected", "snooze", "plan", "approve", "budget", "help"];
/// The most recommendations of one command.
const PLANNED: usize = 10;
/// The longest snooze, in seconds.
const LONGEST: i64 = 30 * 86_400;

impl ChatCommand {
    /// Parses what was typed. Anything else is [`ChatCommand::Help`] with the error.
    pub fn read(text: &str) -> Self {
        let mut words = text.split_whitespace();
        let Some(first) = words.next() else { return Self::Help { wrong: None } };
        let wrong = |what: String| Self::Help { wrong: Some(what) };
        let rest: Vec<&str> = words.collect();
        // People copy ids out of messages with the punctuation around them.
        let id = |word: &&str| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_lowercase();
        let incident = rest.first().map(id).filter(|id| id.starts_with("i-"));
        let needs = |what: &str| wrong(format!("`{first}` needs {what}"));
        match (first.to_lowercase().as_str(), incident) {
            ("help", _) => Self::Help { wrong: None },
            ("incidents", _) => Self::Incidents,
            ("budget" | "budgets", _) => Self::Budget { name: rest.first().map(|name| (*name).to_owned()) },
            ("why" | "ack" | "snooze" | "expected", None) => needs("an incident, such as `i-3f9a2c10`"),
            ("why", Some(incident)) => Self::Why { incident },
            ("ack", Some(incident)) => Self::Ack { incident },
            ("snooze", Some(incident)) => match rest.get(1).and_then(|word| seconds(word)) {
                Some(seconds) => Self::Snooze { incident, seconds },
                None => needs("a length, such as `30m`, `4h` or `2d`; at most 30 days"),
            },
            ("expected", Some(incident)) => match rest.get(1).map(|word| word.parse::<Day>()) {
                Some(Ok(until)) if rest.len() > 2 => Self::Expected { incident, until, reason: rest[2..].join(" ") },
                Some(Ok(_)) => needs("a reason for later readers"),
                _ => needs("the last day on which it is expected, such as `2026-12-01`"),
            },
            ("plan", _) => {
                let advice: Vec<String> = rest.iter().map(id).filter(|id| id.starts_with("a-")).collect();
                if advice.is_empty() || advice.len() > PLANNED {
                    return needs("one to ten recommendations, such as `a-1c9e44d0`");
                }
                Self::Plan { advice }
            }
            ("approve", _) => match (rest.first().map(id), rest.get(1).map(id)) {
                (Some(plan), Some(hash)) if plan.starts_with("p-") && hash.len() >= 16 => Self::Approve { plan, hash },
                _ => needs("a plan and the first sixteen digits of its hash, as its message shows them"),
            },
            (word, _) => {
                let word: String = word.chars().take(40).collect();
                let hint = nearest(&word).map_or(String::new(), |known| format!("; did you mean `{known}`?"));
                wrong(format!("there is no command `{word}`{hint}"))
            }
        }
    }
}

/// The command that a word most likely means: a few letters differ at most.
fn nearest(word: &str) -> Option<&'static str> {
    let distances = WORDS.iter().map(|known| (strsim::damerau_levenshtein(word, known), *known));
    distances.min().filter(|(distance, known)| *distance <= 1 + known.len() / 4).map(|(_, known)| known)
}

fn seconds(word: &str) -> Option<i64> {
    tollgate_model::time_span::parse_seconds(word)?.try_into().ok().filter(|s| (60..=LONGEST).contains(s))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> String {
        match ChatCommand::read(text) {
            ChatCommand::Help { wrong } => wrong.unwrap_or_default(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn every_line_of_help_is_a_command() {
        for line in HELP.lines() {
            let text = line.split('`').nth(1).unwrap().strip_prefix("/tollgate ").unwrap();
            assert!(!matches!(ChatCommand::read(text), ChatCommand::Help { .. }), "{text}");
        }
    }

    #[test]
    fn an_error_says_what_to_type() {
        assert_eq!(error_of("incidnts"), "there is no command `incidnts`; did you mean `incidents`?");
        assert_eq!(error_of("akc i-1"), "there is no command `akc`; did you mean `ack`?");
        assert_eq!(error_of("invoice i-1"), "there is no command `invoice`");
        assert!(error_of("ack").contains("needs an incident"));
        assert!(error_of("snooze i-1 99999d").contains("at most 30 days"));
        assert!(error_of("expected i-1 2026-12-01").contains("a reason"));
        assert!(error_of("approve p-1 abc").contains("sixteen digits"));
        assert_eq!(ChatCommand::read("  "), ChatCommand::Help { wrong: None });
        assert_eq!(ChatCommand::read("WHY `i-3F9A2C10`,"), ChatCommand::Why { incident: "i-3f9a2c10".into() });
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(incidents|why|ack|expected|snooze|approve|i-|p-|é|[0-9a-f]| |\n){0,20}") {
            let _ = ChatCommand::read(&text);
        }
    }
}
