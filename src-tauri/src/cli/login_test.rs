//! `test`: both logins, each step as it comes.

use std::sync::Mutex;
use std::sync::PoisonError;

use serde::Serialize;
use sync::login::{self, Outcome, Step, StepState};
use sync::settings::SourceKind;

use super::{Run, print, stopped, unless_stopped};
use crate::outcome::{Exit, Failure};
use crate::secrets::Name;
use crate::view::{TestView, TestedService};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tested {
    autotask: TestView,
    cloud_direct: TestView,
}

pub async fn run(run: &Run) -> Result<Exit, Failure> {
    let store = run.open_store()?;
    run.log_to_file();
    let settings = run.configured(&store)?;
    let vault = run.vault();
    let password = run.secret(&vault, Name::AutotaskPassword).await?;
    let token = match settings.cloud_direct.source {
        SourceKind::Portal => Some(run.secret(&vault, Name::CloudDirectToken).await?),
        SourceKind::Folder => None,
    };
    let tests = async {
        let steps = Shown::new(run.json, "Autotask");
        let autotask =
            login::test_autotask(&store, &settings.autotask, &password, &*run.clock, &|all| {
                steps.show(all)
            })
            .await;
        let steps = Shown::new(run.json, "Cloud Direct");
        let cloud_direct = login::test_cloud_direct(
            &store,
            &settings.cloud_direct,
            &settings.general,
            token.as_ref(),
            &*run.clock,
            &|all| steps.show(all),
        )
        .await;
        (autotask, cloud_direct)
    };
    let (autotask, cloud_direct) = unless_stopped(tests).await.ok_or_else(stopped)?;
    if run.json {
        print::json(&Tested {
            autotask: TestView::ended(TestedService::Autotask, &autotask),
            cloud_direct: TestView::ended(TestedService::CloudDirect, &cloud_direct),
        });
    }
    Ok(exit(&[autotask, cloud_direct]))
}

fn exit(outcomes: &[Outcome]) -> Exit {
    if outcomes.iter().any(|outcome| outcome.stop) {
        Exit::LoginRefused
    } else if outcomes.iter().all(|outcome| outcome.passed) {
        Exit::Done
    } else {
        Exit::Attention
    }
}

/// Prints each step once it has ended.
struct Shown {
    quiet: bool,
    ended: Mutex<usize>,
}

impl Shown {
    fn new(quiet: bool, title: &str) -> Self {
        if !quiet {
            print::line(title);
        }
        Self {
            quiet,
            ended: Mutex::new(0),
        }
    }

    fn show(&self, steps: &[Step]) {
        if self.quiet {
            return;
        }
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        for step in steps.iter().skip(*ended) {
            let Some(mark) = mark(step.state) else { break };
            print::line(&format!("  {mark:<8}{}", worded(step)));
            *ended += 1;
        }
    }
}

fn mark(state: StepState) -> Option<&'static str> {
    match state {
        StepState::Waiting | StepState::Running => None,
        StepState::Passed => Some("ok"),
        StepState::Warning => Some("warning"),
        StepState::Failed => Some("FAILED"),
        StepState::Skipped => Some("skipped"),
    }
}

fn worded(step: &Step) -> String {
    let mut text = step.title.clone();
    if let Some(detail) = &step.detail {
        text.push_str(": ");
        text.push_str(detail);
    }
    if let Some(remedy) = &step.remedy {
        text.push_str("\n          ");
        text.push_str(remedy);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(passed: bool, stop: bool) -> Outcome {
        Outcome {
            steps: vec![],
            passed,
            stop,
        }
    }

    #[test]
    fn a_refused_login_outranks_another_failure() {
        assert_eq!(
            exit(&[outcome(true, false), outcome(true, false)]),
            Exit::Done
        );
        assert_eq!(
            exit(&[outcome(true, false), outcome(false, false)]),
            Exit::Attention
        );
        assert_eq!(
            exit(&[outcome(false, false), outcome(false, true)]),
            Exit::LoginRefused
        );
    }
}
