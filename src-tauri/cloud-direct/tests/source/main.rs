//! The Cloud Direct source from outside: the portal against a stub and against the simulator, the
//! folder against real files, and both against the same expectations.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what is not as expected here is a failed test"
)]

mod behaviour;
mod folder;
mod openapi;
mod portal;
mod secrecy;
mod simulator;
mod stub;

use cloud_direct::{Error, Job, Notice, Portion, Source};
use futures::StreamExt as _;
use jiff::Timestamp;

/// All portions, up to the first error.
async fn portions(source: &dyn Source, after: Option<Timestamp>) -> Result<Vec<Portion>, Error> {
    let mut stream = source.jobs(after);
    let mut portions = Vec::new();
    while let Some(portion) = stream.next().await {
        match portion {
            Ok(portion) => portions.push(portion),
            Err(error) => {
                assert!(stream.next().await.is_none(), "an error ends the stream");
                return Err(error);
            }
        }
    }
    Ok(portions)
}

async fn jobs(source: &dyn Source, after: Option<Timestamp>) -> (Vec<Job>, Vec<Notice>) {
    let mut jobs = Vec::new();
    let mut notices = Vec::new();
    for portion in portions(source, after).await.unwrap() {
        jobs.extend(portion.jobs);
        notices.extend(portion.notices);
    }
    (jobs, notices)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
