//! A setting that is in effect, with its origin.

use serde::Serialize;

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum SettingOrigin {
    /// The file does not set it: the default is in effect.
    Default,
    /// `tollgate.hcl:14:3`.
    File(String),
}

/// A setting that is in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicySetting {
    /// Its name: `detection.min_impact`.
    pub name: String,
    /// Its value as the file would write it; `null` when it has none.
    pub value: String,
    /// Where it comes from.
    pub origin: SettingOrigin,
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use hcl_edit::structure::{Body, Structure};

    use super::*;
    use crate::Policy;

    /// The attributes that the template does not show.
    const MAXIMAL: &str = include_str!("maximal.hcl");

    /// The template with its examples.
    fn lifted_template() -> String {
        let lift = |line: &str| line.strip_prefix("#: ").or(line.strip_prefix("#:")).unwrap_or(line).to_owned() + "\n";
        crate::TEMPLATE.lines().map(lift).collect()
    }

    /// The attributes of a text by the names of their settings, and the labels of its blocks.
    #[derive(Default)]
    struct Written {
        attributes: BTreeSet<String>,
        labels: BTreeSet<String>,
    }

    impl Written {
        fn read(text: &str) -> Self {
            let mut out = Self::default();
            out.add("", &text.parse().unwrap());
            out
        }

        fn add(&mut self, prefix: &str, body: &Body) {
            let mut unlabelled: BTreeMap<&str, usize> = BTreeMap::new();
            for structure in body {
                match structure {
                    Structure::Attribute(attribute) => {
                        self.attributes.insert(format!("{prefix}{}", attribute.key.as_str()));
                    }
                    Structure::Block(block) => {
                        let mut path = format!("{prefix}{}.", block.ident.as_str());
                        if let Some(label) = block.labels.first() {
                            path += &format!("{}.", label.as_str());
                            self.labels.insert(label.as_str().to_owned());
                        } else {
                            let n = unlabelled.entry(block.ident.as_str()).or_default();
                            *n += 1;
                            if *n > 1 {
                                path += &format!("{n}.");
                                self.labels.insert(n.to_string());
                            }
                        }
                        self.add(&path, &block.body);
                    }
                }
            }
        }
    }

    /// A name without the labels in it.
    fn without_labels(name: &str, labels: &BTreeSet<String>) -> String {
        name.split('.').filter(|part| !labels.contains(*part)).collect::<Vec<_>>().join(".")
    }

    #[test]
    fn every_attribute_of_a_file_is_listed_with_its_place() {
        for text in [lifted_template(), MAXIMAL.to_owned()] {
            let policy = Policy::parse("tollgate.hcl", &text).unwrap();
            for name in Written::read(&text).attributes {
                let found = policy.settings.iter().filter(|s| s.name == name).collect::<Vec<_>>();
                let [setting] = found.as_slice() else { panic!("{name} is listed {} times", found.len()) };
                let SettingOrigin::File(place) = &setting.origin else { panic!("{name} has no place") };
                let line: usize = place.split(':').nth(1).unwrap().parse().unwrap();
                let source = text.lines().nth(line - 1).unwrap();
                let key = name.rsplit('.').next().unwrap();
                assert!(
                    source.trim_start().starts_with(key) || source.contains(&format!("{key} =")),
                    "{name} {source}"
                );
                assert!(source.contains(setting.value.split(['{', '[']).next().unwrap()), "{name} = {}", setting.value);
            }
        }
    }

    #[test]
    fn every_setting_is_shown_by_the_template_or_the_maximal_policy() {
        let (template, maximal) = (lifted_template(), MAXIMAL.to_owned());
        let mut labels: BTreeSet<String> = ["low", "medium", "high"].map(str::to_owned).into();
        let mut written = BTreeSet::new();
        let all = [template, maximal].map(|text| (Written::read(&text), Policy::parse("tollgate.hcl", &text).unwrap()));
        for (text, _) in &all {
            labels.extend(text.labels.iter().cloned());
        }
        // The severity levels are attributes that share their names with labels.
        for level in ["medium", "high"] {
            labels.remove(level);
        }
        for (text, _) in &all {
            written.extend(text.attributes.iter().map(|name| without_labels(name, &labels)));
        }
        for (_, policy) in &all {
            for setting in policy.settings.iter().filter(|s| !s.name.starts_with("approval.")) {
                let name = without_labels(&setting.name, &labels);
                // A block that is not there is listed by its own name.
                let shown = written.iter().any(|w| *w == name || w.starts_with(&format!("{name}.")));
                assert!(shown, "{} is in no example", setting.name);
            }
        }
    }

    #[test]
    fn every_setting_is_in_the_reference() {
        // The fields of channels are in a table that their rows write.
        let pages = [include_str!("../../../docs/reference/policy.md"), include_str!("../../../docs/guides/alerts.md")];
        let table: Vec<&str> = pages.iter().flat_map(|p| p.lines()).filter(|line| line.starts_with('|')).collect();
        let words: BTreeSet<&str> =
            table.iter().flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_')).collect();
        for text in [lifted_template(), MAXIMAL.to_owned()] {
            let written = Written::read(&text);
            for name in written.attributes.iter().filter_map(|name| name.rsplit('.').next()) {
                // Names of currencies and of the dimensions of a metric are the user's own.
                let own = name.chars().next().is_some_and(char::is_uppercase);
                assert!(own || words.contains(name), "docs/reference/policy.md does not have `{name}`");
            }
        }
    }

    #[test]
    fn a_value_on_several_lines_is_listed_on_one() {
        let policy = Policy::parse("t", MAXIMAL).unwrap();
        let value = |name: &str| policy.settings.iter().find(|s| s.name == name).unwrap().value.clone();
        let scope = value("watch.research.scope");
        assert!(!scope.contains('\n') && !scope.contains('#') && scope.contains("444455556666"), "{scope}");
        assert_eq!(value("budget.sprint.escalation.2.at"), "120");
        assert_eq!(value("budget.sprint.rollover"), "\"none\"");
        assert_eq!(value("budget.all.thresholds.actual"), "[80, 100]");
        assert_eq!(value("route.all.quiet"), "null");
        assert_eq!(value("route.all.throttle.per"), "\"1h\"");
    }

    #[test]
    fn an_extended_tag_policy_is_listed_with_what_it_inherits() {
        let text = "tag_policy \"all\" {\n required = [\"team\"]\n forbidden = [\"tmp-*\"]\n}\ntag_policy \"strict\" {\n extends = \"all\"\n required = [\"owner\"]\n}\n";
        let settings = Policy::parse("t", text).unwrap().settings;
        let value = |name: &str| settings.iter().find(|s| s.name == name).unwrap().value.clone();
        assert_eq!(value("tag_policy.strict.required"), "[\"owner\", \"team\"]");
        assert_eq!(value("tag_policy.strict.forbidden"), "[\"tmp-*\"]");
    }

    #[test]
    fn the_defaults_are_listed_without_a_file() {
        let settings = Policy::without_file().settings;
        assert!(settings.iter().all(|s| s.origin == SettingOrigin::Default) && settings.len() > 50);
        let with_label = settings.iter().filter(|s| s.name.starts_with("approval.")).count();
        assert_eq!(with_label, 12);
    }
}
