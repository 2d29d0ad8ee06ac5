//! Makes a book from figures that were observed: hourly prices of machines, and unit prices with the rounding they have.

use std::collections::BTreeMap;

use tollgate_model::Amount;

use crate::book::BookWriter;

/// A row of observed unit prices.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Observed {
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
    /// How many a month.
    pub monthly_qty: String,
    /// What they cost, rounded to a cent.
    pub monthly_cost: String,
    /// What one costs.
    pub unit_price: String,
    /// `derived` from cost and quantity, or `stated`.
    pub how: String,
}

/// A row of hourly prices.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Machine {
    /// `aws`, `azure`.
    pub provider: String,
    /// `linux`, `windows`.
    pub os: String,
    /// The region.
    pub region: String,
    /// `m5.large`.
    pub instance_type: String,
    /// What an hour costs.
    pub hourly_usd: String,
}

/// A row of prices of cores and memory.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Core {
    /// `n1`.
    pub family: String,
    /// `cpu`, `ram`.
    pub part: String,
    /// `on_demand`.
    pub term: String,
    /// The region.
    pub region: String,
    /// What an hour of one costs.
    pub hourly_usd: String,
}

/// The key of a thing by its words: `storage-general-purpose-ssd-gp2`.
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

/// The key of a machine, however its size is spelt: `Standard_D2s_v3`, `standard d2s v3` and `D2sv3` are one.
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

/// Bounds of a figure that was rounded.
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

    /// The figure with the fewest places in it; with its ends where they are far apart: two per cent, or an eighth where a figure
    /// of two digits is among them, as lists have them.
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

impl Observed {
    fn bounds(&self) -> Option<Bounds> {
        let price = self.unit_price.parse::<Amount>().ok()?.units();
        if price <= 0 {
            return None;
        }
        let cent = 10i128.pow(Amount::PLACES - 2);
        if self.how == "stated" {
            // Printed to the cent from ten cents on, in full below.
            let slack = if price >= 10 * cent { cent / 2 } else { 0 };
            return Some(Bounds { low: price - slack, high: price + slack });
        }
        let cost = self.monthly_cost.parse::<Amount>().ok()?;
        let quantity = self.monthly_qty.parse::<Amount>().ok()?.units();
        // Quantities to four places, as they are printed.
        let quantity = i64::try_from(quantity / 10i128.pow(Amount::PLACES - 4)).ok().filter(|q| *q > 0)?;
        let each = |cost: i128| Some(Amount::from_units(cost)?.ratio(10_000, quantity)?.units());
        Some(Bounds { low: each(cost.units() - cent / 2)?, high: each(cost.units() + cent / 2)? })
    }

    /// Its key without the step that it is of, and that step: `first`, `next`, `over` with its text.
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
            // `(over 10GB)` alone is what is beyond something included, and no step.
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

    /// The key of the machine whose hour it is.
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
            // The rows name no region; the prices of machines among them are those of eastus.
            "azure" => "eastus",
            _ => "us-central1",
        };
        let mut all = self.regions.split(';').filter(|r| !r.is_empty());
        let first = all.next().unwrap_or(home);
        if first == home || all.any(|r| r == home) { home } else { first }
    }
}

/// Adds hourly prices of machines.
pub fn machines(book: &mut BookWriter, rows: &[Machine], source: usize) -> usize {
    let add = |row: &&Machine| {
        book.price(&machine(&row.provider, &row.os, &row.instance_type), "hours", source, &row.region, &row.hourly_usd)
    };
    rows.iter().filter(add).count()
}

/// Adds prices of cores and memory.
pub fn cores(book: &mut BookWriter, rows: &[Core], source: usize) -> usize {
    let add = |row: &&Core| {
        let key = format!("google/core/{}/{}/{}", row.family, row.part, row.term.replace('_', "-"));
        book.price(&key, "hours", source, &row.region, &row.hourly_usd)
    };
    rows.iter().filter(add).count()
}

/// Adds prices that were told apart by hand: key, unit, region and price.
pub fn told_apart(book: &mut BookWriter, text: &str, source: usize) -> usize {
    let rows = text.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect::<Vec<_>>());
    rows.filter(
        |row| matches!(row.as_slice(), [key, unit, region, price] if book.price(key, unit, source, region, price)),
    )
    .count()
}

/// Adds observed unit prices: rows of one thing are laid over each other, and steps put together.
pub fn observed(book: &mut BookWriter, rows: &[Observed], source: usize) -> usize {
    // Of one thing in one unit and region: steps in the order of the source, each with what was observed.
    type Steps = Vec<(Option<String>, Vec<Bounds>, Option<Amount>)>;
    let mut things: BTreeMap<(String, String, String), (bool, Steps)> = BTreeMap::new();
    for row in rows {
        let Some(bounds) = row.bounds() else { continue };
        let (key, step) = row.key();
        let single = !row.regions.contains(';');
        let (only, steps) =
            things.entry((key, row.unit.clone(), row.region().to_owned())).or_insert((single, Vec::new()));
        // What was observed in one region says more than what was in one of several.
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
        // The order of the source within each; a thing with steps is not also priced without.
        steps.sort_by_key(|(step, ..)| order(step));
        let firsts = steps.iter().filter(|(s, ..)| s.is_some() && order(s) == 0).count();
        if firsts == 1 {
            steps.retain(|(s, ..)| s.is_some());
        }
        if firsts > 1 {
            // Two things under one name: what each starts with is all that can be said.
            let all = steps.iter().filter(|(s, ..)| order(s) == 0).flat_map(|(_, bounds, _)| bounds.clone()).collect();
            steps = vec![(None, all, None)];
        }
        let (mut from, mut parts) = (Amount::ZERO, Vec::new());
        for (_, bounds, width) in steps {
            let Some(text) = several(bounds) else { continue };
            parts.push(format!("{from}@{text}"));
            match width.and_then(|w| from.checked_add(w)) {
                Some(end) if end > from => from = end,
                // Without its width, what comes after cannot be placed.
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

/// What was observed of one thing: one figure where all can be that, else each that cannot be another.
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
    // One of ten that is otherwise was observed of something else.
    if let Some(most) = clusters.iter().find(|(_, n)| n * 10 >= count * 9) {
        clusters = vec![*most];
    }
    let texts: Vec<String> = clusters.into_iter().filter_map(|(bounds, _)| bounds.text()).collect();
    (!texts.is_empty()).then(|| texts.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(component: &str, quantity: &str, cost: &str, price: &str, how: &str) -> Observed {
        Observed {
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

    fn book(rows: &[Observed]) -> String {
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
    fn words_become_keys() {
        assert_eq!(slug("Storage (general purpose SSD, gp2)"), "storage-general-purpose-ssd-gp2");
        assert_eq!(slug("Standard/PUT, COPY requests"), "standard/put-copy-requests");
        assert_eq!(machine("azure", "linux", "Standard_D2s_v3"), "azure/vm/linux/d2sv3");
    }
}
