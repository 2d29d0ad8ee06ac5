//! Requests of pages: whether a request that changes something comes from a page of this site.

use http::{HeaderMap, Method, StatusCode, header};

use crate::Refused;

/// Verifies that a request with a cookie comes from a page of this site. Requests that only read pass.
///
/// Browsers send `Sec-Fetch-Site` and `Origin`, and pages cannot change them. Each that is there must be of this site, and one must be there.
/// `address` is that of this site, such as `https://tollgate.example.com`.
///
/// # Errors
///
/// 403 for a request of a different site.
pub fn check_origin(address: Option<&str>, method: &Method, headers: &HeaderMap) -> Result<(), Refused> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let texts = |name| headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
    let sites: Vec<&str> = texts(header::HeaderName::from_static("sec-fetch-site")).collect();
    let origins: Vec<&str> = texts(header::ORIGIN).collect();
    let same_site = sites.iter().all(|site| *site == "same-origin");
    let same_origin = origins.iter().all(|origin| address.is_some_and(|own| own.eq_ignore_ascii_case(origin)));
    if same_site && same_origin && !(sites.is_empty() && origins.is_empty()) {
        return Ok(());
    }
    let message = "a request that changes something must come from a page of this site";
    Err(Refused::new(StatusCode::FORBIDDEN, "cross_site", message)
        .hint("programs send an API key or a token instead of a cookie")
        .detail(format!("Origin {origins:?}, Sec-Fetch-Site {sites:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(method: Method, headers: &[(&'static str, &'static str)]) -> bool {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(*name, value.parse().unwrap());
        }
        check_origin(Some("https://t.example.com"), &method, &all).is_ok()
    }

    #[test]
    fn only_pages_of_this_site_change_something() {
        let (origin, site) = ("origin", "sec-fetch-site");
        assert!(allowed(Method::GET, &[]) && allowed(Method::GET, &[(site, "cross-site")]));
        assert!(allowed(Method::POST, &[(origin, "https://t.example.com")]));
        assert!(allowed(Method::POST, &[(site, "same-origin")]));
        assert!(allowed(Method::DELETE, &[(site, "same-origin"), (origin, "https://t.example.com")]));
        for headers in [
            &[][..],
            &[(origin, "null")],
            &[(origin, "https://t.example.com.evil.example")],
            &[(origin, "http://t.example.com")],
            &[(origin, "https://t.example.com:8443")],
            &[(origin, "https://t.example.com"), (origin, "https://evil.example")],
            &[(origin, "https://evil.example"), (site, "same-origin")],
            &[(origin, "https://t.example.com"), (site, "cross-site")],
            &[(site, "same-site")],
            &[(site, "none")],
            &[(site, "same-origin, cross-site")],
        ] {
            for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                assert!(!allowed(method, headers), "{headers:?}");
            }
        }
        // Without an address of its own, a site trusts no `Origin`.
        let headers = [(header::ORIGIN, "https://t.example.com".parse().unwrap())].into_iter().collect();
        assert!(check_origin(None, &Method::POST, &headers).is_err());
    }
}
