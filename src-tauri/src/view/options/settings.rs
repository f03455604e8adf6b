//! The options from what is stored, and back.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use sync::alerts::Kind;
use sync::forecast::Forecast;
use sync::settings::{self, Pick, Settings};
use sync::store::{PickValue, Picklists};

use super::{AlertRow, Alerts, Billing, Choice, ForecastView, General, Options, OptionsView};
use crate::status::clamped;
use crate::view::CommandError;

impl OptionsView {
    /// `starts_at_login` is what the operating system says.
    pub fn of(settings: &Settings, picklists: &Picklists, starts_at_login: bool) -> Self {
        let alerts = settings
            .alerts
            .clone()
            .unwrap_or_else(proposal)
            .resolved(picklists);
        let rows = [
            &alerts.success,
            &alerts.warning,
            &alerts.error,
            &alerts.digest,
        ];
        let priorities = choices(&picklists.priorities, rows.map(|row| row.priority.as_ref()));
        let queues = choices(&picklists.queues, rows.map(|row| row.queue.as_ref()));
        Self {
            saved: settings.alerts.is_some(),
            options: Options {
                alerts: Alerts::from(&alerts),
                billing: Billing::from(&settings.billing),
                general: General {
                    start_at_login: starts_at_login,
                    ..General::from(&settings.general)
                },
            },
            priorities,
            queues,
            time_zones: time_zones(&settings.general.time_zone),
        }
    }
}

/// What the first visit shows: the values that a tenant of Autotask has from the start, where they
/// are still there under their names. A label that does not resolve is nothing chosen.
fn proposal() -> settings::Alerts {
    let mut alerts = settings::Alerts::proposal();
    for (row, priority) in [
        (&mut alerts.success, "Low"),
        (&mut alerts.warning, "Medium"),
        (&mut alerts.error, "High"),
        (&mut alerts.digest, "Low"),
    ] {
        row.priority = Some(Pick::Label(priority.to_owned()));
        row.queue = Some(Pick::Label("Monitoring Alert".to_owned()));
    }
    alerts
}

/// Active values, and those that are chosen and have gone: they are shown as such.
fn choices(values: &[PickValue], chosen: [Option<&Pick>; 4]) -> Vec<Choice> {
    let chosen: Vec<i64> = chosen.into_iter().flatten().filter_map(Pick::id).collect();
    let mut choices: Vec<Choice> = values
        .iter()
        .filter(|value| value.active || chosen.contains(&value.id))
        .map(|value| Choice {
            id: value.id,
            label: value.label.clone(),
            active: value.active,
        })
        .collect();
    for id in chosen {
        if !choices.iter().any(|choice| choice.id == id) {
            choices.push(Choice {
                id,
                label: format!("{id}"),
                active: false,
            });
        }
    }
    choices
}

fn time_zones(saved: &str) -> Vec<String> {
    let own = TimeZone::system().iana_name().unwrap_or("UTC").to_owned();
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .filter(|name| *name != own && *name != saved)
        .collect();
    names.sort_unstable();
    names.dedup();
    if saved != own {
        names.insert(0, saved.to_owned());
    }
    names.insert(0, own);
    names
}

impl Options {
    /// Checked: every error names the field. What the page does not show of billing stays as it is saved.
    pub fn settings(
        &self,
        saved: &settings::Billing,
    ) -> Result<(settings::Alerts, settings::Billing, settings::General), CommandError> {
        let alerts = self.alerts.settings()?;
        let billing = self.billing.settings(saved)?;
        let general = settings::General {
            time_zone: self.general.time_zone.trim().to_owned(),
            check_every_minutes: self.general.check_every_minutes,
            start_at_login: self.general.start_at_login,
            notifications: self.general.notifications,
            quota_share: self.general.quota_share,
            keep_ledger_days: self.general.keep_ledger_days,
        };
        alerts.validate()?;
        for kind in Kind::ALL {
            chosen(kind, alerts.row(kind))?;
        }
        billing.validate()?;
        general.validate()?;
        Ok((alerts, billing, general))
    }
}

/// A row that is on says where its tickets go. Whether the value is still active is not asked
/// here: a queue that has gone blocks its row, not the saving of everything else.
fn chosen(kind: Kind, row: &settings::AlertRow) -> Result<(), CommandError> {
    if !row.enabled {
        return Ok(());
    }
    for (what, pick) in [("priority", &row.priority), ("queue", &row.queue)] {
        if pick.is_none() {
            return Err(CommandError::invalid(
                &format!("alerts.{}.{what}", kind.name()),
                format!(
                    "Choose a {what} for {}, or switch the row off.",
                    kind.label()
                ),
            ));
        }
    }
    Ok(())
}

impl Alerts {
    pub fn settings(&self) -> Result<settings::Alerts, CommandError> {
        Ok(settings::Alerts {
            success: self.success.settings(),
            warning: self.warning.settings(),
            error: self.error.settings(),
            digest: self.digest.settings(),
            digest_time: time("alerts.digestTime", &self.digest_time)?,
            digest_without_jobs: self.digest_without_jobs,
            jobs_since: self.jobs_since.as_deref().map(moment).transpose()?,
        })
    }
}

impl AlertRow {
    fn settings(&self) -> settings::AlertRow {
        settings::AlertRow {
            enabled: self.enabled,
            priority: self.priority.map(Pick::Id),
            queue: self.queue.map(Pick::Id),
            days_due: self.days_due,
        }
    }
}

pub(super) fn time(field: &str, text: &str) -> Result<Time, CommandError> {
    Time::strptime("%H:%M", text.trim())
        .map_err(|_| CommandError::invalid(field, "Write the time as hours and minutes: 06:00."))
}

fn moment(text: &str) -> Result<Timestamp, CommandError> {
    text.parse().map_err(|_| {
        CommandError::invalid(
            "alerts.jobsSince",
            "Write the moment as 2026-11-23T00:00:00Z.",
        )
    })
}

impl From<&settings::Alerts> for Alerts {
    fn from(alerts: &settings::Alerts) -> Self {
        Self {
            success: AlertRow::from(&alerts.success),
            warning: AlertRow::from(&alerts.warning),
            error: AlertRow::from(&alerts.error),
            digest: AlertRow::from(&alerts.digest),
            digest_time: alerts.digest_time.strftime("%H:%M").to_string(),
            digest_without_jobs: alerts.digest_without_jobs,
            jobs_since: alerts.jobs_since.map(|at| at.to_string()),
        }
    }
}

impl From<&settings::AlertRow> for AlertRow {
    fn from(row: &settings::AlertRow) -> Self {
        Self {
            enabled: row.enabled,
            priority: row.priority.as_ref().and_then(Pick::id),
            queue: row.queue.as_ref().and_then(Pick::id),
            days_due: row.days_due,
        }
    }
}

impl From<&settings::General> for General {
    fn from(general: &settings::General) -> Self {
        Self {
            time_zone: general.time_zone.clone(),
            check_every_minutes: general.check_every_minutes,
            start_at_login: general.start_at_login,
            notifications: general.notifications,
            quota_share: general.quota_share,
            keep_ledger_days: general.keep_ledger_days,
        }
    }
}

impl From<Forecast> for ForecastView {
    fn from(forecast: Forecast) -> Self {
        Self {
            days: forecast.days,
            success: clamped(forecast.success),
            warning: clamped(forecast.warning),
            error: clamped(forecast.error),
            tickets: clamped(forecast.tickets),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::ErrorCode;

    fn picklists() -> Picklists {
        let value = |id, label: &str, active| PickValue {
            id,
            label: label.to_owned(),
            active,
        };
        Picklists {
            priorities: vec![value(1, "High", true), value(2, "Old", false)],
            queues: vec![value(10, "Monitoring", true), value(11, "Gone", false)],
            statuses: vec![],
        }
    }

    fn saved() -> Settings {
        let mut alerts = settings::Alerts::proposal();
        for row in [&mut alerts.error, &mut alerts.warning, &mut alerts.digest] {
            row.priority = Some(Pick::Label("high".to_owned()));
            row.queue = Some(Pick::Id(11));
        }
        Settings {
            alerts: Some(alerts),
            ..Settings::default()
        }
    }

    #[test]
    fn the_first_visit_is_a_proposal() {
        let view = OptionsView::of(&Settings::default(), &picklists(), false);
        assert!(!view.saved);
        assert!(view.options.alerts.error.enabled && !view.options.alerts.success.enabled);
        assert_eq!(view.options.alerts.digest_time, "06:00");
    }

    #[test]
    fn the_proposal_takes_what_every_tenant_has_where_it_is_still_there() {
        let view = OptionsView::of(&Settings::default(), &picklists(), false);
        let alerts = view.options.alerts;
        assert_eq!(alerts.error.priority, Some(1), "High is in the picklist");
        assert_eq!(alerts.warning.priority, None, "Medium is not");
        assert_eq!(alerts.error.queue, None, "Monitoring Alert is not");
    }

    #[test]
    fn a_chosen_queue_that_has_gone_is_shown_as_such_and_others_are_not_shown() {
        let view = OptionsView::of(&saved(), &picklists(), false);
        let queues: Vec<_> = view.queues.iter().map(|c| (c.id, c.active)).collect();
        assert_eq!(queues, [(10, true), (11, false)]);
        let priorities: Vec<_> = view.priorities.iter().map(|c| c.id).collect();
        assert_eq!(priorities, [1]);
        assert_eq!(
            view.options.alerts.error.priority,
            Some(1),
            "the label is resolved"
        );
    }

    #[test]
    fn start_at_login_is_what_the_system_says() {
        let mut settings = saved();
        settings.general.start_at_login = false;
        assert!(
            OptionsView::of(&settings, &picklists(), true)
                .options
                .general
                .start_at_login
        );
    }

    #[test]
    fn options_survive_the_way_to_the_page_and_back() {
        let settings = saved();
        let view = OptionsView::of(&settings, &picklists(), settings.general.start_at_login);
        let (alerts, billing, general) = view.options.settings(&settings.billing).unwrap();
        assert_eq!(
            Some(alerts),
            settings.alerts.map(|a| a.resolved(&picklists()))
        );
        assert_eq!(billing, settings.billing);
        assert_eq!(general, settings.general);
    }

    #[test]
    fn each_wrong_option_is_refused_with_its_field() {
        let good = OptionsView::of(&saved(), &picklists(), false).options;
        type Case = (&'static str, fn(&mut Options));
        let cases: [Case; 11] = [
            ("alerts.error.queue", |o| o.alerts.error.queue = None),
            ("alerts.digest.priority", |o| {
                o.alerts.digest.priority = None
            }),
            ("alerts.warning.daysDue", |o| {
                o.alerts.warning.days_due = Some(366)
            }),
            ("alerts.digestTime", |o| {
                o.alerts.digest_time = "25:00".to_owned()
            }),
            ("alerts.jobsSince", |o| {
                o.alerts.jobs_since = Some("yesterday".to_owned())
            }),
            ("billing.invoiceDay", |o| o.billing.invoice_day = 32),
            ("billing.block", |o| o.billing.block = 0),
            ("billing.included", |o| o.billing.included = u32::MAX),
            ("billing.minimum", |o| o.billing.minimum = u32::MAX),
            ("billing.maxAgeDays", |o| o.billing.max_age_days = 32),
            ("general.timeZone", |o| {
                o.general.time_zone = "Atlantis".to_owned()
            }),
        ];
        for (field, spoil) in cases {
            let mut options = good.clone();
            spoil(&mut options);
            let error = options.settings(&settings::Billing::default()).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidInput);
            assert_eq!(error.field.as_deref(), Some(field), "{}", error.message);
        }
    }

    #[test]
    fn the_computers_time_zone_comes_first_and_none_twice() {
        let zones = time_zones("Europe/Berlin");
        assert_eq!(zones[0], TimeZone::system().iana_name().unwrap_or("UTC"));
        assert_eq!(
            zones.iter().filter(|zone| *zone == "Europe/Berlin").count(),
            1
        );
        assert!(zones.len() > 100);
    }
}
