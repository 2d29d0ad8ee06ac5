//! `entity "team" { … }`: the known values of a dimension, with their hierarchy and dates.

use std::ops::Range;

use tollgate_model::entity::read_csv;
use tollgate_model::{Entity, EntityTable};

use crate::block::Block;
use crate::diagnostic::suggest;
use crate::document::{Document, span};
use crate::{Dimension, Person};

/// Reads a table beside the policy file, by its path below the file's folder.
pub(crate) type TableReader<'r> = dyn Fn(&str) -> Result<String, String> + 'r;

/// A table with the place of each value.
struct Places<'t> {
    table: &'t EntityTable,
    at: Vec<Range<usize>>,
}

/// Reads the values of a dimension: from blocks, from a table in the file, and from a table beside it.
pub(crate) fn read_entities(
    dimension: String,
    block: &mut Block<'_>,
    dimensions: &[Dimension],
    people: &[Person],
    tables: Option<&TableReader<'_>>,
    document: &mut Document<'_>,
) -> EntityTable {
    if !dimensions.iter().any(|d| d.name == dimension) {
        let hint = suggest(&dimension, dimensions.iter().map(|d| d.name.as_str()))
            .or(Some(format!("add dimension \"{dimension}\" {{ value = charge.tags.{dimension} }}")));
        document.report(block.at.clone(), format!("{} is for no dimension of this file", block.title), hint);
    }
    let mut found: Vec<(Entity, Range<usize>)> = Vec::new();
    for (value, mut inner) in block.named_children("value", document) {
        found.push((read_value(value, &mut inner, people, document), inner.at.clone()));
        inner.finish(document);
    }
    if let Some(expression) = block.expression("csv") {
        let text = expression.as_str().map_or_else(|| heredoc(document.source(expression)), str::to_owned);
        add_table(&text, "the table", span(expression), block, &mut found, document);
    }
    if let Some(path) = block.path("file", document) {
        let at = block.place("file").unwrap_or(block.at.clone());
        match tables.map(|read| read(&path)) {
            Some(Ok(text)) => add_table(&text, &path, at, block, &mut found, document),
            Some(Err(error)) => document.report(at, format!("{path}: {error}"), None),
            // Programs that do not allocate read the policy file alone.
            None => {}
        }
    }
    let (entities, at) = found.into_iter().unzip();
    let table = EntityTable { dimension, entities };
    check_table(&Places { table: &table, at }, block, tables.is_some() || block.place("file").is_none(), document);
    table
}

fn read_value(value: String, block: &mut Block<'_>, people: &[Person], document: &mut Document<'_>) -> Entity {
    let text = |block: &mut Block<'_>, name, document: &mut Document<'_>| {
        block.text(name, document).map(|(text, _)| text.to_owned())
    };
    let owner = block.text("owner", document).map(|(text, at)| (text.to_owned(), at));
    if let Some((owner, at)) =
        owner.as_ref().filter(|(owner, _)| !people.is_empty() && !people.iter().any(|p| p.name == *owner))
    {
        let hint = suggest(owner, people.iter().map(|p| p.name.as_str()));
        document.report(at.clone(), format!("the owner `{owner}` is no person of this file"), hint);
    }
    Entity {
        name: text(block, "name", document),
        parent: text(block, "parent", document),
        cost_center: text(block, "cost_center", document),
        owner: owner.map(|(owner, _)| owner),
        from: block.day("from", document),
        until: block.day("until", document),
        value,
    }
}

/// The lines of `<<CSV … CSV`. Other expressions have none.
fn heredoc(source: &str) -> String {
    let body = source.strip_prefix("<<").and_then(|rest| rest.split_once('\n')).map_or("", |(_, body)| body);
    let lines = body.trim_end().rsplit_once('\n').map_or("", |(lines, _)| lines);
    lines.lines().map(|line| line.trim().to_owned() + "\n").collect()
}

fn add_table(
    text: &str,
    name: &str,
    at: Range<usize>,
    block: &Block<'_>,
    found: &mut Vec<(Entity, Range<usize>)>,
    document: &mut Document<'_>,
) {
    match read_csv(text) {
        Ok(rows) => found.extend(rows.into_iter().map(|(_, entity)| (entity, at.clone()))),
        Err(errors) => {
            for error in errors {
                let message = format!("{name} of {}, {error}", block.title);
                document.report(at.clone(), message, error.hint.clone());
            }
        }
    }
}

/// Refuses values that are there twice, parents that are no value, circles, and dates in the wrong order.
fn check_table(places: &Places<'_>, block: &Block<'_>, is_whole: bool, document: &mut Document<'_>) {
    let entities = &places.table.entities;
    for (number, (entity, at)) in entities.iter().zip(&places.at).enumerate() {
        let value = &entity.value;
        if entities[..number].iter().any(|e| e.value == *value) {
            document.report(at.clone(), format!("{} has `{value}` twice", block.title), Some("keep one".to_owned()));
        }
        if let Some(parent) = entity.parent.as_ref().filter(|parent| is_whole && places.table.get(parent).is_none()) {
            let message = format!("the parent `{parent}` of `{value}` is no value of {}", block.title);
            document.report(at.clone(), message, suggest(parent, entities.iter().map(|e| e.value.as_str())));
        }
        if entity.from.zip(entity.until).is_some_and(|(from, until)| from > until) {
            document.report(at.clone(), format!("`{value}` of {} ends before it begins", block.title), None);
        }
    }
    if let Some(circle) = places.table.circle() {
        let way = format!("{} > {}", circle.join(" > "), circle.first().map_or("", String::as_str));
        document.report(block.at.clone(), format!("a value of {} is its own ancestor: {way}", block.title), None);
    }
}

#[cfg(test)]
mod tests {
    use crate::Policy;

    const HEAD: &str = "dimension \"team\" {\n  value = charge.tags.team\n}\n";

    #[test]
    fn values_come_from_blocks_and_tables() {
        let text = format!(
            "{HEAD}entity \"team\" {{\n  file = \"teams.csv\"\n  csv  = <<CSV\n    value,parent,cost_center\n    # shops\n    \
             checkout,shop,4711\n    shop,,4700\n  CSV\n  value \"search\" {{\n    parent = \"shop\"\n    from   = \"2026-01-01\"\n  }}\n}}\n"
        );
        let read = |path: &str| {
            assert_eq!(path, "teams.csv");
            Ok("value,owner\nresearch,ann\n".to_owned())
        };
        let policy = Policy::parse_with("t", &text, &read).unwrap();
        let table = policy.entity_table("team").unwrap();
        let values: Vec<&str> = table.entities.iter().map(|e| e.value.as_str()).collect();
        assert_eq!(values, ["search", "checkout", "shop", "research"]);
        assert_eq!(table.get("checkout").unwrap().cost_center.as_deref(), Some("4711"));
        assert_eq!(table.with_descendants("shop").len(), 3);
        // Without a reader the file is valid, as other programs read it too.
        assert_eq!(Policy::parse("t", &text).unwrap().entity_table("team").unwrap().entities.len(), 3);
    }

    #[test]
    fn every_error_of_entities_has_its_place_and_a_suggestion() {
        let text = format!(
            "{HEAD}person \"jane\" {{}}\nentity \"tem\" {{\n  value \"a\" {{\n    parent = \"bb\"\n    owner  = \"jan\"\n  }}\n  \
             value \"b\" {{\n    from  = \"2026-02-01\"\n    until = \"2026-01-01\"\n  }}\n  value \"b\" {{}}\n}}\n\
             entity \"team\" {{\n  csv = <<CSV\nvalue,prent\na,b\nc\nCSV\n  file = \"../x.csv\"\n}}\n"
        );
        insta::assert_snapshot!(Policy::parse("tollgate.hcl", &text).unwrap_err().to_string());
        let circle = format!("{HEAD}entity \"team\" {{\n  csv = <<CSV\nvalue,parent\na,b\nb,a\nCSV\n}}\n");
        let error = Policy::parse("t", &circle).unwrap_err().to_string();
        assert!(error.contains("a value of entity \"team\" is its own ancestor: a > b > a"), "{error}");
    }

    #[test]
    fn a_table_that_cannot_be_read_is_an_error() {
        let text = format!("{HEAD}entity \"team\" {{\n  file = \"teams.csv\"\n}}\n");
        let error = Policy::parse_with("t", &text, &|_| Err("it does not exist".to_owned())).unwrap_err();
        assert_eq!(error.to_string(), "t:5:10: teams.csv: it does not exist");
    }
}
