//! `rates "2026-11-01" { … }`: exchange rates from a day on.

use tollgate_model::exchange_rate::DatedExchangeRate;
use tollgate_model::{Currency, Day, ExchangeRate};

use crate::block::Block;
use crate::document::{Document, span};

/// Reads the rates of a block: `base = "USD"` and an attribute per currency, the price of one unit in the base currency.
pub(crate) fn read(since: &str, block: &mut Block<'_>, document: &mut Document<'_>) -> Vec<DatedExchangeRate> {
    let day = since.parse::<Day>();
    if let Err(error) = &day {
        let hint = Some("name it by its first day: rates \"2026-11-01\" { … }".to_owned());
        document.report(block.at.clone(), format!("{} is not named by a day: {error}", block.title), hint);
    }
    let base = block.currency("base", document);
    block.missing("base", "base = \"USD\"", document);
    let mut out = Vec::new();
    for (name, expression, at) in block.others() {
        let Some(from) = name.parse::<Currency>().ok().filter(|c| c.is_known()) else {
            let hint = Some("write EUR = 1.0832, the price of one euro in the base currency".to_owned());
            document.report(at, format!("`{name}` is not an ISO 4217 currency code"), hint);
            continue;
        };
        let written = expression.as_str().unwrap_or_else(|| document.source(expression));
        match written.replace('_', "").parse::<ExchangeRate>() {
            Ok(rate) => {
                if let (Ok(since), Some(to)) = (&day, base) {
                    out.push(DatedExchangeRate { since: *since, from, to, rate });
                }
            }
            Err(error) => {
                document.report(span(expression), format!("`{name}` of {} is not a rate: {error}", block.title), None);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::Policy;

    #[test]
    fn a_rate_written_as_a_block_and_a_block_written_as_an_attribute_are_errors() {
        let text = "rates \"2026-11-01\" {\n base = \"USD\"\n EUR = 1.1\n EUR {}\n}\ndetection {\n severity = 3\n}\n";
        let error = Policy::parse("t", text).unwrap_err().to_string();
        for expected in ["t:4:2: rates \"2026-11-01\": `EUR` is no block", "write `EUR = …`", "`severity` is a block"]
        {
            assert!(error.contains(expected), "{expected} is not in {error}");
        }
    }
}
