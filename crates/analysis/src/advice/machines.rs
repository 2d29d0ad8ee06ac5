//! Instance types: their vCPUs and memory, and their smaller sizes and successors.
//!
//! Source: instance types as Amazon EC2 describes them, and "Previous generation instances" of aws.amazon.com/ec2. Read 2026-11-21.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// An instance type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Machine {
    pub(super) name: &'static str,
    pub(super) vcpu: u32,
    pub(super) memory_mib: u32,
    pub(super) architecture: &'static str,
    pub(super) burstable: bool,
    pub(super) spot: bool,
}

const TABLE: &str = include_str!("../../data/machines.tsv");

fn table() -> &'static BTreeMap<&'static str, Machine> {
    static TYPES: OnceLock<BTreeMap<&'static str, Machine>> = OnceLock::new();
    TYPES.get_or_init(|| TABLE.lines().filter(|l| !l.starts_with('#')).filter_map(read).map(|m| (m.name, m)).collect())
}

fn read(line: &'static str) -> Option<Machine> {
    let mut cells = line.split('\t');
    let mut next = || cells.next();
    Some(Machine {
        name: next()?,
        vcpu: next()?.parse().ok()?,
        memory_mib: next()?.parse().ok()?,
        architecture: next()?,
        burstable: next()? == "1",
        spot: next()? == "1",
    })
}

/// An instance type by its name; an RDS class by its underlying type.
pub(super) fn find_machine(name: &str) -> Option<Machine> {
    table().get(name.strip_prefix("db.").unwrap_or(name)).copied()
}

/// Smaller types of the same family, largest first.
pub(super) fn smaller_types(than: Machine) -> impl Iterator<Item = Machine> {
    let family = than.name.split_once('.').map_or("", |(family, _)| family);
    let mut out: Vec<Machine> = table()
        .values()
        .filter(|m| m.name.split_once('.').is_some_and(|(f, size)| f == family && !size.contains("metal")))
        .filter(|m| m.vcpu <= than.vcpu && m.memory_mib < than.memory_mib)
        .copied()
        .collect();
    out.sort_by_key(|m| std::cmp::Reverse((m.memory_mib, m.vcpu)));
    out.into_iter()
}

/// Families that have a successor with the same sizes and the same architecture.
const SUCCESSORS: &[(&str, &str)] = &[
    ("c1", "c5"),
    ("c3", "c5"),
    ("c4", "c5"),
    ("d2", "d3"),
    ("i2", "i3"),
    ("m1", "m5"),
    ("m2", "r5"),
    ("m3", "m5"),
    ("m4", "m5"),
    ("r3", "r5"),
    ("r4", "r5"),
    ("t2", "t3"),
];

/// The same size of the successor family, if it has at least as many vCPUs and as much memory.
pub(super) fn successor(of: &str) -> Option<Machine> {
    let prefix = if of.starts_with("db.") { "db." } else { "" };
    let (family, size) = of.strip_prefix(prefix)?.split_once('.')?;
    let (_, next) = SUCCESSORS.iter().find(|(old, _)| *old == family)?;
    let (now, then) = (find_machine(of)?, find_machine(&format!("{next}.{size}"))?);
    // Older types support two architectures, such as `i386/x86_64`.
    let same = now.architecture.split('/').any(|a| a == then.architecture);
    let enough = then.vcpu >= now.vcpu && then.memory_mib >= now.memory_mib && same;
    enough.then_some(then)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_a_family_are_known() {
        let large = find_machine("m5.2xlarge").unwrap();
        assert_eq!((large.vcpu, large.memory_mib, large.architecture, large.burstable), (8, 32_768, "x86_64", false));
        let names: Vec<&str> = smaller_types(large).map(|m| m.name).collect();
        assert_eq!(names, ["m5.xlarge", "m5.large"]);
        assert_eq!(find_machine("db.r5.large").map(|m| m.memory_mib), Some(16_384));
        assert_eq!(find_machine("m5.enormous"), None);
    }

    #[test]
    fn a_successor_has_at_least_as_much() {
        assert_eq!(successor("m4.large").map(|m| m.name), Some("m5.large"));
        assert_eq!(successor("db.t2.medium").map(|m| m.name), Some("t3.medium"));
        assert_eq!(successor("m5.large"), None);
        for (old, _) in SUCCESSORS {
            for m in table().values().filter(|m| m.name.split_once('.').is_some_and(|(f, _)| f == *old)) {
                if let Some(next) = successor(m.name) {
                    assert!(next.memory_mib >= m.memory_mib && next.vcpu >= m.vcpu, "{} -> {}", m.name, next.name);
                }
            }
        }
    }
}
