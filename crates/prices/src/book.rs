//! A price book: text with the unit price of each key by region, with its source and date.
//!
//! The book consists of lines sorted by key, so that a lookup is a binary search over text that is never copied:
//!
//! ```text
//! tollgate-prices 1 USD
//! source  0  2025-03-02  Apache Libcloud: hourly prices of virtual machines
//! price   aws/vm/linux/m5.large  hours  0  eu-west-1=0.107  us-east-1=0.096
//! ```
//!
//! The price of a region is one number; `0.136|0.145` are several prices under the same name; `0@0.09;10240@0.085` are tiers,
//! each from a quantity on. No price is zero: a price that is zero or missing in the source is not in the book.

use std::fmt::Write as _;
use std::io::Read;
use std::ops::Range;

use tollgate_model::{Amount, Currency, Day, Quantity};

use crate::number::Span;

/// The first word of every book.
const MAGIC: &str = "tollgate-prices";
/// The largest book, unpacked: the full lists of all supported services are 40 MB.
const LIMIT: u64 = 256 << 20;

/// Why a book cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// It cannot be unpacked.
    #[error("cannot be unpacked: {0}")]
    Gzip(#[from] std::io::Error),
    /// It is not a price book.
    #[error("is not a price book: its first line is not `{MAGIC} 1 USD`")]
    NoBook,
    /// A line is invalid.
    #[error("line {line}: {what}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// It is too long.
    #[error("is longer than {} MB unpacked", LIMIT >> 20)]
    TooLong,
}

/// The source of a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceSource {
    /// The day of the price.
    pub date: Day,
    /// Its name.
    pub name: String,
}

/// A tier of a price: the unit price from a quantity on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceTier {
    /// The quantity at which the tier begins.
    pub from: Quantity,
    /// The unit price.
    pub each: Span<Amount>,
}

/// A line of the book for one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPrice<'b> {
    /// Its tiers, the first from zero on.
    pub steps: Vec<PriceTier>,
    /// Whether the source has several prices under the same name.
    pub several: bool,
    /// Its source.
    pub source: &'b PriceSource,
    /// The region.
    pub region: &'b str,
}

/// Prices in one currency, with their sources.
#[derive(Debug)]
pub struct Book {
    text: String,
    /// The lines of prices, in order.
    lines: Vec<Range<usize>>,
    sources: Vec<PriceSource>,
    currency: Currency,
}

impl Book {
    /// Unpacks and reads a book.
    ///
    /// # Errors
    ///
    /// With the invalid line.
    pub fn unpack(bytes: &[u8]) -> Result<Self, BookError> {
        let mut text = String::new();
        flate2::read::GzDecoder::new(bytes).take(LIMIT + 1).read_to_string(&mut text)?;
        if text.len() as u64 > LIMIT {
            return Err(BookError::TooLong);
        }
        Self::read(text)
    }

    /// Reads a book. Prices are parsed on lookup.
    ///
    /// # Errors
    ///
    /// With the invalid line.
    pub fn read(text: String) -> Result<Self, BookError> {
        let currency = text
            .lines()
            .next()
            .and_then(|first| first.strip_prefix(MAGIC)?.strip_prefix(" 1 ")?.trim().parse::<Currency>().ok())
            .ok_or(BookError::NoBook)?;
        let (mut lines, mut sources, mut start) = (Vec::new(), Vec::new(), 0);
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let at = start..start + line.trim_end().len();
            start += line.len();
            let wrong = |what: &str| BookError::Line { line: number + 1, what: what.to_owned() };
            match line.trim_end().split('\t').collect::<Vec<_>>().as_slice() {
                _ if number == 0 => {}
                [""] => {}
                ["source", n, date, name] if n.parse() == Ok(sources.len()) => {
                    let date = date.parse().map_err(|_| wrong("the day of a source is not written as 2026-11-21"))?;
                    sources.push(PriceSource { date, name: (*name).to_owned() });
                }
                ["price", key, _, source, _, ..] => {
                    if !source.parse::<usize>().is_ok_and(|n| n < sources.len()) {
                        return Err(wrong("names a source that does not exist"));
                    }
                    let before = lines.last().map(|r: &Range<usize>| key_of(&text[r.clone()]));
                    if before.is_some_and(|before| before > *key) {
                        return Err(wrong("is not in order"));
                    }
                    lines.push(at);
                }
                _ => return Err(wrong("is neither a source nor a price")),
            }
        }
        Ok(Self { text, lines, sources, currency })
    }

    /// Returns the currency of every price.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Returns the sources of the prices.
    pub fn sources(&self) -> &[PriceSource] {
        &self.sources
    }

    /// Returns the number of price lines.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Returns whether there are no prices.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Returns the prices of a key in a unit, by region.
    pub fn find<'b>(&'b self, key: &str, unit: &str) -> impl Iterator<Item = ListedPrice<'b>> + use<'b> {
        let from = self.lines.partition_point(|line| key_of(&self.text[line.clone()]) < key);
        let of_key = self.lines[from..].iter().map(|line| &self.text[line.clone()]);
        let (key, unit) = (key.to_owned(), unit.to_owned());
        of_key
            .take_while(move |line| key_of(line) == key)
            .filter(move |line| line.split('\t').nth(2) == Some(&*unit))
            .flat_map(|line| self.regions(line))
    }

    /// Returns the units in which a key has a price.
    pub fn units<'b>(&'b self, key: &str) -> impl Iterator<Item = &'b str> + use<'b> {
        let from = self.lines.partition_point(|line| key_of(&self.text[line.clone()]) < key);
        let key = key.to_owned();
        let of_key = self.lines[from..].iter().map(|line| &self.text[line.clone()]);
        of_key.take_while(move |line| key_of(line) == key).filter_map(|line| line.split('\t').nth(2))
    }

    /// Returns the keys with a prefix, in order.
    pub fn keys<'b>(&'b self, prefix: &str) -> impl Iterator<Item = &'b str> + use<'b> {
        let from = self.lines.partition_point(|line| key_of(&self.text[line.clone()]) < prefix);
        let prefix = prefix.to_owned();
        self.lines[from..]
            .iter()
            .map(|line| key_of(&self.text[line.clone()]))
            .take_while(move |k| k.starts_with(&prefix))
    }

    /// Returns the prices of two regions, of every key with a prefix that has exactly one in each.
    pub(crate) fn pairs(&self, prefix: &str, unit: &str, from: &str, to: &str) -> Vec<(Amount, Amount)> {
        let fields = [format!("\t{from}="), format!("\t{to}=")];
        // Only two fields of a line are read: a line has dozens of regions.
        let price = |line: &str, field: &str| {
            let at = line.find(field)? + field.len();
            line.get(at..)?.split('\t').next()?.parse::<Amount>().ok().filter(|a| *a > Amount::ZERO)
        };
        let start = self.lines.partition_point(|line| key_of(&self.text[line.clone()]) < prefix);
        let lines = self.lines[start..].iter().map(|line| &self.text[line.clone()]);
        let mut found: Vec<(&str, [Option<Amount>; 2])> = Vec::new();
        for line in lines.take_while(|line| key_of(line).starts_with(prefix)) {
            if line.split('\t').nth(2) != Some(unit) {
                continue;
            }
            if found.last().is_none_or(|(key, _)| *key != key_of(line)) {
                found.push((key_of(line), [None, None]));
            }
            if let Some((_, prices)) = found.last_mut() {
                for (known, field) in prices.iter_mut().zip(&fields) {
                    *known = known.or_else(|| price(line, field));
                }
            }
        }
        found.into_iter().filter_map(|(_, [from, to])| from.zip(to)).collect()
    }

    fn regions<'b>(&'b self, line: &'b str) -> impl Iterator<Item = ListedPrice<'b>> + use<'b> {
        let source = line.split('\t').nth(3).and_then(|n| self.sources.get(n.parse::<usize>().ok()?));
        line.split('\t').skip(4).filter_map(move |field| {
            let (region, prices) = field.split_once('=')?;
            let (steps, several) = steps(prices)?;
            Some(ListedPrice { steps, several, source: source?, region })
        })
    }
}

fn key_of(line: &str) -> &str {
    line.split('\t').nth(1).unwrap_or_default()
}

/// Parses prices; `None` when they are invalid or one is not above zero.
fn steps(text: &str) -> Option<(Vec<PriceTier>, bool)> {
    let mut several = false;
    let mut out = Vec::new();
    for part in text.split(';') {
        let (from, prices) = part.split_once('@').unwrap_or(("0", part));
        let mut prices = prices.split('|').map(|p| p.parse::<Amount>().ok().filter(|a| *a > Amount::ZERO));
        let first = prices.next()??;
        let mut each = Span::exactly(first);
        for price in prices {
            let price = price?;
            several = true;
            each = Span { low: each.low.min(price), likely: first, high: each.high.max(price) };
        }
        out.push(PriceTier { from: from.parse().ok()?, each });
    }
    // A quantity below the first tier gets the price of the first tier.
    out.first_mut()?.from = Quantity::ZERO;
    out.is_sorted_by(|a, b| a.from < b.from).then_some((out, several))
}

/// Writes a book.
#[derive(Debug)]
pub struct BookWriter {
    currency: Currency,
    sources: Vec<PriceSource>,
    /// Prices by key, unit and source, each with its regions.
    lines: std::collections::BTreeMap<(String, String, usize), std::collections::BTreeMap<String, String>>,
}

impl BookWriter {
    /// Creates an empty book.
    pub fn new(currency: Currency) -> Self {
        Self { currency, sources: Vec::new(), lines: std::collections::BTreeMap::new() }
    }

    /// Adds a source; returns its number.
    pub fn source(&mut self, date: Day, name: &str) -> usize {
        let source = PriceSource { date, name: name.replace(['\t', '\n'], " ") };
        let known = self.sources.iter().position(|s| *s == source);
        known.unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        })
    }

    /// Adds a price in the format of the book. Returns whether it was added: a price that is zero or invalid is not.
    pub fn price(&mut self, key: &str, unit: &str, source: usize, region: &str, text: &str) -> bool {
        let clean = |s: &str| !s.is_empty() && !s.contains(['\t', '\n', '\r', '=']);
        if steps(text).is_none() || !clean(key) || !clean(unit) || !clean(region) || source >= self.sources.len() {
            return false;
        }
        let line = self.lines.entry((key.to_owned(), unit.to_owned(), source)).or_default();
        line.insert(region.to_owned(), text.to_owned());
        true
    }

    /// Adds all prices of another book's text.
    ///
    /// # Errors
    ///
    /// When the text is not a book, or has a different currency.
    pub fn take(&mut self, text: &str) -> Result<(), String> {
        let book = Book::read(text.to_owned()).map_err(|error| error.to_string())?;
        if book.currency != self.currency {
            return Err(format!("its prices are in {}", book.currency));
        }
        for line in text.lines().filter(|l| l.starts_with("price\t")) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [_, key, unit, source, regions @ ..] = fields.as_slice() else { continue };
            let Some(from) = source.parse::<usize>().ok().and_then(|n| book.sources.get(n)) else { continue };
            let source = self.source(from.date, &from.name);
            for (region, price) in regions.iter().filter_map(|r| r.split_once('=')) {
                self.price(key, unit, source, region, price);
            }
        }
        Ok(())
    }

    /// Returns the price of a key in a unit and region, by any source.
    pub fn written(&self, key: &str, unit: &str, region: &str) -> Option<&str> {
        let (key, unit) = (key.to_owned(), unit.to_owned());
        let lines = self.lines.range((key.clone(), unit.clone(), 0)..=(key, unit, usize::MAX));
        lines.filter_map(|(_, regions)| regions.get(region)).next().map(String::as_str)
    }

    /// Returns the number of price lines.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Returns whether there are no prices.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Returns the book as text.
    pub fn text(&self) -> String {
        let mut out = format!("{MAGIC} 1 {}\n", self.currency);
        for (n, source) in self.sources.iter().enumerate() {
            let _ = writeln!(out, "source\t{n}\t{}\t{}", source.date, source.name);
        }
        for ((key, unit, source), regions) in &self.lines {
            let _ = write!(out, "price\t{key}\t{unit}\t{source}");
            for (region, price) in regions {
                let _ = write!(out, "\t{region}={price}");
            }
            out.push('\n');
        }
        out
    }

    /// Returns the compressed book.
    ///
    /// # Errors
    ///
    /// When compression fails.
    pub fn pack(&self) -> std::io::Result<Vec<u8>> {
        use std::io::Write;
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(self.text().as_bytes())?;
        packer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn book() -> BookWriter {
        let mut book = BookWriter::new("USD".parse().unwrap());
        let source = book.source("2026-08-21".parse().unwrap(), "a test");
        assert!(book.price("aws/b", "GB", source, "us-east-1", "0@0.09;10240@0.085"));
        assert!(book.price("aws/a", "hours", source, "us-east-1", "0.136|0.145|0.1"));
        assert!(!book.price("aws/c", "hours", source, "us-east-1", "0"));
        assert!(!book.price("aws/c", "hours", source, "us-east-1", "0.00|1"));
        assert!(!book.price("aws/c", "hours", source, "us-east-1", "n/a"));
        book
    }

    #[test]
    fn what_is_written_is_found_and_zero_is_no_price() {
        let read = Book::unpack(&book().pack().unwrap()).unwrap();
        let found: Vec<_> = read.find("aws/a", "hours").collect();
        assert!(found[0].several);
        assert_eq!(found[0].steps[0].each.low.to_string(), "0.1");
        assert_eq!(found[0].steps[0].each.likely.to_string(), "0.136");
        assert_eq!(read.find("aws/b", "GB").next().unwrap().steps.len(), 2);
        assert_eq!(read.find("aws/b", "hours").count(), 0);
        assert_eq!(read.find("aws/c", "hours").count(), 0);
        assert_eq!(read.keys("aws/").count(), 2);
    }

    #[test]
    fn an_invalid_line_is_an_error_with_its_number() {
        let text = book().text();
        let swapped = text.replace("aws/a", "aws/z");
        assert_eq!(Book::read(swapped).unwrap_err().to_string(), "line 4: is not in order");
        let unknown = text.replace("\t0\tus", "\t7\tus");
        assert_eq!(Book::read(unknown).unwrap_err().to_string(), "line 3: names a source that does not exist");
        assert!(Book::read("prices".to_owned()).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(tollgate-prices 1 USD\n|source\t0\t2026-01-01\tx\n|price\t[a-c]\thours\t0\t(us=[0-9@;|.-]{0,12}\t?)*\n|\t|[a-z])*") {
            if let Ok(book) = Book::read(text) {
                for key in ["a", "b", "c"] {
                    for listed in book.find(key, "hours") {
                        prop_assert!(listed.steps.iter().all(|s| s.each.low > Amount::ZERO));
                    }
                }
            }
        }
    }
}
