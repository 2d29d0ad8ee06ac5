//! Parameters of requests: what a route accepts in its path, its query and its body, and how values are read.

use std::fmt::Display;
use std::str::FromStr;

use tollgate_model::query::suggest;

use crate::problem::Problem;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// A whole number within bounds.
    Number(u64, u64),
    /// `true` or `false`.
    Flag,
    /// A day: `2026-11-21`.
    Day,
    /// A month: `2026-11`.
    Month,
    /// One of some words.
    Choice(&'static [&'static str]),
}

/// A parameter of a query, or a field of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// Its name.
    pub(crate) name: &'static str,
    /// What its value is.
    pub(crate) kind: Kind,
    /// Whether it may be given several times; in a body, whether it is a list.
    pub(crate) repeats: bool,
    /// Whether it must be there.
    pub(crate) required: bool,
    /// What it does.
    pub(crate) about: &'static str,
}

impl Parameter {
    /// An optional parameter.
    pub(crate) const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, kind, repeats: false, required: false, about }
    }

    /// The same, several times.
    pub(crate) const fn repeated(self) -> Self {
        Self { repeats: true, ..self }
    }

    /// The same, which must be there.
    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Verifies a value that needs no store to be verified.
    fn check(&self, value: &str) -> Result<(), Problem> {
        let name = self.name;
        let wrong = |hint: String| {
            let shown: String = value.chars().take(60).collect();
            Err(Problem::bad_request(format!("`{shown}` is no value of the parameter `{name}`\nhint: {hint}")))
        };
        match self.kind {
            Kind::Text if value.is_empty() => wrong(format!("leave `{name}` out, or give it a value")),
            Kind::Text | Kind::Day | Kind::Month => Ok(()),
            Kind::Number(least, most) => match value.parse::<u64>() {
                Ok(number) if (least..=most).contains(&number) => Ok(()),
                _ => wrong(format!("write a whole number from {least} to {most}")),
            },
            Kind::Flag if matches!(value, "true" | "false") => Ok(()),
            Kind::Flag => wrong("write true or false".to_owned()),
            Kind::Choice(known) if known.contains(&value) => Ok(()),
            Kind::Choice(known) => wrong(suggest(value, known.iter().copied())),
        }
    }
}

/// The parameters of a query, verified against those that a route accepts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query. A parameter that the route does not have, or that is given twice, is an error: it would be ignored.
    pub(crate) fn read(text: &str, accepted: &[Parameter]) -> Result<Self, Problem> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(text)
            .map_err(|error| Problem::bad_request(format!("the query of the address cannot be read: {error}")))?;
        for (at, (name, value)) in pairs.iter().enumerate() {
            let Some(parameter) = accepted.iter().find(|p| p.name == name) else {
                return Err(unknown(name, accepted));
            };
            if !parameter.repeats && pairs[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(Problem::bad_request(format!("the parameter `{name}` is given twice\nhint: give it once")));
            }
            parameter.check(value)?;
        }
        for parameter in accepted.iter().filter(|p| p.required) {
            if !pairs.iter().any(|(name, _)| name == parameter.name) {
                let (name, about) = (parameter.name, parameter.about);
                return Err(Problem::bad_request(format!("the parameter `{name}` is missing\nhint: {about}")));
            }
        }
        Ok(Self(pairs))
    }

    /// The text of a parameter.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a flag is set.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    /// The value of a parameter.
    pub(crate) fn value<T: FromStr<Err: Display>>(&self, name: &'static str) -> Result<Option<T>, Problem> {
        self.text(name).map(|text| parse(name, text)).transpose()
    }

    /// The values of a parameter that may be given several times.
    pub(crate) fn values<T: FromStr<Err: Display>>(&self, name: &'static str) -> Result<Vec<T>, Problem> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, text)| parse(name, text)).collect()
    }

    /// The query in one order, without the parameters that turn pages.
    pub(crate) fn canonical(&self) -> String {
        let mut pairs: Vec<&(String, String)> =
            self.0.iter().filter(|(name, _)| !matches!(name.as_str(), "cursor" | "limit")).collect();
        pairs.sort();
        serde_urlencoded::to_string(pairs).unwrap_or_default()
    }
}

fn unknown(name: &str, accepted: &[Parameter]) -> Problem {
    let shown: String = name.chars().take(60).collect();
    let hint = match accepted {
        [] => "this route has none".to_owned(),
        some => suggest(name, some.iter().map(|p| p.name)),
    };
    Problem::bad_request(format!("there is no parameter `{shown}`\nhint: {hint}"))
}

fn parse<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error: T::Err| {
        let error = error.to_string();
        // An error of a query says already what is wrong.
        let known = error.contains('`') || error.contains("hint: ");
        Problem::bad_request(if known { error } else { format!("the parameter `{name}`: {error}") })
    })
}

#[cfg(test)]
mod tests {
    use tollgate_model::BillingPeriod;

    use super::*;

    const ACCEPTED: &[Parameter] = &[
        Parameter::new("period", Kind::Month, "the month"),
        Parameter::new("filter", Kind::Text, "a condition").repeated(),
        Parameter::new("top", Kind::Number(1, 10), "how many"),
        Parameter::new("state", Kind::Choice(&["open", "resolved"]), "the state"),
        Parameter::new("wrong", Kind::Flag, "whether"),
    ];

    fn hint(text: &str) -> String {
        let problem = Query::read(text, ACCEPTED).unwrap_err();
        assert_eq!(problem.status.as_u16(), 400);
        problem.errors[0].hint.clone().unwrap_or_default()
    }

    #[test]
    fn a_query_is_read_by_the_parameters_of_its_route() {
        let query = Query::read("filter=a%3Db&top=3&filter=c%26d&wrong=true", ACCEPTED).unwrap();
        assert_eq!(query.values::<String>("filter").unwrap(), ["a=b", "c&d"]);
        assert_eq!((query.value::<u32>("top").unwrap(), query.flag("wrong")), (Some(3), true));
        assert_eq!(query.canonical(), "filter=a%3Db&filter=c%26d&top=3&wrong=true");
        assert_eq!(query.value::<BillingPeriod>("period").unwrap(), None);
    }

    #[test]
    fn what_would_be_ignored_is_an_error_with_what_to_do() {
        assert_eq!(hint("perod=2026-10"), "did you mean `period`?");
        assert_eq!(hint("top=3&top=4"), "give it once");
        assert_eq!(hint("top=11"), "write a whole number from 1 to 10");
        assert_eq!(hint("state=opn"), "did you mean `open`?");
        assert_eq!(hint("wrong=yes"), "write true or false");
        assert_eq!(hint("filter="), "leave `filter` out, or give it a value");
        let query = Query::read("period=2026-13", ACCEPTED).unwrap();
        assert!(query.value::<BillingPeriod>("period").is_err());
        let needed = [ACCEPTED[0].required()];
        assert_eq!(Query::read("", &needed).unwrap_err().errors[0].message, "the parameter `period` is missing");
    }
}
