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

use tollgate_model::query::{
    AnswerPeriod, Comparison, Conversion, CostAnswer, CostField, CostGroupings, CostMetric, CostOrder, CostQuery,
    LeftOut, TimeBucket, UNKNOWN_HOUR,
};
use tollgate_model::series::Facet;
use tollgate_model::text::counted;
use tollgate_model::{Column, Currency};
use tollgate_pipeline::{Context, CostOptions, RowFilter, answer_costs, settle_period};
use tollgate_policy::Policy;

use crate::args::{Args, Costs, CostsCommand, Format, Question, TopOf};
use crate::exit::Exit;
use crate::output::{csv, json, print_note};
use crate::setup::open;

pub(crate) async fn run(args: &Args, what: &Costs) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    match &what.command {
        None => {
            let query = settled(&context, &options(&what.question), costs_query(what, &context.state.policy)?).await?;
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
            print(args, &ask(&context, &settled(&context, &options(question), query).await?).await?)
        }
        Some(CostsCommand::Untagged { of, question }) => untagged::run(args, &context, of, question).await,
        Some(CostsCommand::Why { question, compare }) => why::run(args, &context, question, compare.as_ref()).await,
    }
}

async fn ask(context: &Context, query: &CostQuery) -> anyhow::Result<CostAnswer> {
    Ok(answer_costs(context, query, &RowFilter::everything()).await?)
}

/// The query over the newest month with charges, where nobody asked for a period and the current month has none yet.
async fn settled(context: &Context, options: &CostOptions, query: CostQuery) -> anyhow::Result<CostQuery> {
    let (query, instead) = settle_period(context, options, query, &RowFilter::everything()).await?;
    if let Some((current, newest)) = instead {
        print_note(&format!(
            "note: {current} has no charges yet: this is {newest}, the newest month with charges; --period names another"
        ));
    }
    Ok(query)
}

/// The options of a question, as the API has them too.
fn options(question: &Question) -> CostOptions {
    CostOptions {
        view: question.view.clone(),
        by: question.by.clone(),
        period: question.period.clone(),
        filters: question.filter.clone(),
        metric: question.metric,
        top: question.top,
        currency: question.currency,
        ..CostOptions::default()
    }
}

/// The query of `tollgate costs`; by service unless an option or a view says otherwise.
fn costs_query(what: &Costs, policy: &Policy) -> anyhow::Result<CostQuery> {
    let options = CostOptions {
        compare: what.compare.clone(),
        granularity: what.granularity,
        order: what.order,
        ..options(&what.question)
    };
    Ok(options.query(policy)?)
}

/// The query of `tollgate costs top`.
fn top_query(
    what: TopOf,
    question: &Question,
    compare: Option<&Comparison>,
    policy: &Policy,
) -> anyhow::Result<CostQuery> {
    let order = if what == TopOf::Movers { CostOrder::Change } else { CostOrder::Amount };
    let mut options = CostOptions { compare: compare.cloned(), order: Some(order), ..options(question) };
    if options.by.is_none() {
        let service = CostField::Facet(Facet::Service);
        options.by = Some(CostGroupings(match what {
            TopOf::Resources => vec![CostField::Column(Column::ResourceId), service],
            TopOf::Services => vec![service],
            TopOf::Accounts => vec![CostField::Facet(Facet::SubAccount)],
            TopOf::Movers => vec![service, CostField::Facet(Facet::SubAccount)],
        }));
    }
    Ok(options.comparing_query(policy)?)
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
    if answer.buckets.last().is_some_and(TimeBucket::is_unknown_hour) {
        print_note(&format!(
            "note: charges that cover more than an hour do not say when in their time they were made; they are `{UNKNOWN_HOUR}`, \
             and an hour without a charge of its own is unknown beside them"
        ));
    }
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
