//! Functions of lists, sets and objects. A set is a list in the order of its items.

use std::collections::BTreeMap;

use tollgate_expression::{EvaluationError, Object, Value};

use super::Answer;
use super::arguments::{Arguments, LONGEST};

pub(super) fn chunklist(arguments: &Arguments<'_>) -> Answer {
    let size = arguments.size(1)?;
    if size == 0 {
        return Err(arguments.wrong("a size of one or more"));
    }
    Ok(Value::List(arguments.list(0)?.chunks(size).map(|chunk| Value::List(chunk.to_vec())).collect()))
}

pub(super) fn coalescelist(arguments: &Arguments<'_>) -> Answer {
    let full = arguments.values.iter().find(|list| list.as_list().is_some_and(|items| !items.is_empty()));
    full.cloned().ok_or_else(|| arguments.wrong("a list with items"))
}

pub(super) fn index(arguments: &Arguments<'_>) -> Answer {
    let at = arguments.list(0)?.iter().position(|item| Ok(item) == arguments.at(1));
    at.map(|at| Value::Number(at.into())).ok_or_else(|| arguments.wrong("a list with the value"))
}

pub(super) fn matchkeys(arguments: &Arguments<'_>) -> Answer {
    let (values, keys, wanted) = (arguments.list(0)?, arguments.list(1)?, arguments.list(2)?);
    let kept = values.iter().zip(keys).filter(|(_, key)| wanted.contains(key)).map(|(value, _)| value.clone());
    Ok(Value::List(kept.collect()))
}

/// `range(limit)`, `range(start, limit)`, `range(start, limit, step)`.
pub(super) fn range(arguments: &Arguments<'_>) -> Answer {
    let (start, limit) = match arguments.values.len() {
        1 => (0.0, arguments.number(0)?),
        _ => (arguments.number(0)?, arguments.number(1)?),
    };
    let downwards = limit < start;
    let step =
        if arguments.values.len() > 2 { arguments.number(2)? } else { f64::from(if downwards { -1 } else { 1 }) };
    if step == 0.0 || (step < 0.0) != downwards && limit != start {
        return Err(arguments.wrong("a step towards the limit"));
    }
    let count = ((limit - start) / step).ceil().max(0.0);
    if count > LONGEST as f64 {
        return Err(arguments.wrong(&format!("a result of at most {LONGEST} items")));
    }
    // Below the limit, so the conversion is exact.
    let items = (0..count as usize).map(|at| arguments.float(start + step * at as f64));
    Ok(Value::List(items.collect::<Result<_, _>>()?))
}

pub(super) fn slice(arguments: &Arguments<'_>) -> Answer {
    let (from, to) = (arguments.size(1)?, arguments.size(2)?);
    let items = arguments.list(0)?.get(from..to).ok_or_else(|| arguments.wrong("indexes inside of the list"))?;
    Ok(Value::List(items.to_vec()))
}

pub(super) fn transpose(arguments: &Arguments<'_>) -> Answer {
    let mut out: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (key, values) in &arguments.object(0)?.entries {
        for value in values.as_list().ok_or_else(|| arguments.wrong("an object of lists"))? {
            out.entry(value.shown()).or_default().push(Value::text(key));
        }
    }
    let entries = out.into_iter().map(|(key, values)| (key, Value::List(values))).collect();
    Ok(Value::Object(Object { entries, open: None }))
}

pub(super) fn setunion(arguments: &Arguments<'_>) -> Answer {
    let all = sets(arguments)?.concat();
    Ok(set(all))
}

pub(super) fn setintersection(arguments: &Arguments<'_>) -> Answer {
    let sets = sets(arguments)?;
    let (first, others) = sets.split_first().ok_or_else(|| arguments.wrong("a set"))?;
    Ok(set(first.iter().filter(|item| others.iter().all(|other| other.contains(item))).cloned().collect()))
}

pub(super) fn setsubtract(arguments: &Arguments<'_>) -> Answer {
    let (from, without) = (arguments.list(0)?, arguments.list(1)?);
    Ok(set(from.iter().filter(|item| !without.contains(item)).cloned().collect()))
}

pub(super) fn setproduct(arguments: &Arguments<'_>) -> Answer {
    let sets = sets(arguments)?;
    let size = sets.iter().try_fold(1usize, |size, set| size.checked_mul(set.len())).unwrap_or(usize::MAX);
    if size > LONGEST {
        return Err(arguments.wrong(&format!("a result of at most {LONGEST} items")));
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for set in sets {
        let longer = |row: &Vec<Value>| {
            let row = row.clone();
            set.iter().map(move |item| [row.as_slice(), std::slice::from_ref(item)].concat())
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    Ok(Value::List(rows.into_iter().map(Value::List).collect()))
}

fn sets<'a>(arguments: &Arguments<'a>) -> Result<Vec<&'a [Value]>, EvaluationError> {
    (0..arguments.values.len()).map(|at| arguments.list(at)).collect()
}

/// Items in order, each once.
fn set(mut items: Vec<Value>) -> Value {
    items.sort_by_key(Value::shown);
    items.dedup();
    Value::List(items)
}
