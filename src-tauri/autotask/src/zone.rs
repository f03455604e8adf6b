//! Zones: the host on which a tenant lives, and which hosts are trusted with a password.
//!
//! A zone's address is used only if it is HTTPS under `autotask.net`, or loopback (a simulator,
//! or a tunnel that the user set up). Loopback is believed only from a look-up on loopback.

use url::{Host, Url};

use crate::credentials::{Api, Options};
use crate::{Error, rest, soap, text};

/// Where every tenant's zone can be asked for (vendor's help, *getZoneInfo*).
pub const ZONE_LOOKUP: &str = "https://webservices.autotask.net/";

/// A tenant's zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// The address as Autotask gave it, or as it was set by hand.
    pub address: Url,
    /// The web interface, with a slash at the end.
    pub web: Option<Url>,
    /// Autotask's name of the zone; REST tells it.
    pub name: Option<String>,
}

/// Asks the look-up host for the zone of a username: one request, without credentials.
///
/// A tenant can be moved to another zone, so ask again from time to time, and when a login that was
/// good is refused.
///
/// # Errors
///
/// [`ZoneNotFound`](Error::ZoneNotFound) if there is no such user,
/// [`ZoneUntrusted`](Error::ZoneUntrusted) if the look-up or what it names is not to be trusted with a
/// login; otherwise whatever can happen to a call.
pub async fn find_zone(
    lookup: &Url,
    username: &str,
    api: Api,
    options: &Options,
) -> Result<Zone, Error> {
    check(lookup)?;
    let found = match api {
        Api::Rest => rest::find_zone(lookup, username, options).await?,
        Api::Soap => soap::find_zone(lookup, username, options).await?,
    };
    accept(lookup, found)
}

/// What a look-up answered, not yet trusted.
#[derive(Debug)]
pub(crate) struct Found {
    pub address: String,
    pub web: Option<String>,
    pub name: Option<String>,
}

pub(crate) fn accept(lookup: &Url, found: Found) -> Result<Zone, Error> {
    let address = parse(&found.address)?;
    check(&address)?;
    let leads_here = |to: &Url| is_loopback(to) && !is_loopback(lookup);
    if leads_here(&address) {
        return Err(untrusted(
            &found.address,
            "the look-up host named this computer",
        ));
    }
    let web = found
        .web
        .and_then(|web| Url::parse(&web).ok())
        .filter(|web| check(web).is_ok() && !leads_here(web))
        .map(with_slash)
        .or_else(|| web_of(&address));
    Ok(Zone {
        address,
        web,
        name: found.name.filter(|name| !name.trim().is_empty()),
    })
}

/// A zone whose address was set by hand: a host, a REST base address or a SOAP address. Sends
/// nothing.
///
/// # Errors
///
/// [`ZoneUntrusted`](Error::ZoneUntrusted) if it is no address, or not one under `autotask.net` or on
/// loopback.
///
/// ```
/// let zone = autotask::zone_from_address("webservices5.autotask.net")?;
/// assert_eq!(zone.address.as_str(), "https://webservices5.autotask.net/");
/// assert_eq!(zone.web.unwrap().as_str(), "https://ww5.autotask.net/");
/// assert!(autotask::zone_from_address("https://autotask.net.example.com/").is_err());
/// # Ok::<(), autotask::Error>(())
/// ```
pub fn zone_from_address(text: &str) -> Result<Zone, Error> {
    let text = text.trim();
    let address = if text.contains("://") {
        parse(text)?
    } else {
        parse(&format!("https://{text}"))?
    };
    check(&address)?;
    Ok(Zone {
        web: web_of(&address),
        address,
        name: None,
    })
}

fn parse(text: &str) -> Result<Url, Error> {
    Url::parse(text.trim()).map_err(|error| untrusted(text, &error.to_string()))
}

/// The rule of this module.
pub(crate) fn check(address: &Url) -> Result<(), Error> {
    let refuse = |reason| Err(untrusted(address.as_str(), reason));
    if !address.username().is_empty() || address.password().is_some() {
        return Err(untrusted(
            address.host_str().unwrap_or_default(),
            "it must not hold a name or a password",
        ));
    }
    if is_loopback(address) && matches!(address.scheme(), "http" | "https") {
        return Ok(());
    }
    if address.scheme() != "https" {
        return refuse("it is not HTTPS");
    }
    if address.port().is_some() {
        return refuse("it names a port");
    }
    let host = address.host_str().unwrap_or_default().trim_end_matches('.');
    if host == "autotask.net" || host.ends_with(".autotask.net") {
        Ok(())
    } else {
        refuse("its host is not under autotask.net")
    }
}

pub(crate) fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// The number of a zone is the same in its web address: `webservices5` goes with `ww5`.
fn web_of(address: &Url) -> Option<Url> {
    let number = address
        .host_str()?
        .strip_prefix("webservices")?
        .strip_suffix(".autotask.net")?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Url::parse(&format!("https://ww{number}.autotask.net/")).ok()
}

fn with_slash(mut address: Url) -> Url {
    if !address.path().ends_with('/') {
        let path = format!("{}/", address.path());
        address.set_path(&path);
    }
    address
}

/// Longer than any address of Autotask.
const ADDRESS_SHOWN: usize = 200;

fn untrusted(address: &str, reason: &str) -> Error {
    Error::ZoneUntrusted {
        // It may have come from the other side, in any length.
        address: text::cut(&text::single_line(address), ADDRESS_SHOWN).into_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn found(address: &str) -> Found {
        Found {
            address: address.to_owned(),
            web: None,
            name: None,
        }
    }

    #[test]
    fn an_address_that_is_not_trusted_is_shown_in_part_only() {
        let long = format!("https://example.com/{}\u{1}\n", "x".repeat(100_000));
        let error = zone_from_address(&long).unwrap_err();
        assert_eq!(error.code(), "zone_untrusted");
        assert!(error.to_string().len() < 400, "{}", error.to_string().len());
    }

    #[test]
    fn only_https_under_autotask_net_and_loopback_are_trusted() {
        for good in [
            "https://webservices5.autotask.net/ATServicesRest/",
            "https://WebServices5.Autotask.NET/",
            "webservices5.autotask.net",
            "webservices5.autotask.net/ATServices/1.6/atws.asmx",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080/",
            "https://localhost:8443/",
        ] {
            assert!(zone_from_address(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "http://webservices5.autotask.net/",
            "https://autotask.net.example.com/",
            "https://notautotask.net/",
            "https://webservices5.autotask.net:8443/",
            "https://webservices5.autotask.net@example.com/",
            "https://user:secret@webservices5.autotask.net/",
            "https://192.168.1.4/",
            "http://localhost.example.com/",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
        ] {
            let error = zone_from_address(bad).expect_err(bad);
            assert_eq!(error.code(), "zone_untrusted", "{bad}");
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn a_look_up_elsewhere_cannot_lead_to_this_computer() {
        let abroad = url(ZONE_LOOKUP);
        let here = url("http://127.0.0.1:8080/");
        assert!(accept(&abroad, found("http://127.0.0.1:9090/ATServicesRest/")).is_err());
        assert!(accept(&here, found("http://127.0.0.1:9090/ATServicesRest/")).is_ok());
        assert!(accept(&abroad, found("https://evil.example/ATServicesRest/")).is_err());
        assert!(
            accept(
                &abroad,
                found("https://webservices5.autotask.net/ATServicesRest/")
            )
            .is_ok()
        );
    }

    #[test]
    fn a_web_address_that_is_not_trusted_gives_way_to_the_zones_own() {
        let zone = |web: &str| {
            let found = Found {
                web: Some(web.to_owned()),
                ..found("https://webservices5.autotask.net/ATServicesRest/")
            };
            accept(&url(ZONE_LOOKUP), found)
                .unwrap()
                .web
                .unwrap()
                .to_string()
        };
        assert_eq!(
            zone("https://ww5.autotask.net"),
            "https://ww5.autotask.net/"
        );
        assert_eq!(zone("https://evil.example/"), "https://ww5.autotask.net/");
        assert_eq!(zone("javascript:alert(1)"), "https://ww5.autotask.net/");
        assert_eq!(zone("http://127.0.0.1:9090/"), "https://ww5.autotask.net/");
        assert_eq!(
            zone("https://ww14.autotask.net/"),
            "https://ww14.autotask.net/"
        );
    }
}
