//! What the page asks. What needs the controller's own state or the desktop is answered here;
//! everything else in a task of its own, so that a slow answer holds nobody up.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;
use url::Url;

use super::context::Context;
use super::input::{Changed, Handle, Reply, Report, Request};
use super::{Controller, work};
use crate::desktop::{AskedFile, Chosen, Desktop};
use crate::view::{CommandError, DemoTarget, ErrorCode, Options, OptionsView};

/// The pages on the web that the app may open. The page names one; it cannot give an address.
const LINKS: [(&str, &str); 1] = [(
    "api_user_help",
    "https://ww1.autotask.net/help/DeveloperHelp/Content/APIs/General/Define_API_User.htm",
)];

impl<D: Desktop> Controller<D> {
    pub(super) fn answer(&mut self, request: Request) {
        match request {
            Request::AppView(reply) => {
                let view = self.app_view();
                send(reply, Ok(view));
            }
            Request::SyncNow(reply) => {
                let done = self.sync_now();
                send(reply, done);
            }
            Request::Pause(length, reply) => {
                let done = self.pause(length);
                send(reply, done);
            }
            Request::Resume(reply) => {
                let done = self.resume();
                send(reply, done);
            }
            Request::OpenLink(link, reply) => {
                let done = self.open_link(&link);
                send(reply, done);
            }
            Request::OpenTicket(id, reply) => self.open_ticket(id, reply),

            Request::CredentialsView(reply) => {
                self.work(reply, |context, _| async move {
                    work::credentials(&context).await
                });
            }
            Request::TestAutotask(input, reply) => self.work(reply, |context, handle| async move {
                work::test_autotask(&context, input, &handle).await
            }),
            Request::TestCloudDirect(input, reply) => {
                self.work(reply, |context, handle| async move {
                    work::test_cloud_direct(&context, input, &handle).await
                });
            }
            Request::ChooseFolder(reply) => {
                let answer = self.ask_for_folder("Folder of Cloud Direct exports");
                self.after_asking(
                    answer,
                    reply,
                    |_, _, folder| async move { Ok(shown(folder)) },
                );
            }

            Request::OptionsView(reply) => {
                let view = self.options_view();
                send(reply, view);
            }
            Request::SaveOptions(options, reply) => self.save_options(*options, reply),
            Request::Forecast(alerts, reply) => self.work(reply, |context, _| async move {
                work::forecast(context, *alerts).await
            }),

            Request::MappingsView(reply) => {
                self.work(
                    reply,
                    |context, _| async move { work::mappings(context).await },
                );
            }
            Request::SearchAccounts(text, reply) => {
                self.work(reply, |context, _| async move {
                    work::search_accounts(&context, &text).await
                });
            }
            Request::ContractsOf(account, reply) => {
                self.work(reply, |context, _| async move {
                    work::contracts_of(&context, account).await
                });
            }
            Request::ServicesOf(contract, reply) => {
                self.work(reply, |context, _| async move {
                    work::services_of(&context, contract).await
                });
            }
            Request::SaveMapping(input, reply) => {
                self.work(reply, |context, handle| async move {
                    let saved = work::save_mapping(&context, input).await?;
                    // The page has the row; what waited for it moves on.
                    handle.report(Report::Changed(Changed::Postings));
                    Ok(saved)
                });
            }
            Request::SuggestMatches(reply) => self.work(reply, |context, _| async move {
                work::suggest_matches(&context).await
            }),
            Request::ExportMappings(reply) => {
                let answer = self.ask_for_file(AskedFile::SaveCsv {
                    proposed_name: "mappings.csv".to_owned(),
                });
                self.after_asking(answer, reply, |context, _, file| async move {
                    work::export_mappings(context, file).await
                });
            }
            Request::ImportMappings(reply) => {
                let answer = self.ask_for_file(AskedFile::OpenCsv);
                self.after_asking(answer, reply, |context, handle, file| async move {
                    let imported = work::import_mappings(context, file).await?;
                    if imported.is_some() {
                        handle.report(Report::Changed(Changed::Mappings));
                    }
                    Ok(imported)
                });
            }
            Request::SendTestTicket(account, reply) => {
                self.work(reply, |context, handle| async move {
                    let sent = work::send_test_ticket(&context, account).await;
                    handle.report(Report::Changed(Changed::Postings));
                    sent
                });
            }

            Request::ActivityView(query, reply) => self.work(reply, |context, _| async move {
                work::activity(context, query).await
            }),
            Request::RetryPosting(id, reply) => self.work(reply, |context, handle| async move {
                work::retry_posting(&context, id)?;
                handle.report(Report::Changed(Changed::Postings));
                Ok(())
            }),
            Request::PostingDetails(id, reply) => self.work(reply, |context, _| async move {
                work::posting_details(&context, id)
            }),
            Request::ExportActivity(reply) => {
                let answer = self.ask_for_file(AskedFile::SaveCsv {
                    proposed_name: "activity.csv".to_owned(),
                });
                self.after_asking(answer, reply, |context, _, file| async move {
                    work::export_activity(context, file).await
                });
            }
            Request::Billing(request) => self.answer_about_billing(request),
            Request::DemoSkip(target, reply) => {
                let done = self.demo_skip(target);
                send(reply, done);
            }
        }
    }

    pub(super) fn work<T, F>(&self, reply: Reply<T>, work: impl FnOnce(Arc<Context>, Handle) -> F)
    where
        T: Send + 'static,
        F: Future<Output = Result<T, CommandError>> + Send + 'static,
    {
        let work = work(Arc::clone(&self.context), self.handle.clone());
        self.tasks.spawn(async move { send(reply, work.await) });
    }

    pub(super) fn ask_for_folder(&mut self, title: &'static str) -> oneshot::Receiver<Chosen> {
        let (chosen, answer) = oneshot::channel();
        self.desktop.ask_for_folder(title, chosen);
        answer
    }

    pub(super) fn ask_for_file(&mut self, asked: AskedFile) -> oneshot::Receiver<Chosen> {
        let (chosen, answer) = oneshot::channel();
        self.desktop.ask_for_file(asked, chosen);
        answer
    }

    /// Waits for the person, who may take any time, and not longer than the app runs.
    pub(super) fn after_asking<T, F>(
        &self,
        answer: oneshot::Receiver<Chosen>,
        reply: Reply<T>,
        then: impl FnOnce(Arc<Context>, Handle, Chosen) -> F + Send + 'static,
    ) where
        T: Send + 'static,
        F: Future<Output = Result<T, CommandError>> + Send + 'static,
    {
        let context = Arc::clone(&self.context);
        let handle = self.handle.clone();
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            let chosen = tokio::select! {
                chosen = answer => chosen.unwrap_or_default(),
                () = stop.cancelled() => return,
            };
            send(reply, then(context, handle, chosen).await);
        });
    }

    /// Sets the demo's clock forward, and syncs. Says what time it is there.
    fn demo_skip(&mut self, to: DemoTarget) -> Result<String, CommandError> {
        let Some(demo) = &self.context.demo else {
            return Err(CommandError::new(
                ErrorCode::Refused,
                "Only the demo's clock can be set.",
            ));
        };
        self.may_bill()?;
        demo.skip(to, &self.context.store.settings()?)
            .map_err(|reason| CommandError::new(ErrorCode::Refused, reason))?;
        self.refresh();
        self.sync_soon();
        let now = self
            .context
            .clock
            .now()
            .to_zoned_datetime(self.zone.clone());
        Ok(now.strftime("%Y-%m-%d %H:%M").to_string())
    }

    fn options_view(&mut self) -> Result<OptionsView, CommandError> {
        self.context.require_unlocked()?;
        let starts = match self.desktop.starts_at_login() {
            Ok(starts) => starts,
            Err(error) => {
                tracing::warn!(%error, "the system does not say what starts at login");
                false
            }
        };
        let settings = self.context.store.settings()?;
        let picklists = self.context.store.picklists()?;
        Ok(OptionsView::of(&settings, &picklists, starts))
    }

    fn save_options(&mut self, options: Options, reply: Reply<OptionsView>) {
        let saved = self.try_save_options(&options);
        let done = saved.is_ok();
        send(reply, saved);
        if done {
            let context = Arc::clone(&self.context);
            let handle = self.handle.clone();
            self.tasks.spawn(async move {
                context.disconnect().await;
                handle.report(Report::Changed(Changed::Options));
            });
        }
    }

    fn try_save_options(&mut self, options: &Options) -> Result<OptionsView, CommandError> {
        self.context.require_unlocked()?;
        let saved = self.context.store.settings()?.billing;
        let (alerts, billing, general) = options.settings(&saved)?;
        self.set_start_at_login(general.start_at_login)?;
        let now = self.context.clock.now();
        self.context
            .store
            .save_options(&alerts, &billing, &general, now)?;
        self.options_view()
    }

    /// The demo would start itself, and is gone by then.
    fn set_start_at_login(&mut self, wanted: bool) -> Result<(), CommandError> {
        let is = self.desktop.starts_at_login().unwrap_or(false);
        if is == wanted || self.context.demo.is_some() {
            return Ok(());
        }
        self.desktop.set_start_at_login(wanted).map_err(|error| {
            CommandError::invalid(
                "general.startAtLogin",
                format!(
                    "The system did not take the start at login: {error}. Nothing was saved; set \
                     it as it was and save again."
                ),
            )
        })
    }

    fn open_link(&mut self, link: &str) -> Result<(), CommandError> {
        let (_, address) = LINKS
            .into_iter()
            .find(|(name, _)| *name == link)
            .ok_or_else(|| CommandError::new(ErrorCode::NotFound, "The app knows no such page."))?;
        let address =
            Url::parse(address).map_err(|error| CommandError::internal(error.to_string()))?;
        Ok(self.desktop.open_address(&address)?)
    }

    /// The address is found out in a task, and opened when that reports back.
    fn open_ticket(&mut self, id: i64, reply: Reply<()>) {
        let handle = self.handle.clone();
        let context = Arc::clone(&self.context);
        self.tasks.spawn(async move {
            match work::ticket_address(&context, id).await {
                Ok(address) => handle.report(Report::TicketFound(address, reply)),
                Err(error) => send(reply, Err(error)),
            }
        });
    }

    pub(super) fn open_address(&mut self, address: &Url, reply: Reply<()>) {
        let opened = self.desktop.open_address(address);
        send(reply, opened.map_err(CommandError::from));
    }
}

/// The page may have gone in the meantime.
pub(super) fn send<T>(reply: Reply<T>, answer: Result<T, CommandError>) {
    if let Err(error) = &answer {
        tracing::info!(code = ?error.code, field = error.field, "a request was refused");
    }
    let _ = reply.send(answer);
}

fn shown(path: Option<PathBuf>) -> Option<String> {
    path.map(|path| path.display().to_string())
}
