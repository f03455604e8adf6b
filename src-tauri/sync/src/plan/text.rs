//! A ticket's words.
//!
//! The description is plain text: what a service desk wants to know first on top, the source's
//! message last, because it is the part that may have to be cut. Times are in the partner's zone,
//! with its name, because the customer's systems may be elsewhere.

use cloud_direct::{Job, JobKind, Outcome};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// "Backup error", "Replication success".
pub fn what(job: &Job) -> String {
    let kind = match job.kind {
        JobKind::Backup => "Backup",
        JobKind::Restore => "Restore",
        JobKind::Replication => "Replication",
        JobKind::Other => "Job",
    };
    let outcome = match job.outcome {
        Outcome::Success => "success",
        Outcome::Warning => "warning",
        Outcome::Error => "error",
        Outcome::NotFinished => "not finished",
    };
    format!("{kind} {outcome}")
}

/// "Backup error: SRV-01 (Nightly)".
pub fn title(job: &Job) -> String {
    let what = what(job);
    let system = one_line(&job.system);
    let whole = match job
        .task
        .as_deref()
        .map(one_line)
        .filter(|task| !task.is_empty())
    {
        Some(task) => format!("{what}: {system} ({task})"),
        None => format!("{what}: {system}"),
    };
    autotask::text::cut(&autotask::text::clean(&whole), autotask::TITLE_MAX).into_owned()
}

/// The ticket's text, at most as long as Autotask takes it. What is cut is marked.
pub fn description(job: &Job, organization: &str, zone: &TimeZone) -> String {
    let mut lines = vec![
        format!("Organization: {}", one_line(organization)),
        format!("System: {}", one_line(&job.system)),
    ];
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            lines.push(format!("{name}: {value}"));
        }
    };
    line(
        "Task",
        job.task
            .as_deref()
            .map(one_line)
            .filter(|task| !task.is_empty()),
    );
    line("Status", Some(format!("{} ({})", job.status, what(job))));
    line("Started", job.started_at.map(|at| local(at, zone)));
    line("Finished", job.finished_at.map(|at| local(at, zone)));
    line(
        "Duration",
        job.started_at
            .zip(job.finished_at)
            .map(|(start, end)| duration(end.duration_since(start))),
    );
    line("Processed", job.bytes_processed.map(bytes));
    line("Transferred", job.bytes_transferred.map(bytes));
    line("Warnings", Some(job.warning_count.to_string()));
    line("Errors", Some(job.error_count.to_string()));
    line("Job", Some(job.id.clone()));
    if let Some(message) = job
        .message
        .as_deref()
        .filter(|message| !message.trim().is_empty())
    {
        lines.push(String::new());
        lines.push("Message:".to_owned());
        lines.push(message.trim_end().to_owned());
    }
    let whole = lines.join("\n");
    autotask::text::cut(&autotask::text::clean(&whole), autotask::DESCRIPTION_MAX).into_owned()
}

/// The text of a note on a ticket that was made before it was known how the job ended.
pub fn note(job: &Job, organization: &str, zone: &TimeZone) -> String {
    let changed = format!(
        "Cloud Direct has changed how this job ended since the ticket was made. It says now: {}.\n\n",
        what(job)
    );
    changed + &description(job, organization, zone)
}

/// A name may hold anything; in a title and beside its label it takes one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// "2026-11-23 02:15:00 CET (Europe/Berlin)".
pub fn local(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned_datetime(zone.clone());
    let name = zone.iana_name().unwrap_or("UTC");
    format!("{} ({name})", local.strftime("%Y-%m-%d %H:%M:%S %Z"))
}

/// "1 d 2 h 3 min", "45 s". A negative one (clocks of two machines) is given as 0 s.
pub fn duration(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3_600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let first = parts.iter().position(|(count, _)| *count > 0).unwrap_or(3);
    let shown: Vec<String> = parts
        .iter()
        .skip(first)
        .take(2)
        .filter(|(count, unit)| *count > 0 || (seconds == 0 && *unit == "s"))
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    shown.join(" ")
}

/// "512 B", "1.5 GB" (10^9 bytes).
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];
    let mut unit = 0;
    let mut value = bytes as f64;
    // 999.95 would be written as 1000.0.
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{bytes} B")
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}
