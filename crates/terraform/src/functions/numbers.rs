//! Functions of numbers.

use tollgate_expression::Value;

use super::Answer;
use super::arguments::Arguments;

pub(super) fn pow(arguments: &Arguments<'_>) -> Answer {
    arguments.float(arguments.number(0)?.powf(arguments.number(1)?))
}

pub(super) fn log(arguments: &Arguments<'_>) -> Answer {
    arguments.float(arguments.number(0)?.log(arguments.number(1)?))
}

pub(super) fn signum(arguments: &Arguments<'_>) -> Answer {
    let number = arguments.number(0)?;
    arguments.float(if number == 0.0 { 0.0 } else { number.signum() })
}

pub(super) fn parseint(arguments: &Arguments<'_>) -> Answer {
    let base = u32::try_from(arguments.whole(1)?).ok().filter(|base| (2..=36).contains(base));
    let base = base.ok_or_else(|| arguments.wrong("a base from 2 to 36"))?;
    let number = i64::from_str_radix(&arguments.text(0)?, base);
    Ok(Value::Number(number.map_err(|_| arguments.wrong("a whole number as text"))?.into()))
}
