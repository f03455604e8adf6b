//! Everything that went out or waits, in words.

use std::{fmt::Write as _, io};

use jiff::Timestamp;
use serde::Serialize;

pub use crate::store::{Counts, Notice, PostingFilter as Filter};
use crate::{
    alerts,
    outbox::State,
    plan,
    settings::Alerts,
    store::{Picklists, PostingRow, Store, StoreError},
};

/// A posting as the screen lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    pub id: i64,
    /// When it last changed.
    pub time: Timestamp,
    pub organization: String,
    pub account: Option<String>,
    /// "Backup error", "Test ticket"
    pub what: String,
    pub title: String,
    pub state: State,
    /// The state in words: "Waits: the organization is not mapped".
    pub state_text: String,
    pub ticket_id: Option<i64>,
    pub ticket_number: Option<String>,
    /// The error in plain words.
    pub error: Option<String>,
    pub next_attempt: Option<Timestamp>,
    pub can_retry: bool,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// Newest first.
    pub rows: Vec<Row>,
    pub counts: Counts,
    /// There are older ones.
    pub more: bool,
    /// What the source could not read, newest first.
    pub notices: Vec<Notice>,
}

/// Notices on a page.
const NOTICES: u32 = 100;

/// Newest first; `before` is the last row's id of the page before.
pub fn query(
    store: &Store,
    filter: Filter,
    search: &str,
    before: Option<i64>,
    limit: u16,
    now: Timestamp,
) -> Result<Page, StoreError> {
    let limit = usize::from(limit.clamp(1, 500));
    let words = Words::read(store, now)?;
    let mut postings = store.postings(filter, search, before, limit + 1)?;
    let more = postings.len() > limit;
    postings.truncate(limit);
    Ok(Page {
        rows: postings
            .into_iter()
            .map(|posting| words.row(posting))
            .collect(),
        counts: store.counts()?,
        more,
        notices: store.notices(NOTICES)?,
    })
}

/// Everything about one posting as text, to be copied into a mail. No secret is in it.
pub fn details(store: &Store, id: i64, now: Timestamp) -> Result<Option<String>, StoreError> {
    let Some(posting) = store.posting(id)? else {
        return Ok(None);
    };
    let ledger = store.ledger_of(&posting.key)?;
    let row = Words::read(store, now)?.row(posting.clone());
    let mut lines = vec![
        ("Posting", Some(posting.id.to_string())),
        ("What", Some(row.what)),
        ("Title", Some(row.title)),
        (
            "Organization",
            Some(posting.organization).filter(|name| !name.is_empty()),
        ),
        (
            "Account",
            account_text(posting.account, posting.account_name.as_deref()),
        ),
        ("State", Some(row.state_text)),
        ("Error", row.error),
        ("Error code", posting.error_code),
        ("Attempts", Some(posting.attempts.to_string())),
        ("Next attempt", row.next_attempt.map(|at| at.to_string())),
        ("Key (ExternalID)", Some(posting.key)),
        ("Ticket", posting.ticket_number),
        ("Ticket id", posting.ticket_id.map(|id| id.to_string())),
        ("Priority", posting.priority.map(|id| id.to_string())),
        ("Queue", posting.queue.map(|id| id.to_string())),
        ("Due", posting.due.map(|at| at.to_string())),
        ("Happened", Some(posting.occurred_at.to_string())),
        ("Planned", Some(posting.created_at.to_string())),
        ("Changed", Some(posting.changed_at.to_string())),
    ];
    let mut text = String::new();
    for (name, value) in lines.drain(..) {
        if let Some(value) = value {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name}: {value}");
        }
    }
    for (at, what, detail) in ledger {
        let detail = detail
            .map(|detail| format!(": {detail}"))
            .unwrap_or_default();
        let _ = writeln!(text, "{at} {what}{detail}");
    }
    Ok(Some(text))
}

fn account_text(id: Option<i64>, name: Option<&str>) -> Option<String> {
    let id = id?;
    Some(match name.filter(|name| !name.is_empty()) {
        Some(name) => format!("{name} ({id})"),
        None => id.to_string(),
    })
}

/// A person wants it tried again, now. `false`: there is nothing to try again.
pub fn retry(store: &Store, id: i64, now: Timestamp) -> Result<bool, StoreError> {
    store.retry(id, now)
}

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("The file cannot be written: {0}.")]
    Write(io::Error),
}

/// All postings as CSV, newest first, read in portions.
pub fn export_csv(
    store: &Store,
    writer: impl io::Write,
    now: Timestamp,
) -> Result<u64, ExportError> {
    let wrong = |error: csv::Error| ExportError::Write(io::Error::other(error));
    let words = Words::read(store, now)?;
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record([
        "time",
        "organization",
        "account",
        "what",
        "title",
        "state",
        "ticket",
        "ticket id",
        "error",
        "key",
    ])
    .map_err(wrong)?;
    let mut before = None;
    let mut written = 0;
    loop {
        let postings = store.postings(Filter::All, "", before, 1000)?;
        let Some(last) = postings.last() else { break };
        before = Some(last.id);
        for posting in postings {
            let key = posting.key.clone();
            let row = words.row(posting);
            let ticket_id = row.ticket_id.map(|id| id.to_string()).unwrap_or_default();
            csv.write_record([
                &row.time.to_string(),
                &harmless(row.organization),
                &harmless(row.account.unwrap_or_default()),
                &row.what,
                &harmless(row.title),
                &row.state_text,
                &row.ticket_number.unwrap_or_default(),
                &ticket_id,
                &harmless(row.error.unwrap_or_default()),
                &key,
            ])
            .map_err(wrong)?;
            written += 1;
        }
    }
    csv.flush().map_err(ExportError::Write)?;
    Ok(written)
}

/// A spreadsheet takes a text that begins like this for a formula; names come from outside.
pub(crate) fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text
    }
}

/// What is needed to say why something waits.
struct Words {
    alerts: Option<Alerts>,
    picklists: Picklists,
    /// Why nothing is sent for a while.
    held_up: Option<String>,
    now: Timestamp,
}

impl Words {
    fn read(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        let zone = store.settings()?.general.zone();
        let held_up = |until: Option<Timestamp>, why: &str| {
            let until = until.filter(|until| *until > now)?;
            Some(format!("{why} until {}", plan::local(until, &zone)))
        };
        let throttled = held_up(store.throttled_until()?, "Autotask has asked for a pause");
        let held_back = held_up(
            store.held_back_until()?,
            "the app has used its share of Autotask's calls, and what is more urgent goes first,",
        );
        Ok(Self {
            held_up: throttled.or(held_back),
            alerts: store.settings()?.alerts,
            picklists: store.picklists()?,
            now,
        })
    }

    fn row(&self, posting: PostingRow) -> Row {
        let state_text = self.state_text(&posting);
        let pending = matches!(posting.state, State::Planned | State::Unclear);
        let next_attempt = Some(posting.next_attempt_at).filter(|at| pending && *at > self.now);
        let can_retry = !posting.test
            && (posting.state == State::NeedsAttention
                || (posting.state == State::Planned && next_attempt.is_some()));
        Row {
            id: posting.id,
            time: posting.changed_at,
            organization: posting.organization,
            account: account_text(posting.account, posting.account_name.as_deref()).map(|text| {
                posting
                    .account_name
                    .filter(|name| !name.is_empty())
                    .unwrap_or(text)
            }),
            what: posting.what,
            title: posting.title,
            state: posting.state,
            state_text,
            ticket_id: posting.ticket_id,
            ticket_number: posting.ticket_number,
            error: posting.error,
            next_attempt,
            can_retry,
        }
    }

    fn state_text(&self, posting: &PostingRow) -> String {
        match posting.state {
            State::Done => "Sent".to_owned(),
            State::Sending => "Being sent".to_owned(),
            State::Unclear => {
                "Not clear whether it arrived: it is looked up before anything else".to_owned()
            }
            State::NeedsAttention => "Needs attention".to_owned(),
            State::Planned => match self.waits_for(posting) {
                Some(reason) => format!("Waits: {reason}"),
                None if posting.attempts > 0 => "Waits to be tried again".to_owned(),
                None => "Waits for the next sync".to_owned(),
            },
        }
    }

    /// Why a planned posting is not sent.
    fn waits_for(&self, posting: &PostingRow) -> Option<String> {
        if posting.excluded {
            return Some("the organization is excluded".to_owned());
        }
        if !posting.mapped {
            return Some("the organization is not mapped".to_owned());
        }
        if !posting.account_active {
            return Some(
                "the account is inactive in Autotask, or no longer there. Choose another on Mappings"
                    .to_owned(),
            );
        }
        let Some(alerts) = &self.alerts else {
            return Some("Options have not been saved".to_owned());
        };
        let unusable =
            alerts::usable(posting.alert, alerts.row(posting.alert), &self.picklists).err();
        unusable.or_else(|| self.held_up.clone())
    }
}

#[cfg(test)]
mod tests {
    use cloud_direct::Outcome;

    use super::*;
    use crate::{
        examples::{ACCOUNT, alerts, at, job, map, noon, picklists, store, take_in_and_plan},
        store::{Mapping, Named},
    };

    fn state_text(store: &Store) -> String {
        let page = query(store, Filter::All, "", None, 1, noon()).unwrap();
        page.rows[0].state_text.clone()
    }

    #[test]
    fn a_row_says_what_it_waits_for_as_things_stand_now() {
        let (_folder, store) = store();
        let jobs = [job("org-1", "a", Outcome::Error, "2026-11-22T02:15:00Z")];
        take_in_and_plan(&store, &jobs, &alerts());
        assert_eq!(state_text(&store), "Waits: the organization is not mapped");
        map(&store, "org-1", ACCOUNT);
        assert_eq!(state_text(&store), "Waits: Options have not been saved");
        store.save_alerts(&alerts(), noon()).unwrap();
        assert_eq!(
            state_text(&store),
            "Waits: The priority 1 of Error does not exist in Autotask. Choose another in Options."
        );
        store.set_picklists(&picklists(), noon()).unwrap();
        assert_eq!(state_text(&store), "Waits for the next sync");
        store
            .set_throttled_until(at("2026-11-23T12:30:00Z"))
            .unwrap();
        let text = state_text(&store);
        assert!(
            text.starts_with("Waits: Autotask has asked for a pause until "),
            "{text}"
        );
        store.set_throttled_until(noon()).unwrap();
        let gone = Named {
            id: ACCOUNT,
            name: String::new(),
            active: false,
        };
        store.note_accounts(&[gone]).unwrap();
        assert_eq!(
            state_text(&store),
            "Waits: the account is inactive in Autotask, or no longer there. Choose another on Mappings"
        );
        let excluded = Mapping {
            excluded: Some("ours".to_owned()),
            ..Mapping::default()
        };
        store.save_mapping("org-1", &excluded, noon()).unwrap();
        assert_eq!(state_text(&store), "Waits: the organization is excluded");
    }

    #[test]
    fn an_export_has_a_line_for_each_posting_and_no_formula() {
        let (_folder, store) = store();
        let mut jobs: Vec<_> = (0..2_500)
            .map(|n| {
                job(
                    "org-1",
                    &format!("job {n}"),
                    Outcome::Error,
                    "2026-11-22T02:15:00Z",
                )
            })
            .collect();
        for job in &mut jobs {
            job.organization_id = "=cmd|'/c calc'!A1".to_owned();
        }
        take_in_and_plan(&store, &jobs, &alerts());
        let mut bytes = Vec::new();
        assert_eq!(export_csv(&store, &mut bytes, noon()).unwrap(), 2_500);
        let mut csv = csv::Reader::from_reader(bytes.as_slice());
        let rows: Vec<csv::StringRecord> = csv.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.len(), 2_500);
        assert_eq!(&rows[0][1], "'=cmd|'/c calc'!A1");
        assert_eq!(&rows[2_499][4], "Backup error: SRV-01 (Nightly)");
    }
}
