//! Cost series with labelled events, generated from a seed: typical patterns of cloud bills, and anomalies in them.

use tollgate_model::{Day, DayRange};

/// An event, by the number of its series and of its days.
pub(crate) struct Event {
    pub(crate) series: usize,
    pub(crate) drift: bool,
    /// A spike of a quarter in noise of at most two percent, which must always be found.
    pub(crate) quarter: bool,
    pub(crate) start: usize,
    /// The last day on which finding it counts.
    pub(crate) by: usize,
    /// The last day on which it may cause an alert.
    pub(crate) mask: usize,
}

pub(crate) struct Labelled {
    pub(crate) start: Day,
    /// Daily values without known charges; the last three are provisional.
    pub(crate) values: Vec<Vec<f64>>,
    /// The values after them.
    pub(crate) future: Vec<Vec<f64>>,
    pub(crate) events: Vec<Event>,
    /// Days with known charges, by series.
    pub(crate) known: Vec<Vec<usize>>,
}

impl Labelled {
    pub(crate) fn days(&self) -> usize {
        self.values.first().map_or(0, Vec::len)
    }

    pub(crate) fn ahead(&self) -> usize {
        self.future.first().map_or(0, Vec::len)
    }

    pub(crate) fn start_minutes(&self) -> i64 {
        i64::from(self.start.epoch_days()) * 1440
    }

    pub(crate) fn first(&self, count: usize) -> Self {
        let count = count.min(self.values.len());
        let events = self.events.iter().filter(|e| e.series < count);
        Self {
            start: self.start,
            values: self.values[..count].to_vec(),
            future: self.future[..count].to_vec(),
            events: events.map(|e| Event { ..*e }).collect(),
            known: self.known[..count].to_vec(),
        }
    }
}

/// The composition of a set.
#[derive(Clone, Copy)]
pub(crate) struct Mix {
    /// Noise as a share of cost: from, to.
    pub(crate) noise: (f64, f64),
    /// Series of ten that have an event.
    pub(crate) events: f64,
}

impl Mix {
    pub(crate) const USUAL: Self = Self { noise: (0.008, 0.09), events: 7.0 };
    pub(crate) const NOISY: Self = Self { noise: (0.03, 0.2), events: 7.0 };
    pub(crate) const QUIET: Self = Self { noise: (0.003, 0.03), events: 7.0 };
}

/// SplitMix64: Steele, Lea and Flood, 2014. A bench needs no more.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.unit()
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap_or(0)
    }

    fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Box and Muller, 1958.
    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().max(1e-300).ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }
}

pub(crate) fn float(n: usize) -> f64 {
    n as f64
}

/// Days before the first event.
const WARM: usize = 160;

pub(crate) fn make(seed: u64, count: usize, days: usize, ahead: usize, mix: Mix) -> Labelled {
    let start: Day = "2025-03-01".parse().unwrap();
    let mut out = Labelled { start, values: vec![], future: vec![], events: vec![], known: vec![vec![]; count] };
    for series in 0..count {
        let mut random = Random(seed.wrapping_mul(1_000_003).wrapping_add(series as u64));
        let (mut values, events) = one(series, &mut random, start, days, ahead, mix);
        let future = values.split_off(days);
        for (back, value) in values.iter_mut().rev().take(3).enumerate() {
            *value *= [0.5, 0.9, 0.98][back];
        }
        out.values.push(values);
        out.future.push(future);
        out.events.extend(events);
    }
    out
}

/// The patterns of a service: its week, its month, and whether it is idle.
struct Service {
    week: [f64; 7],
    first_of_month: f64,
    month_end: f64,
    /// The share of days with a cost.
    busy: f64,
}

impl Service {
    fn draw(random: &mut Random) -> Self {
        let mut out = Self { week: [1.0; 7], first_of_month: 0.0, month_end: 0.0, busy: 1.0 };
        match random.below(10) {
            0..=3 => out.week[5..].fill(random.between(0.9, 1.05)),
            4 | 5 => out.week[5..].fill(random.between(0.1, 0.6)),
            6 => out.week.iter_mut().for_each(|w| *w = random.between(0.8, 1.3)),
            7 => out.week[random.below(7)] = random.between(1.5, 3.0),
            8 => out.first_of_month = random.between(2.0, 60.0),
            _ => out.busy = random.between(0.06, 0.35),
        }
        match random.below(6) {
            0 => out.first_of_month += random.between(0.2, 2.0),
            1 => out.month_end = random.between(0.1, 0.3),
            _ => {}
        }
        out
    }
}

fn one(series: usize, random: &mut Random, start: Day, days: usize, ahead: usize, mix: Mix) -> (Vec<f64>, Vec<Event>) {
    let service = Service::draw(random);
    let level = (3.5 + 1.7 * random.normal()).clamp(-1.0, 10.0).exp();
    let noise = (mix.noise.0.ln() + random.unit() * (mix.noise.1 / mix.noise.0).ln()).exp();
    let memory = if random.chance(0.4) { random.between(0.2, 0.7) } else { 0.0 };
    let growth = 0.0006 * random.normal();
    let step = (random.chance(0.5)).then(|| (20 + random.below(days - 40), random.between(-0.08, 0.08)));
    let idle = service.busy < 1.0;
    let noise = if idle { random.between(0.2, 0.5) } else { noise };
    let mut carried = 0.0;
    let mut values: Vec<f64> = (0..days + ahead)
        .map(|i| {
            let day = start.plus(i32::try_from(i).unwrap());
            let left = DayRange { start: day, end: day.month().days().end }.len();
            carried = memory * carried + (1.0 - memory * memory).sqrt() * random.normal();
            let moved = step.map_or(1.0, |(at, by)| if i >= at { 1.0 + by } else { 1.0 });
            let month = 1.0 + if left <= 2 { service.month_end } else { 0.0 };
            let fee = if day.day_of_month() == 1 { service.first_of_month } else { 0.0 };
            let usual = (service.week[day.weekday()] * month + fee) * (growth * float(i)).exp() * moved;
            let on = f64::from(u8::from(random.chance(service.busy)));
            level * usual * on * (noise * carried - noise * noise / 2.0).exp()
        })
        .collect();
    let mut events = Vec::new();
    if random.chance(mix.events / 10.0) {
        let at = WARM + random.below(days - WARM - 60);
        events.push(event(series, random, &mut values, at, (days, noise, level), idle));
    }
    (values, events)
}

fn event(
    series: usize,
    random: &mut Random,
    values: &mut [f64],
    at: usize,
    (days, noise, level): (usize, f64, f64),
    idle: bool,
) -> Event {
    let kind = if idle { 4 } else { random.below(8) };
    let length = 1 + random.below(3);
    let mut event =
        Event { series, drift: false, quarter: false, start: at, by: at + length + 1, mask: at + length + 1 };
    let mut gain = |from: usize, to: usize, by: &dyn Fn(usize) -> f64| {
        let to = to.min(values.len());
        values[from..to].iter_mut().enumerate().for_each(|(i, v)| *v *= by(i));
    };
    match kind {
        0 | 1 => {
            event.quarter = noise <= 0.02;
            gain(at, at + length, &|_| 1.25);
        }
        2 => gain(at, at + length, &|_| 1.5),
        3 => gain(at, at + length, &|_| 2.0),
        4 if idle => {
            let size = level * random.between(6.0, 20.0);
            values[at..at + length].iter_mut().for_each(|v| *v = v.max(size));
        }
        4 => {
            let by = 1.0 - random.between(0.4, 1.0);
            let length = 2 + random.below(8);
            (event.by, event.mask) = (at + length + 1, at + length + 1);
            gain(at, at + length, &|_| by);
        }
        5 => {
            let by = 1.0 + random.between(0.2, 0.8);
            (event.by, event.mask) = (at + 16, (at + 42).min(days - 1));
            gain(at, usize::MAX, &|_| by);
        }
        6 => {
            let (by, length) = (random.between(0.4, 1.2), 14 + random.below(21));
            event.drift = true;
            (event.by, event.mask) = (at + length + 1, (at + length + 42).min(days - 1));
            gain(at, usize::MAX, &|i| 1.0 + by * (float(i + 1) / float(length)).min(1.0));
        }
        _ => {
            (event.by, event.mask) = (at + 9, (at + 42).min(days - 1));
            values[..at].fill(0.0);
        }
    }
    event
}
