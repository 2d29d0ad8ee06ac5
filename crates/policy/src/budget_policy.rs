//! `budget_policy "platform" { … }`: limits on the cost of a change, by itself and against the remaining budget.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::pattern::Pattern;
use tollgate_model::{Amount, Currency};

use crate::block::Block;
use crate::document::{Document, span};
use crate::enforcement::{EnforcementTerms, OnUnknown};
use crate::selection::ResourceSelection;

/// The bound of an estimate that is compared with the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CostBound {
    /// The likely cost.
    #[default]
    Likely,
    /// The highest cost.
    High,
}

const BOUNDS: &[(&str, CostBound)] = &[("likely", CostBound::Likely), ("high", CostBound::High)];

/// Limits on the cost of a change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BudgetPolicy {
    /// Its name, unique among policies and rules.
    pub name: String,
    /// The resources that it applies to.
    #[serde(flatten)]
    pub selection: ResourceSelection,
    /// Tags that these resources have.
    pub tags: BTreeMap<String, Pattern>,
    /// What it does when it is violated.
    #[serde(flatten)]
    pub terms: EnforcementTerms,
    /// The bound that is compared.
    pub judge: CostBound,
    /// The currency of the amounts.
    pub currency: Option<Currency>,
    /// The most that the change may add per month.
    pub max_increase: Option<Amount>,
    /// The most that the change may add, in percent of the cost before it.
    pub max_increase_percent: Option<u64>,
    /// The most that one resource may cost per month.
    pub max_resource: Option<Amount>,
    /// The budget that pays for it.
    pub budget: Option<String>,
    /// Whether the change may exceed the amount of the budget.
    pub may_cross: bool,
    /// The largest share of the remaining budget that the change may use, in percent.
    pub max_left_percent: Option<u64>,
    /// Whether every cost increase blocks while the budget is exceeded.
    pub stop_when_over: bool,
    /// Days after which the status of the budget is too old to compare with.
    pub max_age_days: u64,
}

impl BudgetPolicy {
    /// `budgets` are those of the file; `default_currency` is that of its defaults.
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        unknown: OnUnknown,
        environments: &[String],
        budgets: &[(String, Currency)],
        default_currency: Option<Currency>,
        document: &mut Document<'_>,
    ) -> Self {
        let terms = EnforcementTerms::read(block, unknown, document);
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
        let currency = block.currency("currency", document).or_else(of_budget).or(default_currency);
        if let Some(currency) = currency {
            block.set_default("currency", format!("\"{currency}\""));
        }
        let out = Self {
            name,
            selection: ResourceSelection::read(block, environments, document),
            tags: read_tags(block, document),
            terms: EnforcementTerms { message, ..terms },
            judge: block.word_or("judge", BOUNDS, CostBound::default(), document),
            currency,
            max_increase: block.amount("max_increase", document),
            max_increase_percent: block.whole("max_increase_percent", 0..=100_000, document),
            max_resource: block.amount("max_resource", document),
            may_cross: block.flag_or("may_cross", false, document),
            max_left_percent: block.whole("max_left_percent", 0..=100, document),
            stop_when_over: block.flag_or("stop_when_over", false, document),
            max_age_days: block.whole_or("max_age_days", 1..=3650, 3, document),
            budget,
        };
        let needs_budget = out.max_left_percent.is_some() || out.stop_when_over;
        if out.budget.is_none() && needs_budget {
            let hint = Some("add budget = \"platform\"".to_owned());
            document.report(
                block.at.clone(),
                format!("{} limits the use of a budget, and names none", block.title),
                hint,
            );
        }
        let limits = [out.max_increase.is_some(), out.max_increase_percent.is_some(), out.max_resource.is_some()];
        let judged = out.budget.is_some() && (!out.may_cross || needs_budget);
        if !limits.contains(&true) && !judged {
            let hint = Some("add budget = \"platform\", max_increase = 500 or max_resource = 1000".to_owned());
            document.report(block.at.clone(), format!("{} has no limit", block.title), hint);
        }
        if out.currency.is_none() && (out.max_increase.is_some() || out.max_resource.is_some()) {
            let hint = Some("add currency = \"USD\", or set it once under defaults".to_owned());
            document.report(block.at.clone(), format!("{} has no currency", block.title), hint);
        }
        out
    }
}

/// `tags = { team = "search" }`.
fn read_tags(block: &mut Block<'_>, document: &mut Document<'_>) -> BTreeMap<String, Pattern> {
    let expression = block.expression("tags");
    block.set_default("tags", "{}".to_owned());
    let Some(expression) = expression else { return BTreeMap::new() };
    let read = expression.as_object().and_then(|object| {
        object
            .iter()
            .map(|(key, value)| {
                let key = match key {
                    hcl_edit::expr::ObjectKey::Ident(name) => name.as_str(),
                    hcl_edit::expr::ObjectKey::Expression(expression) => expression.as_str()?,
                };
                Some((key.to_owned(), Pattern(value.expr().as_str()?.to_owned())))
            })
            .collect::<Option<BTreeMap<_, _>>>()
    });
    read.unwrap_or_else(|| {
        let hint = Some("write tags = { team = \"search\" }".to_owned());
        document.report(span(expression), format!("`tags` of {} must be texts by key", block.title), hint);
        BTreeMap::new()
    })
}
