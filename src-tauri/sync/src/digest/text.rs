//! A digest's words: plain text in columns, lines of about a hundred characters.
//!
//! Autotask takes 8,000 UTF-16 units. The numbers come first and are never cut. Then come the failed
//! jobs, those with warnings, and the systems without a job, each part in the room that is left when
//! the parts behind it can at least say how many they are. A part that does not fit shortens its
//! messages, and then ends with how many more there are.

use autotask::text::{clean, cut, length};
use cloud_direct::{Job, JobKind, Outcome};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{Counts, Jobs};
use crate::{
    plan::{REFERENCE_LENGTH, bytes, one_line},
    time_of_day,
};

/// The key may have to stand in the last line.
const ROOM: usize = autotask::DESCRIPTION_MAX - REFERENCE_LENGTH;
const LINE: usize = 100;
/// Longest cells, so that time, system, task and kind fit into a line.
const SYSTEM: usize = 36;
const TASK: usize = 30;
/// How long a message may be, from the best to the worst case.
const MESSAGES: [usize; 3] = [300, 160, 80];
const KEPT_BACK: [&str; 4] = [
    "",
    "The app cannot read this organization in Cloud Direct; most likely its API token has no access to",
    "it. Give it access there: what ended on this day is read within a day of that. Until then nobody is",
    "told when a backup fails.",
];
/// What a part needs to say how many it counts: heading, column heads, "… and 37 more".
const LEAST: usize = 250;

/// "Daily Digest 2026-11-22: 2 failed, 1 with warnings, 11 successful (Contoso Ltd)".
pub(super) fn title(organization: &str, day: Date, jobs: &Jobs<'_>, counts: &Counts) -> String {
    let organization = clean_line(organization);
    let outcomes = match jobs.kept_back {
        true => "no jobs read".to_owned(),
        false => outcomes(counts),
    };
    let whole = format!("Daily Digest {day}: {outcomes} ({organization})");
    cut(&whole, autotask::TITLE_MAX).into_owned()
}

fn outcomes(counts: &Counts) -> String {
    if counts.jobs() == 0 {
        return "no jobs".to_owned();
    }
    format!(
        "{} failed, {} with warnings, {} successful",
        counts.error, counts.warning, counts.success
    )
}

/// See the module.
pub(super) fn text(
    organization: &str,
    day: Date,
    zone: &TimeZone,
    jobs: &Jobs<'_>,
    counts: &Counts,
) -> String {
    let mut whole = head(organization, day, zone, jobs, counts);
    let clock = Clock::of(day, zone);
    let parts = [
        Part {
            heading: "FAILED",
            more: ["more failed job", "more failed jobs"],
            rows: rows(jobs.with(Outcome::Error), &clock),
        },
        Part {
            heading: "WITH WARNINGS",
            more: ["more job with warnings", "more jobs with warnings"],
            rows: rows(jobs.with(Outcome::Warning), &clock),
        },
        Part {
            heading: "NO JOB THAT DAY",
            more: ["more system without a job", "more systems without a job"],
            rows: silent(jobs, zone),
        },
    ];
    let mut parts_left = parts.iter().filter(|part| part.count() > 0).count();
    for part in parts.iter().filter(|part| part.count() > 0) {
        parts_left -= 1;
        let used = length(&whole) + parts_left * LEAST;
        whole.push_str(&part.within(ROOM.saturating_sub(used)));
    }
    whole.truncate(whole.trim_end().len());
    cut(&whole, ROOM).into_owned()
}

fn head(
    organization: &str,
    day: Date,
    zone: &TimeZone,
    jobs: &Jobs<'_>,
    counts: &Counts,
) -> String {
    let organization = shortened(&clean_line(organization), LINE - 40);
    let date = day.strftime("%A, %-d %B %Y");
    let zone = zone.iana_name().unwrap_or("UTC");
    let outcomes = match counts.jobs() {
        0 if jobs.kept_back => "not known".to_owned(),
        0 => "none: no backup and no replication ended on this day".to_owned(),
        jobs => format!("{jobs}: {}", outcomes(counts)),
    };
    let mut lines = vec![
        organization,
        format!("{date} ({zone})"),
        String::new(),
        format!("Jobs         {outcomes}"),
    ];
    lines.extend(match jobs.kept_back {
        true => KEPT_BACK.map(str::to_owned).to_vec(),
        false => vec![format!(
            "Systems      {} with a job, {} without",
            counts.systems, counts.systems_without_job
        )],
    });
    if counts.jobs() > 0 {
        let silent = |bytes: fn(&Job) -> Option<u64>| {
            jobs.all
                .iter()
                .filter(|(_, job)| bytes(job).is_none())
                .count()
        };
        lines.push(amount(
            "Processed  ",
            counts.bytes_processed,
            silent(|job| job.bytes_processed),
            jobs.all.len(),
        ));
        lines.push(amount(
            "Transferred",
            counts.bytes_transferred,
            silent(|job| job.bytes_transferred),
            jobs.all.len(),
        ));
    }
    lines.join("\n") + "\n\n"
}

/// What is not measured is not zero.
fn amount(name: &str, sum: u64, without: usize, all: usize) -> String {
    let sum = bytes(sum);
    match without {
        0 => format!("{name}  {sum}"),
        _ if without == all => format!("{name}  not reported"),
        1 => format!("{name}  {sum} (1 job does not report it)"),
        _ => format!("{name}  {sum} ({without} jobs do not report it)"),
    }
}

/// How a moment of that day is written.
struct Clock<'a> {
    zone: &'a TimeZone,
    /// On a day with a change of the clocks an hour may come twice.
    format: &'static str,
}

impl<'a> Clock<'a> {
    fn of(day: Date, zone: &'a TimeZone) -> Self {
        let whole = time_of_day::whole_day(day, zone);
        let changes = zone.to_offset(whole.start) != zone.to_offset(whole.end);
        Self {
            zone,
            format: if changes { "%H:%M %Z" } else { "%H:%M" },
        }
    }

    fn time(&self, at: Timestamp) -> String {
        at.to_zoned_datetime(self.zone.clone())
            .strftime(self.format)
            .to_string()
    }
}

/// Lines of a table, each with what is said below it.
struct Rows {
    head: String,
    rows: Vec<(String, Option<String>)>,
    /// How far what is said below is moved in.
    indent: usize,
}

fn rows<'a>(jobs: impl Iterator<Item = (Timestamp, &'a Job)>, clock: &Clock<'_>) -> Rows {
    let (cells, said): (Vec<[String; 4]>, Vec<Option<String>>) = jobs
        .map(|(ended, job)| {
            let task = clean_line(job.task.as_deref().unwrap_or_default());
            let cells = [
                clock.time(ended),
                shortened(&clean_line(&job.system), SYSTEM),
                shortened(&task, TASK),
                kind(job.kind).to_owned(),
            ];
            (cells, Some(said(job)))
        })
        .unzip();
    let indent = cells.first().map_or(0, |[ended, ..]| ended.len() + 2);
    let mut lines = columns(["Ended", "System", "Task", "Kind"], &cells);
    Rows {
        head: lines.remove(0),
        rows: lines.into_iter().zip(said).collect(),
        indent,
    }
}

fn silent(jobs: &Jobs<'_>, zone: &TimeZone) -> Rows {
    let cells: Vec<[String; 2]> = jobs
        .silent
        .iter()
        .map(|system| {
            let last = system.last_job.to_zoned_datetime(zone.clone());
            [
                shortened(&clean_line(&system.name), SYSTEM),
                last.strftime("%Y-%m-%d %H:%M").to_string(),
            ]
        })
        .collect();
    let mut lines = columns(["System", "Last job"], &cells);
    Rows {
        head: lines.remove(0),
        rows: lines.into_iter().map(|line| (line, None)).collect(),
        indent: 0,
    }
}

/// Backups are what nearly all jobs are.
fn kind(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Backup => "",
        JobKind::Replication => "Replication",
        JobKind::Restore => "Restore",
        JobKind::Other => "Job",
    }
}

/// "failed (1 error): VSS error 0x8004230f".
fn said(job: &Job) -> String {
    let counted = |count: u32, one: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {one}s")),
    };
    let counts: Vec<String> = [
        counted(job.error_count, "error"),
        counted(job.warning_count, "warning"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut said = clean_line(&job.status);
    if !counts.is_empty() {
        said = format!("{said} ({})", counts.join(", "));
    }
    let message = clean_line(job.message.as_deref().unwrap_or_default());
    if message.is_empty() {
        said
    } else {
        format!("{said}: {message}")
    }
}

/// A table's head and lines, without the columns that are empty.
fn columns<const N: usize>(head: [&str; N], cells: &[[String; N]]) -> Vec<String> {
    let widths: [Option<usize>; N] = std::array::from_fn(|column| {
        let widest = cells.iter().map(|row| row[column].chars().count()).max();
        widest
            .filter(|width| *width > 0)
            .map(|width| width.max(head[column].chars().count()))
    });
    let line = |row: [&str; N]| {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let Some(width) = width else { continue };
            line.push_str(cell);
            let pad = width.saturating_sub(cell.chars().count()) + 2;
            line.extend(std::iter::repeat_n(' ', pad));
        }
        line.truncate(line.trim_end().len());
        line
    };
    let mut lines = vec![line(head)];
    lines.extend(
        cells
            .iter()
            .map(|row| line(row.each_ref().map(String::as_str))),
    );
    lines
}

/// A part of a digest: what is to be told, and how what does not fit is counted.
struct Part {
    heading: &'static str,
    more: [&'static str; 2],
    rows: Rows,
}

impl Part {
    fn count(&self) -> usize {
        self.rows.rows.len()
    }

    /// As much as fits into `room` UTF-16 units; at least how many there are.
    fn within(&self, room: usize) -> String {
        let head = format!("{}: {}\n{}\n", self.heading, self.count(), self.rows.head);
        let room = room.saturating_sub(length(&head) + 1);
        for message_max in MESSAGES {
            let all: String = self.entries(message_max).collect();
            if length(&all) <= room {
                return head + &all + "\n";
            }
        }
        let room = room.saturating_sub(length(&self.more(self.count())));
        let mut text = head;
        let (mut used, mut shown) = (0, 0);
        for entry in self.entries(MESSAGES[MESSAGES.len() - 1]) {
            used += length(&entry);
            if used > room {
                break;
            }
            text.push_str(&entry);
            shown += 1;
        }
        text + &self.more(self.count() - shown) + "\n"
    }

    fn entries(&self, message_max: usize) -> impl Iterator<Item = String> {
        let indent = " ".repeat(self.rows.indent);
        self.rows.rows.iter().map(move |(line, said)| {
            let mut entry = format!("{line}\n");
            if let Some(said) = said {
                for line in wrapped(&cut(said, message_max), LINE - indent.len()) {
                    entry.push_str(&format!("{indent}{line}\n"));
                }
            }
            entry
        })
    }

    /// "… and 37 more failed jobs".
    fn more(&self, count: usize) -> String {
        let [one, many] = self.more;
        format!("… and {count} {}\n", if count == 1 { one } else { many })
    }
}

/// Lines of at most `width` characters; a longer word is broken.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let long = word.chars().count();
        if used > 0 && used + 1 + long > width {
            lines.push(String::new());
            used = 0;
        }
        if used > 0 {
            push(&mut lines, ' ');
            used += 1;
        }
        for c in word.chars() {
            if used == width {
                lines.push(String::new());
                used = 0;
            }
            push(&mut lines, c);
            used += 1;
        }
    }
    lines
}

fn push(lines: &mut [String], c: char) {
    if let Some(line) = lines.last_mut() {
        line.push(c);
    }
}

/// One line of what Autotask can take.
fn clean_line(text: &str) -> String {
    clean(&one_line(text)).into_owned()
}

/// At most `max` characters.
fn shortened(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max - 1).collect();
    format!("{}…", kept.trim_end())
}
