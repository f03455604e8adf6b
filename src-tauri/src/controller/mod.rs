//! One task owns everything that changes while the app runs.
//!
//! **In**: one enum, [`Input`]: what the page asks, what is clicked, what running work reports;
//! and the clock, looked at once a minute at least, so that a computer that slept does not sleep
//! through a due time. **Out**: the [`Desktop`], and tasks for everything that can take time.
//!
//! - Only one pass runs at a time, and none while it is paused, not set up, or after a refused
//!   login; what stops it is in the store, so it also holds after a restart.
//! - Requests that read or write the store are answered from tasks of their own; one that fails,
//!   or even panics, answers with an error and leaves the controller alone.
//! - What needs a person is told when no pass is running, each thing once (`telling`).
//! - Quitting cancels what runs and waits some seconds for it, to be gone within five; whatever is
//!   cut short then is what the outbox is made for.

mod background;
mod billing;
mod context;
mod input;
mod refusal;
mod requests;
mod telling;
#[cfg(test)]
mod tests;
mod window;
mod work;

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use sync::billing::Spread;
use sync::clock::Clock;
use sync::store::Store;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::demo::Demo;
use crate::desktop::{Desktop, PageEvent};
use crate::logging::Redactor;
use crate::notification::Notification;
use crate::secrets::{self, Patience, Vault};
use crate::status::Doing;
use crate::tray::{self, Action, Menu};
use crate::view::{AppView, StatusState, StatusView};

use background::Background;
pub use billing::{BillingRequest, Job as BillingJob};
use context::Context;
pub use input::{Changed, Handle, Input, PassFailure, PassFailureKind, Reply, Report, Request};
use window::Window;

/// How long a sleeping computer can at most oversleep a due time.
const LOOK_EVERY: Duration = Duration::from_secs(60);
const STOP_WITHIN: Duration = Duration::from_secs(4);

/// What the controller works with.
pub struct Parts {
    pub store: Arc<Store>,
    pub vault: Arc<dyn Vault>,
    pub clock: Arc<dyn Clock>,
    pub redactor: Redactor,
    pub demo: Option<Demo>,
    /// How this computer and others with the same settings keep out of each other's way when they bill.
    pub spread: Spread,
    /// Start without the window.
    pub hidden: bool,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}

pub struct Controller<D> {
    desktop: D,
    context: Arc<Context>,
    handle: Handle,
    inputs: mpsc::UnboundedReceiver<Input>,
    tasks: TaskTracker,
    stop: CancellationToken,
    /// The computer's, for the times that a person reads in the status.
    zone: TimeZone,
    hidden: bool,
    window: Window,
    tray: Option<bool>,
    limitations: Limitations,
    background: Background,
    doing: Doing,
    shown: Option<AppView>,
    quitting: bool,
}

impl<D> std::fmt::Debug for Controller<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Controller").finish_non_exhaustive()
    }
}

/// What this computer cannot do.
#[derive(Debug, Default)]
struct Limitations {
    keychain: Option<secrets::Error>,
    /// No tray.
    tray: bool,
}

const NO_TRAY: &str = "This desktop shows no tray icons. The app works only while this window is \
     there: closing it asks whether to quit. On GNOME, the extension AppIndicator shows tray icons.";

impl<D: Desktop> Controller<D> {
    pub fn new(
        desktop: D,
        parts: Parts,
        handle: Handle,
        inputs: mpsc::UnboundedReceiver<Input>,
    ) -> Self {
        let hidden = parts.hidden;
        Self {
            desktop,
            context: Arc::new(Context::new(parts, handle.clone())),
            handle,
            inputs,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            zone: TimeZone::system(),
            hidden,
            window: Window::default(),
            tray: None,
            limitations: Limitations::default(),
            background: Background::default(),
            doing: Doing::default(),
            shown: None,
            quitting: false,
        }
    }

    /// Runs until the person quits.
    pub async fn run(mut self) {
        self.start();
        let mut next_look = Instant::now();
        while !self.quitting {
            tokio::select! {
                input = self.inputs.recv() => match input {
                    Some(input) => {
                        self.take(input);
                        self.start_pass_if_due();
                    }
                    None => break,
                },
                () = tokio::time::sleep_until(next_look) => self.look(),
            }
            next_look = Instant::now() + self.until_next_look();
        }
        self.finish().await;
    }

    fn start(&mut self) {
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            demo = self.context.demo.is_some(),
            "started"
        );
        self.check_keychain();
        self.refresh();
        if !self.hidden || self.tray == Some(false) {
            self.open_window(None);
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Request(request) => self.answer(request),
            Input::Tray(action) => self.clicked(action),
            Input::SecondInstance => self.open_window(None),
            Input::NotificationClicked(screen) => self.open_window(screen),
            Input::WindowCloseRequested => self.close_window(),
            Input::WindowDestroyed => self.window_destroyed(),
            Input::QuitAnswered(true) | Input::Quit => self.quitting = true,
            Input::QuitAnswered(false) => self.desktop.minimise_window(),
            Input::Report(report) => self.hear(report),
        }
    }

    fn clicked(&mut self, action: Action) {
        let done = match action {
            Action::SyncNow => self.sync_now(),
            Action::Pause(length) => self.pause(length),
            Action::Resume => self.resume(),
            Action::Open => {
                self.open_window(None);
                Ok(())
            }
            Action::Quit => {
                self.quitting = true;
                Ok(())
            }
        };
        if let Err(error) = done {
            self.say(error.message);
        }
    }

    /// An answer to what the person has just done.
    fn say(&mut self, text: impl Into<String>) {
        let demo = self.context.demo.is_some();
        self.desktop.notify(&Notification::of_the_app(demo, text));
    }

    fn hear(&mut self, report: Report) {
        match report {
            Report::KeychainChecked(checked) => {
                self.limitations.keychain = checked.err();
                self.refresh();
            }
            Report::PassProgress(progress) => self.pass_progress(progress),
            Report::PassEnded(ended) => self.pass_ended(ended),
            Report::TestProgress(test) => self.desktop.emit(PageEvent::TestProgress(test)),
            Report::TestEnded(_) => {
                // The secret may have been saved just now, which also answers for the keychain.
                self.check_keychain();
                self.doing.failure = None;
                self.saw_refusals();
                self.refresh();
                self.desktop.emit(PageEvent::MappingsChanged);
                self.sync_soon();
            }
            Report::Changed(changed) => {
                match changed {
                    Changed::Options => (),
                    Changed::Mappings => self.desktop.emit(PageEvent::MappingsChanged),
                    Changed::Postings | Changed::Billing => (),
                }
                self.desktop.emit(PageEvent::ActivityChanged);
                self.desktop.emit(PageEvent::BillingChanged);
                self.refresh();
                self.sync_soon();
            }
            Report::BillingProgress(progress) => self.billing_progress(progress),
            Report::BillingEnded(ended, reply) => self.billing_ended(ended, reply),
            Report::LoginRefused => self.login_refused(),
            Report::TicketFound(address, reply) => self.open_address(&address, reply),
        }
    }

    /// What time brings: a due pass, the end of a pause, a tray that has appeared, a keychain that
    /// was unlocked.
    fn look(&mut self) {
        if self.tray == Some(false) {
            self.shown = None;
        }
        // One that is not there stays so for this run; a locked one may have been unlocked.
        if matches!(
            self.limitations.keychain,
            Some(secrets::Error::Locked | secrets::Error::TimedOut)
        ) {
            self.check_keychain();
        }
        self.refresh();
        self.start_pass_if_due();
        if self.background.pass.is_none() {
            self.tell();
        }
    }

    /// Until a pass is due or a pause ends, and not longer than a computer may sleep unnoticed.
    fn until_next_look(&self) -> Duration {
        let now = self.context.clock.now();
        // What is due but may not run would keep the loop spinning.
        let may_start = self.background.pass.is_none() && self.may_run();
        let pass = self.background.next_pass.filter(|_| may_start);
        let pause = self.context.store.paused(now).ok().flatten();
        let left = [
            pass.map(|next| next.left(now)),
            pause.and_then(|pause| Duration::try_from(now.duration_until(pause.until?)).ok()),
        ];
        let soonest = left.into_iter().flatten().min().unwrap_or(LOOK_EVERY);
        soonest.clamp(Duration::from_secs(1), LOOK_EVERY)
    }

    /// Brings tray and page in line with the state; draws only what has changed.
    fn refresh(&mut self) {
        let view = self.app_view();
        if self.shown.as_ref() == Some(&view) {
            return;
        }
        self.draw_tray(&Menu::of(&view.status, view.demo));
        // The tray may have come or gone with this.
        let view = AppView {
            limitations: self.limitations(),
            ..view
        };
        self.desktop
            .emit(PageEvent::AppChanged(Box::new(view.clone())));
        self.shown = Some(view);
    }

    fn draw_tray(&mut self, menu: &tray::Menu) {
        let there = self.desktop.show_tray(menu).is_ok();
        self.tray = Some(there);
        self.limitations.tray = !there;
    }

    fn app_view(&mut self) -> AppView {
        AppView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            demo: self.context.demo.is_some(),
            unlocked: self.context.unlocked().unwrap_or(false),
            status: self.status(),
            billing: self.doing.billing.clone(),
            limitations: self.limitations(),
        }
    }

    fn limitations(&self) -> Vec<String> {
        let tray = self.limitations.tray.then(|| NO_TRAY.to_owned());
        let keychain =
            self.limitations.keychain.as_ref().map(|error| {
                format!("{error} Until then, secrets are kept only until the app quits.")
            });
        tray.into_iter().chain(keychain).collect()
    }

    fn status(&self) -> StatusView {
        let now = self.context.clock.now();
        match sync::status::read(&self.context.store, now) {
            Ok(stored) => crate::status::view(&stored, &self.doing, now, &self.zone),
            Err(error) => {
                tracing::error!(%error, "the status cannot be read");
                StatusView {
                    state: StatusState::NeedsAttention,
                    text: error.to_string(),
                    last_sync: None,
                    paused_until: None,
                    waiting: 0,
                    needs_attention: 0,
                    needs_review: 0,
                    to_approve: 0,
                }
            }
        }
    }

    fn check_keychain(&self) {
        let context = Arc::clone(&self.context);
        let handle = self.handle.clone();
        self.tasks.spawn(async move {
            let checked = context.vault.check(Patience::Background).await;
            handle.report(Report::KeychainChecked(checked));
        });
    }

    async fn finish(mut self) {
        tracing::info!("stopping");
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(STOP_WITHIN, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                "something did not stop in time; what it was sending is looked up later"
            );
        }
        self.desktop.quit();
    }
}
