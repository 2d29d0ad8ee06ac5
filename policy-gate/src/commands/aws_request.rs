//! Requests that are signed with the AWS keys of the environment: objects of S3, function URLs and API Gateway.

use anyhow::bail;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign as sign_request,
};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tollgate_prices::remote::{Remote, host};

use super::budgets::variable;

/// What to do without keys.
const KEYS: &str =
    "get them from `aws-actions/configure-aws-credentials`, with a role that may read the status of budgets";

/// Reads an object by its address: `s3://BUCKET/KEY`.
pub(super) async fn read_object(address: &str, limit: usize) -> anyhow::Result<Vec<u8>> {
    let url = object_url(address)?;
    Ok(Remote::new()?.get(&url, &sign(&url, "s3")?, limit).await?)
}

/// The HTTPS address of an object, in the region of the environment.
fn object_url(address: &str) -> anyhow::Result<String> {
    let (bucket, key) = address.trim_start_matches("s3://").split_once('/').unwrap_or_default();
    let is_bucket = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '/');
    if bucket.is_empty() || key.is_empty() || !bucket.chars().all(is_bucket) || !key.chars().all(is_key) {
        bail!(
            "{address}: is not the address of an object\nhint: write s3://BUCKET/published/budgets.json, the output `BudgetStatus` of the stack"
        );
    }
    let endpoint = variable("AWS_ENDPOINT_URL_S3", "").or_else(|_| variable("AWS_ENDPOINT_URL", ""));
    if let Ok(endpoint) = endpoint {
        return Ok(format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')));
    }
    let region = region()?;
    // Certificates of virtual hosts do not cover names with dots.
    Ok(match bucket.contains('.') {
        true => format!("https://s3.{region}.amazonaws.com/{bucket}/{key}"),
        false => format!("https://{bucket}.s3.{region}.amazonaws.com/{key}"),
    })
}

fn region() -> anyhow::Result<String> {
    variable("AWS_REGION", KEYS).or_else(|error| variable("AWS_DEFAULT_REGION", "").map_err(|_| error))
}

/// The headers of a signed GET request.
pub(super) fn sign(url: &str, service: &str) -> anyhow::Result<HeaderMap> {
    let key = variable("AWS_ACCESS_KEY_ID", KEYS)?;
    let secret = variable("AWS_SECRET_ACCESS_KEY", KEYS)?;
    let region = region()?;
    let session = variable("AWS_SESSION_TOKEN", "").ok();
    let mut settings = SigningSettings::default();
    if service == "s3" {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    let identity = aws_credential_types::Credentials::new(key, secret, session, None, "environment").into();
    let params = aws_sigv4::sign::v4::SigningParams::builder()
        .identity(&identity)
        .region(&region)
        .name(service)
        .time(std::time::UNIX_EPOCH + super::inputs::now()?)
        .settings(settings)
        .build()?
        .into();
    let host = host(url);
    let request = SignableRequest::new("GET", url, std::iter::once(("host", host.as_str())), SignableBody::Bytes(&[]))?;
    let (instructions, _) = sign_request(request, &params)?.into_parts();
    let mut headers = HeaderMap::new();
    for (name, value) in instructions.headers() {
        let mut value =
            HeaderValue::from_str(value).map_err(|_| anyhow::anyhow!("the signature is not one line of text"))?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_bytes(name.as_bytes())?, value);
    }
    Ok(headers)
}
