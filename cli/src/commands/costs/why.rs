//! `tollgate costs why`: what changed a cost, by effects that add up to the change.

use serde_json::{Map, Value};
use tollgate_model::money::grouped;
use tollgate_model::query::{Comparison, CostField, GroupValue};
use tollgate_model::{Amount, Quantity};
use tollgate_pipeline::{
    ChangeDriver, ChangeEffect, Context, CostChange, CostOptions, GroupChange, RowFilter, explain_change,
};

use super::table::{capital, days, relative, shown, signed};
use crate::args::{Args, Format, Question};
use crate::exit::Exit;
use crate::output::{bold, csv, dim, json, print_note, table};
use crate::print_line;

pub(super) async fn run(
    args: &Args,
    context: &Context,
    question: &Question,
    compare: Option<&Comparison>,
) -> anyhow::Result<Exit> {
    let options = CostOptions { compare: compare.cloned(), ..super::options(question) };
    let query = options.comparing_query(&context.state.policy)?;
    let query = super::settled(context, &options, query).await?;
    let change = explain_change(context, &query, &RowFilter::everything()).await?;
    match args.format {
        Format::Json => json(&change)?,
        Format::Csv => csv(change.groups.iter().map(|group| csv_row(&change, group)))?,
        Format::Text => print(&change),
    }
    super::note_conversion(change.conversion.as_ref());
    super::note_left_out(&change.left_out, change.query.metric);
    [&change.period, &change.compared_with].into_iter().for_each(super::note_period);
    let (later, earlier) = (change.period.days, change.compared_with.days);
    if later != earlier {
        print_note(&format!("note: the periods have {later} and {earlier} days; the difference is part of usage"));
    }
    Ok(Exit::Success)
}

fn csv_row(change: &CostChange, group: &GroupChange) -> Value {
    let mut cells = Map::new();
    for (number, field) in change.query.group_by.iter().enumerate() {
        cells.insert(field.to_string(), group.group.get(number).and_then(|v| v.value.clone()).into());
    }
    cells.insert("other".to_owned(), group.other.into());
    cells.insert("currency".to_owned(), group.currency.to_string().into());
    for (name, amount) in [("before", group.cost.before), ("after", group.cost.after), ("change", group.cost.change)] {
        cells.insert(name.to_owned(), amount.to_string().into());
    }
    for effect in ChangeEffect::ALL {
        let part = group.cost.effects.get(&effect).copied().unwrap_or_default();
        cells.insert(effect.label().to_owned(), part.to_string().into());
    }
    Value::Object(cells)
}

fn print(change: &CostChange) {
    let metric = capital(&change.query.metric.to_string());
    print_line!("{}", bold(format!("{metric} cost, {} against {}", days(&change.period), days(&change.compared_with))));
    for total in &change.totals {
        let (cost, currency) = (&total.cost, total.currency);
        print_line!(
            " {} {currency} to {}: {} ({})",
            shown(cost.before, currency),
            shown(cost.after, currency),
            signed(cost.change, currency),
            relative(Some(cost.change), Some(cost.before))
        );
    }
    if change.totals.is_empty() {
        print_line!(" no charges in these periods");
        return;
    }
    print_line!("");
    print_effects(change);
    if !change.drivers.is_empty() {
        print_line!("");
        print_line!("{}", bold("Largest effects"));
        table(
            &["effect", "account", "service", "?meter", "?region", ">change", "?>quantity before", "?>after", "?unit"],
            change.drivers.iter().map(driver_cells).collect(),
        );
    }
}

/// A row a group and the totals, a column an effect that occurs.
fn print_effects(change: &CostChange) {
    let occurs = |effect: &ChangeEffect| {
        change
            .totals
            .iter()
            .chain(&change.groups)
            .any(|g| g.cost.effects.get(effect).is_some_and(|part| !part.is_zero()))
    };
    let effects: Vec<ChangeEffect> = ChangeEffect::ALL.into_iter().filter(occurs).collect();
    let mut headers: Vec<String> = change.query.group_by.iter().map(CostField::label).collect();
    if headers.is_empty() {
        headers.push(String::new());
    }
    let columns = headers.len();
    headers.extend(["currency", ">change"].map(str::to_owned));
    headers.extend(effects.iter().map(|effect| format!(">{}", effect.label())));
    let cells = |mut cells: Vec<String>, group: &GroupChange| {
        cells.resize(columns, String::new());
        cells.extend([group.currency.to_string(), signed(group.cost.change, group.currency)]);
        let part = |effect: &ChangeEffect| group.cost.effects.get(effect).copied().filter(|part| !part.is_zero());
        cells.extend(
            effects.iter().map(|effect| part(effect).map_or(String::new(), |part| signed(part, group.currency))),
        );
        cells
    };
    let label = |group: &GroupChange| match group.other {
        Some(1) => vec![dim("1 other")],
        Some(count) => vec![dim(format!("{count} others"))],
        None => group.group.iter().map(GroupValue::label).collect(),
    };
    let mut rows = Vec::new();
    for total in &change.totals {
        let of_currency = change.groups.iter().filter(|group| group.currency == total.currency);
        if columns > 0 && !change.query.group_by.is_empty() {
            rows.extend(of_currency.map(|group| cells(label(group), group)));
        }
        rows.push(cells(vec![bold("total")], total));
    }
    table(&headers.iter().map(String::as_str).collect::<Vec<_>>(), rows);
}

fn driver_cells(driver: &ChangeDriver) -> Vec<String> {
    let value = |number: usize| driver.item.get(number).map_or(String::new(), GroupValue::label);
    let quantity = |quantity: Option<Quantity>| quantity.and_then(rounded).map_or("–".to_owned(), |q| grouped(q, 2));
    vec![
        driver.effect.label().to_owned(),
        value(0),
        value(1),
        driver.meter.clone().unwrap_or_default(),
        value(2),
        format!("{} {}", signed(driver.amount, driver.currency), driver.currency),
        quantity(driver.quantity_before),
        quantity(driver.quantity_after),
        driver.unit.clone().unwrap_or_default(),
    ]
}

/// A quantity to two places, for people.
fn rounded(quantity: Quantity) -> Option<Amount> {
    quantity.round(2).to_string().parse().ok()
}
