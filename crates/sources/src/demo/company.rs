//! The company: its clouds, accounts, teams and workloads. Prices are round numbers near the list prices of 2026.

/// A cloud of the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cloud {
    /// Amazon Web Services, billed in USD.
    Aws,
    /// Microsoft Azure, billed in EUR.
    Azure,
    /// Google Cloud, billed in USD.
    Google,
}

/// Every cloud.
pub const CLOUDS: [Cloud; 3] = [Cloud::Aws, Cloud::Azure, Cloud::Google];

impl Cloud {
    /// A short name, for files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Azure => "azure",
            Self::Google => "google",
        }
    }

    pub(super) const fn provider(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Azure => "Microsoft",
            Self::Google => "Google Cloud",
        }
    }

    pub(super) const fn issuer(self) -> &'static str {
        match self {
            Self::Aws => "Amazon Web Services, Inc.",
            Self::Azure => "Microsoft",
            Self::Google => "Google LLC",
        }
    }

    pub(super) const fn billing_account(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Aws => ("410000000001", "Larkspur Robotics", "Management Account"),
            Self::Azure => ("8611537", "Larkspur Robotics EU", "Billing Profile"),
            Self::Google => ("01A2B3-C4D5E6-F70819", "larkspur", "Billing Account"),
        }
    }

    pub(super) const fn account_type(self) -> &'static str {
        match self {
            Self::Aws => "Account",
            Self::Azure => "Subscription",
            Self::Google => "Project",
        }
    }

    pub(super) const fn currency(self) -> &'static str {
        match self {
            Self::Aws | Self::Google => "USD",
            Self::Azure => "EUR",
        }
    }
}

/// A workload that runs every day.
pub(super) struct Line {
    pub(super) cloud: Cloud,
    pub(super) account: (&'static str, &'static str),
    pub(super) team: &'static str,
    pub(super) service: (&'static str, &'static str, &'static str),
    pub(super) region: (&'static str, &'static str),
    pub(super) meter: &'static str,
    pub(super) unit: &'static str,
    /// List price of a unit, in millionths.
    pub(super) price: i64,
    /// Cost of all its resources on an average weekday of the first month, at list price, in whole currency units.
    pub(super) cost: i64,
    /// Resources that share the cost.
    pub(super) resources: u32,
    /// Cost of a weekend day, in percent of a weekday.
    pub(super) weekend: i64,
    /// Monthly growth, in thousandths.
    pub(super) growth: i64,
    pub(super) pattern: UsagePattern,
}

/// The pattern of a line besides its weekdays and growth.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum UsagePattern {
    Steady,
    /// Runs on the last day of the month only.
    MonthEnd,
    /// Covered by the savings plan.
    Committed,
    /// Covered by the yearly reservation.
    Reserved,
}

const PROD: (&str, &str) = ("410000000101", "larkspur-prod");
const STAGE: (&str, &str) = ("410000000102", "larkspur-staging");
const DATA: (&str, &str) = ("410000000103", "larkspur-data");
pub(super) const SANDBOX: (&str, &str) = ("410000000104", "larkspur-sandbox");
const SHARED: (&str, &str) = ("410000000105", "larkspur-shared");
const EU_PROD: (&str, &str) = ("9c4f1a52-3c5e-4d0f-9a38-1f2b6c7d8e01", "eu-prod");
const EU_DEV: (&str, &str) = ("9c4f1a52-3c5e-4d0f-9a38-1f2b6c7d8e02", "eu-dev");
const ML: (&str, &str) = ("larkspur-ml", "larkspur-ml");
const WEB: (&str, &str) = ("larkspur-web", "larkspur-web");

const VIRGINIA: (&str, &str) = ("us-east-1", "US East (N. Virginia)");
const OREGON: (&str, &str) = ("us-west-2", "US West (Oregon)");
const FRANKFURT: (&str, &str) = ("eu-central-1", "Europe (Frankfurt)");
pub(super) const SINGAPORE: (&str, &str) = ("ap-southeast-1", "Asia Pacific (Singapore)");
const WESTEUROPE: (&str, &str) = ("westeurope", "West Europe");
const NORTHEUROPE: (&str, &str) = ("northeurope", "North Europe");
const IOWA: (&str, &str) = ("us-central1", "Iowa");
const BELGIUM: (&str, &str) = ("europe-west1", "Belgium");

type Service = (&'static str, &'static str, &'static str);
pub(super) const EC2: Service = ("Amazon Elastic Compute Cloud", "Compute", "Virtual Machines");
const RDS: Service = ("Amazon Relational Database Service", "Databases", "Relational Databases");
const S3: Service = ("Amazon Simple Storage Service", "Storage", "Object Storage");
const VPC: Service = ("Amazon Virtual Private Cloud", "Networking", "Network Infrastructure");
const LAMBDA: Service = ("AWS Lambda", "Compute", "Serverless Compute");
const DYNAMODB: Service = ("Amazon DynamoDB", "Databases", "NoSQL Databases");
const CLOUDWATCH: Service = ("Amazon CloudWatch", "Management and Governance", "Observability");
const CLOUDFRONT: Service = ("Amazon CloudFront", "Networking", "Content Delivery");
const EKS: Service = ("Amazon Elastic Kubernetes Service", "Compute", "Containers");
const GLUE: Service = ("AWS Glue", "Analytics", "Data Processing");
const REDSHIFT: Service = ("Amazon Redshift", "Databases", "Data Warehouses");
const ELB: Service = ("Elastic Load Balancing", "Networking", "Application Networking");
const CACHE: Service = ("Amazon ElastiCache", "Databases", "Caching");
const AZURE_VM: Service = ("Virtual Machines", "Compute", "Virtual Machines");
const AZURE_SQL: Service = ("Azure SQL Database", "Databases", "Relational Databases");
const AZURE_BLOB: Service = ("Storage Accounts", "Storage", "Object Storage");
const AZURE_MONITOR: Service = ("Azure Monitor", "Management and Governance", "Observability");
const AZURE_AKS: Service = ("Azure Kubernetes Service", "Compute", "Containers");
const GCE: Service = ("Compute Engine", "Compute", "Virtual Machines");
const BIGQUERY: Service = ("BigQuery", "Databases", "Data Warehouses");
const GCS: Service = ("Cloud Storage", "Storage", "Object Storage");
const VERTEX: Service = ("Vertex AI", "AI and Machine Learning", "Machine Learning");
const RUN: Service = ("Cloud Run", "Compute", "Serverless Compute");

use Cloud::{Aws, Azure, Google};
use UsagePattern::{Committed, MonthEnd, Reserved, Steady};

macro_rules! line {
    ($cloud:ident, $account:ident, $team:literal, $service:ident, $region:ident, $meter:literal, $unit:literal,
     price $price:literal, cost $cost:literal, resources $resources:literal, weekend $weekend:literal, growth $growth:literal, $pattern:ident) => {
        Line {
            cloud: $cloud,
            account: $account,
            team: $team,
            service: $service,
            region: $region,
            meter: $meter,
            unit: $unit,
            price: $price,
            cost: $cost,
            resources: $resources,
            weekend: $weekend,
            growth: $growth,
            pattern: $pattern,
        }
    };
}

/// All workloads of the company.
#[rustfmt::skip]
pub(super) const LINES: &[Line] = &[
    line!(Aws, PROD, "checkout", EC2, VIRGINIA, "BoxUsage:m6i.xlarge", "Hours", price 192_000, cost 640, resources 14, weekend 82, growth 12, Committed),
    line!(Aws, PROD, "platform", EC2, VIRGINIA, "BoxUsage:c6g.large", "Hours", price 68_000, cost 210, resources 10, weekend 80, growth 8, Steady),
    line!(Aws, PROD, "checkout", EC2, OREGON, "BoxUsage:m6i.large", "Hours", price 96_000, cost 180, resources 8, weekend 85, growth 10, Steady),
    line!(Aws, PROD, "platform", EC2, VIRGINIA, "EBS:VolumeUsage.gp3", "GB-Months", price 80_000, cost 95, resources 12, weekend 100, growth 15, Steady),
    line!(Aws, PROD, "checkout", RDS, VIRGINIA, "InstanceUsage:db.r6g.xlarge", "Hours", price 430_000, cost 165, resources 4, weekend 100, growth 4, Reserved),
    line!(Aws, PROD, "platform", RDS, OREGON, "InstanceUsage:db.r6g.large", "Hours", price 215_000, cost 62, resources 3, weekend 100, growth 4, Steady),
    line!(Aws, PROD, "checkout", CACHE, VIRGINIA, "NodeUsage:cache.r6g.large", "Hours", price 206_000, cost 48, resources 4, weekend 100, growth 5, Steady),
    line!(Aws, PROD, "platform", VPC, VIRGINIA, "NatGateway-Bytes", "GB", price 45_000, cost 58, resources 3, weekend 70, growth 14, Steady),
    line!(Aws, PROD, "platform", ELB, VIRGINIA, "LCUUsage", "LCU-Hours", price 8_000, cost 34, resources 5, weekend 72, growth 10, Steady),
    line!(Aws, PROD, "web", CLOUDFRONT, VIRGINIA, "DataTransfer-Out-Bytes", "GB", price 85_000, cost 120, resources 2, weekend 115, growth 18, Steady),
    line!(Aws, PROD, "checkout", LAMBDA, VIRGINIA, "Lambda-GB-Second", "GB-Seconds", price 17, cost 44, resources 9, weekend 70, growth 22, Steady),
    line!(Aws, PROD, "checkout", DYNAMODB, VIRGINIA, "WriteRequestUnits", "Requests", price 1, cost 72, resources 5, weekend 75, growth 16, Steady),
    line!(Aws, PROD, "checkout", CLOUDWATCH, VIRGINIA, "DataProcessing-Bytes", "GB", price 500_000, cost 66, resources 6, weekend 75, growth 12, Steady),
    line!(Aws, PROD, "platform", EKS, VIRGINIA, "AmazonEKS-Hours:perCluster", "Hours", price 100_000, cost 10, resources 4, weekend 100, growth 0, Steady),
    line!(Aws, PROD, "web", S3, VIRGINIA, "TimedStorage-ByteHrs", "GB-Months", price 23_000, cost 84, resources 6, weekend 100, growth 25, Steady),
    line!(Aws, STAGE, "platform", EC2, VIRGINIA, "BoxUsage:m6i.large", "Hours", price 96_000, cost 110, resources 9, weekend 35, growth 6, Steady),
    line!(Aws, STAGE, "checkout", RDS, VIRGINIA, "InstanceUsage:db.t4g.medium", "Hours", price 65_000, cost 18, resources 4, weekend 100, growth 3, Steady),
    line!(Aws, STAGE, "platform", CLOUDWATCH, VIRGINIA, "DataProcessing-Bytes", "GB", price 500_000, cost 12, resources 3, weekend 45, growth 8, Steady),
    line!(Aws, DATA, "data", S3, VIRGINIA, "TimedStorage-ByteHrs", "GB-Months", price 23_000, cost 260, resources 8, weekend 100, growth 28, Steady),
    line!(Aws, DATA, "data", GLUE, VIRGINIA, "ETL-DPU-Hour", "DPU-Hours", price 440_000, cost 130, resources 7, weekend 60, growth 10, Steady),
    line!(Aws, DATA, "data", REDSHIFT, VIRGINIA, "Node:ra3.xlplus", "Hours", price 1_086_000, cost 208, resources 2, weekend 100, growth 0, Steady),
    line!(Aws, DATA, "data", GLUE, VIRGINIA, "ETL-DPU-Hour-Flex", "DPU-Hours", price 290_000, cost 420, resources 3, weekend 100, growth 8, MonthEnd),
    line!(Aws, DATA, "data", EC2, VIRGINIA, "SpotUsage:r6i.2xlarge", "Hours", price 180_000, cost 75, resources 6, weekend 65, growth 12, Steady),
    line!(Aws, SANDBOX, "research", EC2, OREGON, "BoxUsage:t3.large", "Hours", price 83_000, cost 28, resources 8, weekend 30, growth 5, Steady),
    line!(Aws, SANDBOX, "research", S3, OREGON, "TimedStorage-ByteHrs", "GB-Months", price 23_000, cost 9, resources 3, weekend 100, growth 10, Steady),
    line!(Aws, SHARED, "platform", VPC, VIRGINIA, "TransitGateway-Hours", "Hours", price 50_000, cost 22, resources 6, weekend 100, growth 4, Steady),
    line!(Aws, SHARED, "security", CLOUDWATCH, FRANKFURT, "PaidEventsAnalyzed", "Events", price 4, cost 31, resources 2, weekend 90, growth 6, Steady),
    line!(Aws, SHARED, "platform", EC2, FRANKFURT, "BoxUsage:c6g.xlarge", "Hours", price 155_000, cost 96, resources 6, weekend 90, growth 8, Steady),
    line!(Azure, EU_PROD, "checkout", AZURE_VM, WESTEUROPE, "D4s v5", "Hours", price 214_000, cost 310, resources 12, weekend 84, growth 9, Steady),
    line!(Azure, EU_PROD, "checkout", AZURE_SQL, WESTEUROPE, "vCore General Purpose", "Hours", price 253_000, cost 118, resources 4, weekend 100, growth 4, Steady),
    line!(Azure, EU_PROD, "web", AZURE_BLOB, WESTEUROPE, "Hot LRS Data Stored", "GB-Months", price 19_600, cost 54, resources 5, weekend 100, growth 20, Steady),
    line!(Azure, EU_PROD, "platform", AZURE_AKS, WESTEUROPE, "Standard Uptime SLA", "Hours", price 100_000, cost 7, resources 3, weekend 100, growth 0, Steady),
    line!(Azure, EU_PROD, "platform", AZURE_MONITOR, WESTEUROPE, "Analytics Logs Data Ingestion", "GB", price 2_760_000, cost 47, resources 4, weekend 72, growth 11, Steady),
    line!(Azure, EU_DEV, "checkout", AZURE_VM, NORTHEUROPE, "B4ms", "Hours", price 182_000, cost 44, resources 7, weekend 30, growth 5, Steady),
    line!(Azure, EU_DEV, "platform", AZURE_SQL, NORTHEUROPE, "DTU S2", "Days", price 2_420_000, cost 21, resources 3, weekend 100, growth 2, Steady),
    line!(Azure, EU_DEV, "platform", AZURE_BLOB, NORTHEUROPE, "Cool LRS Data Stored", "GB-Months", price 10_000, cost 6, resources 2, weekend 100, growth 8, Steady),
    line!(Google, ML, "research", VERTEX, IOWA, "Training n1-highmem-16", "Hours", price 1_180_000, cost 190, resources 5, weekend 45, growth 15, Steady),
    line!(Google, ML, "research", GCE, IOWA, "N2 Instance Core", "Hours", price 31_600, cost 140, resources 9, weekend 60, growth 10, Steady),
    line!(Google, ML, "data", GCS, IOWA, "Standard Storage US Multi-region", "GiB-Months", price 26_000, cost 68, resources 4, weekend 100, growth 24, Steady),
    line!(Google, ML, "data", BIGQUERY, IOWA, "Analysis", "TiB", price 6_250_000, cost 110, resources 3, weekend 40, growth 12, Steady),
    line!(Google, WEB, "web", RUN, BELGIUM, "CPU Allocation Time", "Seconds", price 24, cost 52, resources 6, weekend 90, growth 14, Steady),
    line!(Google, WEB, "web", GCE, BELGIUM, "E2 Instance Core", "Hours", price 21_800, cost 47, resources 5, weekend 92, growth 7, Steady),
    line!(Google, WEB, "web", GCS, BELGIUM, "Download Worldwide Destinations", "GiB", price 120_000, cost 33, resources 2, weekend 110, growth 15, Steady),
];
