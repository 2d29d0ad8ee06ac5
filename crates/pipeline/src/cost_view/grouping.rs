//! Groupings of cost: facets, dimensions of the policy file, and tags.

use std::collections::BTreeSet;
use std::str::FromStr;

use tollgate_analysis::SourceSeries;
use tollgate_model::series::{Facet, SeriesMonth};
use tollgate_policy::{Dimension, nearest};

use crate::cube::{add_months, read_sources};
use crate::resort::sum_period;
use crate::scope_check::newest_tags;
use crate::{Context, PipelineError};

/// How cost is grouped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CostGrouping {
    /// By values of facets; without a facet, in total.
    Facets(&'static [Facet]),
    /// By a dimension of the policy file.
    Dimension(String),
    /// By a tag of the charges.
    Tag(String),
}

impl CostGrouping {
    /// The facets of a grouping whose forecasts are kept and scored.
    ///
    /// # Errors
    ///
    /// For a dimension or a tag.
    pub fn kept_facets(&self) -> Result<&'static [Facet], String> {
        match self {
            Self::Facets(facets) => Ok(facets),
            Self::Dimension(_) | Self::Tag(_) => {
                Err("one of total, provider, account, service, region: forecasts of other groupings are not kept"
                    .to_owned())
            }
        }
    }

    /// The name of the value by which it groups, where that is no facet: `team`, `tag:owner`.
    pub(super) fn key(&self) -> Option<String> {
        match self {
            Self::Facets(_) => None,
            Self::Dimension(name) => Some(name.clone()),
            Self::Tag(key) => Some(format!("tag:{key}")),
        }
    }
}

impl FromStr for CostGrouping {
    type Err = String;

    /// Reads `service`, a dimension of the policy file, or `tag:owner`. Only the store knows which dimensions exist.
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "total" => Self::Facets(&[]),
            "provider" => Self::Facets(&[Facet::Provider]),
            "account" => Self::Facets(&[Facet::Provider, Facet::SubAccount]),
            "service" => Self::Facets(&[Facet::Provider, Facet::Service]),
            "region" => Self::Facets(&[Facet::Provider, Facet::Region]),
            other => match other.strip_prefix("tag:") {
                Some("") => return Err("write tag:KEY with the key of a tag".to_owned()),
                Some(key) => Self::Tag(key.to_owned()),
                None => Self::Dimension(other.to_owned()),
            },
        })
    }
}

/// The value of charges without the tag.
const UNTAGGED: &str = "(no tag)";

/// Reads the series by a grouping. Tags are no part of series, so they are read from the charges of the lake.
pub(super) async fn read_grouped(
    context: &Context,
    grouping: &CostGrouping,
) -> Result<Vec<SourceSeries>, PipelineError> {
    match grouping {
        CostGrouping::Facets(_) => read_sources(&context.state).await,
        CostGrouping::Dimension(name) => {
            let known: Vec<&str> = context.state.policy.dimensions.iter().map(|d| d.name.as_str()).collect();
            if !known.contains(&name.as_str()) {
                return Err(PipelineError::Refused(unknown_grouping(name, &known)));
            }
            read_sources(&context.state).await
        }
        CostGrouping::Tag(key) => read_by_tag(context, key).await,
    }
}

fn unknown_grouping(name: &str, dimensions: &[&str]) -> String {
    let facets = ["total", "provider", "account", "service", "region"];
    let known: Vec<&str> = facets.into_iter().chain(dimensions.iter().copied()).collect();
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known: {}, and tag:KEY for a tag", known.join(", ")),
    };
    format!("cost cannot be grouped by `{name}`: it is no dimension of tollgate.hcl\nhint: {hint}")
}

async fn read_by_tag(context: &Context, key: &str) -> Result<Vec<SourceSeries>, PipelineError> {
    let dimension = Dimension::of_tag(key, UNTAGGED);
    let mut sources: Vec<SourceSeries> = Vec::new();
    for current in &context.state.ledger.periods().await? {
        let sum = sum_period(context, current, std::slice::from_ref(&dimension)).await?;
        add_months(&context.state, &mut sources, current, sum.months());
    }
    if sources.is_empty() {
        return Err(PipelineError::Empty);
    }
    let is_tagged = |month: &SeriesMonth| month.key.dimensions.values().any(|value| value != UNTAGGED);
    if !sources.iter().flat_map(|s| &s.months).any(is_tagged) {
        let tags: BTreeSet<String> = newest_tags(context).await?;
        let hint = match nearest(key, tags.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `tag:{near}`?"),
            None => format!("tags of the newest month: {}", tags.into_iter().collect::<Vec<_>>().join(", ")),
        };
        return Err(PipelineError::Refused(format!("no charge has the tag `{key}`\nhint: {hint}")));
    }
    Ok(sources)
}
