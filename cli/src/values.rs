//! Parsers of option values.

use std::time::Duration;

use jiff::SignedDuration;
use tollgate_model::series::Facet;
use tollgate_model::{Amount, Currency, IncidentChange, ResourceType};
use tollgate_pipeline::whatif::Move;
use tollgate_pipeline::{CostGrouping, Invoice, StatementSection};

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

/// `14d` or `36h`, from an hour to a year. A number alone is hours.
pub(crate) fn length_of_time(text: &str) -> Result<SignedDuration, String> {
    let text = if text.bytes().all(|b| b.is_ascii_digit()) { format!("{text}h") } else { text.to_owned() };
    let hours = tollgate_model::time_span::parse_seconds(&text).map(|seconds| seconds / 3600);
    match hours.and_then(|hours| i64::try_from(hours).ok()).filter(|hours| (1..=24 * 366).contains(hours)) {
        Some(hours) => Ok(SignedDuration::from_hours(hours)),
        None => Err("write 14d or 36h, from 1h to 366d".to_owned()),
    }
}

/// `5s` or `200ms`, at most a minute.
pub(crate) fn short_duration(text: &str) -> Result<Duration, String> {
    let span = tollgate_model::time_span::parse_time_span(text).filter(|span| *span <= Duration::from_secs(60));
    span.ok_or_else(|| "write 5s or 200ms, at most a minute".to_owned())
}

/// `direct=6100`.
pub(crate) fn section_account(text: &str) -> Result<(StatementSection, String), String> {
    let (section, account) = text.split_once('=').ok_or("write direct=6100")?;
    Ok((section.parse()?, account.to_owned()))
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
    text.parse()
}

/// `+20%` or `-7.5 %`, in tenths of a percent: more than -100 %, at most a thousandfold.
pub(crate) fn percent_change(text: &str) -> Result<i64, String> {
    let bad = || "write +20% or -7.5%".to_owned();
    let tenths = tenths_of_percent(text).ok_or_else(bad)?;
    if (-1000..=1_000_000).contains(&tenths) && tenths != 0 { Ok(tenths) } else { Err(bad()) }
}

/// `28%`, in tenths of a percent: above 0 % and below 100 %.
pub(crate) fn saving(text: &str) -> Result<i64, String> {
    tenths_of_percent(text)
        .filter(|tenths| (1..1000).contains(tenths))
        .ok_or_else(|| "write 28%, below 100%".to_owned())
}

fn tenths_of_percent(text: &str) -> Option<i64> {
    let text = text.trim();
    let number = text.strip_suffix('%').unwrap_or(text).trim_end();
    let amount: Amount = number.parse().ok()?;
    let step = 10i128.pow(Amount::PLACES - 1);
    (amount.units() % step == 0).then(|| i64::try_from(amount.units() / step).ok()).flatten()
}

/// `us-east-1=eu-central-1`.
pub(crate) fn region_move(text: &str) -> Result<Move, String> {
    let (from, to) = from_and_to(text).ok_or("write us-east-1=eu-central-1")?;
    Ok(Move::Region { from, to })
}

/// `m5=m7g`.
pub(crate) fn family_move(text: &str) -> Result<Move, String> {
    let (from, to) = from_and_to(text)
        .filter(|(from, to)| !from.ends_with("large") && !to.ends_with("large"))
        .ok_or("write m5=m7g, without sizes")?;
    Ok(Move::Family { from, to })
}

fn from_and_to(text: &str) -> Option<(String, String)> {
    let (from, to) = text.split_once('=')?;
    (!from.is_empty() && !to.is_empty() && from != to).then(|| (from.to_owned(), to.to_owned()))
}

/// A grouping by facets.
pub(crate) type FacetGrouping = &'static [Facet];

/// A grouping whose forecasts are kept and scored.
pub(crate) fn facets(text: &str) -> Result<FacetGrouping, String> {
    grouping(text)?.kept_facets()
}

/// A change of an incident, by its label.
pub(crate) fn incident_change(text: &str) -> Result<IncidentChange, String> {
    use IncidentChange::{Opened, Raised, Reopened, Resolved, Unanswered};
    let all = [Opened, Raised, Reopened, Resolved, Unanswered];
    let labels = all.map(IncidentChange::label).join(", ");
    all.into_iter().find(|c| c.label() == text).ok_or_else(|| format!("one of {labels}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_exact_to_a_tenth() {
        assert_eq!(percent_change("+20%"), Ok(200));
        assert_eq!(percent_change("-7.5 %"), Ok(-75));
        assert_eq!(percent_change("-100%"), Ok(-1000));
        for text in ["0%", "-101%", "ten", "1.25%", "%", "20%%", ""] {
            assert!(percent_change(text).is_err(), "{text}");
        }
        assert_eq!((saving("28%"), saving("100%").is_err()), (Ok(280), true));
    }

    #[test]
    fn a_length_of_time_has_a_unit_or_is_hours() {
        for (text, hours) in [("14d", 336), ("36h", 36), ("24", 24), ("366d", 8784)] {
            assert_eq!(length_of_time(text), Ok(SignedDuration::from_hours(hours)), "{text}");
        }
        for text in ["", "0", "30m", "367d", "-1h", "2w", "tomorrow"] {
            assert!(length_of_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_move_has_two_different_ends() {
        assert!(region_move("us-east-1=eu-west-1").is_ok());
        for text in ["us-east-1", "a=a", "=b"] {
            assert!(region_move(text).is_err(), "{text}");
        }
        assert!(family_move("m5=m7g").is_ok() && family_move("m5.large=m7g.large").is_err());
    }
}
