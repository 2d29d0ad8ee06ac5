//! `tollgate costs`: answers to questions about cost, as a table with bars, JSON, CSV or SVG.

mod csv_rows;
mod drawing;
#[cfg(feature = "workbooks")]
mod sheet;
#[cfg(not(feature = "workbooks"))]
#[path = "without_sheet.rs"]
mod sheet;
mod table;
mod untagged;
mod why;

use anyhow::bail;
use tollgate_model::query::{
    AnswerPeriod, Comparison, Conversion, CostAnswer, CostField, CostMetric, CostOrder, CostPeriod, CostQuery, LeftOut,
    NamedSpan, suggest,
};
use tollgate_model::series::Facet;
use tollgate_model::text::counted;
use tollgate_model::{Column, Currency, Day};
use tollgate_pipeline::{Context, RowFilter, answer_costs};
use tollgate_policy::Policy;

use crate::args::{Args, Costs, CostsCommand, Format, Question, TopOf};
use crate::exit::Exit;
use crate::output::{csv, json, print_note};
use crate::setup::open;

/// Groups that are listed unless an option says otherwise; the others are one row.
const TOP: u32 = 20;

pub(crate) async fn run(args: &Args, what: &Costs) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    match &what.command {
        None => {
            let query = settled(&context, &what.question, costs_query(what, &context.state.policy)?).await?;
            if let Some(path) = &what.svg {
                return drawing::write(&context, query, path).await;
            }
            let answer = ask(&context, &query).await?;
            match &what.xlsx {
                Some(path) => sheet::write(&answer, path),
                None => print(args, &answer),
            }
        }
        Some(CostsCommand::Top { what, question, compare }) => {
            let query = top_query(*what, question, compare.as_ref(), &context.state.policy)?;
            print(args, &ask(&context, &settled(&context, question, query).await?).await?)
        }
        Some(CostsCommand::Untagged { of, question }) => untagged::run(args, &context, of, question).await,
        Some(CostsCommand::Why { question, compare }) => why::run(args, &context, question, compare.as_ref()).await,
    }
}

async fn ask(context: &Context, query: &CostQuery) -> anyhow::Result<CostAnswer> {
    Ok(answer_costs(context, query, &RowFilter::everything()).await?)
}

/// The query over the newest month with charges, where nobody asked for a period and the current month has none yet: exports arrive late,
/// and a demo is of earlier months.
async fn settled(context: &Context, question: &Question, mut query: CostQuery) -> anyhow::Result<CostQuery> {
    if question.period.is_some() || question.view.is_some() {
        return Ok(query);
    }
    let current = Day::of(context.state.clock.now()).month();
    let last = context.state.ledger.periods().await?.iter().map(|period| period.last_day).max();
    if last.is_none_or(|last| last.month() >= current) {
        return Ok(query);
    }
    let total = CostQuery { group_by: Vec::new(), compare: None, ..query.clone() };
    let Some(newest) = ask(context, &total).await?.period.complete_through else { return Ok(query) };
    let span = |first: Day, last: Day| CostPeriod::Between(Some(NamedSpan::Day(first)), Some(NamedSpan::Day(last)));
    let (first, before) = (newest.month().first_day(), newest.month().previous().first_day());
    query.period = span(first, newest);
    if query.compare == Some(Comparison::Previous) {
        // The same days of the month before; a shorter month ends the comparison.
        let last = before.plus(newest - first).min(first.plus(-1));
        query.compare = Some(Comparison::Period(span(before, last)));
    }
    print_note(&format!(
        "note: {current} has no charges yet: this is {}, the newest month with charges; --period names another",
        newest.month()
    ));
    Ok(query)
}

/// The query of the options: those of a view, where one is named, and the options over them.
fn query(question: &Question, policy: &Policy) -> anyhow::Result<CostQuery> {
    let mut query = match &question.view {
        None => CostQuery { top: Some(TOP), ..CostQuery::default() },
        Some(name) => match policy.views.iter().find(|view| view.name == *name) {
            Some(view) => view.query.clone(),
            None if policy.views.is_empty() => {
                bail!(
                    "there is no view `{name}`: the policy has none\nhint: add view \"{name}\" {{ by = [\"team\"] }} to tollgate.hcl"
                )
            }
            None => {
                let hint = suggest(name, policy.views.iter().map(|view| view.name.as_str()));
                bail!("there is no view `{name}` in tollgate.hcl\nhint: {hint}")
            }
        },
    };
    if let Some(by) = &question.by {
        query.group_by.clone_from(&by.0);
    }
    if let Some(period) = &question.period {
        query.period = period.clone();
    }
    query.filters.extend(question.filter.iter().cloned());
    query.metric = question.metric.unwrap_or(query.metric);
    query.top = question.top.or(query.top);
    query.currency = question.currency.unwrap_or(query.currency);
    Ok(query)
}

/// The query of `tollgate costs`; by service unless an option or a view says otherwise.
fn costs_query(what: &Costs, policy: &Policy) -> anyhow::Result<CostQuery> {
    let mut query = query(&what.question, policy)?;
    if what.question.by.is_none() && what.question.view.is_none() {
        query.group_by = vec![CostField::Facet(Facet::Service)];
    }
    query.compare = what.compare.clone().or(query.compare);
    query.granularity = what.granularity.unwrap_or(query.granularity);
    query.order = what.order.unwrap_or(query.order);
    Ok(query)
}

/// The query of `tollgate costs top`.
fn top_query(
    what: TopOf,
    question: &Question,
    compare: Option<&Comparison>,
    policy: &Policy,
) -> anyhow::Result<CostQuery> {
    let mut query = query(question, policy)?;
    if question.by.is_none() {
        let service = CostField::Facet(Facet::Service);
        query.group_by = match what {
            TopOf::Resources => vec![CostField::Column(Column::ResourceId), service],
            TopOf::Services => vec![service],
            TopOf::Accounts => vec![CostField::Facet(Facet::SubAccount)],
            TopOf::Movers => vec![service, CostField::Facet(Facet::SubAccount)],
        };
    }
    query.order = if what == TopOf::Movers { CostOrder::Change } else { CostOrder::Amount };
    query.compare = Some(compare.cloned().or(query.compare).unwrap_or(Comparison::Previous));
    Ok(query)
}

fn print(args: &Args, answer: &CostAnswer) -> anyhow::Result<Exit> {
    match args.format {
        Format::Json => json(answer)?,
        Format::Csv => csv(csv_rows::rows(answer))?,
        Format::Text => table::print(answer),
    }
    notes(answer);
    Ok(Exit::Success)
}

/// What an answer does not contain, on standard error.
fn notes(answer: &CostAnswer) {
    note_conversion(answer.conversion.as_ref());
    note_left_out(&answer.left_out, answer.query.metric);
    for period in [Some(&answer.period), answer.compared_with.as_ref()].into_iter().flatten() {
        note_period(period);
    }
}

fn note_conversion(conversion: Option<&Conversion>) {
    let list = |currencies: &[Currency]| currencies.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let Some(conversion) = conversion else { return };
    let into = conversion.into;
    if !conversion.converted.is_empty() {
        let converted = list(&conversion.converted);
        print_note(&format!("note: {converted} converted to {into} by the rate of each day (`rates` in tollgate.hcl)"));
    }
    if !conversion.without_rate.is_empty() {
        let kept = list(&conversion.without_rate);
        print_note(&format!(
            "note: {kept} has no exchange rate to {into} for all its days and is shown by itself; add `rates` to tollgate.hcl"
        ));
    }
}

fn note_left_out(left_out: &[LeftOut], metric: CostMetric) {
    for left in left_out {
        print_note(&format!(
            "note: {} no {metric} cost, left out of every sum; effective cost {}",
            counted(left.charges, "charge has", "charges have"),
            crate::output::money(left.effective_cost, left.currency)
        ));
    }
}

fn note_period(period: &AnswerPeriod) {
    if let Some(newest) = period.complete_through {
        print_note(&format!("note: {} is complete through {newest}", period.name));
    }
    if let Some(first) = period.charges_since {
        print_note(&format!("note: {} begins before the first charges of the store, of {first}", period.name));
    }
}
