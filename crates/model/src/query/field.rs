//! What a cost query groups and filters by: facets, kinds of charge, dimensions of the policy file, tags, and columns of FOCUS.

use std::fmt;
use std::str::FromStr;

use super::error::{MOST_GROUPINGS, QueryError, suggest};
use crate::focus::ColumnType;
use crate::series::Facet;
use crate::{ChargeKind, Column};

/// A property of charges.
///
/// # Parsing and printing
///
/// `provider`, `billing_account`, `account`, `service`, `region`, `kind`, a dimension of the policy file by its name (`team`),
/// `tag:KEY`, a short name of a column (`resource`, `meter`), or the name of a text column of FOCUS in any case (`ServiceCategory`,
/// `service_category`). A name that is nothing else is a dimension; [`CostField::check`] compares it with the policy file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CostField {
    /// A facet, which every series of the ledger has.
    Facet(Facet),
    /// The kind of charge: usage, purchase, tax, credit…
    Kind,
    /// A dimension of the policy file.
    Dimension(String),
    /// A tag of the charge.
    Tag(String),
    /// A text column of FOCUS.
    Column(Column),
}

/// The facets and the kind, as people write them.
const NAMED: [(&str, CostField); 6] = [
    ("provider", CostField::Facet(Facet::Provider)),
    ("billing_account", CostField::Facet(Facet::BillingAccount)),
    ("account", CostField::Facet(Facet::SubAccount)),
    ("service", CostField::Facet(Facet::Service)),
    ("region", CostField::Facet(Facet::Region)),
    ("kind", CostField::Kind),
];

/// Short names of columns.
const SHORT: [(&str, Column); 9] = [
    ("resource", Column::ResourceId),
    ("resource_type", Column::ResourceType),
    ("category", Column::ServiceCategory),
    ("meter", Column::SkuMeter),
    ("sku", Column::SkuId),
    ("zone", Column::AvailabilityZone),
    ("commitment", Column::CommitmentDiscountId),
    ("invoice", Column::InvoiceId),
    ("publisher", Column::PublisherName),
];

/// Columns that are facets.
const FACET_COLUMNS: [(Column, Facet); 5] = [
    (Column::ProviderName, Facet::Provider),
    (Column::BillingAccountId, Facet::BillingAccount),
    (Column::SubAccountId, Facet::SubAccount),
    (Column::ServiceName, Facet::Service),
    (Column::RegionId, Facet::Region),
];

impl CostField {
    /// The column of FOCUS that holds the field; `None` for kinds, dimensions and tags, which are computed.
    pub fn column(&self) -> Option<Column> {
        match self {
            Self::Facet(facet) => FACET_COLUMNS.iter().find(|(_, f)| f == facet).map(|(column, _)| *column),
            Self::Column(column) => Some(*column),
            Self::Kind | Self::Dimension(_) | Self::Tag(_) => None,
        }
    }

    /// For people: `account`, `team`, `tag owner`.
    pub fn label(&self) -> String {
        match self {
            Self::Facet(facet) => facet.label().to_owned(),
            Self::Tag(key) => format!("tag {key}"),
            Self::Kind | Self::Dimension(_) | Self::Column(_) => self.to_string(),
        }
    }

    /// Verifies that a dimension is one of the policy file.
    ///
    /// # Errors
    ///
    /// When it is none; the error names the nearest field, or all of them.
    pub fn check(&self, dimensions: &[&str]) -> Result<(), QueryError> {
        let Self::Dimension(name) = self else { return Ok(()) };
        if dimensions.contains(&name.as_str()) {
            return Ok(());
        }
        let known = NAMED.iter().map(|(name, _)| *name).chain(dimensions.iter().copied());
        let known = known.chain(SHORT.iter().map(|(name, _)| *name));
        let mut hint = suggest(name, known);
        if hint.starts_with("known") {
            hint += ", tag:KEY for a tag, and the text columns of FOCUS";
        }
        let word = name.chars().take(60).collect();
        Err(QueryError::Unknown { what: "dimension, facet or column", word, hint })
    }

    /// The same field, or the dimension of the policy file that has the short name of a column: `resource` where there is a dimension
    /// `resource`. The name of the column still names the column.
    #[must_use]
    pub fn resolved(&self, dimensions: &[&str]) -> Self {
        let name = self.to_string();
        match self {
            Self::Column(column) if name != column.name() && dimensions.contains(&name.as_str()) => {
                Self::Dimension(name)
            }
            other => other.clone(),
        }
    }

    /// The values that the field can have, where they are a closed list.
    pub fn closed_values(&self) -> Option<Vec<&'static str>> {
        (*self == Self::Kind).then(|| ChargeKind::ALL.iter().map(|kind| kind.as_str()).collect())
    }
}

impl FromStr for CostField {
    type Err = QueryError;
    fn from_str(text: &str) -> Result<Self, QueryError> {
        let text = text.trim();
        let hint = "write service, team, tag:KEY or a column of FOCUS";
        if text.is_empty() {
            return Err(QueryError::form("grouping", text, hint));
        }
        if let Some((_, field)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Ok(field.clone());
        }
        if let Some(key) = text.strip_prefix("tag:") {
            return match key {
                "" => Err(QueryError::form("tag", text, "write tag:KEY with the key of a tag, such as tag:owner")),
                key => Ok(Self::Tag(key.to_owned())),
            };
        }
        if let Some((_, column)) = SHORT.iter().find(|(name, _)| *name == text) {
            return Ok(Self::Column(*column));
        }
        let Some(column) = Column::from_header(text) else { return Ok(Self::Dimension(text.to_owned())) };
        if let Some((_, facet)) = FACET_COLUMNS.iter().find(|(c, _)| *c == column) {
            return Ok(Self::Facet(*facet));
        }
        if column.column_type() != ColumnType::Text || matches!(column, Column::Tags | Column::SkuPriceDetails) {
            return Err(QueryError::form("field to group or filter by", text, hint));
        }
        Ok(Self::Column(column))
    }
}

impl fmt::Display for CostField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dimension(name) => f.pad(name),
            Self::Tag(key) => f.pad(&format!("tag:{key}")),
            Self::Column(column) => match SHORT.iter().find(|(_, c)| c == column) {
                Some((name, _)) => f.pad(name),
                None => f.pad(column.name()),
            },
            Self::Facet(_) | Self::Kind => {
                f.pad(NAMED.iter().find(|(_, field)| field == self).map_or("", |(name, _)| *name))
            }
        }
    }
}

super::serde_by_text!(CostField);

/// `team,service`: at most three fields, each once. No field for an empty text or `total`.
pub(super) fn parse_fields(text: &str) -> Result<Vec<CostField>, QueryError> {
    if matches!(text.trim(), "" | "total") {
        return Ok(Vec::new());
    }
    let fields = text.split(',').map(str::parse).collect::<Result<Vec<CostField>, _>>()?;
    if fields.len() > MOST_GROUPINGS {
        return Err(QueryError::TooManyGroupings(fields.len()));
    }
    for (number, field) in fields.iter().enumerate() {
        if fields[..number].contains(field) {
            return Err(QueryError::Repeated(field.to_string()));
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> CostField {
        text.parse().unwrap()
    }

    #[test]
    fn a_field_is_a_facet_a_dimension_a_tag_or_a_column() {
        assert_eq!(field("account"), CostField::Facet(Facet::SubAccount));
        assert_eq!(field("SubAccountId"), CostField::Facet(Facet::SubAccount));
        assert_eq!(field("service_category"), CostField::Column(Column::ServiceCategory));
        assert_eq!(field("resource"), CostField::Column(Column::ResourceId));
        assert_eq!(field("tag:owner"), CostField::Tag("owner".to_owned()));
        assert_eq!(field("team"), CostField::Dimension("team".to_owned()));
        for wrong in ["", " ", "tag:", "BilledCost", "Tags"] {
            assert!(wrong.parse::<CostField>().is_err(), "{wrong}");
        }
        for name in ["provider", "kind", "team", "tag:a:b", "resource", "ChargeClass"] {
            assert_eq!(field(&field(name).to_string()), field(name));
        }
    }

    #[test]
    fn an_unknown_dimension_names_the_nearest_field() {
        let error = |name: &str| field(name).check(&["team", "environment"]).unwrap_err().to_string();
        assert!(error("teem").ends_with("hint: did you mean `team`?"), "{}", error("teem"));
        assert!(error("servcie").ends_with("hint: did you mean `service`?"), "{}", error("servcie"));
        let far = error("xxxxxxxxxxxxxxxx");
        assert!(far.contains("known: provider") && far.contains("team") && far.contains("tag:KEY"), "{far}");
        assert_eq!(field("team").check(&["team"]), Ok(()));
        assert_eq!(field("resource").resolved(&["resource"]), CostField::Dimension("resource".to_owned()));
        assert_eq!(field("resource").resolved(&["team"]), CostField::Column(Column::ResourceId));
    }

    #[test]
    fn at_most_three_fields_each_once() {
        assert_eq!(parse_fields("team, service").unwrap().len(), 2);
        assert!(parse_fields("total").unwrap().is_empty());
        assert_eq!(parse_fields("team,service,region,account"), Err(QueryError::TooManyGroupings(4)));
        assert_eq!(parse_fields("team,service,team"), Err(QueryError::Repeated("team".to_owned())));
        assert!(parse_fields("team,").is_err());
    }
}
