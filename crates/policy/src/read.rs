//! Reads the blocks of a file in the order in which they refer to each other.

use std::collections::BTreeMap;

use hcl_edit::structure::Body;
use tollgate_model::{Basis, EntityTable, ExchangeRates, Risk};

use crate::access::{KnownCallers, check_admins, check_subjects};
use crate::allocation::{AllocationNames, ReadRule, check_allocations};
use crate::block::Block;
use crate::blocks::Blocks;
use crate::document::Document;
use crate::entity::{TableReader, read_entities};
use crate::hierarchy::check_hierarchy;
use crate::policy::{BASES, Defaults, Policy};
use crate::rates;
use crate::review::read_review;
use crate::route::{KnownNames, TOPIC, check_channel};
use crate::scope::facet;
use crate::unit::KnownMetrics;
use crate::{
    AdviceSettings, ApprovalRequirement, Budget, BusinessMetric, Channel, CommitmentEnd, DetectionSettings, Dimension,
    IdentityProvider, Person, RemediationSettings, RoleGrant, Route, SavedView, ServiceAccount, UnitDefinition,
    WatchSettings,
};

/// The most dimensions of a file: each multiplies the number of series.
const DIMENSIONS: usize = 8;

/// Reads the whole file.
pub(crate) fn read_policy(body: &Body, tables: Option<&TableReader<'_>>, document: &mut Document<'_>) -> Policy {
    let blocks = Blocks::read(body, document);
    let mut policy = Policy::default();
    read_charges(&blocks, &mut policy, document);
    read_people(&blocks, &mut policy, document);
    read_channels(&blocks, &mut policy, document);
    read_budgets_and_routes(&blocks, &mut policy, document);
    read_units(&blocks, &mut policy, document);
    read_allocations(&blocks, &mut policy, tables, document);
    read_changes(&blocks, &mut policy, document);
    read_review(&blocks, &mut policy, document);
    policy
}

/// Reads defaults, detection, dimensions, exchange rates and commitments.
fn read_charges(blocks: &Blocks<'_>, policy: &mut Policy, document: &mut Document<'_>) {
    let mut block = blocks.single("defaults", document);
    policy.defaults = Defaults {
        currency: block.currency("currency", document),
        basis: block.word_or("basis", BASES, Basis::default(), document),
        fiscal_year_starts: block.whole_or("fiscal_year_starts", 1..=12, 1, document),
    };
    block.finish(document);
    let mut block = blocks.single("detection", document);
    policy.detection = DetectionSettings::read(&mut block, document);
    block.finish(document);
    for (name, mut block) in blocks.labelled("dimension", document) {
        if facet(&name).is_some() {
            let message = format!("`{name}` is the name of a facet that every series has");
            document.report(block.at.clone(), message, Some("choose another name".to_owned()));
        }
        policy.dimensions.extend(Dimension::read(name, &mut block, document));
        block.finish(document);
    }
    if policy.dimensions.len() > DIMENSIONS {
        let message = format!(
            "{} dimensions; at most {DIMENSIONS}, as each multiplies the number of series",
            policy.dimensions.len()
        );
        document.report(0..0, message, None);
    }
    let dimensions: Vec<String> = policy.dimensions.iter().map(|d| d.name.clone()).collect();
    for (name, mut block) in blocks.labelled("view", document) {
        policy.views.push(SavedView::read(name, &mut block, &dimensions, document));
        block.finish(document);
    }
    let mut rates = Vec::new();
    for (name, mut block) in blocks.labelled("rates", document) {
        rates.extend(rates::read(&name, &mut block, document));
        block.finish(document);
    }
    policy.rates = ExchangeRates::new(rates);
    for (name, mut block) in blocks.labelled("commitment", document) {
        policy.commitments.extend(CommitmentEnd::read(name, &mut block, document));
        block.finish(document);
    }
}

/// Reads identity providers, people, service accounts and roles.
fn read_people(blocks: &Blocks<'_>, policy: &mut Policy, document: &mut Document<'_>) {
    for (name, mut block) in blocks.labelled("identity", document) {
        let provider = IdentityProvider::read(name.clone(), &mut block, document);
        if let Some(known) = policy.identities.iter().find(|p| p.issuer == provider.issuer) {
            let hint = Some("one issuer has one block".to_owned());
            document.report(block.at.clone(), format!("{} has the issuer of \"{}\"", block.title, known.name), hint);
        }
        policy.identities.push(provider);
        block.finish(document);
    }
    let dimensions: Vec<String> = policy.dimensions.iter().map(|d| d.name.clone()).collect();
    let mut people = Vec::new();
    for (name, mut block) in blocks.labelled("person", document) {
        let person = Person::read(name.clone(), &mut block, (&dimensions, &policy.identities), document);
        if let Some((known, _)) = people.iter().find(|(p, _): &&(Person, _)| p.is_same_as(&person)) {
            let hint = Some("one person has one block: two would count as two approvals".to_owned());
            document.report(block.at.clone(), format!("person \"{name}\" is \"{}\" again", known.name), hint);
        }
        people.push((person, block.at.clone()));
        block.finish(document);
    }
    policy.people = people.iter().map(|(person, _)| person.clone()).collect();
    let known = KnownCallers { dimensions: &dimensions, providers: &policy.identities, people: &policy.people };
    let mut accounts: Vec<ServiceAccount> = Vec::new();
    for (name, mut block) in blocks.labelled("service_account", document) {
        let account = ServiceAccount::read(name, &mut block, &known, document);
        check_subjects(&account, &policy.people, &accounts, &block, document);
        accounts.push(account);
        block.finish(document);
    }
    for (name, mut block) in blocks.labelled("role", document) {
        policy.roles.extend(RoleGrant::read(&name, &mut block, &known, document));
        block.finish(document);
    }
    check_admins(&people, &policy.roles, document);
    policy.service_accounts = accounts;
}

/// Reads the known values of dimensions, and the rules that divide shared cost among them.
fn read_allocations(
    blocks: &Blocks<'_>,
    policy: &mut Policy,
    tables: Option<&TableReader<'_>>,
    document: &mut Document<'_>,
) {
    for (name, mut block) in blocks.labelled("entity", document) {
        let table = read_entities(name, &mut block, &policy.dimensions, &policy.people, tables, document);
        policy.entities.push(table);
        block.finish(document);
    }
    // A table that was not read has unknown values.
    let is_read = |table: &&EntityTable| tables.is_some() || !blocks.sets("entity", &table.dimension, "file");
    let entities: Vec<EntityTable> = policy.entities.iter().filter(is_read).cloned().collect();
    let known = AllocationNames { dimensions: &policy.dimensions, entities: &entities, metrics: &policy.metrics };
    let mut rules = Vec::new();
    for (name, mut block) in blocks.labelled("allocation", document) {
        rules.extend(ReadRule::read(name, &mut block, &known, document));
        block.finish(document);
    }
    check_allocations(&rules, &policy.dimensions, document);
    policy.allocations = rules.into_iter().map(|read| read.rule).collect();
}

fn read_channels(blocks: &Blocks<'_>, policy: &mut Policy, document: &mut Document<'_>) {
    let mut fallbacks = Vec::new();
    for (name, mut block) in blocks.labelled("channel", document) {
        if name == TOPIC {
            let hint = Some("choose another name".to_owned());
            document.report(block.at.clone(), format!("`{TOPIC}` is the deployment's own topic"), hint);
        }
        policy.channels.extend(Channel::read(name.clone(), &mut block, document));
        fallbacks.extend(block.place("fallback").map(|at| (name, at)));
        block.finish(document);
    }
    for (name, at) in fallbacks {
        let channel = policy.channels.iter().find(|c| c.name == name);
        let Some(fallback) = channel.and_then(|c| c.fallback.as_ref()) else { continue };
        if *fallback == name {
            document.report(at, format!("channel \"{name}\" falls back to itself"), None);
        } else {
            check_channel(fallback, at, &format!("channel \"{name}\""), &policy.channels, document);
        }
    }
}

fn read_budgets_and_routes(blocks: &Blocks<'_>, policy: &mut Policy, document: &mut Document<'_>) {
    let dimensions: Vec<String> = policy.dimensions.iter().map(|d| d.name.clone()).collect();
    let known = KnownNames { dimensions: &dimensions, channels: &policy.channels, people: &policy.people };
    let mut places = BTreeMap::new();
    for (name, mut block) in blocks.labelled("budget", document) {
        policy.budgets.extend(Budget::read(name.clone(), &mut block, &policy.defaults, &known, document));
        places.insert(name, block.at.clone());
        block.finish(document);
    }
    let place = |name: &str| places.get(name).cloned().unwrap_or_default();
    check_hierarchy(&policy.budgets, &policy.rates, &place, document);
    for (name, mut block) in blocks.labelled("route", document) {
        policy.routes.push(Route::read(name, &mut block, &known, document));
        block.finish(document);
    }
    for (name, mut block) in blocks.labelled("watch", document) {
        policy.watches.push(WatchSettings::read(name, &mut block, &policy.detection, &dimensions, document));
        block.finish(document);
    }
}

/// Reads business figures, and the costs that are divided by them.
fn read_units(blocks: &Blocks<'_>, policy: &mut Policy, document: &mut Document<'_>) {
    for (name, mut block) in blocks.labelled("metric", document) {
        policy.metrics.push(BusinessMetric::read(name, &mut block, document));
        block.finish(document);
    }
    let dimensions: Vec<String> = policy.dimensions.iter().map(|d| d.name.clone()).collect();
    let known = KnownMetrics { metrics: &policy.metrics, dimensions: &dimensions, views: &policy.views };
    for (name, mut block) in blocks.labelled("unit", document) {
        let unit = UnitDefinition::read(name.clone(), &mut block, &policy.defaults, &known, document);
        if policy.budgets.iter().any(|b| b.name == name) && unit.as_ref().is_some_and(|u| u.budget.is_some()) {
            let message = format!("{} has a budget, and another budget has its name", block.title);
            document.report(block.at.clone(), message, Some("rename one of them".to_owned()));
        }
        policy.units.extend(unit);
        block.finish(document);
    }
}

/// Reads the settings of recommendations and change plans.
fn read_changes(blocks: &Blocks<'_>, policy: &mut Policy, document: &mut Document<'_>) {
    for (name, mut block) in blocks.labelled("approval", document) {
        policy.approvals.extend(ApprovalRequirement::read(&name, &mut block, document));
        block.finish(document);
    }
    for risk in Risk::ALL {
        if !policy.approvals.iter().any(|a| a.risk == risk) {
            let name = risk.as_str();
            let mut block = Block::absent(format!("approval \"{name}\""), format!("approval.{name}"), document);
            ApprovalRequirement::read(name, &mut block, document);
            block.finish(document);
        }
    }
    let mut block = blocks.single("advice", document);
    policy.advice = AdviceSettings::read(&mut block, document);
    block.finish(document);
    let mut block = blocks.single("remediation", document);
    policy.remediation = RemediationSettings::read(&mut block, document);
    block.finish(document);
}
