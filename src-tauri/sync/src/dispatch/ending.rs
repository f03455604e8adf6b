//! Why sending ends before there is nothing left: kept by all who send at the same time.

use autotask::Error;
use jiff::Timestamp;

use super::Halt;

/// So many failures of the network one after another end it: the next one would fail, too.
const TROUBLE_MAX: u32 = 3;

/// Whether sending goes on, and why not. The first reason stays, but for a refused login.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    trouble: u32,
    end: Option<End>,
}

#[derive(Debug)]
enum End {
    Problem(Error),
    Paused(Timestamp),
    Stop(Error),
}

/// Why it ended early, if that is nobody's own fault and no refused login.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    pub problem: Option<Error>,
    pub paused_until: Option<Timestamp>,
}

impl Ending {
    pub fn has_come(&self) -> bool {
        self.end.is_some()
    }

    /// Something came through.
    pub fn went_well(&mut self) {
        self.trouble = 0;
    }

    /// A failure of the network, or an unclear answer: too many of them are the end.
    pub fn trouble(&mut self, error: Error) {
        self.trouble += 1;
        if self.trouble >= TROUBLE_MAX {
            self.close(error);
        }
    }

    pub fn close(&mut self, error: Error) {
        self.end.get_or_insert(End::Problem(error));
    }

    pub fn pause(&mut self, until: Timestamp) {
        self.end.get_or_insert(End::Paused(until));
    }

    /// Outweighs every other end.
    pub fn stop(&mut self, error: Error) {
        self.end = Some(End::Stop(error));
    }

    pub fn finish(self) -> Result<Ended, Halt> {
        let mut ended = Ended::default();
        match self.end {
            None => {}
            Some(End::Problem(error)) => ended.problem = Some(error),
            Some(End::Paused(until)) => ended.paused_until = Some(until),
            Some(End::Stop(error)) => return Err(Halt::Stop(error)),
        }
        Ok(ended)
    }
}
