//! Allocates a month of a million charges by fifty rules: `cargo bench -p tollgate-analysis --bench allocate`.
//!
//! Target: 3 s on two cores, under 512 MiB, from charges in memory to allocated costs.

use std::time::Instant;

use tollgate_analysis::allocate::{Allocator, ChargeCost, ChargeGroups, VisibleCharge, WeightInput};
use tollgate_model::allocation::{
    AllocationMethod, AllocationPlan, AllocationRule, ConditionField, SharedCharges, SourceCondition, WeightPeriod,
    WithoutWeights,
};
use tollgate_model::series::Facet;
use tollgate_model::{Amount, ChargeKind, Currency, Day};

const CHARGES: u64 = 1_000_000;
const RULES: usize = 50;
const TEAMS: u64 = 60;

/// A generator of numbers that are spread evenly (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % below
    }
}

fn texts(prefix: &str, count: u64) -> Vec<String> {
    (0..count).map(|n| format!("{prefix}-{n}")).collect()
}

fn charges() -> ChargeGroups {
    let (teams, accounts) = (texts("team", TEAMS), texts("1234567890", 200));
    let (services, regions) = (texts("Amazon Service", 40), texts("eu-region", 8));
    let mut numbers = Numbers(7);
    let mut out = ChargeGroups::new(vec!["team".to_owned()]);
    let first: Day = Day::from_epoch_days(20_000);
    let mut pick = |from: &'_ [String]| usize::try_from(numbers.next(from.len() as u64)).unwrap_or(0);
    for number in 0..CHARGES {
        let account = pick(&accounts);
        // A team has some accounts, and a service some regions: charges repeat, as those of bills do.
        let team = (account / 3 + pick(&teams) % 3) % teams.len();
        let service = pick(&services);
        let kind = match number % 50 {
            0 => ChargeKind::Tax,
            1 => ChargeKind::Credit,
            2 => ChargeKind::Unused,
            _ => ChargeKind::Usage,
        };
        let charge = VisibleCharge {
            facets: [
                Some("AWS"),
                Some("999999999999"),
                Some(&accounts[account]),
                Some(&services[service]),
                Some(&regions[service % regions.len()]),
            ],
            kind,
            currency: Currency::USD,
            commitment: (number % 10 == 0).then_some("sp-1"),
            unit: None,
            split: false,
        };
        let day = first.plus(i32::try_from(number % 30).unwrap_or(0));
        let units = i128::from(number % 9_973 + 1) * 10i128.pow(14);
        let amount = Amount::from_units(units).unwrap_or_default();
        let cost = ChargeCost { billed: amount, effective: amount, quantity: None };
        out.add(&charge, [teams[team].as_str()].into_iter(), day, &cost);
    }
    out
}

fn rule(number: usize) -> AllocationRule {
    let team = |n: usize| format!("team-{n}");
    let own = |n: usize| SourceCondition { on: ConditionField::Dimension("team".to_owned()), values: vec![team(n)] };
    let service =
        |n: usize| SourceCondition { on: ConditionField::Facet(Facet::Service), values: vec![format!("*Service-{n}")] };
    let (method, source, charges, targets) = match number % 5 {
        0 => (AllocationMethod::Cost, vec![own(number / 5)], Vec::new(), Vec::new()),
        1 => (AllocationMethod::Even, vec![service(number), own(number + 5)], Vec::new(), vec![team(55), team(56)]),
        2 => (AllocationMethod::Used, vec![service(number)], vec![SharedCharges::UnusedCommitment], Vec::new()),
        3 => (AllocationMethod::Used, vec![service(number)], vec![SharedCharges::Tax], Vec::new()),
        _ => (AllocationMethod::Cost, vec![service(number), own(number + 5)], Vec::new(), vec![team(57), team(58)]),
    };
    AllocationRule {
        name: format!("rule-{number}"),
        dimension: "team".to_owned(),
        source,
        charges,
        targets,
        except: Vec::new(),
        method,
        weigh: if number % 10 == 4 { vec![service(1)] } else { Vec::new() },
        over: if number % 10 == 9 { WeightPeriod::Day } else { WeightPeriod::Month },
        without_weights: WithoutWeights::Unallocated,
        from: None,
        until: None,
    }
}

/// The most memory that the process had, in MiB; `None` where the system does not say.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib >> 10)
}

#[allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a bench measures time and prints it")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let groups = charges();
    let grouped = start.elapsed();
    let plan = AllocationPlan {
        dimension: "team".to_owned(),
        unallocated: "unallocated".to_owned(),
        rules: (0..RULES).map(rule).collect(),
    };
    let input = WeightInput::default();
    let costs = Allocator::new(&plan, &groups, &input)?.allocate()?.costs;
    let all = start.elapsed();
    println!(
        "{CHARGES} charges, {} groups, {RULES} rules, {} costs: grouped in {} ms, allocated in {} ms, together {} ms; at most {} MiB",
        groups.len(),
        costs.len(),
        grouped.as_millis(),
        (all - grouped).as_millis(),
        all.as_millis(),
        peak_memory().map_or("?".to_owned(), |mib| mib.to_string())
    );
    Ok(())
}
