//! What may be said of the two logins, for the screens and for the command line.
//!
//! A refused login is one request: a step that was refused ends the test, and from then on nothing
//! is sent anywhere until a test has passed. What is tested is saved only when it has passed.

mod autotask;
mod cloud_direct;

use serde::{Deserialize, Serialize};

pub use self::{autotask::test_autotask, cloud_direct::test_cloud_direct};
use crate::store::{Store, StoreError};

/// The two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    Autotask,
    CloudDirect,
}

impl Service {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Service::Autotask => "autotask",
            Service::CloudDirect => "cloud_direct",
        }
    }

    /// As a person knows it.
    pub fn label(self) -> &'static str {
        match self {
            Service::Autotask => "Autotask",
            Service::CloudDirect => "Cloud Direct",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Waiting,
    Running,
    Passed,
    /// Works, with less than everything.
    Warning,
    Failed,
    /// Not tried, because an earlier step failed.
    Skipped,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    pub title: String,
    pub state: StepState,
    /// What was found, or what went wrong.
    pub detail: Option<String>,
    /// The way out, when it went wrong.
    pub remedy: Option<String>,
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    pub steps: Vec<Step>,
    pub passed: bool,
    /// The login was refused: nothing may be sent until a test has passed.
    pub stop: bool,
}

/// Told of every change, with all steps.
pub type OnStep<'a> = &'a (dyn Fn(&[Step]) + Sync);

/// Both logins have been tested, and neither was refused since: Options and Mappings are open.
pub fn unlocked(store: &Store) -> Result<bool, StoreError> {
    for service in [Service::Autotask, Service::CloudDirect] {
        let login = store.login(service)?;
        if login.tested_at.is_none() || login.refused_at.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The login that was refused, if one was: nothing may be sent.
pub fn refused(store: &Store) -> Result<Option<(Service, String)>, StoreError> {
    for service in [Service::Autotask, Service::CloudDirect] {
        let login = store.login(service)?;
        if login.refused_at.is_some() {
            let message = login.refused_message.unwrap_or_default();
            return Ok(Some((service, message)));
        }
    }
    Ok(None)
}

/// The steps of a running test.
struct Steps<'a> {
    steps: Vec<Step>,
    on_step: OnStep<'a>,
}

impl<'a> Steps<'a> {
    fn new(titles: &[&str], on_step: OnStep<'a>) -> Self {
        let step = |title: &&str| Step {
            title: (*title).to_owned(),
            state: StepState::Waiting,
            detail: None,
            remedy: None,
        };
        Self {
            steps: titles.iter().map(step).collect(),
            on_step,
        }
    }

    fn set(&mut self, at: usize, state: StepState, detail: Option<String>, remedy: Option<String>) {
        if let Some(step) = self.steps.get_mut(at) {
            step.state = state;
            step.detail = detail;
            step.remedy = remedy;
        }
        (self.on_step)(&self.steps);
    }

    fn run(&mut self, at: usize) {
        self.set(at, StepState::Running, None, None);
    }

    fn pass(&mut self, at: usize, detail: impl Into<String>) {
        self.set(at, StepState::Passed, Some(detail.into()), None);
    }

    fn warn(&mut self, at: usize, detail: impl Into<String>, remedy: impl Into<String>) {
        self.set(
            at,
            StepState::Warning,
            Some(detail.into()),
            Some(remedy.into()),
        );
    }

    /// The test ends here; what has not been tried is skipped.
    fn fail(
        mut self,
        at: usize,
        detail: impl Into<String>,
        remedy: Option<String>,
        stop: bool,
    ) -> Outcome {
        for step in self
            .steps
            .iter_mut()
            .filter(|step| step.state == StepState::Waiting)
        {
            step.state = StepState::Skipped;
        }
        self.set(at, StepState::Failed, Some(detail.into()), remedy);
        Outcome {
            steps: self.steps,
            passed: false,
            stop,
        }
    }

    fn finish(self) -> Outcome {
        Outcome {
            steps: self.steps,
            passed: true,
            stop: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_skips_those_after_it_and_keeps_those_before() {
        let mut steps = Steps::new(&["a", "b", "c"], &|_| {});
        steps.run(0);
        steps.pass(0, "fine");
        steps.run(1);
        let outcome = steps.fail(1, "broken", None, true);
        let states: Vec<StepState> = outcome.steps.iter().map(|step| step.state).collect();
        assert_eq!(
            states,
            [StepState::Passed, StepState::Failed, StepState::Skipped]
        );
        assert!(outcome.stop && !outcome.passed);
    }
}
