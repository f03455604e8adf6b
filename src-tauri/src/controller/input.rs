//! Everything that can happen to the controller, as one enum.

use sync::pass;
use sync::pause::Length;
use tokio::sync::{mpsc, oneshot};
use url::Url;

use super::billing::BillingRequest;
use crate::secrets;
use crate::tray;
use crate::view::{
    ActivityPage, ActivityQuery, Alerts, AppView, AutotaskInput, BillingProgress, BillingResult,
    Choice, CloudDirectInput, CommandError, CredentialsView, DemoTarget, ForecastView,
    MappingInput, MappingRow, MappingsView, Options, OptionsView, ScreenName, Suggestion,
    TestTicketView, TestView, TestedService,
};

#[derive(Debug)]
pub enum Input {
    Request(Request),
    Tray(tray::Action),
    /// The app was started again: the first one comes forward.
    SecondInstance,
    /// With the screen that it leads to.
    NotificationClicked(Option<ScreenName>),
    WindowCloseRequested,
    WindowDestroyed,
    /// The person answered whether to quit.
    QuitAnswered(bool),
    /// The system asks the app to end (Ctrl+C, end of session).
    Quit,
    Report(Report),
}

/// What running work has to say.
#[derive(Debug)]
pub enum Report {
    KeychainChecked(Result<(), secrets::Error>),
    PassProgress(pass::Progress),
    PassEnded(Result<pass::Report, PassFailure>),
    TestProgress(TestView),
    /// A login test came to its end; what it found is in the store.
    TestEnded(TestedService),
    Changed(Changed),
    BillingProgress(BillingProgress),
    /// What was posted, read back or corrected; the page is told when everything else has been.
    BillingEnded(Result<BillingResult, CommandError>, Reply<BillingResult>),
    /// A request met a refused login, which stops everything.
    LoginRefused,
    /// Where a ticket is to be seen; it is opened, and the page told.
    TicketFound(Url, Reply<()>),
}

/// What a finished request has changed in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    Options,
    Mappings,
    Postings,
    Billing,
}

/// Why a pass did not come to its end, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassFailure {
    pub kind: PassFailureKind,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassFailureKind {
    LoginRefused,
    Cancelled,
    Other,
}

pub type Reply<T> = oneshot::Sender<Result<T, CommandError>>;

/// What the page asks for. One variant per command.
pub enum Request {
    AppView(Reply<AppView>),
    CredentialsView(Reply<CredentialsView>),
    TestAutotask(AutotaskInput, Reply<TestView>),
    TestCloudDirect(CloudDirectInput, Reply<TestView>),
    ChooseFolder(Reply<Option<String>>),
    OptionsView(Reply<OptionsView>),
    SaveOptions(Box<Options>, Reply<OptionsView>),
    Forecast(Box<Alerts>, Reply<ForecastView>),
    MappingsView(Reply<MappingsView>),
    SearchAccounts(String, Reply<Vec<Choice>>),
    ContractsOf(i64, Reply<Vec<Choice>>),
    ServicesOf(i64, Reply<Vec<Choice>>),
    SaveMapping(MappingInput, Reply<MappingRow>),
    SuggestMatches(Reply<Vec<Suggestion>>),
    ExportMappings(Reply<Option<String>>),
    ImportMappings(Reply<Option<u32>>),
    SendTestTicket(i64, Reply<TestTicketView>),
    ActivityView(ActivityQuery, Reply<ActivityPage>),
    RetryPosting(i64, Reply<()>),
    PostingDetails(i64, Reply<String>),
    ExportActivity(Reply<Option<String>>),
    Billing(BillingRequest),
    DemoSkip(DemoTarget, Reply<String>),
    OpenTicket(i64, Reply<()>),
    OpenLink(String, Reply<()>),
    SyncNow(Reply<()>),
    Pause(Length, Reply<()>),
    Resume(Reply<()>),
}

/// The inputs of the logins hold secrets, so a request is only named.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Request")
    }
}

/// The way in, for the page, the desktop and running work alike.
#[derive(Debug, Clone)]
pub struct Handle {
    inputs: mpsc::UnboundedSender<Input>,
}

impl Handle {
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Input>) {
        let (inputs, received) = mpsc::unbounded_channel();
        (Self { inputs }, received)
    }

    /// After the controller has ended nobody listens, and nothing is left to do.
    pub fn send(&self, input: Input) {
        let _ = self.inputs.send(input);
    }

    pub fn report(&self, report: Report) {
        self.send(Input::Report(report));
    }

    /// Asks, and waits for the answer.
    pub async fn ask<T>(
        &self,
        request: impl FnOnce(Reply<T>) -> Request,
    ) -> Result<T, CommandError> {
        let (reply, answer) = oneshot::channel();
        self.send(Input::Request(request(reply)));
        answer.await.unwrap_or_else(|_| {
            Err(CommandError::internal(
                "The app did not answer. The log says why; close the window and open it again.",
            ))
        })
    }
}
