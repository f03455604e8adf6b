//! Which addresses a portal may have.

use url::{Host, ParseError, Url};

use crate::Error;

/// The address with a path that ends in `/`.
pub(super) fn base(address: &str) -> Result<Url, Error> {
    let refused = |reason: &str| {
        Err(Error::Address {
            reason: reason.to_owned(),
        })
    };
    let mut url = match Url::parse(address.trim()) {
        Ok(url) => url,
        Err(ParseError::RelativeUrlWithoutBase) => {
            return refused("write it in full, with https:// in front");
        }
        Err(error) => return refused(&format!("{error}; write it as https://portal.example.com")),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refused("leave out the name and password; the token has a field of its own");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refused("leave out everything from the ? or # on");
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return refused(
                "the token must not travel unencrypted: write https:// in place of http://",
            );
        }
        _ => return refused("it must begin with https://"),
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_anywhere_and_http_on_loopback_only() {
        let table = [
            ("https://portal.example.com", "https://portal.example.com/"),
            (
                " https://portal.example.com/api ",
                "https://portal.example.com/api/",
            ),
            (
                "https://portal.example.com:8443/api/",
                "https://portal.example.com:8443/api/",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("http://127.9.9.9/x", "http://127.9.9.9/x/"),
            ("http://[::1]:1", "http://[::1]:1/"),
            ("http://localhost:3000", "http://localhost:3000/"),
        ];
        for (address, expected) in table {
            assert_eq!(base(address).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        let table = [
            "",
            "portal.example.com",
            "portal.example.com:8443",
            "http://portal.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://192.168.1.2",
            "http://0.0.0.0",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
            "https://",
            "https://user:canary@portal.example.com",
            "https://canary@portal.example.com",
            "https://portal.example.com/?token=canary",
            "https://portal.example.com/#canary",
            "https://exa mple.com",
        ];
        for address in table {
            let error = base(address).unwrap_err();
            assert_eq!(error.code(), "address", "{address}");
            assert!(!error.to_string().contains("canary"), "{error}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }
}
