//! The logins as the Credentials screen shows them, and what it sends.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

use sync::login::{Outcome, Service, Step};
use sync::settings::{self, Api, Autotask, CloudDirect, SourceKind, ZoneChoice};
use sync::store::{LoginState, ZoneFound};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct CredentialsView {
    pub autotask: AutotaskView,
    pub cloud_direct: CloudDirectView,
    /// `false`: the keychain cannot be used; secrets would be lost when the app quits.
    pub keychain: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct AutotaskView {
    pub username: String,
    pub password_saved: bool,
    pub tracking_identifier: String,
    pub api: ApiChoice,
    /// `"auto"`, or the address set by hand.
    pub zone: String,
    /// The host that is asked for the zone.
    pub zone_lookup: String,
    pub soap_times: SoapTimes,
    /// The zone's address as last found.
    pub zone_found: Option<String>,
    /// When the last successful test was; `None` after a change or a refused login.
    pub tested_at: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ApiChoice {
    Rest,
    Soap,
}

/// In which zone SOAP's times are, which carry none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SoapTimes {
    Eastern,
    Utc,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct CloudDirectView {
    pub source: SourceChoice,
    pub address: String,
    pub token_saved: bool,
    pub folder: String,
    pub tested_at: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SourceChoice {
    Portal,
    Folder,
}

/// What *Test and Save* of Autotask sends. `password` is `None` when the saved one is meant.
/// Not `Debug`: it holds a secret.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[expect(missing_debug_implementations, reason = "holds a secret")]
pub struct AutotaskInput {
    pub username: String,
    #[cfg_attr(test, ts(type = "string | null"))]
    pub password: Option<secrecy::SecretString>,
    pub tracking_identifier: String,
    pub api: ApiChoice,
    pub zone: String,
    pub zone_lookup: String,
    pub soap_times: SoapTimes,
}

/// What *Test and Save* of Cloud Direct sends. `token` is `None` when the saved one is meant.
#[derive(Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[expect(missing_debug_implementations, reason = "holds a secret")]
pub struct CloudDirectInput {
    pub source: SourceChoice,
    pub address: String,
    #[cfg_attr(test, ts(type = "string | null"))]
    pub token: Option<secrecy::SecretString>,
    pub folder: String,
}

/// A running or finished test, whole at every step: event `test-progress`, and the answer of the
/// command. `passed` is `None` while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TestView {
    pub service: TestedService,
    pub steps: Vec<TestStep>,
    pub passed: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TestedService {
    Autotask,
    CloudDirect,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct TestStep {
    /// "Find the zone", "Log in", "Rights: create tickets" …
    pub title: String,
    pub state: StepState,
    /// What was found, or what went wrong.
    pub detail: Option<String>,
    /// The way out, when it went wrong.
    pub remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Waiting,
    Running,
    Passed,
    /// Works, with less than everything (a right for billing is missing).
    Warning,
    Failed,
    Skipped,
}

impl AutotaskView {
    pub fn of(
        settings: Autotask,
        login: &LoginState,
        zone: Option<ZoneFound>,
        password_saved: bool,
    ) -> Self {
        Self {
            zone: settings.zone.as_str().to_owned(),
            username: settings.username,
            password_saved,
            tracking_identifier: settings.tracking_identifier,
            api: settings.api.into(),
            zone_lookup: settings.zone_lookup,
            soap_times: settings.soap_times.into(),
            zone_found: zone.map(|zone| zone.address),
            tested_at: tested_at(login),
        }
    }
}

impl CloudDirectView {
    pub fn of(settings: CloudDirect, login: &LoginState, token_saved: bool) -> Self {
        Self {
            source: settings.source.into(),
            address: settings.address,
            token_saved,
            folder: settings
                .folder
                .map(|folder| folder.display().to_string())
                .unwrap_or_default(),
            tested_at: tested_at(login),
        }
    }
}

fn tested_at(login: &LoginState) -> Option<String> {
    login
        .tested_at
        .filter(|_| login.refused_at.is_none())
        .map(|at| at.to_string())
}

impl AutotaskInput {
    pub fn settings(&self) -> Autotask {
        Autotask {
            username: self.username.trim().to_owned(),
            tracking_identifier: self.tracking_identifier.trim().to_owned(),
            api: self.api.into(),
            zone: ZoneChoice::from(self.zone.as_str()),
            zone_lookup: self.zone_lookup.trim().to_owned(),
            soap_times: self.soap_times.into(),
        }
    }
}

impl CloudDirectInput {
    /// What the screen does not show stays as it was.
    pub fn settings(&self, saved: CloudDirect) -> CloudDirect {
        let folder = self.folder.trim();
        CloudDirect {
            source: self.source.into(),
            address: self.address.trim().to_owned(),
            folder: (!folder.is_empty()).then(|| PathBuf::from(folder)),
            ..saved
        }
    }
}

impl TestView {
    pub fn running(service: TestedService, steps: &[Step]) -> Self {
        Self {
            service,
            steps: steps.iter().map(TestStep::from).collect(),
            passed: None,
        }
    }

    pub fn ended(service: TestedService, outcome: &Outcome) -> Self {
        Self {
            passed: Some(outcome.passed),
            ..Self::running(service, &outcome.steps)
        }
    }
}

impl From<&Step> for TestStep {
    fn from(step: &Step) -> Self {
        Self {
            title: step.title.clone(),
            state: step.state.into(),
            detail: step.detail.clone(),
            remedy: step.remedy.clone(),
        }
    }
}

impl From<sync::login::StepState> for StepState {
    fn from(state: sync::login::StepState) -> Self {
        use sync::login::StepState as From;
        match state {
            From::Waiting => StepState::Waiting,
            From::Running => StepState::Running,
            From::Passed => StepState::Passed,
            From::Warning => StepState::Warning,
            From::Failed => StepState::Failed,
            From::Skipped => StepState::Skipped,
        }
    }
}

impl From<TestedService> for Service {
    fn from(service: TestedService) -> Self {
        match service {
            TestedService::Autotask => Service::Autotask,
            TestedService::CloudDirect => Service::CloudDirect,
        }
    }
}

impl From<Api> for ApiChoice {
    fn from(api: Api) -> Self {
        match api {
            Api::Rest => ApiChoice::Rest,
            Api::Soap => ApiChoice::Soap,
        }
    }
}

impl From<ApiChoice> for Api {
    fn from(api: ApiChoice) -> Self {
        match api {
            ApiChoice::Rest => Api::Rest,
            ApiChoice::Soap => Api::Soap,
        }
    }
}

impl From<settings::SoapTimes> for SoapTimes {
    fn from(times: settings::SoapTimes) -> Self {
        match times {
            settings::SoapTimes::Eastern => SoapTimes::Eastern,
            settings::SoapTimes::Utc => SoapTimes::Utc,
        }
    }
}

impl From<SoapTimes> for settings::SoapTimes {
    fn from(times: SoapTimes) -> Self {
        match times {
            SoapTimes::Eastern => settings::SoapTimes::Eastern,
            SoapTimes::Utc => settings::SoapTimes::Utc,
        }
    }
}

impl From<SourceKind> for SourceChoice {
    fn from(source: SourceKind) -> Self {
        match source {
            SourceKind::Portal => SourceChoice::Portal,
            SourceKind::Folder => SourceChoice::Folder,
        }
    }
}

impl From<SourceChoice> for SourceKind {
    fn from(source: SourceChoice) -> Self {
        match source {
            SourceChoice::Portal => SourceKind::Portal,
            SourceChoice::Folder => SourceKind::Folder,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_screen_does_not_show_is_kept_when_it_is_saved() {
        let saved = CloudDirect {
            overlap_minutes: 7,
            ..CloudDirect::default()
        };
        let input = CloudDirectInput {
            source: SourceChoice::Folder,
            address: String::new(),
            token: None,
            folder: " /exports ".to_owned(),
        };

        let settings = input.settings(saved);

        assert_eq!(settings.overlap_minutes, 7);
        assert_eq!(settings.source, SourceKind::Folder);
        assert_eq!(settings.folder, Some(PathBuf::from("/exports")));
    }

    #[test]
    fn a_refused_login_does_not_count_as_tested() {
        let at = "2026-11-23T12:00:00Z".parse().unwrap();
        let refused = LoginState {
            tested_at: Some(at),
            refused_at: Some(at),
            refused_message: None,
        };
        assert_eq!(tested_at(&refused), None);
    }
}
