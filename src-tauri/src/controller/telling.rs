//! Notifications: what is told is decided in [`sync::attention`], and kept before it is shown.

use sync::attention::{self, There};
use sync::store::StoreError;

use super::Controller;
use crate::desktop::Desktop;
use crate::notification::Notification;

impl<D: Desktop> Controller<D> {
    /// Tells what needs a person and was not told yet; not while a pass runs, or its postings would be
    /// told in pieces. With notifications switched off it counts as told: nobody wants last week's news
    /// when they are switched on.
    pub(super) fn tell(&mut self) {
        if let Err(error) = self.try_to_tell() {
            tracing::error!(%error, "it cannot be seen what there is to tell");
        }
    }

    fn try_to_tell(&mut self) -> Result<(), StoreError> {
        let now = self.context.clock.now();
        let store = &self.context.store;
        let told = store.told()?;
        let there = There::read(store, self.background.failures, now)?;
        let (tell, now_told) = attention::look(&told, &there, now);
        if now_told != told {
            store.set_told(&now_told)?;
        }
        if !store.settings()?.general.notifications {
            return Ok(());
        }
        let demo = self.context.demo.is_some();
        let held_up =
            (self.background.failures > 0).then_some("Autotask takes no more calls for now");
        let failure = self.doing.failure.as_deref().or(held_up);
        for one in &tell {
            let notification = Notification::of(one, demo, failure, now, &self.zone);
            self.desktop.notify(&notification);
        }
        Ok(())
    }

    /// Whoever has just tested a login knows how that ended.
    pub(super) fn saw_refusals(&self) {
        let saw = || -> Result<(), StoreError> {
            let store = &self.context.store;
            let now = self.context.clock.now();
            let there = There::read(store, self.background.failures, now)?;
            store.set_told(&store.told()?.saw_refusals(&there))
        };
        if let Err(error) = saw() {
            tracing::error!(%error, "it cannot be kept what was told");
        }
    }
}
