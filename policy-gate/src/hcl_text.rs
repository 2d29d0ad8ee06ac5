//! Text as HCL writes it.

/// Formats text as a quoted HCL template without interpolation.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            '\t' => out += "\\t",
            c => out.push(c),
        }
    }
    out.replace("${", "$${").replace("%{", "%%{") + "\""
}

/// Formats texts as an HCL list.
pub(crate) fn quoted_list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_interpolated_or_ends_its_quotes() {
        assert_eq!(quoted("a\"b ${c} %{d}"), "\"a\\\"b $${c} %%{d}\"");
        assert_eq!(quoted_list(&["a".to_owned(), "b".to_owned()]), "[\"a\", \"b\"]");
    }
}
