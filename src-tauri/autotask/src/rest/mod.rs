//! REST v1.0.
use crate::{Error, credentials::Options, zone::Found};
use url::Url;
pub(crate) async fn find_zone(
    _lookup: &Url,
    _username: &str,
    _options: &Options,
) -> Result<Found, Error> {
    Err(Error::query("not yet"))
}
