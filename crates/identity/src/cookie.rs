//! Cookies of sessions and sign-ins.

use http::{HeaderMap, StatusCode, header};

use crate::Refused;

/// The address of this site, and the cookies that fit it.
///
/// Over TLS, cookies have the prefix `__Host-`: browsers accept them from this host only, over TLS only, and for the whole site. On one
/// machine without TLS, `Secure` is impossible; the name then has the port, because cookies of all ports of a machine are one set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    address: String,
    port: Option<u16>,
}

/// Which cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    Session,
    SignIn,
}

impl Site {
    /// Reads an address: `https://tollgate.example.com`, or `http://127.0.0.1:8080` on one machine.
    pub(crate) fn parse(address: &str) -> Result<Self, Refused> {
        let wrong = || {
            Refused::new(
                StatusCode::BAD_REQUEST,
                "address_invalid",
                format!("`{address}` is not the address of a site"),
            )
            .hint("write https://tollgate.example.com, without a path; http is possible on one machine only")
        };
        let address = address.trim_end_matches('/');
        let (scheme, host) = address.split_once("://").ok_or_else(wrong)?;
        if host.is_empty() || host.contains(['/', '?', '#', '@', ' ', '\\', ',']) {
            return Err(wrong());
        }
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port.parse::<u16>().map_err(|_| wrong())?)),
            _ => (host, None),
        };
        match scheme {
            "https" => Ok(Self { address: address.to_owned(), port: None }),
            "http" if matches!(name, "localhost" | "127.0.0.1" | "[::1]") => {
                Ok(Self { address: address.to_owned(), port: Some(port.unwrap_or(80)) })
            }
            _ => Err(wrong()),
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    fn name(&self, cookie: Cookie) -> String {
        let name = match cookie {
            Cookie::Session => "tollgate",
            Cookie::SignIn => "tollgate-signin",
        };
        match self.port {
            None => format!("__Host-{name}"),
            Some(port) => format!("{name}-{port}"),
        }
    }

    /// The value of `Set-Cookie`. `seconds` is its life; 0 removes it.
    pub(crate) fn set(&self, cookie: Cookie, value: &str, seconds: u64) -> String {
        let secure = if self.port.is_none() { "; Secure" } else { "" };
        // Lax: the provider sends the browser back by a link, and a strict cookie would not come along.
        format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", self.name(cookie))
    }

    /// The value of a cookie of a request; `None` when it is missing, there twice or not one of ours.
    pub(crate) fn read<'h>(&self, cookie: Cookie, headers: &'h HeaderMap) -> Option<&'h str> {
        let name = self.name(cookie);
        let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
        let value = values.next().filter(|value| {
            value.len() == 43 && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        });
        // Two cookies of one name: one of them was set by somebody else.
        value.filter(|_| values.next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO-_";

    fn headers(cookies: &[&str]) -> HeaderMap {
        let mut all = HeaderMap::new();
        for text in cookies {
            all.append(header::COOKIE, text.parse().unwrap());
        }
        all
    }

    #[test]
    fn cookies_are_bound_to_the_host_and_read_back() {
        let site = Site::parse("https://tollgate.example.com/").unwrap();
        let set = site.set(Cookie::Session, VALUE, 60);
        assert_eq!(set, format!("__Host-tollgate={VALUE}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"));
        let read = |cookies: &[&str]| site.read(Cookie::Session, &headers(cookies)).map(str::to_owned);
        assert_eq!(read(&[&format!("a=b; __Host-tollgate={VALUE}; c=d")]).as_deref(), Some(VALUE));
        assert_eq!(read(&["a=b", &format!("__Host-tollgate={VALUE}")]).as_deref(), Some(VALUE));
        for wrong in [
            "",
            "__Host-tollgate=",
            "__Host-tollgate=short",
            &format!("tollgate={VALUE}"),
            &format!("__Host-tollgate-signin={VALUE}"),
            &format!("__Host-tollgate={VALUE}; __Host-tollgate={VALUE}"),
            &format!("__Host-tollgate=\"{VALUE}\""),
        ] {
            assert_eq!(read(&[wrong]), None, "{wrong}");
        }
    }

    #[test]
    fn without_tls_there_are_only_sites_of_this_machine() {
        let local = Site::parse("http://127.0.0.1:8080").unwrap();
        let set = local.set(Cookie::SignIn, VALUE, 0);
        assert_eq!(set, format!("tollgate-signin-8080={VALUE}; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"));
        assert!(Site::parse("http://localhost").is_ok() && Site::parse("http://[::1]:80").is_ok());
        for wrong in [
            "http://10.0.0.1:8080",
            "http://0.0.0.0:80",
            "https://",
            "tollgate.example.com",
            "https://a/b",
            "https://a@b",
            "https://a:x",
            "ftp://a",
            "http://localhost.evil.example",
        ] {
            assert!(Site::parse(wrong).is_err(), "{wrong}");
        }
    }
}
