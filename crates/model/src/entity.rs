//! Entities: the known values of a dimension, such as teams or cost centres, with their hierarchy and dates.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Day;

/// One known value of a dimension.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// The value, as the dimension has it.
    pub value: String,
    /// Its name for people.
    pub name: Option<String>,
    /// The value above it.
    pub parent: Option<String>,
    /// The cost centre in the general ledger.
    pub cost_center: Option<String>,
    /// The person who answers for its cost.
    pub owner: Option<String>,
    /// The first day on which it exists.
    pub from: Option<Day>,
    /// The last day on which it exists.
    pub until: Option<Day>,
}

impl Entity {
    /// Whether it exists on a day.
    pub fn is_active(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Whether it exists on at least one of some days.
    pub fn is_active_within(&self, first: Day, last: Day) -> bool {
        self.from.is_none_or(|from| from <= last) && self.until.is_none_or(|until| first <= until)
    }

    /// Its name for people, or the value.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.value)
    }
}

/// The known values of one dimension.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityTable {
    /// The dimension.
    pub dimension: String,
    /// Its values, each once.
    pub entities: Vec<Entity>,
}

/// A line of a table that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct EntityError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// The columns of a CSV table. The first is required.
pub const COLUMNS: [&str; 7] = ["value", "name", "parent", "cost_center", "owner", "from", "until"];

impl EntityTable {
    /// The entity of a value.
    pub fn get(&self, value: &str) -> Option<&Entity> {
        self.entities.iter().find(|e| e.value == value)
    }

    /// The values above one, nearest first. A circle ends where it closes.
    pub fn ancestors(&self, value: &str) -> Vec<&str> {
        let mut out: Vec<&str> = Vec::new();
        let mut at = self.get(value).and_then(|e| e.parent.as_deref());
        while let Some(parent) = at.filter(|parent| !out.contains(parent) && *parent != value) {
            out.push(parent);
            at = self.get(parent).and_then(|e| e.parent.as_deref());
        }
        out
    }

    /// A value and all values below it.
    pub fn with_descendants(&self, value: &str) -> BTreeSet<String> {
        let below = self.entities.iter().filter(|e| self.ancestors(&e.value).contains(&value));
        below.map(|e| e.value.clone()).chain([value.to_owned()]).collect()
    }

    /// The first value that is its own ancestor, with the way back to it.
    pub fn circle(&self) -> Option<Vec<String>> {
        let parents: BTreeMap<&str, &str> =
            self.entities.iter().filter_map(|e| Some((e.value.as_str(), e.parent.as_deref()?))).collect();
        for start in parents.keys() {
            let mut way = vec![*start];
            let mut at = *start;
            while let Some(parent) = parents.get(at) {
                if parent == start {
                    return Some(way.iter().map(|v| (*v).to_owned()).collect());
                }
                if way.contains(parent) {
                    break;
                }
                way.push(parent);
                at = parent;
            }
        }
        None
    }
}

/// Reads entities from CSV with a header: see [`COLUMNS`], in any order. Empty cells are unknown.
///
/// # Errors
///
/// With every line that cannot be used.
pub fn read_csv(text: &str) -> Result<Vec<(usize, Entity)>, Vec<EntityError>> {
    let error =
        |line, message: String, hint: Option<&str>| EntityError { line, message, hint: hint.map(str::to_owned) };
    let mut lines = records(text).into_iter();
    let Some((line, header)) = lines.next() else {
        return Err(vec![error(1, "the table is empty".to_owned(), Some("begin with the line `value,parent,owner`"))]);
    };
    let header: Vec<String> = header.iter().map(|cell| cell.trim().trim_start_matches('\u{feff}').to_owned()).collect();
    let mut errors = Vec::new();
    for name in header.iter().filter(|name| !COLUMNS.contains(&name.as_str())) {
        errors.push(EntityError {
            line,
            message: format!("there is no column `{name}`"),
            hint: Some(format!("the columns are {}", COLUMNS.join(", "))),
        });
    }
    if !header.iter().any(|name| name == "value") {
        errors.push(error(line, "the header has no column `value`".to_owned(), None));
    }
    let mut out: Vec<(usize, Entity)> = Vec::new();
    for (line, cells) in lines {
        if cells.len() != header.len() {
            let message = format!("{} cells; the header has {}", cells.len(), header.len());
            errors.push(error(line, message, None));
            continue;
        }
        match read_entity(&header, &cells) {
            Ok(entity) => out.push((line, entity)),
            Err(message) => errors.push(error(line, message, None)),
        }
    }
    if errors.is_empty() { Ok(out) } else { Err(errors) }
}

fn read_entity(header: &[String], cells: &[String]) -> Result<Entity, String> {
    let cell = |name: &str| {
        let at = header.iter().position(|h| h == name)?;
        cells.get(at).map(|text| text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let day = |name: &str| -> Result<Option<Day>, String> {
        cell(name).map(|text| text.parse::<Day>().map_err(|e| format!("`{name}`: {e}"))).transpose()
    };
    Ok(Entity {
        value: cell("value").ok_or("the value is empty")?,
        name: cell("name"),
        parent: cell("parent"),
        cost_center: cell("cost_center"),
        owner: cell("owner"),
        from: day("from")?,
        until: day("until")?,
    })
}

/// The records of a CSV text (RFC 4180), each with the line of its start. Empty lines and lines that start with `#` are skipped.
fn records(text: &str) -> Vec<(usize, Vec<String>)> {
    let mut out = Vec::new();
    let mut chars = text.chars().peekable();
    let (mut line, mut start) = (1, 1);
    let (mut record, mut cell): (Vec<String>, String) = (Vec::new(), String::new());
    let mut quoted = false;
    let mut close = |record: &mut Vec<String>, cell: &mut String, start: usize| {
        record.push(std::mem::take(cell));
        let done = std::mem::take(record);
        let first = done.first().map_or("", |c| c.trim());
        let is_empty = done.len() == 1 && first.is_empty();
        if !is_empty && !first.starts_with('#') {
            out.push((start, done));
        }
    };
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                close(&mut record, &mut cell, start);
                start = line;
            }
            '\r' if !quoted => {}
            other => cell.push(other),
        }
    }
    close(&mut record, &mut cell, start);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(text: &str) -> EntityTable {
        let entities = read_csv(text).unwrap().into_iter().map(|(_, e)| e).collect();
        EntityTable { dimension: "team".to_owned(), entities }
    }

    #[test]
    fn a_table_is_read_with_quotes_comments_and_dates() {
        let text = "\u{feff}value,parent,name,until\r\n# teams\ncheckout,shop,\"Checkout, \"\"EU\"\"\",2026-06-30\n\nshop,,,\n";
        let found = read_csv(text).unwrap();
        assert_eq!(
            found.iter().map(|(line, e)| (*line, e.value.as_str())).collect::<Vec<_>>(),
            [(3, "checkout"), (5, "shop")]
        );
        let table = table(text);
        let checkout = table.get("checkout").unwrap();
        assert_eq!((checkout.label(), checkout.parent.as_deref()), ("Checkout, \"EU\"", Some("shop")));
        assert!(
            checkout.is_active("2026-06-30".parse().unwrap()) && !checkout.is_active("2026-07-01".parse().unwrap())
        );
        assert_eq!(table.with_descendants("shop").len(), 2);
    }

    #[test]
    fn every_line_that_cannot_be_used_is_named() {
        let errors = read_csv("value,teem\n,x\na\nb,c,d\n").unwrap_err();
        let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            all,
            [
                "line 1: there is no column `teem`",
                "line 2: the value is empty",
                "line 3: 1 cells; the header has 2",
                "line 4: 3 cells; the header has 2"
            ]
        );
        let error = read_csv("value,from\na,tomorrow\n").unwrap_err();
        assert!(error[0].to_string().contains("line 2: `from`: `tomorrow` is not a day"), "{}", error[0]);
        assert!(read_csv("").is_err());
    }

    #[test]
    fn a_circle_of_parents_is_found_and_ends() {
        let table = table("value,parent\na,b\nb,c\nc,a\nd,a\n");
        assert_eq!(table.circle().unwrap(), ["a", "b", "c"]);
        assert_eq!(table.ancestors("d"), ["a", "b", "c"]);
        assert_eq!(self::table("value,parent\na,b\nb,\n").circle(), None);
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "(value|parent|,|\n|\r|\"|a|#|2026-01-01){0,40}") {
            if let Ok(found) = read_csv(&text) {
                let table = EntityTable { dimension: String::new(), entities: found.into_iter().map(|(_, e)| e).collect() };
                let _ = (table.circle(), table.ancestors("a"));
            }
        }
    }
}
