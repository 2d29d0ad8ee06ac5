//! Downloads a newer price book from the price lists of the providers, part by part. An interrupted download resumes.
//!
//! A part is a service of a provider in a region. Each finished part is stored as a small book in a folder, so an interrupted
//! refresh continues with the next part. All parts together are the book.

mod aws;
mod aws_attributes;
mod aws_meters;
mod aws_rules;
mod azure;
mod azure_meters;
#[cfg(test)]
mod coverage;
mod google;
mod google_meters;
mod google_rules;

use std::path::{Path, PathBuf};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RANGE};
use tollgate_model::Day;

use crate::book::{Book, BookWriter};
use crate::remote::{self, Remote, RemoteError};

/// The largest page of a paged list.
const PAGE: usize = 32 << 20;
/// The most pages of a part.
const PAGES: usize = 2000;

/// A provider's list of a service in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A service of AWS: `AmazonEC2`, `us-east-1`.
    Aws(String, String),
    /// A service of Azure: `Virtual Machines`, `eastus`.
    Azure(String, String),
    /// A service of Google, everywhere: `Compute Engine`.
    Google(String),
}

impl Part {
    /// Returns its name, which is also its file name.
    pub fn name(&self) -> String {
        match self {
            Self::Aws(service, region) => format!("aws-{service}-{region}"),
            Self::Azure(service, region) => format!("azure-{}-{region}", service.replace(' ', "-")),
            Self::Google(service) => {
                let plain: String = service.chars().filter(|c| !matches!(c, '(' | ')' | '/')).collect();
                format!("google-{}", plain.replace(' ', "-"))
            }
        }
    }
}

/// The AWS services whose lists are read.
pub const AWS_SERVICES: [&str; 53] = [
    "AmazonEC2",
    "AmazonRDS",
    "AmazonElastiCache",
    "AWSELB",
    "AmazonES",
    "AmazonRedshift",
    "AmazonSageMaker",
    "AmazonEKS",
    "AmazonVPC",
    "AWSLambda",
    "AmazonS3",
    "AmazonDynamoDB",
    "AmazonECS",
    "AmazonEFS",
    "AmazonECR",
    "AmazonCloudWatch",
    "awskms",
    "AWSSecretsManager",
    "AWSQueueService",
    "AmazonSNS",
    "AmazonKinesis",
    "AmazonKinesisFirehose",
    "AmazonApiGateway",
    "AmazonRoute53",
    "AmazonStates",
    "AWSGlue",
    "AmazonMSK",
    "AmazonMQ",
    "AmazonDocDB",
    "AmazonNeptune",
    "AmazonMemoryDB",
    "AmazonFSx",
    "ElasticMapReduce",
    "AmazonAthena",
    "awswaf",
    "AWSBackup",
    "AWSCertificateManager",
    "AWSCloudFormation",
    "AWSCloudTrail",
    "AWSConfig",
    "AWSDatabaseMigrationSvc",
    "AWSDirectConnect",
    "AWSDirectoryService",
    "AWSEvents",
    "AWSNetworkFirewall",
    "AWSSystemsManager",
    "AWSTransfer",
    "AmazonGrafana",
    "AmazonKinesisAnalytics",
    "AmazonLightsail",
    "AmazonMWAA",
    "CloudHSM",
    "CodeBuild",
];
/// The Azure services whose lists are read.
pub const AZURE_SERVICES: [&str; 36] = [
    "Virtual Machines",
    "Storage",
    "SQL Database",
    "Azure Database for PostgreSQL",
    "Azure Database for MySQL",
    "Redis Cache",
    "Azure App Service",
    "Azure Cosmos DB",
    "Container Registry",
    "Azure Container Apps",
    "Event Hubs",
    "Azure Kubernetes Service",
    "NAT Gateway",
    "Azure Bastion",
    "Azure Firewall",
    "Application Gateway",
    "Log Analytics",
    "Service Bus",
    "Azure Cognitive Search",
    "SQL Managed Instance",
    "Virtual Network",
    "Virtual WAN",
    "VPN Gateway",
    "Load Balancer",
    "Key Vault",
    "Functions",
    "API Management",
    "App Configuration",
    "Automation",
    "SignalR",
    "Power BI Embedded",
    "Event Grid",
    "Azure Monitor",
    "Azure Data Factory v2",
    "Notification Hubs",
    "Microsoft Defender for Cloud",
];

/// The Google services whose lists are read, each by the names that the list of services has had for it. Rules use the first.
const GOOGLE_NAMES: [&[&str]; 22] = [
    &["Compute Engine"],
    &["Networking"],
    &["AlloyDB", "AlloyDB for PostgreSQL"],
    &["Artifact Registry"],
    &["BigQuery"],
    &["BigQuery Storage API"],
    &["Cloud Bigtable", "Bigtable"],
    &["Cloud DNS"],
    &["Cloud Filestore", "Filestore"],
    &["Cloud Key Management Service (KMS)"],
    &["Cloud Logging"],
    &["Cloud Memorystore for Redis"],
    &["Cloud Monitoring"],
    &["Cloud Pub/Sub", "Pub/Sub"],
    &["Cloud Run"],
    &["Cloud Run Functions", "Cloud Functions"],
    &["Cloud SQL"],
    &["Cloud Spanner", "Spanner"],
    &["Cloud Storage"],
    &["Kubernetes Engine"],
    &["Secret Manager"],
    // Its fee is a product of Compute Engine, or of a service of its own.
    &["Cloud Dataproc", "Dataproc"],
];

/// Returns the Google services whose lists are read.
pub fn google_services() -> impl Iterator<Item = &'static str> {
    GOOGLE_NAMES.iter().filter_map(|names| names.first().copied())
}

/// The addresses of the lists.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// The Price List bulk files of AWS.
    pub aws: String,
    /// The Retail Prices API of Azure.
    pub azure: String,
    /// The Cloud Billing Catalog of Google.
    pub google: String,
    /// The API key of Google; it is sent in a header only.
    pub google_key: Option<String>,
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            aws: "https://pricing.us-east-1.amazonaws.com".to_owned(),
            azure: "https://prices.azure.com".to_owned(),
            google: "https://cloudbilling.googleapis.com".to_owned(),
            google_key: None,
        }
    }
}

/// Why a refresh failed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// A list cannot be downloaded.
    #[error("{part}: {error}")]
    Remote {
        /// The part.
        part: String,
        /// The cause.
        error: RemoteError,
    },
    /// A list does not have the documented structure.
    #[error("{part}: {what}")]
    Shape {
        /// The part.
        part: String,
        /// What is wrong.
        what: String,
    },
    /// A file cannot be written or read.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        error: std::io::Error,
    },
}

/// The result of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The part.
    pub part: String,
    /// The number of rows read.
    pub rows: usize,
    /// The number of prices added.
    pub things: usize,
    /// Whether it was downloaded before.
    pub kept: bool,
    /// Whether the provider lists no such part: a service that a region does not have.
    pub absent: bool,
}

/// Downloads parts.
pub struct Refresh {
    remote: Remote,
    endpoints: Endpoints,
    folder: PathBuf,
    today: Day,
}

impl Refresh {
    /// Creates a refresh into a folder of parts.
    ///
    /// # Errors
    ///
    /// When the folder cannot be created, or the platform has no trusted certificates.
    pub fn new(endpoints: Endpoints, folder: &Path, today: Day) -> Result<Self, RefreshError> {
        std::fs::create_dir_all(folder).map_err(|error| RefreshError::File { path: folder.to_owned(), error })?;
        let remote = Remote::new().map_err(|error| RefreshError::Remote { part: "HTTPS".to_owned(), error })?;
        Ok(Self { remote, endpoints, folder: folder.to_owned(), today })
    }

    fn path(&self, part: &Part) -> PathBuf {
        self.folder.join(format!("{}.{}.tsv", part.name(), self.today))
    }

    /// Downloads a part, unless it was downloaded today.
    ///
    /// # Errors
    ///
    /// When the download is incomplete: a partial list is not used.
    pub async fn part(&self, part: &Part) -> Result<Fetched, RefreshError> {
        let path = self.path(part);
        let name = part.name();
        if let Ok(text) = std::fs::read_to_string(&path)
            && let Ok(book) = Book::read(text)
        {
            return Ok(Fetched { part: name, rows: 0, things: book.len(), kept: true, absent: false });
        }
        let mut book = BookWriter::new(crate::usd());
        let rows = match part {
            Part::Aws(service, region) => self.aws(&name, service, region, &mut book).await?,
            Part::Azure(service, region) => Some(self.azure(&name, service, region, &mut book).await?),
            Part::Google(service) => self.google(&name, service, &mut book).await?,
        };
        let absent = rows.is_none();
        let things = book.len();
        let beside = path.with_extension("new");
        let failed = |error| RefreshError::File { path: path.clone(), error };
        std::fs::write(&beside, book.text()).map_err(failed)?;
        std::fs::rename(&beside, &path).map_err(failed)?;
        Ok(Fetched { part: name, rows: rows.unwrap_or(0), things, kept: false, absent })
    }

    /// Returns all parts that were downloaded today as one compressed book.
    ///
    /// # Errors
    ///
    /// When one cannot be read.
    pub fn book(&self, parts: &[Part]) -> Result<(Vec<u8>, usize), RefreshError> {
        let mut book = BookWriter::new(crate::usd());
        for part in parts {
            let path = self.path(part);
            let failed = |error| RefreshError::File { path: path.clone(), error };
            let text = std::fs::read_to_string(&path).map_err(failed)?;
            book.take(&text).map_err(|what| RefreshError::Shape { part: part.name(), what })?;
        }
        let packed = book.pack().map_err(|error| RefreshError::File { path: self.folder.clone(), error })?;
        Ok((packed, book.len()))
    }

    /// Reads the list of a service in a region; returns its rows, or `None` when the region does not have the service.
    async fn aws(
        &self,
        part: &str,
        service: &str,
        region: &str,
        book: &mut BookWriter,
    ) -> Result<Option<usize>, RefreshError> {
        let url = format!("{}/offers/v1.0/aws/{service}/current/{region}/index.csv", self.endpoints.aws);
        let mut list = aws::List::new(service, region);
        let (mut at, mut tag) = (0u64, None);
        // An EC2 list is hundreds of megabytes: an interrupted download resumes where it stopped.
        let tried = self.remote.tried(async || {
            let mut headers = HeaderMap::new();
            // Without an ETag, the rest may belong to a different list.
            if let (true, Some(tag)) = (at > 0, &tag) {
                headers.insert(RANGE, range(at));
                headers.insert(reqwest::header::IF_RANGE, HeaderValue::clone(tag));
            }
            let mut response = self.remote.open(&url, &headers).await?;
            let resumes = response.status() == StatusCode::PARTIAL_CONTENT && starts_at(response.headers(), at);
            if response.status() == StatusCode::PARTIAL_CONTENT && !resumes {
                (list, at, tag) = (aws::List::new(service, region), 0, None);
                return Err(RemoteError::early(&url));
            }
            if !resumes && at > 0 {
                // The list changed in the meantime.
                (list, at) = (aws::List::new(service, region), 0);
            }
            tag = response.headers().get(reqwest::header::ETAG).cloned();
            let whole = response.content_length().map(|length| length + at);
            while let Some(chunk) = Remote::chunk(&mut response, &url).await? {
                at += chunk.len() as u64;
                list.feed(&chunk);
            }
            if whole.is_some_and(|whole| whole != at) {
                return Err(RemoteError::early(&url));
            }
            Ok(())
        });
        match remote::within(&url, remote::WHOLE, tried).await {
            Ok(()) => {}
            Err(RemoteError::Refused { status: 403 | 404, .. }) if !self.aws_has(part, service, region).await? => {
                return Ok(None);
            }
            Err(error) => return Err(RefreshError::Remote { part: part.to_owned(), error }),
        }
        list.finish(book).map(Some).map_err(|what| RefreshError::Shape { part: part.to_owned(), what })
    }

    /// Returns whether the index of a service names a region. A list that is missing without a reason is an error.
    async fn aws_has(&self, part: &str, service: &str, region: &str) -> Result<bool, RefreshError> {
        let url = format!("{}/offers/v1.0/aws/{service}/current/region_index.json", self.endpoints.aws);
        let bytes = self.page(part, &url, &HeaderMap::new()).await?;
        let index: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|_| shape(part, "its index of regions is not JSON"))?;
        let regions = index.get("regions").and_then(|r| r.as_object());
        Ok(regions.ok_or_else(|| shape(part, "its index names no regions"))?.contains_key(region))
    }

    async fn azure(
        &self,
        part: &str,
        service: &str,
        region: &str,
        book: &mut BookWriter,
    ) -> Result<usize, RefreshError> {
        let place = format!("(armRegionName eq '{region}' or armRegionName eq '{}')", azure::GLOBAL);
        let filter = format!("serviceName eq '{service}' and {place} and priceType eq 'Consumption'");
        let mut url = format!("{}/api/retail/prices?$filter={}", self.endpoints.azure, filter.replace(' ', "%20"));
        let mut rows = 0;
        for _ in 0..PAGES {
            let bytes = self.page(part, &url, &HeaderMap::new()).await?;
            let read = azure::page(&bytes, region, self.today, book);
            let (count, next) = read.map_err(|what| RefreshError::Shape { part: part.to_owned(), what })?;
            rows += count;
            match next {
                // The next page must have the same host.
                Some(next) if next.starts_with(&format!("{}/", self.endpoints.azure)) => url = next,
                Some(_) => return Err(shape(part, "its next page has a different host")),
                None => return Ok(rows),
            }
        }
        Err(shape(part, "it has too many pages"))
    }

    /// Reads the list of a service of Google; returns its rows, or `None` when there is no service of that name.
    async fn google(&self, part: &str, service: &str, book: &mut BookWriter) -> Result<Option<usize>, RefreshError> {
        let Some(key) = &self.endpoints.google_key else {
            return Err(shape(part, "it needs a key: TOLLGATE_GOOGLE_KEY"));
        };
        let mut value = HeaderValue::from_str(key).map_err(|_| shape(part, "the key is not a single line of text"))?;
        value.set_sensitive(true);
        let headers = HeaderMap::from_iter([(HeaderName::from_static("x-goog-api-key"), value)]);
        let Some(id) = self.google_id(part, service, &headers).await? else { return Ok(None) };
        let base = format!("{}/v1/services/{id}/skus?pageSize=5000", self.endpoints.google);
        let mut list = google::List::new(service);
        let (mut url, mut rows) = (base.clone(), 0);
        for _ in 0..PAGES {
            let bytes = self.page(part, &url, &headers).await?;
            let read = list.page(&bytes);
            let (count, next) = read.map_err(|what| RefreshError::Shape { part: part.to_owned(), what })?;
            rows += count;
            match next {
                Some(token) => url = format!("{base}&pageToken={token}"),
                None => {
                    list.finish(self.today, book);
                    return Ok(Some(rows));
                }
            }
        }
        Err(shape(part, "it has too many pages"))
    }

    /// Returns the id of a service of Google by the names that it has had.
    async fn google_id(&self, part: &str, service: &str, headers: &HeaderMap) -> Result<Option<String>, RefreshError> {
        let names = GOOGLE_NAMES.iter().find(|names| names.first() == Some(&service)).copied();
        let own = [service];
        let names = names.unwrap_or(&own);
        let base = format!("{}/v1/services?pageSize=5000", self.endpoints.google);
        let mut url = base.clone();
        for _ in 0..PAGES {
            let bytes = self.page(part, &url, headers).await?;
            let read = google::service_id(&bytes, names);
            match read.map_err(|what| RefreshError::Shape { part: part.to_owned(), what })? {
                (Some(id), _) if !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') => {
                    return Ok(Some(id));
                }
                (Some(_), _) => return Err(shape(part, "the id of its service is not letters, digits and dashes")),
                (None, Some(token)) => url = format!("{base}&pageToken={token}"),
                (None, None) => return Ok(None),
            }
        }
        Err(shape(part, "the list of services has too many pages"))
    }

    async fn page(&self, part: &str, url: &str, headers: &HeaderMap) -> Result<Vec<u8>, RefreshError> {
        self.remote.get(url, headers, PAGE).await.map_err(|error| RefreshError::Remote { part: part.to_owned(), error })
    }
}

fn range(at: u64) -> HeaderValue {
    HeaderValue::try_from(format!("bytes={at}-")).unwrap_or_else(|_| HeaderValue::from_static("bytes=0-"))
}

/// Returns whether a partial response begins at a byte, by its `Content-Range: bytes 100-199/200`.
fn starts_at(headers: &HeaderMap, at: u64) -> bool {
    let range = headers.get(reqwest::header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
    range.and_then(|r| r.strip_prefix("bytes ")?.split('-').next()?.parse().ok()) == Some(at)
}

fn shape(part: &str, what: &str) -> RefreshError {
    RefreshError::Shape { part: part.to_owned(), what: what.to_owned() }
}
