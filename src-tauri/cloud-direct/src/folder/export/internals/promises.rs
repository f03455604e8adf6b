//! What holds of everything that a reading tells.

use std::fmt::Debug;

use jiff::{Timestamp, tz::TimeZone};

use super::{Ending, Event, Told};
use crate::{
    Job, Outcome, Usage,
    text::{LONGEST_MESSAGE, LONGEST_NAME},
};

/// That a young file gives the same, except for a last record that is not whole.
pub(super) fn check_young(young: &Told, old: &Told) -> Result<(), String> {
    match young.ending {
        Ending::HalfWritten if old.events.starts_with(&young.events) => {
            // What is held back is one record: its bad line, or a header's reason.
            if old.events.len() <= young.events.len() + 1 {
                return Ok(());
            }
            Err("a young file holds back more than its last record".to_owned())
        }
        Ending::HalfWritten => Err("a young file gives other rows than an old one".to_owned()),
        Ending::Whole | Ending::Unusable(_) | Ending::Stopped => {
            same("the reading of the young file", young, old)
        }
    }
}

pub(super) fn check_event(event: &Event) -> Result<(), String> {
    match event {
        Event::Job(row) => {
            check_job(&row.job)?;
            check_line("organization name", &row.organization_name, LONGEST_NAME)
        }
        Event::Usage(row) => {
            check_usage(&row.usage)?;
            check_line("organization name", &row.organization_name, LONGEST_NAME)
        }
        Event::Bad { line: 0, .. } => Err("lines are counted from 1".to_owned()),
        Event::Bad { reason, .. } => check_line("reason", reason, 400),
    }
}

fn check_job(job: &Job) -> Result<(), String> {
    check_line("job id", &job.id, 255)?;
    check_line("organization id", &job.organization_id, 64)?;
    check_line("system", &job.system, LONGEST_NAME)?;
    check_line("status", &job.status, LONGEST_NAME)?;
    if let Some(task) = &job.task {
        check_line("task", task, LONGEST_NAME)?;
    }
    if let Some(message) = &job.message {
        let is_control = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        if message.is_empty() || message.len() > LONGEST_MESSAGE || message.contains(is_control) {
            return Err(format!(
                "the message {message:?} is empty, too long or not clean"
            ));
        }
    }
    if job.finished_at.is_none() && job.outcome != Outcome::NotFinished {
        return Err("a finished job has no end".to_owned());
    }
    [job.started_at, job.finished_at]
        .into_iter()
        .flatten()
        .try_for_each(check_moment)
}

fn check_usage(usage: &Usage) -> Result<(), String> {
    check_line("organization id", &usage.organization_id, 64)?;
    check_line("metric", &usage.metric, LONGEST_NAME)?;
    check_moment(usage.measured_at)
}

fn check_line(what: &str, text: &str, longest: usize) -> Result<(), String> {
    let length = text.chars().count();
    if length == 0 || length > longest || text.contains(char::is_control) || text.trim() != text {
        return Err(format!(
            "the {what} {text:?} is empty, too long or not clean"
        ));
    }
    Ok(())
}

fn check_moment(moment: Timestamp) -> Result<(), String> {
    let year = moment.to_zoned_datetime(TimeZone::UTC).year();
    if (1990..2200).contains(&year) {
        Ok(())
    } else {
        Err(format!("{moment} is not a moment of a job"))
    }
}

pub(super) fn same<T: PartialEq + Debug>(
    what: &str,
    given: &T,
    expected: &T,
) -> Result<(), String> {
    if given == expected {
        Ok(())
    } else {
        Err(format!("{what} gave {given:?} instead of {expected:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_outside_what_the_types_promise_are_noticed() {
        assert!(check_line("name", "a\tb", 10).is_err());
        assert!(check_line("name", "", 10).is_err());
        assert!(check_line("name", "abc", 2).is_err());
        assert_eq!(check_line("name", "a b", 3), Ok(()));
        assert!(check_moment(Timestamp::UNIX_EPOCH).is_err());
    }
}
