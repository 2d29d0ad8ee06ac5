//! `*.test.hcl`: tests of policies. Each has a plan or resources, and the expected findings.

use hcl::eval::Evaluate;
use hcl_edit::structure::{Block as HclBlock, Structure};
use serde_json::{Map, Value as Json};
use tollgate_model::Day;

use crate::PolicyError;
use crate::block::Block;
use crate::diagnostic::suggest;
use crate::document::{Document, span};

/// A test of policies.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyTest {
    /// Its name: the behaviour that it tests.
    pub name: String,
    /// Its place in the file: line and column, from 1.
    pub place: (usize, usize),
    /// A plan, relative to the test file.
    pub plan: Option<String>,
    /// The folder of its sources, relative to the test file.
    pub source: Option<String>,
    /// The environment of the plan.
    pub environment: Option<String>,
    /// The account of the plan.
    pub account: Option<String>,
    /// The status of budgets, relative to the test file.
    pub budgets: Option<String>,
    /// The day of the evaluation.
    pub today: Option<Day>,
    /// Groups that override soft policies.
    pub overrides: Vec<String>,
    /// Resources, when there is no plan.
    pub resources: Vec<TestResource>,
    /// The expected findings.
    pub expects: Vec<ExpectedFinding>,
}

/// A resource of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestResource {
    /// `aws_instance`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its attributes.
    pub after: Map<String, Json>,
    /// Paths of attributes that are known after apply: `tags.team`.
    pub unknown: Vec<String>,
}

/// An expected finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedFinding {
    /// The finding's id.
    pub id: String,
    /// The resource; any when not set.
    pub address: Option<String>,
    /// The tag; any when not set.
    pub tag: Option<String>,
    /// The policy or rule; any when not set.
    pub policy: Option<String>,
    /// Its outcome.
    pub outcome: String,
    /// Its place in the file: line and column, from 1.
    pub place: (usize, usize),
}

const OUTCOMES: [&str; 6] = ["blocks", "warns", "waived", "overridden", "existing", "baseline"];

impl PolicyTest {
    /// Reads a test file. `ids` are the ids of findings.
    ///
    /// # Errors
    ///
    /// With all errors, each with its place.
    pub fn parse(file: &str, text: &str, ids: &[&str]) -> Result<Vec<Self>, PolicyError> {
        let (mut document, body) = Document::parse(file, text)?;
        let mut out: Vec<Self> = Vec::new();
        for structure in &body {
            match structure {
                Structure::Block(block) if block.ident.as_str() == "test" && block.labels.len() == 1 => {
                    let test = Self::read(block, ids, &mut document);
                    if out.iter().any(|t| t.name == test.name) {
                        document.report(span(&block.ident), format!("there are two tests \"{}\"", test.name), None);
                    }
                    out.push(test);
                }
                other => {
                    let at = other.as_block().map_or_else(|| span(other), |b| span(&b.ident));
                    let hint = Some("write test \"the behaviour\" { … }".to_owned());
                    document.report(at, "a test file holds tests and nothing else", hint);
                }
            }
        }
        document.finish()?;
        Ok(out)
    }

    fn read(block: &HclBlock, ids: &[&str], document: &mut Document<'_>) -> Self {
        let name = block.labels.first().map(|l| l.as_str().to_owned()).unwrap_or_default();
        let place = document.place(&span(&block.ident));
        let (mut resources, mut expects) = (Vec::new(), Vec::new());
        let mut rest = block.body.clone();
        rest.remove_blocks("resource");
        rest.remove_blocks("expect");
        for inner in block.body.blocks() {
            match (inner.ident.as_str(), inner.labels.as_slice()) {
                ("resource", [kind, name]) => {
                    resources.push(read_resource(kind.as_str(), name.as_str(), inner, document))
                }
                ("expect", [id]) => expects.push(read_expected(id.as_str(), inner, ids, document)),
                ("resource", _) => {
                    let hint = Some("write resource \"aws_instance\" \"web\" { … }".to_owned());
                    document.report(span(&inner.ident), "a resource has a type and a name", hint);
                }
                ("expect", _) => {
                    let hint = Some("write expect \"tag-missing\" { … }".to_owned());
                    document.report(span(&inner.ident), "`expect` names the id of a finding", hint);
                }
                _ => {}
            }
        }
        let mut read =
            Block::new(format!("test \"{name}\""), format!("test.{name}"), span(&block.ident), &rest, document);
        let mut text = |field: &'static str, document: &mut Document<'_>| {
            read.text(field, document).map(|(text, _)| text.to_owned())
        };
        let (plan, source) = (text("plan", document), text("source", document));
        let (environment, account) = (text("environment", document), text("account", document));
        let budgets = text("budgets", document);
        let overrides = read.list("override", document);
        let today = read.day("today", document);
        if plan.is_some() != resources.is_empty() {
            let hint = Some("write plan = \"fixtures/plan.json\", or resource blocks".to_owned());
            document.report(read.at.clone(), format!("{} needs a plan, or resources, and not both", read.title), hint);
        }
        read.finish(document);
        Self { name, place, plan, source, environment, account, budgets, today, overrides, resources, expects }
    }
}

fn read_resource(kind: &str, name: &str, block: &HclBlock, document: &mut Document<'_>) -> TestResource {
    let mut after = Map::new();
    let mut unknown = Vec::new();
    for structure in &block.body {
        let Structure::Attribute(attribute) = structure else {
            let hint = Some("write blocks as lists of objects: root_block_device = [{ … }]".to_owned());
            document.report(span(&block.ident), "a resource of a test has attributes only", hint);
            continue;
        };
        let expression: hcl::Expression = attribute.value.clone().into();
        let value = expression.evaluate(&hcl::eval::Context::new()).ok().and_then(|v| serde_json::to_value(v).ok());
        match (attribute.key.as_str(), value) {
            ("unknown", Some(Json::Array(list))) => {
                unknown.extend(list.iter().filter_map(Json::as_str).map(str::to_owned));
            }
            (_, Some(value)) => {
                after.insert(attribute.key.as_str().to_owned(), value);
            }
            (key, None) => {
                document.report(span(&attribute.value), format!("`{key}` must be a constant value"), None);
            }
        }
    }
    TestResource { kind: kind.to_owned(), name: name.to_owned(), after, unknown }
}

fn read_expected(id: &str, block: &HclBlock, ids: &[&str], document: &mut Document<'_>) -> ExpectedFinding {
    if !ids.contains(&id) {
        document.report(span(&block.ident), format!("there is no finding `{id}`"), suggest(id, ids.iter().copied()));
    }
    let mut read =
        Block::new(format!("expect \"{id}\""), format!("expect.{id}"), span(&block.ident), &block.body, document);
    let outcomes = OUTCOMES.map(|o| (o, o));
    let mut text =
        |field: &'static str, document: &mut Document<'_>| read.text(field, document).map(|(text, _)| text.to_owned());
    let (address, tag, policy) = (text("address", document), text("tag", document), text("policy", document));
    let outcome = read.word("outcome", &outcomes, document).unwrap_or("blocks").to_owned();
    read.finish(document);
    ExpectedFinding { id: id.to_owned(), address, tag, policy, outcome, place: document.place(&span(&block.ident)) }
}
