//! What went out or waits, as the Activity screen shows it.

use serde::{Deserialize, Serialize};
use sync::activity::{Filter, Page, Row};
use sync::outbox::State;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ActivityQuery {
    pub filter: ActivityFilter,
    /// Matches customer, title, ticket number, error.
    pub search: String,
    /// The last row's `id` of the page before; `None` for the newest.
    pub before: Option<i64>,
    /// 1 to 500
    pub limit: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ActivityFilter {
    All,
    Sent,
    Waiting,
    NeedsAttention,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ActivityPage {
    pub rows: Vec<ActivityRow>,
    pub total: u64,
    pub sent: u64,
    pub waiting: u64,
    pub needs_attention: u64,
    pub more: bool,
    /// What a person should see although the rest went on (a bad line in an export, an unknown status word, days
    /// without a digest), newest first.
    pub notices: Vec<NoticeRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ActivityRow {
    pub id: i64,
    pub time: String,
    pub organization: String,
    pub account: Option<String>,
    /// "Backup error", "Backup success", "Daily Digest", "Test ticket"
    pub what: String,
    pub title: String,
    pub state: ActivityState,
    /// The state in words: "Waits: the organization is not mapped".
    pub state_text: String,
    pub ticket_id: Option<i64>,
    pub ticket_number: Option<String>,
    /// The error in plain words.
    pub error: Option<String>,
    pub next_attempt: Option<String>,
    pub can_retry: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ActivityState {
    Waiting,
    Sending,
    Done,
    Unclear,
    NeedsAttention,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct NoticeRow {
    pub time: String,
    pub text: String,
}

impl From<Page> for ActivityPage {
    fn from(page: Page) -> Self {
        let counts = page.counts;
        Self {
            rows: page.rows.into_iter().map(ActivityRow::from).collect(),
            total: counts.waiting + counts.needs_attention + counts.done,
            sent: counts.done,
            waiting: counts.waiting,
            needs_attention: counts.needs_attention,
            more: page.more,
            notices: page
                .notices
                .into_iter()
                .map(|notice| NoticeRow {
                    time: notice.at.to_string(),
                    text: notice.text,
                })
                .collect(),
        }
    }
}

impl From<Row> for ActivityRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            time: row.time.to_string(),
            organization: row.organization,
            account: row.account,
            what: row.what,
            title: row.title,
            state: row.state.into(),
            state_text: row.state_text,
            ticket_id: row.ticket_id,
            ticket_number: row.ticket_number,
            error: row.error,
            next_attempt: row.next_attempt.map(|at| at.to_string()),
            can_retry: row.can_retry,
        }
    }
}

impl From<State> for ActivityState {
    fn from(state: State) -> Self {
        match state {
            State::Planned => ActivityState::Waiting,
            State::Sending => ActivityState::Sending,
            State::Done => ActivityState::Done,
            State::Unclear => ActivityState::Unclear,
            State::NeedsAttention => ActivityState::NeedsAttention,
        }
    }
}

impl From<ActivityFilter> for Filter {
    fn from(filter: ActivityFilter) -> Self {
        match filter {
            ActivityFilter::All => Filter::All,
            ActivityFilter::Sent => Filter::Sent,
            ActivityFilter::Waiting => Filter::Waiting,
            ActivityFilter::NeedsAttention => Filter::NeedsAttention,
        }
    }
}
