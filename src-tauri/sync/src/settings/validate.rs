//! What may be saved.

use url::Url;

use super::{
    AlertRow, Alerts, Autotask, Billing, CloudDirect, General, Settings, SettingsError, SourceKind,
    ZoneChoice,
};

/// Longest allowed Days Due.
pub const DAYS_DUE_MAX: u16 = 365;

/// Largest block of units.
pub const BLOCK_MAX: u32 = 1_000_000;
/// Most units that are included, or billed at least.
const UNITS_MAX: u32 = 1_000_000_000;
/// Longest time between a measurement and its invoice date.
const MAX_AGE_DAYS: u8 = 31;

fn wrong(field: &str, message: impl Into<String>) -> SettingsError {
    SettingsError {
        line: None,
        field: Some(field.to_owned()),
        message: message.into(),
    }
}

impl Settings {
    /// Names the first setting that cannot be used.
    pub fn validate(&self) -> Result<(), SettingsError> {
        self.autotask.validate()?;
        self.cloud_direct.validate()?;
        if let Some(alerts) = &self.alerts {
            alerts.validate()?;
        }
        self.billing.validate()?;
        self.general.validate()
    }
}

impl Autotask {
    pub fn validate(&self) -> Result<(), SettingsError> {
        if self.username.trim().is_empty() {
            return Err(wrong(
                "autotask.username",
                "The username is missing. It is the API user's whole name, such as user@domain.com.",
            ));
        }
        if self.tracking_identifier.trim().is_empty() {
            return Err(wrong(
                "autotask.tracking_identifier",
                "The tracking identifier is missing. It is on the API user's page in Autotask, tab \
                 Security.",
            ));
        }
        web_address("autotask.zone_lookup", &self.zone_lookup)?;
        if let ZoneChoice::Address(address) = &self.zone {
            // The client's error quotes the address; what is wrongly in its place may be a secret.
            autotask::zone_from_address(address).map_err(|_| {
                wrong(
                    "autotask.zone",
                    "This is not the address of an Autotask zone, such as \
                     https://webservices5.autotask.net/. Leave it to \"auto\" if in doubt.",
                )
            })?;
        }
        Ok(())
    }
}

impl CloudDirect {
    pub fn validate(&self) -> Result<(), SettingsError> {
        match self.source {
            SourceKind::Portal => {
                web_address("cloud_direct.address", &self.address)?;
            }
            SourceKind::Folder => match &self.folder {
                None => {
                    return Err(wrong(
                        "cloud_direct.folder",
                        "Choose the folder of exports.",
                    ));
                }
                Some(folder) if !folder.is_absolute() => {
                    return Err(wrong(
                        "cloud_direct.folder",
                        "Write the folder's whole path, from the root or the drive letter.",
                    ));
                }
                Some(_) => {}
            },
        }
        if self.overlap_minutes > 7 * 24 * 60 {
            return Err(wrong(
                "cloud_direct.overlap_minutes",
                "At most 10080 minutes (a week).",
            ));
        }
        Ok(())
    }
}

impl Alerts {
    pub fn validate(&self) -> Result<(), SettingsError> {
        let rows = [
            ("success", &self.success, false),
            ("warning", &self.warning, false),
            ("error", &self.error, false),
            ("digest", &self.digest, true),
        ];
        for (name, row, same_day_allowed) in rows {
            row.validate(name, same_day_allowed)?;
        }
        Ok(())
    }
}

impl AlertRow {
    fn validate(&self, name: &str, may_be_empty: bool) -> Result<(), SettingsError> {
        let field = format!("alerts.{name}.days_due");
        match self.days_due {
            Some(days) if days > DAYS_DUE_MAX => Err(wrong(
                &field,
                format!("Days Due is at most {DAYS_DUE_MAX}."),
            )),
            None if self.enabled && !may_be_empty => Err(wrong(
                &field,
                "Days Due is missing; 0 means due on the day of the job.",
            )),
            Some(_) | None => Ok(()),
        }
    }
}

impl Billing {
    pub fn validate(&self) -> Result<(), SettingsError> {
        if self.invoice_day > 31 {
            return Err(wrong(
                "billing.invoice_day",
                "The invoice day is 1 to 31, or 0 for the last day of the month.",
            ));
        }
        if self.metric.trim().is_empty() {
            return Err(wrong(
                "billing.metric",
                "The name of the measurement is missing. It is cloud_storage, unless the source calls \
                 it otherwise.",
            ));
        }
        if !(1..=BLOCK_MAX).contains(&self.block) {
            return Err(wrong("billing.block", "A block is 1 to 1000000 units."));
        }
        if self.included > UNITS_MAX {
            return Err(wrong("billing.included", "At most 1000000000 units."));
        }
        if self.minimum > UNITS_MAX {
            return Err(wrong("billing.minimum", "At most 1000000000 units."));
        }
        if self.max_age_days > MAX_AGE_DAYS {
            return Err(wrong("billing.max_age_days", "0 to 31 days."));
        }
        Ok(())
    }
}

impl General {
    pub fn validate(&self) -> Result<(), SettingsError> {
        if jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            return Err(wrong(
                "general.time_zone",
                "This is not a time zone that this computer knows. Use a name such as Europe/Berlin or \
                 America/New_York.",
            ));
        }
        if !(1..=1440).contains(&self.check_every_minutes) {
            return Err(wrong("general.check_every_minutes", "1 to 1440 minutes."));
        }
        if !(10..=100).contains(&self.quota_share) {
            return Err(wrong("general.quota_share", "10 to 100 percent."));
        }
        if !(90..=3650).contains(&self.keep_ledger_days) {
            return Err(wrong("general.keep_ledger_days", "90 to 3650 days."));
        }
        Ok(())
    }
}

/// HTTPS, or plain HTTP on this computer.
fn web_address(field: &str, text: &str) -> Result<Url, SettingsError> {
    if text.trim().is_empty() {
        return Err(wrong(field, "The address is missing."));
    }
    let url = Url::parse(text.trim())
        .map_err(|_| wrong(field, "This is not an address. It begins with https://."))?;
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => {
            return Err(wrong(
                field,
                "This is not an address. It begins with https://.",
            ));
        }
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            field,
            "Write the address without a user name or a password in it.",
        ));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback => Ok(url),
        _ => Err(wrong(
            field,
            "Only https:// is used (plain http:// only to this computer itself).",
        )),
    }
}
