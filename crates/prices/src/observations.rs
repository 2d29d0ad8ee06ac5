//! Creates a book from observed prices: hourly prices of machines, and rounded unit prices.

use std::collections::BTreeMap;

use tollgate_model::Amount;

use crate::book::BookWriter;

/// A row of observed unit prices.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct ObservedPrice {
    /// `aws`, `azure`, `google`.
    pub provider: String,
    /// The estimate that it was observed in.
    pub test: String,
    /// Regions of that estimate, with `;` between them.
    pub regions: String,
    /// `aws_ebs_volume`.
    pub resource_type: String,
    /// `Storage (general purpose SSD, gp2)`.
    pub component: String,
    /// `GB`.
    pub unit: String,
    /// The quantity per month.
    pub monthly_qty: String,
    /// The cost, rounded to a cent.
    pub monthly_cost: String,
    /// The unit price.
    pub unit_price: String,
    /// `derived` from cost and quantity, or `stated`.
    pub how: String,
}

/// A row of hourly prices.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct MachinePrice {
    /// `aws`, `azure`.
    pub provider: String,
    /// `linux`, `windows`.
    pub os: String,
    /// The region.
    pub region: String,
    /// `m5.large`.
    pub instance_type: String,
    /// The price of an hour.
    pub hourly_usd: String,
}

/// A row of prices of cores and memory.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct CorePrice {
    /// `n1`.
    pub family: String,
    /// `cpu`, `ram`.
    pub part: String,
    /// `on_demand`.
    pub term: String,
    /// The region.
    pub region: String,
    /// The price of an hour of one core or GB.
    pub hourly_usd: String,
}

/// Returns the key of a description: `storage-general-purpose-ssd-gp2`.
pub fn slug(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' | '.' => out.push(c),
            _ if out.ends_with(['-', '/']) || out.is_empty() => {}
            '/' => {
                out.truncate(out.trim_end_matches('-').len());
                out.push('/');
            }
            _ => out.push('-'),
        }
    }
    out.trim_end_matches(['-', '/']).to_owned()
}

/// Returns the key of a machine. `Standard_D2s_v3`, `standard d2s v3` and `D2sv3` are the same size.
pub fn machine(provider: &str, os: &str, size: &str) -> String {
    let size = match provider {
        "azure" => {
            let plain: String = size.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
            plain.strip_prefix("standard").unwrap_or(&plain).to_owned()
        }
        _ => size.to_lowercase(),
    };
    format!("{provider}/vm/{os}/{size}")
}

/// The bounds of a rounded figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Bounds {
    low: i128,
    high: i128,
}

impl Bounds {
    fn meet(self, other: Self) -> Option<Self> {
        let both = Self { low: self.low.max(other.low), high: self.high.min(other.high) };
        (both.low <= both.high).then_some(both)
    }

    /// Returns the figure with the fewest decimal places within the bounds. Adds the bounds when they are more than two percent
    /// apart, or more than an eighth when a figure of two digits is among them.
    fn text(self) -> Option<String> {
        let shown = |units: i128| Amount::from_units(units).map(|a| a.to_string());
        let nicest = (0..=Amount::PLACES).find_map(|places| {
            let step = 10i128.pow(Amount::PLACES - places);
            let candidate = (self.low + step - 1).div_euclid(step) * step;
            (candidate <= self.high && candidate > 0).then_some(candidate)
        })?;
        let short = (0..=Amount::PLACES).any(|n| {
            let digits = nicest / 10i128.pow(n);
            digits < 100 && digits * 10i128.pow(n) == nicest
        });
        let width = self.high - self.low;
        if width * 50 <= self.low || (short && width * 8 <= self.low) {
            return shown(nicest);
        }
        if self.low <= 0 {
            return None;
        }
        Some(format!("{}|{}|{}", shown(i128::midpoint(self.low, self.high))?, shown(self.low)?, shown(self.high)?))
    }
}

impl ObservedPrice {
    fn bounds(&self) -> Option<Bounds> {
        let price = self.unit_price.parse::<Amount>().ok()?.units();
        if price <= 0 {
            return None;
        }
        let cent = 10i128.pow(Amount::PLACES - 2);
        if self.how == "stated" {
            // Prices from ten cents on are printed to the cent, smaller ones in full.
            let slack = if price >= 10 * cent { cent / 2 } else { 0 };
            return Some(Bounds { low: price - slack, high: price + slack });
        }
        let cost = self.monthly_cost.parse::<Amount>().ok()?;
        let quantity = self.monthly_qty.parse::<Amount>().ok()?.units();
        // Quantities are printed with four places.
        let quantity = i64::try_from(quantity / 10i128.pow(Amount::PLACES - 4)).ok().filter(|q| *q > 0)?;
        let each = |cost: i128| Some(Amount::from_units(cost)?.ratio(10_000, quantity)?.units());
        Some(Bounds { low: each(cost.units() - cent / 2)?, high: each(cost.units() + cent / 2)? })
    }

    /// Returns its key without the tier, and the text of the tier: `first`, `next`, `over`.
    fn key(&self) -> (String, Option<String>) {
        let last = self.component.rsplit('/').next().unwrap_or_default();
        if let Some(key) = self.machine() {
            return (key, None);
        }
        if self.provider == "azure" && self.unit == "months" && last.starts_with("Storage (") {
            return (format!("azure/managed_disk/{}", slug(last)), None);
        }
        let nested = |part: &&str| {
            !(part.contains(['.', '[', ']', '"'])
                || part.contains("_device")
                || part.contains("_disk")
                || part.contains("_pool")
                || part.starts_with("aws_"))
        };
        let parts: Vec<&str> = self.component.split('/').collect();
        let kept = if parts.len() > 1 && !parts.iter().all(nested) {
            parts.last().copied().unwrap_or_default().to_owned()
        } else {
            self.component.clone()
        };
        let at = ["(first ", ", first ", "(next ", ", next ", "(over ", ", over "]
            .into_iter()
            .filter_map(|m| kept.find(m))
            .min();
        let (words, step) = match at {
            // `(over 10GB)` alone means beyond the included quantity, and is not a tier.
            Some(at) => (
                kept.get(..at).unwrap_or_default(),
                kept.get(at..).map(|s| s.trim_matches(['(', ')', ',', ' ']).to_owned()),
            ),
            None => (kept.as_str(), None),
        };
        let kind =
            self.resource_type.trim_start_matches("aws_").trim_start_matches("azurerm_").trim_start_matches("google_");
        (format!("{}/{kind}/{}", self.provider, slug(words)), step)
    }

    /// Returns the system and the size of a machine of Azure, if it is the price of one.
    fn azure_machine(&self) -> Option<(String, &str)> {
        let inside = self.component.rsplit_once("Instance usage (")?.1.strip_suffix(')')?;
        let mut parts = inside.split(", ");
        let (os, term, name) = (parts.next()?, parts.next()?, parts.next()?);
        (term == "pay as you go" && self.unit == "hours").then(|| (os.to_lowercase(), name))
    }

    /// Returns the key of the machine, if it is the price of one.
    fn machine(&self) -> Option<String> {
        let inside = self.component.rsplit_once("Instance usage (")?.1.strip_suffix(')')?;
        let parts: Vec<&str> = inside.split(", ").collect();
        match (self.provider.as_str(), parts.as_slice()) {
            ("aws", ["Linux/UNIX", "on-demand", size]) => Some(machine("aws", "linux", size)),
            ("aws", ["Windows", "on-demand", size]) => Some(machine("aws", "windows", size)),
            ("azure", [os, "pay as you go", size]) => Some(machine("azure", &os.to_lowercase(), size)),
            _ => None,
        }
    }

    fn region(&self) -> &str {
        let home = match self.provider.as_str() {
            "aws" => "us-east-1",
            // The rows have no region; their machine prices are those of eastus.
            "azure" => "eastus",
            _ => "us-central1",
        };
        let mut all = self.regions.split(';').filter(|r| !r.is_empty());
        let first = all.next().unwrap_or(home);
        if first == home || all.any(|r| r == home) { home } else { first }
    }
}

/// Adds hourly prices of machines.
pub fn machines(book: &mut BookWriter, rows: &[MachinePrice], source: usize) -> usize {
    let add = |row: &&MachinePrice| {
        book.price(&machine(&row.provider, &row.os, &row.instance_type), "hours", source, &row.region, &row.hourly_usd)
    };
    rows.iter().filter(add).count()
}

/// Adds prices of cores and memory.
pub fn cores(book: &mut BookWriter, rows: &[CorePrice], source: usize) -> usize {
    let add = |row: &&CorePrice| {
        let key = format!("google/core/{}/{}/{}", row.family, row.part, row.term.replace('_', "-"));
        book.price(&key, "hours", source, &row.region, &row.hourly_usd)
    };
    rows.iter().filter(add).count()
}

/// Adds prices that were separated by hand: key, unit, region and price.
pub fn disambiguated(book: &mut BookWriter, text: &str, source: usize) -> usize {
    let rows = text.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect::<Vec<_>>());
    rows.filter(
        |row| matches!(row.as_slice(), [key, unit, region, price] if book.price(key, unit, source, region, price)),
    )
    .count()
}

/// The sizes of Azure's series whose prices are in proportion to the vCPUs (Azure documentation of sizes, 2026-08).
const AZURE_SIZES: [(char, &[i64]); 4] = [
    ('D', &[2, 4, 8, 16, 32, 48, 64, 96]),
    ('E', &[2, 4, 8, 16, 20, 32, 48, 64, 96]),
    ('B', &[2, 4, 8, 16, 32]),
    ('L', &[8, 16, 32, 48, 64, 80]),
];

/// Adds the other sizes of a series of Azure of which one size was observed: `Standard_D96s_v5` is 48 times `Standard_D2s_v5`.
pub fn azure_series(book: &mut BookWriter, rows: &[ObservedPrice], source: usize) -> usize {
    let mut added = 0;
    for row in rows.iter().filter(|row| row.provider == "azure") {
        let Some((os, name)) = row.azure_machine() else { continue };
        let Some((letter, cores, rest)) = series(name) else { continue };
        let sizes = AZURE_SIZES.iter().find(|(of, _)| *of == letter).map(|(_, sizes)| *sizes);
        let each = row.bounds().and_then(Bounds::text).and_then(|text| text.parse::<Amount>().ok());
        let (Some(sizes), Some(each)) = (sizes, each) else { continue };
        for size in sizes.iter().filter(|size| **size != cores) {
            let key = machine("azure", &os, &format!("Standard_{letter}{size}{rest}"));
            let Some(price) = each.ratio(*size, cores).map(|a| a.round(6).to_string()) else { continue };
            if book.written(&key, "hours", row.region()).is_none() {
                added += usize::from(book.price(&key, "hours", source, row.region(), &price));
            }
        }
    }
    added
}

/// Splits a size of a series in proportion: `Standard_D96ads_v5` is `D`, 96 and `ads_v5`. Older series and sizes with fewer cores than
/// their memory suggests have none.
fn series(name: &str) -> Option<(char, i64, &str)> {
    let plain = name.strip_prefix("Standard_")?;
    let letter = plain.chars().next()?;
    let digits = plain.get(1..)?.find(|c: char| !c.is_ascii_digit())? + 1;
    let (cores, rest) = (plain.get(1..digits)?.parse().ok().filter(|n| *n > 0)?, plain.get(digits..)?);
    let newer = ["_v5", "_v6", "_v7"].iter().any(|version| rest.ends_with(version))
        || (letter == 'B' && rest.ends_with("_v2"))
        || (letter == 'L' && rest.ends_with("_v3"));
    // `B2ts_v2` and `B2ls_v2` have less memory than their series.
    let regular = !rest.contains('-') && !(letter == 'B' && (rest.contains('t') || rest.contains('l')));
    (newer && regular).then_some((letter, cores, rest))
}

/// Observed keys that mix products: engines and zones under one name. Their products are separated by hand.
const MIXED: [&str; 4] = [
    "aws/db_instance/database-instance-",
    "aws/db_instance/storage-",
    "aws/elastic_beanstalk_environment/database-instance-",
    "aws/dms_replication_instance/instance-",
];

/// Returns whether an observed price of a machine contradicts the price that its family has: it belongs to another region or product.
pub fn contradicts(book: &BookWriter, row: &ObservedPrice) -> bool {
    let Some(key) = row.machine() else { return false };
    let known = book.written(&key, "hours", row.region()).and_then(|text| text.parse::<Amount>().ok());
    known.zip(row.bounds()).is_some_and(|(known, observed)| {
        let slack = known.units() / 50;
        observed.high < known.units() - slack || observed.low > known.units() + slack
    })
}

/// Adds observed unit prices: merges the rows of a key, and combines its tiers.
pub fn observed(book: &mut BookWriter, rows: &[ObservedPrice], source: usize) -> usize {
    // By key, unit and region: tiers in the order of the source, each with its observations.
    type Steps = Vec<(Option<String>, Vec<Bounds>, Option<Amount>)>;
    let mut things: BTreeMap<(String, String, String), (bool, Steps)> = BTreeMap::new();
    for row in rows {
        let Some(bounds) = row.bounds() else { continue };
        let (key, step) = row.key();
        if MIXED.iter().any(|mixed| key.starts_with(mixed)) || contradicts(book, row) {
            continue;
        }
        let single = !row.regions.contains(';');
        let (only, steps) =
            things.entry((key, row.unit.clone(), row.region().to_owned())).or_insert((single, Vec::new()));
        // An observation of one region is more precise than one of several regions.
        match (single, *only) {
            (true, false) => {
                *only = true;
                steps.clear();
            }
            (false, true) => continue,
            _ => {}
        }
        let at = steps.iter().position(|(s, ..)| *s == step).unwrap_or_else(|| {
            steps.push((step, Vec::new(), None));
            steps.len() - 1
        });
        let width = row.monthly_qty.parse::<Amount>().ok();
        steps[at].1.push(bounds);
        steps[at].2 = steps[at].2.max(width);
    }
    let mut added = 0;
    for ((key, unit, region), (_, mut steps)) in things {
        let order = |step: &Option<String>| match step.as_deref().and_then(|s| s.split(' ').next()) {
            None | Some("first") => 0,
            Some("next") => 1,
            _ => 2,
        };
        // Within each kind, the order of the source. A key with tiers has no price without them.
        steps.sort_by_key(|(step, ..)| order(step));
        let firsts = steps.iter().filter(|(s, ..)| s.is_some() && order(s) == 0).count();
        if firsts == 1 {
            steps.retain(|(s, ..)| s.is_some());
        }
        if firsts > 1 {
            // Two products under one name: only their first tiers are usable.
            let all = steps.iter().filter(|(s, ..)| order(s) == 0).flat_map(|(_, bounds, _)| bounds.clone()).collect();
            steps = vec![(None, all, None)];
        }
        let (mut from, mut parts) = (Amount::ZERO, Vec::new());
        for (_, bounds, width) in steps {
            let Some(text) = several(bounds) else { continue };
            parts.push(format!("{from}@{text}"));
            match width.and_then(|w| from.checked_add(w)) {
                Some(end) if end > from => from = end,
                // Without the size of a tier, the start of the next one is unknown.
                _ => break,
            }
        }
        let text = match parts.as_slice() {
            [only] => only.split_once('@').map_or("", |(_, price)| price).to_owned(),
            _ => parts.join(";"),
        };
        added += usize::from(book.price(&key, &unit, source, &region, &text));
    }
    added
}

/// Merges observations: one figure when all are consistent, otherwise one per cluster.
fn several(mut all: Vec<Bounds>) -> Option<String> {
    all.sort();
    let count = all.len();
    let mut clusters: Vec<(Bounds, usize)> = Vec::new();
    for bounds in all {
        match clusters.iter_mut().find_map(|(c, n)| c.meet(bounds).map(|both| (c, n, both))) {
            Some((cluster, n, both)) => {
                *cluster = both;
                *n += 1;
            }
            None => clusters.push((bounds, 1)),
        }
    }
    // A deviation in one of ten observations belongs to a different product.
    if let Some(most) = clusters.iter().find(|(_, n)| n * 10 >= count * 9) {
        clusters = vec![*most];
    }
    let texts: Vec<String> = clusters.into_iter().filter_map(|(bounds, _)| bounds.text()).collect();
    (!texts.is_empty()).then(|| texts.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(component: &str, quantity: &str, cost: &str, price: &str, how: &str) -> ObservedPrice {
        ObservedPrice {
            provider: "aws".into(),
            test: "t".into(),
            regions: "us-east-1".into(),
            resource_type: "aws_ebs_volume".into(),
            component: component.into(),
            unit: "GB".into(),
            monthly_qty: quantity.into(),
            monthly_cost: cost.into(),
            unit_price: price.into(),
            how: how.into(),
        }
    }

    fn book(rows: &[ObservedPrice]) -> String {
        let mut book = BookWriter::new(crate::usd());
        let source = book.source("2026-08-21".parse().unwrap(), "t");
        observed(&mut book, rows, source);
        book.text().lines().skip(2).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_rounded_cost_gives_back_the_price_that_it_was_made_of() {
        let text = book(&[row("Hour", "730.0", "30.37", "0.0416027397", "derived")]);
        assert_eq!(text, "price\taws/ebs_volume/hour\tGB\t0\tus-east-1=0.0416");
    }

    #[test]
    fn what_was_printed_and_what_was_reckoned_are_one() {
        let text =
            book(&[row("Backup", "10000.0", "1120.0", "0.112", "derived"), row("Backup", "", "", "0.11", "stated")]);
        assert!(text.ends_with("us-east-1=0.112"), "{text}");
    }

    #[test]
    fn prices_that_differ_stay_apart_and_zero_is_left_out() {
        let text = book(&[
            row("A", "730.0", "99.28", "0.136", "derived"),
            row("A", "730.0", "219.00", "0.3", "derived"),
            row("A", "730.0", "0", "0", "derived"),
        ]);
        assert!(text.ends_with("us-east-1=0.136|0.3"), "{text}");
    }

    #[test]
    fn steps_are_put_together() {
        let text = book(&[
            row("Out (first 10TB)", "10240.0", "921.6", "0.09", "derived"),
            row("Out (next 40TB)", "40960.0", "3481.6", "0.085", "derived"),
            row("Out (over 50TB)", "1000.0", "70.0", "0.07", "derived"),
        ]);
        assert!(text.ends_with("out\tGB\t0\tus-east-1=0@0.09;10240@0.085;51200@0.07"), "{text}");
    }

    #[test]
    fn one_size_of_a_series_gives_the_others() {
        let azure = |size: &str| ObservedPrice {
            provider: "azure".into(),
            regions: String::new(),
            ..row(&format!("Instance usage (Linux, pay as you go, {size})"), "730.0", "3363.84", "4.608", "derived")
        };
        let rows: Vec<ObservedPrice> =
            ["Standard_D96_v5", "Standard_E16-8as_v5", "Standard_D96_v3"].into_iter().map(azure).collect();
        let rows: Vec<ObservedPrice> =
            rows.into_iter().map(|row| ObservedPrice { unit: "hours".into(), ..row }).collect();
        let mut book = BookWriter::new(crate::usd());
        let source = book.source("2026-08-21".parse().unwrap(), "t");
        assert_eq!(azure_series(&mut book, &rows, source), 7);
        assert_eq!(book.written("azure/vm/linux/d2v5", "hours", "eastus"), Some("0.096"));
        assert_eq!(book.written("azure/vm/linux/d2v3", "hours", "eastus"), None);
    }

    #[test]
    fn words_become_keys() {
        assert_eq!(slug("Storage (general purpose SSD, gp2)"), "storage-general-purpose-ssd-gp2");
        assert_eq!(slug("Standard/PUT, COPY requests"), "standard/put-copy-requests");
        assert_eq!(machine("azure", "linux", "Standard_D2s_v3"), "azure/vm/linux/d2sv3");
    }
}
