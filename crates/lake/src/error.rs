//! What can go wrong in the lake.

use std::path::PathBuf;

use tollgate_model::text::causes;

/// An error of the lake.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The folder cannot be created.
    #[error("{path}: the lake's folder cannot be created: {error}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// The store refused.
    #[error("the lake's store refused the request: {}", store_message(.0))]
    Store(#[from] object_store::Error),
    /// A file could not be written or read as Parquet.
    #[error("the lake's files: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// A file of the lake is damaged.
    #[error(
        "{path}: the file is damaged: {message}\nhint: ingest the export again; `tollgate store check` lists every damaged file"
    )]
    Damaged {
        /// Which file, below the lake's folder.
        path: String,
        /// What is wrong with it.
        message: String,
    },
    /// Columns do not fit together.
    #[error("the lake's columns: {0}")]
    Arrow(#[from] arrow_schema::ArrowError),
    /// A query is invalid or failed.
    #[error("{0}")]
    Query(String),
    /// A service refused the request or did not answer.
    #[error("{service}: {message}")]
    Service {
        /// Which.
        service: &'static str,
        /// Its error message.
        message: String,
        /// Whether a retry may succeed.
        retryable: bool,
    },
    /// An export could not be written.
    #[error("the export could not be written: {0}")]
    Output(#[source] std::io::Error),
    /// A sum leaves the range.
    #[error("a total cannot be kept exactly: {0}")]
    Total(#[from] tollgate_model::MoneyError),
}

/// The message of an object store. S3 answers in XML, of which the code and the message are for people.
fn store_message(error: &object_store::Error) -> String {
    let text = causes(error);
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(value, _)| value)
    };
    match (element("Code"), element("Message")) {
        (Some(code), Some(message)) => {
            let bucket = element("BucketName").map_or(String::new(), |bucket| format!(" (bucket {bucket})"));
            format!(
                "{code}: {message}{bucket}\nhint: check the bucket's name and region, and that your role may use it"
            )
        }
        _ => text,
    }
}

impl LakeError {
    /// Whether a retry may succeed.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Store(object_store::Error::Generic { .. } | object_store::Error::JoinError { .. }) => true,
            Self::Service { retryable, .. } => *retryable,
            Self::Store(_)
            | Self::Folder { .. }
            | Self::Parquet(_)
            | Self::Damaged { .. }
            | Self::Arrow(_)
            | Self::Query(_)
            | Self::Output(_)
            | Self::Total(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_s3_is_its_code_and_message() {
        let xml = "Client error with status 404 Not Found: <?xml version=\"1.0\"?>\n<Error><Code>NoSuchBucket</Code>\
                   <Message>The specified bucket does not exist</Message><BucketName>lake-dev</BucketName></Error>";
        let error = object_store::Error::Generic { store: "S3", source: xml.into() };
        let text = LakeError::from(error).to_string();
        assert!(text.contains("NoSuchBucket: The specified bucket does not exist (bucket lake-dev)\nhint: "), "{text}");
        assert!(!text.contains('<'), "{text}");
    }
}
