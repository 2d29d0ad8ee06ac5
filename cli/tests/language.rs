//! The words that docs/style.md excludes stay out of documentation, help, messages and comments.
//!
//! The reference pages hold the rendered help of every command of `tollgate` and `policy-gate`, and other tests compare them with
//! the programs, so this test covers help as well.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Places where an excluded word is right: the file (or folder), the words in their context, and the reason.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("docs/style.md", "", "the table itself"),
    ("cli/tests/language.rs", "", "the tests of this test"),
    ("policy-gate/src/cost/service.rs", "azure front door", "the name of a service"),
];

/// What is read: folders and files of the repository.
const SCOPE: [&str; 13] = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs",
    "cli",
    "crates",
    "functions",
    "infra",
    "policy-gate",
    "tests",
    "xtask",
    ".github",
    "deny.toml",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The excluded phrases, each as its words: those in code style in the last column of the table in docs/style.md.
fn excluded(style: &str) -> Vec<Vec<String>> {
    let rows = style.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Concept"));
    let last = rows.filter_map(|line| line.trim_end_matches([' ', '|']).rsplit(" | ").next());
    last.flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(|phrase| phrase.split(' ').map(str::to_lowercase).collect())
        .collect()
}

/// A word in lower case with its line, or a break that no phrase spans.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String, usize),
    Break,
}

/// Splits text into words: `snake_case` and `camelCase` are several words.
#[derive(Default)]
struct Words {
    tokens: Vec<Token>,
    word: String,
}

impl Words {
    fn push(&mut self, c: char, line: usize) {
        if c.is_alphanumeric() {
            let after_lower = self.word.chars().last().is_some_and(char::is_lowercase);
            if c.is_uppercase() && after_lower {
                self.end_word(line);
            }
            self.word.push(c);
        } else {
            self.end_word(line);
            if !c.is_whitespace() && c != '_' {
                self.push_break(line);
            }
        }
    }

    fn end_word(&mut self, line: usize) {
        if !self.word.is_empty() {
            self.tokens.push(Token::Word(std::mem::take(&mut self.word).to_lowercase(), line));
        }
    }

    fn push_break(&mut self, line: usize) {
        self.end_word(line);
        self.tokens.push(Token::Break);
    }
}

/// The words of a text. Markers at the start of a line (comments, quotes, lists) do not end a phrase.
fn text_words(text: &str) -> Vec<Token> {
    let mut words = Words::default();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            words.push_break(number);
        }
        line.trim_start_matches([' ', '#', '>', '/', '!', ':']).chars().for_each(|c| words.push(c, number + 1));
        words.push(' ', number + 1);
    }
    words.tokens
}

/// The name of the function that is defined at the start of some code.
fn function_name(code: &str) -> Option<&str> {
    let rest = code.strip_prefix("fn ")?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    Some(&rest[..end])
}

/// The words of the comments, strings and names of functions of Rust code.
fn rust_words(code: &str) -> Vec<Token> {
    let mut words = Words::default();
    let mut line = 1;
    let mut rest = code;
    // Whether only white space followed the last comment: comments on lines below each other are one text.
    let mut continues = false;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            if !continues {
                words.push_break(line);
            }
            let end = rest.find('\n').unwrap_or(rest.len());
            rest[..end].trim_start_matches(['/', '!']).chars().chain([' ']).for_each(|c| words.push(c, line));
            continues = true;
            end
        } else if let Some(length) = string_length(rest) {
            words.push_break(line);
            let mut chars = rest[..length].chars();
            let mut at = line;
            while let Some(c) = chars.next() {
                match c {
                    // A line that continues does not end a phrase; any other escape does.
                    '\\' => match chars.next() {
                        Some('\n') => at += 1,
                        _ => words.push_break(at),
                    },
                    _ => words.push(c, at),
                }
                at += usize::from(c == '\n');
            }
            words.push_break(line);
            continues = false;
            length
        } else if let Some(name) = function_name(rest) {
            words.push_break(line);
            name.chars().for_each(|c| words.push(c, line));
            words.push_break(line);
            continues = false;
            "fn ".len() + name.len()
        } else {
            continues &= c.is_whitespace();
            character_length(rest)
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    words.tokens
}

/// The length of the string literal that the code begins with.
fn string_length(code: &str) -> Option<usize> {
    let raw = code.strip_prefix('r').map(|after| after.len() - after.trim_start_matches('#').len());
    if let Some(marks) = raw.filter(|marks| code[1 + marks..].starts_with('"')) {
        let end = format!("\"{}", "#".repeat(marks));
        let from = marks + 2;
        return Some(from + code[from..].find(&end)? + end.len());
    }
    let mut escaped = false;
    let inside = code.strip_prefix('"')?;
    let end = inside.char_indices().find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    Some(end.map_or(code.len(), |(at, _)| at + 2))
}

/// The length of the next character of code: a character literal or an identifier is one unit, so that `'"'` and `r` in a name
/// begin no string.
fn character_length(code: &str) -> usize {
    if let Some(escaped) = code.strip_prefix("'\\") {
        return escaped.char_indices().skip(1).find(|(_, c)| *c == '\'').map_or(2, |(at, _)| at + 3);
    }
    if let Some(inside) = code.strip_prefix('\'')
        && let Some(c) = inside.chars().next()
        && inside[c.len_utf8()..].starts_with('\'')
    {
        return c.len_utf8() + 2;
    }
    let name = code.len() - code.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').len();
    match name {
        0 => code.chars().next().map_or(0, char::len_utf8),
        _ => name,
    }
}

/// The excluded phrases in a text, each with its line and the words around it.
fn violations(tokens: &[Token], excluded: &[Vec<String>]) -> Vec<(usize, String, String)> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        for phrase in excluded {
            let matches = phrase
                .iter()
                .enumerate()
                .all(|(i, word)| matches!(tokens.get(at + i), Some(Token::Word(there, _)) if there == word));
            if let (true, Token::Word(_, line)) = (matches, &tokens[at]) {
                let around = tokens[at.saturating_sub(3)..(at + phrase.len() + 3).min(tokens.len())].iter();
                let around =
                    around.filter_map(|t| if let Token::Word(word, _) = t { Some(word.as_str()) } else { None });
                found.push((*line, phrase.join(" "), around.collect::<Vec<_>>().join(" ")));
            }
        }
    }
    found
}

/// Every file in the scope that has words for people.
fn files(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let name = path.file_name().unwrap_or_default();
        if name == "target" || name == "snapshots" || name == "node_modules" {
            return;
        }
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path()).collect();
        entries.sort();
        entries.iter().for_each(|entry| files(entry, out));
    } else if path
        .extension()
        .is_some_and(|e| ["rs", "md", "hcl", "yml", "yaml", "toml"].iter().any(|known| e == *known))
    {
        out.push(path.to_owned());
    }
}

#[test]
fn excluded_words_appear_nowhere() {
    let root = root();
    let excluded = excluded(&std::fs::read_to_string(root.join("docs/style.md")).unwrap());
    assert!(excluded.len() > 20, "docs/style.md has no table of words: {excluded:?}");
    let mut all = Vec::new();
    SCOPE.iter().for_each(|part| files(&root.join(part), &mut all));
    let mut found = Vec::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for path in &all {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let tokens = if name.ends_with(".rs") { rust_words(&text) } else { text_words(&text) };
        for (line, phrase, around) in violations(&tokens, &excluded) {
            if ALLOWED.iter().any(|(place, words, _)| name.starts_with(place) && around.contains(words)) {
                continue;
            }
            let room =
                name.split('/').take(if name.starts_with("crates/") { 2 } else { 1 }).collect::<Vec<_>>().join("/");
            *counts.entry(room).or_default() += 1;
            found.push(format!("{name}:{line}: `{phrase}` in: {around}"));
        }
    }
    assert!(found.is_empty(), "{}\n\n{counts:#?}\nhint: docs/style.md has the term for each", found.join("\n"));
}

#[test]
fn every_exception_is_used_for_a_file_that_exists() {
    for (place, _, reason) in ALLOWED {
        assert!(root().join(place).exists(), "{place} does not exist: {reason}");
    }
}

#[test]
fn words_are_found_in_comments_and_strings_and_not_in_code() {
    let excluded = excluded("| a | b | `told`, `go on`, guard |\n| c | d | `habit` |\n");
    let code = "/// What is to go\n/// on.\nfn told() -> char { '\"' } // a Habit\nlet x = r#\"told \"one\" \"#; let r = \"go \\\n on\\ntold\";";
    let found: Vec<(usize, String)> =
        violations(&rust_words(code), &excluded).into_iter().map(|(line, phrase, _)| (line, phrase)).collect();
    let wanted = [(1, "go on"), (3, "told"), (3, "habit"), (4, "told"), (4, "go on"), (5, "told")];
    assert_eq!(found, wanted.map(|(line, phrase)| (line, phrase.to_owned())));
    assert!(violations(&text_words("Let it go. On Monday, toldish."), &excluded).is_empty());
    assert_eq!(violations(&text_words("> they go\n> on: told_days"), &excluded).len(), 2);
}

/// The commands that the text of `tollgate --help` lists.
fn commands(help: &str) -> Vec<String> {
    let lines =
        help.lines().filter(|line| line.starts_with("  ") && line[2..].starts_with(|c: char| c.is_ascii_lowercase()));
    lines.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

/// Hints lead somewhere: to a command that exists, or to a page that does.
#[test]
fn every_command_and_page_that_a_text_names_exists() {
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_tollgate")).arg("--help").output().unwrap();
    let (root, known) = (root(), commands(&String::from_utf8(help.stdout).unwrap()));
    assert!(known.len() > 30 && known.contains(&"costs".to_owned()), "{known:?}");
    let mut all = Vec::new();
    SCOPE.iter().for_each(|part| files(&root.join(part), &mut all));
    let (mut found, mut wrong) = (0, Vec::new());
    for path in &all {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        for command in text.split("`tollgate ").skip(1).filter_map(|rest| rest.split(['`', '\n']).next()) {
            let mut words = command.split_whitespace().peekable();
            // Global options come first, each with its value.
            while words.next_if(|word| word.starts_with("--")).is_some() {
                words.next();
            }
            let Some(name) = words.next().filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase())) else {
                continue;
            };
            found += 1;
            if !known.iter().any(|known| known == name) {
                wrong.push(format!("{}: `tollgate {command}`", path.display()));
            }
        }
        let is_code = path.extension().is_some_and(|extension| extension == "rs");
        for page in text.split("docs/").skip(usize::from(is_code)).filter(|_| is_code) {
            let Some(end) = page.find(".md") else { continue };
            let name = &page[..end];
            if name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'/') && name.contains('/') {
                found += 1;
                if !root.join(format!("docs/{name}.md")).exists() {
                    wrong.push(format!("{}: docs/{name}.md", path.display()));
                }
            }
        }
    }
    assert!(found > 200 && wrong.is_empty(), "{found} names\n{}", wrong.join("\n"));
}

/// A number and its noun agree: `counted` writes `1 alert` and `2 alerts`, where a plural behind a value would write `1 alerts`.
#[test]
fn no_plural_follows_a_number_that_may_be_one() {
    let nouns = [
        "rows",
        "meters",
        "alerts",
        "findings",
        "recommendations",
        "incidents",
        "messages",
        "steps",
        "stages",
        "requests",
    ];
    let mut all = Vec::new();
    files(&root().join("cli/src"), &mut all);
    let mut found = Vec::new();
    for path in &all {
        let text = std::fs::read_to_string(path).unwrap();
        for (at, _) in text.match_indices("} ") {
            let word: String = text[at + 2..].chars().take_while(|c| c.is_ascii_lowercase()).collect();
            // A name, such as that of a state, is no number.
            let is_number = text[..at].rsplit_once('{').is_some_and(|(_, value)| !["state", "store"].contains(&value));
            if is_number && nouns.contains(&word.as_str()) {
                found.push(format!("{}: {word}", path.display()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
