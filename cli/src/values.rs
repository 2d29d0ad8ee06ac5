//! Parsers of option values.

use std::time::Duration;

use tollgate_model::series::Facet;
use tollgate_model::{Amount, Currency, IncidentChange, ResourceType};
use tollgate_pipeline::{CostGrouping, Invoice};

/// `volume:vol-0a1b`.
pub(crate) fn resource(text: &str) -> Result<(ResourceType, String), String> {
    let (resource_type, id) = text.split_once(':').ok_or("write volume:vol-0a1b")?;
    Ok((resource_type.parse()?, id.to_owned()))
}

/// `name=value`.
pub(crate) fn name_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// `5s` or `200ms`, at most a minute.
pub(crate) fn short_duration(text: &str) -> Result<Duration, String> {
    let span = tollgate_model::time_span::parse_time_span(text).filter(|span| *span <= Duration::from_secs(60));
    span.ok_or_else(|| "write 5s or 200ms, at most a minute".to_owned())
}

/// `USD:1200`.
pub(crate) fn money(text: &str) -> Result<(Currency, Amount), String> {
    let (currency, amount) = text.split_once(':').ok_or("write USD:1200")?;
    Ok((currency.parse().map_err(|e| format!("{e}"))?, amount.parse().map_err(|e| format!("{e}"))?))
}

/// `2026-10=USD:12345.67`.
pub(crate) fn invoice(text: &str) -> Result<Invoice, String> {
    let bad = || "write 2026-10=USD:12345.67".to_owned();
    let (period, money) = text.split_once('=').ok_or_else(bad)?;
    let (currency, amount) = money.split_once(':').ok_or_else(bad)?;
    Ok(Invoice {
        period: period.parse().map_err(|e| format!("{e}"))?,
        currency: currency.parse().map_err(|e| format!("{e}"))?,
        amount: amount.parse().map_err(|e| format!("{e}"))?,
    })
}

/// A grouping of cost: `service`, a dimension of the policy file, or `tag:owner`. Only the store knows which dimensions exist.
pub(crate) fn grouping(text: &str) -> Result<CostGrouping, String> {
    Ok(match text {
        "total" => CostGrouping::Facets(&[]),
        "provider" => CostGrouping::Facets(&[Facet::Provider]),
        "account" => CostGrouping::Facets(&[Facet::Provider, Facet::SubAccount]),
        "service" => CostGrouping::Facets(&[Facet::Provider, Facet::Service]),
        "region" => CostGrouping::Facets(&[Facet::Provider, Facet::Region]),
        other => match other.strip_prefix("tag:") {
            Some("") => return Err("write tag:KEY with the key of a tag".to_owned()),
            Some(key) => CostGrouping::Tag(key.to_owned()),
            None => CostGrouping::Dimension(other.to_owned()),
        },
    })
}

/// A change of an incident, by its label.
pub(crate) fn incident_change(text: &str) -> Result<IncidentChange, String> {
    use IncidentChange::{Opened, Raised, Reopened, Resolved, Unanswered};
    let all = [Opened, Raised, Reopened, Resolved, Unanswered];
    let labels = all.map(IncidentChange::label).join(", ");
    all.into_iter().find(|c| c.label() == text).ok_or_else(|| format!("one of {labels}"))
}
