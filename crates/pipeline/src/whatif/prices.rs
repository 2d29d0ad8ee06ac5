//! The prices of moved use: what the bill itself paid there for the same meter, else list prices of the price book.

use std::collections::BTreeMap;

use tollgate_analysis::whatif::{ChargeLine, LineUse, Move, PriceOf, PriceRatio, instance_type};
use tollgate_model::{Amount, Quantity, UnitCost};

use crate::list_prices::BookPrices;

/// Provider, service, region and meter without its region.
type Meter = (Option<String>, Option<String>, Option<String>, String);

/// Prices of a bill and of the price book.
pub(super) struct BillPrices {
    /// List cost and quantity of on-demand use.
    paid: BTreeMap<Meter, (Amount, Quantity)>,
    book: BookPrices,
}

impl BillPrices {
    pub(super) fn new(lines: &[ChargeLine], book: BookPrices) -> Self {
        let mut paid: BTreeMap<Meter, (Amount, Quantity)> = BTreeMap::new();
        for line in lines.iter().filter(|line| line.used == LineUse::OnDemand) {
            let (Some(meter), Some(quantity)) = (&line.meter, line.quantity) else { continue };
            let Some(cost) = line.list.or(line.contracted) else { continue };
            let key =
                (line.provider.clone(), line.service.clone(), line.region.clone(), without_region(meter).to_owned());
            let sums = paid.entry(key).or_default();
            *sums = (sums.0.saturating_add(cost), sums.1.saturating_add(quantity));
        }
        Self { paid, book }
    }

    fn paid(&self, line: &ChargeLine, region: Option<&str>, meter: &str) -> Option<Amount> {
        let key = (line.provider.clone(), line.service.clone(), region.map(str::to_owned), meter.to_owned());
        let (cost, quantity) = self.paid.get(&key)?;
        Some(UnitCost::of(*cost, 1, *quantity)?.amount)
    }

    /// The price of an hour of an instance of EC2, by the price book. A platform in the meter is not Linux and has another price.
    fn listed(&self, line: &ChargeLine, region: Option<&str>, meter: &str) -> Option<Amount> {
        let is_linux = meter.starts_with("BoxUsage:") || meter.starts_with("DedicatedUsage:");
        let is_aws = matches!(line.provider.as_deref(), Some("AWS" | "Amazon Web Services"));
        let (family, size) = instance_type(meter)?;
        if !is_linux || !is_aws {
            return None;
        }
        self.book.hourly(&format!("aws/vm/linux/{family}.{size}"), region?)
    }
}

impl PriceOf for BillPrices {
    fn ratio(&self, line: &ChargeLine, wanted: &Move) -> Option<PriceRatio> {
        let meter = without_region(line.meter.as_deref()?);
        let here = line.region.as_deref();
        let (region, moved) = match wanted {
            Move::Region { to, .. } => (Some(to.as_str()), meter.to_owned()),
            Move::Family { from, to } => {
                let (start, size) = meter.rsplit_once(&format!("{from}."))?;
                (here, format!("{start}{to}.{size}"))
            }
        };
        // Both prices are of one source: a negotiated price and a list price do not compare.
        let of_bill = self.paid(line, region, &moved).zip(self.paid(line, here, meter));
        let found = of_bill.or_else(|| self.listed(line, region, &moved).zip(self.listed(line, here, meter)));
        found.map(|(there, here)| PriceRatio { there, here })
    }
}

/// A meter of AWS without the region that it begins with: `BoxUsage:m5.large` of `EUC1-BoxUsage:m5.large`.
fn without_region(meter: &str) -> &str {
    match meter.split_once('-') {
        Some((region, rest)) => {
            let letters = region.trim_end_matches(|c: char| c.is_ascii_digit());
            let is_region = (2..=4).contains(&letters.len())
                && letters.chars().all(|c| c.is_ascii_uppercase())
                && region.len() <= letters.len() + 1
                && !rest.is_empty();
            if is_region { rest } else { meter }
        }
        None => meter,
    }
}

#[cfg(test)]
mod tests {
    use tollgate_model::Currency;
    use tollgate_policy::Policy;

    use super::*;

    fn line(region: &str, meter: &str, list: i64, quantity: i64) -> ChargeLine {
        ChargeLine {
            provider: Some("AWS".into()),
            service: Some("Amazon EC2".into()),
            region: Some(region.into()),
            meter: Some(meter.into()),
            used: LineUse::OnDemand,
            currency: Currency::USD,
            effective: Amount::whole(list),
            list: Some(Amount::whole(list)),
            contracted: None,
            quantity: Some(Quantity::whole(quantity)),
            days: BTreeMap::new(),
        }
    }

    fn prices(lines: &[ChargeLine]) -> BillPrices {
        BillPrices::new(lines, BookPrices::new(&Policy::without_file()).unwrap())
    }

    #[test]
    fn a_meter_is_known_without_its_region() {
        for (meter, plain) in [
            ("EUC1-BoxUsage:m5.large", "BoxUsage:m5.large"),
            ("USW2-DataTransfer-Out-Bytes", "DataTransfer-Out-Bytes"),
            ("DataTransfer-Out-Bytes", "DataTransfer-Out-Bytes"),
            ("TimedStorage-ByteHrs", "TimedStorage-ByteHrs"),
            ("BoxUsage:m5.large", "BoxUsage:m5.large"),
        ] {
            assert_eq!(without_region(meter), plain);
        }
    }

    #[test]
    fn the_bill_knows_its_own_prices_and_the_book_the_others() {
        let here = line("us-east-1", "TimedStorage-ByteHrs", 23, 1000);
        let there = line("eu-central-1", "EUC1-TimedStorage-ByteHrs", 49, 2000);
        let prices = prices(&[here.clone(), there]);
        let to = Move::Region { from: "us-east-1".into(), to: "eu-central-1".into() };
        let ratio = prices.ratio(&here, &to).unwrap();
        assert_eq!((ratio.there.to_string().as_str(), ratio.here.to_string().as_str()), ("0.0245", "0.023"));
        // Not in the bill, and no instance: nothing is known.
        assert_eq!(prices.ratio(&line("us-east-1", "NatGateway-Bytes", 1, 1), &to), None);
        let machine = line("us-east-1", "BoxUsage:m5.large", 96, 1000);
        let ratio = prices.ratio(&machine, &to).unwrap();
        assert!(ratio.there > ratio.here, "{ratio:?}");
        let family = Move::Family { from: "m5".into(), to: "m6g".into() };
        let ratio = prices.ratio(&machine, &family).unwrap();
        assert!(ratio.there < ratio.here, "{ratio:?}");
        let windows = line("us-east-1", "BoxUsage:Windows:m5.large", 96, 1000);
        assert_eq!(prices.ratio(&windows, &Move::Family { from: "m5".into(), to: "zz9".into() }), None);
    }
}
