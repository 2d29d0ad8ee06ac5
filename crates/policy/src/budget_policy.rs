//! `budget_policy "platform" { … }`: what a change may cost, by itself and against the money that is left.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::{Amount, Currency};

use crate::block::Block;
use crate::document::{Document, span};
use crate::enforcement::Terms;
use crate::pattern::NamePattern;
use crate::selection::Selection;

/// Which bound of an estimate is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// What is counted with.
    #[default]
    Likely,
    /// The most that it can be.
    High,
}

const BOUNDS: &[(&str, Bound)] = &[("likely", Bound::Likely), ("high", Bound::High)];

/// What a change may cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BudgetPolicy {
    /// Its name, unique among policies and rules.
    pub name: String,
    /// Which resources it is about.
    #[serde(flatten)]
    pub selection: Selection,
    /// Tags that they have: a team's.
    pub tags: BTreeMap<String, NamePattern>,
    /// What it does when it is broken.
    #[serde(flatten)]
    pub terms: Terms,
    /// Which bound is judged.
    pub judge: Bound,
    /// What amounts are in.
    pub currency: Option<Currency>,
    /// The most that the change may add a month.
    pub max_increase: Option<Amount>,
    /// The most that it may add, in percent of what is paid before.
    pub max_increase_percent: Option<u64>,
    /// The most that one resource may cost a month.
    pub max_resource: Option<Amount>,
    /// The budget that pays for it.
    pub budget: Option<String>,
    /// Whether it may lead beyond the amount of the budget.
    pub may_cross: bool,
    /// The most of what the budget has left that it may take, in percent.
    pub max_left_percent: Option<u64>,
    /// Whether nothing that costs more is let through while the budget is exceeded.
    pub stop_when_over: bool,
    /// Days after which what is known of the budget is too old to judge by.
    pub max_age_days: u64,
}

impl BudgetPolicy {
    /// `budgets` are those of the file; `usual_currency` is that of its defaults.
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        usual: &Terms,
        environments: &[String],
        budgets: &[(String, Currency)],
        usual_currency: Option<Currency>,
        document: &mut Document<'_>,
    ) -> Self {
        let terms = Terms::read(block, usual, document);
        let message = block.text("message", document).map(|(text, _)| text.to_owned());
        let budget = block.text("budget", document);
        if let Some((named, at)) = &budget
            && !budgets.iter().any(|(known, _)| known == named)
        {
            let hint = crate::diagnostic::suggest(named, budgets.iter().map(|(name, _)| name.as_str()));
            document.report(
                at.clone(),
                format!("{} names `{named}`, which is no budget of this file", block.title),
                hint,
            );
        }
        let budget = budget.map(|(text, _)| text.to_owned());
        let of_budget =
            || budgets.iter().find(|(name, _)| Some(name) == budget.as_ref()).map(|(_, currency)| *currency);
        let currency = block.currency("currency", document).or_else(of_budget).or(usual_currency);
        let out = Self {
            name,
            selection: Selection::read(block, environments, document),
            tags: tags(block, document),
            terms: Terms { message, ..terms },
            judge: block.word("judge", BOUNDS, document).unwrap_or_default(),
            currency,
            max_increase: block.amount("max_increase", document),
            max_increase_percent: block.whole("max_increase_percent", 0..=100_000, document),
            max_resource: block.amount("max_resource", document),
            may_cross: block.flag("may_cross", document).unwrap_or(false),
            max_left_percent: block.whole("max_left_percent", 0..=100, document),
            stop_when_over: block.flag("stop_when_over", document).unwrap_or(false),
            max_age_days: block.whole("max_age_days", 1..=90, document).unwrap_or(3),
            budget,
        };
        let needs_budget = out.max_left_percent.is_some() || out.stop_when_over;
        if out.budget.is_none() && needs_budget {
            let hint = Some("add budget = \"platform\"".to_owned());
            document.report(
                block.at.clone(),
                format!("{} asks what a budget has left, and names none", block.title),
                hint,
            );
        }
        let limits = [out.max_increase.is_some(), out.max_increase_percent.is_some(), out.max_resource.is_some()];
        let judged = out.budget.is_some() && (!out.may_cross || needs_budget);
        if !limits.contains(&true) && !judged {
            let hint = Some("add budget = \"platform\", max_increase = 500 or max_resource = 1000".to_owned());
            document.report(block.at.clone(), format!("{} asks for nothing", block.title), hint);
        }
        if out.currency.is_none() && (out.max_increase.is_some() || out.max_resource.is_some()) {
            let hint = Some("add currency = \"USD\", or set it once under defaults".to_owned());
            document.report(block.at.clone(), format!("{} has no currency", block.title), hint);
        }
        out
    }
}

/// `tags = { team = "search" }`.
fn tags(block: &mut Block<'_>, document: &mut Document<'_>) -> BTreeMap<String, NamePattern> {
    let Some(expression) = block.expression("tags") else { return BTreeMap::new() };
    let read = expression.as_object().and_then(|object| {
        object
            .iter()
            .map(|(key, value)| {
                let key = match key {
                    hcl_edit::expr::ObjectKey::Ident(name) => name.as_str(),
                    hcl_edit::expr::ObjectKey::Expression(expression) => expression.as_str()?,
                };
                Some((key.to_owned(), NamePattern(value.expr().as_str()?.to_owned())))
            })
            .collect::<Option<BTreeMap<_, _>>>()
    });
    read.unwrap_or_else(|| {
        let hint = Some("write tags = { team = \"search\" }".to_owned());
        document.report(span(expression), format!("`tags` of {} must be texts by key", block.title), hint);
        BTreeMap::new()
    })
}
