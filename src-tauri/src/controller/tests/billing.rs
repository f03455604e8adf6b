//! What the Billing screen asks, and how it goes together with passes, pauses and quitting.

use std::fs;
use std::time::Duration;

use simulator::{ContractService, Fault, Service, What, When};
use sync::clock::Clock as _;
use sync::pause::Length;
use tokio::sync::oneshot;

use super::app::App;
use crate::controller::{BillingJob, BillingRequest, Handle, Request};
use crate::desktop::PageEvent;
use crate::view::{
    BillingGroup, BillingLine, BillingOrder, BillingOutcome, BillingResult, BillingState,
    BillingView, ChosenLine, CommandError, DemoTarget, ErrorCode, MappingInput, MeasurementInput,
    ReconciliationView, StatusState,
};

const ADJUST: &str = "ContractServiceAdjustments/create";

async fn ask<T>(
    app: &App,
    request: impl FnOnce(oneshot::Sender<Result<T, CommandError>>) -> BillingRequest,
) -> Result<T, CommandError> {
    app.handle
        .ask(|reply| Request::Billing(request(reply)))
        .await
}

/// Set up, with billing on and the first organizations mapped to a service each; the usage has been read.
async fn billing_app(organizations: usize) -> App {
    let app = App::set_up().await;
    let view = app.options().await.unwrap();
    let mut options = view.options;
    options.billing.enabled = true;
    app.try_save_options(options).await.unwrap();
    for at in 0..organizations {
        let company = app.simulator.autotask().companies()[at + 1].id;
        let line = service_of(&app, company);
        let input = MappingInput {
            organization_id: format!("org-000{}", at + 1),
            account: Some(company),
            contract: Some(line.contract_id),
            service: Some(line.id),
            excluded: None,
        };
        app.handle
            .ask(|reply| Request::SaveMapping(input, reply))
            .await
            .unwrap();
    }
    app.quiet().await;
    app
}

/// A service line on an active contract.
fn service_of(app: &App, company: i64) -> ContractService {
    let autotask = app.simulator.autotask();
    let contract = autotask
        .contracts()
        .into_iter()
        .find(|contract| contract.company_id == company && contract.contract_type == 7)
        .unwrap();
    autotask
        .contract_services()
        .into_iter()
        .find(|line| line.contract_id == contract.id)
        .unwrap()
}

impl App {
    /// No pass is running, and none follows at once.
    async fn quiet(&self) {
        self.desk
            .until(|desk| {
                desk.view
                    .as_ref()
                    .is_some_and(|view| view.status.state == StatusState::UpToDate)
            })
            .await;
    }
}

async fn look(app: &App) -> BillingView {
    ask(app, |reply| BillingRequest::View(None, reply))
        .await
        .unwrap()
}

fn line<'a>(view: &'a BillingView, organization: &str) -> &'a BillingLine {
    view.lines
        .iter()
        .find(|line| line.organization_id == organization)
        .unwrap()
}

fn order(view: &BillingView) -> BillingOrder {
    let lines = view.lines.iter().filter(|line| line.can_post);
    BillingOrder {
        invoice_date: view.invoice_date.clone(),
        lines: lines
            .map(|line| ChosenLine {
                organization_id: line.organization_id.clone(),
                units: line.units_to_be,
            })
            .collect(),
        next_day: false,
    }
}

async fn run(handle: &Handle, job: BillingJob) -> Result<BillingResult, CommandError> {
    handle
        .ask(|reply| Request::Billing(BillingRequest::Run(job, reply)))
        .await
}

async fn post(app: &App, view: &BillingView) -> Result<BillingResult, CommandError> {
    run(
        &app.handle,
        BillingJob::Post(order(view).try_into().unwrap()),
    )
    .await
}

fn adjustments(app: &App) -> usize {
    let journal = app.simulator.journal();
    journal
        .iter()
        .filter(|call| call.entity == Some("ContractServiceAdjustments"))
        .filter(|call| call.operation == "create")
        .count()
}

fn slow_adjustments(app: &App, by: Duration) {
    app.simulator.faults().add(Fault {
        service: Service::Autotask,
        on: Some(ADJUST.to_owned()),
        when: When::Always,
        what: What::Delay(by),
    });
}

#[tokio::test]
async fn usage_is_seen_posted_read_back_compared_and_corrected() {
    let app = billing_app(1).await;

    let view = look(&app).await;
    assert!(view.enabled && !view.due);
    let before = line(&view, "org-0001");
    assert_eq!(before.group, BillingGroup::ToPost, "{:?}", before.why);
    let (units, wanted) = (before.units_now.unwrap(), before.units_to_be.unwrap());
    assert_ne!(units, wanted);
    assert_eq!(line(&view, "org-0003").group, BillingGroup::Blocked);

    let result = post(&app, &view).await.unwrap();

    assert_eq!((result.posted, result.verified), (1, 1));
    assert!(result.not_done.is_empty() && result.problems.is_empty());
    let view = look(&app).await;
    let posted = line(&view, "org-0001");
    assert_eq!(posted.state, BillingState::Verified, "{:?}", posted.why);
    assert_eq!(posted.units_now, Some(wanted));
    let record = posted.record.clone().unwrap();
    assert!(record.can_correct);
    let history = ask(&app, |reply| BillingRequest::History(record.id, reply))
        .await
        .unwrap();
    let what: Vec<&str> = history.iter().map(|row| row.what.as_str()).collect();
    assert!(
        what.contains(&"units changed") && what.contains(&"units verified"),
        "{what:?}"
    );

    let date = view.invoice_date.parse().unwrap();
    let compared: ReconciliationView =
        ask(&app, |reply| BillingRequest::Reconcile(Some(date), reply))
            .await
            .unwrap();
    let mut lines = compared.lines.iter();
    let stands = lines
        .find(|line| line.organization_id == "org-0001")
        .unwrap();
    assert_eq!(stands.outcome, BillingOutcome::Agrees, "{}", stands.message);
    assert_eq!(stands.correctable, Some(record.id));

    let plan = ask(&app, |reply| {
        BillingRequest::PlanCorrection(record.id, reply)
    })
    .await
    .unwrap();
    assert!(!plan.blocked, "{}", plan.message);
    assert_eq!((plan.units_now, plan.units_to_be), (Some(wanted), units));
    assert_eq!(adjustments(&app), 1, "a plan sends nothing");
    let corrected = run(&app.handle, BillingJob::Correct(record.id))
        .await
        .unwrap();
    assert!(corrected.not_done.is_empty(), "{corrected:?}");
    let view = look(&app).await;
    assert_eq!(line(&view, "org-0001").state, BillingState::Corrected);
}

#[tokio::test]
async fn posting_ends_the_pass_that_is_running_and_the_pass_goes_on_afterwards() {
    let app = billing_app(1).await;
    let view = look(&app).await;
    app.fault(
        Service::CloudDirect,
        None,
        What::Delay(Duration::from_secs(3600)),
    );
    app.sync_now().await.unwrap();
    app.status_becomes(StatusState::Working).await;

    let result = post(&app, &view).await.unwrap();

    assert_eq!(result.verified, 1);
    // The next one hangs as well.
    app.status_becomes(StatusState::Working).await;
}

#[tokio::test]
async fn while_usage_is_posted_its_progress_is_shown_no_second_run_begins_and_a_sync_waits() {
    let app = billing_app(2).await;
    let view = look(&app).await;
    slow_adjustments(&app, Duration::from_millis(400));
    let handle = app.handle.clone();
    let job = BillingJob::Post(order(&view).try_into().unwrap());
    let posting = tokio::spawn(async move { run(&handle, job).await });
    app.desk
        .until(|desk| {
            desk.view
                .as_ref()
                .is_some_and(|view| view.billing.is_some())
        })
        .await;

    let second = run(&app.handle, BillingJob::ReadBack).await.unwrap_err();
    assert_eq!(second.code, ErrorCode::Busy);
    let passes = app.passes();
    app.sync_now().await.unwrap();
    assert_eq!(app.view().await.status.state, StatusState::Working);
    // Everything else is answered.
    look(&app).await;

    let result = posting.await.unwrap().unwrap();
    assert_eq!(result.verified, 2);
    while app.passes() == passes {
        tokio::task::yield_now().await;
    }
    let calls = app.simulator.journal();
    let last = |operation| calls.iter().rposition(|call| call.operation == operation);
    assert!(last("jobs") > last("create"), "{calls:?}");
    let shown = app.view().await;
    assert_eq!(shown.billing, None);
    let changed = app.desk.look(|desk| {
        let changed = desk.events.iter();
        changed
            .filter(|event| **event == PageEvent::BillingChanged)
            .count()
    });
    assert!(changed > 0);
}

#[tokio::test]
async fn a_pause_stops_posting_and_nothing_is_posted_until_it_ends() {
    let app = billing_app(2).await;
    let view = look(&app).await;
    slow_adjustments(&app, Duration::from_millis(400));
    let handle = app.handle.clone();
    let job = BillingJob::Post(order(&view).try_into().unwrap());
    let posting = tokio::spawn(async move { run(&handle, job).await });
    while adjustments(&app) == 0 {
        tokio::task::yield_now().await;
    }

    app.pause(Length::UntilResumed).await;

    let stopped = posting.await.unwrap().unwrap_err();
    assert_eq!(stopped.code, ErrorCode::Unclear, "{}", stopped.message);
    let sent = adjustments(&app);
    let refused = post(&app, &view).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Busy);
    assert!(refused.message.contains("Resume first"), "{refused:?}");
    assert_eq!(adjustments(&app), sent);
}

#[tokio::test]
async fn nothing_is_posted_before_options_are_saved_and_nothing_shown_before_the_logins_are_tested()
{
    let app = App::start().await;
    let closed = ask(&app, |reply| BillingRequest::View(None, reply)).await;
    assert_eq!(closed.unwrap_err().code, ErrorCode::NotTested);
    app.test_both().await;
    let early = run(&app.handle, BillingJob::ReadBack).await.unwrap_err();
    assert_eq!(early.code, ErrorCode::NotTested);
}

#[tokio::test]
async fn a_login_that_is_refused_while_billing_is_read_stops_everything() {
    let app = billing_app(1).await;
    app.simulator.autotask().set_password("another");

    let refused = ask(&app, |reply| BillingRequest::View(None, reply)).await;

    assert_eq!(refused.unwrap_err().code, ErrorCode::LoginRefused);
    app.status_becomes(StatusState::LoginRefused).await;
}

#[tokio::test]
async fn a_figure_by_hand_counts_and_needs_its_reason() {
    let app = billing_app(1).await;
    let view = look(&app).await;
    let date = view.invoice_date.parse().unwrap();
    let enter = async |reason: &str| {
        let input = MeasurementInput {
            organization_id: "org-0001".to_owned(),
            bytes: 77_000_000_000,
            reason: reason.to_owned(),
            invoice_date: view.invoice_date.clone(),
        };
        ask(&app, |reply| BillingRequest::Enter(input, date, reply)).await
    };

    let refused = enter(" ").await.unwrap_err();
    assert_eq!(refused.field.as_deref(), Some("reason"));
    enter("The portal was down").await.unwrap();

    let view = look(&app).await;
    let figure = line(&view, "org-0001").figure.clone().unwrap();
    assert_eq!(figure.bytes, 77_000_000_000);
    assert_eq!(figure.by_hand.as_deref(), Some("The portal was down"));
    assert_eq!(line(&view, "org-0001").units_to_be, Some(77));
}

#[tokio::test]
async fn what_is_exported_is_what_was_seen() {
    let app = billing_app(1).await;
    let view = look(&app).await;
    post(&app, &view).await.unwrap();
    let date: jiff::civil::Date = view.invoice_date.parse().unwrap();
    ask(&app, |reply| BillingRequest::Reconcile(Some(date), reply))
        .await
        .unwrap();
    app.quiet().await;
    let calls = app.autotask_calls();

    let file = app.folder.path().join("reconciliation.csv");
    app.desk.look(|desk| desk.chooses = Some(file.clone()));
    ask(&app, |reply| BillingRequest::Export(date, reply))
        .await
        .unwrap();
    let csv = fs::read_to_string(&file).unwrap();
    assert!(csv.contains("org-0001") && csv.contains("agrees"), "{csv}");

    let statement = app.folder.path().join("statement.html");
    app.desk.look(|desk| desk.chooses = Some(statement.clone()));
    ask(&app, |reply| BillingRequest::Statement {
        date,
        organization: "org-0001".to_owned(),
        reply,
    })
    .await
    .unwrap();
    assert!(
        fs::read_to_string(&statement)
            .unwrap()
            .contains("Billable usage")
    );

    let folder = app.folder.path().join("statements");
    fs::create_dir(&folder).unwrap();
    app.desk.look(|desk| desk.chooses = Some(folder.clone()));
    let written = ask(&app, |reply| BillingRequest::Statements(date, reply))
        .await
        .unwrap();
    assert_eq!(written, Some(1));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    assert_eq!(
        app.autotask_calls(),
        calls,
        "nothing is read again for them"
    );

    app.desk.look(|desk| desk.chooses = None);
    let cancelled = ask(&app, |reply| BillingRequest::Export(date, reply)).await;
    assert_eq!(cancelled.unwrap(), None);
}

#[tokio::test]
async fn only_the_demos_clock_is_set_forward() {
    let app = billing_app(1).await;
    let now = app.clock.now();
    let refused = app
        .handle
        .ask(|reply| Request::DemoSkip(DemoTarget::InvoiceDate, reply))
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::Refused);
    assert_eq!(app.clock.now(), now);
}
