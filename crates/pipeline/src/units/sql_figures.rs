//! Business figures from a query over the charges of the lake.

use async_trait::async_trait;
use tollgate_lake::{Answer, Cell};
use tollgate_model::business_metric::MetricFigures;
use tollgate_model::limits::SQL_ROWS;
use tollgate_sources::business_metrics::{
    FigureCollector, FigureColumns, MetricRequest, MetricSource, MetricSourceError,
};

use crate::Context;

/// A query as a source.
#[derive(Clone)]
pub struct SqlFigures {
    /// The lake.
    pub context: Context,
    /// The query.
    pub query: String,
    /// The columns of its answer.
    pub columns: FigureColumns,
}

#[async_trait]
impl MetricSource for SqlFigures {
    fn origin(&self) -> String {
        "the query of the metric".to_owned()
    }

    async fn read(&self, request: &MetricRequest) -> Result<MetricFigures, MetricSourceError> {
        let failed = |error: crate::PipelineError| {
            let hint = "try the query with `tollgate sql`".to_owned();
            MetricSourceError::Refused { origin: self.origin(), message: error.to_string(), hint }
        };
        let answer = crate::sql(&self.context, &self.query).await.map_err(failed)?;
        if answer.truncated {
            return Err(MetricSourceError::Limit { origin: self.origin(), limit: &SQL_ROWS });
        }
        collect(&self.origin(), &answer, &self.columns, request)
    }
}

fn collect(
    origin: &str,
    answer: &Answer,
    columns: &FigureColumns,
    request: &MetricRequest,
) -> Result<MetricFigures, MetricSourceError> {
    let mut collector = FigureCollector::new(origin, request.interval);
    let column = |name: &str| {
        let found = answer.columns.iter().position(|c| c.eq_ignore_ascii_case(name));
        let hint = format!("the query returns {}; write `as {name}`", answer.columns.join(", "));
        found.ok_or_else(|| collector.error("", format!("there is no column `{name}`"), &hint))
    };
    let (date, value) = (column(&columns.date)?, column(&columns.value)?);
    let by = columns.by.as_deref().map(column).transpose()?;
    for (number, row) in answer.rows.iter().enumerate() {
        let cell = |at: usize| match row.get(at) {
            Some(Cell::Number(text) | Cell::Text(text)) => text.as_str(),
            Some(Cell::Bool(true)) => "true",
            Some(Cell::Bool(false)) => "false",
            Some(Cell::Null) | None => "",
        };
        let place = format!(" row {}", number + 1);
        collector.add(&place, cell(date), by.map(cell), cell(value))?;
    }
    Ok(collector.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_model::DayRange;
    use tollgate_model::business_metric::MetricInterval;

    #[test]
    fn an_answer_of_sql_is_read_by_the_names_of_its_columns() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let answer = Answer {
            columns: ["Day", "gb", "tenant"].map(str::to_owned).to_vec(),
            rows: vec![
                vec![text("2026-10-01T00:00:00Z"), Cell::Number("12.5".to_owned()), text("a")],
                vec![text("2026-10-01"), Cell::Null, text("b")],
            ],
            truncated: false,
        };
        let columns = FigureColumns { date: "day".into(), value: "GB".into(), by: Some("tenant".into()) };
        let day = "2026-10-01".parse().unwrap();
        let request = MetricRequest { days: DayRange { start: day, end: day.plus(1) }, interval: MetricInterval::Day };
        let figures = collect("q", &answer, &columns, &request).unwrap();
        assert_eq!((figures.count(), figures.total("2026-10-01".parse().unwrap())), (1, Some("12.5".parse().unwrap())));
        let columns = FigureColumns { by: Some("customer".into()), ..columns };
        let error = collect("q", &answer, &columns, &request).unwrap_err().to_string();
        assert!(error.contains("there is no column `customer`\nhint: the query returns Day, gb, tenant"), "{error}");
    }
}
