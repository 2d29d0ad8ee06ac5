//! A policy file with the tables beside it written into it, for deployments: they have the policy file only.

use std::ops::Range;

use hcl_edit::structure::{Body, Structure};

use crate::document::span;

/// Writes each table that an `entity` block names by `file` into the block as `csv`. `read` reads one by its path below the folder of the
/// policy file. Everything else stays as it is written.
///
/// # Errors
///
/// When the file cannot be parsed, when a table cannot be read, or when a block has a table of its own beside the file.
pub fn inline_tables(text: &str, read: &dyn Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let body = text.parse::<Body>().map_err(|error| error.to_string())?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for structure in &body {
        let Structure::Block(block) = structure else { continue };
        let attribute = |name: &str| block.body.attributes().find(|attribute| attribute.key.as_str() == name);
        let Some(file) = attribute("file").filter(|_| block.ident.as_str() == "entity") else { continue };
        let Some(path) = file.value.as_str() else { continue };
        let name = block.labels.first().map_or("", |label| label.as_str());
        if attribute("csv").is_some() {
            return Err(format!("entity \"{name}\" has a table by `csv` and one by `file`: write both into `csv`"));
        }
        let table = read(path).map_err(|error| format!("{path}: {error}"))?;
        let place = span(&file.key).start..span(&file.value).end;
        // A heredoc ends on a line of its own, and nothing stands before it in a block of one line.
        let before = text[..place.start].rsplit('\n').next().is_some_and(|line| !line.trim().is_empty());
        let after = text[place.end..].split('\n').next().is_some_and(|line| !line.trim().is_empty());
        let newline = |needed| if needed { "\n" } else { "" };
        edits.push((place, format!("{}{}{}", newline(before), heredoc(path, &table)?, newline(after))));
    }
    edits.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
    let mut out = text.to_owned();
    for (place, table) in edits {
        out.replace_range(place, &table);
    }
    Ok(out)
}

/// `csv = <<CSV … CSV` with the lines of a table.
fn heredoc(path: &str, table: &str) -> Result<String, String> {
    // HCL reads these as the beginning of an expression.
    if let Some(line) = table.lines().position(|line| line.contains("${") || line.contains("%{")) {
        let text = "`${` and `%{` begin an expression in the policy file";
        return Err(format!("{path}:{}: {text}, so that the table cannot be written into it", line + 1));
    }
    let is_taken = |word: &String| table.lines().any(|line| line.trim().starts_with(word.as_str()));
    let mut words = (0u32..).map(|number| if number == 0 { "CSV".to_owned() } else { format!("CSV{number}") });
    let end = words.find(|word| !is_taken(word)).unwrap_or_default();
    let lines: String = table.lines().map(|line| format!("{line}\n")).collect();
    Ok(format!("csv = <<{end}\n{lines}{end}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    const HEAD: &str = "dimension \"team\" {\n  value = charge.tags.team\n}\n";

    fn inlined(block: &str, table: &'static str) -> Result<(String, Policy, Policy), String> {
        // A block of one attribute is written in one line.
        let around = if block.contains('\n') || block.starts_with(' ') { "\n" } else { " " };
        let text = format!("{HEAD}entity \"team\" {{{around}{block}{around}}}\n# last\n");
        let read = |path: &str| if path == "teams.csv" { Ok(table.to_owned()) } else { Err("no such file".to_owned()) };
        let beside = Policy::parse_with("t", &text, &read).map_err(|e| e.to_string())?;
        let out = inline_tables(&text, &read)?;
        let inside = Policy::parse("t", &out).map_err(|e| e.to_string())?;
        Ok((out, beside, inside))
    }

    #[test]
    fn a_table_in_the_file_has_the_values_of_the_table_beside_it() {
        let table = "value,parent,cost_center\ncheckout,shop,\"47,11\"\nshop,,4700\nCSV,,1\n";
        let block = "  file = \"teams.csv\" # the teams\n  value \"search\" {\n    parent = \"shop\"\n  }";
        let (text, beside, inside) = inlined(block, table).unwrap();
        assert_eq!(inside.entities[0].entities.len(), 4);
        let sorted = |policy: &Policy| {
            let mut all = policy.entities[0].entities.clone();
            all.sort_by(|a, b| a.value.cmp(&b.value));
            all
        };
        assert_eq!(sorted(&inside), sorted(&beside));
        assert!(text.starts_with(HEAD) && text.ends_with("}\n# last\n"), "{text}");
        assert!(text.contains("csv = <<CSV1\nvalue,parent"), "{text}");
        let (_, beside, inside) = inlined("file = \"teams.csv\"", "value\nshop\n").unwrap();
        assert_eq!(inside.entities, beside.entities);
        // A file without tables stays as it is.
        assert_eq!(inline_tables(HEAD, &|_| Err(String::new())).unwrap(), HEAD);
    }

    #[test]
    fn a_table_that_cannot_be_written_into_the_file_is_an_error_with_its_reason() {
        let error = |block: &str, table| inlined(block, table).unwrap_err();
        let dollar = error("  file = \"teams.csv\"", "value\n${x}\n");
        assert!(dollar.starts_with("teams.csv:2: `${`"), "{dollar}");
        let both = error("  file = \"teams.csv\"\n  csv = <<X\n    value\n    shop\n  X", "value\nsearch\n");
        assert!(both.contains("entity \"team\" has a table by `csv` and one by `file`"), "{both}");
    }
}
