//! Writes down what a pass is given and when it plans, and mixes what the source gives.
//!
//! A portion counts as taken in once the pass says so, which it does right after the transaction. So
//! the book knows exactly what a pass has seen that was killed in the middle.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use cloud_direct::{Class, Error, Job, Organization, Partner, Portion, Source, Usage};
use futures::{
    StreamExt as _, future,
    stream::{self, BoxStream},
};
use jiff::{Timestamp, civil};
use sync::pass::Progress;

use crate::random::Random;

/// What happened in a pass, in order.
#[derive(Debug)]
pub enum Event {
    Named(Vec<Organization>),
    TakenIn(Vec<Job>),
    /// Everything that was taken in is being decided. `all_read`: the source came to its end.
    Planned {
        all_read: bool,
    },
}

#[derive(Debug, Default)]
struct Inside {
    events: Vec<Event>,
    /// Given, but not taken in yet.
    given: Option<Vec<Job>>,
    all_read: bool,
    turns: Counted,
    sends: bool,
}

/// Turns of the scheduler.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    pub of_the_pass: u32,
    pub of_sending: u32,
}

/// What one computer's passes have been told. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Notebook(Arc<Mutex<Inside>>);

impl Notebook {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap()
    }

    pub fn begin(&self) {
        *self.inside() = Inside::default();
    }

    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.inside().events)
    }

    /// One more.
    pub fn turn(&self) -> Counted {
        let mut inside = self.inside();
        inside.turns.of_the_pass += 1;
        inside.turns.of_sending += u32::from(inside.sends);
        inside.turns
    }

    pub fn on_progress(&self, progress: Progress) {
        let mut inside = self.inside();
        match progress {
            Progress::ReadingJobs { .. } => {
                if let Some(jobs) = inside.given.take() {
                    inside.events.push(Event::TakenIn(jobs));
                }
            }
            Progress::Planning => {
                let all_read = inside.all_read;
                inside.events.push(Event::Planned { all_read });
            }
            Progress::Sending { .. } => inside.sends = true,
        }
    }
}

/// A source that is listened to.
pub struct Tap {
    pub source: Arc<dyn Source>,
    pub notebook: Notebook,
    /// Jobs of a portion come in any order, and some come twice.
    pub mixes: Option<Arc<Mutex<Random>>>,
}

impl Tap {
    fn mix(&self, portion: &mut Portion) {
        let Some(mixes) = &self.mixes else { return };
        let mut random = mixes.lock().unwrap();
        let again = portion.jobs.iter().filter(|_| random.chance(20)).cloned();
        let again: Vec<Job> = again.collect();
        portion.jobs.extend(again);
        random.shuffle(&mut portion.jobs);
    }
}

#[async_trait]
impl Source for Tap {
    async fn test(&self) -> Result<Partner, Error> {
        self.source.test().await
    }

    async fn organizations(&self) -> Result<Vec<Organization>, Error> {
        let named = self.source.organizations().await?;
        self.notebook
            .inside()
            .events
            .push(Event::Named(named.clone()));
        Ok(named)
    }

    fn jobs(&self, after: Option<Timestamp>) -> BoxStream<'_, Result<Portion, Error>> {
        let portions = self.source.jobs(after).map(|portion| {
            let mut portion = portion?;
            self.mix(&mut portion);
            self.notebook.inside().given = Some(portion.jobs.clone());
            Ok(portion)
        });
        // Asked for more after the last one: it came to its end.
        let end = stream::once(async {
            self.notebook.inside().all_read = true;
            Ok(Portion::default())
        });
        portions.chain(end.filter(|_| future::ready(false))).boxed()
    }

    fn jobs_of(
        &self,
        organization_id: &str,
        after: Option<Timestamp>,
    ) -> BoxStream<'_, Result<Portion, Error>> {
        let portions = self.source.jobs_of(organization_id, after);
        let portions = portions.map(|portion| {
            let mut portion = portion.inspect_err(|error| {
                let goes_on = matches!(error.class(), Class::Misuse | Class::Broken);
                self.notebook.inside().all_read &= goes_on;
            })?;
            self.mix(&mut portion);
            self.notebook.inside().given = Some(portion.jobs.clone());
            Ok(portion)
        });
        portions.boxed()
    }

    async fn usage(&self, day: civil::Date) -> Result<Vec<Usage>, Error> {
        self.source.usage(day).await
    }
}
