//! `allocation "name" { … }`: which shared cost is divided among which values of a dimension, and how.

use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::expr::Expression;
use tollgate_model::allocation::{
    AllocationMethod, AllocationPlan, AllocationRule, ConditionField, SharedCharges, SourceCondition, WeightPeriod,
    WithoutWeights,
};
use tollgate_model::limits::ALLOCATION_RULES;
use tollgate_model::{Amount, EntityTable};

use crate::block::Block;
use crate::diagnostic::suggest;
use crate::document::{Document, span};
use crate::scope::{On, ScopeCondition, object_key, read_conditions};
use crate::{BusinessMetric, Dimension, Policy};

/// What the rest of the file declares.
pub(crate) struct AllocationNames<'p> {
    pub(crate) dimensions: &'p [Dimension],
    pub(crate) entities: &'p [EntityTable],
    pub(crate) metrics: &'p [BusinessMetric],
}

/// A rule with the places that errors name.
pub(crate) struct ReadRule {
    pub(crate) rule: AllocationRule,
    at: Range<usize>,
}

/// A method before its settings are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Even,
    Fixed,
    Cost,
    Usage,
    Metric,
    Used,
    Bought,
}

const METHODS: [(&str, Method); 7] = [
    ("even", Method::Even),
    ("fixed", Method::Fixed),
    ("cost", Method::Cost),
    ("usage", Method::Usage),
    ("metric", Method::Metric),
    ("used", Method::Used),
    ("bought", Method::Bought),
];

impl ReadRule {
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        known: &AllocationNames<'_>,
        document: &mut Document<'_>,
    ) -> Option<Self> {
        let dimension = read_dimension(block, known, document);
        let dimensions: Vec<String> = known.dimensions.iter().map(|d| d.name.clone()).collect();
        let source = read_conditions("source", block, &dimensions, document);
        let kinds = SharedCharges::ALL.map(|kind| (kind.as_str(), kind));
        let charges = block.words("charges", &kinds, document);
        if block.place("source").is_none() && block.place("charges").is_none() {
            let hint = Some("add source = { team = \"platform\" }, or charges = [\"tax\"]".to_owned());
            document.report(block.at.clone(), format!("{} takes no charges", block.title), hint);
        }
        let targets = block.texts("targets", document);
        let except = block.texts("except", document);
        let method = block.word("method", &METHODS, document);
        block.missing("method", "method = \"cost\", or even, fixed, usage, metric, used, bought", document);
        let settings = MethodSettings::read(block, document);
        let weigh = read_conditions("weigh", block, &dimensions, document);
        let over = [WeightPeriod::Month, WeightPeriod::Day].map(|period| (period.as_str(), period));
        let over = block.word_or("over", &over, WeightPeriod::Month, document);
        let fallbacks = [("unallocated", WithoutWeights::Unallocated), ("even", WithoutWeights::Even)];
        let without_weights = block.word_or("without_weights", &fallbacks, WithoutWeights::Unallocated, document);
        let (from, until) = (block.day("from", document), block.day("until", document));
        if from.zip(until).is_some_and(|(from, until)| from > until) {
            let at = block.place("until").unwrap_or(block.at.clone());
            document.report(at, format!("{} ends before it begins", block.title), None);
        }
        let (dimension, method) = (dimension?, method?);
        let valid = check_settings(method, block, document);
        let method = settings.complete(method, block, document)?;
        if let AllocationMethod::Metric { metric } = &method {
            check_metric(metric, &dimension, known, block, document);
        }
        let entities = known.entities.iter().find(|table| table.dimension == dimension);
        if let Some(table) = entities {
            let shares = settings.shares.iter().map(|(name, _, at)| (name.clone(), at.clone()));
            check_targets(targets.iter().cloned().chain(shares).chain(except.iter().cloned()), table, block, document);
        }
        let texts = |list: Vec<(String, Range<usize>)>| list.into_iter().map(|(text, _)| text).collect();
        let rule = AllocationRule {
            name,
            dimension,
            source: source.into_iter().map(condition).collect(),
            charges,
            targets: texts(targets),
            except: texts(except),
            method,
            weigh: weigh.into_iter().map(condition).collect(),
            over,
            without_weights,
            from,
            until,
        };
        valid.then(|| Self { rule, at: block.at.clone() })
    }
}

fn condition(read: ScopeCondition) -> SourceCondition {
    let on = match read.on {
        On::Facet(facet) => ConditionField::Facet(facet),
        On::Dimension(name) => ConditionField::Dimension(name),
    };
    SourceCondition { on, values: read.values }
}

/// The dimension that a rule allocates: by default, the first of the file.
fn read_dimension(block: &mut Block<'_>, known: &AllocationNames<'_>, document: &mut Document<'_>) -> Option<String> {
    let text = block.text("dimension", document).map(|(text, at)| (text.to_owned(), at));
    let first = known.dimensions.first().map(|d| d.name.clone());
    if let Some(first) = &first {
        block.set_default("dimension", format!("{first:?}"));
    }
    match text {
        Some((name, at)) if !known.dimensions.iter().any(|d| d.name == name) => {
            let hint = suggest(&name, known.dimensions.iter().map(|d| d.name.as_str()));
            document.report(
                at,
                format!("{} allocates `{name}`, which is no dimension of this file", block.title),
                hint,
            );
            None
        }
        Some((name, _)) => Some(name),
        None if first.is_none() => {
            let hint = Some("add dimension \"team\" { value = charge.tags.team }".to_owned());
            document.report(block.at.clone(), format!("{}: the file has no dimension", block.title), hint);
            None
        }
        None => first,
    }
}

/// The settings of single methods.
struct MethodSettings {
    /// Percent by target, with the place of the name.
    shares: Vec<(String, Amount, Range<usize>)>,
    keep: Option<Amount>,
    unit: Option<String>,
    metric: Option<String>,
}

impl MethodSettings {
    fn read(block: &mut Block<'_>, document: &mut Document<'_>) -> Self {
        let shares = read_shares(block, document);
        let keep = block.amount("keep", document);
        let text = |block: &mut Block<'_>, name, document: &mut Document<'_>| {
            block.text(name, document).map(|(text, _)| text.to_owned())
        };
        Self { shares, keep, unit: text(block, "unit", document), metric: text(block, "metric", document) }
    }

    /// The method with its settings; `None` when one is missing.
    fn complete(&self, method: Method, block: &Block<'_>, document: &mut Document<'_>) -> Option<AllocationMethod> {
        Some(match method {
            Method::Even => AllocationMethod::Even,
            Method::Cost => AllocationMethod::Cost,
            Method::Used => AllocationMethod::Used,
            Method::Bought => AllocationMethod::Bought,
            Method::Usage => {
                block.missing("unit", "unit = \"Requests\", a ConsumedUnit of the bill", document);
                AllocationMethod::Usage { unit: self.unit.clone()? }
            }
            Method::Metric => {
                block.missing("metric", "metric = \"requests\"", document);
                AllocationMethod::Metric { metric: self.metric.clone()? }
            }
            Method::Fixed => {
                block.missing("shares", "shares = { checkout = 60, search = 40 }", document);
                self.check_sum(block, document)?;
                let shares: BTreeMap<String, Amount> =
                    self.shares.iter().map(|(name, share, _)| (name.clone(), *share)).collect();
                AllocationMethod::Fixed { shares, keep: self.keep.unwrap_or_default() }
            }
        })
    }

    /// Refuses shares that do not sum to 100: a typing error would move cost silently.
    fn check_sum(&self, block: &Block<'_>, document: &mut Document<'_>) -> Option<()> {
        let at = block.place("shares")?;
        let sum =
            self.shares.iter().fold(self.keep.unwrap_or_default(), |sum, (_, share, _)| sum.saturating_add(*share));
        if sum == Amount::whole(100) {
            return Some(());
        }
        let kept = if self.keep.is_some() { " and `keep`" } else { "" };
        let hint = match sum < Amount::whole(100) && self.keep.is_none() {
            true => Some(format!("add keep = {} for what stays where it is", Amount::whole(100).saturating_sub(sum))),
            false => None,
        };
        document.report(at, format!("the shares{kept} of {} sum to {sum}, not to 100", block.title), hint);
        None
    }
}

/// Reads `shares = { checkout = 60 }`.
fn read_shares(block: &mut Block<'_>, document: &mut Document<'_>) -> Vec<(String, Amount, Range<usize>)> {
    let Some(expression) = block.expression("shares") else { return Vec::new() };
    let title = block.title.clone();
    let Some(object) = expression.as_object() else {
        let hint = Some("write shares = { checkout = 60, search = 40 }".to_owned());
        document.report(span(expression), format!("`shares` of {title} must be an object"), hint);
        return Vec::new();
    };
    let mut out: Vec<(String, Amount, Range<usize>)> = Vec::new();
    for (key, value) in object {
        let (name, at) = object_key(key);
        let value = value.expr();
        let written = match value {
            // The source text, because a parsed number is a float.
            Expression::Number(_) => document.source(value),
            Expression::String(text) => text.as_str(),
            _ => "",
        };
        match written.parse::<Amount>() {
            Ok(share) if !share.is_negative() => out.push((name, share, at)),
            _ => {
                let hint = Some("write a percentage, such as 33.3".to_owned());
                document.report(span(value), format!("the share of `{name}` in {title} is no percentage"), hint);
            }
        }
    }
    out
}

/// Refuses settings that the method does not use.
fn check_settings(method: Method, block: &Block<'_>, document: &mut Document<'_>) -> bool {
    let word = METHODS.iter().find(|(_, m)| *m == method).map_or("", |(word, _)| *word);
    let weighs = matches!(method, Method::Cost | Method::Usage | Method::Used);
    let unused = [
        ("shares", method == Method::Fixed),
        ("keep", method == Method::Fixed),
        ("unit", method == Method::Usage),
        ("metric", method == Method::Metric),
        ("targets", !matches!(method, Method::Fixed | Method::Bought)),
        ("except", !matches!(method, Method::Fixed | Method::Bought)),
        ("weigh", weighs),
        ("over", weighs || method == Method::Metric),
        ("without_weights", weighs || method == Method::Metric),
    ];
    let mut valid = true;
    for (name, _) in unused.iter().filter(|(_, used)| !used) {
        if let Some(at) = block.place(name) {
            document.report(at, format!("method \"{word}\" of {} does not use `{name}`", block.title), None);
            valid = false;
        }
    }
    valid
}

/// Refuses a metric that the file does not have, or that has no figure for each value of the dimension.
fn check_metric(
    metric: &str,
    dimension: &str,
    known: &AllocationNames<'_>,
    block: &Block<'_>,
    document: &mut Document<'_>,
) {
    let at = block.place("metric").unwrap_or(block.at.clone());
    match known.metrics.iter().find(|m| m.name == metric) {
        None => {
            let hint = suggest(metric, known.metrics.iter().map(|m| m.name.as_str()))
                .or(Some(format!("add metric \"{metric}\" {{ by = \"{dimension}\" … }}")));
            document.report(at, format!("{} names `{metric}`, which is no metric of this file", block.title), hint);
        }
        Some(found) if found.by.as_deref() != Some(dimension) => {
            let message = format!("{} needs a figure of `{metric}` for each {dimension}", block.title);
            document.report(at, message, Some(format!("set by = \"{dimension}\" in metric \"{metric}\"")));
        }
        Some(_) => {}
    }
}

/// Refuses targets that no entity has.
fn check_targets(
    targets: impl Iterator<Item = (String, Range<usize>)>,
    table: &EntityTable,
    block: &Block<'_>,
    document: &mut Document<'_>,
) {
    for (target, at) in targets.filter(|(target, _)| table.get(target).is_none()) {
        let hint = suggest(&target, table.entities.iter().map(|e| e.value.as_str()));
        let message = format!("{} names `{target}`, which is no value of entity \"{}\"", block.title, table.dimension);
        document.report(at, message, hint);
    }
}

/// Refuses cycles, and more rules than a run can hold.
pub(crate) fn check_allocations(rules: &[ReadRule], dimensions: &[Dimension], document: &mut Document<'_>) {
    if let Some(beyond) = rules.get(ALLOCATION_RULES.size()) {
        document.report(beyond.at.clone(), format!("more rules than {ALLOCATION_RULES}"), None);
        return;
    }
    for dimension in dimensions {
        let of_dimension = rules.iter().filter(|r| r.rule.dimension == dimension.name);
        let plan = AllocationPlan {
            dimension: dimension.name.clone(),
            unallocated: dimension.default.clone(),
            rules: of_dimension.map(|r| r.rule.clone()).collect(),
        };
        let Some(cycle) = plan.cycle() else { continue };
        let at = rules.iter().find(|r| Some(&r.rule.name) == cycle.rules.first()).map(|r| r.at.clone());
        let hint = match cycle.rules.as_slice() {
            [_] => {
                format!("take `{}` out of the targets; a part that stays is `keep` of method \"fixed\"", cycle.value)
            }
            _ => format!("take `{}` out of the targets of one of them", cycle.value),
        };
        document.report(at.unwrap_or_default(), cycle.to_string(), Some(hint));
    }
}

impl Policy {
    /// The rules of a dimension; without any, all cost is direct. `None` when the file has no such dimension.
    pub fn allocation_plan(&self, dimension: &str) -> Option<AllocationPlan> {
        let found = self.dimensions.iter().find(|d| d.name == dimension)?;
        Some(AllocationPlan {
            dimension: found.name.clone(),
            unallocated: found.default.clone(),
            rules: self.allocations.iter().filter(|rule| rule.dimension == dimension).cloned().collect(),
        })
    }

    /// The dimension that statements are for: the first that has rules, else `team`, else the first of the file.
    pub fn allocated_dimension(&self) -> Option<&str> {
        let by_rule = self.allocations.first().map(|rule| rule.dimension.as_str());
        let team = || self.dimensions.iter().find(|d| d.name == "team").or(self.dimensions.first());
        by_rule.or_else(|| team().map(|d| d.name.as_str()))
    }

    /// The known values of a dimension, where the file has them.
    pub fn entity_table(&self, dimension: &str) -> Option<&EntityTable> {
        self.entities.iter().find(|table| table.dimension == dimension)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "dimension \"team\" {\n value = charge.tags.team\n}\ndimension \"product\" {\n value = charge.tags.product\n}\n";

    fn errors(text: &str) -> String {
        Policy::parse("tollgate.hcl", &format!("{HEAD}{text}")).unwrap_err().to_string()
    }

    #[test]
    fn a_rule_has_its_settings() {
        let text = r#"
allocation "platform" {
  source  = { team = "platform", service = ["Amazon EC2", "AWS *"] }
  charges = ["usage", "unused_commitment"]
  method  = "fixed"
  shares  = { checkout = 33.3, "search team" = "46.7" }
  keep    = 20
  from    = "2026-01-01"
}
"#;
        let policy = Policy::parse("t", &format!("{HEAD}{text}")).unwrap();
        let plan = policy.allocation_plan("team").unwrap();
        let rule = &plan.rules[0];
        assert_eq!((plan.unallocated.as_str(), rule.source.len(), rule.charges.len()), ("unallocated", 2, 2));
        assert_eq!(rule.named_targets(), ["checkout", "search team"]);
        assert_eq!(policy.allocated_dimension(), Some("team"));
        assert_eq!(policy.allocation_plan("product").unwrap().rules.len(), 0);
        assert!(policy.allocation_plan("tem").is_none());
        let changed = Policy::parse("t", &format!("{HEAD}{}", text.replace("keep    = 20", "keep = 20.0"))).unwrap();
        assert_eq!(changed.allocation_plan("team").unwrap().version().unwrap(), plan.version().unwrap());
    }

    #[test]
    fn every_error_of_allocations_has_its_place_and_a_suggestion() {
        insta::assert_snapshot!(errors(
            r#"
allocation "nothing" {
  method = "evn"
}
allocation "words" {
  dimension = "tem"
  source    = { tem = "a" }
  charges   = ["taxes"]
  method    = "even"
}
allocation "sum" {
  source = { team = "platform" }
  method = "fixed"
  shares = { a = 50, b = 49.9 }
}
allocation "sum-with-keep" {
  source = { team = "security" }
  method = "fixed"
  shares = { a = 50, b = -1 }
  keep   = 60
}
allocation "unused" {
  source  = { team = "data" }
  method  = "bought"
  targets = ["a"]
  unit    = "GB"
  from    = "2026-02-01"
  until   = "2026-01-01"
}
allocation "missing" {
  source = { team = "more" }
  method = "usage"
}
"#
        ));
    }

    #[test]
    fn a_cycle_is_an_error_that_names_its_rules() {
        let text = r#"
allocation "network" {
  source  = { team = "network" }
  targets = ["platform", "checkout"]
  method  = "even"
}
allocation "platform" {
  source  = { team = "platform" }
  targets = ["search", "network"]
  method  = "cost"
}
"#;
        assert_eq!(
            errors(text),
            "tollgate.hcl:8:1: these allocations give cost in a circle: network > platform > network\n\
             hint: take `platform` out of the targets of one of them"
        );
        let own =
            "allocation \"own\" {\n source = { team = \"a\" }\n targets = [\"a\", \"b\"]\n method = \"even\"\n}\n";
        assert!(errors(own).contains("gives to `a`, which it takes from"), "{}", errors(own));
        // In different dimensions there is no circle.
        let apart = text.replace(
            "source  = { team = \"platform\" }",
            "dimension = \"product\"\n source = { product = \"platform\" }",
        );
        assert!(Policy::parse("t", &format!("{HEAD}{apart}")).is_ok());
    }

    #[test]
    fn a_target_is_a_value_of_the_entities_of_its_dimension() {
        let text = "entity \"team\" {\n value \"checkout\" {}\n}\nallocation \"p\" {\n source = { team = \"platform\" }\n \
                    targets = [\"chekout\"]\n method = \"even\"\n}\n";
        let found = errors(text);
        assert!(
            found.contains("names `chekout`, which is no value of entity \"team\"\nhint: did you mean `checkout`?"),
            "{found}"
        );
    }

    #[test]
    fn a_metric_has_a_figure_for_each_value_of_the_dimension() {
        let rule =
            "allocation \"p\" {\n source = { team = \"platform\" }\n method = \"metric\"\n metric = \"requests\"\n}\n";
        assert!(
            errors(rule).contains("names `requests`, which is no metric of this file\nhint: add metric"),
            "{}",
            errors(rule)
        );
        let near = format!("{rule}metric \"request\" {{\n by = \"team\"\n}}\n");
        assert!(errors(&near).contains("did you mean `request`?"), "{}", errors(&near));
        let other = format!("{rule}metric \"requests\" {{\n by = \"customer\"\n}}\n");
        assert!(errors(&other).contains("set by = \"team\" in metric \"requests\""), "{}", errors(&other));
        let right = format!("{HEAD}{rule}metric \"requests\" {{\n by = \"team\"\n}}\n");
        assert!(Policy::parse("t", &right).is_ok());
    }

    #[test]
    fn the_number_of_rules_has_a_limit() {
        let rules: String = (0..=ALLOCATION_RULES.value)
            .map(|n| format!("allocation \"r{n}\" {{\n source = {{ team = \"t{n}\" }}\n method = \"even\"\n}}\n"))
            .collect();
        assert!(errors(&rules).contains("`allocation-rules`"));
    }
}
