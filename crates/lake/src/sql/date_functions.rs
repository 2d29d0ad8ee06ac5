//! Parts of dates as functions of their own: `month(ChargePeriodStart)`, as DuckDB and Trino have them. Times are in UTC.

use std::sync::Arc;

use arrow_schema::{DataType, Field, TimeUnit};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::functions::datetime;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

/// Name, further names, and the part by the name that `date_part` takes; none for the date itself.
const FUNCTIONS: [(&str, &[&str], Option<&str>); 9] = [
    ("year", &[], Some("year")),
    ("quarter", &[], Some("quarter")),
    ("month", &[], Some("month")),
    ("week", &["weekofyear", "week_of_year"], Some("week")),
    ("day", &["dayofmonth", "day_of_month"], Some("day")),
    ("dayofweek", &[], Some("dow")),
    ("dayofyear", &["day_of_year"], Some("doy")),
    ("hour", &[], Some("hour")),
    ("date", &[], None),
];

/// Every function.
pub(super) fn all() -> Vec<ScalarUDF> {
    let function = |(name, aliases, part): &(&'static str, &[&str], Option<&'static str>)| {
        ScalarUDF::from(DateFunction {
            name,
            aliases: aliases.iter().map(|a| (*a).to_owned()).collect(),
            part: *part,
            signature: Signature::any(1, Volatility::Immutable),
        })
    };
    let parts = FUNCTIONS.iter().map(function);
    parts.chain([datetime::to_char().as_ref().clone().with_aliases(["strftime"])]).collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DateFunction {
    name: &'static str,
    aliases: Vec<String>,
    part: Option<&'static str>,
    signature: Signature,
}

impl ScalarUDFImpl for DateFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(if self.part.is_some() { DataType::Int64 } else { DataType::Date32 })
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(value) = args.args.pop() else { return exec_err!("{} needs a date", self.name) };
        let Some(part) = self.part else { return value.cast_to(&DataType::Date32, None) };
        // Text is taken as an instant in UTC.
        let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let value = match value.data_type() {
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => value,
            _ => value.cast_to(&instant, None)?,
        };
        args.args = vec![ColumnarValue::Scalar(ScalarValue::from(part)), value];
        args.return_field = Arc::new(Field::new(self.name, DataType::Int32, true));
        datetime::date_part().invoke_with_args(args)?.cast_to(&DataType::Int64, None)
    }
}
