//! The whole file.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use hcl_edit::structure::{Block as HclBlock, BlockLabel, Body, Structure};
use serde::Serialize;
use tollgate_model::{Basis, Currency, ExchangeRates, Risk};

use crate::block::Block;
use crate::budget::{FACETS, check_hierarchy};
use crate::document::{Document, span};
use crate::rates;
use crate::route::{Known, TOPIC, check_channel};
use crate::settings::settings;
use crate::{
    Advice, Approval, Budget, BudgetPolicy, Channel, Commitment, Detection, Dimension, Environment, Gate, Person,
    PolicyError, Prices, Remediation, RoleGrant, Route, Rule, Setting, TagPolicy, Waiver, Watch, advice, remediation,
};

/// What the rest of the file may leave out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Defaults {
    /// The currency of budgets that name none.
    pub currency: Option<Currency>,
    /// Which cost budgets count that don't say.
    pub basis: Basis,
    /// The month in which the years and quarters of budgets start, 1 to 12.
    pub fiscal_year_starts: u8,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { currency: None, basis: Basis::default(), fiscal_year_starts: 1 }
    }
}

/// A policy file that parsed and makes sense.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// What the rest may leave out.
    pub defaults: Defaults,
    /// Ways to sort charges.
    pub dimensions: Vec<Dimension>,
    /// Amounts for periods.
    pub budgets: Vec<Budget>,
    /// What counts as an anomaly.
    pub detection: Detection,
    /// Parts of the cost that are watched otherwise.
    pub watches: Vec<Watch>,
    /// Commitments whose end is known.
    pub commitments: Vec<Commitment>,
    /// What currencies are worth.
    pub rates: ExchangeRates,
    /// Places where messages go.
    pub channels: Vec<Channel>,
    /// Who hears of what, in the order of the file.
    pub routes: Vec<Route>,
    /// People.
    pub people: Vec<Person>,
    /// Who may do what.
    pub roles: Vec<RoleGrant>,
    /// What plans of a risk class need, where the file says so.
    pub approvals: Vec<Approval>,
    /// Where advice is looked for, and from where on something is worth it.
    pub advice: Advice,
    /// What may be changed at all, how fast, and what stops it.
    pub remediation: Remediation,
    /// What the gate of pull requests needs to know.
    pub gate: Gate,
    /// Parts of the cloud, by where their plans are.
    pub environments: Vec<Environment>,
    /// What is asked of tags, with what each takes over.
    pub tag_policies: Vec<TagPolicy>,
    /// Conditions over planned resources.
    pub rules: Vec<Rule>,
    /// What changes may cost.
    pub budget_policies: Vec<BudgetPolicy>,
    /// What things cost.
    pub prices: Prices,
    /// What is let pass for a while.
    pub waivers: Vec<Waiver>,
    /// Every setting in effect, with its origin.
    pub settings: Vec<Setting>,
}

pub(crate) const BASES: &[(&str, Basis)] = &[("effective", Basis::Effective), ("billed", Basis::Billed)];

const BUDGET_FIELDS: [&str; 8] =
    ["amount", "currency", "period", "basis", "scope", "parent", "rollover", "rollover_limit"];

/// Most dimensions a file may have: each multiplies the series.
const DIMENSIONS: usize = 8;

impl Policy {
    /// Reads a policy. `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// With everything that is wrong, each with its place. Unknown words are refused: a misspelled budget must not
    /// silently guard nothing.
    pub fn parse(file: &str, text: &str) -> Result<Self, PolicyError> {
        let (mut document, body) = Document::parse(file, text)?;
        let mut reader = Reader { file, places: Vec::new() };
        let policy = reader.read(&body, &mut document);
        document.finish()?;
        Ok(policy)
    }

    /// What a plan of a risk class needs.
    pub fn approval(&self, risk: Risk) -> Approval {
        self.approvals.iter().find(|a| a.risk == risk).copied().unwrap_or(Approval::usual(risk))
    }

    /// The secrets that the file names, each once.
    pub fn secrets(&self) -> BTreeSet<&str> {
        self.channels.iter().flat_map(Channel::secrets).collect()
    }

    /// What holds without a file.
    pub fn without_file() -> Self {
        let mut policy = Self::default();
        policy.settings = settings(&policy, "", &[]);
        policy
    }
}

/// The blocks of a file.
const KINDS: [&str; 21] = [
    "defaults",
    "dimension",
    "budget",
    "detection",
    "watch",
    "commitment",
    "rates",
    "channel",
    "route",
    "person",
    "role",
    "approval",
    "gate",
    "environment",
    "tag_policy",
    "rule",
    "budget_policy",
    "prices",
    "waiver",
    "advice",
    "remediation",
];

pub(crate) struct Reader<'f> {
    file: &'f str,
    /// Where each setting that the file has stands.
    places: Vec<(String, (usize, usize))>,
}

impl Reader<'_> {
    fn read(&mut self, body: &Body, document: &mut Document<'_>) -> Policy {
        let mut policy = Policy::default();
        let mut blocks: Vec<&HclBlock> = Vec::new();
        for structure in body {
            match structure {
                Structure::Block(block) => blocks.push(block),
                Structure::Attribute(attribute) => {
                    let key = attribute.key.as_str();
                    let hint = Some(format!("settings stand in blocks: {}", KINDS.join(", ")));
                    document.report(span(&attribute.key), format!("`{key}` stands outside of every block"), hint);
                }
            }
        }
        for block in &blocks {
            let kind = block.ident.as_str();
            if !KINDS.contains(&kind) {
                document.report(
                    span(&block.ident),
                    format!("there is no block `{kind}`"),
                    crate::diagnostic::suggest(kind, KINDS),
                );
            }
        }
        let of = |kind: &str| blocks.iter().copied().filter(|b| b.ident.as_str() == kind).collect::<Vec<_>>();

        if let Some(mut block) = self.single("defaults", &of("defaults"), document) {
            policy.defaults.currency = block.currency("currency", document);
            policy.defaults.basis = block.word("basis", BASES, document).unwrap_or_default();
            let month = block.whole("fiscal_year_starts", 1..=12, document).unwrap_or(1);
            policy.defaults.fiscal_year_starts = u8::try_from(month).unwrap_or(1);
            self.note("defaults", &block, &["currency", "basis", "fiscal_year_starts"], document);
            block.finish(document);
        }
        if let Some(mut block) = self.single("detection", &of("detection"), document) {
            policy.detection = Detection::read(&mut block, document);
            self.note("detection", &block, &["sensitivity", "min_impact", "provisional_days"], document);
            block.finish(document);
        }
        for (name, mut block) in self.labelled("dimension", &of("dimension"), document) {
            if FACETS.contains(&name.as_str()) {
                document.report(
                    block.at.clone(),
                    format!("`{name}` is the name of a facet that every series has"),
                    Some("choose another name".to_owned()),
                );
            }
            policy.dimensions.extend(Dimension::read(name.clone(), &mut block, document));
            self.note(&format!("dimension.{name}"), &block, &["value", "default"], document);
            block.finish(document);
        }
        if policy.dimensions.len() > DIMENSIONS {
            let message =
                format!("{} dimensions; at most {DIMENSIONS}, as each multiplies the series", policy.dimensions.len());
            document.report(0..0, message, None);
        }
        let dimensions: Vec<String> = policy.dimensions.iter().map(|d| d.name.clone()).collect();
        let mut rates = Vec::new();
        for (name, mut block) in self.labelled("rates", &of("rates"), document) {
            rates.extend(rates::read(&name, &mut block, document));
            block.finish(document);
        }
        policy.rates = ExchangeRates::new(rates);
        self.people_and_channels(&of, &mut policy, document);
        let known = Known { dimensions: &dimensions, channels: &policy.channels, people: &policy.people };
        let mut budget_places = BTreeMap::new();
        for (name, mut block) in self.labelled("budget", &of("budget"), document) {
            policy.budgets.extend(Budget::read(name.clone(), &mut block, &policy.defaults, &known, document));
            self.note(&format!("budget.{name}"), &block, &BUDGET_FIELDS, document);
            budget_places.insert(name, block.at.clone());
            block.finish(document);
        }
        let place = |name: &str| budget_places.get(name).cloned().unwrap_or_default();
        check_hierarchy(&policy.budgets, &policy.rates, &place, document);
        for (name, mut block) in self.labelled("route", &of("route"), document) {
            policy.routes.push(Route::read(name.clone(), &mut block, &known, document));
            let fields = ["about", "severity", "kind", "scope", "channels", "people", "continue"];
            self.note(&format!("route.{name}"), &block, &fields, document);
            block.finish(document);
        }
        for (name, mut block) in self.labelled("watch", &of("watch"), document) {
            policy.watches.push(Watch::read(name.clone(), &mut block, &policy.detection, &dimensions, document));
            self.note(&format!("watch.{name}"), &block, &["scope", "sensitivity", "min_impact"], document);
            block.finish(document);
        }
        for (name, mut block) in self.labelled("commitment", &of("commitment"), document) {
            policy.commitments.extend(Commitment::read(name.clone(), &mut block, document));
            self.note(&format!("commitment.{name}"), &block, &["id", "ends", "warn_days"], document);
            block.finish(document);
        }
        if let Some(mut block) = self.single("advice", &of("advice"), document) {
            policy.advice = Advice::read(&mut block, document);
            self.note("advice", &block, &advice::FIELDS, document);
            block.finish(document);
        }
        if let Some(mut block) = self.single("remediation", &of("remediation"), document) {
            policy.remediation = Remediation::read(&mut block, document);
            self.note("remediation", &block, &remediation::FIELDS, document);
            block.finish(document);
        }
        self.review(&of, &mut policy, document);
        policy.settings = settings(&policy, self.file, &self.places);
        policy
    }

    fn people_and_channels<'b>(
        &mut self,
        of: &impl Fn(&str) -> Vec<&'b HclBlock>,
        policy: &mut Policy,
        document: &mut Document<'_>,
    ) {
        for (name, mut block) in self.labelled("person", &of("person"), document) {
            let person = Person::read(name.clone(), &mut block, document);
            if let Some(other) = policy.people.iter().find(|p| p.is_same_as(&person)) {
                let hint = Some("one person has one block: two would count as two approvals".to_owned());
                document.report(block.at.clone(), format!("person \"{name}\" is \"{}\" again", other.name), hint);
            }
            policy.people.push(person);
            self.note(&format!("person.{name}"), &block, &["email", "slack"], document);
            block.finish(document);
        }
        for (name, mut block) in self.labelled("role", &of("role"), document) {
            policy.roles.extend(RoleGrant::read(&name, &mut block, &policy.people, document));
            let fields = ["people", "slack_users", "slack_groups", "emails"];
            self.note(&format!("role.{name}"), &block, &fields, document);
            block.finish(document);
        }
        for (name, mut block) in self.labelled("approval", &of("approval"), document) {
            policy.approvals.extend(Approval::read(&name, &mut block, document));
            let fields = ["people", "requester_may", "chat_alone", "expires"];
            self.note(&format!("approval.{name}"), &block, &fields, document);
            block.finish(document);
        }
        let mut fallbacks = Vec::new();
        for (name, mut block) in self.labelled("channel", &of("channel"), document) {
            if name == TOPIC {
                let hint = Some("choose another name".to_owned());
                document.report(block.at.clone(), format!("`{TOPIC}` is the deployment's own topic"), hint);
            }
            policy.channels.extend(Channel::read(name.clone(), &mut block, document));
            fallbacks.extend(block.place("fallback").map(|at| (name.clone(), at)));
            self.note(&format!("channel.{name}"), &block, &["type", "fallback"], document);
            block.finish(document);
        }
        for (name, at) in fallbacks {
            let Some(fallback) = policy.channels.iter().find(|c| c.name == name).and_then(|c| c.fallback.as_ref())
            else {
                continue;
            };
            if *fallback == name {
                document.report(at, format!("channel \"{name}\" falls back to itself"), None);
            } else {
                check_channel(fallback, at, &format!("channel \"{name}\""), &policy.channels, document);
            }
        }
    }

    /// The one block of a kind that may stand once and has no label.
    pub(crate) fn single<'b>(
        &self,
        kind: &str,
        blocks: &[&'b HclBlock],
        document: &mut Document<'_>,
    ) -> Option<Block<'b>> {
        for block in blocks.iter().skip(1) {
            document.report(span(&block.ident), format!("there are two `{kind}` blocks"), Some("keep one".to_owned()));
        }
        let block = blocks.first()?;
        if let Some(label) = block.labels.first() {
            document.report(label_span(label), format!("`{kind}` has no name"), Some(format!("write {kind} {{ … }}")));
        }
        Some(Block::read(format!("`{kind}`"), span(&block.ident), &block.body, document))
    }

    /// Blocks of a kind that each have one name of their own.
    pub(crate) fn labelled<'b>(
        &self,
        kind: &str,
        blocks: &[&'b HclBlock],
        document: &mut Document<'_>,
    ) -> Vec<(String, Block<'b>)> {
        let mut names = BTreeSet::new();
        let mut out = Vec::new();
        for block in blocks {
            let name = match block.labels.as_slice() {
                [one] => one.as_str().to_owned(),
                _ => {
                    document.report(
                        span(&block.ident),
                        format!("a {kind} needs one name"),
                        Some(format!("write {kind} \"platform\" {{ … }}")),
                    );
                    continue;
                }
            };
            let fine = !name.is_empty()
                && name.len() <= 60
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
            if !fine {
                let hint = Some("use letters, digits, `-`, `_` and `.`, at most 60".to_owned());
                document.report(label_span(&block.labels[0]), format!("`{name}` cannot name a {kind}"), hint);
                continue;
            }
            if !names.insert(name.clone()) {
                document.report(
                    label_span(&block.labels[0]),
                    format!("there are two {kind}s named `{name}`"),
                    Some("rename one".to_owned()),
                );
                continue;
            }
            out.push((
                name.clone(),
                Block::read(format!("{kind} \"{name}\""), span(&block.ident), &block.body, document),
            ));
        }
        out
    }

    pub(crate) fn note(&mut self, prefix: &str, block: &Block<'_>, names: &[&str], document: &Document<'_>) {
        for name in names {
            if let Some(at) = block.place(name) {
                self.places.push((format!("{prefix}.{name}"), document.place(&at)));
            }
        }
    }
}

fn label_span(label: &BlockLabel) -> Range<usize> {
    match label {
        BlockLabel::Ident(ident) => span(ident),
        BlockLabel::String(text) => span(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;
    use proptest::prelude::*;

    fn errors(text: &str) -> String {
        Policy::parse("tollgate.hcl", text).unwrap_err().to_string()
    }

    #[test]
    fn the_template_parses_and_so_does_it_with_every_comment_lifted() {
        Policy::parse("tollgate.hcl", crate::TEMPLATE).unwrap();
        let lifted: String = crate::TEMPLATE
            .lines()
            .map(|l| l.strip_prefix("#: ").or_else(|| l.strip_prefix("#:")).unwrap_or(l).to_owned() + "\n")
            .collect();
        let policy = Policy::parse("tollgate.hcl", &lifted).unwrap();
        assert!(policy.budgets.len() >= 2 && policy.dimensions.len() >= 2);
        assert!(policy.settings.iter().any(|s| s.origin != Origin::Default));
    }

    #[test]
    fn a_parent_bounds_its_children() {
        let budget = |name: &str, amount: u32, more: &str| {
            format!("budget \"{name}\" {{\n amount = {amount}\n currency = \"USD\"\n{more}\n}}\n")
        };
        let below = "parent = \"all\"";
        let fits = budget("all", 1000, "") + &budget("a", 600, below) + &budget("b", 400, below);
        Policy::parse("t", &fits).unwrap();
        let quarterly = budget("all", 1000, "") + &budget("a", 3000, "parent = \"all\"\nperiod = \"quarterly\"");
        Policy::parse("t", &quarterly).unwrap();
        insta::assert_snapshot!(errors(
            &(budget("all", 1000, "") + &budget("a", 601, below) + &budget("b", 400, below))
        ));
        let later = "amendment {\n on = \"2026-10-01\"\n amount = 1100\n author = \"jane\"\n}\n";
        let told = errors(&(budget("all", 1000, "") + &budget("a", 600, &format!("{below}\n{later}"))));
        assert!(told.contains("from 2026-10-01 on"), "{told}");
        assert!(errors(&budget("a", 1, "parent = \"b\"")).contains("names the parent `b`, which is no budget"));
        let circle = budget("a", 1, "parent = \"b\"") + &budget("b", 1, "parent = \"a\"");
        assert!(errors(&circle).contains("is above itself"));
        let other = budget("all", 1000, "") + &budget("a", 1, below).replace("USD", "EUR");
        assert!(errors(&other).contains("no rate says what EUR"));
        let rated = format!("rates \"2026-01-01\" {{\n base = \"USD\"\n EUR = 1.1\n}}\n{other}");
        Policy::parse("t", &rated).unwrap();
        let dear = rated.replace("amount = 1\n", "amount = 910\n");
        assert!(errors(&dear).contains("may spend"));
    }

    #[test]
    fn every_fault_of_channels_and_routes_is_told() {
        insta::assert_snapshot!(errors(
            r#"channel "a" {
  type = "slak"
}
channel "b" {
  type     = "webhook"
  url      = "http://example.com"
  secret   = "S"
  fallback = "c"
}
channel "topic" {
  type = "email"
  from = "x@example.com"
  to   = "nobody"
}
person "jane" {}
role "approver" {
  slack_users = ["*"]
  people      = ["jo"]
}
role "chef" {}
approval "high" {
  chat_alone = true
  expires    = "1 day"
}
rates "soon" {
  base = "USD"
  EUR  = 0
  XX   = 1
}
route "r" {
  severity = "hihg"
  about    = ["incidents"]
  channels = ["bb"]
  quiet {
    from = "25:00"
    zone = "Berlin"
  }
  escalate {
    channels = []
  }
}
budget "once" {
  amount   = 5
  currency = "USD"
  period   = "custom"
  starts   = "2026-02-01"
  ends     = "2026-01-01"
}
"#
        ));
    }

    #[test]
    fn every_fault_of_prices_and_budget_policies_is_told() {
        insta::assert_snapshot!(errors(
            r#"budget_policy "nothing" {}
budget_policy "unknown" {
  budget = "platfrom"
}
budget_policy "amounts" {
  max_increase = -1
  max_resource = 5
  judge        = "low"
  tags         = ["team"]
}
budget_policy "left" {
  max_left_percent = 101
  stop_when_over   = true
}
prices {
  stale_days = 0
  usage      = "../usage.yml"
  discount "all" {
    percent = 100
    skus    = ["aws/*"]
  }
  discount "none" {}
  own "free" {
    sku   = "aws/vm/linux/m5.large"
    unit  = "hours"
    price = 0
    since = "2026-01-01"
  }
  own "half" {
    price = 1
  }
}
"#
        ));
    }

    #[test]
    fn amounts_are_exact() {
        let policy =
            Policy::parse("t", "budget \"b\" {\n amount = 12345678901234.123456789\n currency = \"USD\"\n}").unwrap();
        assert_eq!(policy.budgets[0].amount.to_string(), "12345678901234.123456789");
    }

    #[test]
    fn every_fault_is_told_with_its_place_and_what_to_do() {
        insta::assert_snapshot!(errors(
            r#"budget "platform" {
  amout = 5
  scope = { tem = "a" }
  period = "montly"
}
budget "platform" { amount = -1 }
budgett "x" {}
dimension "team" { value = charge.tag.team }
dimension "env" { value = chrge.tags.env }
dimension "size" { value = lowr(charge.tags.size) }
detection {
  min_impact = "many"
  provisional_days = 99
  severity {
    medium = 10
    high = 5
  }
}
defaults { currency = "usd" }
stray = 1
"#
        ));
    }

    #[test]
    fn a_syntax_error_has_its_place() {
        assert!(errors("budget \"x\" {\n  amount = \n}").starts_with("tollgate.hcl:2:"));
    }

    #[test]
    fn nesting_and_size_have_limits() {
        assert!(errors(&format!("defaults {{ currency = {} }}", "(".repeat(100_000))).contains("nest deeper"));
        assert!(errors(&format!("a = {}1", "!".repeat(100_000))).contains("nest deeper"));
        assert!(errors(&" ".repeat(2 << 20)).contains("at most"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(budget|dimension|detection|defaults|rates|channel|route|role|quiet|escalation|amendment|type|value|amount|scope|charge|tags| |\n|\"|\\{|\\}|=|\\.|\\$|%|\\(|\\)|\\[|\\]|-|[0-9]|\u{e9}){0,40}") {
            let _ = Policy::parse("t", &text);
        }
    }
}
