//! The arguments of a call.

use hcl::Number;
use tollgate_expression::{EvaluationError, Object, Value};

use super::Answer;

/// The longest list or text that a function makes.
pub(super) const LONGEST: usize = 100_000;

/// The known arguments of a call.
pub(super) struct Arguments<'a> {
    /// The name of the function.
    pub(super) name: &'a str,
    /// The arguments.
    pub(super) values: &'a [Value],
}

impl<'a> Arguments<'a> {
    /// An error: what the function needs.
    pub(super) fn wrong(&self, needs: &str) -> EvaluationError {
        EvaluationError(format!("`{}` needs {needs}", self.name))
    }

    pub(super) fn one(&self) -> Result<&'a Value, EvaluationError> {
        self.at(0)
    }

    pub(super) fn at(&self, index: usize) -> Result<&'a Value, EvaluationError> {
        self.values.get(index).ok_or_else(|| self.wrong("more arguments"))
    }

    /// Returns a text argument. Numbers and flags become text.
    pub(super) fn text(&self, index: usize) -> Result<String, EvaluationError> {
        match self.at(index)? {
            Value::Text(text) => Ok(text.clone()),
            scalar @ (Value::Number(_) | Value::Bool(_)) => Ok(scalar.shown()),
            _ => Err(self.wrong("text")),
        }
    }

    pub(super) fn list(&self, index: usize) -> Result<&'a [Value], EvaluationError> {
        self.at(index)?.as_list().ok_or_else(|| self.wrong("a list"))
    }

    pub(super) fn object(&self, index: usize) -> Result<&'a Object, EvaluationError> {
        self.at(index)?.as_object().ok_or_else(|| self.wrong("an object"))
    }

    pub(super) fn number(&self, index: usize) -> Result<f64, EvaluationError> {
        let number = match self.at(index)? {
            Value::Number(number) => number.as_f64(),
            Value::Text(text) => text.parse().ok().filter(|n: &f64| n.is_finite()),
            _ => None,
        };
        number.ok_or_else(|| self.wrong("a number"))
    }

    /// Returns a whole number.
    pub(super) fn whole(&self, index: usize) -> Result<i64, EvaluationError> {
        let number = self.number(index)?;
        // Beyond 2^53 a number of HCL is not exact.
        if number.fract() != 0.0 || number.abs() > 9e15 {
            return Err(self.wrong("a whole number"));
        }
        Ok(number as i64)
    }

    /// Returns a whole number of zero or more.
    pub(super) fn size(&self, index: usize) -> Result<usize, EvaluationError> {
        usize::try_from(self.whole(index)?).map_err(|_| self.wrong("a whole number of zero or more"))
    }

    /// A number as the result.
    pub(super) fn float(&self, value: f64) -> Answer {
        if !value.is_finite() {
            return Err(self.wrong("numbers with a finite result"));
        }
        // Whole and within 2^53: the conversion is exact.
        if value.fract() == 0.0 && value.abs() < 9e15 {
            return Ok(Value::Number(Number::from(value as i64)));
        }
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    /// A list as the result, within the limit.
    pub(super) fn bounded(&self, items: Vec<Value>) -> Answer {
        if items.len() > LONGEST {
            return Err(self.wrong(&format!("a result of at most {LONGEST} items")));
        }
        Ok(Value::List(items))
    }
}
