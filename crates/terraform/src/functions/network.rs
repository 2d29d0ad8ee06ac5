//! Functions of network prefixes, of both versions of IP.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tollgate_expression::{EvaluationError, Value};

use super::Answer;
use super::arguments::Arguments;

/// A prefix: its first address as a number, its length, and the bits of an address.
#[derive(Clone, Copy)]
struct Prefix {
    first: u128,
    length: u32,
    bits: u32,
}

impl Prefix {
    fn read(arguments: &Arguments<'_>) -> Result<Self, EvaluationError> {
        let text = arguments.text(0)?;
        let read = || {
            let (address, length) = text.split_once('/')?;
            let length: u32 = length.parse().ok()?;
            let (number, bits) = match address.parse().ok()? {
                IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
                IpAddr::V6(address) => (u128::from(address), 128),
            };
            (length <= bits).then(|| Self { first: number & !hosts(bits - length), length, bits })
        };
        read().ok_or_else(|| arguments.wrong("a prefix such as 10.0.0.0/16"))
    }

    fn address(self, number: u128) -> String {
        match (self.bits, u32::try_from(number)) {
            (32, Ok(number)) => Ipv4Addr::from(number).to_string(),
            _ => Ipv6Addr::from(number).to_string(),
        }
    }

    /// The part of a number within a longer prefix; `None` when there is no such part.
    fn part(self, more: u32, number: u128) -> Option<Self> {
        let length = self.length.checked_add(more).filter(|length| *length <= self.bits)?;
        if more < 128 && number >> more != 0 {
            return None;
        }
        let first = self.first | number.checked_shl(self.bits - length).unwrap_or(0);
        Some(Self { first, length, bits: self.bits })
    }

    fn shown(self) -> String {
        format!("{}/{}", self.address(self.first), self.length)
    }
}

/// A mask of the last bits.
fn hosts(bits: u32) -> u128 {
    1u128.checked_shl(bits).map_or(u128::MAX, |one| one - 1)
}

pub(super) fn cidrhost(arguments: &Arguments<'_>) -> Answer {
    let (prefix, number) = (Prefix::read(arguments)?, arguments.whole(1)?);
    let mask = hosts(prefix.bits - prefix.length);
    let host = u128::from(number.unsigned_abs());
    let host = if number < 0 { (mask + u128::from(mask < u128::MAX)).checked_sub(host) } else { Some(host) };
    let host = host.filter(|host| *host <= mask).ok_or_else(|| arguments.wrong("a host of the prefix"))?;
    Ok(Value::Text(prefix.address(prefix.first | host)))
}

pub(super) fn cidrnetmask(arguments: &Arguments<'_>) -> Answer {
    let prefix = Prefix::read(arguments)?;
    if prefix.bits != 32 {
        return Err(arguments.wrong("a prefix of IPv4"));
    }
    Ok(Value::Text(prefix.address(hosts(32) & !hosts(32 - prefix.length))))
}

pub(super) fn cidrsubnet(arguments: &Arguments<'_>) -> Answer {
    let prefix = Prefix::read(arguments)?;
    let more = u32::try_from(arguments.size(1)?).unwrap_or(u32::MAX);
    let part = prefix.part(more, arguments.size(2)? as u128);
    part.map(|part| Value::Text(part.shown())).ok_or_else(|| arguments.wrong("room for the new bits and the number"))
}

/// `cidrsubnets`: parts one after another, each as long as asked.
pub(super) fn cidrsubnets(arguments: &Arguments<'_>) -> Answer {
    let prefix = Prefix::read(arguments)?;
    let no_room = || arguments.wrong("room for all parts");
    let end = prefix.first | hosts(prefix.bits - prefix.length);
    let mut next = Some(prefix.first);
    let mut out = Vec::new();
    for index in 1..arguments.values.len() {
        let more = u32::try_from(arguments.size(index)?).unwrap_or(u32::MAX);
        let length = prefix.length.checked_add(more).filter(|l| *l <= prefix.bits).ok_or_else(no_room)?;
        let mask = hosts(prefix.bits - length);
        // The next address at which a part of this length may begin.
        let first = next.and_then(|next| next.checked_add(mask)).map(|next| next & !mask).ok_or_else(no_room)?;
        if first | mask > end {
            return Err(no_room());
        }
        out.push(Value::Text(Prefix { first, length, ..prefix }.shown()));
        next = (first | mask).checked_add(1);
    }
    Ok(Value::List(out))
}
