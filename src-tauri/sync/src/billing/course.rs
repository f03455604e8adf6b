//! What those who send at the same time share: whether a run goes on, and why not.

use std::sync::{Mutex, MutexGuard, PoisonError};

use autotask::Error;

use super::post::{Poster, Tally};
use crate::{
    dispatch::{
        self, Halt,
        ending::Ending,
        verdict::{Verdict, verdict},
    },
    login::Service,
    store::StoreError,
};

/// So many refusals without a single change that was taken are everybody's fault.
const REFUSED_MAX: u32 = 5;

#[derive(Debug, Default)]
pub(super) struct Course(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    refused: u32,
    one_was_taken: bool,
    ending: Ending,
}

impl Course {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_over(&self) -> bool {
        self.inside().ending.has_come()
    }

    pub fn went_well(&self) {
        let mut inside = self.inside();
        inside.ending.went_well();
        inside.one_was_taken = true;
    }

    /// Nothing new begins.
    pub fn close(&self) {
        self.inside().ending.close(Error::Query {
            reason: "nothing is sent after an error".to_owned(),
        });
    }

    /// A failure of the network, or an unclear answer.
    pub fn trouble(&self, error: Error) {
        self.inside().ending.trouble(error);
    }

    /// A line that Autotask refused.
    pub fn refused(&self, error: Error) {
        let mut inside = self.inside();
        inside.refused += 1;
        if !inside.one_was_taken && inside.refused >= REFUSED_MAX {
            inside.ending.close(error);
        }
    }

    /// An error that is no line's fault ends the run.
    pub fn fault(&self, poster: &Poster<'_>, error: Error) -> Result<(), StoreError> {
        tracing::warn!(code = error.code(), "billing ends early");
        match verdict(&error) {
            Verdict::Throttled { retry_after } => {
                let until = dispatch::pause_until(poster.clock.now(), retry_after);
                // What our own governor holds back pauses nobody else.
                if !matches!(error, Error::HeldBack { .. }) {
                    poster.store.set_throttled_until(until)?;
                }
                self.inside().ending.pause(until);
            }
            Verdict::Stop => {
                let now = poster.clock.now();
                poster
                    .store
                    .login_refused(Service::Autotask, &error.to_string(), now)?;
                self.inside().ending.stop(error);
            }
            Verdict::Transient | Verdict::Unclear | Verdict::Refused | Verdict::Blocked => {
                self.inside().ending.close(error);
            }
        }
        Ok(())
    }

    /// Says in the tally why it ended, if that was not for having nothing left to do.
    pub fn finish(self, tally: &mut Tally) -> Result<(), Halt> {
        let inside = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let ended = inside.ending.finish()?;
        tally.problem = ended.problem.or(tally.problem.take());
        tally.paused_until = ended.paused_until.or(tally.paused_until);
        Ok(())
    }
}
