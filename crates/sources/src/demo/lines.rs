//! Charges of the company, day by day.

use serde::Serialize;
use tollgate_model::{
    Amount, BillingPeriod, Charge, ChargeCategory, ChargeClass, ChargePeriod, Column, Currency, Day, Money, Quantity,
};

use super::company::{EC2, LINES, Line, SANDBOX, SINGAPORE, UsagePattern};
use super::noise::{even, normal, number};
use super::{Cloud, Demo};

/// An anomaly in the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KnownAnomaly {
    /// What happened.
    pub what: String,
    /// The provider.
    pub provider: String,
    /// The account, by id.
    pub account: String,
    /// The service.
    pub service: String,
    /// The region.
    pub region: String,
    /// The first day.
    pub start: Day,
    /// The last day; `None` if it lasts until the end.
    pub end: Option<Day>,
}

struct PlantedAnomaly {
    what: &'static str,
    cloud: Cloud,
    meter: &'static str,
    account: &'static str,
    /// The start, in thousandths of the demo's length.
    start: i32,
    days: Option<i32>,
    /// Percent of the usual cost.
    percent: i64,
}

/// Anomalies that change an existing line. They differ by cloud, service, shape and time. The fourth anomaly, `GPU`, is a new line.
const PLANTED: &[PlantedAnomaly] = &[
    PlantedAnomaly {
        what: "a retry loop sends traffic through the NAT gateways",
        cloud: Cloud::Aws,
        meter: "NatGateway-Bytes",
        account: "410000000101",
        start: 380,
        days: Some(3),
        percent: 430,
    },
    PlantedAnomaly {
        what: "a deployment doubles the databases and stays",
        cloud: Cloud::Azure,
        meter: "vCore General Purpose",
        account: "9c4f1a52-3c5e-4d0f-9a38-1f2b6c7d8e01",
        start: 760,
        days: None,
        percent: 190,
    },
    PlantedAnomaly {
        what: "debug logging is left on in production",
        cloud: Cloud::Aws,
        meter: "DataProcessing-Bytes",
        account: "410000000101",
        start: 987,
        days: None,
        percent: 340,
    },
];

/// GPU instances in an otherwise unused region: the start in thousandths, the number of days, the number of instances.
const GPU: (i32, i32, i64) = (620, 6, 4);
const GPU_WHAT: &str = "GPU machines appear in an unused region";
const GPU_METER: &str = "BoxUsage:p4d.24xlarge";
/// Price in millionths of USD an hour.
const GPU_PRICE: i64 = 32_772_600;

/// The savings plan: its daily commitment in whole USD, and its discount in percent.
const PLAN: (&str, i64, i64) = ("arn:aws:savingsplans::410000000001:savingsplan/5d1f0c1e-larkspur", 545, 28);
/// The reservation: the time of its renewal in thousandths, and its price for a year in whole USD. The previous one had the same
/// price.
const RESERVATION: (&str, i32, i64) = ("arn:aws:rds:us-east-1:410000000101:ri:larkspur-checkout", 170, 36_500);

/// The negotiated price of AWS, in percent of the list price.
const NEGOTIATED: i64 = 95;

impl Demo {
    fn at(&self, thousandths: i32) -> Day {
        self.start.plus(self.days * thousandths / 1000)
    }

    fn percent(&self, line: &Line, day: Day) -> i64 {
        let hit = PLANTED.iter().find(|i| {
            let start = self.at(i.start);
            (i.cloud, i.meter, i.account) == (line.cloud, line.meter, line.account.0)
                && day >= start
                && i.days.is_none_or(|days| day < start.plus(days))
        });
        hit.map_or(100, |i| i.percent)
    }
}

pub(super) fn known_anomalies(demo: &Demo) -> Vec<KnownAnomaly> {
    let mut out: Vec<KnownAnomaly> = PLANTED
        .iter()
        .filter_map(|i| {
            let line = LINES.iter().find(|l| (l.cloud, l.meter, l.account.0) == (i.cloud, i.meter, i.account))?;
            let start = demo.at(i.start);
            Some(KnownAnomaly {
                what: i.what.to_owned(),
                provider: line.cloud.provider().to_owned(),
                account: line.account.0.to_owned(),
                service: line.service.0.to_owned(),
                region: line.region.0.to_owned(),
                start,
                end: i.days.map(|d| start.plus(d - 1)),
            })
        })
        .collect();
    let start = demo.at(GPU.0);
    out.push(KnownAnomaly {
        what: GPU_WHAT.to_owned(),
        provider: Cloud::Aws.provider().to_owned(),
        account: SANDBOX.0.to_owned(),
        service: EC2.0.to_owned(),
        region: SINGAPORE.0.to_owned(),
        start,
        end: Some(start.plus(GPU.1 - 1)),
    });
    out.sort_by_key(|t| t.start);
    out
}

pub(super) fn charges(demo: &Demo, cloud: Cloud, period: BillingPeriod, known: Day) -> Vec<Charge> {
    let mut out = Vec::new();
    let range = demo.range();
    for day in period.days().days().filter(|d| range.contains(*d) && *d <= known) {
        // An export of the next morning has 60 % of the last day.
        let seen_percent = if day == known { 60 } else { 100 };
        for (number, line) in LINES.iter().enumerate().filter(|(_, l)| l.cloud == cloud) {
            usage(demo, number as u64, line, day, known, seen_percent, &mut out);
        }
        if cloud == Cloud::Aws {
            gpu(demo, day, seen_percent, &mut out);
            savings_plan(day, &mut out);
        }
        fees(demo, cloud, day, known, &mut out);
    }
    for charge in &mut out {
        // Prices are in the billing currency.
        charge.amounts.insert(Column::PricingCurrencyEffectiveCost, charge.effective_cost);
        if charge.text.contains_key(&Column::ResourceId) {
            charge.text.entry(Column::ResourceType).or_insert_with(|| "Commitment".to_owned());
        }
    }
    out
}

fn usage(demo: &Demo, line_number: u64, line: &Line, day: Day, known: Day, seen_percent: i64, out: &mut Vec<Charge>) {
    if line.pattern == UsagePattern::MonthEnd && !day.is_last_of_month() {
        return;
    }
    let epoch = u64::from(day.epoch_days().unsigned_abs());
    let resources = line.resources.saturating_mul(demo.size).max(1);
    let months = f64::from(day - demo.start) / 30.4;
    let growth = (1.0 + f64::from(i32::try_from(line.growth).unwrap_or(0)) / 1000.0).powf(months);
    let week = if day.weekday() >= 5 { percent(line.weekend) } else { 1.0 };
    let noise = 1.0 + 0.018 * normal(demo.seed, &[1, line_number, epoch]);
    let mut whole = whole(line.cost) * growth * week * noise * percent(demo.percent(line, day)) * percent(seen_percent);
    // The days before the newest one are too low at first: providers restate them.
    if line.meter == "DataTransfer-Out-Bytes" && known - day <= 3 && known - day > 0 {
        whole *= 0.95;
    }
    let shares: Vec<f64> =
        (0..resources).map(|r| 0.6 + 0.8 * even(demo.seed, &[2, line_number, u64::from(r)])).collect();
    let all: f64 = shares.iter().sum();
    for (r, share) in (0u64..).zip(&shares) {
        let jitter = 1.0 + 0.03 * normal(demo.seed, &[3, line_number, r, epoch]);
        let cost = whole * share / all * jitter;
        let quantity = millionths(cost / whole_f(line.price) * 1e6);
        out.push(usage_charge(demo, line_number, line, r, day, quantity));
    }
}

fn usage_charge(demo: &Demo, line_number: u64, line: &Line, resource: u64, day: Day, quantity: i64) -> Charge {
    let contracted_price = if line.cloud == Cloud::Aws { line.price * NEGOTIATED / 100 } else { line.price };
    let list = product(line.price, quantity);
    let contracted = product(contracted_price, quantity);
    let mut charge = base(line.cloud, ChargeCategory::Usage, contracted, day)
        .with(Column::ChargeFrequency, "Usage-Based")
        .with(Column::ChargeDescription, format!("{} in {}", line.meter, line.region.1))
        .with(Column::PricingCategory, "Standard")
        .with_amount(Column::ListCost, list)
        .with_amount(Column::ListUnitPrice, price(line.price))
        .with_amount(Column::ContractedCost, contracted)
        .with_amount(Column::ContractedUnitPrice, price(contracted_price))
        .with_quantity(Column::PricingQuantity, units(quantity))
        .with(Column::PricingUnit, line.unit)
        .with_quantity(Column::ConsumedQuantity, units(quantity))
        .with(Column::ConsumedUnit, line.unit);
    charge = placed(charge, line);
    let id = number(demo.seed, &[4, line_number, resource]);
    charge = resource_of(charge, line, id);
    if let Some(tags) = tags(demo, line, line_number, resource) {
        charge = charge.with(Column::Tags, tags);
    }
    match line.pattern {
        UsagePattern::Committed => {
            // The used part, at the plan's price.
            let committed = product(line.price * (100 - PLAN.2) / 100, quantity);
            charge.billed_cost = Amount::ZERO;
            charge.effective_cost = committed;
            covered(charge, PLAN.0, "Spend", "Savings Plan", "USD", committed)
        }
        UsagePattern::Reserved => {
            // A day's share of the reservation, divided between the resources that it covers.
            let whole = Amount::whole(RESERVATION.2 / 365);
            let share = Amount::from_units(whole.units() / i128::from(line.resources.saturating_mul(demo.size).max(1)))
                .unwrap_or_default();
            charge.billed_cost = Amount::ZERO;
            charge.effective_cost = share;
            let id = if day >= demo.at(RESERVATION.1) {
                RESERVATION.0.to_owned()
            } else {
                format!("{}-before", RESERVATION.0)
            };
            covered(charge, &id, "Usage", "Reserved", "Hours", Amount::whole(24))
        }
        UsagePattern::Steady | UsagePattern::MonthEnd => charge,
    }
}

fn covered(charge: Charge, id: &str, category: &str, kind: &str, unit: &str, quantity: Amount) -> Charge {
    let quantity: Quantity = quantity.round(18).to_string().parse().unwrap_or_default();
    charge
        .with(Column::PricingCategory, "Committed")
        .with(Column::CommitmentDiscountId, id)
        .with(Column::CommitmentDiscountName, id.rsplit(['/', ':']).next().unwrap_or(id))
        .with(Column::CommitmentDiscountCategory, category)
        .with(Column::CommitmentDiscountType, kind)
        .with(Column::CommitmentDiscountStatus, "Used")
        .with(Column::CommitmentDiscountUnit, unit)
        .with_quantity(Column::CommitmentDiscountQuantity, quantity)
}

fn gpu(demo: &Demo, day: Day, seen_percent: i64, out: &mut Vec<Charge>) {
    let start = demo.at(GPU.0);
    if day < start || day >= start.plus(GPU.1) {
        return;
    }
    let line = Line {
        cloud: Cloud::Aws,
        account: SANDBOX,
        team: "research",
        service: EC2,
        region: SINGAPORE,
        meter: GPU_METER,
        unit: "Hours",
        price: GPU_PRICE,
        cost: 0,
        resources: 1,
        weekend: 100,
        growth: 0,
        pattern: UsagePattern::Steady,
    };
    for machine in 0..GPU.2 {
        let hours = 24 * seen_percent * 10_000;
        let mut charge = usage_charge(demo, 900, &line, machine.unsigned_abs(), day, hours);
        charge.text.remove(&Column::Tags);
        out.push(charge);
    }
}

/// The plan is charged daily whether it is used or not. The unused part is a separate charge.
fn savings_plan(day: Day, out: &mut Vec<Charge>) {
    let used = out
        .iter()
        .filter(|c| c.charge_period.day() == day && c.text(Column::CommitmentDiscountId) == Some(PLAN.0))
        .fold(Amount::ZERO, |sum, c| sum.saturating_add(c.effective_cost));
    let committed = used.max(Amount::whole(PLAN.1));
    let purchase = purchase(Cloud::Aws, committed, day, "Recurring", "Savings plan commitment of the day");
    let mut purchase = purchase
        .with(Column::CommitmentDiscountId, PLAN.0)
        .with(Column::CommitmentDiscountName, "larkspur compute")
        .with(Column::CommitmentDiscountCategory, "Spend")
        .with(Column::CommitmentDiscountType, "Savings Plan")
        .with(Column::CommitmentDiscountUnit, "USD")
        .with_quantity(Column::CommitmentDiscountQuantity, committed.round(18).to_string().parse().unwrap_or_default())
        .with(Column::ResourceId, PLAN.0);
    purchase.effective_cost = Amount::ZERO;
    out.push(purchase);
    let unused = committed.saturating_sub(used);
    if unused.is_zero() {
        return;
    }
    let mut rest = base(Cloud::Aws, ChargeCategory::Usage, Amount::ZERO, day)
        .with(Column::ChargeFrequency, "Usage-Based")
        .with(Column::ChargeDescription, "Unused savings plan commitment of the day");
    rest.effective_cost = unused;
    rest = priced_once(rest, unused);
    rest = covered(rest, PLAN.0, "Spend", "Savings Plan", "USD", unused)
        .with(Column::CommitmentDiscountStatus, "Unused")
        .with(Column::ResourceId, PLAN.0)
        .with(Column::ServiceName, "Savings Plans for AWS Compute usage")
        .with(Column::ServiceCategory, "Compute")
        .with(Column::ServiceSubcategory, "Other (Compute)");
    out.push(rest);
}

/// Charges on certain days: support, tax, credits, a refund, a correction, the purchase of the reservation.
fn fees(demo: &Demo, cloud: Cloud, day: Day, known: Day, out: &mut Vec<Charge>) {
    let noise = |salt: u64| even(demo.seed, &[5, salt, u64::from(day.epoch_days().unsigned_abs())]);
    let (support, tax, credit) = match cloud {
        Cloud::Aws => (1_450, 1_620, 500),
        Cloud::Azure => (260, 340, 0),
        Cloud::Google => (0, 180, 250),
    };
    if day.day_of_month() == 1 && support > 0 {
        let charge = purchase(cloud, Amount::whole(support), day, "Recurring", "Support plan of the month");
        out.push(service(charge, "Support", "Management and Governance", "Support"));
    }
    if day.is_last_of_month() {
        let amount = Amount::from_f64(whole(tax) * (0.97 + 0.06 * noise(1))).unwrap_or_default().round(2);
        let mut charge = base(cloud, ChargeCategory::Tax, amount, day)
            .with(Column::ChargeFrequency, "Recurring")
            .with(Column::ChargeDescription, "Sales tax and VAT of the month");
        charge = charge.with_amount(Column::ListCost, amount).with_amount(Column::ContractedCost, amount);
        out.push(service(charge, "Tax", "Other", "Other (Other)"));
    }
    if day.day_of_month() == 3 && credit > 0 {
        let amount = Amount::whole(-credit);
        let charge = base(cloud, ChargeCategory::Credit, amount, day)
            .with(Column::ChargeFrequency, "Recurring")
            .with(Column::ChargeDescription, "Promotional credit of the month");
        let charge = charge.with_amount(Column::ListCost, amount).with_amount(Column::ContractedCost, amount);
        out.push(service(charge, "Credits", "Other", "Other (Other)"));
    }
    if cloud != Cloud::Aws {
        return;
    }
    if day == demo.at(RESERVATION.1) {
        let mut charge = purchase(
            cloud,
            Amount::whole(RESERVATION.2),
            day,
            "One-Time",
            "Reserved database instances, one year, all upfront",
        );
        charge.effective_cost = Amount::ZERO;
        charge.charge_period.end = day.plus(365).first_second();
        let charge = charge
            .with(Column::CommitmentDiscountId, RESERVATION.0)
            .with(Column::CommitmentDiscountName, "larkspur checkout")
            .with(Column::CommitmentDiscountCategory, "Usage")
            .with(Column::CommitmentDiscountType, "Reserved")
            .with(Column::CommitmentDiscountUnit, "Hours")
            .with_quantity(Column::CommitmentDiscountQuantity, Quantity::whole(35_040))
            .with(Column::ResourceId, RESERVATION.0);
        out.push(service(charge, "Amazon Relational Database Service", "Databases", "Relational Databases"));
    }
    // A refund, and a correction of the previous month.
    if day == demo.at(480) {
        let amount = Amount::whole(-320);
        let charge = base(cloud, ChargeCategory::Adjustment, amount, day)
            .with(Column::ChargeFrequency, "One-Time")
            .with(Column::ChargeDescription, "Refund for a service interruption");
        let charge = charge.with_amount(Column::ListCost, amount).with_amount(Column::ContractedCost, amount);
        out.push(service(charge, "Amazon Elastic Compute Cloud", "Compute", "Virtual Machines"));
    }
    if day.day_of_month() == 5 && known >= day && day > demo.start.plus(40) && day < demo.start.plus(80) {
        let amount: Amount = "-87.4125".parse().unwrap_or_default();
        let mut charge = base(cloud, ChargeCategory::Usage, amount, day)
            .with(Column::ChargeFrequency, "Usage-Based")
            .with(Column::ChargeDescription, "Correction of data transfer in the month before");
        charge.class = Some(ChargeClass::Correction);
        charge.charge_period = ChargePeriod::of_day(day.plus(-20));
        let charge = charge
            .with_amount(Column::ListCost, amount)
            .with_amount(Column::ContractedCost, amount)
            .with(Column::PricingCategory, "Standard")
            .with(Column::RegionId, "us-east-1")
            .with(Column::RegionName, "US East (N. Virginia)");
        let charge = charge
            .with(Column::SubAccountId, "410000000101")
            .with(Column::SubAccountName, "larkspur-prod")
            .with(Column::SubAccountType, "Account");
        out.push(service(charge, "Amazon CloudFront", "Networking", "Content Delivery"));
    }
}

fn base(cloud: Cloud, category: ChargeCategory, billed: Amount, day: Day) -> Charge {
    let currency: Currency = cloud.currency().parse().unwrap_or(Currency::UNKNOWN);
    let month = day.month();
    let billing =
        ChargePeriod { start: month.first_day().first_second(), end: month.next().first_day().first_second() };
    let (id, name, kind) = cloud.billing_account();
    Charge::new(category, Money::new(billed, currency), ChargePeriod::of_day(day), billing)
        .with(Column::BillingAccountId, id)
        .with(Column::BillingAccountName, name)
        .with(Column::BillingAccountType, kind)
        .with(Column::InvoiceId, format!("{}-{month}", cloud.name()))
        .with(Column::InvoiceIssuerName, cloud.provider())
        .with(Column::ProviderName, cloud.provider())
        .with(Column::PublisherName, cloud.issuer())
        .with(Column::PricingCurrency, cloud.currency())
}

fn purchase(cloud: Cloud, amount: Amount, day: Day, frequency: &str, what: &str) -> Charge {
    let charge = base(cloud, ChargeCategory::Purchase, amount, day)
        .with(Column::ChargeFrequency, frequency)
        .with(Column::ChargeDescription, what)
        .with(Column::PricingCategory, "Standard");
    let charge = priced_once(charge, amount);
    service(charge, "Savings Plans for AWS Compute usage", "Compute", "Other (Compute)")
}

/// One unit at the whole amount.
fn priced_once(charge: Charge, amount: Amount) -> Charge {
    let sku =
        format!("{:08X}", number(0, &[charge.text(Column::ChargeDescription).map_or(0, |d| d.len() as u64), 77]) >> 32);
    charge
        .with_amount(Column::ListCost, amount)
        .with_amount(Column::ListUnitPrice, amount)
        .with_amount(Column::ContractedCost, amount)
        .with_amount(Column::ContractedUnitPrice, amount)
        .with_quantity(Column::PricingQuantity, Quantity::whole(1))
        .with(Column::PricingUnit, "Units")
        .with(Column::SkuId, sku.clone())
        .with(Column::SkuMeter, "Fee")
        .with(Column::SkuPriceId, format!("{sku}.P1"))
}

fn service(charge: Charge, name: &str, category: &str, subcategory: &str) -> Charge {
    charge
        .with(Column::ServiceName, name)
        .with(Column::ServiceCategory, category)
        .with(Column::ServiceSubcategory, subcategory)
}

fn placed(charge: Charge, line: &Line) -> Charge {
    let sku = format!(
        "{:012X}",
        number(0, &[line.price.unsigned_abs(), line.meter.len() as u64, line.region.0.len() as u64]) >> 16
    );
    service(charge, line.service.0, line.service.1, line.service.2)
        .with(Column::SubAccountId, line.account.0)
        .with(Column::SubAccountName, line.account.1)
        .with(Column::SubAccountType, line.cloud.account_type())
        .with(Column::RegionId, line.region.0)
        .with(Column::RegionName, line.region.1)
        .with(Column::SkuId, sku.clone())
        .with(Column::SkuMeter, line.meter)
        .with(Column::SkuPriceId, format!("{sku}.{}", line.cloud.name()))
}

fn resource_of(charge: Charge, line: &Line, id: u64) -> Charge {
    let short = format!("{id:016x}");
    let (id, kind) = match line.cloud {
        Cloud::Aws => match line.service.0 {
            "Amazon Elastic Compute Cloud" => (format!("i-{short}"), "instance"),
            "Amazon Simple Storage Service" => {
                (format!("arn:aws:s3:::larkspur-{}-{}", line.team, &short[..4]), "bucket")
            }
            _ => (
                format!(
                    "arn:aws:{}:{}:{}:{}",
                    line.meter.to_lowercase().chars().take(6).collect::<String>(),
                    line.region.0,
                    line.account.0,
                    &short[..8]
                ),
                "resource",
            ),
        },
        Cloud::Azure => (
            format!("/subscriptions/{}/resourcegroups/{}/resources/{}", line.account.0, line.team, &short[..8]),
            "resource",
        ),
        Cloud::Google => {
            (format!("//cloud.google.com/projects/{}/resources/{}", line.account.0, &short[..8]), "resource")
        }
    };
    charge
        .with(Column::ResourceId, id)
        .with(Column::ResourceName, format!("{}-{}", line.team, &short[..4]))
        .with(Column::ResourceType, kind)
}

/// Most resources have tags; some have none, and some have different spellings.
fn tags(demo: &Demo, line: &Line, line_number: u64, resource: u64) -> Option<String> {
    let luck = even(demo.seed, &[6, line_number, resource]);
    let environment = match line.account.1 {
        "larkspur-prod" | "eu-prod" | "larkspur-web" | "larkspur-shared" => "production",
        "larkspur-staging" => "staging",
        _ => "development",
    };
    match luck {
        l if l < 0.06 => None,
        l if l < 0.10 => Some(format!(r#"{{"Team":"{}"}}"#, line.team)),
        _ => Some(format!(r#"{{"env":"{environment}","team":"{}"}}"#, line.team)),
    }
}

fn percent(p: i64) -> f64 {
    whole(p) / 100.0
}

fn whole(n: i64) -> f64 {
    whole_f(n)
}

fn whole_f(n: i64) -> f64 {
    n as f64
}

/// Rounds to whole millionths; a day's quantity is far below 2^63 of them.
fn millionths(x: f64) -> i64 {
    (x * 1e6).round() as i64
}

/// A price in millionths times a quantity in millionths, exactly.
fn product(price: i64, quantity: i64) -> Amount {
    Amount::from_units(i128::from(price) * i128::from(quantity) * 10i128.pow(Amount::PLACES - 12)).unwrap_or_default()
}

fn price(millionths: i64) -> Amount {
    Amount::from_units(i128::from(millionths) * 10i128.pow(Amount::PLACES - 6)).unwrap_or_default()
}

fn units(millionths: i64) -> Quantity {
    Quantity::from_units(i128::from(millionths) * 10i128.pow(Quantity::PLACES - 6)).unwrap_or_default()
}
