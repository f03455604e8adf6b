//! What those who send at the same time share: whether a run goes on, and why not.

use std::sync::{Mutex, MutexGuard, PoisonError};

use autotask::Error;
use jiff::Timestamp;

use super::post::{Poster, Tally};
use crate::{
    dispatch::{
        self, Halt,
        verdict::{Verdict, verdict},
    },
    login::Service,
    store::StoreError,
};

/// So many failures of the network one after another end the run: the next one would fail, too.
const TROUBLE_MAX: u32 = 3;
/// So many refusals without a single change that was taken are everybody's fault.
const REFUSED_MAX: u32 = 5;

#[derive(Debug, Default)]
pub(super) struct Course(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    trouble: u32,
    refused: u32,
    one_was_taken: bool,
    end: Option<End>,
}

#[derive(Debug)]
enum End {
    Problem(Error),
    Paused(Timestamp),
    Stop(Error),
}

impl Course {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_over(&self) -> bool {
        self.inside().end.is_some()
    }

    pub fn went_well(&self) {
        let mut inside = self.inside();
        inside.trouble = 0;
        inside.one_was_taken = true;
    }

    /// Nothing new begins.
    pub fn close(&self) {
        self.inside().end.get_or_insert(End::Problem(Error::Query {
            reason: "nothing is sent after an error".to_owned(),
        }));
    }

    /// A failure of the network, or an unclear answer.
    pub fn trouble(&self, error: Error) {
        let mut inside = self.inside();
        inside.trouble += 1;
        if inside.trouble >= TROUBLE_MAX {
            inside.end.get_or_insert(End::Problem(error));
        }
    }

    /// A line that Autotask refused.
    pub fn refused(&self, error: Error) {
        let mut inside = self.inside();
        inside.refused += 1;
        if !inside.one_was_taken && inside.refused >= REFUSED_MAX {
            inside.end.get_or_insert(End::Problem(error));
        }
    }

    /// An error that is no line's fault ends the run.
    pub fn fault(&self, poster: &Poster<'_>, error: Error) -> Result<(), StoreError> {
        tracing::warn!(code = error.code(), "billing ends early");
        let end = match verdict(&error) {
            Verdict::Throttled { retry_after } => {
                let until = dispatch::pause_until(poster.clock.now(), retry_after);
                // What our own governor holds back pauses nobody else.
                if !matches!(error, Error::HeldBack { .. }) {
                    poster.store.set_throttled_until(until)?;
                }
                End::Paused(until)
            }
            Verdict::Stop => {
                let now = poster.clock.now();
                poster
                    .store
                    .login_refused(Service::Autotask, &error.to_string(), now)?;
                self.inside().end = Some(End::Stop(error));
                return Ok(());
            }
            Verdict::Transient | Verdict::Unclear | Verdict::Refused | Verdict::Blocked => {
                End::Problem(error)
            }
        };
        self.inside().end.get_or_insert(end);
        Ok(())
    }

    /// Says in the tally why it ended, if that was not for having nothing left to do.
    pub fn finish(self, tally: &mut Tally) -> Result<(), Halt> {
        let inside = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        match inside.end {
            None => Ok(()),
            Some(End::Problem(error)) => {
                tally.problem = Some(error);
                Ok(())
            }
            Some(End::Paused(until)) => {
                tally.paused_until = Some(until);
                Ok(())
            }
            Some(End::Stop(error)) => Err(Halt::Stop(error)),
        }
    }
}
