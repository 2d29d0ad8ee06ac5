//! Patterns: `aws_*` for names, `module.legacy[*].aws_instance.web` for addresses.

use serde::Serialize;

/// A name with `*` for any run of characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct NamePattern(pub String);

impl NamePattern {
    /// Whether a name fits.
    pub fn matches(&self, name: &str) -> bool {
        wildcard(self.0.as_bytes(), name.as_bytes())
    }
}

/// An address with `*` inside of names, `**` for any steps and `[*]` for any instance. A step without a key fits every
/// instance, and the address of a module fits everything in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct AddressPattern(pub String);

impl AddressPattern {
    /// Whether an address fits.
    pub fn matches(&self, address: &str) -> bool {
        let (pattern, address) = (steps(&self.0), steps(address));
        let module_only = pattern.len() % 2 == 0 && pattern.iter().step_by(2).all(|(name, _)| *name == "module");
        fits(&pattern, &address, module_only && !pattern.is_empty(), &mut 0)
    }
}

/// The most comparisons of one match: `**` tries every rest.
const COMPARISONS: u32 = 10_000;

fn fits(pattern: &[(&str, Option<&str>)], address: &[(&str, Option<&str>)], open: bool, spent: &mut u32) -> bool {
    *spent += 1;
    if *spent > COMPARISONS {
        return false;
    }
    match (pattern.split_first(), address.split_first()) {
        (None, None) => true,
        (None, Some(_)) => open,
        (Some((("**", _), rest)), _) => {
            fits(rest, address, open, spent)
                || address.split_first().is_some_and(|(_, after)| fits(pattern, after, open, spent))
        }
        (Some(_), None) => false,
        (Some(((name, key), rest)), Some(((its_name, its_key), after))) => {
            let same_key = match key {
                None | Some("*") => true,
                Some(key) => its_key.is_some_and(|k| wildcard(key.as_bytes(), k.as_bytes())),
            };
            same_key && wildcard(name.as_bytes(), its_name.as_bytes()) && fits(rest, after, open, spent)
        }
    }
}

/// The steps of an address, each with the text between its brackets.
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

/// `*` fits any run of characters. Linear: only the last star is tried again.
fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((at, taken)) = star {
            star = Some((at, taken + 1));
            (p, t) = (at + 1, taken + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pattern_fits_instances_and_modules() {
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
            // Whatever is matched in whole matches itself where it has no star.
            prop_assert!(NamePattern(address.clone()).matches(&address));
        }
    }
}
