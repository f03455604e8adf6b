//! *Test and Save* of both logins.
//!
//! The test saves the settings when it has passed; then the secret goes to the keychain. If the
//! keychain does not take it, it is kept until the app quits, and the last step says so.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use sync::login::{self, Outcome, Service, Step, StepState};
use sync::store::LoginState;

use crate::controller::context::Context;
use crate::controller::input::{Handle, Report};
use crate::secrets::{self, Kept, Name, Patience};
use crate::view::{
    AutotaskInput, AutotaskView, CloudDirectInput, CloudDirectView, CommandError, CredentialsView,
    SourceChoice, TestView, TestedService,
};

/// A keychain that does not answer at once is not waited for: what was tested was saved.
pub async fn credentials(context: &Context) -> Result<CredentialsView, CommandError> {
    let settings = context.store.settings()?;
    let autotask = context.store.login(Service::Autotask)?;
    let cloud_direct = context.store.login(Service::CloudDirect)?;
    let (password, token, keychain) = tokio::join!(
        context.secret(Name::AutotaskPassword, Patience::Screen),
        context.secret(Name::CloudDirectToken, Patience::Screen),
        context.vault.check(Patience::Screen),
    );
    Ok(CredentialsView {
        autotask: AutotaskView::of(
            settings.autotask,
            &autotask,
            context.store.zone()?,
            is_saved(&password, &autotask),
        ),
        cloud_direct: CloudDirectView::of(
            settings.cloud_direct,
            &cloud_direct,
            is_saved(&token, &cloud_direct),
        ),
        keychain: keychain.is_ok(),
    })
}

fn is_saved(read: &Result<SecretString, secrets::Error>, login: &LoginState) -> bool {
    match read {
        Ok(_) => true,
        Err(secrets::Error::NotFound(_)) => false,
        Err(secrets::Error::Unavailable | secrets::Error::Locked | secrets::Error::TimedOut) => {
            login.tested_at.is_some()
        }
    }
}

pub async fn test_autotask(
    context: &Arc<Context>,
    input: AutotaskInput,
    handle: &Handle,
) -> Result<TestView, CommandError> {
    let _testing = context.start_test(Service::Autotask)?;
    let settings = input.settings();
    settings.validate()?;
    let password = entered(context, input.password, Name::AutotaskPassword).await?;
    context.redactor.learn_text(&settings.tracking_identifier);
    let service = TestedService::Autotask;
    let progress = |steps: &[Step]| {
        handle.report(Report::TestProgress(TestView::running(service, steps)));
    };
    let outcome = login::test_autotask(
        &context.store,
        &settings,
        &password.secret,
        &*context.clock,
        &progress,
    )
    .await;
    Ok(finish(context, handle, service, password, outcome).await)
}

pub async fn test_cloud_direct(
    context: &Arc<Context>,
    input: CloudDirectInput,
    handle: &Handle,
) -> Result<TestView, CommandError> {
    let _testing = context.start_test(Service::CloudDirect)?;
    let saved = context.store.settings()?;
    let settings = input.settings(saved.cloud_direct);
    settings.validate()?;
    let token = match input.source {
        SourceChoice::Portal => Some(entered(context, input.token, Name::CloudDirectToken).await?),
        SourceChoice::Folder => None,
    };
    let service = TestedService::CloudDirect;
    let progress = |steps: &[Step]| {
        handle.report(Report::TestProgress(TestView::running(service, steps)));
    };
    let outcome = login::test_cloud_direct(
        &context.store,
        &settings,
        &saved.general,
        token.as_ref().map(|token| &token.secret),
        &*context.clock,
        &progress,
    )
    .await;
    let token = token.unwrap_or(Entered {
        name: Name::CloudDirectToken,
        secret: SecretString::from(""),
        new: false,
    });
    Ok(finish(context, handle, service, token, outcome).await)
}

/// The secret that a test uses: the one just typed, or the saved one.
struct Entered {
    name: Name,
    secret: SecretString,
    new: bool,
}

async fn entered(
    context: &Context,
    typed: Option<SecretString>,
    name: Name,
) -> Result<Entered, CommandError> {
    match typed.filter(|secret| !secret.expose_secret().is_empty()) {
        Some(secret) => {
            context.redactor.learn(&secret);
            Ok(Entered {
                name,
                secret,
                new: true,
            })
        }
        None => match context.secret(name, Patience::Person).await {
            Ok(secret) => Ok(Entered {
                name,
                secret,
                new: false,
            }),
            Err(secrets::Error::NotFound(_)) => Err(CommandError::invalid(
                match name {
                    Name::AutotaskPassword => "password",
                    Name::CloudDirectToken => "token",
                },
                format!("Enter the {}.", name.words()),
            )),
            Err(
                error @ (secrets::Error::Unavailable
                | secrets::Error::Locked
                | secrets::Error::TimedOut),
            ) => Err(error.into()),
        },
    }
}

async fn finish(
    context: &Arc<Context>,
    handle: &Handle,
    service: TestedService,
    entered: Entered,
    mut outcome: Outcome,
) -> TestView {
    tracing::info!(?service, passed = outcome.passed, "a login was tested");
    if outcome.passed && entered.new {
        let title = format!("Save the {}", entered.name.words());
        let mut running = outcome.steps.clone();
        running.push(step(title.clone(), StepState::Running, None));
        handle.report(Report::TestProgress(TestView::running(service, &running)));
        let kept = context
            .vault
            .write(entered.name, entered.secret, Patience::Person)
            .await;
        outcome.steps.push(saved_step(title, kept));
    }
    // The next one is made from what is saved now.
    context.disconnect().await;
    handle.report(Report::TestEnded(service));
    TestView::ended(service, &outcome)
}

fn saved_step(title: String, kept: Result<Kept, secrets::Error>) -> Step {
    match kept {
        Ok(Kept::ForGood) => step(
            title,
            StepState::Passed,
            Some("In the keychain.".to_owned()),
        ),
        Ok(Kept::UntilQuit(error)) | Err(error) => Step {
            remedy: Some(error.to_string()),
            ..step(
                title,
                StepState::Warning,
                Some("Kept only until the app quits.".to_owned()),
            )
        },
    }
}

fn step(title: String, state: StepState, detail: Option<String>) -> Step {
    Step {
        title,
        state,
        detail,
        remedy: None,
    }
}
