//! The limits of Tollgate: each is declared once, with its unit and its reason.
//!
//! docs/reference/limits.md is written from [`ALL`] by a test. An error about a limit names its id.

use std::fmt;

/// A limit on the resources of one input, request or query.
///
/// Displayed as an error names it: ``the limit `input-columns` of 2,000 columns``.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The name in messages and in docs/reference/limits.md.
    pub id: &'static str,
    /// The largest value that is accepted.
    pub value: u64,
    /// The unit of the value.
    pub unit: Unit,
    /// What is limited.
    pub bounds: &'static str,
    /// Why the limit has this size.
    pub reason: &'static str,
}

/// The unit of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes, shown in MiB or KiB.
    Bytes,
    /// Seconds.
    Seconds,
    /// A count, with the plural of the counted things.
    Count(&'static str),
}

impl Limit {
    /// The value as a size in memory.
    pub const fn size(&self) -> usize {
        self.value as usize
    }

    /// The value with its unit: `64 MiB`, `2,000 columns`.
    pub fn amount(&self) -> String {
        match self.unit {
            Unit::Bytes if self.value.is_multiple_of(1 << 30) => format!("{} GiB", self.value >> 30),
            Unit::Bytes if self.value.is_multiple_of(1 << 20) => format!("{} MiB", self.value >> 20),
            Unit::Bytes if self.value.is_multiple_of(1 << 10) => format!("{} KiB", self.value >> 10),
            Unit::Bytes => format!("{} bytes", grouped(self.value)),
            Unit::Seconds => format!("{} s", grouped(self.value)),
            Unit::Count(things) => format!("{} {things}", grouped(self.value)),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the limit `{}` of {}", self.id, self.amount())
    }
}

/// Digits in groups of three: `10,000`.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

macro_rules! limits {
    ($($name:ident = $id:literal, $value:expr, $unit:expr, $bounds:literal, $reason:literal;)*) => {
        $(#[doc = $bounds] pub const $name: Limit = Limit { id: $id, value: $value, unit: $unit, bounds: $bounds, reason: $reason };)*
        /// Every limit, in the order of the reference.
        pub const ALL: &[Limit] = &[$($name),*];
    };
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
use Unit::{Bytes, Count, Seconds};

limits! {
    INPUT_BYTES = "input-bytes", 256 * GIB, Bytes, "decompressed bytes of one billing file",
        "a month of the largest exports is smaller; a compression bomb does not run for days";
    INPUT_COLUMNS = "input-columns", 2_000, Count("columns"), "columns of a billing file",
        "a CUR with every resource tag has some hundred columns; each column uses memory in every thread";
    INPUT_RECORD = "input-record", 64 * MIB, Bytes, "one record of a CSV file",
        "without it, an unclosed quote would read the whole file into memory";
    SHEET_ROWS = "sheet-rows", 1_000_000, Count("rows"), "rows of a sheet of a workbook",
        "the format has 1,048,576, and a few are below the table";
    FOLDER_FILES = "folder-files", 10_000, Count("files"), "files and folders of a folder or ZIP archive that is imported",
        "an export of a large month has some hundred files; a whole disk is not one";
    NAMED_REJECTIONS = "named-rejections", 1_000, Count("rejected rows"), "rejected rows that are listed with line and reason; further rows are only counted",
        "a file of invalid rows must not fill the memory with reasons";
    IMPORT_PERIODS = "import-periods", 500, Count("billing periods"), "billing periods of sources in one import",
        "each keeps a file and its series open until the import is complete";
    IMPORT_PARTS = "import-parts", 10_000, Count("files"), "files that one import writes to the lake",
        "an import in which sources alternate would write a small file for each change";
    OPEN_PARTS = "open-parts", 24, Count("files"), "files of the lake that are written at the same time; the least recently used is completed first",
        "each uses up to 8 MiB and a file descriptor";
    PARQUET_PAGE = "parquet-page", 64 * MIB, Bytes, "one decompressed page of a Parquet file",
        "writers use pages of 1 MiB; a page is decompressed as a whole";
    PARQUET_OPEN_PAGES = "parquet-open-pages", 256 * MIB, Bytes, "the largest decompressed page of each column of a row group, together",
        "a reader holds one page of each column";
    PARQUET_GROUP = "parquet-group", 8 * GIB, Bytes, "all decompressed pages of a row group of a Parquet file",
        "row groups have usually 128 MiB to 1 GiB";
    MANIFEST_BYTES = "manifest-bytes", 8 * MIB, Bytes, "the manifest of a data export",
        "it names at most some thousand files";
    MANIFEST_FILES = "manifest-files", 10_000, Count("files"), "files that a manifest of a data export names",
        "an export of a large month has some hundred files";
    CAUSE_VALUES = "cause-values", 100_000, Count("values"), "values of one dimension among which causes are sought; with more, the dimension is left out",
        "each is held in memory; services and accounts are never this many, resources may be";
    SPEND_GROUPS = "spend-groups", 1_000_000, Count("resources or commitments"), "resources or commitments whose costs advice reads",
        "each takes some hundred bytes of a function's memory";
    METRIC_BYTES = "metric-bytes", 64 * MIB, Bytes, "a CSV file of business figures, or one answer of their source",
        "a month of daily figures of 30,000 customers has some 35 MiB";
    METRIC_FIGURES = "metric-figures", 1_000_000, Count("figures"), "figures of one import of a business metric",
        "a month of daily figures of 30,000 customers; they are held in memory";
    METRIC_PAGES = "metric-pages", 1_000, Count("pages"), "pages of one answer of a source of business figures",
        "a source whose last page names itself would be read forever";
    METRIC_SECONDS = "metric-seconds", 300, Seconds, "the time of one import of a business metric",
        "a source that answers slowly must not block a schedule";
    ALLOCATION_RULES = "allocation-rules", 1_000, Count("rules"), "`allocation` blocks of a policy file",
        "each is compared with every group of charges; companies have some ten rules, and AWS allows 500 targets";
    COST_CELLS = "cost-cells", 1_000_000, Count("cells"), "groups times buckets of an answer about cost",
        "each takes some hundred bytes, and nobody reads more rows";
    SQL_TEXT = "sql-text", 64 * KIB, Bytes, "the text of a query",
        "queries of people and reports have some KiB";
    SQL_TOKENS = "sql-tokens", 10_000, Count("words and symbols"), "words and symbols of a query",
        "each takes memory while the query is planned";
    SQL_DEPTH = "sql-depth", 100, Count("levels"), "nested levels of a query: operators in a row, brackets, `case`, set operations and joins",
        "each level makes the plan deeper, and a plan that is too deep overflows the stack";
    SQL_SECONDS = "sql-seconds", 120, Seconds, "the time of a query",
        "a runaway query must not block a machine or a function";
    SQL_MEMORY = "sql-memory", 1536 * MIB, Bytes, "memory of sorts, joins and groups of a query",
        "a laptop and a function have this much";
    SQL_ROWS = "sql-rows", 100_000, Count("rows"), "rows of an answer; an answer with more is marked as truncated",
        "an answer is kept in memory before it is printed; `export focus` writes any number of rows";
    DATASET_ROWS = "dataset-rows", 10_000, Count("rows"), "rows of a FOCUS dataset beside the charges: billing periods, invoice details or contract commitments",
        "they are kept in one document and are part of the text of a query; companies have some hundred a year";
    SERVE_CONNECTIONS = "serve-connections", 256, Count("connections"), "open connections of `tollgate serve`; the oldest is closed for a new one",
        "Slack opens a few; each uses a file descriptor";
    SERVE_HEADERS = "serve-headers", 16 * KIB, Bytes, "the header of an HTTP request to `tollgate serve`",
        "Slack sends some hundred bytes";
    SERVE_BODY = "serve-body", MIB, Bytes, "the body of an HTTP request to `tollgate serve`",
        "the largest payload of Slack has some ten KiB";
    SERVE_SECONDS = "serve-seconds", 10, Seconds, "the time in which the header of a request, its body, or the next request of a connection must arrive",
        "a connection that sends nothing is closed";
    TOKEN_BYTES = "token-bytes", 16 * KIB, Bytes, "a bearer token or an ID token",
        "tokens with some hundred groups have about 10 KiB";
    TOKEN_KEYS = "token-keys", 100, Count("keys"), "public keys of an identity provider",
        "providers have two to ten; each may be tried for a token";
    TOKEN_LEEWAY = "token-leeway", 60, Seconds, "the difference of clocks that the times of a token allow",
        "servers keep their clocks within a second; more would make expired tokens valid";
    ISSUER_ANSWER = "issuer-answer", MIB, Bytes, "an answer of an identity provider: its configuration, its keys or a token",
        "they have some KiB; a provider that is not one must not fill the memory";
    SIGN_IN_SECONDS = "sign-in-seconds", 600, Seconds, "the time in which a sign-in must be completed",
        "people type a password and a second factor within a few minutes";
    LINK_SECONDS = "link-seconds", 300, Seconds, "the life of the one-time link of `tollgate serve`",
        "it is opened at once; later it is found in the history of a terminal";
    SESSION_IDLE = "session-idle", 28_800, Seconds, "the time without a request after which a session ends",
        "a working day; a machine that is left overnight is signed out";
    SESSION_SECONDS = "session-seconds", 604_800, Seconds, "the life of a session, however often it is used",
        "a person who left the company loses access within a week, even where nobody ends the session";
    API_KEYS = "api-keys", 1_000, Count("keys"), "API keys of a tenant that are neither expired nor revoked",
        "companies have some ten programs; a program that creates keys in a loop is stopped";
    API_KEY_DAYS = "api-key-days", 366, Count("days"), "the life of an API key",
        "a key that is not rotated each year is one that nobody remembers";
    KEY_REQUESTS = "key-requests", 3_000, Count("requests"), "requests of an API key or a program's token in a minute",
        "50 a second are more than reports and pipelines send; beyond it, others would wait";
    PERSON_REQUESTS = "person-requests", 1_200, Count("requests"), "requests of a person in a minute",
        "a page sends some ten, and people open a page every few seconds";
    API_BODY = "api-body", MIB, Bytes, "the body of a request to the API, besides uploaded billing files",
        "the largest body is a policy file of some ten KiB";
    API_UPLOAD = "api-upload", 64 * MIB, Bytes, "a billing file that is uploaded to the API",
        "it is held in memory; larger files are imported by `tollgate ingest` or from a bucket";
    API_TARGET = "api-target", 8 * KIB, Bytes, "the path and the parameters of a request to the API",
        "a question with many filters has some hundred bytes; a longer one is sent as a body";
    API_SECONDS = "api-seconds", 25, Seconds, "the time of an answer of the API",
        "an HTTP API of AWS waits 30 seconds for a function";
    API_REQUESTS = "api-requests", 64, Count("requests"), "requests that one process of the API answers at the same time",
        "each may read a month of series into memory";
    API_PAGE = "api-page", 1_000, Count("items"), "items of one page of a list of the API",
        "a program reads longer lists by their cursor";
    API_GROUPS = "api-groups", 10_000, Count("groups"), "groups of an answer about cost of the API; the others are one row",
        "as many as `--top` lists; an answer with more is marked as truncated";
    GATE_PLAN = "gate-plan", 512 * MIB, Bytes, "a Terraform plan as JSON",
        "a plan of 100,000 resources has about 250 MiB";
    GATE_FILE = "gate-file", 8 * MIB, Bytes, "a source, policy, waiver, baseline, usage or data file that the gate reads",
        "files that people write are much smaller; devices and pipes are refused";
    GATE_SOURCES = "gate-sources", 20_000, Count("files"), "Terraform sources of one configuration with its modules",
        "large repositories have some thousand files";
    GATE_INSTANCES = "gate-instances", 20_000, Count("instances"), "resources of a configuration that is evaluated without a plan",
        "large configurations have some thousand; a mistaken `count` has millions";
    REGO_FILES = "rego-files", 500, Count("files"), "Rego and data files of a policy folder",
        "policy folders have some ten files";
    REGO_DEPTH = "rego-depth", 60, Count("levels"), "nested expressions in a Rego module, and calls of functions by functions",
        "the evaluator is recursive and needs stack for each level";
    REGO_FINDINGS = "rego-findings", 1_000, Count("findings"), "findings of one Rego rule",
        "nobody reads more findings of one rule";
    TEXT_WIDTH = "text-width", 120, Count("characters"), "a name or a key in aligned output; longer ones are cut with `…`",
        "without it, a key of 70,000 characters would widen every line of a table";
    DOWNLOAD_SECONDS = "download-seconds", 1_800, Seconds, "the time of one download of a price list or a budget status",
        "a server that sends one byte now and then must not block a job forever";
    COMMENT_CHARACTERS = "comment-characters", 65_536, Count("characters"), "a comment on a pull request",
        "GitHub refuses longer ones";
    STORED_FORECASTS = "stored-forecasts", 200, Count("scopes"), "scopes whose forecasts a run keeps to be scored later; the largest are kept",
        "an item of DynamoDB has at most 400 KiB";
    STORED_FORECAST_DAYS = "stored-forecast-days", 400, Count("days"), "days for which forecasts are kept to be scored",
        "a year of forecasts says how good they are";
    OPEN_CHANGES = "open-pull-requests", 1_000, Count("pull requests"), "open pull requests whose cost is counted against a budget",
        "each costs a request; with more, the gate refuses to judge a budget";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_shown_with_their_unit() {
        assert_eq!(INPUT_COLUMNS.to_string(), "the limit `input-columns` of 2,000 columns");
        assert_eq!(PARQUET_PAGE.amount(), "64 MiB");
        assert_eq!(SERVE_HEADERS.amount(), "16 KiB");
        assert_eq!(SQL_SECONDS.amount(), "120 s");
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn ids_are_unique() {
        let ids: std::collections::BTreeSet<&str> = ALL.iter().map(|l| l.id).collect();
        assert_eq!(ids.len(), ALL.len());
    }
}
