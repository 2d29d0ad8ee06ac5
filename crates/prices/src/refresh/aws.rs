//! The AWS Price List bulk files, as CSV: a few lines about the file, then one row per price.
//!
//! Source: AWS Price List documentation, "Reading the service price list file". Read 2026-11-22.

use std::collections::{BTreeMap, HashMap};

use tollgate_model::{Amount, Day, Quantity};

use super::aws_rules::{Listed, price_of};
use crate::book::BookWriter;

/// The longest line that is read.
const LINE: usize = 1 << 20;

/// The tiers of a key: their starts and prices.
type Steps = BTreeMap<Quantity, Amount>;

/// A list while it is read.
pub(super) struct List {
    service: String,
    region: String,
    /// The incomplete last line.
    rest: Vec<u8>,
    columns: HashMap<String, usize>,
    published: Option<Day>,
    rows: usize,
    wrong: Option<String>,
    found: BTreeMap<(String, &'static str), Steps>,
}

/// A row, by the names of its columns.
pub(super) struct Row<'r> {
    columns: &'r HashMap<String, usize>,
    record: &'r csv::StringRecord,
}

impl Row<'_> {
    pub(super) fn get(&self, name: &str) -> &str {
        self.columns.get(name).and_then(|at| self.record.get(*at)).unwrap_or_default()
    }

    /// Returns its usage type without the abbreviation of its region.
    pub(super) fn usage(&self) -> &str {
        let of = self.get("usageType");
        match of.split_once('-') {
            Some((before, rest)) if is_region(before) => rest,
            _ => of,
        }
    }

    /// Returns whether its usage type is the given one, after the abbreviation of its region: `EUW1-NatGateway-Hours`. A part of a
    /// name is not enough: `Lambda-Edge-Request` is no `Request`.
    pub(super) fn used(&self, usage: &str) -> bool {
        self.get("usageType") == usage || self.usage() == usage
    }
}

/// Returns whether a text has the form of an abbreviation of a region: `EUW1`.
fn is_region(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

impl List {
    pub(super) fn new(service: &str, region: &str) -> Self {
        Self {
            service: service.to_owned(),
            region: region.to_owned(),
            rest: Vec::new(),
            columns: HashMap::new(),
            published: None,
            rows: 0,
            wrong: None,
            found: BTreeMap::new(),
        }
    }

    /// Reads the next bytes: whole lines now, the rest with the next call.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if self.rest.len() > LINE {
            self.wrong.get_or_insert(format!("a line is longer than {LINE} bytes"));
            return;
        }
        self.rest.extend_from_slice(bytes);
        let Some(end) = self.rest.iter().rposition(|b| *b == b'\n') else { return };
        let whole: Vec<u8> = self.rest.drain(..=end).collect();
        self.lines(&whole);
    }

    fn lines(&mut self, whole: &[u8]) {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(whole);
        let mut record = csv::StringRecord::new();
        loop {
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    self.wrong.get_or_insert(error.to_string());
                    return;
                }
            }
            if self.columns.is_empty() {
                match record.get(0) {
                    Some("Publication Date") => {
                        self.published = record.get(1).and_then(|d| d.get(..10)?.parse().ok());
                    }
                    Some("SKU") => {
                        self.columns = record.iter().enumerate().map(|(at, name)| (name.to_owned(), at)).collect();
                    }
                    _ => {}
                }
                continue;
            }
            self.rows += 1;
            let row = Row { columns: &self.columns, record: &record };
            let each = row.get("PricePerUnit").parse::<Amount>().ok().filter(|a| *a > Amount::ZERO);
            let Some(each) = each else { continue };
            let starts = row.get("StartingRange").parse::<Quantity>().unwrap_or_default();
            for Listed { key, unit, times, per, begins } in price_of(&self.service, &row) {
                // The list has a price for one request, the book for a million: tiers begin at a millionth of the requests.
                let from = match begins {
                    Some(begins) => Some(crate::number::whole(begins)),
                    None => starts.ratio(per, times.max(1)),
                };
                if let (Some(each), Some(from)) = (each.ratio(times, per), from) {
                    self.found.entry((key, unit)).or_default().insert(from, each);
                }
            }
        }
    }

    /// Adds the prices to a book; returns the number of rows.
    pub(super) fn finish(mut self, book: &mut BookWriter) -> Result<usize, String> {
        let rest = std::mem::take(&mut self.rest);
        self.lines(&rest);
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        if self.columns.is_empty() {
            return Err("it has no row of columns".to_owned());
        }
        let date = self.published.ok_or("it has no publication date")?;
        let source = book.source(date, &format!("AWS Price List of {}", self.service));
        for ((key, unit), steps) in self.found {
            let text: Vec<String> = steps.iter().map(|(from, each)| format!("{from}@{each}")).collect();
            let text =
                if text.len() == 1 { text[0].split('@').nth(1).unwrap_or_default().to_owned() } else { text.join(";") };
            book.price(&key, unit, source, &self.region, &text);
        }
        Ok(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Recorded rows with the documented columns, cut to those that are read.
    const EC2: &str = include_str!("samples/aws-ec2-eu-central-1.csv");

    fn read(pieces: &[&[u8]]) -> Result<String, String> {
        let mut list = List::new("AmazonEC2", "eu-central-1");
        for piece in pieces {
            list.feed(piece);
        }
        let mut book = BookWriter::new(crate::usd());
        list.finish(&mut book)?;
        Ok(book.text())
    }

    #[test]
    fn on_demand_rows_become_prices_and_the_rest_does_not() {
        assert_eq!(
            read(&[EC2.as_bytes()]).unwrap(),
            "tollgate-prices 1 USD\n\
             source\t0\t2026-11-20\tAWS Price List of AmazonEC2\n\
             price\taws/ebs_volume/storage-general-purpose-ssd-gp3\tGB\t0\teu-central-1=0.0952\n\
             price\taws/nat_gateway/data-processed\tGB\t0\teu-central-1=0.052\n\
             price\taws/nat_gateway/nat-gateway\thours\t0\teu-central-1=0.052\n\
             price\taws/vm/linux/m5.large\thours\t0\teu-central-1=0.115\n\
             price\taws/vm/windows/m5.large\thours\t0\teu-central-1=0.207\n"
        );
    }

    /// Rows of several services in the documented shape, each a list of its own.
    const SERVICES: &str = include_str!("samples/aws-services-us-east-1.csv");

    fn read_service(service: &str) -> Vec<String> {
        let head = SERVICES.lines().take(6);
        let own = SERVICES.lines().skip(6).filter(|line| line.contains(&format!("\"{service}\"")));
        let text: String = head.chain(own).map(|line| format!("{line}\n")).collect();
        let mut list = List::new(service, "us-east-1");
        list.feed(text.as_bytes());
        let mut book = BookWriter::new(crate::usd());
        list.finish(&mut book).unwrap();
        book.text()
            .lines()
            .skip(2)
            .map(|l| l.trim_start_matches("price\t").replace("\t0\tus-east-1", " ").replace('\t', " "))
            .collect()
    }

    #[test]
    fn each_engine_and_license_is_a_product_of_its_own() {
        assert_eq!(
            read_service("AmazonRDS"),
            [
                "aws/rds/aurora-io-optimized/db.r6g.large hours =0.338",
                "aws/rds/aurora/db.r6g.large hours =0.26",
                "aws/rds/mysql/db.m6g.large hours =0.152",
                "aws/rds/oracle-byol/db.m5.xlarge hours =0.356",
                "aws/rds/postgres/db.m6g.large hours =0.159",
                "aws/rds/sqlserver-se/db.m5.xlarge hours =1.224",
                "aws/rds/storage-gp3 GB =0.115",
                "aws/rds/throughput-gp3 MBps =0.08",
            ]
        );
        assert_eq!(read_service("AmazonElastiCache"), ["aws/elasticache/on-demand/cache.t4g.micro hours =0.016"]);
        assert_eq!(read_service("AmazonES"), ["aws/opensearch/instance/m6g.large.search hours =0.128"]);
        assert_eq!(read_service("AmazonMSK"), ["aws/msk_cluster/instance-kafka.m7g.large hours =0.204"]);
    }

    #[test]
    fn meters_are_read_in_the_units_of_the_book() {
        assert_eq!(
            read_service("AWSLambda"),
            [
                "aws/lambda/duration-x86-64 GB-seconds =0@0.0000166667;6000000000@0.000015",
                "aws/lambda_function/requests 1M requests =0.2",
            ]
        );
        assert_eq!(read_service("AmazonApiGateway"), ["aws/api_gateway_rest_api/requests 1M requests =0@3.5;333@2.8"]);
        assert_eq!(
            read_service("AmazonECS"),
            ["aws/ecs_service/per-vcpu-per-hour CPU =29.5504", "aws/ecs_service/per-vcpu-per-hour-arm CPU =23.6374"]
        );
        assert_eq!(read_service("AWSELB"), ["aws/lb/lcu-application LCU =5.84"]);
        assert_eq!(read_service("AmazonDynamoDB"), ["aws/dynamodb_table/write-request-unit-wru WRUs =0.000000625"]);
        assert_eq!(
            read_service("AmazonS3"),
            [
                "aws/s3_bucket/standard/put-copy-post-list-requests 1k requests =0.005",
                "aws/s3_bucket/standard/storage GB =0@0.023;51200@0.022",
            ]
        );
    }

    #[test]
    fn half_a_list_is_none() {
        assert_eq!(read(&[b"a,b\n"]).unwrap_err(), "it has no row of columns");
        let undated = EC2.replace("Publication Date", "Published");
        assert_eq!(read(&[undated.as_bytes()]).unwrap_err(), "it has no publication date");
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_it_comes(at in 0usize..2000) {
            let at = at.min(EC2.len());
            prop_assert_eq!(read(&[&EC2.as_bytes()[..at], &EC2.as_bytes()[at..]]), read(&[EC2.as_bytes()]));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&[EC2.as_bytes(), &bytes]);
            let _ = read(&[&bytes]);
        }
    }
}
