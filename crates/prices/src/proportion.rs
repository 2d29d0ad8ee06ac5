//! Which observed prices of EC2 are those of shared instances without a license, judged by the other sizes of their family.
//!
//! Public tables mix tenancies and operating systems: a size has the price of a dedicated instance (6 or 10 % more), a Windows size the
//! price of Linux. AWS prices the sizes of a family in proportion, and Windows by a fee per vCPU, so a price that fits neither is not
//! what its row says. Such a price is rejected and named, and the price that follows from the family takes its place.
//!
//! Families with accelerators are not in proportion. Their sizes keep one ratio to each other in every region.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_model::Amount;

use crate::observations::MachinePrice;

/// The surcharges of dedicated instances on the price of shared ones, in thousandths (EC2 pricing of dedicated instances, 2025-03).
const SURCHARGES: [i128; 3] = [1000, 1060, 1100];
/// The largest deviation by rounding, in thousandths.
const ROUNDING: i128 = 15;
/// The fee of Windows for a vCPU and hour, in units of a cent: $0.046 (EC2 pricing of Windows instances, 2025-03).
const WINDOWS_FEE: &str = "0.046";
/// The largest deviation of a fee by rounding, in dollars.
const FEE_ROUNDING: &str = "0.0008";

/// How the families with accelerators begin.
const ACCELERATED: [&str; 7] = ["p", "g", "inf", "trn", "dl", "f", "vt"];
/// How often the ratios of the regions and the prices of the sizes are fitted to each other.
const ROUNDS: usize = 3;

/// A size in a region.
type Cell = (String, String);

/// The prices that remain, those that follow from others, and those that were rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Rows as observed.
    pub kept: Vec<MachinePrice>,
    /// Prices that follow from the family of a size.
    pub derived: Vec<MachinePrice>,
    /// Rows that do not fit, each with the reason.
    pub rejected: Vec<(MachinePrice, String)>,
}

/// Checks the prices of AWS and the licenses of Azure. `cores` has the vCPUs of each type of AWS.
pub fn check(rows: &[MachinePrice], cores: &BTreeMap<String, i64>) -> Checked {
    let mut out = Checked::default();
    let (aws, other): (Vec<&MachinePrice>, Vec<&MachinePrice>) = rows.iter().partition(|row| row.provider == "aws");
    azure(&other, &mut out);
    let azure_derived = std::mem::take(&mut out.derived);
    let of = |os: &str| {
        let read = |row: &&&MachinePrice| row.os == os && row.instance_type.contains('.');
        let cell = |row: &&MachinePrice| Some(((row.instance_type.clone(), row.region.clone()), price(row)?));
        aws.iter().filter(read).filter_map(cell).collect::<BTreeMap<Cell, i128>>()
    };
    let linux = expected(&of("linux"), cores);
    let windows = with_license(&linux, &of("windows"), cores);
    for row in &aws {
        let cell = (row.instance_type.clone(), row.region.clone());
        let follows = if row.os == "linux" { linux.get(&cell) } else { windows.get(&cell) };
        match (price(row), follows) {
            (Some(price), Some(follows)) if fits(price, *follows) => out.kept.push((*row).clone()),
            (Some(price), Some(follows)) => {
                let why = match SURCHARGES.iter().find(|s| **s > 1000 && fits(price * 1000, follows * **s)) {
                    Some(_) => "the price of a dedicated instance",
                    None => "not in proportion to its family",
                };
                out.rejected.push(((*row).clone(), why.to_owned()));
            }
            _ => out.rejected.push(((*row).clone(), "nothing to compare it with".to_owned())),
        }
    }
    let seen: BTreeSet<(&str, &str, &str)> =
        out.kept.iter().map(|r| (r.os.as_str(), r.region.as_str(), r.instance_type.as_str())).collect();
    let mut derived = azure_derived;
    for (os, prices) in [("linux", &linux), ("windows", &windows)] {
        for ((size, region), price) in prices.iter() {
            let Some(text) = Amount::from_units(*price).map(|a| a.round(6).to_string()) else { continue };
            if !seen.contains(&(os, region.as_str(), size.as_str())) {
                derived.push(MachinePrice {
                    provider: "aws".to_owned(),
                    os: os.to_owned(),
                    region: region.clone(),
                    instance_type: size.clone(),
                    hourly_usd: text,
                });
            }
        }
    }
    out.derived = derived;
    out
}

fn price(row: &MachinePrice) -> Option<i128> {
    row.hourly_usd.parse::<Amount>().ok().map(|a| a.units()).filter(|units| *units > 0)
}

/// Returns whether two prices are equal but for rounding.
fn fits(a: i128, b: i128) -> bool {
    (a - b).abs() * 1000 <= b * ROUNDING
}

/// Splits a type into its family and the units of its size, in quarters of a `small`.
fn size_of(kind: &str) -> Option<(&str, i128)> {
    let (family, size) = kind.split_once('.')?;
    let units = match size {
        "nano" => 1,
        "micro" => 2,
        "small" => 4,
        "medium" => 8,
        "large" => 16,
        "xlarge" => 32,
        _ => 32 * size.strip_suffix("xlarge")?.parse::<i128>().ok().filter(|n| (2..=224).contains(n))?,
    };
    Some((family, units))
}

/// Returns the value that explains most of several prices: as itself, or with the surcharge of a dedicated instance.
fn base(values: &[i128]) -> Option<i128> {
    let explained = |of: i128| values.iter().filter(|v| SURCHARGES.iter().any(|s| fits(**v * 1000, of * s))).count();
    // Of equally good values the lowest: a surcharge is never negative.
    values.iter().copied().max_by_key(|v| (explained(*v), std::cmp::Reverse(*v)))
}

/// Returns the price of shared Linux instances of each size and region.
fn expected(observed: &BTreeMap<Cell, i128>, cores: &BTreeMap<String, i64>) -> BTreeMap<Cell, i128> {
    let mut families: BTreeMap<&str, BTreeMap<&str, Vec<(&str, i128, i128)>>> = BTreeMap::new();
    let mut out = BTreeMap::new();
    for ((kind, region), price) in observed {
        match size_of(kind) {
            Some((family, units)) => {
                families.entry(family).or_default().entry(region).or_default().push((kind, units, *price));
            }
            // Bare metal costs what the largest size costs: there is nothing to compare it with.
            None => {
                out.insert((kind.clone(), region.clone()), *price);
            }
        }
    }
    for (family, regions) in families {
        let accelerated = ACCELERATED.iter().any(|start| family.starts_with(start));
        if !accelerated && in_proportion(&regions) {
            let sizes: Vec<(&String, i128)> = cores
                .keys()
                .filter_map(|kind| size_of(kind).filter(|(of, _)| *of == family).map(|(_, units)| (kind, units)))
                .collect();
            for (region, cells) in &regions {
                let Some(rate) = rate(cells) else { continue };
                let known = cells.iter().map(|(kind, units, _)| ((*kind).to_owned(), *units));
                for (kind, units) in sizes.iter().map(|(kind, units)| ((*kind).clone(), *units)).chain(known) {
                    out.insert((kind, (*region).to_owned()), rate.0 * units / rate.1);
                }
            }
        } else {
            by_region(&regions, &mut out);
        }
    }
    out
}

/// Returns the rate of a family in a region: the price of its largest size that fits, with its units.
fn rate(cells: &[(&str, i128, i128)]) -> Option<(i128, i128)> {
    let each: Vec<i128> = cells.iter().map(|(_, units, price)| price * 1000 / units).collect();
    let base = base(&each)?;
    let fitting = cells.iter().filter(|(_, units, price)| fits(price * 1000 / units, base));
    fitting.max_by_key(|(_, units, _)| *units).map(|(_, units, price)| (*price, *units))
}

/// Returns whether most sizes of a family fit one rate for each region.
fn in_proportion(regions: &BTreeMap<&str, Vec<(&str, i128, i128)>>) -> bool {
    let (mut fit, mut all) = (0, 0);
    for cells in regions.values().filter(|cells| cells.len() > 1) {
        let Some((price, units)) = rate(cells) else { continue };
        let explained = |own: i128, of: i128| SURCHARGES.iter().any(|s| fits(own * units * 1000, price * of * s));
        all += cells.len();
        fit += cells.iter().filter(|(_, of, own)| explained(*own, *of)).count();
    }
    fit * 5 >= all * 3
}

/// Fills in the prices of a family whose sizes keep one ratio to each other in every region.
fn by_region(regions: &BTreeMap<&str, Vec<(&str, i128, i128)>>, out: &mut BTreeMap<Cell, i128>) {
    let million = 1_000_000;
    let Some((_, reference)) = regions.iter().max_by_key(|(_, cells)| cells.len()) else { return };
    let own: BTreeMap<&str, i128> = reference.iter().map(|(kind, _, price)| (*kind, *price)).collect();
    // The ratio of a region: the one that most sizes have.
    let ratio_of = |cells: &Vec<(&str, i128, i128)>| {
        let ratios: Vec<i128> =
            cells.iter().filter_map(|(kind, _, price)| Some(price * million / own.get(kind)?)).collect();
        let alike = |of: i128| ratios.iter().filter(|r| fits(**r, of)).count();
        ratios.iter().copied().max_by_key(|r| (alike(*r), std::cmp::Reverse(*r)))
    };
    let mut ratios: BTreeMap<&str, i128> =
        regions.iter().filter_map(|(region, cells)| Some((*region, ratio_of(cells)?))).collect();
    let mut normal: BTreeMap<&str, i128> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let mut each: BTreeMap<&str, Vec<i128>> = BTreeMap::new();
        for (region, cells) in regions {
            let Some(ratio) = ratios.get(region) else { continue };
            for (kind, _, price) in cells {
                each.entry(kind).or_default().push(price * million / ratio);
            }
        }
        normal = each.into_iter().filter_map(|(kind, prices)| Some((kind, base(&prices)?))).collect();
        // A region of mixed tenancies has the lower of the ratios that explain its prices.
        let again = |cells: &Vec<(&str, i128, i128)>| {
            let ratios = cells.iter().filter_map(|(kind, _, price)| Some(price * million / normal.get(kind)?));
            base(&ratios.collect::<Vec<i128>>())
        };
        ratios = regions.iter().filter_map(|(region, cells)| Some((*region, again(cells)?))).collect();
    }
    for (region, cells) in regions {
        for (kind, _, price) in cells {
            let follows = ratios.get(region).zip(normal.get(kind).copied());
            let follows = follows.map_or(*price, |(ratio, base)| base * ratio / million);
            // The observed figure is exact, the derived one is rounded.
            let exact = if fits(*price, follows) { *price } else { follows };
            out.insert(((*kind).to_owned(), (*region).to_owned()), exact);
        }
    }
}

/// Returns the price of Windows instances: that of Linux with a fee per vCPU, where the observed prices confirm the fee.
fn with_license(
    linux: &BTreeMap<Cell, i128>,
    windows: &BTreeMap<Cell, i128>,
    cores: &BTreeMap<String, i64>,
) -> BTreeMap<Cell, i128> {
    let units = |text: &str| text.parse::<Amount>().map(|a| a.units()).unwrap_or_default();
    let (usual, rounding) = (units(WINDOWS_FEE), units(FEE_ROUNDING));
    let mut fees: BTreeMap<&str, Vec<i128>> = BTreeMap::new();
    for (cell, price) in windows {
        if let (Some(own), Some(cores)) = (linux.get(cell), cores.get(&cell.0).filter(|n| **n > 0)) {
            fees.entry(&cell.0).or_default().push((price - own) / i128::from(*cores));
        }
    }
    let family = |kind: &str| kind.split('.').next().unwrap_or_default().to_owned();
    let mut confirmed: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (kind, fees) in &fees {
        let of = confirmed.entry(family(kind)).or_default();
        of.0 += fees.iter().filter(|fee| (**fee - usual).abs() <= rounding).count();
        of.1 += fees.len();
    }
    // A fee of its own, for burstable and old families: at least three regions agree on it.
    let own_fee = |kind: &str| {
        let fees = fees.get(kind)?;
        let alike = |of: i128| fees.iter().filter(|fee| (**fee - of).abs() * 4 <= rounding).count();
        let charged = fees.iter().copied().filter(|fee| *fee > rounding);
        charged.max_by_key(|fee| (alike(*fee), *fee)).filter(|fee| alike(*fee) >= 3)
    };
    let fee_of = |kind: &str| {
        let (agree, all) = confirmed.get(&family(kind)).copied().unwrap_or_default();
        if agree * 6 >= all && agree >= 3 { Some(usual) } else { own_fee(kind) }
    };
    let regions: BTreeSet<&str> = windows.keys().map(|(_, region)| region.as_str()).collect();
    let mut out = BTreeMap::new();
    for (cell, price) in linux.iter().filter(|((_, region), _)| regions.contains(region.as_str())) {
        if let (Some(cores), Some(fee)) = (cores.get(&cell.0), fee_of(&cell.0)) {
            out.insert(cell.clone(), price + fee * i128::from(*cores));
        }
    }
    out
}

/// Passes the prices of Azure on, except those of Windows whose license does not cost what it costs for the other sizes of the series.
fn azure(rows: &[&MachinePrice], out: &mut Checked) {
    // Low priority is the older name of spot.
    let rows = rows.iter().filter(|row| !row.instance_type.starts_with("lowpriority"));
    let (windows, other): (Vec<&MachinePrice>, Vec<&MachinePrice>) =
        rows.copied().partition(|row| row.provider == "azure" && row.os == "windows");
    let linux: BTreeMap<(&str, &str), i128> =
        other.iter().filter_map(|row| Some(((row.instance_type.as_str(), row.region.as_str()), price(row)?))).collect();
    out.kept.extend(other.into_iter().cloned());
    let rounding = FEE_ROUNDING.parse::<Amount>().map(|a| a.units()).unwrap_or_default();
    let fee = |row: &MachinePrice| {
        let (series, cores) = series_of(&row.instance_type)?;
        let own = linux.get(&(row.instance_type.as_str(), row.region.as_str()))?;
        Some((series, cores, (price(row)? - own) / cores, *own))
    };
    let mut fees: BTreeMap<(String, &str), Vec<i128>> = BTreeMap::new();
    for row in &windows {
        if let Some((series, _, fee, _)) = fee(row) {
            fees.entry((series, row.region.as_str())).or_default().push(fee);
        }
    }
    // The fee of a series in a region, where most sizes agree on it.
    let usual = |series: &str, region: &str| {
        let fees = fees.iter().find(|((s, r), _)| s == series && *r == region).map(|(_, fees)| fees)?;
        let alike = |of: i128| fees.iter().filter(|fee| (**fee - of).abs() <= rounding).count();
        fees.iter()
            .copied()
            .max_by_key(|fee| alike(*fee))
            .filter(|fee| alike(*fee) * 5 >= fees.len() * 3 && fees.len() > 2)
    };
    for row in windows {
        let judged =
            fee(row).and_then(|(series, cores, own, linux)| Some((cores, own, linux, usual(&series, &row.region)?)));
        match judged {
            Some((cores, own, linux, usual)) if (own - usual).abs() > rounding * 4 => {
                out.rejected.push((row.clone(), "its license does not cost what it costs for its series".to_owned()));
                let follows = Amount::from_units(linux + usual * cores).map(|a| a.round(6).to_string());
                out.derived.extend(follows.map(|hourly_usd| MachinePrice { hourly_usd, ..row.clone() }));
            }
            _ => out.kept.push(row.clone()),
        }
    }
}

/// Splits a size of Azure into its series and its vCPUs: `standardd4sv3` is `standardd#sv3` with 4.
fn series_of(kind: &str) -> Option<(String, i128)> {
    let digits = kind.find(|c: char| c.is_ascii_digit())?;
    let rest = kind.get(digits..)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let cores = rest.get(..end)?.parse::<i128>().ok().filter(|n| *n > 0)?;
    Some((format!("{}#{}", kind.get(..digits)?, rest.get(end..)?), cores))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(os: &str, region: &str, kind: &str, price: &str) -> MachinePrice {
        MachinePrice {
            provider: "aws".to_owned(),
            os: os.to_owned(),
            region: region.to_owned(),
            instance_type: kind.to_owned(),
            hourly_usd: price.to_owned(),
        }
    }

    fn cores(types: &[(&str, i64)]) -> BTreeMap<String, i64> {
        types.iter().map(|(kind, n)| ((*kind).to_owned(), *n)).collect()
    }

    fn shown(rows: &[MachinePrice]) -> Vec<String> {
        rows.iter().map(|r| format!("{} {} {} {}", r.os, r.region, r.instance_type, r.hourly_usd)).collect()
    }

    #[test]
    fn the_price_of_a_dedicated_instance_is_rejected_and_named() {
        let rows = [
            row("linux", "us-east-1", "m6i.large", "0.096"),
            row("linux", "us-east-1", "m6i.xlarge", "0.2112"),
            row("linux", "us-east-1", "m6i.2xlarge", "0.384"),
        ];
        let checked =
            check(&rows, &cores(&[("m6i.large", 2), ("m6i.xlarge", 4), ("m6i.2xlarge", 8), ("m6i.4xlarge", 16)]));
        assert_eq!(checked.kept.len(), 2);
        assert_eq!(checked.rejected.len(), 1);
        assert_eq!(checked.rejected[0].0.instance_type, "m6i.xlarge");
        assert_eq!(checked.rejected[0].1, "the price of a dedicated instance");
        // The rejected size and one that no row has.
        assert_eq!(shown(&checked.derived), ["linux us-east-1 m6i.4xlarge 0.768", "linux us-east-1 m6i.xlarge 0.192"]);
    }

    #[test]
    fn the_lower_of_two_sizes_is_the_shared_one() {
        let rows = [row("linux", "us-west-2", "m5.large", "0.102"), row("linux", "us-west-2", "m5.xlarge", "0.192")];
        let checked = check(&rows, &cores(&[("m5.large", 2), ("m5.xlarge", 4)]));
        assert_eq!(shown(&checked.kept), ["linux us-west-2 m5.xlarge 0.192"]);
        assert_eq!(shown(&checked.derived), ["linux us-west-2 m5.large 0.096"]);
    }

    #[test]
    fn sizes_with_accelerators_are_compared_across_regions() {
        let rows = [
            row("linux", "us-east-1", "g5.xlarge", "1.006"),
            row("linux", "us-east-1", "g5.2xlarge", "1.212"),
            row("linux", "us-east-1", "g5.12xlarge", "6.2392"),
            row("linux", "eu-west-1", "g5.xlarge", "1.123"),
            row("linux", "eu-west-1", "g5.2xlarge", "1.353"),
            row("linux", "eu-west-1", "g5.12xlarge", "6.332"),
        ];
        let checked = check(&rows, &BTreeMap::new());
        assert_eq!(checked.rejected.len(), 1);
        assert_eq!(
            (checked.rejected[0].0.region.as_str(), checked.rejected[0].0.hourly_usd.as_str()),
            ("us-east-1", "6.2392")
        );
    }

    #[test]
    fn windows_without_its_fee_is_rejected() {
        let mut rows = Vec::new();
        for (region, linux) in
            [("us-east-1", "0.096"), ("us-west-2", "0.096"), ("eu-west-1", "0.107"), ("eu-north-1", "0.102")]
        {
            rows.push(row("linux", region, "m5.large", linux));
        }
        rows.push(row("windows", "us-east-1", "m5.large", "0.188"));
        rows.push(row("windows", "us-west-2", "m5.large", "0.188"));
        rows.push(row("windows", "eu-west-1", "m5.large", "0.199"));
        // The price of Linux, under the name of Windows.
        rows.push(row("windows", "eu-north-1", "m5.large", "0.102"));
        let checked = check(&rows, &cores(&[("m5.large", 2)]));
        assert_eq!(checked.rejected.len(), 1);
        assert_eq!(shown(&checked.derived), ["windows eu-north-1 m5.large 0.194"]);
    }

    #[test]
    fn a_license_of_azure_that_its_series_does_not_have_is_rejected() {
        let azure = |os: &str, kind: &str, price: &str| MachinePrice {
            provider: "azure".to_owned(),
            ..row(os, "eastus", kind, price)
        };
        let rows = [
            azure("linux", "standarde2dv4", "0.144"),
            azure("linux", "standarde4dv4", "0.288"),
            azure("linux", "standarde8dv4", "0.576"),
            azure("windows", "standarde2dv4", "3.776"),
            azure("windows", "standarde4dv4", "0.472"),
            azure("windows", "standarde8dv4", "0.944"),
            azure("linux", "lowpriorityd2v3", "0.02"),
        ];
        let checked = check(&rows, &BTreeMap::new());
        assert_eq!((checked.kept.len(), checked.rejected.len()), (5, 1));
        assert_eq!(shown(&checked.derived), ["windows eastus standarde2dv4 0.236"]);
    }
}
