//! Zones: the host on which a tenant lives, and which hosts are trusted with a password.
//!
//! A zone's address is used only if it is HTTPS under `autotask.net`, or loopback (a simulator,
//! or a tunnel that the user set up). Loopback is believed only from a look-up on loopback.

use url::{Host, Url};

use crate::credentials::{Api, Options};
use crate::{Error, rest, soap};

/// Where every tenant's zone can be asked for.
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

fn accept(lookup: &Url, found: Found) -> Result<Zone, Error> {
    let address = parse(&found.address)?;
    check(&address)?;
    if is_loopback(&address) && !is_loopback(lookup) {
        return Err(untrusted(
            &found.address,
            "the look-up host named this computer",
        ));
    }
    let web = found
        .web
        .and_then(|web| Url::parse(&web).ok())
        .filter(|web| check(web).is_ok())
        .map(with_slash)
        .or_else(|| web_of(&address));
    Ok(Zone {
        address,
        web,
        name: found.name.filter(|name| !name.trim().is_empty()),
    })
}

/// A zone whose address was set by hand: a host, a REST base address or a SOAP address.
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
fn check(address: &Url) -> Result<(), Error> {
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

fn untrusted(address: &str, reason: &str) -> Error {
    Error::ZoneUntrusted {
        address: address.trim().to_owned(),
        reason: reason.to_owned(),
    }
}
