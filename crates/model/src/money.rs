//! Exact amounts: fixed-point decimals, currencies, and money that refuses to mix them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A decimal with exactly `SCALE` places after the point, held as an integer count of the smallest unit.
///
/// # Valid values
///
/// Up to 38 significant digits, the limit of a Parquet and SQL `DECIMAL(38, SCALE)`: an [`Amount`] goes to just under
/// 10^14, a [`Quantity`] to just under 10^20.
///
/// # Parsing
///
/// Plain (`-12.50`) and scientific (`5.2E-9`) notation. More places than `SCALE` is an error unless the extra digits
/// are zeros: nothing is rounded silently.
///
/// ```
/// use tollgate_model::Amount;
/// let a: Amount = "5.2E-9".parse().unwrap();
/// assert_eq!(a.to_string(), "0.0000000052");
/// assert!("1e-30".parse::<Amount>().is_err());
/// ```
///
/// # Arithmetic
///
/// Addition and subtraction are checked; a sum that leaves the range is an error, never a wrapped number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fixed<const SCALE: u32>(i128);

/// An amount of money without its currency: 24 places, below 10^14 in size.
///
/// Twenty-four places hold every digit that billing exports are known to print (Azure prints up to 22) and still leave
/// room for the yearly spend of a large company in the weakest currencies.
pub type Amount = Fixed<24>;

/// A quantity of usage: 18 places, below 10^20 in size (byte-seconds reach 10^18).
pub type Quantity = Fixed<18>;

/// Why a decimal or a sum is not exact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is not a number.
    #[error("`{0}` is not a number")]
    NotANumber(String),
    /// The number has more decimal places than can be kept.
    #[error("`{0}` has more than {1} decimal places, which cannot be kept exactly")]
    TooPrecise(String, u32),
    /// The number or sum is larger than can be kept.
    #[error("`{0}` is larger than can be kept exactly")]
    TooLarge(String),
    /// Two currencies met in one sum.
    #[error("cannot add {1} to {0}: amounts of different currencies are never summed")]
    CurrencyMismatch(Currency, Currency),
    /// The text is not a currency code.
    #[error("`{0}` is not an ISO 4217 currency code (three capital letters, such as USD)")]
    NotACurrency(String),
}

const LIMIT: i128 = 10i128.pow(38);

const POWERS: [i128; 39] = {
    let mut powers = [1i128; 39];
    let mut i = 1;
    while i < 39 {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

impl<const SCALE: u32> Fixed<SCALE> {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// Places after the point.
    pub const PLACES: u32 = SCALE;
    const UNIT: i128 = 10i128.pow(SCALE);

    /// A whole number.
    pub const fn whole(n: i64) -> Self {
        Self(n as i128 * Self::UNIT)
    }

    /// From a count of the smallest unit, as stored in a `DECIMAL(38, SCALE)` column. `None` outside the range.
    pub const fn from_units(units: i128) -> Option<Self> {
        if units > -LIMIT && units < LIMIT { Some(Self(units)) } else { None }
    }

    /// The count of the smallest unit.
    pub const fn units(self) -> i128 {
        self.0
    }

    /// The sum, or `None` when it leaves the range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(Self::from_units)
    }

    /// The difference, or `None` when it leaves the range.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(Self::from_units)
    }

    /// The sum, held at the edge of the range. For figures that are shown or judged, never for ones that are stored.
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0).clamp(1 - LIMIT, LIMIT - 1))
    }

    /// The difference, held at the edge of the range.
    pub fn saturating_sub(self, other: Self) -> Self {
        self.saturating_add(Self(-other.0))
    }

    /// The amount times `numerator / denominator`, rounded to the nearest smallest unit, halves away from zero. `None` when the
    /// denominator is not above zero or the result leaves the range.
    pub fn ratio(self, numerator: i64, denominator: i64) -> Option<Self> {
        if denominator <= 0 {
            return None;
        }
        let (n, d) = (i128::from(numerator), i128::from(denominator));
        // Whole and rest apart, so that the product stays in range wherever the result does.
        let whole = (self.0 / d).checked_mul(n)?;
        let rest = (self.0 % d).checked_mul(n)?;
        let half = if rest.is_negative() { -d / 2 } else { d / 2 };
        Self::from_units(whole.checked_add((rest + half) / d)?)
    }

    /// The size without its sign.
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether it is exactly zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Rounded half away from zero to `places`, for people.
    pub fn round(self, places: u32) -> Self {
        if places >= SCALE {
            return self;
        }
        let step = 10i128.pow(SCALE - places);
        let half = step / 2 * self.0.signum();
        Self(((self.0 + half) / step * step).clamp(1 - LIMIT, LIMIT - 1))
    }

    /// The nearest `f64`, for analysis. The way back is [`Fixed::from_f64`], which rounds.
    pub fn to_f64(self) -> f64 {
        // Through text: the conversion is then correctly rounded, and no float arithmetic happens here.
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// An estimate that analysis made, rounded to nine places. `None` when it is not finite or out of range.
    pub fn from_f64(x: f64) -> Option<Self> {
        if !x.is_finite() {
            return None;
        }
        Self::parse(format!("{x:.9}").as_bytes()).ok()
    }

    /// The exact value of the shortest decimal that reads back as `x`: what a Parquet `DOUBLE` is taken to mean.
    pub fn from_shortest(x: f64) -> Result<Self, MoneyError> {
        Self::parse(format!("{x:e}").as_bytes())
    }

    /// Parses ASCII `[+-]digits[.digits][(e|E)[+-]digits]`.
    pub fn parse(text: &[u8]) -> Result<Self, MoneyError> {
        Self::parse_short(text).map_or_else(|| Self::parse_any(text), Ok)
    }

    /// The usual case, by word-sized arithmetic: up to 18 digits and no exponent. `None` for everything else.
    fn parse_short(text: &[u8]) -> Option<Self> {
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        if digits.is_empty() || digits.len() > 18 {
            return None;
        }
        let (mut mantissa, mut places, mut point) = (0u64, 0usize, false);
        for c in digits {
            match c {
                b'0'..=b'9' => {
                    mantissa = mantissa * 10 + u64::from(c - b'0');
                    places += usize::from(point);
                }
                b'.' if !point => point = true,
                _ => return None,
            }
        }
        if digits.len() == usize::from(point) {
            return None;
        }
        let factor = POWERS.get((SCALE as usize).checked_sub(places)?)?;
        let units = i128::from(mantissa).checked_mul(*factor)?;
        Self::from_units(if negative { -units } else { units })
    }

    fn parse_any(text: &[u8]) -> Result<Self, MoneyError> {
        let bad = || MoneyError::NotANumber(lossy(text));
        let too_large = || MoneyError::TooLarge(lossy(text));
        let too_precise = || MoneyError::TooPrecise(lossy(text), SCALE);
        let (negative, mut rest) = match text {
            [b'-', r @ ..] => (true, r),
            [b'+', r @ ..] => (false, r),
            r => (false, r),
        };
        let mut mantissa: i128 = 0;
        let mut places: i64 = 0;
        let (mut digits, mut point) = (0u32, false);
        let mut dropped_zeros: i64 = 0;
        while let [c, r @ ..] = rest {
            match c {
                b'0'..=b'9' => {
                    digits += 1;
                    // 10^37 leaves room for one more digit below i128's end.
                    if mantissa >= LIMIT / 10 {
                        if *c != b'0' {
                            return Err(if point { too_precise() } else { too_large() });
                        }
                        dropped_zeros += i64::from(!point);
                    } else {
                        mantissa = mantissa * 10 + i128::from(c - b'0');
                        places += i64::from(point);
                    }
                }
                b'.' if !point => point = true,
                b'e' | b'E' if digits > 0 => break,
                _ => return Err(bad()),
            }
            rest = r;
        }
        if digits == 0 {
            return Err(bad());
        }
        if let [_, exponent @ ..] = rest {
            let exponent = std::str::from_utf8(exponent).ok().and_then(|e| e.parse::<i32>().ok()).ok_or_else(bad)?;
            places -= i64::from(exponent);
        }
        places -= dropped_zeros;
        if mantissa == 0 {
            return Ok(Self(0));
        }
        let shift = i64::from(SCALE) - places;
        let units = if shift >= 0 {
            let factor = u32::try_from(shift).ok().and_then(|s| 10i128.checked_pow(s)).ok_or_else(too_large)?;
            mantissa.checked_mul(factor).ok_or_else(too_large)?
        } else {
            let divisor = u32::try_from(-shift).ok().and_then(|s| 10i128.checked_pow(s)).ok_or_else(too_precise)?;
            if mantissa % divisor != 0 {
                return Err(too_precise());
            }
            mantissa / divisor
        };
        Self::from_units(if negative { -units } else { units }).ok_or_else(too_large)
    }
}

fn lossy(text: &[u8]) -> String {
    let mut s = String::from_utf8_lossy(text).into_owned();
    if let Some((cut, _)) = s.char_indices().nth(60) {
        s.truncate(cut);
        s.push('…');
    }
    s
}

impl<const SCALE: u32> FromStr for Fixed<SCALE> {
    type Err = MoneyError;
    fn from_str(s: &str) -> Result<Self, MoneyError> {
        Self::parse(s.as_bytes())
    }
}

impl<const SCALE: u32> fmt::Display for Fixed<SCALE> {
    /// Without trailing zeros; with a precision (`{:.2}`), rounded half away from zero to it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, keep) = match f.precision() {
            Some(p) => (self.round(u32::try_from(p).unwrap_or(SCALE)), p.min(SCALE as usize)),
            None => (*self, 0),
        };
        let units = value.0.unsigned_abs();
        let whole = units / Self::UNIT.unsigned_abs();
        let fraction = units % Self::UNIT.unsigned_abs();
        let mut digits = format!("{fraction:0width$}", width = SCALE as usize);
        let wanted = digits.trim_end_matches('0').len().max(keep);
        digits.truncate(wanted);
        let text = if digits.is_empty() { whole.to_string() } else { format!("{whole}.{digits}") };
        f.pad_integral(value.0 >= 0, "", &text)
    }
}

impl<const SCALE: u32> Serialize for Fixed<SCALE> {
    /// As a string: JSON numbers are floats to most readers.
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de, const SCALE: u32> Deserialize<'de> for Fixed<SCALE> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An ISO 4217 currency code.
///
/// # Valid values
///
/// Three capital ASCII letters. [`Currency::UNKNOWN`] is `XXX`, the standard's own code for "no currency": charges whose
/// export names none carry it, and are never added to charges that name one.
///
/// ```
/// use tollgate_model::Currency;
/// assert!("EUR".parse::<Currency>().is_ok());
/// assert!("eur".parse::<Currency>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// `XXX`: the export does not say.
    pub const UNKNOWN: Self = Self(*b"XXX");
    /// United States dollar.
    pub const USD: Self = Self(*b"USD");

    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Whether the currency is known.
    pub fn is_known(self) -> bool {
        self != Self::UNKNOWN
    }

    /// Places that people expect after the point: the minor unit of ISO 4217.
    pub fn minor_places(self) -> usize {
        match &self.0 {
            b"JPY" | b"KRW" | b"VND" | b"CLP" | b"ISK" | b"XAF" | b"XOF" | b"PYG" | b"UGX" => 0,
            b"BHD" | b"KWD" | b"OMR" | b"JOD" | b"TND" | b"IQD" | b"LYD" => 3,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(s: &str) -> Result<Self, MoneyError> {
        match <[u8; 3]>::try_from(s.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(MoneyError::NotACurrency(lossy(s.as_bytes()))),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An exact amount in one currency.
///
/// Adding two currencies is an error, never a conversion:
///
/// ```
/// use tollgate_model::{Amount, Currency, Money};
/// let usd = Money::new(Amount::whole(5), Currency::USD);
/// let eur = Money::new(Amount::whole(5), "EUR".parse().unwrap());
/// assert!(usd.checked_add(eur).is_err());
/// assert_eq!(usd.to_string(), "5.00 USD");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount.
    pub amount: Amount,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// An amount of a currency.
    pub const fn new(amount: Amount, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// The sum. Errors when the currencies differ or the sum leaves the range.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch(self.currency, other.currency));
        }
        let amount = self
            .amount
            .checked_add(other.amount)
            .ok_or_else(|| MoneyError::TooLarge(format!("{} + {}", self.amount, other.amount)))?;
        Ok(Self { amount, ..self })
    }
}

impl fmt::Display for Money {
    /// Rounded to the currency's minor unit, thousands apart: `1,234.50 USD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{} {}", grouped(self.amount, self.currency.minor_places()), self.currency);
        f.pad(&text)
    }
}

/// `-1234567.5` with two places as `-1,234,567.50`.
pub fn grouped(amount: Amount, places: usize) -> String {
    let text = format!("{amount:.places$}");
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |d| ("-", d));
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = String::from(sign);
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    if sign == "-" && out[1..].chars().chain(fraction.chars()).all(|c| matches!(c, '0' | '.' | ',')) {
        out.remove(0);
    }
    out + fraction
}

/// Sums by currency: a total of amounts in several currencies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Totals(BTreeMap<Currency, Amount>);

impl Totals {
    /// Adds one amount. Errors when the sum leaves the range.
    pub fn add(&mut self, money: Money) -> Result<(), MoneyError> {
        let sum = self.0.entry(money.currency).or_default();
        *sum =
            sum.checked_add(money.amount).ok_or_else(|| MoneyError::TooLarge(format!("{sum} + {}", money.amount)))?;
        Ok(())
    }

    /// Adds every sum of another.
    pub fn merge(&mut self, other: &Self) -> Result<(), MoneyError> {
        other.iter().try_for_each(|m| self.add(m))
    }

    /// The sum in one currency: zero when nothing was added in it.
    pub fn get(&self, currency: Currency) -> Amount {
        self.0.get(&currency).copied().unwrap_or_default()
    }

    /// The sums, by code.
    pub fn iter(&self) -> impl Iterator<Item = Money> + '_ {
        self.0.iter().map(|(c, a)| Money::new(*a, *c))
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// This minus another, currency by currency, zeros left out.
    pub fn minus(&self, other: &Self) -> Self {
        let mut out = self.0.clone();
        for (c, a) in &other.0 {
            let sum = out.entry(*c).or_default();
            *sum = sum.saturating_sub(*a);
        }
        out.retain(|_, a| !a.is_zero());
        Self(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn a(s: &str) -> Amount {
        s.parse().unwrap()
    }

    #[test]
    fn a_ratio_is_rounded_to_the_nearest_unit() {
        assert_eq!(a("10").ratio(1, 3).unwrap().to_string(), "3.333333333333333333333333");
        assert_eq!(a("-10").ratio(2, 3).unwrap().to_string(), "-6.666666666666666666666667");
        assert_eq!(a("123.45").ratio(1_083_200_000, 1_000_000_000).unwrap(), a("133.72104"));
        assert_eq!(a("1").ratio(1, 0), None);
        assert_eq!(a("99999999999999").ratio(i64::MAX, 1), None);
    }

    #[test]
    fn every_notation_of_the_corpus_parses_exactly() {
        for (text, shown) in [
            ("0.00000080000", "0.0000008"),
            ("5.64902E-05", "0.0000564902"),
            ("-12.50", "-12.5"),
            ("+1", "1"),
            ("1e3", "1000"),
            (".5", "0.5"),
            ("0e-99", "0"),
            ("99999999999999.999999999999999999999999", "99999999999999.999999999999999999999999"),
            ("10000000000000000000000000000000000000000e-39", "10"),
            ("0.50000000000000000000000000000000000000000000000", "0.5"),
        ] {
            assert_eq!(a(text).to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_exact_is_refused() {
        for text in ["1e-25", "1e14", "1.0000000000000000000000001", "1e999999999", "1e-999999999"] {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
        for text in ["", "-", ".", "1,000", "NaN", "inf", "1e", "e5", "0x1", "1.2.3", "１"] {
            assert!(matches!(text.parse::<Amount>(), Err(MoneyError::NotANumber(_))), "{text}");
        }
    }

    #[test]
    fn rounding_for_people_is_half_away_from_zero() {
        assert_eq!(format!("{:.2}", a("2.345")), "2.35");
        assert_eq!(format!("{:.2}", a("-2.345")), "-2.35");
        assert_eq!(format!("{:.2}", a("2")), "2.00");
        assert_eq!(grouped(a("-0.001"), 2), "0.00");
        assert_eq!(grouped(a("1234567.891"), 2), "1,234,567.89");
        assert_eq!(Money::new(a("1234"), "JPY".parse().unwrap()).to_string(), "1,234 JPY");
    }

    #[test]
    fn a_double_means_its_shortest_decimal() {
        assert_eq!(Amount::from_shortest(0.1 + 0.2).unwrap().to_string(), "0.30000000000000004");
        assert!(Amount::from_shortest(f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn printing_and_parsing_are_inverse(units in -(LIMIT - 1)..LIMIT) {
            let x = Amount::from_units(units).unwrap();
            prop_assert_eq!(x.to_string().parse::<Amount>().unwrap(), x);
        }

        #[test]
        fn both_ways_of_parsing_agree(text in "-?[0-9]{0,12}\\.?[0-9]{0,8}") {
            if let Some(short) = Amount::parse_short(text.as_bytes()) {
                prop_assert_eq!(Amount::parse_any(text.as_bytes()), Ok(short));
            }
        }

        #[test]
        fn parsing_never_panics(text in ".{0,60}") {
            let _ = text.parse::<Amount>();
            let _ = text.parse::<Currency>();
        }

        #[test]
        fn sums_do_not_depend_on_order(mut xs in proptest::collection::vec(-(10i128.pow(36))..10i128.pow(36), 0..20)) {
            let sum = |v: &[i128]| v.iter().fold(Amount::ZERO, |s, u| s.checked_add(Amount::from_units(*u).unwrap()).unwrap());
            let one = sum(&xs);
            xs.reverse();
            prop_assert_eq!(one, sum(&xs));
        }
    }
}
