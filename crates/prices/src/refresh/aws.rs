//! The AWS Price List bulk files, as CSV: a few lines about the file, then one row per price.
//!
//! Source: AWS Price List documentation, "Reading the service price list file". Read 2026-11-22.

use std::collections::{BTreeMap, HashMap};

use tollgate_model::{Amount, Day, Quantity};

use crate::book::BookWriter;
use crate::observations::slug;

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
struct Row<'r> {
    columns: &'r HashMap<String, usize>,
    record: &'r csv::StringRecord,
}

impl Row<'_> {
    fn get(&self, name: &str) -> &str {
        self.columns.get(name).and_then(|at| self.record.get(*at)).unwrap_or_default()
    }

    /// Returns whether its usage type has an end, after the region: `EUW1-NatGateway-Hours`.
    fn used(&self, usage: &str) -> bool {
        let of = self.get("usageType");
        of == usage || of.strip_suffix(usage).is_some_and(|before| before.ends_with('-'))
    }
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
            let Some((key, unit)) = price_of(&self.service, &row) else { continue };
            let each = row.get("PricePerUnit").parse::<Amount>().ok().filter(|a| *a > Amount::ZERO);
            let from = row.get("StartingRange").parse::<Quantity>().unwrap_or_default();
            if let Some(each) = each {
                self.found.entry((key, unit)).or_default().insert(from, each);
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

/// Returns the key of a row, if an estimator uses it.
fn price_of(service: &str, row: &Row<'_>) -> Option<(String, &'static str)> {
    if row.get("TermType") != "OnDemand" || row.get("Currency") != "USD" {
        return None;
    }
    let kind = row.get("Instance Type").to_lowercase();
    let family = row.get("Product Family");
    let hourly = |key: String| Some((key, "hours"));
    match (service, family) {
        ("AmazonEC2", "Compute Instance" | "Compute Instance (bare metal)") => {
            let os = match row.get("Operating System") {
                "Linux" => "linux",
                "Windows" => "windows",
                _ => return None,
            };
            let plain = row.get("Tenancy") == "Shared"
                && row.get("CapacityStatus") == "Used"
                && row.get("Pre Installed S/W") == "NA"
                && row.get("License Model") == "No License required"
                && row.get("Location Type") == "AWS Region";
            if plain { hourly(format!("aws/vm/{os}/{kind}")) } else { None }
        }
        ("AmazonEC2", "Storage") => {
            let words = match row.get("Volume API Name") {
                kind @ ("gp2" | "gp3") => format!("storage-general-purpose-ssd-{kind}"),
                kind @ ("io1" | "io2") => format!("storage-provisioned-iops-ssd-{kind}"),
                "st1" => "storage-throughput-optimized-hdd-st1".to_owned(),
                "sc1" => "storage-cold-hdd-sc1".to_owned(),
                "standard" => "storage-magnetic".to_owned(),
                _ => return None,
            };
            Some((format!("aws/ebs_volume/{words}"), "GB"))
        }
        ("AmazonEC2", "System Operation") => match row.get("Volume API Name") {
            "io1" if row.used("EBS:VolumeP-IOPS.piops") => {
                Some(("aws/ebs_volume/provisioned-iops-io".to_owned(), "IOPS"))
            }
            "gp3" if row.used("EBS:VolumeP-IOPS.gp3") => {
                Some(("aws/ebs_volume/provisioned-iops-gp3".to_owned(), "IOPS"))
            }
            _ => None,
        },
        ("AmazonEC2", "Storage Snapshot") if row.used("EBS:SnapshotUsage") => {
            Some(("aws/ebs_snapshot/ebs-snapshot-storage".to_owned(), "GB"))
        }
        ("AmazonEC2", "NAT Gateway") if row.used("NatGateway-Hours") => {
            hourly("aws/nat_gateway/nat-gateway".to_owned())
        }
        ("AmazonEC2", "NAT Gateway") if row.used("NatGateway-Bytes") => {
            Some(("aws/nat_gateway/data-processed".to_owned(), "GB"))
        }
        ("AmazonRDS", "Database Instance") if row.get("Deployment Option") == "Single-AZ" => {
            let engine = match row.get("Database Engine") {
                "MySQL" | "MariaDB" => "mysql",
                "PostgreSQL" => "postgres",
                "Aurora MySQL" | "Aurora PostgreSQL" if !row.get("usageType").contains("IOOptimized") => "aurora",
                _ => return None,
            };
            hourly(format!("aws/rds/{engine}/{kind}"))
        }
        ("AmazonElastiCache", "Cache Instance") if row.get("Cache Engine") == "Redis" => {
            hourly(format!("aws/elasticache/on-demand/{kind}"))
        }
        ("AmazonES", "Amazon OpenSearch Service Instance") => {
            hourly(format!("aws/opensearch_domain/instance-on-demand-{}", kind.replace(".elasticsearch", ".search")))
        }
        ("AmazonRedshift", "Compute Instance") => {
            hourly(format!("aws/redshift_cluster/cluster-usage-on-demand-{kind}"))
        }
        ("AWSELB", "Load Balancer-Application" | "Load Balancer-Network" | "Load Balancer") => {
            if !row.used("LoadBalancerUsage") {
                return None;
            }
            hourly(match family {
                "Load Balancer-Application" => "aws/lb/application-load-balancer".to_owned(),
                "Load Balancer-Network" => "aws/lb/network-load-balancer".to_owned(),
                _ => "aws/elb/classic-load-balancer".to_owned(),
            })
        }
        ("AmazonSageMaker", "ML Instance") => {
            let name = row.get("Instance Name").to_lowercase();
            match slug(row.get("Component")).as_str() {
                "notebook" => hourly(format!("aws/sagemaker/notebook/{name}")),
                "hosting" => hourly(format!("aws/sagemaker/hosting/{name}")),
                _ => None,
            }
        }
        ("AmazonEKS", "Compute") if row.used("AmazonEKS-Hours:perCluster") => {
            hourly("aws/eks_cluster/eks-cluster".to_owned())
        }
        _ => None,
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
