//! Patterns of addresses: `module.legacy[*].aws_instance.web`.

use serde::Serialize;
use tollgate_model::pattern::wildcard_matches;

/// A pattern of addresses: `*` inside of names, `**` for any steps, `[*]` for any instance. A step without a key matches every
/// instance, and the address of a module matches everything in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct AddressPattern(pub String);

impl AddressPattern {
    /// Returns whether an address matches.
    pub fn matches(&self, address: &str) -> bool {
        let (pattern, address) = (steps(&self.0), steps(address));
        let module_only = pattern.len() % 2 == 0 && pattern.iter().step_by(2).all(|(name, _)| *name == "module");
        steps_match(&pattern, &address, module_only && !pattern.is_empty(), &mut 0)
    }
}

/// The most comparisons of one match: `**` compares every rest of the address.
const COMPARISONS: u32 = 10_000;

fn steps_match(
    pattern: &[(&str, Option<&str>)],
    address: &[(&str, Option<&str>)],
    open: bool,
    spent: &mut u32,
) -> bool {
    *spent += 1;
    if *spent > COMPARISONS {
        return false;
    }
    match (pattern.split_first(), address.split_first()) {
        (None, None) => true,
        (None, Some(_)) => open,
        (Some((("**", _), rest)), _) => {
            steps_match(rest, address, open, spent)
                || address.split_first().is_some_and(|(_, after)| steps_match(pattern, after, open, spent))
        }
        (Some(_), None) => false,
        (Some(((name, key), rest)), Some(((its_name, its_key), after))) => {
            let same_key = match key {
                None | Some("*") => true,
                Some(key) => its_key.is_some_and(|k| wildcard_matches(key, k)),
            };
            same_key && wildcard_matches(name, its_name) && steps_match(rest, after, open, spent)
        }
    }
}

/// Splits an address into steps, each with the text between its brackets.
fn steps(text: &str) -> Vec<(&str, Option<&str>)> {
    let mut out = Vec::new();
    let (mut start, mut bracket, mut quoted, mut escaped) = (0, None, false, false);
    let step = |part: &'_ str, bracket: Option<usize>, start: usize| -> (usize, Option<(usize, usize)>) {
        match bracket {
            Some(open) => (open - start, Some((open - start + 1, part.len().saturating_sub(1)))),
            None => (part.len(), None),
        }
    };
    let bytes = text.as_bytes();
    for at in 0..=bytes.len() {
        match bytes.get(at) {
            Some(b'\\') if quoted => escaped = !escaped,
            Some(b'"') if !escaped => quoted = !quoted,
            Some(b'[') if !quoted && bracket.is_none() => bracket = Some(at),
            Some(b'.') | None if !quoted || at == bytes.len() => {
                let part = &text[start..at];
                let (end, key) = step(part, bracket, start);
                let key = key.and_then(|(from, to)| part.get(from..to.max(from)));
                out.push((part.get(..end).unwrap_or(part), key));
                (start, bracket) = (at + 1, None);
            }
            _ => {}
        }
        if bytes.get(at) != Some(&b'\\') {
            escaped = false;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pattern_matches_instances_and_modules() {
        for (pattern, address, fits) in [
            ("aws_instance.web", "aws_instance.web", true),
            ("aws_instance.web", "aws_instance.web[0]", true),
            ("aws_instance.web", "aws_instance.web[\"a.b]\"]", true),
            ("aws_instance.web", "aws_instance.web2", false),
            ("aws_instance.*", "aws_instance.web[3]", true),
            ("aws_instance.web[\"a\"]", "aws_instance.web[\"b\"]", false),
            ("aws_instance.web[\"a.*\"]", "aws_instance.web[\"a.b\"]", true),
            ("aws_instance.web[0]", "aws_instance.web", false),
            ("aws_instance.web", "module.a.aws_instance.web", false),
            ("**.aws_instance.web", "module.a[1].module.b.aws_instance.web", true),
            ("module.legacy", "module.legacy[\"x\"].aws_instance.web", true),
            ("module.legacy", "module.legacy2.aws_instance.web", false),
            ("module.legacy[*].aws_db_instance.*", "module.legacy[\"eu\"].aws_db_instance.main[0]", true),
            ("module.*.aws_db_instance.*", "module.a.module.b.aws_db_instance.main", false),
        ] {
            assert_eq!(AddressPattern(pattern.to_owned()).matches(address), fits, "{pattern} {address}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(
            pattern in "(module|a|\\*|\\.|\\[|\\]|\"|\\\\|0|\u{e9}){0,24}",
            address in "(module|a|\\.|\\[|\\]|\"|\\\\|0|\u{e9}){0,24}",
        ) {
            let _ = AddressPattern(pattern.clone()).matches(&address);
        }
    }
}
