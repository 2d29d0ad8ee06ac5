//! Computed columns of the lake's view: the dimensions of the policy file as `x_team` and `dimensions['team']`, and tags.

use std::sync::Arc;

use tollgate_lake::ChargeColumn;
#[cfg(feature = "sql")]
use tollgate_model::Column;
use tollgate_policy::{Dimension, DimensionEvaluator};

#[cfg(feature = "sql")]
use super::tags::tag_value;

/// The columns of all dimensions of a policy.
pub(crate) fn dimension_columns(dimensions: &[Dimension]) -> Vec<Arc<dyn ChargeColumn>> {
    dimensions.iter().map(|dimension| Arc::new(DimensionColumn::new(dimension)) as Arc<dyn ChargeColumn>).collect()
}

/// The name of a dimension's column.
pub(super) fn dimension_column_name(dimension: &str) -> String {
    format!("x_{dimension}")
}

#[derive(Debug)]
struct DimensionColumn {
    name: String,
    sources: Vec<String>,
    dimension: Dimension,
}

impl DimensionColumn {
    fn new(dimension: &Dimension) -> Self {
        Self {
            name: dimension_column_name(&dimension.name),
            sources: dimension.column_names().map(str::to_owned).collect(),
            dimension: dimension.clone(),
        }
    }
}

impl ChargeColumn for DimensionColumn {
    fn name(&self) -> &str {
        &self.name
    }

    fn dimension(&self) -> Option<&str> {
        Some(&self.dimension.name)
    }

    fn sources(&self) -> &[String] {
        &self.sources
    }

    fn definition(&self) -> String {
        format!("{}\u{0}{}", self.dimension.source, self.dimension.default)
    }

    fn value(&self, sources: &[Option<&str>]) -> Option<String> {
        let evaluator = DimensionEvaluator::new(std::slice::from_ref(&self.dimension));
        Some(evaluator.value_of(&self.dimension, sources))
    }

    fn sql(&self) -> Result<String, String> {
        self.dimension.sql()
    }
}

/// The column of a tag: its value as text, unknown where the charge lacks it or it is empty.
#[cfg(feature = "sql")]
#[derive(Debug)]
pub(super) struct TagColumn {
    key: String,
    name: String,
    sources: [String; 1],
}

#[cfg(feature = "sql")]
impl TagColumn {
    pub(super) fn new(key: &str) -> Self {
        Self { key: key.to_owned(), name: Self::name_of(key), sources: [Column::Tags.name().to_owned()] }
    }

    pub(super) fn name_of(key: &str) -> String {
        format!("tag:{key}")
    }
}

#[cfg(feature = "sql")]
impl ChargeColumn for TagColumn {
    fn name(&self) -> &str {
        &self.name
    }

    fn sources(&self) -> &[String] {
        &self.sources
    }

    fn definition(&self) -> String {
        String::new()
    }

    fn value(&self, sources: &[Option<&str>]) -> Option<String> {
        tag_value(sources.first().copied().flatten()?, &self.key)
    }

    fn sql(&self) -> Result<String, String> {
        let path = format!("$[\"{}\"]", self.key.replace('\\', "\\\\").replace('"', "\\\""));
        Ok(format!("nullif(json_extract_scalar(\"Tags\", '{}'), '')", path.replace('\'', "''")))
    }
}
