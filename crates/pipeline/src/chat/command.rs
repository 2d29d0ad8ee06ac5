//! What is typed behind `/tollgate`, read without doing anything.

use tollgate_model::Day;

/// What is typed behind `/tollgate`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Which incidents nobody has closed.
    Incidents,
    /// What explains an incident.
    Why {
        /// Its id, or the start of it.
        incident: String,
    },
    /// Somebody looks at an incident.
    Ack {
        /// Its id, or the start of it.
        incident: String,
    },
    /// An incident is as it should be, until a day.
    Expected {
        /// Its id, or the start of it.
        incident: String,
        /// The last day.
        until: Day,
        /// Why.
        reason: String,
    },
    /// Nobody wants to hear of an incident for a while.
    Snooze {
        /// Its id, or the start of it.
        incident: String,
        /// How long, in seconds.
        seconds: i64,
    },
    /// A plan may be executed.
    Approve {
        /// Its id.
        plan: String,
        /// The hash of what was shown, or its first sixteen digits.
        hash: String,
    },
    /// A plan that follows advice is wanted.
    Plan {
        /// Ids of advice.
        advice: Vec<String>,
    },
    /// How budgets stand.
    Budget {
        /// One of them; every one without.
        name: Option<String>,
    },
    /// Nothing that is known.
    Help {
        /// What is wrong, where something is.
        wrong: Option<String>,
    },
}

/// What can be typed.
pub const HELP: &str = "\
`/tollgate incidents` — incidents that nobody has closed
`/tollgate why i-3f9a2c10` — what explains one
`/tollgate ack i-3f9a2c10` — you look at it
`/tollgate expected i-3f9a2c10 2026-12-01 load test` — as planned through that day
`/tollgate snooze i-3f9a2c10 4h` — quiet for a while: `30m`, `4h`, `2d`
`/tollgate plan a-1c9e44d0` — plan what advice says
`/tollgate approve p-5d20b7e1 9f86d081884c7d65` — approve the plan that has this hash
`/tollgate budget platform` — how a budget stands; without a name, all of them";

const WORDS: [&str; 9] = ["incidents", "why", "ack", "expected", "snooze", "plan", "approve", "budget", "help"];
/// Recommendations that one plan follows at most, where they are typed.
const PLANNED: usize = 10;
/// The longest time that an incident is quiet for.
const LONGEST: i64 = 30 * 86_400;

impl Command {
    /// Reads what was typed. What is not understood is [`Command::Help`] with what is wrong.
    pub fn read(text: &str) -> Self {
        let mut words = text.split_whitespace();
        let Some(first) = words.next() else { return Self::Help { wrong: None } };
        let wrong = |what: String| Self::Help { wrong: Some(what) };
        let rest: Vec<&str> = words.collect();
        // Ids are copied out of messages, often with what stands around them.
        let id = |word: &&str| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_lowercase();
        let incident = rest.first().map(id).filter(|id| id.starts_with("i-"));
        let needs = |what: &str| wrong(format!("`{first}` needs {what}"));
        match (first.to_lowercase().as_str(), incident) {
            ("help", _) => Self::Help { wrong: None },
            ("incidents", _) => Self::Incidents,
            ("budget" | "budgets", _) => Self::Budget { name: rest.first().map(|name| (*name).to_owned()) },
            ("why" | "ack" | "snooze" | "expected", None) => needs("an incident, as `i-3f9a2c10`"),
            ("why", Some(incident)) => Self::Why { incident },
            ("ack", Some(incident)) => Self::Ack { incident },
            ("snooze", Some(incident)) => match rest.get(1).and_then(|word| seconds(word)) {
                Some(seconds) => Self::Snooze { incident, seconds },
                None => needs("how long, as `30m`, `4h` or `2d`; at most 30 days"),
            },
            ("expected", Some(incident)) => match rest.get(1).map(|word| word.parse::<Day>()) {
                Some(Ok(until)) if rest.len() > 2 => Self::Expected { incident, until, reason: rest[2..].join(" ") },
                Some(Ok(_)) => needs("a reason, for those who look later"),
                _ => needs("the last day that it is expected for, as `2026-12-01`"),
            },
            ("plan", _) => {
                let advice: Vec<String> = rest.iter().map(id).filter(|id| id.starts_with("a-")).collect();
                if advice.is_empty() || advice.len() > PLANNED {
                    return needs("one to ten recommendations, as `a-1c9e44d0`");
                }
                Self::Plan { advice }
            }
            ("approve", _) => match (rest.first().map(id), rest.get(1).map(id)) {
                (Some(plan), Some(hash)) if plan.starts_with("p-") && hash.len() >= 16 => Self::Approve { plan, hash },
                _ => needs("a plan and the first sixteen digits of its hash, as its message shows them"),
            },
            (word, _) => {
                let near = WORDS.iter().find(|known| near(word, known));
                let hint = near.map_or(String::new(), |known| format!("; did you mean `{known}`?"));
                wrong(format!("`{}` is not known{hint}", word.chars().take(40).collect::<String>()))
            }
        }
    }
}

/// Whether two words are the same but for the end of one, or for one letter.
fn near(word: &str, known: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (word.chars().collect(), known.chars().collect());
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    same >= 3 || same + tail + 1 >= a.len().max(b.len())
}

fn seconds(word: &str) -> Option<i64> {
    let (end, unit) = word.char_indices().next_back()?;
    let count: i64 = word[..end].parse().ok()?;
    let seconds = match unit {
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    count.checked_mul(seconds).filter(|s| (60..=LONGEST).contains(s))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match Command::read(text) {
            Command::Help { wrong } => wrong.unwrap_or_default(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn commands_are_what_help_says() {
        for line in HELP.lines() {
            let text = line.split('`').nth(1).unwrap().strip_prefix("/tollgate ").unwrap();
            assert!(!matches!(Command::read(text), Command::Help { .. }), "{text}");
        }
    }

    #[test]
    fn a_wrong_word_is_told_with_what_to_write() {
        assert_eq!(told("incidnts"), "`incidnts` is not known; did you mean `incidents`?");
        assert_eq!(told("akc i-1"), "`akc` is not known");
        assert!(told("ack").contains("needs an incident"));
        assert!(told("snooze i-1 99999d").contains("at most 30 days"));
        assert!(told("expected i-1 2026-12-01").contains("a reason"));
        assert!(told("approve p-1 abc").contains("sixteen digits"));
        assert_eq!(Command::read("  "), Command::Help { wrong: None });
        assert_eq!(Command::read("WHY `i-3F9A2C10`,"), Command::Why { incident: "i-3f9a2c10".into() });
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(incidents|why|ack|expected|snooze|approve|i-|p-|é|[0-9a-f]| |\n){0,20}") {
            let _ = Command::read(&text);
        }
    }
}
